-- Parents of rows that return early.
-- rows: pe
-- rows: pf
-- rows: pg

-- before
CREATE TABLE pe (k int PRIMARY KEY, s text NOT NULL);
CREATE TABLE pf (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), pe int REFERENCES pe ON DELETE SET NULL,
  w text);
CREATE TABLE pg (id int PRIMARY KEY, pf uuid, pe int REFERENCES pe ON DELETE CASCADE);
INSERT INTO pe SELECT i, 's' FROM generate_series(1, 4) i;
INSERT INTO pf (pe, w) SELECT i, 'w' FROM generate_series(1, 4) i;
INSERT INTO pg SELECT i, NULL, i FROM generate_series(1, 4) i;

-- up
ALTER TABLE pf DROP COLUMN id;
ALTER TABLE pg DROP COLUMN pf;
DELETE FROM pe WHERE s IS NOT NULL;
