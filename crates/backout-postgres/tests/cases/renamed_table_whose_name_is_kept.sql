-- Renamed table whose name is kept.
-- rows: rt

-- before
CREATE TABLE rn (id int PRIMARY KEY);
CREATE TABLE rt (id int PRIMARY KEY, v regclass);
INSERT INTO rt VALUES (1, 'rn');

-- up
ALTER TABLE rt ALTER v TYPE text;
ALTER TABLE rn RENAME TO ro;
