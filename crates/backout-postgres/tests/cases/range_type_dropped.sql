-- Range type dropped.
-- rows: rs

-- before
CREATE TYPE span AS RANGE (SUBTYPE = uuid);
CREATE TABLE rs (id int PRIMARY KEY, s span);
INSERT INTO rs VALUES (1, NULL);

-- up
DROP TYPE span CASCADE;
CREATE TYPE span2 AS RANGE (SUBTYPE = float8);
