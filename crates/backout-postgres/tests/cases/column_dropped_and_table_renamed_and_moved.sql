-- Column dropped and table renamed and moved.
-- rows: hr

-- before
CREATE SCHEMA elsewhere;
CREATE TABLE hr (id int PRIMARY KEY, gone text, kept text);
INSERT INTO hr SELECT i, 'g' || i, 'k' FROM generate_series(1, 30) i

-- up
ALTER TABLE hr DROP COLUMN gone;
ALTER TABLE hr RENAME TO hr2;
ALTER TABLE hr2 SET SCHEMA elsewhere;
ALTER TABLE elsewhere.hr2 ADD COLUMN gone int;
ALTER TABLE elsewhere.hr2 DROP COLUMN kept;
ALTER TABLE elsewhere.hr2 RENAME id TO gone_id;
DELETE FROM elsewhere.hr2 WHERE gone_id > 20
