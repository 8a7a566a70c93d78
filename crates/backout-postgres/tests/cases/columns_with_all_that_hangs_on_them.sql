-- Columns with all that hangs on them.
-- rows: hf

-- before
CREATE TABLE hd (id serial PRIMARY KEY, "we""ird" text NOT NULL DEFAULT 'x', n int DEFAULT 7 CHECK (n > 0),
  s serial, d timestamptz NOT NULL DEFAULT now(), k int UNIQUE, w text COLLATE "C" NOT NULL);
CREATE SEQUENCE hs;
ALTER TABLE hd ADD q int DEFAULT nextval('hs');
CREATE TABLE hf (k int REFERENCES hd (k));
CREATE INDEX ON hd (lower("we""ird"), n) WHERE n > 1;
CREATE STATISTICS hst ON n, k FROM hd;
GRANT SELECT ("we""ird", n), UPDATE (k) ON hd TO PUBLIC;
COMMENT ON COLUMN hd.n IS 'it''s n';
ALTER TABLE hd ALTER w SET STORAGE EXTERNAL, ALTER n SET STATISTICS 55;
CREATE VIEW hv AS SELECT id, n FROM hd;
CREATE MATERIALIZED VIEW hm AS SELECT "we""ird" FROM hd;
CREATE TRIGGER ht AFTER UPDATE OF k ON hd FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY hp ON hd USING (n > 0);
INSERT INTO hd (k, w) SELECT i, 'w' || i FROM generate_series(1, 50) i;
INSERT INTO hf VALUES (3);
REFRESH MATERIALIZED VIEW hm

-- up
ALTER TABLE hd DROP COLUMN "we""ird" CASCADE, DROP COLUMN IF EXISTS none, DROP COLUMN n CASCADE,
  ADD COLUMN n text DEFAULT 'new', DROP COLUMN s, DROP d;
ALTER TABLE hd DROP COLUMN k CASCADE, DROP COLUMN q;
DROP SEQUENCE hs;
ALTER TABLE hd DROP w;
UPDATE hd SET n = 'later' WHERE id < 9

-- since
INSERT INTO hd (n) VALUES ('since');
DELETE FROM hd WHERE id = 50;
DELETE FROM hd WHERE n = 'since'
