-- Domain check inside arrays.

-- before
CREATE DOMAIN dk AS text CONSTRAINT dkc CHECK (length(VALUE) > 3);
CREATE TABLE dt (id int PRIMARY KEY, v dk[])

-- up
DROP TABLE dt;
DROP DOMAIN dk
