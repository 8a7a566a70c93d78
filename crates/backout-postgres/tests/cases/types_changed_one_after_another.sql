-- Types changed one after another.
-- rows: na
-- rows: nb

-- before
CREATE TABLE na (id int PRIMARY KEY, a numeric, b numeric, c timestamptz, d text, e text);
INSERT INTO na SELECT i, i / 4.0, i / 4.0, '2026-01-01 10:11:12+00'::timestamptz + i * interval '1 hour',
  i || '.50', 'e' || i FROM generate_series(1, 9) i;
CREATE TABLE nb AS SELECT a, b, c, d, e FROM na;

-- up
ALTER TABLE na ALTER a TYPE int, ALTER b TYPE int, ALTER c TYPE date, ALTER d TYPE int USING d::numeric,
  ALTER e TYPE varchar(9);
ALTER TABLE na ALTER a TYPE numeric(10, 2), ALTER b TYPE numeric, ALTER c TYPE timestamptz, ALTER d TYPE text,
  ALTER e TYPE varchar(1) USING left(e, 1);
ALTER TABLE nb ALTER a TYPE int, ALTER b TYPE int, ALTER c TYPE date, ALTER d TYPE int USING d::numeric,
  ALTER e TYPE varchar(9);
ALTER TABLE nb ALTER a TYPE numeric(10, 2), ALTER b TYPE numeric, ALTER c TYPE timestamptz, ALTER d TYPE text,
  ALTER e TYPE varchar(1) USING left(e, 1);
