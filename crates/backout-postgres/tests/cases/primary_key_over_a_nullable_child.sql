-- Primary key over a nullable child.
-- rows: kin

-- before
CREATE TABLE par (k int PRIMARY KEY, n int);
CREATE TABLE kid (c int) INHERITS (par);
CREATE TABLE kin () INHERITS (kid);
DO
  $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE kin ALTER k DROP NOT NULL; INSERT INTO kin VALUES (NULL, 1, 1); END IF; END $$;

-- up
ALTER TABLE par DROP CONSTRAINT par_pkey CASCADE;
