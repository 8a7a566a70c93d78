-- Generated no more in partitions.
-- verdict: impossible

-- before
CREATE TABLE gp (id int, a int, g int GENERATED ALWAYS AS (a * 2) STORED) PARTITION BY LIST (id);
CREATE TABLE gp1 PARTITION OF gp DEFAULT;
INSERT INTO gp VALUES (1, 1);

-- up
ALTER TABLE gp ALTER g DROP EXPRESSION;
