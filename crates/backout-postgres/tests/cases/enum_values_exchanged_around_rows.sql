-- Enum values exchanged around rows.
-- rows: ep

-- before
CREATE TYPE enc AS ENUM ('a', 'b');
CREATE TABLE ep (id int PRIMARY KEY, k enc);
INSERT INTO ep VALUES (1, 'a'), (2, 'b');

-- up
DELETE FROM ep WHERE id = 1;
ALTER TYPE enc RENAME VALUE 'a' TO 'c';
ALTER TYPE enc RENAME VALUE 'b' TO 'a';
ALTER TYPE enc RENAME VALUE 'c' TO 'b';
DELETE FROM ep;
