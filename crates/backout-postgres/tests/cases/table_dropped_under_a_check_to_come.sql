-- Table dropped under a check to come.
-- rows: dc
-- rows: dd

-- before
CREATE TABLE dc (id int PRIMARY KEY, w text);
CREATE TABLE dd (id int PRIMARY KEY, c int REFERENCES dc DEFERRABLE INITIALLY DEFERRED);
CREATE VIEW dv AS SELECT w FROM dc;
INSERT INTO dc VALUES (1, 'a'), (2, 'b');
INSERT INTO dd VALUES (1, 1);

-- up
INSERT INTO dd VALUES (2, NULL), (3, 2);
DROP TABLE dc CASCADE;
