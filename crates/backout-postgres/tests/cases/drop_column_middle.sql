-- Drop column middle.

-- up
ALTER TABLE posts DROP COLUMN state CASCADE;
