-- Nested booleans.

-- before
CREATE VIEW nb AS SELECT * FROM users WHERE id BETWEEN 1 AND 3 AND note IS NULL OR email IN ('a', 'b');
CREATE TABLE nt (v varchar(5), n int, CHECK (v IN ('a', 'b') AND (n BETWEEN 1 AND 5 OR n = 9)));

-- up
DROP VIEW nb;
ALTER TABLE nt DROP CONSTRAINT nt_check;
