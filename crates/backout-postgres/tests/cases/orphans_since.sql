-- Orphans since.
-- left: likes_post_fkey on public.likes holds for new rows only
-- rows: posts
-- rows: likes

-- before
CREATE TABLE likes (id int PRIMARY KEY, post bigint NOT NULL REFERENCES posts);
INSERT INTO likes VALUES (1, 1);

-- up
DROP TABLE posts CASCADE;

-- since
INSERT INTO likes VALUES (2, 999999);
