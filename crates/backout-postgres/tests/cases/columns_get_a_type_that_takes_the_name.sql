-- Columns, with a default, an index and a view, get another type, and the types swap names.
-- rows: t

-- before
CREATE TYPE st AS ENUM ('a', 'b');
CREATE TYPE st2 AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id int PRIMARY KEY, s st DEFAULT 'a' NOT NULL, l st[], plain st);
CREATE INDEX t_s ON t (s);
CREATE VIEW vt AS SELECT id, s FROM t WHERE s = 'a';
INSERT INTO t VALUES (1, 'a', '{a,b}', 'a'), (2, 'b', NULL, NULL);

-- up
DROP VIEW vt;
ALTER TABLE t ALTER s DROP DEFAULT, ALTER s TYPE st2 USING s::text::st2, ALTER l TYPE st2[] USING l::text[]::st2[], ALTER plain TYPE st2 USING plain::text::st2;
ALTER TYPE st RENAME TO st_old;
ALTER TYPE st2 RENAME TO st;
ALTER TABLE t ALTER s SET DEFAULT 'a';
CREATE VIEW vt AS SELECT id, s FROM t WHERE s = 'a';

-- since
INSERT INTO t VALUES (3, 'b', NULL, 'b');
