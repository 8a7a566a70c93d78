-- Type by a mapping without key.
-- left: values of column public.tm.ok that were written since do not fit
-- rows: tm
-- rows: tp

-- before
CREATE TABLE tm (ok boolean, n numeric, w text);
INSERT INTO tm SELECT i % 2 = 0, i / 4.0, CASE WHEN i % 3 = 0 THEN 'w' || i % 7 END FROM generate_series(1,
  300) i;
INSERT INTO tm SELECT * FROM tm WHERE n < 9;
CREATE TABLE tp (a int, ok boolean) PARTITION BY LIST (a);
CREATE TABLE tp1 PARTITION OF tp FOR VALUES IN (1);
CREATE TABLE tp2 PARTITION OF tp DEFAULT;
INSERT INTO tp SELECT i % 3, i % 2 = 0 FROM generate_series(1, 20) i;

-- up
CREATE TYPE state AS ENUM ('good', 'bad');
ALTER TABLE tm ALTER ok TYPE state USING CASE WHEN ok THEN 'good'::state ELSE 'bad' END, ALTER n TYPE int;
ALTER TABLE tp ALTER ok TYPE state USING CASE WHEN ok THEN 'good'::state ELSE 'bad' END;

-- since
INSERT INTO tm (ok, n, w) SELECT 'good', 7, 'since';
