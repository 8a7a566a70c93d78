-- Key of another kind.
-- left: 1 rows of public.ka that were written since have keys that do not fit
-- rows: kb

-- before
CREATE TABLE ka (id int PRIMARY KEY, n int, gone text);
INSERT INTO ka SELECT i, 100 - i, 'g' || i FROM generate_series(1, 60) i;
DELETE FROM ka WHERE id % 7 = 0;
UPDATE ka SET n = 0 WHERE id = 3;
CREATE TABLE kb (id int PRIMARY KEY, ka int NOT NULL REFERENCES ka);
INSERT INTO kb SELECT id, id FROM ka;

-- up
ALTER TABLE kb DROP CONSTRAINT kb_ka_fkey;
ALTER TABLE ka ALTER id TYPE uuid USING md5('ka' || id)::uuid;
ALTER TABLE kb ALTER ka TYPE uuid USING md5('ka' || ka)::uuid;
ALTER TABLE kb ADD FOREIGN KEY (ka) REFERENCES ka;
ALTER TABLE ka DROP COLUMN gone;

-- since
INSERT INTO ka VALUES (gen_random_uuid(), 1000);
UPDATE ka SET n = 7000 WHERE n = 99;
