-- Family identity comes back.
-- verdict: order of the columns of public.f
-- rows: (SELECT id, n FROM fi WHERE n < 4) s
-- rows: (SELECT id, k FROM fj) s

-- before
CREATE TABLE fi (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);
CREATE TABLE fj (k int) INHERITS (fi);
INSERT INTO fi (n) VALUES (1), (2);
INSERT INTO fj (id, n) VALUES (77, 3);

-- up
ALTER TABLE fi DROP COLUMN id CASCADE;

-- since
INSERT INTO fi (n) VALUES (3);
INSERT INTO fj (n) VALUES (4);
