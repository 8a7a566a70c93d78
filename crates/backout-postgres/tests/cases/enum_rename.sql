-- Enum rename.
-- rows: users

-- up
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
