-- Generated no more of a key.
-- verdict: impossible

-- before
CREATE TABLE gu (a int, g int GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY);
INSERT INTO gu VALUES (1), (2);

-- up
ALTER TABLE gu ALTER g DROP EXPRESSION;
ALTER TABLE gu DROP a;
