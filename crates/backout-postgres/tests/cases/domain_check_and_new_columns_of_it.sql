-- Domain check and new columns of it.
-- aside: 2
-- rows: dt

-- before
CREATE DOMAIN dk AS text CONSTRAINT dkc CHECK (length(VALUE) > 3);
COMMENT ON CONSTRAINT dkc ON DOMAIN dk IS 'long';
CREATE TABLE dt (id int PRIMARY KEY, v dk);
INSERT INTO dt VALUES (1, 'long enough')

-- up
ALTER DOMAIN dk DROP CONSTRAINT dkc;
ALTER DOMAIN dk ADD CONSTRAINT dkc CHECK (VALUE = 'x' OR length(VALUE) > 3);
CREATE TABLE dn (id int PRIMARY KEY, v dk NOT NULL DEFAULT 'x', w dk UNIQUE,
  u text GENERATED ALWAYS AS (lower(w)) STORED);
ALTER TABLE dt ADD w dk;
UPDATE dt SET v = 'x'

-- since
INSERT INTO dn VALUES (1, DEFAULT, 'long');
UPDATE dt SET w = 'x'
