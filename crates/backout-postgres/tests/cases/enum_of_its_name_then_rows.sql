-- Enum of its name then rows.
-- rows: et

-- before
CREATE TYPE em AS ENUM ('a', 'b');
CREATE TABLE et (id int PRIMARY KEY, x em, l em[]);
INSERT INTO et VALUES (1, 'a', '{a,b}'), (2, 'b', NULL);

-- up
ALTER TYPE em RENAME TO em_old;
CREATE TYPE em AS ENUM ('A', 'B', 'Z');
ALTER TABLE et ALTER x TYPE em USING upper(x::text)::em, ALTER l TYPE em[] USING upper(l::text)::em[];
DROP TYPE em_old;
UPDATE et SET x = 'Z', l = '{Z}' WHERE id = 1;
