-- Functions, types and sequences that swap names, one of them moving to another schema; and an index that moves with its table under the name of another.

-- before
CREATE SCHEMA elsewhere;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE TYPE ta AS ENUM ('a');
CREATE TYPE tb AS ENUM ('b');
CREATE TABLE t (a ta, b tb);
CREATE SEQUENCE sa;
CREATE SEQUENCE sb;
CREATE TABLE moving (id int);
CREATE TABLE staying (id int);
CREATE INDEX ai ON moving (id);
CREATE INDEX bi ON staying (id);

-- up
ALTER FUNCTION f() RENAME TO x;
ALTER FUNCTION g() RENAME TO f;
ALTER FUNCTION x() RENAME TO g;
ALTER FUNCTION f() SET SCHEMA elsewhere;
ALTER TYPE ta RENAME TO x;
ALTER TYPE tb RENAME TO ta;
ALTER TYPE x RENAME TO tb;
ALTER TYPE ta SET SCHEMA elsewhere;
ALTER SEQUENCE sa RENAME TO x;
ALTER SEQUENCE sb RENAME TO sa;
ALTER SEQUENCE x RENAME TO sb;
ALTER SEQUENCE sa SET SCHEMA elsewhere;
ALTER TABLE moving SET SCHEMA elsewhere;
ALTER INDEX elsewhere.ai RENAME TO x;
ALTER INDEX bi RENAME TO ai;
ALTER INDEX elsewhere.x RENAME TO bi;
