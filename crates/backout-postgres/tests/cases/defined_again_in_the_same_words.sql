-- Views, triggers, policies and rules are defined again in the same words, which mean what has taken the former names.
-- rows: priced
-- rows: o

-- before
CREATE TABLE priced (id int PRIMARY KEY, price int);
INSERT INTO priced VALUES (1, 5);
CREATE VIEW prices AS SELECT id, price FROM priced;
CREATE VIEW dear AS SELECT id FROM prices WHERE price > 3;
COMMENT ON VIEW dear IS 'stands on the other';
CREATE TABLE o (id int);
CREATE TABLE o_new (id int);
INSERT INTO o VALUES (1);
CREATE VIEW v AS SELECT id FROM o;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tg BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION f();
CREATE FUNCTION can(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE TABLE t (id int, a int, b int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY columns ON t USING (a = 1);
CREATE POLICY functions ON t FOR INSERT WITH CHECK (can(id));
CREATE TABLE log (id int);
CREATE TABLE log_new (id int);
CREATE RULE r AS ON DELETE TO t DO ALSO INSERT INTO log VALUES (old.id);

-- up
ALTER TABLE priced RENAME price TO price_old;
ALTER TABLE priced ADD price int;
UPDATE priced SET price = price_old;
CREATE OR REPLACE VIEW prices AS SELECT id, price FROM priced;
ALTER FUNCTION f() RENAME TO f_old;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''new''; RETURN NEW; END';
CREATE OR REPLACE TRIGGER tg BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE o RENAME TO o_old;
ALTER TABLE o_new RENAME TO o;
CREATE OR REPLACE VIEW v AS SELECT id FROM o;
ALTER FUNCTION can(int) RENAME TO can_old;
CREATE FUNCTION can(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT false';
ALTER POLICY functions ON t WITH CHECK (can(id));
ALTER TABLE t RENAME a TO c;
ALTER TABLE t RENAME b TO a;
ALTER TABLE t RENAME c TO b;
ALTER POLICY columns ON t USING (a = 1);
ALTER TABLE log RENAME TO log_old;
ALTER TABLE log_new RENAME TO log;
CREATE OR REPLACE RULE r AS ON DELETE TO t DO ALSO INSERT INTO log VALUES (old.id);
