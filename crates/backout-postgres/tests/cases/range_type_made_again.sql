-- Range type made again.
-- rows: frt

-- before
CREATE TYPE fr AS RANGE (subtype = float8);
CREATE TABLE frt (id int PRIMARY KEY, a fr);
INSERT INTO frt VALUES (1, '[1.5,2)'), (2, NULL);

-- up
ALTER TABLE frt ALTER a TYPE text;
DROP TYPE fr;
CREATE TYPE fr AS RANGE (subtype = float4);
ALTER TABLE frt ALTER a TYPE fr USING a::fr;
