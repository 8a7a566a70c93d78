-- Array of a domain made text.
-- rows: da

-- before
CREATE DOMAIN "dö" AS varchar(30) CHECK (VALUE IS NOT NULL OR true) CHECK (VALUE <> 'no');
CREATE TABLE da (id int PRIMARY KEY, a "dö"[] UNIQUE);
INSERT INTO da VALUES (1, '{a,b}'), (2, NULL);

-- up
ALTER TABLE da ALTER a TYPE text USING a::text;
DROP DOMAIN "dö" CASCADE;
