-- Rows whose key changes after a column got another type. Inside of a row char pads its values, and a boolean is t.
-- rows: padded, flags, nothing_tells

-- before
CREATE TABLE padded (id int PRIMARY KEY, c char(3), n int);
INSERT INTO padded VALUES (1, 'x', 1), (2, 'y', 2);
CREATE TABLE flags (id int PRIMARY KEY, is_on boolean, n int);
INSERT INTO flags VALUES (1, true, 1), (2, false, 2);
CREATE TABLE nothing_tells (c char(3), is_on boolean);
INSERT INTO nothing_tells VALUES ('x', true), ('y', NULL), ('y', NULL);

-- up
UPDATE padded SET c = 'b';
ALTER TABLE padded ALTER COLUMN c TYPE varchar(5) USING c::varchar(5);
ALTER TABLE padded ALTER COLUMN c TYPE text USING c::text;
UPDATE padded SET id = id + 10;
UPDATE flags SET is_on = NOT is_on;
ALTER TABLE flags ALTER COLUMN is_on TYPE text USING is_on::text;
UPDATE flags SET id = id + 10;
ALTER TABLE nothing_tells ALTER COLUMN c TYPE text, ALTER COLUMN is_on TYPE text;
UPDATE nothing_tells SET c = 'z';
