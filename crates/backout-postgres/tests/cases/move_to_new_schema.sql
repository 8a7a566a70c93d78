-- Move to new schema.

-- up
CREATE SCHEMA app;
ALTER TABLE posts SET SCHEMA app;
CREATE TABLE app.n (id int PRIMARY KEY);

-- since
INSERT INTO app.n VALUES (1);
INSERT INTO app.posts (user_id, title) VALUES (1, 'since');
