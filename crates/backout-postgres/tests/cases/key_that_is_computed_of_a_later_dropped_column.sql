-- Of two dropped columns the first was kept by a key, of which two parts are computed from the second.
-- rows: computed_keys
-- not hidden: what is computed from a hidden column does not go with it, and the migration is refused

-- before
CREATE TABLE computed_keys (id uuid DEFAULT gen_random_uuid(), d date, n integer NOT NULL, m integer GENERATED ALWAYS AS (n * 2) STORED, "M 2" text GENERATED ALWAYS AS ('k' || n::text) STORED, PRIMARY KEY (m, "M 2", d));
INSERT INTO computed_keys (d, n) SELECT date '2026-01-01' + i, i % 3 FROM generate_series(1, 9) i;

-- up
ALTER TABLE computed_keys DROP COLUMN id CASCADE;
ALTER TABLE computed_keys DROP COLUMN n CASCADE;
