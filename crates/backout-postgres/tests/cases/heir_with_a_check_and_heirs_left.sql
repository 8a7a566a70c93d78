-- Heir with a check and heirs left.
-- rows: hp
-- rows: hc
-- not on 18: the NOT NULL that an inheriting table had by its parent alone is its own as well

-- before
CREATE TABLE hp (id int PRIMARY KEY, CHECK (id > 0));
CREATE TABLE hc (id int) INHERITS (hp);
CREATE TABLE hd () INHERITS (hc);
INSERT INTO hc VALUES (2);

-- up
ALTER TABLE hc NO INHERIT hp;
