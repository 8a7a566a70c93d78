-- Views on a key in the order of their ids.

-- before
CREATE TABLE va (id int PRIMARY KEY, n int);
CREATE TABLE vb (id int PRIMARY KEY, n int);
CREATE VIEW vx AS SELECT 1 AS id, 2 AS n;
CREATE VIEW vy AS SELECT id, n FROM va GROUP BY id;
CREATE OR REPLACE VIEW vx AS SELECT y.id, b.n FROM vy y JOIN vb b USING (id) GROUP BY y.id, b.id;

-- up
ALTER TABLE va DROP COLUMN n CASCADE;
