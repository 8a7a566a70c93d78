-- Enum value of everything.
-- rows: users
-- rows: refers
-- rows: moody
-- rows: parts

-- before
ALTER TYPE mood OWNER TO CURRENT_USER;
GRANT USAGE ON TYPE mood TO PUBLIC;
COMMENT ON TYPE mood IS 'how';
CREATE FUNCTION how(m mood, d mood DEFAULT 'ok') RETURNS mood LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(m, d) $$;
COMMENT ON FUNCTION how(mood, mood) IS 'fn';
CREATE TABLE moody (a mood PRIMARY KEY DEFAULT 'ok', b mood, c mood[] DEFAULT '{ok}' NOT NULL,
  d text GENERATED ALWAYS AS (CASE WHEN id > 3 THEN 'x' END) STORED, id int, CHECK (b IN ('sad', 'ok')),
  CHECK (a <> b));
CREATE TABLE refers (m mood REFERENCES moody ON DELETE CASCADE, x int);
CREATE INDEX moody_b ON moody (b) WHERE a = 'ok';
CREATE INDEX moody_how ON moody (how(b));
CREATE UNIQUE INDEX moody_id ON moody (id, b);
CREATE STATISTICS moody_stat ON a, b FROM moody;
CREATE VIEW happy AS SELECT * FROM moody WHERE a = 'ok';
CREATE VIEW happier AS SELECT a, how(a) AS h FROM happy;
COMMENT ON VIEW happy IS 'v';
ALTER TABLE moody ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON moody USING (b = 'ok' OR how(a) = 'sad');
CREATE MATERIALIZED VIEW mm AS SELECT a, count(*) FROM moody GROUP BY a;
CREATE TRIGGER mt BEFORE UPDATE OF b ON moody FOR EACH ROW WHEN (NEW.b = 'sad') EXECUTE FUNCTION touch();
CREATE TABLE parts (m mood, id int) PARTITION BY RANGE (id);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES ('ok', 3);
INSERT INTO moody VALUES ('ok', 'sad', '{sad}', DEFAULT, 1), ('sad', NULL, '{}', DEFAULT, 2);
INSERT INTO refers VALUES ('ok', 1), (NULL, 2);
REFRESH MATERIALIZED VIEW mm;

-- up
ALTER TYPE mood ADD VALUE 'great' AFTER 'sad';
ALTER TYPE mood ADD VALUE 'awful' BEFORE 'sad';
DROP VIEW happier;
ALTER TABLE moody RENAME b TO bb;

-- since
INSERT INTO refers VALUES ('sad', 9);
