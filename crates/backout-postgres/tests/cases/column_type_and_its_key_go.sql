-- Column type and its key go.
-- verdict: known by a key that comes back later

-- before
CREATE TABLE ky (id int PRIMARY KEY, f boolean, w text);
INSERT INTO ky SELECT i, i > 3, 'w' FROM generate_series(1, 6) i;

-- up
ALTER TABLE ky ALTER f TYPE text USING CASE WHEN f THEN 'big' ELSE 'small' END;
ALTER TABLE ky DROP COLUMN id CASCADE;

-- since
INSERT INTO ky VALUES ('since', 'w');
