-- Columns that take one anothers names.
-- rows: (SELECT * FROM nm WHERE id = 1) s

-- before
CREATE TABLE nm (id int PRIMARY KEY, description text, sidebar text, a int, b int, c int);
CREATE INDEX ON nm (sidebar);
CREATE VIEW nmv AS SELECT description, sidebar, a, b, c FROM nm;
INSERT INTO nm VALUES (1, 'd', 's', 1, 2, 3);
CREATE TABLE nb (d text, s text);
ALTER TABLE nb RENAME TO nc;
CREATE TABLE nd (e int);

-- up
ALTER TABLE nm RENAME description TO summary;
ALTER TABLE nm RENAME sidebar TO description;
ALTER TABLE nm RENAME a TO t;
ALTER TABLE nm RENAME b TO a;
ALTER TABLE nm RENAME c TO b;
ALTER TABLE nm RENAME t TO c;
ALTER TABLE nc RENAME TO ne;
ALTER TABLE nd RENAME TO nc;
ALTER TABLE ne RENAME TO nd;
UPDATE nm SET a = 7;

-- since
INSERT INTO nm (id, description) VALUES (2, 'x');
