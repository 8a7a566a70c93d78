-- Type widened.

-- up
ALTER TABLE users ALTER COLUMN note TYPE varchar(900);
ALTER TABLE users ALTER COLUMN note TYPE varchar(901);

-- since
INSERT INTO users (email) VALUES ('n');
