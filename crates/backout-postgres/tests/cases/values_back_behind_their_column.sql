-- Values back behind their column.
-- rows: vr
-- rows: vw

-- before
CREATE TYPE vrk AS ENUM ('a', 'b');
CREATE TABLE vr (id text PRIMARY KEY, p text NOT NULL, role vrk NOT NULL, z int);
INSERT INTO vr VALUES ('a', 'p', 'a', 1), ('b', 'p', 'b', 2), ('c', 'q', 'b', 3);
CREATE TABLE vw (a int NOT NULL, b int);
INSERT INTO vw VALUES (1, 1), (1, 2), (3, 3);

-- up
ALTER TABLE vr RENAME COLUMN role TO kind;
ALTER TABLE vr ALTER p DROP NOT NULL, ALTER kind DROP NOT NULL;
UPDATE vr SET kind = NULL, p = NULL;
ALTER TABLE vr DROP COLUMN kind, ADD COLUMN kind text;
DROP TYPE vrk;
ALTER TABLE vw ALTER a DROP NOT NULL;
UPDATE vw SET a = NULL WHERE b < 3;
ALTER TABLE vw DROP COLUMN a;
