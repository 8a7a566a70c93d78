-- Nullable child dropped.
-- rows: cn
-- rows: cp
-- rows: cq
-- rows: (SELECT tableoid::regclass, * FROM cn) s

-- before
CREATE TABLE cn (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text NOT NULL, w int);
INSERT INTO cn (v) VALUES ('a');
CREATE TABLE co (k int PRIMARY KEY, g int GENERATED ALWAYS AS (k * 2) STORED) INHERITS (cn);
CREATE TABLE cp () INHERITS (co);
DO
  $$ BEGIN IF current_setting('server_version_num')::int < 180000 THEN ALTER TABLE ONLY co ALTER id DROP NOT NULL, ALTER v DROP NOT NULL; ALTER TABLE ONLY cp ALTER id DROP NOT NULL; INSERT INTO co (id, v, k) VALUES (NULL, 'n', 1), (2, NULL, 2), (3, 'v', 3); INSERT INTO cp (id, v, k) VALUES (NULL, 'n', 1); END IF; END $$;
ALTER TABLE co ENABLE ROW LEVEL SECURITY;
CREATE POLICY nothing ON co USING (false);
CREATE TRIGGER noted BEFORE INSERT OR DELETE ON co FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE cq (k int REFERENCES co ON DELETE CASCADE);
INSERT INTO cq SELECT k FROM co;
ALTER TABLE co FORCE ROW LEVEL SECURITY;

-- up
DROP TABLE co CASCADE;
