-- Key of a partition that has a comment.
-- left: does not come back
-- mend: as the undo says
-- rows: fc

-- before
CREATE TABLE fc (k int PRIMARY KEY);
CREATE TABLE fw (part int NOT NULL, i int CONSTRAINT fk REFERENCES fc) PARTITION BY RANGE (part);
CREATE TABLE fp PARTITION OF fw FOR VALUES FROM (0) TO (9) PARTITION BY LIST (part);
CREATE TABLE fq PARTITION OF fp DEFAULT;
COMMENT ON CONSTRAINT fk ON fp IS 'said';
COMMENT ON CONSTRAINT fk ON fq IS 'said''s';
COMMENT ON CONSTRAINT fk ON fw IS 'whole';
INSERT INTO fc VALUES (1);
INSERT INTO fw VALUES (1, 1);

-- up
DROP TABLE fc CASCADE;

-- since
INSERT INTO fw VALUES (2, 77);

-- then
DELETE FROM fw WHERE i = 77;
