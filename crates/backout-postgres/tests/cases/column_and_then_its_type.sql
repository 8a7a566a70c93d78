-- Column and then its type.
-- rows: hues

-- before
CREATE TYPE hue AS ENUM ('red', 'blue');
CREATE TABLE hues (id int PRIMARY KEY, h hue, x text);
INSERT INTO hues VALUES (1, 'red', 'x'), (2, 'blue', 'y');

-- up
ALTER TABLE hues DROP COLUMN h;
DROP TYPE hue;

-- since
INSERT INTO hues VALUES (3, 'z');
