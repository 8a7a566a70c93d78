-- Array type of another name.
-- rows: foo
-- rows: of_foo

-- before
CREATE TABLE foo (a int);
CREATE TABLE of_foo (id int PRIMARY KEY, x foo[], y text);
INSERT INTO foo VALUES (1);
INSERT INTO of_foo VALUES (1, ARRAY[ROW(5)::foo], 'y');

-- up
CREATE TABLE _foo (b int);
ALTER TABLE of_foo DROP COLUMN x;
DROP TABLE foo;
CREATE TABLE foo (c text);
