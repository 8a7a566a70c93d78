-- Enum value beside a column without key.
-- aside: 1
-- rows: ek

-- before
CREATE TABLE ek (m mood, list mood[], w text);
INSERT INTO ek VALUES ('ok', '{sad}', 'w');

-- up
ALTER TYPE mood ADD VALUE 'great';
ALTER TABLE ek ADD COLUMN extra int;

-- since
UPDATE ek SET extra = 5;
