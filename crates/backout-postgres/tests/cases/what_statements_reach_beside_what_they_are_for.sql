-- NOT NULL of inheriting tables, and what ANALYZE is told of indexes and statistics, which statements of the way back reach as well.
-- not on 18: no child lets go of what its parent demands there

-- before
CREATE TABLE m (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10);
CREATE TABLE m2 PARTITION OF m DEFAULT;
ALTER TABLE m1 ALTER note SET NOT NULL;
CREATE TABLE par (a int, b int NOT NULL);
CREATE TABLE kid () INHERITS (par);
ALTER TABLE kid ALTER b DROP NOT NULL;
CREATE STATISTICS us ON mood, note FROM users;
ALTER STATISTICS us SET STATISTICS 100;
CREATE INDEX ui ON users (lower(note), mood);
ALTER INDEX ui ALTER COLUMN 1 SET STATISTICS 55;

-- up
ALTER TABLE m ALTER note SET NOT NULL;
ALTER TABLE par ALTER b DROP NOT NULL;
ALTER TYPE mood ADD VALUE 'great';
