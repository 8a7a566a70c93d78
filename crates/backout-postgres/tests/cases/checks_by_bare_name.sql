-- Checks by bare name.
-- rows: posts

-- before
CREATE SEQUENCE numbers;

-- up
DROP TABLE posts CASCADE;
DROP SEQUENCE numbers;
CREATE TABLE posts (id int CONSTRAINT posts_pkey PRIMARY KEY);
CREATE INDEX posts_title ON posts (id);
DO $$ BEGIN
               IF (SELECT relrowsecurity FROM pg_class WHERE relname = 'posts') THEN RAISE 'row security'; END IF;
               IF (SELECT count(*) FROM pg_class WHERE relname IN ('posts_title', 'posts_user', 'posts_pkey', 'posts_id_seq', 'numbers')) <> 2 THEN RAISE 'relations'; END IF;
               IF (SELECT count(*) FROM pg_constraint WHERE conname ~ '^posts' AND contype <> 'n') <> 1 THEN RAISE 'constraints'; END IF;
               IF EXISTS (SELECT FROM pg_statistic_ext WHERE stxname = 'posts_stat') THEN RAISE 'statistics'; END IF;
               IF EXISTS (SELECT FROM pg_policies WHERE policyname = 'own') OR EXISTS (SELECT FROM pg_trigger WHERE tgname = 'posts_touch') THEN RAISE 'policies'; END IF;
               IF (SELECT count(*) FROM information_schema.columns WHERE table_name = 'posts') <> 1 THEN RAISE 'columns'; END IF;
             END $$;
