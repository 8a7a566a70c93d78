-- Enum exchanged and filled.
-- rows: (SELECT * FROM ef WHERE a < 30) s

-- before
CREATE TYPE efs AS ENUM ('ok', 'warning');
CREATE TABLE ef (a int, b text, s efs NOT NULL DEFAULT 'ok', on_ bool, PRIMARY KEY (a, b));
INSERT INTO ef SELECT i, 'b' || i, CASE WHEN i % 3 = 0 THEN 'warning'::efs ELSE 'ok' END,
  i % 2 = 0 FROM generate_series(1, 20) i;

-- up
ALTER TYPE efs RENAME TO efs_old;
CREATE TYPE efs AS ENUM ('paused', 'ok', 'warning');
ALTER TABLE ef ALTER s DROP DEFAULT, ALTER s TYPE efs USING s::text::efs, ALTER s SET DEFAULT 'ok';
DROP TYPE efs_old;
UPDATE ef SET s = 'ok' WHERE a < 5;
UPDATE ef SET s = 'paused' WHERE on_;
ALTER TABLE ef ADD COLUMN t text[] NOT NULL DEFAULT '{}';

-- since
UPDATE ef SET t = '{x}' WHERE a = 4;
INSERT INTO ef VALUES (30, 'n', 'ok', false);
