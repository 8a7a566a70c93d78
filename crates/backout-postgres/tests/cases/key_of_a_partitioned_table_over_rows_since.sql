-- Key of a partitioned table over rows since.
-- left: kq_kp_fkey on public.kq does not come back
-- mend: as the undo says
-- rows: kp

-- before
CREATE TABLE kp (id int PRIMARY KEY);
INSERT INTO kp VALUES (1);
CREATE TABLE kq (id int, kp int REFERENCES kp DEFERRABLE) PARTITION BY LIST (id);
CREATE TABLE kq1 PARTITION OF kq FOR VALUES IN (1);
INSERT INTO kq VALUES (1, 1);

-- up
DROP TABLE kp CASCADE;

-- since
INSERT INTO kq VALUES (1, 77);

-- clean up
DELETE FROM kq WHERE kp = 77;
