-- Sequence that follows another table.
-- rows: sm
-- rows: sn

-- before
CREATE SCHEMA sq;
CREATE TABLE sm (id bigserial PRIMARY KEY, d int);
INSERT INTO sm (d) VALUES (1), (2);
CREATE TABLE sn (id serial, e int);
CREATE TABLE so (id int);

-- up
CREATE TABLE sq.sp (LIKE sm INCLUDING DEFAULTS) PARTITION BY HASH (id);
CREATE TABLE sq.sp0 PARTITION OF sq.sp FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO sq.sp SELECT * FROM sm;
ALTER SEQUENCE sm_id_seq OWNED BY NONE;
DROP TABLE sm;
ALTER TABLE sq.sp RENAME TO sm;
ALTER SEQUENCE sm_id_seq SET SCHEMA sq;
ALTER SEQUENCE sq.sm_id_seq OWNED BY sq.sm.id;
ALTER TABLE sq.sm ADD PRIMARY KEY (id);
ALTER SEQUENCE sn_id_seq OWNED BY NONE;
ALTER SEQUENCE sn_id_seq SET SCHEMA sq;
ALTER TABLE so SET SCHEMA sq;
ALTER SEQUENCE sq.sn_id_seq OWNED BY sq.so.id;

-- since
INSERT INTO sq.sm (d) VALUES (3);
