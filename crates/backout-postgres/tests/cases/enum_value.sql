-- Enum value.
-- rows: users

-- up
ALTER TYPE mood ADD VALUE 'great';

-- since
INSERT INTO users (email, mood) VALUES ('n', 'ok');
