-- No longer generated beside what is new.
-- aside: 1
-- rows: ge

-- before
CREATE TABLE ge (id int PRIMARY KEY, n int, m int GENERATED ALWAYS AS (n * 2) STORED);
INSERT INTO ge VALUES (1, 1), (2, 2);

-- up
CREATE TABLE gf (a int);
ALTER TABLE ge ALTER m DROP EXPRESSION;

-- since
INSERT INTO gf VALUES (1);
