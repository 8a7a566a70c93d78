-- Rows referred to others before, which the application has deleted since.
-- left: or what they referred to has gone

-- up
UPDATE posts SET user_id = 1;

-- since
DELETE FROM users WHERE id = 5;
