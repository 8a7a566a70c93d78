-- Heir with columns of its own left.
-- rows: hp
-- rows: (SELECT * FROM hc WHERE id < 8) s
-- not on 18: the NOT NULL that an inheriting table had by its parent alone is its own as well

-- before
CREATE TABLE hp (id int PRIMARY KEY, doc text NOT NULL, o text DEFAULT 'me', CHECK (id > 0));
CREATE TABLE hc (id int, doc text, o text, more int, CHECK (id > 0)) INHERITS (hp);
CREATE TABLE hd (d int) INHERITS (hc);
INSERT INTO hp VALUES (1, 'd');
INSERT INTO hc VALUES (2, 'e', 'f');
INSERT INTO hd VALUES (3, 'e', 'f');

-- up
ALTER TABLE hc NO INHERIT hp;
ALTER TABLE hp DROP COLUMN doc;
UPDATE hp SET o = 'you';
UPDATE hc SET o = 'they';

-- since
INSERT INTO hc VALUES (8, 'since', 'x');
