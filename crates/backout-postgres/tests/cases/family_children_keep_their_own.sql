-- Family children keep their own.
-- verdict: the order of the columns of public.f
-- rows: (SELECT id, gone, st, w FROM fp) s
-- rows: (SELECT id, x FROM fk) s

-- before
CREATE TABLE fp (id serial PRIMARY KEY, gone text, st inet, w text);
ALTER TABLE fp ALTER st SET STATISTICS 99;
ALTER TABLE fp ALTER w SET STORAGE EXTERNAL;
CREATE TABLE fk (id int, gone text, st inet, x int) INHERITS (fp);
ALTER TABLE fk ALTER id DROP DEFAULT;
ALTER TABLE fk ALTER w SET STORAGE MAIN;
INSERT INTO fp (gone) VALUES ('a'), ('b');
INSERT INTO fk VALUES (10, 'c', NULL, 'w', 1);

-- up
ALTER TABLE fp DROP COLUMN st CASCADE;
ALTER TABLE fk DROP COLUMN x;
ALTER TABLE fp DROP COLUMN gone;

-- since
INSERT INTO fp (w) VALUES ('new');
