-- Type there and back then rows.
-- rows: et

-- before
CREATE TABLE et (id int PRIMARY KEY, x text);
INSERT INTO et VALUES (1, '5'), (2, '6');

-- up
ALTER TABLE et ALTER x TYPE int USING x::int * 100;
ALTER TABLE et ALTER x TYPE text USING 'v' || x;
UPDATE et SET x = 'q' WHERE id = 1;
