-- Generated no more without a key.
-- left: values of column public.gk.g are not what it is generated as
-- rows: gk

-- before
CREATE TABLE gk (a int, g int GENERATED ALWAYS AS (a * 2) STORED, z text);
INSERT INTO gk (a, z) VALUES (1, 'z'), (2, 'y'), (2, 'y');

-- up
ALTER TABLE gk ALTER g DROP EXPRESSION;
UPDATE gk SET g = 70 WHERE a = 2;
UPDATE gk SET a = 7, g = 1 WHERE a = 1;
DELETE FROM gk WHERE a = 7;
