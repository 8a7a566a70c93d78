-- Types there and back.
-- rows: ne
-- rows: nf
-- rows: ng

-- before
CREATE TABLE ne (id int PRIMARY KEY, a numeric, t text, h numeric) PARTITION BY RANGE (id);
CREATE TABLE ne1 PARTITION OF ne FOR VALUES FROM (0) TO (5);
CREATE TABLE ne2 PARTITION OF ne DEFAULT;
INSERT INTO ne SELECT i, i / 4.0, 't' || i, i FROM generate_series(1, 9) i;
ALTER TABLE ne1 ALTER t SET STORAGE EXTERNAL;
CREATE TABLE nf (a numeric NOT NULL DEFAULT 1.5, t text, CHECK (a >= 0));
ALTER TABLE nf ALTER t SET COMPRESSION pglz, ALTER t SET STATISTICS 9;
INSERT INTO nf SELECT i / 4.0, repeat('t', i) FROM generate_series(1, 9) i;
INSERT INTO nf SELECT * FROM nf;
CREATE INDEX ON nf (a);
CREATE TABLE ng (x numeric) INHERITS (nf);
INSERT INTO ng VALUES (2.5, 'g', 7.5);
CREATE TABLE nh (id int PRIMARY KEY, v numeric);
CREATE TABLE ni (id int PRIMARY KEY, v numeric);
INSERT INTO nh SELECT i, i / 4.0 FROM generate_series(1, 9) i;
INSERT INTO ni SELECT * FROM nh;

-- up
ALTER TABLE ne ALTER a TYPE int, ALTER t TYPE varchar(1) USING left(t, 1);
ALTER TABLE ne ALTER a TYPE numeric, ALTER t TYPE text;
CREATE VIEW nev AS SELECT id, a, t FROM ne;
ALTER TABLE ne RENAME a TO b;
ALTER TABLE nf ALTER a DROP DEFAULT, ALTER a TYPE int, ALTER t TYPE varchar(1) USING left(t, 1);
ALTER TABLE nf ALTER a TYPE numeric, ALTER a SET DEFAULT 1.5, ALTER t TYPE text;
ALTER TABLE nh ALTER v TYPE int;
UPDATE nh SET v = v * 2 WHERE id < 4;
ALTER TABLE nh ALTER v TYPE numeric(9, 1);
DELETE FROM nh WHERE id = 9;
ALTER TABLE ni ALTER v TYPE int;
UPDATE ni SET v = v * 2 WHERE id < 4;
ALTER TABLE ni ALTER v TYPE numeric;

-- since
INSERT INTO ne VALUES (77, 8.5, 'since');
UPDATE nh SET v = 99 WHERE id = 8;
INSERT INTO ni VALUES (44, 4.5);
