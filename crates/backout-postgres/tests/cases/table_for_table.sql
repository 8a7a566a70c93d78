-- Table for table.
-- rows: sw
-- rows: sw_new
-- rows: sw_env

-- before
CREATE TABLE sw (id text PRIMARY KEY, label text NOT NULL, old int);
CREATE TABLE sw_new (id text PRIMARY KEY, label text, users int REFERENCES users);
CREATE INDEX sw_new_label ON sw_new (label);
CREATE TABLE sw_env (id int, k text CONSTRAINT sw_k REFERENCES sw_new);
INSERT INTO sw VALUES ('a', 'b', 1);
INSERT INTO sw_new VALUES ('a', 'b', 1);
INSERT INTO sw_env VALUES (1, 'a');

-- up
BEGIN;
LOCK TABLE sw IN ACCESS EXCLUSIVE MODE;
LOCK TABLE sw_new;
DO
  $$ BEGIN IF (SELECT count(*) FROM sw) <> (SELECT count(*) FROM sw_new) THEN RAISE EXCEPTION 'not all'; END IF; END $$;
DROP TABLE IF EXISTS sw;
ALTER TABLE sw_new RENAME TO sw;
ALTER TABLE sw RENAME CONSTRAINT sw_new_pkey TO sw_pkey;
ALTER INDEX sw_new_label RENAME TO sw_label;
ALTER TABLE sw_env DROP CONSTRAINT sw_k;
ALTER TABLE sw_env ADD CONSTRAINT sw_k FOREIGN KEY (k) REFERENCES sw (id) ON DELETE CASCADE;
ALTER TABLE sw DROP CONSTRAINT sw_new_users_fkey;
ALTER TABLE sw ADD CONSTRAINT sw_users_fkey FOREIGN KEY (users) REFERENCES users (id) ON DELETE CASCADE;
COMMIT;

-- since
INSERT INTO sw VALUES ('since', 'x', NULL);
