-- Zone of the file for times.
-- rows: zt

-- before
CREATE TABLE zt (id int PRIMARY KEY, a timestamptz, b timestamp, c timestamptz[]);
INSERT INTO zt SELECT i, t, t AT TIME ZONE 'UTC', ARRAY[t] FROM generate_series(1, 40) i,
  LATERAL (SELECT timestamptz '2026-10-25 00:00Z' + i * interval '6 min') x (t)

-- up
SET TIME ZONE 'Europe/Berlin';
ALTER TABLE zt ALTER a TYPE timestamp, ALTER b TYPE timestamptz, ALTER c TYPE timestamp[];
SET TIME ZONE 'Asia/Kolkata';
UPDATE zt SET a = a + interval '1 day', c = '{2026-10-10 10:00}' WHERE id > 20;
RESET TimeZone

-- since
INSERT INTO zt VALUES (77, '2026-07-01 12:00', '2026-07-01 12:00Z', NULL)

-- then
DO $$ BEGIN ASSERT (SELECT a = '2026-07-01 10:00Z' AND b = '2026-07-01 14:00' FROM zt WHERE id = 77); END $$;
DELETE FROM zt WHERE id = 77
