//! Up, writes, undo: the dump is what it was, and so are the rows.

use crate::harness::{Bench, OURS, same};
use anyhow::{Context, Result};
use backout_testkit::TestServer;

struct Case {
    name: &'static str,
    before: &'static str,
    up: &'static str,
    /// What the application writes before the undo.
    since: &'static str,
    /// Tables whose rows must be the same afterwards, apart from what `since` wrote.
    rows: &'static [&'static str],
    /// What the verdicts must mention; empty for exact.
    verdict: &'static str,
    /// How many rows and values the undo must put aside.
    aside: Option<u32>,
    /// What the undo must say that it could not give back, since rows written since do not fit.
    left: &'static str,
}

const NOTHING: Case = Case { name: "", before: "", up: "", since: "", rows: &[], verdict: "", aside: None, left: "" };

const BASE: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE users (id serial PRIMARY KEY, email varchar(80) UNIQUE NOT NULL, mood mood DEFAULT 'ok', note text);
CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
  title text NOT NULL, state varchar(10) DEFAULT 'new' CHECK (state IN ('new', 'old')), at timestamptz DEFAULT '2026-01-01');
CREATE INDEX posts_user ON posts (user_id); CREATE INDEX posts_title ON posts (lower(title)) WHERE state IN ('new', 'old');
CREATE VIEW recent AS SELECT p.id, p.title, u.email FROM posts p JOIN users u ON u.id = p.user_id WHERE p.state IN ('new', 'old');
COMMENT ON TABLE posts IS 'what they wrote'; COMMENT ON COLUMN posts.title IS 'it''s a title';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at = now(); RETURN NEW; END $$;
CREATE TRIGGER posts_touch BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON posts FOR SELECT USING (user_id = 1 OR state IN ('new', 'old'));
CREATE POLICY via ON users USING (EXISTS (SELECT 1 FROM posts WHERE posts.user_id = users.id));
GRANT SELECT ON posts TO PUBLIC; GRANT SELECT (id, email) ON users TO PUBLIC;
CREATE STATISTICS posts_stat ON user_id, state FROM posts;
INSERT INTO users (email) SELECT 'u' || i FROM generate_series(1, 20) i;
INSERT INTO posts (user_id, title) SELECT 1 + i % 20, 't' || i FROM generate_series(1, 200) i;
";

const CASES: &[Case] = &[
    Case { name: "drop_table_cascade", up: "DROP TABLE posts CASCADE;", since: "INSERT INTO users (email) VALUES ('new');", rows: &["posts"], ..NOTHING },
    Case {
        name: "drop_table_same_name_anew",
        up: "DROP TABLE posts CASCADE; CREATE TABLE posts (id uuid PRIMARY KEY, body jsonb); CREATE INDEX posts_user ON posts ((body ->> 'u'));
             CREATE STATISTICS posts_stat ON (body ->> 'u'), (body ->> 'v') FROM posts;",
        since: "INSERT INTO posts VALUES (gen_random_uuid(), '{}'); INSERT INTO users (email) VALUES ('n');",
        rows: &["posts"],
        ..NOTHING
    },
    Case { name: "drop_both_and_type", up: "DROP TABLE posts CASCADE; DROP TABLE users CASCADE; DROP TYPE mood; DROP FUNCTION touch();", rows: &["posts", "users"], ..NOTHING },
    Case { name: "drop_column", up: "ALTER TABLE users DROP COLUMN note;", since: "INSERT INTO users (email) VALUES ('n');", rows: &[], ..NOTHING },
    Case { name: "drop_column_middle", up: "ALTER TABLE posts DROP COLUMN state CASCADE;", verdict: "order", ..NOTHING },
    Case { name: "add_column", up: "ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free'; CREATE INDEX users_plan ON users (plan);",
           since: "UPDATE users SET plan = 'paid' WHERE id < 4;", rows: &["users"], ..NOTHING },
    Case { name: "drop_view", up: "DROP VIEW recent;", ..NOTHING },
    Case { name: "unique_broken_since", up: "ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE INDEX users_email_key ON users (email);",
           since: "INSERT INTO users (email) VALUES ('u1');", rows: &["users"], left: "constraint users_email_key on public.users does not come back", ..NOTHING },
    Case { name: "serial_key_dropped", before: "CREATE TABLE d (id serial PRIMARY KEY, a int, day date); INSERT INTO d (a, day) SELECT i, '2026-01-01'::date + i FROM generate_series(1, 5) i; CREATE UNIQUE INDEX d_day ON d (day);",
           up: "ALTER TABLE d DROP COLUMN id; ALTER TABLE d ALTER COLUMN day TYPE timestamp; ALTER TABLE d ADD PRIMARY KEY (a, day);", verdict: "order", ..NOTHING },
    Case { name: "serial_key_exchanged", before: "CREATE TABLE d (id serial PRIMARY KEY, a int NOT NULL); INSERT INTO d (a) SELECT i FROM generate_series(1, 5) i; CREATE UNIQUE INDEX d_a ON d (a);",
           up: "ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY USING INDEX d_a, DROP COLUMN id;", verdict: "order", ..NOTHING },
    Case { name: "renamed_and_function_anew", before: "CREATE FUNCTION many() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM users u); END $$;",
           up: "ALTER TABLE users RENAME TO people; CREATE OR REPLACE FUNCTION many() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM people u); END $$;", ..NOTHING },
    Case { name: "default_by_a_function", before: "CREATE FUNCTION made_up() RETURNS text LANGUAGE sql AS 'SELECT md5(random()::text)'; ALTER TABLE users ADD COLUMN fast int DEFAULT 7;",
           up: "ALTER TABLE users ADD COLUMN inbox text NOT NULL DEFAULT made_up(); ALTER TABLE users ADD CONSTRAINT inboxes UNIQUE (inbox);", rows: &["users"], ..NOTHING },
    Case { name: "type_widened_and_used", before: "CREATE TABLE names (id int PRIMARY KEY, name varchar(20)); INSERT INTO names VALUES (1, 'one');",
           up: "ALTER TABLE names ALTER COLUMN name TYPE varchar(200);", since: "INSERT INTO names VALUES (2, repeat('long', 30)), (3, 'short');", rows: &["names"],
           left: "1 values of column public.names.name that were written since do not fit", aside: Some(1), ..NOTHING },
    Case { name: "replace_view", up: "CREATE OR REPLACE VIEW recent AS SELECT p.id, p.title, u.email, u.mood FROM posts p JOIN users u ON u.id = p.user_id;", ..NOTHING },
    Case { name: "rename_table", up: "ALTER TABLE posts RENAME TO articles; ALTER TABLE users RENAME COLUMN note TO remark;", ..NOTHING },
    Case { name: "rename_index_constraint", up: "ALTER INDEX posts_user RENAME TO posts_u; ALTER TABLE posts RENAME CONSTRAINT posts_pkey TO pk; ALTER TRIGGER posts_touch ON posts RENAME TO tt;", ..NOTHING },
    Case { name: "policies", up: "DROP POLICY own ON posts; CREATE POLICY own ON posts FOR INSERT WITH CHECK (true); ALTER TABLE posts FORCE ROW LEVEL SECURITY; DROP POLICY via ON users;", ..NOTHING },
    Case { name: "function_body", up: "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;", ..NOTHING },
    Case { name: "function_cascade", up: "DROP FUNCTION touch() CASCADE;", ..NOTHING },
    Case { name: "constraints", up: "ALTER TABLE posts DROP CONSTRAINT posts_state_check; ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey; ALTER TABLE users DROP CONSTRAINT users_email_key;
             ALTER TABLE posts ADD CONSTRAINT c CHECK (length(title) > 0); ALTER TABLE users ALTER COLUMN email DROP NOT NULL;", ..NOTHING },
    Case { name: "grants", up: "REVOKE SELECT ON posts FROM PUBLIC; GRANT INSERT ON users TO PUBLIC; REVOKE SELECT (email) ON users FROM PUBLIC;", ..NOTHING },
    Case { name: "comments", up: "COMMENT ON TABLE posts IS NULL; COMMENT ON COLUMN posts.title IS 'other'; COMMENT ON INDEX posts_user IS 'i';", ..NOTHING },
    Case { name: "sequence", before: "CREATE SEQUENCE s INCREMENT 5 START 7; SELECT nextval('s'); SELECT nextval('s');", up: "DROP SEQUENCE s; CREATE SEQUENCE s;", ..NOTHING },
    Case { name: "type_widened", up: "ALTER TABLE users ALTER COLUMN note TYPE varchar(900); ALTER TABLE users ALTER COLUMN note TYPE varchar(901);", since: "INSERT INTO users (email) VALUES ('n');", rows: &[], ..NOTHING },
    Case { name: "type_int_bigint", up: "DROP VIEW recent; DROP POLICY via ON users; ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey; ALTER TABLE users ALTER COLUMN id TYPE bigint;", rows: &["users"], ..NOTHING },
    Case { name: "type_lossy", before: "CREATE TABLE m (id int PRIMARY KEY, v numeric); INSERT INTO m VALUES (1, 1.5), (2, 2);", up: "ALTER TABLE m ALTER COLUMN v TYPE int;", rows: &["m"], ..NOTHING },
    Case { name: "enum_value", up: "ALTER TYPE mood ADD VALUE 'great';", verdict: "enum", ..NOTHING },
    Case { name: "enum_rename", up: "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';", rows: &["users"], ..NOTHING },
    Case { name: "matview", before: "CREATE MATERIALIZED VIEW mv AS SELECT user_id, count(*) AS n FROM posts GROUP BY 1; CREATE UNIQUE INDEX mv_u ON mv (user_id);", up: "DROP MATERIALIZED VIEW mv;", ..NOTHING },
    Case { name: "do_block_drop", up: "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'posts CASCADE'; END $$;", rows: &["posts"], ..NOTHING },
    Case { name: "drop_schema", before: "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t SELECT i, 'v' FROM generate_series(1, 9) i; CREATE VIEW app.v AS SELECT * FROM app.t;", up: "DROP SCHEMA app CASCADE;", rows: &["app.t"], ..NOTHING },
    Case { name: "hostile_names", before: "CREATE TABLE \"we\"\"ird\" (\"select\" int PRIMARY KEY, \"größe, x\" text); INSERT INTO \"we\"\"ird\" VALUES (1, 'a');
             CREATE INDEX \"in dex\" ON \"we\"\"ird\" (\"größe, x\");", up: "DROP TABLE \"we\"\"ird\"; ALTER TABLE users ADD COLUMN \"user\" int;", since: "UPDATE users SET \"user\" = 1;", rows: &["\"we\"\"ird\""], ..NOTHING },
    Case { name: "update_rows", up: "UPDATE users SET note = 'x'; DELETE FROM posts WHERE id < 5;", verdict: "", ..NOTHING },
    Case { name: "domain", before: "CREATE DOMAIN pos AS int CHECK (VALUE > 0); CREATE TABLE d (id pos PRIMARY KEY, w pos); INSERT INTO d VALUES (1, 2);", up: "DROP DOMAIN pos CASCADE;", verdict: "cell", ..NOTHING },
    Case { name: "partitioned", before: "CREATE TABLE p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
             CREATE TABLE p2 PARTITION OF p DEFAULT; CREATE INDEX p_at ON p (at); INSERT INTO p SELECT i, date '2026-01-01' + i FROM generate_series(1, 60) i;", up: "DROP TABLE p;", rows: &["p1", "p2"], ..NOTHING },
    Case { name: "partition_dropped", before: "CREATE TABLE p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
             CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); CREATE INDEX p_at ON p (at); INSERT INTO p SELECT i, date '2026-01-01' + i FROM generate_series(1, 50) i;", up: "DROP TABLE p1;", rows: &["p1"], ..NOTHING },
    Case { name: "table_options", up: "ALTER TABLE posts SET (fillfactor = 70, autovacuum_enabled = off); ALTER TABLE posts REPLICA IDENTITY FULL; ALTER TABLE posts CLUSTER ON posts_user; ALTER TABLE posts ALTER COLUMN title SET STATISTICS 500; ALTER TABLE posts ALTER COLUMN title SET STORAGE EXTERNAL;", ..NOTHING },
    Case { name: "create_many", up: "CREATE TYPE c AS ENUM ('a'); CREATE TABLE n (id serial PRIMARY KEY, c c, u int REFERENCES users); CREATE FUNCTION f(n) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW nv AS SELECT * FROM n; ALTER TABLE n ENABLE ROW LEVEL SECURITY; CREATE POLICY np ON n USING (true);",
           since: "INSERT INTO n (c, u) VALUES ('a', 1), ('a', 2);", ..NOTHING },
    Case { name: "default_privileges", up: "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC; DROP VIEW recent; CREATE TABLE z (id int);", ..NOTHING },
    Case { name: "rules_and_state", before: "CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING; ALTER TABLE posts DISABLE TRIGGER posts_touch;", up: "DROP RULE r ON users; ALTER TABLE posts ENABLE TRIGGER posts_touch; DROP TABLE posts CASCADE;", rows: &["posts"], ..NOTHING },
    Case { name: "inheritance", before: "CREATE TABLE par (a int, b text); CREATE TABLE kid (c int) INHERITS (par); INSERT INTO kid VALUES (1, 'x', 2);", up: "DROP TABLE par CASCADE;", rows: &["kid"], ..NOTHING },
    Case { name: "generated", before: "CREATE TABLE g (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO g VALUES (1), (2);", up: "ALTER TABLE g DROP COLUMN b; ALTER TABLE g ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED;", rows: &["g"], ..NOTHING },
    Case { name: "move_to_new_schema", up: "CREATE SCHEMA app; ALTER TABLE posts SET SCHEMA app; CREATE TABLE app.n (id int PRIMARY KEY);", since: "INSERT INTO app.n VALUES (1); INSERT INTO app.posts (user_id, title) VALUES (1, 'since');", ..NOTHING },
    Case { name: "nested_booleans", before: "CREATE VIEW nb AS SELECT * FROM users WHERE id BETWEEN 1 AND 3 AND note IS NULL OR email IN ('a', 'b'); CREATE TABLE nt (v varchar(5), n int, CHECK (v IN ('a', 'b') AND (n BETWEEN 1 AND 5 OR n = 9)));",
           up: "DROP VIEW nb; ALTER TABLE nt DROP CONSTRAINT nt_check;", ..NOTHING },
    Case { name: "checks_by_bare_name", before: "CREATE SEQUENCE numbers;", up: "DROP TABLE posts CASCADE; DROP SEQUENCE numbers; CREATE TABLE posts (id int CONSTRAINT posts_pkey PRIMARY KEY); CREATE INDEX posts_title ON posts (id);
             DO $$ BEGIN
               IF (SELECT relrowsecurity FROM pg_class WHERE relname = 'posts') THEN RAISE 'row security'; END IF;
               IF (SELECT count(*) FROM pg_class WHERE relname IN ('posts_title', 'posts_user', 'posts_pkey', 'posts_id_seq', 'numbers')) <> 2 THEN RAISE 'relations'; END IF;
               IF (SELECT count(*) FROM pg_constraint WHERE conname ~ '^posts') <> 1 THEN RAISE 'constraints'; END IF;
               IF EXISTS (SELECT FROM pg_statistic_ext WHERE stxname = 'posts_stat') THEN RAISE 'statistics'; END IF;
               IF EXISTS (SELECT FROM pg_policies WHERE policyname = 'own') OR EXISTS (SELECT FROM pg_trigger WHERE tgname = 'posts_touch') THEN RAISE 'policies'; END IF;
               IF (SELECT count(*) FROM information_schema.columns WHERE table_name = 'posts') <> 1 THEN RAISE 'columns'; END IF;
             END $$;", rows: &["posts"], ..NOTHING },
    Case { name: "type_made_unless_it_exists", up: "DROP TABLE posts CASCADE; DROP TABLE users CASCADE; DROP TYPE mood;
             DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('new'); END IF; END $$;
             CREATE TABLE moods (mood mood PRIMARY KEY);", since: "INSERT INTO moods VALUES ('new');", rows: &["posts", "users"], aside: Some(1), ..NOTHING },
    Case { name: "new_type_on_an_old_table", up: "CREATE TYPE level AS ENUM ('low', 'high'); ALTER TABLE users ADD COLUMN level level, ADD COLUMN points int DEFAULT 0;",
           since: "UPDATE users SET level = 'high', points = 7 WHERE id < 4;", rows: &[], aside: Some(6), ..NOTHING },
    Case { name: "two_transactions_on_one_table", up: "BEGIN; ALTER TABLE users ADD COLUMN plan text; COMMENT ON COLUMN users.note IS 'n'; COMMIT;
             BEGIN; ALTER TABLE users ENABLE ROW LEVEL SECURITY, ALTER COLUMN note SET DEFAULT 'x'; COMMENT ON TABLE users IS 'who'; COMMIT;
             BEGIN; ALTER TABLE users SET (fillfactor = 70); ALTER TABLE posts ALTER COLUMN title DROP NOT NULL; DROP VIEW recent; COMMIT;", ..NOTHING },
    Case { name: "orphans_since", before: "CREATE TABLE likes (id int PRIMARY KEY, post bigint NOT NULL REFERENCES posts); INSERT INTO likes VALUES (1, 1);",
           up: "DROP TABLE posts CASCADE;", since: "INSERT INTO likes VALUES (2, 999999);", rows: &["posts", "likes"], left: "likes_post_fkey on public.likes holds for new rows only", ..NOTHING },
    Case { name: "new_columns_without_a_key", before: "CREATE TABLE log (at date, line text); INSERT INTO log VALUES ('2026-01-01', 'a'), ('2026-01-01', 'a'), ('2026-01-02', 'b');
             CREATE TABLE ev (id int, at date) PARTITION BY RANGE (at); CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); INSERT INTO ev VALUES (1, '2026-01-01'), (2, '2026-01-01');
             ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES;",
           up: "ALTER TABLE log ADD COLUMN level text, ADD COLUMN n int DEFAULT 1; ALTER TABLE ev ADD COLUMN kind text; ALTER TABLE users ADD COLUMN plan text; ALTER TABLE bare ADD COLUMN a int;",
           since: "UPDATE log SET level = 'x' WHERE line = 'a'; INSERT INTO log VALUES ('2026-01-03', 'c', NULL, 7); UPDATE ev SET kind = 'k'; ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
             UPDATE users SET plan = 'p' WHERE id < 4; ALTER TABLE users FORCE ROW LEVEL SECURITY; UPDATE bare SET a = 1;",
           rows: &[], aside: Some(9), ..NOTHING },
    Case { name: "names_of_63_bytes", before: "CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one (id int PRIMARY KEY, \"äääääääääääääääääääääääääääääää\" text UNIQUE, n int REFERENCES users); CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (id int REFERENCES aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one, n int CONSTRAINT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_chk CHECK (n > 0));
             CREATE INDEX aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_idx ON aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (n); INSERT INTO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one SELECT i, 'u' || i, i FROM generate_series(1, 9) i; INSERT INTO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two SELECT i, i FROM generate_series(1, 9) i; CREATE TABLE \"äääääääääääääääääääääääääääääää\" (\"äääääääääääääääääääääääääääääää\" int PRIMARY KEY);",
           up: "DROP TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one CASCADE; DROP TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two; DROP TABLE \"äääääääääääääääääääääääääääääää\"; CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (id int CONSTRAINT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_chk PRIMARY KEY); CREATE INDEX aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_idx ON aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two (id); ALTER TABLE users ADD COLUMN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one int;",
           since: "INSERT INTO aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two VALUES (1); UPDATE users SET aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one = 1 WHERE id = 1;", rows: &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_one", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_two", "\"äääääääääääääääääääääääääääääää\""], aside: Some(2), ..NOTHING },
];

#[test]
fn migrations_and_their_way_back() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let only = std::env::var("CASE").ok();
    let mut failures = Vec::new();
    let mut run = 0;
    for case in CASES.iter().filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
        run += 1;
        if let Err(error) = runtime.block_on(one(case)) {
            failures.push(format!("--- {}: {error:#}", case.name));
        }
    }
    assert!(run > 0, "no case is called that");
    assert!(failures.is_empty(), "{} of {run} failed\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

async fn one(case: &Case) -> Result<()> {
    let before = format!("{BASE}{}", case.before);
    let bench = Bench::new(&format!("trip_{}", case.name), &before).await?;
    let twin = TestServer::shared().database(&format!("twin_{}", case.name)).await?;
    twin.run(&before)?;
    twin.run(case.up).context("the twin")?;
    // The owners of the two databases are different roles.
    let neutral = |dump: String, owner: &str| dump.replace(owner, "OWNER");

    let schema_before = bench.dump()?;
    let rows =
        |tables: &[&str]| -> Result<Vec<Vec<String>>> { tables.iter().map(|t| bench.db.sorted_copy(t)).collect() };
    let rows_before = rows(case.rows)?;
    let report = bench.migrate("m", case.up).await.map_err(|e| {
        let said = e.database_error().map(|d| format!(" [{d} {:?}]", d.detail)).unwrap_or_default();
        anyhow::anyhow!("{e}{said}\n{}", e.place().map(|p| p.statement.clone()).unwrap_or_default())
    })?;
    same(
        "forward: not what psql leaves",
        &neutral(twin.dump_schema(OURS)?, twin.owner()),
        &neutral(bench.dump()?, bench.db.owner()),
    )?;
    let said: String = report.verdicts.iter().map(|v| format!("{v}; ")).collect();
    if case.verdict.is_empty() {
        anyhow::ensure!(said.is_empty(), "expected an exact way back: {said}");
    } else {
        anyhow::ensure!(said.contains(case.verdict), "expected {:?} in {said:?}", case.verdict);
    }
    bench.db.run(case.since)?;
    let undone = bench.undo().await?;
    let left = undone.left.join("; ");
    anyhow::ensure!(left.is_empty() || !case.left.is_empty() || !case.verdict.is_empty(), "left: {left}");
    anyhow::ensure!(left.contains(case.left), "expected {:?} in {left:?}", case.left);
    if let (true, Some((_, mend))) = (case.left.contains("does not come back"), left.split_once("then run ")) {
        bench.db.run("DELETE FROM users WHERE id > 20")?;
        bench.db.run(mend)?;
    }
    if !case.left.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?.replace(" NOT VALID", ""))?;
    } else if case.verdict.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?)?;
    }
    if let Some(expected) = case.aside {
        let count = "coalesce(sum((xpath('/row/n/text()', query_to_xml(format('SELECT count(%s) AS n FROM %I.%I', what, schemaname, tablename), false, true, '')))[1]::text::int), 0)";
        let what = "CASE WHEN tablename LIKE 'column%' THEN 'backout_value' ELSE '*' END AS what";
        let found = bench.db.run_as_superuser(&format!(
            "SELECT {count} FROM (SELECT *, {what} FROM pg_tables WHERE schemaname ~ '^backout_undone') t"
        ))?;
        same("put aside", &expected.to_string(), found.trim())?;
    }
    for (table, (before, after)) in case.rows.iter().zip(rows_before.iter().zip(rows(case.rows)?)) {
        let missing: Vec<&String> = before.iter().filter(|r| !after.contains(r)).take(3).collect();
        anyhow::ensure!(missing.is_empty(), "{table}: rows are missing or changed: {missing:?}");
    }
    Ok(())
}
