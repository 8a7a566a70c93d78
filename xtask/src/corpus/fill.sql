-- A few rows for every table of the role, whatever its shape: values by type, literals that CHECK constraints name, keys of
-- parents that exist. Best effort: what does not go in stays out. The same database gets the same rows.
DO $$
DECLARE
  wanted record; cell record; columns text; cells text; made int; attempt int; pass int; choices text[];
  enough int := coalesce(nullif(current_setting('corpus.rows', true), ''), '4');
  -- Rows written later are others.
  salt int := coalesce(nullif(current_setting('corpus.salt', true), ''), '0');
BEGIN
  SET CONSTRAINTS ALL IMMEDIATE;
  PERFORM setseed(0.42);
  FOR pass IN 1..3 LOOP -- as deep as keys lead
    FOR wanted IN
      SELECT c.oid, c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$|backout)'
        AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND c.relname !~ '(schema_migrations|_migrations)$'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
      ORDER BY c.relname
    LOOP
      EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT 99) x', wanted.name) INTO made;
      attempt := 0;
      WHILE made < enough AND attempt < 8 LOOP
        attempt := attempt + 1;
        columns := NULL;
        cells := NULL;
        FOR cell IN
          SELECT a.attname, a.attnum, a.attnotnull, a.atthasdef OR a.attidentity <> '' AS has_default, a.attidentity, a.attgenerated,
            coalesce(nullif(t.typbasetype, 0), t.oid) AS base, coalesce(b.typtype, t.typtype) AS kind,
            coalesce(b.typcategory, t.typcategory) AS category,
            CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 END AS width,
            (SELECT format('(SELECT %I FROM %s ORDER BY 1 OFFSET %s LIMIT 1)', r.attname, f.confrelid::regclass, (made + attempt) % 4)
             FROM pg_constraint f JOIN pg_attribute r ON r.attrelid = f.confrelid AND r.attnum = f.confkey[array_position(f.conkey, a.attnum)]
             WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND a.attnum = ANY (f.conkey) ORDER BY f.oid LIMIT 1) AS parent,
            -- Before it is a key in the schema, it is one by its name.
            (SELECT format('(SELECT id FROM %s ORDER BY 1 OFFSET %s LIMIT 1)', p.oid::regclass, (made + attempt) % 4)
             FROM pg_class p JOIN pg_attribute r ON r.attrelid = p.oid AND r.attname = 'id' AND r.atttypid = a.atttypid
             WHERE p.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = a.attrelid) AND p.relkind = 'r' AND p.oid <> a.attrelid
               AND a.attname ~ '_id$' AND p.relname IN (left(a.attname, -3), left(a.attname, -3) || 's', left(a.attname, -3) || 'es',
                 regexp_replace(left(a.attname, -3), 'y$', 'ies'), regexp_replace(left(a.attname, -3), '^.*_', ''), regexp_replace(left(a.attname, -3), '^.*_', '') || 's')
             ORDER BY length(p.relname) DESC LIMIT 1) AS guess
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
          WHERE a.attrelid = wanted.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        LOOP
          CONTINUE WHEN cell.attgenerated <> '' OR cell.attidentity <> '';
          -- Every other row takes the defaults.
          CONTINUE WHEN cell.has_default AND (cell.parent IS NULL AND attempt % 2 = 1 OR EXISTS (
            SELECT FROM pg_attrdef d WHERE d.adrelid = wanted.oid AND d.adnum = cell.attnum AND pg_get_expr(d.adbin, d.adrelid) ~ 'nextval'));
          columns := concat_ws(', ', columns, quote_ident(cell.attname));
          SELECT array_agg(m[1]) INTO choices FROM pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::', 'g') m
          WHERE k.conrelid = wanted.oid AND k.contype = 'c' AND k.conkey = ARRAY[cell.attnum];
          cells := concat_ws(', ', cells, CASE
            WHEN cell.parent IS NOT NULL THEN cell.parent
            WHEN cell.guess IS NOT NULL THEN cell.guess
            WHEN choices IS NOT NULL THEN quote_literal(choices[1 + (made + attempt) % cardinality(choices)])
            WHEN NOT cell.attnotnull AND NOT cell.has_default AND attempt % 5 = 4 THEN 'NULL'
            WHEN cell.kind = 'e' THEN (SELECT quote_literal((array_agg(enumlabel ORDER BY enumsortorder))[1 + attempt % count(*)::int])
              FROM pg_enum WHERE enumtypid = cell.base)
            WHEN cell.category = 'A' THEN '''{}'''
            WHEN cell.base = 'bool'::regtype THEN (attempt % 2 = 0)::text
            WHEN cell.base IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN (made + pass * 10 + attempt + salt)::text
            WHEN cell.category = 'N' THEN (made + attempt + salt + 0.5)::text
            WHEN cell.base = 'uuid'::regtype THEN quote_literal(md5(wanted.name::text || cell.attname || pass || made || attempt || salt)::uuid)
            WHEN cell.category = 'D' THEN format('date ''2020-01-%s'' + %s', 10 + attempt, salt)
            WHEN cell.category = 'T' THEN quote_literal(attempt + salt || ' hours')
            WHEN cell.base IN ('json'::regtype, 'jsonb'::regtype) THEN quote_literal(format('{"n": %s}', attempt))
            WHEN cell.base = 'bytea'::regtype THEN '''\x0' || attempt || ''''
            WHEN cell.category = 'I' THEN quote_literal('10.0.0.' || attempt)
            WHEN cell.category = 'S' AND cell.width IS NOT NULL THEN quote_literal(left(pass || '.' || made || '.' || attempt || coalesce('.' || nullif(salt, 0), '') || ' ' || cell.attname, cell.width))
            WHEN cell.category = 'S' THEN quote_literal(cell.attname || ' ' || pass || '.' || made || '.' || attempt || coalesce('.' || nullif(salt, 0), ''))
            ELSE 'NULL' END);
        END LOOP;
        BEGIN
          IF columns IS NULL THEN
            EXECUTE format('INSERT INTO %s DEFAULT VALUES', wanted.name);
          ELSE
            EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', wanted.name, columns, cells);
          END IF;
          made := made + 1;
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
