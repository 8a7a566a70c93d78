-- Child with less dropped.
-- rows: cq

-- before
CREATE TABLE cp (k int PRIMARY KEY, n int NOT NULL);
CREATE TABLE cq (a int, b text) INHERITS (cp);
DO
  $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN EXECUTE 'ALTER TABLE cq ALTER k DROP NOT NULL, ALTER n DROP NOT NULL'; END IF; END $$;
INSERT INTO cq VALUES (1, 2, 3, 'd');

-- up
DROP TABLE cq;
