-- Generated column without a value.
-- left: public.g.m stays nullable
-- mend: as the undo says
-- rows: (SELECT * FROM g WHERE id < 9) s

-- before
CREATE TABLE g (id int PRIMARY KEY, w text, n int, m int GENERATED ALWAYS AS (n * 2) STORED NOT NULL);
INSERT INTO g (id, n) VALUES (1, 1), (2, 2);

-- up
ALTER TABLE g DROP COLUMN m;
ALTER TABLE g DROP COLUMN w;

-- since
INSERT INTO g VALUES (9, NULL);

-- then
DELETE FROM g WHERE id = 9;
ALTER TABLE public.g ALTER COLUMN m SET NOT NULL
