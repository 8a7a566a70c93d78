-- Domain check that rows since do not fit.
-- left: holds only for values to come
-- mend: as the undo says
-- rows: dt

-- before
CREATE DOMAIN dk AS text CONSTRAINT dkc CHECK (length(VALUE) > 3);
CREATE TABLE dt (id int PRIMARY KEY, v dk, a dk DEFAULT 'long');
INSERT INTO dt VALUES (1, 'long enough')

-- up
ALTER DOMAIN dk DROP CONSTRAINT dkc

-- since
INSERT INTO dt VALUES (2, 'x')

-- clean up
DELETE FROM dt WHERE v = 'x';
