-- Key exchanged for another of its name.
-- rows: (SELECT * FROM kx WHERE v <> 'n') s
-- rows: ky

-- before
CREATE TABLE kx (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text, w int);
CREATE TABLE ky (a uuid REFERENCES kx ON DELETE CASCADE, b uuid REFERENCES kx, n int, PRIMARY KEY (a, b));
INSERT INTO kx (v, w) SELECT 'v' || i, i FROM generate_series(1, 4) i;
INSERT INTO ky SELECT x.id, y.id, x.w * y.w FROM kx x, kx y;

-- up
ALTER TABLE kx ADD COLUMN num bigserial;
ALTER TABLE ky ADD a_num bigint, ADD b_num bigint;
UPDATE ky SET a_num = num FROM kx WHERE kx.id = a;
UPDATE ky SET b_num = num FROM kx WHERE kx.id = b;
ALTER TABLE ky DROP CONSTRAINT ky_pkey, DROP CONSTRAINT ky_a_fkey, DROP CONSTRAINT ky_b_fkey, DROP COLUMN a,
  DROP COLUMN b;
ALTER TABLE kx DROP CONSTRAINT kx_pkey;
ALTER TABLE kx ADD PRIMARY KEY (num);
ALTER TABLE kx DROP COLUMN id;
ALTER TABLE kx RENAME num TO id;
ALTER TABLE ky RENAME a_num TO a;
ALTER TABLE ky RENAME b_num TO b;
ALTER TABLE ky ADD PRIMARY KEY (a, b);
ALTER TABLE ky ADD FOREIGN KEY (a) REFERENCES kx ON DELETE CASCADE, ADD FOREIGN KEY (b) REFERENCES kx;

-- since
INSERT INTO kx (v) VALUES ('n');
