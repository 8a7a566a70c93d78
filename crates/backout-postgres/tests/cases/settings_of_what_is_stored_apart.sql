-- Settings of what is stored apart.
-- rows: ta
-- rows: tb
-- not hidden: a hidden column needs the place apart that psql's rewrite of the table takes away

-- before
CREATE TABLE ta (id int PRIMARY KEY, b bytea) WITH (toast.autovacuum_enabled = false);
INSERT INTO ta VALUES (1, 'x');
CREATE TABLE tb (b bytea, id int PRIMARY KEY) WITH (toast.autovacuum_enabled = false);
CREATE TABLE tc (id int PRIMARY KEY, v text) WITH (toast.autovacuum_enabled = false);

-- up
ALTER TABLE ta DROP COLUMN b;
ALTER TABLE ta ADD COLUMN u uuid DEFAULT gen_random_uuid();
ALTER TABLE tb DROP COLUMN b;
ALTER TABLE tb ADD COLUMN u uuid DEFAULT gen_random_uuid();
ALTER TABLE tc ALTER v TYPE int USING 1;
