-- Options of an attached index.
-- rows: (SELECT * FROM oa WHERE t = 'a') s

-- before
CREATE TABLE oa (part int, t text) PARTITION BY LIST (part);
CREATE TABLE oa1 PARTITION OF oa FOR VALUES IN (1);
CREATE INDEX oai ON oa (t);
CREATE INDEX oap ON oa (part) WHERE t <> ' WITH (fillfactor=''60'')';
INSERT INTO oa VALUES (1, 'a');
CREATE INDEX oae ON oa1 (upper(t)) WITH (deduplicate_items = on);

-- up
ALTER INDEX oa1_t_idx SET (fillfactor = 60);
ALTER INDEX oa1_part_idx SET (fillfactor = 60, deduplicate_items = off);
ALTER INDEX oae RESET (deduplicate_items);
ALTER INDEX oae SET (fillfactor = 55);

-- since
INSERT INTO oa VALUES (1, 'b');
