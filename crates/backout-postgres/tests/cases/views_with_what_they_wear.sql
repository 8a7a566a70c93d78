-- Views are replaced, made anew or granted while their comments, grants, defaults, triggers and settings of columns are to stay.
-- rows: typed

-- before
CREATE VIEW act AS SELECT id, email FROM users WHERE mood = 'ok';
COMMENT ON VIEW act IS 'only those';
CREATE VIEW granted AS SELECT id, email FROM users;
GRANT SELECT (id) ON granted TO PUBLIC;
CREATE MATERIALIZED VIEW dropped AS SELECT id, email FROM users;
ALTER MATERIALIZED VIEW dropped ALTER email SET STATISTICS 500;
ALTER MATERIALIZED VIEW dropped ALTER email SET STORAGE EXTERNAL;
CREATE TABLE mt (id int, email text);
CREATE MATERIALIZED VIEW around AS SELECT id, email FROM mt;
ALTER MATERIALIZED VIEW around ALTER email SET STATISTICS 500;
CREATE TABLE t (id int, a int);
CREATE VIEW v AS SELECT id, a FROM t;
ALTER VIEW v ALTER COLUMN a SET DEFAULT 7;
CREATE TRIGGER instead INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TYPE ty AS (a int, b text);
CREATE TABLE typed OF ty (PRIMARY KEY (a));
INSERT INTO typed VALUES (1, 'x');

-- up
CREATE OR REPLACE VIEW act AS SELECT id, email FROM users;
COMMENT ON VIEW act IS 'all';
GRANT SELECT ON act TO PUBLIC;
GRANT INSERT ON granted TO PUBLIC;
DROP MATERIALIZED VIEW dropped;
DROP TABLE mt CASCADE;
CREATE OR REPLACE VIEW v AS SELECT id, a FROM t WHERE a > 1;
ALTER TABLE t RENAME a TO b;
DO $$ BEGIN DROP TABLE typed; END $$;
