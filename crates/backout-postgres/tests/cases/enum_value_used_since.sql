-- Enum value used since.
-- left: 1 values of column public.moods.m are ones that its type did not have before
-- aside: 4
-- rows: users
-- rows: moods

-- before
CREATE TABLE moods (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'sad', n mood, many mood[]);
INSERT INTO moods VALUES (1, 'ok', 'ok', '{sad,ok}');

-- up
ALTER TYPE mood ADD VALUE 'great' BEFORE 'ok';

-- since
INSERT INTO moods VALUES (2, 'great', 'great', '{ok,great}');
INSERT INTO users (email, mood) VALUES ('n', 'great');
