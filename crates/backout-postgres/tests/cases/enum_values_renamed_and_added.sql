-- Enum values renamed and added.
-- rows: en
-- rows: eo
-- rows: ep

-- before
CREATE TYPE ena AS ENUM ('STYLE', 'FACT', 'it''s');
CREATE TABLE en (id int PRIMARY KEY, k ena DEFAULT 'STYLE', CHECK (k <> 'it''s'));
INSERT INTO en VALUES (1, 'STYLE'), (2, 'FACT'), (3, NULL);
CREATE VIEW env AS SELECT id FROM en WHERE k = 'STYLE';
CREATE TYPE enb AS ENUM ('a', 'b');
CREATE TABLE eo (id int PRIMARY KEY, k enb);
INSERT INTO eo VALUES (1, 'a'), (2, 'b');
CREATE TYPE enc AS ENUM ('a', 'b');
CREATE TABLE ep (id int PRIMARY KEY, k enc);
INSERT INTO ep VALUES (1, 'a'), (2, 'b');

-- up
ALTER TYPE ena RENAME VALUE 'STYLE' TO 'PREFERENCE';
ALTER TYPE ena ADD VALUE 'PROCEDURE';
ALTER TYPE ena ADD VALUE 'FIRST' BEFORE 'PREFERENCE';
ALTER TYPE enb RENAME VALUE 'a' TO 'c';
ALTER TYPE enb ADD VALUE 'a' BEFORE 'b';
ALTER TYPE enc RENAME VALUE 'a' TO 'c';
ALTER TYPE enc RENAME VALUE 'b' TO 'a';
ALTER TYPE enc RENAME VALUE 'c' TO 'b';
ALTER TYPE enc ADD VALUE 'd';
DELETE FROM en WHERE id = 1;
UPDATE en SET k = 'PREFERENCE' WHERE id = 2;
UPDATE eo SET k = 'b' WHERE id = 1;
