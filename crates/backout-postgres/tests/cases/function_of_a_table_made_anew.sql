-- Function of a table made anew.

-- before
CREATE TABLE fa (a int, b text, c int);
CREATE FUNCTION fac() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(c) FROM fa; END;

-- up
ALTER TABLE fa DROP COLUMN b;
DROP FUNCTION fac();
