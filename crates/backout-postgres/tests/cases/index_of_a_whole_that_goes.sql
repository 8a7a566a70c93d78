-- Index of a whole that goes.
-- rows: iw

-- before
CREATE TABLE iw (p int NOT NULL, w text) PARTITION BY RANGE (p);
CREATE TABLE iw1 PARTITION OF iw FOR VALUES FROM (4) TO (7);
INSERT INTO iw VALUES (5, 'a');

-- up
CREATE INDEX iwx ON iw (lower(w));
CREATE UNIQUE INDEX iwy ON iw (p, w);
ALTER TABLE iw ADD UNIQUE (w, p);
DROP TABLE iw CASCADE;
