-- Statistics in another order.
-- verdict: order of the columns of public.sp
-- rows: (SELECT id, a, b, c FROM sp1) s

-- before
CREATE TABLE sp (id int, a int, b int, c int) PARTITION BY LIST (id);
CREATE TABLE sp1 PARTITION OF sp FOR VALUES IN (1);
CREATE STATISTICS sps ON a, b, c FROM sp;
INSERT INTO sp VALUES (1, 2, 3, 4);

-- up
ALTER TABLE sp DROP COLUMN a CASCADE;

-- since
INSERT INTO sp VALUES (1, 8, 9);
