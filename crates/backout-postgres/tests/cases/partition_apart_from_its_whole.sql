-- Partition apart from its whole.
-- verdict: public.px is not recreated
-- rows: pw
-- rows: pw1
-- rows: px1

-- before
CREATE TABLE pw (item int, part int, lost int) PARTITION BY LIST (item);
CREATE TABLE pw1 PARTITION OF pw FOR VALUES IN (1);
CREATE INDEX pwi ON pw (item, part) WHERE lost > 0;
CREATE INDEX pwj ON pw (part);
INSERT INTO pw VALUES (1, 2, 3), (1, 3, 4);
CREATE TABLE px (part int NOT NULL, lost varchar(20), item text) PARTITION BY LIST (part);
CREATE TABLE px1 PARTITION OF px DEFAULT;
ALTER TABLE px1 ALTER item SET DEFAULT 'x';
CREATE INDEX pxi ON px (item, part) WHERE item > 'a';
ALTER TABLE px ADD PRIMARY KEY (part);
INSERT INTO px VALUES (1, 'l', 'i');

-- up
ALTER TABLE pw DROP COLUMN lost CASCADE;
DROP TABLE pw1;
ALTER TABLE px DROP COLUMN lost;
DROP TABLE px1;
