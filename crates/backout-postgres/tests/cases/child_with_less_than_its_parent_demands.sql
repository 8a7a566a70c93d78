-- Child with less than its parent demands.
-- rows: cq

-- before
CREATE TABLE cp (k int PRIMARY KEY, n int NOT NULL);
CREATE TABLE cq (a int, b text, c int) INHERITS (cp);
DO
  $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN EXECUTE 'ALTER TABLE cq ALTER k DROP NOT NULL, ALTER n DROP NOT NULL; INSERT INTO cq VALUES (NULL, NULL, 1, ''b'', 2)'; END IF; END $$;
INSERT INTO cq VALUES (1, 2, 3, 'd', 4);

-- up
ALTER TABLE cq DROP COLUMN b;
