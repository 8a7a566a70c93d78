-- Enum exchanged and relabelled.
-- rows: (SELECT * FROM er WHERE id < 40) s

-- before
CREATE TYPE erl AS ENUM ('public', 'local', 'private');
CREATE TABLE er (id int PRIMARY KEY, v erl NOT NULL DEFAULT 'public', hidden bool);
INSERT INTO er SELECT i, (ARRAY['public', 'local', 'private']::erl[])[1 + i % 3],
  i % 5 = 0 FROM generate_series(1, 30) i;

-- up
ALTER TYPE erl RENAME TO erl__;
CREATE TYPE erl AS ENUM ('public', 'local_public', 'local', 'private', 'unlisted');
ALTER TABLE er ALTER v DROP DEFAULT;
ALTER TABLE er ALTER v TYPE erl USING v::text::erl;
ALTER TABLE er ALTER v SET DEFAULT 'public';
DROP TYPE erl__ CASCADE;
ALTER TYPE erl RENAME VALUE 'local' TO 'local it''s';
ALTER TYPE erl RENAME VALUE 'private' TO 'local';
UPDATE er SET v = 'unlisted' WHERE hidden;
ALTER TABLE er DROP COLUMN hidden;

-- since
INSERT INTO er VALUES (40, 'local');
