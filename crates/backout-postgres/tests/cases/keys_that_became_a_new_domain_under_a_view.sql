-- Keys that became a new domain under a view.
-- rows: kd

-- before
CREATE TABLE kd (id text PRIMARY KEY, d text);
INSERT INTO kd VALUES ('one', 'd')

-- up
CREATE DOMAIN kdi AS text NOT NULL CHECK (length(VALUE) > 0) CHECK (VALUE <> 'x');
ALTER TABLE kd ALTER COLUMN id TYPE kdi;
CREATE VIEW kv AS SELECT id FROM kd;
CREATE TABLE kn (id kdi PRIMARY KEY);
CREATE FUNCTION kf(i kdi) RETURNS kdi LANGUAGE sql AS $$ SELECT i $$
