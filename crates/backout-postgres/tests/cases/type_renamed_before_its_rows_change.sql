-- Type renamed before its rows change.
-- rows: tt

-- before
CREATE TYPE tm AS ENUM ('x', 'y');
CREATE DOMAIN td AS int;
CREATE TABLE tt (id int PRIMARY KEY, m tm, l tm[], d td);
INSERT INTO tt VALUES (1, 'x', '{x}', 1), (2, 'y', NULL, NULL);

-- up
ALTER TYPE tm RENAME TO tn;
ALTER DOMAIN td RENAME TO te;
UPDATE tt SET m = 'y', l = '{y}', d = 7;
DELETE FROM tt WHERE id = 2;

-- since
INSERT INTO tt VALUES (3, 'x', NULL, 2);
DELETE FROM tt WHERE id = 3;
