-- Foreign key no longer enforced.
-- from: 18
-- rows: (SELECT * FROM fe WHERE id < 3) s

-- before
CREATE TABLE fk (id int PRIMARY KEY);
INSERT INTO fk VALUES (1);
CREATE TABLE fe (id int PRIMARY KEY, k int CONSTRAINT fe_k REFERENCES fk, j int CONSTRAINT fe_j REFERENCES fk NOT ENFORCED);
INSERT INTO fe VALUES (1, 1, 1), (2, 1, NULL);

-- up
ALTER TABLE fe ALTER CONSTRAINT fe_k NOT ENFORCED;
ALTER TABLE fe ALTER CONSTRAINT fe_j ENFORCED;

-- since
INSERT INTO fe VALUES (3, 1, 1);
