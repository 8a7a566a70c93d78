-- Family child made anew under a function.
-- rows: (SELECT id, w, gone, z FROM fq) s

-- before
CREATE TABLE fo (id int PRIMARY KEY, w text);
CREATE TABLE fq (gone int, z int) INHERITS (fo);
INSERT INTO fq VALUES (1, 'w', 5, 6);
CREATE FUNCTION all_fq() RETURNS SETOF fq LANGUAGE sql STABLE AS $$ SELECT * FROM fq $$;
CREATE VIEW vfo AS SELECT * FROM fo;

-- up
ALTER TABLE fq DROP COLUMN gone;

-- since
INSERT INTO fq VALUES (2, 'n', 7);
