-- Generated no more and written.
-- left: 2 values of column public.gn.g are not what it is generated as
-- aside: 2
-- rows: gn

-- before
CREATE TABLE gn (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) STORED, z text);
INSERT INTO gn (id, a, z) VALUES (1, 1, 'z'), (2, NULL, 'y');

-- up
ALTER TABLE gn ALTER g DROP EXPRESSION;
UPDATE gn SET z = 'new';

-- since
INSERT INTO gn VALUES (3, 5, 7, 's');
UPDATE gn SET a = 9 WHERE id = 2;

-- then
DELETE FROM gn WHERE id = 3;
UPDATE gn SET a = NULL WHERE id = 2;
