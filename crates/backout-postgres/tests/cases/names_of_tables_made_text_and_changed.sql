-- Names of tables made text and changed.
-- rows: rt

-- before
CREATE TABLE rt (id int PRIMARY KEY, v regclass, y regtype);
INSERT INTO rt VALUES (1, '99999', '99999'), (2, 'rt', 'mood'), (3, NULL, NULL);

-- up
ALTER TABLE rt ALTER v TYPE text, ALTER y TYPE text;
UPDATE rt SET v = 'zz', y = 'no such type';
