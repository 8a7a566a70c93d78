-- Truncated between two columns without key.
-- rows: tk

-- before
CREATE TABLE tk (a text, b text, c text);
INSERT INTO tk VALUES ('a', 'b', 'c'), ('a', 'b2', 'c'), ('a2', 'b', 'c2');

-- up
ALTER TABLE tk DROP COLUMN b;
DELETE FROM tk WHERE a = 'a';
TRUNCATE tk;
ALTER TABLE tk DROP COLUMN c;

-- since
INSERT INTO tk VALUES ('since');
