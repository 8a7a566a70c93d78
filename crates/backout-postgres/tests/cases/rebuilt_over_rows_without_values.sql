-- Rebuilt over rows without values.
-- left: public.rv.k stays nullable
-- mend: as the undo says

-- before
CREATE TYPE rvk AS ENUM ('a', 'b');
CREATE TABLE rv (id int PRIMARY KEY, lost text, k rvk NOT NULL, v int NOT NULL, w text NOT NULL DEFAULT 'w',
  z int);
CREATE TABLE rx (team text PRIMARY KEY, v int NOT NULL, f boolean NOT NULL DEFAULT false);
INSERT INTO rv VALUES (1, 'l', 'a', 1, 'w', 1), (2, 'm', 'b', 2, 'x', 2);
INSERT INTO rx VALUES ('t', 1), ('u', 2);

-- up
CREATE TYPE rvn AS ENUM ('a', 'b', 'c');
ALTER TABLE rv ALTER k TYPE rvn USING k::text::rvn;
ALTER TYPE rvk RENAME TO rvo;
ALTER TYPE rvn RENAME TO rvk;
DROP TYPE rvo;
ALTER TABLE rv DROP COLUMN lost, ALTER v DROP NOT NULL;
ALTER TABLE rx ADD COLUMN id serial;
ALTER TABLE rx DROP CONSTRAINT rx_pkey;
ALTER TABLE rx ADD PRIMARY KEY (id);
ALTER TABLE rx ALTER v DROP NOT NULL, DROP COLUMN team, DROP COLUMN f;

-- since
INSERT INTO rv VALUES (3, 'c', 3), (4, 'b', NULL);
INSERT INTO rx (v) VALUES (NULL), (7);

-- clean up
DELETE FROM rv WHERE k IS NULL OR v IS NULL;
DELETE FROM rx WHERE team IS NULL;
