-- Rule on also.
-- rows: ru

-- before
CREATE TABLE ru (id int PRIMARY KEY, v int, w int);
INSERT INTO ru VALUES (1, 1, 1), (2, 2, 2);
CREATE TABLE rl (n int);
CREATE RULE r AS ON UPDATE TO ru DO ALSO INSERT INTO rl VALUES (NEW.id);

-- up
UPDATE ru SET v = 7;
