-- Partition that others refer to.
-- left: 2 rows that were written since refer to rows that are set aside with a partition; foreign key pu_pr_fkey on public.pu holds for new rows only
-- rows: pr

-- before
CREATE TABLE pr (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE pr1 PARTITION OF pr FOR VALUES FROM (0) TO (10);
CREATE TABLE pu (id int PRIMARY KEY, pr int REFERENCES pr ON DELETE CASCADE DEFERRABLE);
COMMENT ON CONSTRAINT pu_pr_fkey ON pu IS 'c';
INSERT INTO pr VALUES (1, 'a');
INSERT INTO pu VALUES (1, 1);

-- up
CREATE TABLE pr2 PARTITION OF pr FOR VALUES FROM (10) TO (20);

-- since
INSERT INTO pr VALUES (11, 'b');
INSERT INTO pu VALUES (2, 11), (3, 11), (4, NULL);
