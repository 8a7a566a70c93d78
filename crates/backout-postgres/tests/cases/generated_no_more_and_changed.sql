-- Generated no more and changed.
-- left: values of column public.gn.g are not what it is generated as
-- rows: gn

-- before
CREATE TABLE gn (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) STORED, z text);
INSERT INTO gn (id, a, z) VALUES (1, 1, 'z'), (2, NULL, 'y');

-- up
ALTER TABLE gn ALTER g DROP EXPRESSION;
UPDATE gn SET g = 70, z = 'new';
DELETE FROM gn WHERE id = 2;
