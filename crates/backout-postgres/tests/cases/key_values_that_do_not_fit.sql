-- Key values that do not fit.
-- left: 1 rows of public.kv that were written since have keys that do not fit
-- rows: kv

-- before
CREATE TABLE kv (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int);
INSERT INTO kv (n) VALUES (1), (2);
CREATE TABLE kr (id int PRIMARY KEY, kv uuid REFERENCES kv ON DELETE CASCADE);
INSERT INTO kr SELECT n, id FROM kv;
CREATE FUNCTION kf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER kt BEFORE DELETE ON kv FOR EACH ROW EXECUTE FUNCTION kf();

-- up
ALTER TABLE kr DROP CONSTRAINT kr_kv_fkey;
ALTER TABLE kv ALTER id TYPE text;
ALTER TABLE kr ALTER kv TYPE text;
ALTER TABLE kr ADD FOREIGN KEY (kv) REFERENCES kv ON DELETE CASCADE;

-- since
INSERT INTO kv VALUES ('short', 3);
INSERT INTO kv (n) VALUES (4);
INSERT INTO kr VALUES (3, 'short');
