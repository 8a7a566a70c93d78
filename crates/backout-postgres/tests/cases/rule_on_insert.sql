-- Rule on insert.
-- rows: ru

-- before
CREATE TABLE ru (id int PRIMARY KEY, v int, w int);
INSERT INTO ru VALUES (1, 1, 1), (2, 2, 2);
CREATE RULE r AS ON INSERT TO ru DO INSTEAD NOTHING;
ALTER TABLE ru ENABLE ALWAYS RULE r;

-- up
DELETE FROM ru WHERE id = 2;
