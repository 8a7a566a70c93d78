-- Types after a column without key.
-- rows: ta

-- before
CREATE TABLE ta (a varchar(20), b numeric(10, 2));
INSERT INTO ta VALUES ('1.0.1', 1.50), (NULL, 2.5), ('b', NULL), ('1.0.1', 1.5), ('c', 1.6);

-- up
ALTER TABLE ta DROP COLUMN a;
ALTER TABLE ta ALTER b TYPE integer;
