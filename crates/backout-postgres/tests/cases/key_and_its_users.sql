-- Key and its users.
-- rows: kk
-- rows: ku

-- before
CREATE TABLE kk (k int PRIMARY KEY, v text);
CREATE TABLE ku (k int REFERENCES kk, x int);
INSERT INTO kk VALUES (1, 'a'), (2, 'b');
INSERT INTO ku VALUES (1, 1);
COMMENT ON CONSTRAINT kk_pkey ON kk IS 'c';
ALTER TABLE kk CLUSTER ON kk_pkey;

-- up
ALTER TABLE kk DROP COLUMN k CASCADE;

-- since
INSERT INTO users (email) VALUES ('zz');
