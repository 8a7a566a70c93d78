-- Serial key dropped.

-- before
CREATE TABLE d (id serial PRIMARY KEY, a int, day date);
INSERT INTO d (a, day) SELECT i, '2026-01-01'::date + i FROM generate_series(1, 5) i;
CREATE UNIQUE INDEX d_day ON d (day);

-- up
ALTER TABLE d DROP COLUMN id;
ALTER TABLE d ALTER COLUMN day TYPE timestamp;
ALTER TABLE d ADD PRIMARY KEY (a, day);
