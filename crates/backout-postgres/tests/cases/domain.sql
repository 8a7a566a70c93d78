-- Domain.

-- before
CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE TABLE d (id pos PRIMARY KEY, w pos);
INSERT INTO d VALUES (1, 2);

-- up
DROP DOMAIN pos CASCADE;
