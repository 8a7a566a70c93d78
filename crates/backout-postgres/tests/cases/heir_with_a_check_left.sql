-- Heir with a check left.
-- rows: hp
-- rows: hc
-- not on 18: the NOT NULL that an inheriting table had by its parent alone is its own as well

-- before
CREATE TABLE hp (id int PRIMARY KEY, doc text, o text, CHECK (id > 0));
CREATE TABLE hc (id int, doc text, o text) INHERITS (hp);
INSERT INTO hp VALUES (1, 'd');
INSERT INTO hc VALUES (2, 'e', 'f');

-- up
ALTER TABLE hc NO INHERIT hp;
ALTER TABLE hp DROP COLUMN doc;
