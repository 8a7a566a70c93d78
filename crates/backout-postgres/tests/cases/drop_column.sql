-- Drop column.

-- up
ALTER TABLE users DROP COLUMN note;

-- since
INSERT INTO users (email) VALUES ('n');
