-- Update rows.

-- up
UPDATE users SET note = 'x';
DELETE FROM posts WHERE id < 5;
