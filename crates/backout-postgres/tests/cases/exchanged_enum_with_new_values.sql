-- Exchanged enum with new values.
-- left: public.ee.m stays nullable
-- mend: as the undo says
-- rows: users

-- before
CREATE TABLE ee (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok', list mood[]);
INSERT INTO ee VALUES (1, 'sad', '{ok}');

-- up
CREATE TYPE mood_new AS ENUM ('sad', 'ok', 'great');
DROP VIEW recent;
ALTER TABLE users ALTER mood DROP DEFAULT;
ALTER TABLE users ALTER mood TYPE mood_new USING mood::text::mood_new;
ALTER TABLE ee ALTER m DROP DEFAULT, ALTER m TYPE mood_new USING m::text::mood_new,
  ALTER list TYPE mood_new[] USING list::text[]::mood_new[];
ALTER TYPE mood RENAME TO mood_old;
ALTER TYPE mood_new RENAME TO mood;
DROP TYPE mood_old;
ALTER TABLE ee ALTER m SET DEFAULT 'ok';
ALTER TABLE users ALTER mood SET DEFAULT 'ok';

-- since
INSERT INTO ee VALUES (2, 'great', '{great}');
INSERT INTO users (email, mood) VALUES ('g', 'great');

-- clean up
DELETE FROM ee WHERE m IS NULL;
DELETE FROM users WHERE id > 20;
