-- A child comes back beside a NOT NULL column of its parent, of which a row written since has no value.
-- rows: parent_of_one, child_of_one
-- left: parent_of_one.x stays nullable

-- before
CREATE TABLE parent_of_one (a char(3), b char(3), x inet NOT NULL);
CREATE TABLE child_of_one (PRIMARY KEY (a)) INHERITS (parent_of_one);
INSERT INTO parent_of_one VALUES ('a', 'b', '10.0.0.1');
INSERT INTO child_of_one VALUES ('c', 'd', '10.0.0.2');

-- up
ALTER TABLE parent_of_one DROP COLUMN x CASCADE;
DROP TABLE child_of_one CASCADE;

-- since
INSERT INTO parent_of_one VALUES ('n', 'n');

-- clean up
DELETE FROM ONLY parent_of_one WHERE a = 'n';
ALTER TABLE parent_of_one ALTER COLUMN x SET NOT NULL;
