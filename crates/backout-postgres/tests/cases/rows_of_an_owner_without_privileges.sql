-- Rows of an owner without privileges.
-- rows: op

-- before
CREATE TABLE op (a int PRIMARY KEY, b text, c text);
INSERT INTO op VALUES (1, 'b', 'c');
GRANT SELECT ON op TO PUBLIC;
REVOKE INSERT, UPDATE ON op FROM CURRENT_USER;

-- up
ALTER TABLE op DROP COLUMN b;
ALTER TABLE op DROP COLUMN c;
