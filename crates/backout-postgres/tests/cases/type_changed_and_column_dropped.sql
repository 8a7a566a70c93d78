-- Type changed and column dropped.
-- rows: tt

-- before
CREATE TABLE tt (id int PRIMARY KEY, a varchar(20), b int, c numeric, d text);
INSERT INTO tt VALUES (1, 'a long one', 1, 1.25, 'd'), (2, NULL, NULL, NULL, NULL), (3, 'short', 3, 2, 'e');

-- up
ALTER TABLE tt ALTER a TYPE varchar(5) USING a::varchar(5), ALTER b TYPE text, ALTER c TYPE int;
ALTER TABLE tt DROP COLUMN a, DROP COLUMN b;
ALTER TABLE tt DROP COLUMN c;
