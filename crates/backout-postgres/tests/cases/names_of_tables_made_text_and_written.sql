-- Names of tables made text and written.
-- left: values of column public.rt.v that were written since
-- rows: rt

-- before
CREATE TABLE rt (id int PRIMARY KEY, v regclass);
INSERT INTO rt VALUES (1, '99999'), (2, 'rt');

-- up
ALTER TABLE rt ALTER v TYPE text;

-- since
INSERT INTO rt VALUES (9, 'nothing so called');

-- then
DELETE FROM rt WHERE id = 9;
