-- Temporal keys.
-- from: 18
-- rows: tk
-- rows: tr

-- before
CREATE TABLE tk (id int4range, at daterange, v text, CONSTRAINT tk_pkey PRIMARY KEY (id, at WITHOUT OVERLAPS));
INSERT INTO tk VALUES ('[1,2)', '[2026-01-01,2026-02-01)', 'a'), ('[1,2)', '[2026-02-01,2026-03-01)', 'b');
CREATE TABLE tr (id int PRIMARY KEY, k int4range, at daterange,
  CONSTRAINT tr_k FOREIGN KEY (k, PERIOD at) REFERENCES tk (id, PERIOD at));
INSERT INTO tr VALUES (1, '[1,2)', '[2026-01-10,2026-02-10)');

-- up
UPDATE tk SET v = 'c' WHERE v = 'a';
ALTER TABLE tk DROP COLUMN v;
ALTER TABLE tr DROP CONSTRAINT tr_k;
ALTER TABLE tk DROP CONSTRAINT tk_pkey;
DROP TABLE tr;

-- since
INSERT INTO tk VALUES ('[5,6)', '[2026-01-01,2026-02-01)');
