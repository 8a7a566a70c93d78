-- Enum value renamed under views.

-- before
CREATE TYPE evr AS ENUM ('one', 'two');
CREATE TABLE evt (id int PRIMARY KEY, e evr DEFAULT 'two', CHECK (e <> 'one'),
  EXCLUDE (id WITH =) WHERE (e = 'two'));
CREATE INDEX ON evt (id) WHERE e = 'two';
CREATE VIEW evv AS SELECT id, e = 'two' AS t FROM evt;
CREATE VIEW evw AS SELECT 'two'::evr AS c, t FROM evv;
CREATE MATERIALIZED VIEW evm AS SELECT 'two'::evr;
ALTER TABLE evt ENABLE ROW LEVEL SECURITY;
CREATE POLICY evp ON evt USING (e = 'two');
CREATE FUNCTION evf(evr DEFAULT 'two') RETURNS evr LANGUAGE sql BEGIN ATOMIC SELECT 'two'::evr; END;
INSERT INTO evt VALUES (1);

-- up
UPDATE evt SET id = 2;
ALTER TYPE evr RENAME VALUE 'two' TO 'zwei';

-- since
INSERT INTO evt VALUES (7);
