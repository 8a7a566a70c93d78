-- Index of the whole alone dropped.
-- rows: io

-- before
CREATE TABLE io (at date, h text) PARTITION BY HASH (h);
CREATE TABLE io0 PARTITION OF io FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE io1 PARTITION OF io FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO io SELECT '2026-01-01', 'h' || i FROM generate_series(1, 20) i;
CREATE INDEX io_at ON ONLY io (at);
COMMENT ON INDEX io_at IS 'alone';

-- up
DROP TABLE io1;
