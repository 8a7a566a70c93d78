-- Deferred keys under changed rows.
-- rows: dd
-- rows: de

-- before
CREATE TABLE dd (id int PRIMARY KEY, n int, g text);
CREATE TABLE de (id int PRIMARY KEY, d int REFERENCES dd DEFERRABLE INITIALLY DEFERRED, g text);
INSERT INTO dd VALUES (1, 1, 'g'), (2, 2, 'h');
INSERT INTO de VALUES (1, 1, 'g');

-- up
ALTER TABLE de DROP COLUMN g;
UPDATE de SET d = 2;
UPDATE dd SET n = 7;
ALTER TABLE dd DROP COLUMN g;
