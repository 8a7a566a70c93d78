-- Inherited column renamed.
-- rows: child1

-- before
CREATE TABLE base1 (a int, b text);
CREATE TABLE child1 (c int) INHERITS (base1);
CREATE TABLE child2 (b text) INHERITS (base1);
INSERT INTO child1 VALUES (1, 'b', 2);

-- up
ALTER TABLE base1 RENAME a TO aa;
ALTER TABLE base1 RENAME b TO bb;
