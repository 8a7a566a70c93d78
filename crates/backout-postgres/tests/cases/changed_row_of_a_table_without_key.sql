-- Changed row of a table without key.
-- left: 1 rows of public.nk were changed or deleted since

-- before
CREATE TABLE nk (b text, a int);
INSERT INTO nk VALUES ('one', 1), ('two', 2);

-- up
ALTER TABLE nk DROP COLUMN b;

-- since
UPDATE nk SET a = 7 WHERE a = 2;
