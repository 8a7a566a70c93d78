-- Circle of view and function.

-- before
CREATE VIEW cv (id, m, w) AS SELECT 1, 'ok'::mood, 'x'::varchar(9) COLLATE "C";
CREATE FUNCTION cvf() RETURNS SETOF cv LANGUAGE sql STABLE AS
  $$ SELECT 2, 'ok'::mood, 'y'::varchar(9) COLLATE "C" $$;
CREATE OR REPLACE VIEW cv WITH (security_barrier) AS SELECT id, m, w FROM cvf() UNION ALL SELECT id, mood,
  email::varchar(9) COLLATE "C" FROM users;
CREATE VIEW cw AS SELECT * FROM cv;
GRANT SELECT ON cv TO PUBLIC;
COMMENT ON VIEW cv IS 'round';

-- up
DROP VIEW cv CASCADE;
