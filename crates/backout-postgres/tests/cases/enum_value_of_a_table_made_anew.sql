-- Enum value of a table made anew.
-- rows: ew

-- before
CREATE TYPE ews AS ENUM ('PENDING', 'OK');
CREATE TABLE ew (id int PRIMARY KEY, b text, status ews NOT NULL DEFAULT 'PENDING', x text,
  list ews[] DEFAULT '{OK}', CHECK (status <> 'OK' OR b <> ''));
CREATE INDEX ON ew (x) WHERE status = 'OK';
INSERT INTO ew VALUES (1, 'b', 'OK');

-- up
ALTER TYPE ews ADD VALUE 'BUILDING';
ALTER TABLE ew DROP COLUMN b, ADD COLUMN e jsonb;

-- since
INSERT INTO ew (id, x) VALUES (7, 'since');
