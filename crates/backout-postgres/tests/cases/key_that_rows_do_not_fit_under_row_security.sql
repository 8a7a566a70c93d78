-- Key that rows do not fit under row security.
-- left: 1 rows refer to nothing: foreign key fk on public.fi holds for new rows only

-- before
CREATE TABLE fh (id int PRIMARY KEY, x text, z int);
INSERT INTO fh VALUES (1, 'x', 1);
CREATE TABLE fi (k int PRIMARY KEY, r int CONSTRAINT fk REFERENCES fh);
COMMENT ON CONSTRAINT fk ON fi IS 'c';
INSERT INTO fi VALUES (1, 1);
CREATE POLICY nothing ON fh USING (false);
ALTER TABLE fh ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- up
ALTER TABLE fi DROP CONSTRAINT fk;

-- since
INSERT INTO fi VALUES (2, 77);
