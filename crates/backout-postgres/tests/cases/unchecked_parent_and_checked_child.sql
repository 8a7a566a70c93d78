-- Unchecked parent and checked child.

-- before
CREATE TABLE cp (a int, b int);
ALTER TABLE cp ADD CONSTRAINT cpc CHECK (b IS NOT NULL OR true) NOT VALID;
CREATE TABLE cc (c int) INHERITS (cp);

-- up
ALTER TABLE cp DROP COLUMN b CASCADE;

-- since
INSERT INTO cc VALUES (1, 2);
