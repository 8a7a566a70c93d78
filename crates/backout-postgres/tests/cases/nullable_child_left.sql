-- Nullable child left.
-- rows: cn
-- rows: co
-- rows: cq
-- rows: cl
-- rows: cm
-- not on 18: the NOT NULL that an inheriting table had by its parent alone is its own as well

-- before
CREATE TABLE cn (id int PRIMARY KEY, v text);
CREATE TABLE co (k int PRIMARY KEY) INHERITS (cn);
DO
  $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE ONLY co ALTER id DROP NOT NULL; INSERT INTO co VALUES (NULL, 'n', 1), (2, 'm', 2); END IF; END $$;
CREATE TABLE cq (k int REFERENCES co ON DELETE CASCADE);
INSERT INTO cq SELECT k FROM co;
CREATE TABLE cl (id int, v text, k int PRIMARY KEY) INHERITS (cn);
DO
  $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE ONLY cl ALTER id DROP NOT NULL; INSERT INTO cl VALUES (NULL, 'n', 1), (2, 'm', 2); END IF; END $$;
CREATE TABLE cm (k int REFERENCES cl ON DELETE CASCADE);
INSERT INTO cm SELECT k FROM cl;
CREATE TRIGGER noted BEFORE INSERT OR DELETE ON cl FOR EACH ROW EXECUTE FUNCTION touch();

-- up
ALTER TABLE co NO INHERIT cn;
ALTER TABLE cl NO INHERIT cn;
