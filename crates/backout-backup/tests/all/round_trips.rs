//! What was taken comes back.

use std::time::Duration;

use anyhow::{Result, ensure};
use backout_backup::store::{S3, Store};
use backout_backup::{restore, shelf, take};
use backout_testkit::{TestDatabase, TestServer};

struct Case {
    name: &'static str,
    sql: &'static str,
    tables: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case { name: "nothing", sql: "", tables: &[] },
    Case {
        name: "types",
        sql: r#"CREATE TYPE mood AS ENUM ('sad', 'it''s'); CREATE TYPE pair AS (a int, m mood); CREATE DOMAIN short AS text CHECK (length(VALUE) < 9);
            CREATE TYPE span AS RANGE (subtype = float8);
            CREATE TABLE "we""ird" (id bigint PRIMARY KEY, "select" text, n numeric, j jsonb, k json, u uuid, b bytea, t timestamptz, d date, i interval,
              f float8, m mood, ms mood[], p pair, ps pair[], s short, ss short[], r span, c regclass, x xml, bits varbit, pt point, ts tsvector, o oid, arr int[], cash money,
              l int GENERATED ALWAYS AS (length("select")) STORED);
            INSERT INTO "we""ird" VALUES (1, E'a\tb\n\\c', 1.00, '{"a": 1.0}', '{"b" : 1}', gen_random_uuid(), '\xff00', '2026-01-01 00:00:00.000001+02', 'infinity', '1 mon -1 day',
              'NaN', 'it''s', '{sad,NULL}', ROW(1, 'sad'), ARRAY[ROW(2, 'it''s')::pair], 'x', '{y}', '[1,2)', 'pg_class', '<a/>', '101', '(1,2)', 'a:1 b', 4294967295, '{{1,2},{3,4}}', '1.50'),
              (2, '', NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL, 'empty', NULL, NULL, NULL, NULL, NULL, NULL, '{}', NULL);
            CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES;
            CREATE TABLE twice (a int, b int); INSERT INTO twice SELECT i % 3, 1 FROM generate_series(1, 1000) i; ALTER TABLE twice DROP COLUMN b;"#,
        tables: &["\"we\"\"ird\"", "twice"],
    },
    Case {
        name: "everything_on_tables",
        sql: r#"CREATE SCHEMA "s p"; CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, manager int REFERENCES users DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO users (email, manager) SELECT 'u' || i, i FROM generate_series(1, 500) i; DELETE FROM users WHERE id % 7 = 0 AND manager = id;
            CREATE TABLE "s p"."Log" (at timestamptz NOT NULL, user_id int REFERENCES users ON DELETE SET NULL, line text, EXCLUDE USING gist (int4range(user_id, user_id, '[]') WITH =) WHERE (user_id < 0)) ;
            CREATE INDEX "i x" ON "s p"."Log" (lower(line)) WHERE line <> ''; CREATE INDEX ON users (email DESC) INCLUDE (manager); CREATE STATISTICS st (ndistinct) ON email, manager FROM users;
            INSERT INTO "s p"."Log" SELECT now(), 1 + i % 6, 'line ' || i FROM generate_series(1, 2000) i;
            CREATE TABLE parts (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day); CREATE TABLE p1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
            CREATE TABLE p2 PARTITION OF parts DEFAULT; INSERT INTO parts SELECT i, '2026-01-01'::date + i % 60 FROM generate_series(1, 300) i; CREATE INDEX ON parts (day);
            CREATE TABLE refers (id int PRIMARY KEY, part int, day date, FOREIGN KEY (part, day) REFERENCES parts);
            CREATE TABLE elder (a int); CREATE TABLE younger (b int) INHERITS (elder); INSERT INTO elder VALUES (1); INSERT INTO younger VALUES (2, 3);
            CREATE VIEW v AS SELECT u.id, count(*) FROM users u JOIN "s p"."Log" l ON l.user_id = u.id GROUP BY u.id; CREATE MATERIALIZED VIEW mv AS SELECT email FROM users; CREATE UNIQUE INDEX ON mv (email);
            CREATE MATERIALIZED VIEW empty AS SELECT 1 AS a WITH NO DATA;
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'must not run'; END $$; CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();
            ALTER TABLE users DISABLE TRIGGER t; CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING; ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users USING (id > 0);
            COMMENT ON TABLE users IS 'it''s'; GRANT SELECT ON users TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE SEQUENCE alone START 7; SELECT nextval('alone');
            CREATE SEQUENCE unused START 9; ALTER TABLE users ADD CONSTRAINT later CHECK (email <> 'u1') NOT VALID; CLUSTER users USING users_pkey; ALTER TABLE "s p"."Log" REPLICA IDENTITY FULL;
            CREATE PUBLICATION pub FOR TABLE users; CREATE UNLOGGED TABLE fast (a int); INSERT INTO fast VALUES (1);
            ALTER TABLE users ADD CHECK (email IN ('a', 'b') OR id > 0 AND (id < 100000 OR email LIKE 'u%'));"#,
        tables: &["users", "\"s p\".\"Log\"", "p1", "p2", "ONLY elder", "younger", "fast", "mv"],
    },
    Case {
        name: "functions_that_need_one_another",
        sql: r#"CREATE FUNCTION one(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT $1 + 1; END; CREATE TABLE f (a int CHECK (one(a) > 0), b int GENERATED ALWAYS AS (one(a)) STORED);
            INSERT INTO f SELECT i FROM generate_series(1, 100) i; CREATE INDEX ON f (one(a)); CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = 0);
            CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq); CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple); CREATE COLLATION co (locale = 'C');"#,
        tables: &["f"],
    },
];

/// Takes a backup into a folder, restores it into a database of the same server, and gives both.
async fn there_and_back<'s>(
    from: &TestDatabase<'s>,
    to: &TestDatabase<'s>,
    store: &Store,
) -> Result<restore::Restored> {
    let manifest = take::take(&request(from, store)?, &|_| {}).await?;
    let found = shelf::find(store, "latest", &|_| true).await?;
    ensure!(found == manifest, "the manifest is read as it was written");
    ensure!(shelf::verify(store, &manifest, &|_| {}).await?.is_empty(), "all objects are whole");
    let settings = to.settings_as(to.server().sandbox().superuser());
    let request = restore::Request { manifest: &manifest, store, settings: &settings, jobs: 3, lenient: true };
    Ok(restore::restore(&request, &|_| {}).await?)
}

fn request<'r>(from: &TestDatabase<'_>, store: &'r Store) -> Result<take::Request<'r>> {
    Ok(take::Request {
        settings: Box::leak(Box::new(from.settings())),
        store,
        target: None,
        identity: None,
        tables: &[],
        without: &[],
        jobs: 3,
        level: 1,
        pg_dump: Box::leak(Box::new(TestServer::installation()?.bin.join("pg_dump"))),
        lock_timeout: Duration::from_secs(5),
        resume: None,
        imported: None,
        kept_by: None,
        sign: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_come_back() -> Result<()> {
    let server = TestServer::shared();
    for case in CASES {
        let (from, to) = (server.database("taken").await?, server.database("restored").await?);
        from.run_as_superuser("CREATE EXTENSION btree_gist").and_then(|_| from.run(case.sql))?;
        let folder = tempfile::tempdir()?;
        let store = Store::open(&folder.path().to_string_lossy(), &S3::default())?;
        to.run_as_superuser("DROP SCHEMA IF EXISTS backout CASCADE")?;
        let restored = there_and_back(&from, &to, &store).await?;
        ensure!(restored.differences.is_empty(), "{}: {:?}", case.name, restored.differences);
        let (then, now) = (from.dump_schema(&[])?, to.dump_schema(&[])?);
        ensure!(then == now, "{}:\n{then}\n{now}", case.name);
        for table in case.tables {
            ensure!(from.sorted_copy(table)? == to.sorted_copy(table)?, "{}: {table}", case.name);
        }
    }
    Ok(())
}
