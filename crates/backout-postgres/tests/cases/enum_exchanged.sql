-- Enum exchanged.
-- aside: 1
-- rows: hues

-- before
CREATE TYPE hue AS ENUM ('red', 'blue');
CREATE TABLE hues (id int PRIMARY KEY, h hue NOT NULL DEFAULT 'red', hs hue[], x text);
CREATE INDEX ON hues (h) WHERE h = 'blue';
INSERT INTO hues VALUES (1, 'red', '{red,blue}', 'x'), (2, 'blue', NULL, 'y');

-- up
ALTER TYPE hue RENAME TO hue_old;
CREATE TYPE hue AS ENUM ('red', 'blue', 'green');
DROP INDEX hues_h_idx;
ALTER TABLE hues ALTER h DROP DEFAULT, ALTER h TYPE hue USING h::text::hue, ALTER h SET DEFAULT 'blue',
  ALTER hs TYPE hue[] USING hs::text[]::hue[];
DROP TYPE hue_old;
CREATE TABLE fresh (h hue);
UPDATE hues SET x = x || '!';

-- since
INSERT INTO hues VALUES (3, 'blue');
INSERT INTO fresh VALUES ('green');
