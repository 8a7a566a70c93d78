-- Rule on delete.
-- rows: ru

-- before
CREATE TABLE ru (id int PRIMARY KEY, v int, w int);
INSERT INTO ru VALUES (1, 1, 1), (2, 2, 2);
CREATE RULE r AS ON DELETE TO ru DO INSTEAD NOTHING;

-- up
INSERT INTO ru VALUES (5, 5, 5);
