-- Names of tables made text.
-- rows: rt

-- before
CREATE TABLE rt (id int PRIMARY KEY, v regclass, p regprocedure, y regtype, l regclass[], r regrole);
INSERT INTO rt VALUES (1, '99999', '99999', '99999', '{99999,users}', '99999'), (2, 'rt', 'touch()', 'mood',
  '{-}', '-'), (3, '-', '-', NULL, NULL, NULL), (4, NULL, NULL, 'int', NULL, NULL);

-- up
ALTER TABLE rt ALTER v TYPE text, ALTER p TYPE text, ALTER y TYPE text, ALTER l TYPE text,
  ALTER r TYPE varchar(70);

-- since
INSERT INTO rt VALUES (9, 'users', NULL, NULL, NULL, NULL);
DELETE FROM rt WHERE id = 9;
