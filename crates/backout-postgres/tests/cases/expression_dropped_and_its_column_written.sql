-- Expression dropped and its column written.
-- left: 1 values of column public.xw.l
-- rows: xw

-- before
CREATE TABLE xw (id int PRIMARY KEY, a int, l int GENERATED ALWAYS AS (a * 2) STORED, z text);
INSERT INTO xw (id, a, z) VALUES (1, 1, 'x'), (2, 2, 'y');

-- up
ALTER TABLE xw ALTER l DROP EXPRESSION;
UPDATE xw SET l = l + 1;
DELETE FROM xw WHERE id = 2;
