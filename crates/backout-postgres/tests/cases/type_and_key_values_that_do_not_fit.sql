-- Type and key values that do not fit.
-- left: 1 rows of public.kw that were written since have keys that do not fit
-- rows: kw

-- before
CREATE TABLE kw (id int PRIMARY KEY, n int);
INSERT INTO kw VALUES (1, 1), (2, 2);

-- up
ALTER TABLE kw ALTER id TYPE text USING 'k' || id;

-- since
INSERT INTO kw VALUES ('other', 3);
