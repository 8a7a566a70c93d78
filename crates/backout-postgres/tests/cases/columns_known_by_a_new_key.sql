-- Columns known by a new key.
-- rows: nw
-- rows: nx

-- before
CREATE TABLE nw (n int UNIQUE, a text, b text, z int);
INSERT INTO nw SELECT i, 'a' || i, 'b' || i, i FROM generate_series(1, 20) i;
CREATE TABLE nx (id int PRIMARY KEY, a text);
INSERT INTO nx SELECT i, 'x' || i FROM generate_series(1, 9) i;

-- up
ALTER TABLE nw DROP COLUMN a, ADD COLUMN id text;
UPDATE nw SET id = md5(n::text);
ALTER TABLE nw ALTER id SET NOT NULL, ADD CONSTRAINT nw_pkey PRIMARY KEY (id);
ALTER TABLE nw DROP COLUMN b;
CREATE TABLE nr (nw text REFERENCES nw);
CREATE VIEW nwv AS SELECT id FROM nw;
ALTER TABLE nx DROP COLUMN id;
ALTER TABLE nx ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE nx DROP COLUMN a;

-- since
INSERT INTO nw VALUES (77, 7, 'new');
INSERT INTO nr VALUES ('new');
