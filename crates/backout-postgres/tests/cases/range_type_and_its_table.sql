-- Range type and its table.
-- rows: frt

-- before
CREATE TYPE fr AS RANGE (subtype = float8);
CREATE TABLE frt (id int PRIMARY KEY, a fr DEFAULT '[1,2)');
INSERT INTO frt VALUES (1, '[1.5,2)'), (2, NULL);

-- up
DROP TABLE frt;
DROP TYPE fr;
CREATE TYPE fr AS RANGE (subtype = float4);
