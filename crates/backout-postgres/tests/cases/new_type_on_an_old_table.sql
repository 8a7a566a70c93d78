-- New type on an old table.
-- aside: 6

-- up
CREATE TYPE level AS ENUM ('low', 'high');
ALTER TABLE users ADD COLUMN level level, ADD COLUMN points int DEFAULT 0;

-- since
UPDATE users SET level = 'high', points = 7 WHERE id < 4;
