-- Zone of the file for times that are keys.
-- rows: zk
-- rows: zd

-- before
CREATE TABLE zk (at timestamptz PRIMARY KEY, n numeric, gone date[], CHECK (n > 0));
CREATE DOMAIN day AS date;
CREATE TABLE zd (at timestamptz PRIMARY KEY, d day, i interval, f float8);
INSERT INTO zk SELECT t, (i + 2) / 3.0, ARRAY['2026-01-02'::date] FROM generate_series(1, 40) i,
  LATERAL (SELECT timestamptz '2026-10-25 00:00Z' + i * interval '6 min') x (t);
INSERT INTO zd SELECT at, '2026-02-03', - interval '1 day 02:03:04', n / 7 FROM zk

-- up
SET TIME ZONE 'America/New_York';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -3;
ALTER TABLE zk ALTER n TYPE int, ALTER gone TYPE text;
UPDATE zd SET d = '03/04/2026', i = i * 2;
ALTER TABLE zd ALTER d TYPE text, ALTER i TYPE text, ALTER f TYPE text;
UPDATE zd SET d = 'x', i = 'y', f = 'z' WHERE f::float8 > 1;
ALTER TABLE zk DROP COLUMN gone;
DROP DOMAIN day;
UPDATE zd SET d = d || '!' WHERE i = 'y';
RESET TimeZone;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits

-- since
INSERT INTO zd VALUES ('2026-01-01', '05/04/2026', '07:00:00', '1.5')

-- then
DO $$ BEGIN ASSERT (SELECT d = '2026-04-05' AND i = '07:00' FROM zd WHERE at = '2026-01-01'); END $$;
DELETE FROM zd WHERE at = '2026-01-01'
