-- Type of a kept column goes with cascade.
-- rows: kt

-- before
CREATE DOMAIN kd AS text;
CREATE TABLE kt (k int PRIMARY KEY, gone kd, w kd);
INSERT INTO kt VALUES (1, 'a', 'b'), (2, NULL, 'c')

-- up
ALTER TABLE kt DROP COLUMN gone;
DROP DOMAIN kd CASCADE
