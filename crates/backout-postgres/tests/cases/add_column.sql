-- Add column.
-- rows: users

-- up
ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free';
CREATE INDEX users_plan ON users (plan);

-- since
UPDATE users SET plan = 'paid' WHERE id < 4;
