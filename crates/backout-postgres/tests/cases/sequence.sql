-- Sequence.

-- before
CREATE SEQUENCE s INCREMENT 5 START 7;
SELECT nextval('s');
SELECT nextval('s');

-- up
DROP SEQUENCE s;
CREATE SEQUENCE s;
