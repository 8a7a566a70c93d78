-- Type widened and used.
-- left: 1 values of column public.names.name that were written since do not fit
-- aside: 1
-- rows: names

-- before
CREATE TABLE names (id int PRIMARY KEY, name varchar(20));
INSERT INTO names VALUES (1, 'one');

-- up
ALTER TABLE names ALTER COLUMN name TYPE varchar(200);

-- since
INSERT INTO names VALUES (2, repeat('long', 30)), (3, 'short');
