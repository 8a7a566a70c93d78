-- Aggregate replaced.

-- before
CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int);
CREATE VIEW totals AS SELECT total(id) AS t FROM users;

-- up
CREATE OR REPLACE AGGREGATE total (int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');
