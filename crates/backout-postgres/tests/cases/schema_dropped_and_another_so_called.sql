-- Schema dropped and another so called.
-- rows: sa.t
-- rows: sb.t

-- before
CREATE SCHEMA sa;
CREATE TABLE sa.t (id int);
INSERT INTO sa.t VALUES (1);
CREATE SCHEMA sb;
CREATE TABLE sb.t (v text);
INSERT INTO sb.t VALUES ('b');

-- up
DROP SCHEMA sa CASCADE;
ALTER SCHEMA sb RENAME TO sa;
