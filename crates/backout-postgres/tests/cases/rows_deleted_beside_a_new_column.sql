-- Rows deleted beside a new column.
-- aside: 14
-- rows: cb

-- before
CREATE TABLE cb (sid text, id int PRIMARY KEY, code int);
INSERT INTO cb SELECT 's' || i, i, i % 3 FROM generate_series(1, 9) i;
CREATE TABLE al (id int PRIMARY KEY);
INSERT INTO al SELECT i FROM generate_series(0, 9) i;

-- up
ALTER TABLE cb ADD COLUMN at timestamptz NOT NULL DEFAULT now(), ADD COLUMN al int REFERENCES al,
  DROP COLUMN sid;
DELETE FROM cb WHERE id < 4;
UPDATE cb SET al = code;
ALTER TABLE cb ALTER al SET NOT NULL;
CREATE UNIQUE INDEX ON cb (id, code);

-- since
INSERT INTO cb VALUES (77, 1, now(), 2);
