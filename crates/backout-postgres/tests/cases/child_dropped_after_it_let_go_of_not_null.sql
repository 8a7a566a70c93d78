-- A child that let go of what its parent must have, and was dropped, has that again before it inherits.
-- rows: note_of_old, order_of_old
-- not on 18: a child does not let go of what its parent must have

-- before
CREATE TABLE note_of_old (a bigint, k integer PRIMARY KEY);
CREATE TABLE order_of_old (id serial PRIMARY KEY, word text NOT NULL) INHERITS (note_of_old);
INSERT INTO note_of_old VALUES (1, 1);
INSERT INTO order_of_old (a, k, word) VALUES (2, 2, 'two'), (3, 3, 'three');

-- up
ALTER TABLE order_of_old ALTER COLUMN k DROP NOT NULL;
UPDATE order_of_old SET k = NULL WHERE id = 2;
DROP TABLE order_of_old CASCADE;
