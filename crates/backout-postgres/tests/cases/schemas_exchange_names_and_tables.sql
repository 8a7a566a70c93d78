-- Schemas exchange names and tables.
-- rows: sa.t
-- rows: sb.t

-- before
CREATE SCHEMA sa;
CREATE SCHEMA sb;
CREATE TABLE sa.t (id int);
CREATE TABLE sa.u (id int);
INSERT INTO sa.t VALUES (1);
CREATE TABLE sb.t (v text);
CREATE TABLE sb.w (v text);
INSERT INTO sb.t VALUES ('b');

-- up
ALTER SCHEMA sa RENAME TO sx;
ALTER SCHEMA sb RENAME TO sa;
ALTER SCHEMA sx RENAME TO sb;
ALTER TABLE sb.t RENAME TO x;
ALTER TABLE sb.u RENAME TO t;
ALTER TABLE sb.x RENAME TO u;
ALTER TABLE sa.w RENAME TO y;
