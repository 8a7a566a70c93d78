-- Tables that swap names.
-- rows: sx
-- rows: sy

-- before
CREATE TABLE sx (id int PRIMARY KEY, label text UNIQUE);
CREATE TABLE sy (id int PRIMARY KEY, label text UNIQUE);
CREATE VIEW sz AS SELECT id FROM sx;
CREATE INDEX sx_i ON sx (label);
CREATE INDEX sy_i ON sy (label);
INSERT INTO sx VALUES (1, 'x');
INSERT INTO sy VALUES (2, 'y');

-- up
ALTER TABLE sx RENAME TO tmp;
ALTER TABLE sy RENAME TO sx;
ALTER TABLE tmp RENAME TO sy;
ALTER TABLE sx RENAME CONSTRAINT sy_pkey TO tmp;
ALTER TABLE sy RENAME CONSTRAINT sx_pkey TO sy_pkey;
ALTER TABLE sx RENAME CONSTRAINT tmp TO sx_pkey;
ALTER INDEX sx_i RENAME TO tmp;
ALTER INDEX sy_i RENAME TO sx_i;
ALTER INDEX tmp RENAME TO sy_i;
ALTER TABLE sx RENAME id TO tmp;
ALTER TABLE sx RENAME label TO id;
ALTER TABLE sx RENAME tmp TO label;
ALTER VIEW sz RENAME TO sx_label_key2;
ALTER INDEX sx_label_key RENAME TO sz;
ALTER VIEW sx_label_key2 RENAME TO sx_label_key;
