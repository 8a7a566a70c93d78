-- Heir that left one of two.
-- rows: hp
-- rows: hc

-- before
CREATE TABLE hp (id int PRIMARY KEY, doc text);
CREATE TABLE hq (q int, CHECK (q > 0));
CREATE TABLE hc (id int, doc text, more int) INHERITS (hp, hq);
INSERT INTO hp VALUES (1, 'd');
INSERT INTO hc VALUES (2, 'e', 4, 5);

-- up
ALTER TABLE hc NO INHERIT hp;
