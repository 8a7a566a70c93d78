-- Enum to text and rows after it.
-- rows: et
-- rows: eu

-- before
CREATE TYPE er AS ENUM ('one', 'two', 'it''s');
CREATE TABLE et (id int PRIMARY KEY, k er NOT NULL DEFAULT 'one', l er[] DEFAULT '{two}');
INSERT INTO et VALUES (1, 'one', '{one,it''s}'), (2, 'it''s', NULL), (3, 'two', '{}');
CREATE TABLE eu (k er, n int);
INSERT INTO eu VALUES ('one', 1), ('one', 1), ('two', 2);

-- up
ALTER TABLE et ALTER k DROP DEFAULT, ALTER k TYPE text, ALTER l DROP DEFAULT, ALTER l TYPE text[];
ALTER TABLE eu ALTER k TYPE text;
DROP TYPE er;
UPDATE et SET k = upper(k), l = l || 'more'::text;
UPDATE eu SET k = 'new' WHERE n = 1;
ALTER TABLE et ADD CHECK (k = upper(k));
CREATE TYPE er AS ENUM ('zero');
