-- Temporal key of a new table.
-- from: 18
-- rows: tn

-- before
CREATE TABLE tn (id int4range, at daterange, UNIQUE (id, at WITHOUT OVERLAPS));
INSERT INTO tn VALUES ('[1,2)', '[2026-01-01,2026-02-01)');

-- up
ALTER TABLE tn RENAME TO tm;
ALTER TABLE tm ALTER id SET NOT NULL, ALTER at SET NOT NULL;
CREATE TABLE tx (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
DELETE FROM tm;

-- since
INSERT INTO tx VALUES ('[1,2)', '[2026-01-01,2026-02-01)');
