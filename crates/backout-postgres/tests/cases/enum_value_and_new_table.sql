-- Enum value and new table.
-- aside: 2
-- rows: users

-- up
ALTER TYPE mood ADD VALUE 'great';
CREATE TABLE fresh (id int PRIMARY KEY, m mood DEFAULT 'sad', CHECK (m <> 'ok'));
CREATE DOMAIN dm AS mood;
CREATE FUNCTION f(mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
ALTER TABLE users ADD COLUMN mood2 mood;

-- since
INSERT INTO fresh VALUES (1, 'great');
INSERT INTO users (email, mood2) VALUES ('n', 'great');
