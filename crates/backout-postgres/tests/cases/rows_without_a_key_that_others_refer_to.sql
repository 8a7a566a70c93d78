-- Rows that no key tells apart change, and other tables refer to them by a unique column.
-- rows: cascades
-- rows: of_cascades
-- rows: nulls
-- rows: of_nulls
-- rows: refuses
-- rows: of_refuses

-- before
CREATE TABLE cascades (code text UNIQUE, title text);
CREATE TABLE of_cascades (id int PRIMARY KEY, code text REFERENCES cascades (code) ON DELETE CASCADE);
CREATE TABLE nulls (code text UNIQUE, title text);
CREATE TABLE of_nulls (id int PRIMARY KEY, code text REFERENCES nulls (code) ON DELETE SET NULL);
CREATE TABLE refuses (code text UNIQUE, title text);
CREATE TABLE of_refuses (id int PRIMARY KEY, code text REFERENCES refuses (code));
INSERT INTO cascades VALUES ('a', 'x'), ('b', 'y');
INSERT INTO of_cascades VALUES (1, 'a');
INSERT INTO nulls VALUES ('a', 'x'), ('b', 'y');
INSERT INTO of_nulls VALUES (1, 'a');
INSERT INTO refuses VALUES ('a', 'x'), ('b', 'y');
INSERT INTO of_refuses VALUES (1, 'a');

-- up
UPDATE cascades SET title = upper(title);
UPDATE nulls SET title = upper(title);
UPDATE refuses SET title = upper(title);
