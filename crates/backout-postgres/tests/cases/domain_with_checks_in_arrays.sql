-- Domain with checks in arrays.
-- rows: da

-- before
CREATE DOMAIN small AS int CHECK (VALUE < 9);
ALTER DOMAIN small ADD CONSTRAINT extra CHECK (VALUE > 0);
CREATE TABLE da (id int PRIMARY KEY, list small[], one small);
INSERT INTO da VALUES (1, '{1,2}', 3);

-- up
DROP DOMAIN small CASCADE;
