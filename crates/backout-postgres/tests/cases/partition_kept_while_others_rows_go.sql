-- A dropped partition holds no rows of others fast while it is kept.
-- rows: pf
-- rows: owners

-- before
CREATE TABLE owners (id int PRIMARY KEY);
INSERT INTO owners VALUES (1), (2);
CREATE TABLE pf (id int, o int REFERENCES owners) PARTITION BY RANGE (id);
CREATE TABLE pf1 PARTITION OF pf FOR VALUES FROM (0) TO (10);
CREATE TABLE pf2 PARTITION OF pf DEFAULT;
INSERT INTO pf VALUES (1, 1), (20, 2);

-- up
DROP TABLE pf1;

-- since
DELETE FROM owners WHERE id = 1;
INSERT INTO owners VALUES (1);
