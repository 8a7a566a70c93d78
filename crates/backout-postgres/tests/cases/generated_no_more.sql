-- Generated no more.
-- rows: gn

-- before
CREATE TABLE gn (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) STORED, z text);
INSERT INTO gn (id, a, z) VALUES (1, 1, 'z'), (2, NULL, 'y');
CREATE INDEX ON gn (g);
CREATE VIEW gv AS SELECT g FROM gn;
COMMENT ON COLUMN gn.g IS 'twice';

-- up
ALTER TABLE gn ALTER g DROP EXPRESSION;

-- since
INSERT INTO gn VALUES (3, 5, 10, 's');
DELETE FROM gn WHERE id = 3;
