-- Value not null that does not fit.
-- left: public.nv.d stays nullable
-- mend: as the undo says
-- rows: nv

-- before
CREATE TABLE nv (id int PRIMARY KEY, d date NOT NULL);
INSERT INTO nv VALUES (1, '2026-01-01');

-- up
ALTER TABLE nv ALTER d TYPE text USING d::text;

-- since
INSERT INTO nv VALUES (2, 'soon');

-- clean up
DELETE FROM nv WHERE d IS NULL;
