-- Widened beside what is new.
-- rows: ga
-- rows: gz

-- before
CREATE TABLE ga (id int PRIMARY KEY, v varchar(5));
INSERT INTO ga VALUES (1, 'a');
CREATE TYPE gy AS ENUM ('x');
CREATE TABLE gz (id int PRIMARY KEY, k gy);
INSERT INTO gz VALUES (1, 'x');

-- up
CREATE TABLE gf (a int);
ALTER TABLE ga ALTER v TYPE text;
ALTER TYPE gy ADD VALUE 'y';
CREATE TABLE gg (k gy);
