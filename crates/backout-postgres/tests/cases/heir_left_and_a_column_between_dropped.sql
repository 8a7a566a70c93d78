-- Heir left and a column between dropped.
-- rows: hp
-- rows: hc

-- before
CREATE TABLE hp (id int PRIMARY KEY, doc text, o text DEFAULT 'me');
CREATE TABLE hc () INHERITS (hp);
INSERT INTO hp VALUES (1, 'd');
INSERT INTO hc VALUES (2, 'e');

-- up
ALTER TABLE hc NO INHERIT hp;
ALTER TABLE hp DROP COLUMN doc;
