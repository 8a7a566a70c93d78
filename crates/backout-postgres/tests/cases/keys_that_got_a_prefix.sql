-- Keys that got a prefix.
-- rows: kp
-- rows: kd

-- before
CREATE TABLE kp (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text, at timestamptz DEFAULT '2026-01-01');
CREATE TABLE kd (a uuid REFERENCES kp ON DELETE CASCADE, b uuid REFERENCES kp, PRIMARY KEY (a, b),
  CHECK (a <> b));
INSERT INTO kp (v) SELECT 'v' || i % 2 FROM generate_series(1, 4) i;
INSERT INTO kd SELECT x.id, y.id FROM kp x, kp y WHERE x.id < y.id;

-- up
ALTER TABLE kd DROP CONSTRAINT kd_a_fkey, DROP CONSTRAINT kd_b_fkey;
ALTER TABLE kp ALTER id DROP DEFAULT;
ALTER TABLE kp ALTER id TYPE text;
ALTER TABLE kd ALTER a TYPE text, ALTER b TYPE text;
UPDATE kp SET id = 't_' || id;
UPDATE kd SET a = 't_' || a, b = 't_' || b;
ALTER TABLE kd ADD FOREIGN KEY (a) REFERENCES kp ON DELETE CASCADE, ADD FOREIGN KEY (b) REFERENCES kp;
UPDATE kp SET v = 'w' WHERE v = 'v1';
