-- Attribute added and used.
-- rows: at

-- before
CREATE TYPE ct AS (a int);
CREATE TABLE at (id int PRIMARY KEY, x ct, l ct[]);
INSERT INTO at VALUES (1, ROW(1), ARRAY[ROW(5)::ct]), (2, NULL, NULL);

-- up
ALTER TYPE ct ADD ATTRIBUTE c text;
UPDATE at SET x.c = 'z';
