//! Rows that a migration changes: after it they are what psql leaves, after the undo what they were, merged with
//! what was written since. The expected outcome is made with psql alone.

use crate::harness::{Bench, OURS, each, job, mode, rules, same};
use anyhow::{Context, Result, ensure};
use backout_postgres::migrate;
use backout_postgres::undo::Residue;
use backout_testkit::TestServer;

struct Case {
    name: &'static str,
    up: &'static str,
    /// What the application writes before the undo.
    since: &'static str,
    /// What makes of the database of before the one that is expected after the undo.
    expected: &'static str,
    /// What the undo must say about rows in the way; nothing otherwise.
    left: &'static str,
}

const NOTHING: Case = Case { name: "", up: "", since: "", expected: "", left: "" };

const BEFORE: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN short AS text CHECK (length(VALUE) < 30);
CREATE TABLE plans (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL, mood mood DEFAULT 'ok', nick short, data jsonb, x json, at timestamptz,
  plan int REFERENCES plans ON UPDATE CASCADE ON DELETE SET NULL, upper text GENERATED ALWAYS AS (upper(email)) STORED);
CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, title text, at timestamptz);
CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree, name text);
CREATE TABLE log (at int, line text, f float8, fire int DEFAULT 5, backout text DEFAULT 'b');
CREATE TABLE audit (n bigserial PRIMARY KEY, what text);
CREATE TABLE \"we\"\"ird\" (\"select\" int, \"ü %s\" text, PRIMARY KEY (\"select\", \"ü %s\"), \"val'ue\" text[]);
CREATE TABLE events (id int, day date, kind text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE ring_a (id int PRIMARY KEY, b int); CREATE TABLE ring_b (id int PRIMARY KEY, a int REFERENCES ring_a ON DELETE CASCADE);
INSERT INTO ring_a SELECT i, i FROM generate_series(1, 6) i; INSERT INTO ring_b SELECT i, 7 - i FROM generate_series(1, 6) i;
ALTER TABLE ring_a ADD FOREIGN KEY (b) REFERENCES ring_b ON DELETE CASCADE;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit (what) VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NULL; END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at = '2030-01-01'; RETURN NEW; END $$;
CREATE TRIGGER posts_note AFTER INSERT OR UPDATE OR DELETE ON posts FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER posts_touch BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW happy AS SELECT id, email, mood FROM users WHERE mood = 'ok';
INSERT INTO plans SELECT i, 'plan ' || i FROM generate_series(1, 5) i;
INSERT INTO users (email, data, x, plan, nick, at) SELECT 'u' || i, CASE WHEN i % 2 = 0 THEN 'null'::jsonb WHEN i % 3 = 0 THEN '{\"a\": 1.0}' END, '{\"b\" : 1}', 1 + i % 5, 'n' || i, '2026-01-01' FROM generate_series(1, 20) i;
INSERT INTO posts (user_id, title, at) SELECT 1 + i % 20, 't' || i, '2026-01-01' FROM generate_series(1, 60) i;
INSERT INTO tree SELECT i, nullif(i / 2, 0), 'n' || i FROM generate_series(1, 15) i;
INSERT INTO log SELECT i % 4, 'line ' || i % 3, i / 7.0 FROM generate_series(1, 40) i; INSERT INTO log SELECT 1, 'twice', 'NaN' FROM generate_series(1, 5);
INSERT INTO \"we\"\"ird\" SELECT i, 'k' || i, ARRAY['a', NULL, i::text] FROM generate_series(1, 6) i;
INSERT INTO events SELECT i, '2026-01-20'::date + i, 'k' FROM generate_series(1, 20) i;
CREATE TABLE elder (id int PRIMARY KEY, v text); CREATE TABLE younger (PRIMARY KEY (id), extra int) INHERITS (elder); CREATE TABLE other (w text) INHERITS (elder);
INSERT INTO elder SELECT i, 'e' || i FROM generate_series(1, 5) i; INSERT INTO younger SELECT i, 'y' || i, i FROM generate_series(4, 9) i;
INSERT INTO other SELECT i / 2, 'o' || i / 2, 'w' FROM generate_series(4, 12) i;
";

const TABLES: &[&str] = &[
    "plans",
    "users",
    "posts",
    "tree",
    "log",
    "audit",
    "\"we\"\"ird\"",
    "events_1",
    "events_2",
    "ring_a",
    "ring_b",
    "elder",
    "younger",
    "other",
];

const CASES: &[Case] = &[
    Case { name: "update", up: "UPDATE users SET nick = 'x' || id, data = '{}' WHERE id > 5;", ..NOTHING },
    Case { name: "update_merged", up: "UPDATE users SET nick = 'x', data = '{}';",
           since: "UPDATE users SET email = 'new' WHERE id = 3; UPDATE users SET nick = 'mine' WHERE id = 4; DELETE FROM users WHERE id = 5; INSERT INTO users (email) VALUES ('late');",
           expected: "UPDATE users SET email = 'new' WHERE id = 3; UPDATE users SET nick = 'mine' WHERE id = 4; DELETE FROM users WHERE id = 5; INSERT INTO users (email) VALUES ('late');
                      UPDATE users SET data = (SELECT data FROM users WHERE id = 4) WHERE id = 4;",
           left: "rows of table public.users were changed again or deleted since" },
    Case { name: "alone_and_merged", up: "UPDATE \"we\"\"ird\" SET \"val'ue\" = '{z}' WHERE \"select\" > 2;",
           since: "DELETE FROM \"we\"\"ird\" WHERE \"select\" = 3; UPDATE \"we\"\"ird\" SET \"val'ue\" = '{mine}' WHERE \"select\" = 4; INSERT INTO \"we\"\"ird\" VALUES (70, 'since', '{a}');",
           expected: "DELETE FROM \"we\"\"ird\" WHERE \"select\" = 3; UPDATE \"we\"\"ird\" SET \"val'ue\" = '{mine}' WHERE \"select\" = 4; INSERT INTO \"we\"\"ird\" VALUES (70, 'since', '{a}');",
           left: "rows of table public.\"we\"\"ird\" were changed again or deleted since" },
    Case { name: "filled_without_a_key", up: "ALTER TABLE log ADD COLUMN more text; UPDATE log SET more = line || '!' WHERE at > 1;",
           since: "UPDATE log SET line = 'since', more = 'm' WHERE at = 2; DELETE FROM log WHERE at = 3; INSERT INTO log (at) VALUES (9);",
           expected: "UPDATE log SET line = 'since' WHERE at = 2; DELETE FROM log WHERE at = 3; INSERT INTO log (at) VALUES (9);", ..NOTHING },
    Case { name: "key_that_is_none_any_more", up: "ALTER TABLE plans DROP CONSTRAINT plans_name_key; ALTER TABLE tree DROP CONSTRAINT tree_pkey CASCADE; ALTER TABLE tree ADD COLUMN nr serial PRIMARY KEY; INSERT INTO tree VALUES (1, NULL, 'n1'), (2, 1, 'other'); UPDATE tree SET name = 'x' WHERE id = 3; DELETE FROM tree WHERE nr = 5;", ..NOTHING },
    Case { name: "key_that_is_none_after_the_first", up: "UPDATE tree SET name = 'x' WHERE id < 4; INSERT INTO tree VALUES (77, 1, 'new'); ALTER TABLE tree DROP CONSTRAINT tree_pkey CASCADE; INSERT INTO tree SELECT * FROM tree; DELETE FROM tree WHERE id = 7;", ..NOTHING },
    Case { name: "there_and_back", up: "UPDATE users SET nick = nick || '!'; UPDATE users SET nick = rtrim(nick, '!');", ..NOTHING },
    Case { name: "twice", up: "UPDATE users SET nick = 'a' WHERE id < 9; UPDATE users SET nick = 'b', mood = 'sad' WHERE id > 5; DELETE FROM users WHERE id = 7;", ..NOTHING },
    Case { name: "delete_cascades", up: "DELETE FROM users WHERE id < 4;", ..NOTHING },
    Case { name: "delete_sets_null", up: "DELETE FROM plans WHERE id < 4;", ..NOTHING },
    Case { name: "key_of_parent", up: "UPDATE plans SET id = id + 100 WHERE id > 3;", ..NOTHING },
    Case { name: "insert", up: "INSERT INTO plans VALUES (10, 'ten'); INSERT INTO users (email, plan) VALUES ('m1', 10), ('m2', NULL);", ..NOTHING },
    Case { name: "triggers_off_as_the_file_says", up: "UPDATE posts SET title = 'a' || title WHERE id < 9; ALTER TABLE posts DISABLE TRIGGER USER; UPDATE posts SET title = 'x' || title; DELETE FROM posts WHERE id = 5; ALTER TABLE posts ENABLE TRIGGER USER; UPDATE posts SET title = 'y' WHERE id = 7; ALTER TABLE posts ENABLE REPLICA TRIGGER posts_note; INSERT INTO posts (user_id, title) VALUES (1, 'n'); ALTER TABLE posts ENABLE TRIGGER posts_note;", ..NOTHING },
    Case { name: "unique_value_taken_since", up: "UPDATE plans SET name = 'new', id = id WHERE id = 3;", since: "INSERT INTO plans VALUES (60, 'plan 3');",
           expected: "UPDATE plans SET name = 'new' WHERE id = 3; INSERT INTO plans VALUES (60, 'plan 3');", left: "others have their former unique values by now" },
    Case { name: "unique_value_taken_beside_another", up: "UPDATE users SET email = 'new', nick = 'x' WHERE id = 3;", since: "INSERT INTO users (email) VALUES ('u3');",
           expected: "UPDATE users SET email = 'new' WHERE id = 3; INSERT INTO users (email) VALUES ('u3');", left: "others have their former unique values by now" },
    Case { name: "insert_used_since", up: "INSERT INTO plans VALUES (10, 'ten'), (11, 'eleven'), (12, 'twelve');",
           since: "UPDATE users SET plan = 10 WHERE id = 1; UPDATE plans SET name = 'XI' WHERE id = 11;",
           expected: "INSERT INTO plans VALUES (10, 'ten'), (11, 'XI'); UPDATE users SET plan = 10 WHERE id = 1;",
           left: "2 rows that the migration put into table public.plans stay" },
    Case { name: "upsert", up: "INSERT INTO plans VALUES (1, 'one'), (20, 'twenty') ON CONFLICT (id) DO UPDATE SET name = excluded.name;", ..NOTHING },
    Case { name: "truncate", up: "TRUNCATE posts;", ..NOTHING },
    Case { name: "truncate_cascade", up: "TRUNCATE plans CASCADE;", ..NOTHING },
    Case { name: "truncate_restart", up: "TRUNCATE audit RESTART IDENTITY; INSERT INTO audit (what) VALUES ('first');", ..NOTHING },
    Case { name: "truncate_in_code", up: "DO $$ BEGIN TRUNCATE log; INSERT INTO log VALUES (9, 'nine', 0); END $$;", ..NOTHING },
    Case { name: "without_key", up: "UPDATE log SET line = 'x' WHERE at = 1; DELETE FROM log WHERE at = 2; INSERT INTO log VALUES (7, 'seven', 1), (7, 'seven', 1);", ..NOTHING },
    Case { name: "tree", up: "DELETE FROM tree WHERE id > 5; INSERT INTO tree VALUES (30, 2, 'a'), (31, 30, 'b'); UPDATE tree SET parent = 31 WHERE id = 5;", ..NOTHING },
    Case { name: "cte", up: "WITH gone AS (DELETE FROM posts WHERE id < 10 RETURNING title) INSERT INTO log SELECT 1, title, 0 FROM gone;", ..NOTHING },
    Case { name: "in_code", up: "DO $$ BEGIN FOR i IN 1..5 LOOP UPDATE users SET nick = 'loop' || i WHERE id = i; DELETE FROM posts WHERE user_id = i; END LOOP; END $$;", ..NOTHING },
    Case { name: "code_that_fails_inside", up: "DO $$ BEGIN UPDATE users SET nick = 'kept' WHERE id = 1; BEGIN UPDATE users SET nick = 'lost'; PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN NULL; END; END $$;", ..NOTHING },
    Case { name: "through_a_view", up: "UPDATE happy SET email = email || '@'; DELETE FROM happy WHERE id = 20;", ..NOTHING },
    Case { name: "by_a_function", up: "CREATE FUNCTION wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM tree WHERE id > 8'; SELECT wipe();", ..NOTHING },
    Case { name: "new_column_filled", up: "ALTER TABLE users ADD COLUMN full_name text; UPDATE users SET full_name = email || nick; ALTER TABLE users ALTER COLUMN full_name SET NOT NULL;",
           since: "INSERT INTO users (email, full_name) VALUES ('late', 'Late');", expected: "INSERT INTO users (email) VALUES ('late');", ..NOTHING },
    Case { name: "old_column_dropped", up: "ALTER TABLE users ADD COLUMN m2 text; UPDATE users SET m2 = mood::text, email = 'x' || email; ALTER TABLE users DROP COLUMN data; UPDATE users SET nick = 'y'; DELETE FROM users WHERE id = 2;", ..NOTHING },
    Case { name: "old_column_dropped_then_code", up: "UPDATE users SET nick = 'x'; ALTER TABLE users DROP COLUMN data; DO $$ BEGIN EXECUTE 'UPDATE users SET nick = nick || email'; END $$; WITH gone AS (DELETE FROM users WHERE id > 15 RETURNING *) SELECT count(*) FROM gone;", ..NOTHING },
    Case { name: "renamed", up: "ALTER TABLE users RENAME COLUMN nick TO alias; ALTER TABLE users RENAME TO people; UPDATE people SET alias = 'z'; DELETE FROM people WHERE id = 9;", ..NOTHING },
    Case { name: "then_dropped", up: "UPDATE posts SET title = 'x'; DELETE FROM posts WHERE id < 5; DROP TABLE posts;", ..NOTHING },
    Case { name: "then_dropped_by_code", up: "UPDATE log SET line = 'x'; DO $$ BEGIN DELETE FROM posts WHERE id < 5; DROP TABLE posts; DROP TABLE log; END $$;", ..NOTHING },
    Case { name: "type_changed", up: "UPDATE plans SET name = 'x' || id; ALTER TABLE plans ALTER COLUMN name TYPE varchar(40);", ..NOTHING },
    Case { name: "enum_dropped", up: "UPDATE users SET mood = 'sad'; DROP VIEW happy; ALTER TABLE users ALTER COLUMN mood DROP DEFAULT, ALTER COLUMN mood TYPE text; DROP TYPE mood;", ..NOTHING },
    Case { name: "domain_checked", up: "UPDATE users SET nick = 'ok'; ALTER DOMAIN short ADD CONSTRAINT fine CHECK (VALUE = 'ok');", ..NOTHING },
    Case { name: "type_lossy", up: "UPDATE users SET at = at + interval '5 hours' WHERE id < 9; ALTER TABLE users ALTER COLUMN at TYPE date; ALTER TABLE log ALTER COLUMN at TYPE bigint;",
           since: "UPDATE users SET at = '2031-05-05' WHERE id = 3; INSERT INTO users (email, at) VALUES ('late', '2031-06-06');",
           expected: "UPDATE users SET at = '2031-05-05' WHERE id = 3; INSERT INTO users (email, at) VALUES ('late', '2031-06-06');",
           left: "rows of table public.users were changed again" },
    Case { name: "type_by_function", up: "ALTER TABLE users DROP COLUMN upper; DROP VIEW happy; ALTER TABLE users ALTER COLUMN email TYPE bytea USING decode(md5(email), 'hex');", ..NOTHING },
    Case { name: "type_twice", up: "ALTER TABLE posts ALTER COLUMN title TYPE char(1) USING left(title, 1); ALTER TABLE posts ALTER COLUMN title TYPE int USING length(title);", ..NOTHING },
    Case { name: "type_written_since", up: "ALTER TABLE plans ALTER COLUMN name TYPE int USING length(name) * 100 + id;", since: "INSERT INTO plans VALUES (77, 700); UPDATE plans SET name = 55 WHERE id = 2;",
           expected: "INSERT INTO plans VALUES (77, '700'); UPDATE plans SET name = '55' WHERE id = 2;", ..NOTHING },
    Case { name: "retyped_then_changed", up: "ALTER TABLE plans ALTER COLUMN name TYPE varchar(90); ALTER TABLE users ALTER COLUMN at TYPE timestamp USING at AT TIME ZONE 'UTC'; UPDATE users SET at = at + interval '1 day' WHERE id < 9; DELETE FROM users WHERE id > 17;",
           since: "UPDATE users SET at = '2031-05-05 10:00', nick = 'mine' WHERE id = 3; INSERT INTO users (email, at) VALUES ('late', NULL);",
           expected: "UPDATE users SET at = '2031-05-05 10:00', nick = 'mine' WHERE id = 3; INSERT INTO users (email, at) VALUES ('late', NULL);",
           left: "rows of table public.users were changed again" },
    Case { name: "retyped_by_a_function_then_changed", up: "ALTER TABLE posts ALTER COLUMN title TYPE int USING length(title); UPDATE posts SET title = title + 7 WHERE id < 9; DELETE FROM posts WHERE id > 50; UPDATE posts SET user_id = 3 WHERE id = 20;", ..NOTHING },
    Case { name: "retyped_to_what_does_not_lead_back", up: "ALTER TABLE log ALTER COLUMN at TYPE text; UPDATE log SET at = 'x' || at WHERE at = '1'; DELETE FROM log WHERE at = '2'; INSERT INTO log (at) VALUES ('y');",
           since: "INSERT INTO log (at, line) VALUES ('77', 's');", expected: "INSERT INTO log (at, line) VALUES (77, 's');", ..NOTHING },
    Case { name: "retyped_and_written_since", up: "ALTER TABLE log ALTER COLUMN at TYPE text; UPDATE log SET at = 'x' || at WHERE at = '1'; INSERT INTO log (at) VALUES ('y');",
           since: "INSERT INTO log (at, line) VALUES ('y', NULL), ('y', 's');", expected: "INSERT INTO log (at, line) VALUES (NULL, NULL), (NULL, 's');",
           left: "2 values of column public.log.at that were written since do not fit its former type" },
    Case { name: "retyped_key_then_changed", up: "ALTER TABLE audit ALTER COLUMN n DROP DEFAULT, ALTER COLUMN n TYPE text; UPDATE audit SET what = 'x' WHERE n < '3'; DELETE FROM audit WHERE n > '5'; INSERT INTO audit VALUES ('1001', 'n');",
           since: "UPDATE audit SET what = 'mine' WHERE n = '10';", expected: "UPDATE audit SET what = 'mine' WHERE n = 10;",
           left: "rows of table public.audit were changed again" },
    Case { name: "retyped_and_emptied", up: "ALTER TABLE audit ALTER COLUMN n DROP DEFAULT, ALTER COLUMN n TYPE text; TRUNCATE audit; ALTER TABLE plans ALTER COLUMN id TYPE bigint; TRUNCATE plans CASCADE;", ..NOTHING },
    Case { name: "changed_retyped_changed", up: "UPDATE users SET at = at + interval '1 hour'; UPDATE log SET at = at + 1; ALTER TABLE users ALTER COLUMN at TYPE date; ALTER TABLE log ALTER COLUMN at TYPE text; UPDATE users SET at = at + 1 WHERE id < 9; UPDATE log SET at = 'z' WHERE at = '2'; DELETE FROM users WHERE id = 3; DELETE FROM log WHERE at = '3';", ..NOTHING },
    Case { name: "key_renamed", up: "ALTER TABLE posts RENAME COLUMN id TO post; ALTER TABLE posts DROP COLUMN title; ALTER TABLE posts ALTER COLUMN at TYPE date;", ..NOTHING },
    Case { name: "strange_names", up: "UPDATE \"we\"\"ird\" SET \"val'ue\" = '{z}'; DELETE FROM \"we\"\"ird\" WHERE \"select\" = 1; TRUNCATE \"we\"\"ird\";", ..NOTHING },
    Case { name: "partitions", up: "UPDATE events SET kind = 'x' WHERE id < 5; UPDATE events SET day = '2026-01-02' WHERE id = 19; DELETE FROM events_2 WHERE id = 18; INSERT INTO events_1 VALUES (99, '2026-01-03', 'n'); UPDATE events SET kind = 'y' WHERE id = 99;", ..NOTHING },
    Case { name: "partitions_truncated", up: "TRUNCATE events; INSERT INTO events VALUES (1, '2026-02-02', 'n');", ..NOTHING },
    Case { name: "partition_dropped_between", up: "UPDATE events SET kind = 'a' WHERE id < 5; DROP TABLE events_1; DO $$ BEGIN UPDATE events SET kind = 'b' WHERE id > 15; END $$; DELETE FROM events WHERE id = 20;", ..NOTHING },
    Case { name: "family", up: "UPDATE elder SET v = v || 'x' WHERE id < 8; DELETE FROM elder WHERE id IN (2, 6, 11); UPDATE younger SET extra = 0; INSERT INTO other VALUES (50, 'n', 'w'); UPDATE ONLY elder SET v = 'only' WHERE id < 3;",
           since: "UPDATE younger SET extra = 70 WHERE id = 7; INSERT INTO elder VALUES (60, 's'); INSERT INTO other VALUES (3, 's');",
           expected: "UPDATE younger SET extra = 70 WHERE id = 7; INSERT INTO elder VALUES (60, 's'); INSERT INTO other VALUES (3, 's');",
           left: "1 rows of table public.younger were changed again or deleted since" },
    Case { name: "family_emptied", up: "TRUNCATE elder; INSERT INTO elder VALUES (1, 'n'); INSERT INTO younger VALUES (2, 'n', 3);", ..NOTHING },
    Case { name: "family_by_code", up: "DO $$ BEGIN EXECUTE 'UPDATE elder SET id = id + 100, v = NULL'; DELETE FROM younger WHERE id > 107; END $$;", ..NOTHING },
    Case { name: "family_and_its_columns", up: "ALTER TABLE elder ALTER COLUMN v TYPE varchar(60); UPDATE elder SET v = 'f'; ALTER TABLE younger DROP COLUMN extra; UPDATE younger SET id = id + 100; DELETE FROM elder WHERE id = 105;", ..NOTHING },
    Case { name: "family_that_grows", up: "UPDATE ring_a SET b = NULL WHERE id = 1; CREATE TABLE cousin (c int) INHERITS (ring_a); INSERT INTO cousin VALUES (1, 2, 3); UPDATE ring_a SET b = 3 WHERE id < 4; ALTER TABLE other NO INHERIT elder; UPDATE elder SET v = 'e'; UPDATE other SET v = 'o';", ..NOTHING },
    Case { name: "copied_in", up: "COPY plans FROM stdin;\n50\tfifty\n51\tfiftyone\n\\.\n", ..NOTHING },
    Case { name: "circle", up: "DELETE FROM ring_a WHERE id < 3;", ..NOTHING },
    Case { name: "unique_swapped", up: "DELETE FROM plans WHERE id = 5; INSERT INTO plans VALUES (6, 'plan 5');", ..NOTHING },
    Case { name: "several_transactions", up: "BEGIN; UPDATE users SET nick = 'a'; COMMIT; BEGIN; UPDATE users SET nick = nick || 'b' WHERE id < 9; DELETE FROM users WHERE id = 3; COMMIT; CREATE INDEX CONCURRENTLY nicks ON users (nick);", ..NOTHING },
    Case { name: "rls_forced", up: "ALTER TABLE tree ENABLE ROW LEVEL SECURITY; ALTER TABLE tree FORCE ROW LEVEL SECURITY; CREATE POLICY few ON tree USING (id > 10); UPDATE tree SET name = 'x'; TRUNCATE tree;", ..NOTHING },
    Case { name: "deferred", up: "CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON plans DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note(); UPDATE plans SET name = 'late ' || id;", ..NOTHING },
];

#[test]
fn rows_and_their_way_back() -> Result<()> {
    each(CASES.iter(), |case| case.name, async |case| one(case).await)
}

async fn one(case: &Case) -> Result<()> {
    let server = TestServer::shared();
    let bench = Bench::new(&format!("rows_{}", case.name), BEFORE).await?;
    let twin = server.database(&format!("rtwin_{}", case.name)).await?;
    twin.run(BEFORE)?;
    twin.run(case.up).context("the twin")?;
    let oracle = server.database(&format!("rwant_{}", case.name)).await?;
    oracle.run(BEFORE)?;
    oracle.run(case.expected).context("the expected outcome")?;

    let schema_before = bench.dump()?;
    let report = bench.migrate("m", case.up).await.map_err(|e| {
        let said = e.database_error().map(|d| format!(" [{d} {:?}]", d.detail)).unwrap_or_default();
        anyhow::anyhow!("{e}{said}\n{}", e.place().map(|p| p.statement.clone()).unwrap_or_default())
    })?;
    let neutral = |dump: String, owner: &str| dump.replace(owner, "OWNER");
    same(
        "forward: not what psql leaves",
        &neutral(twin.dump_schema(OURS)?, twin.owner()),
        &neutral(bench.dump()?, bench.db.owner()),
    )?;
    for table in TABLES {
        if twin.run(&format!("SELECT FROM {table} LIMIT 1")).is_ok() {
            same(&format!("forward: rows of {table}"), &rows(&twin, table)?, &rows(&bench.db, table)?)?;
        }
    }
    same("triggers of ours", "0", triggers(&bench)?.trim())?;
    let said: String = report.verdicts.iter().map(|v| format!("{v}; ")).filter(|v| !v.contains("order")).collect();
    anyhow::ensure!(said.is_empty(), "expected an exact way back: {said}");

    bench.db.run(case.since)?;
    let undone = bench.undo().await?;
    let left = undone.left.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    anyhow::ensure!(left.is_empty() == case.left.is_empty() && left.contains(case.left), "left: {left}");
    if report.verdicts.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?)?;
    }
    for table in TABLES {
        same(&format!("back: rows of {table}"), &rows(&oracle, table)?, &rows(&bench.db, table)?)?;
    }
    if case.since.is_empty() {
        for sequence in ["users_id_seq", "posts_id_seq", "audit_n_seq"] {
            let value = format!("SELECT last_value, is_called FROM {sequence}");
            same(sequence, &oracle.run(&value)?, &bench.db.run(&value)?)?;
        }
    }
    Ok(())
}

/// The tool's own history row is written when the images are closed, also into a table that the migration changes.
/// What a lone UPDATE does not set is not written down, and what the migration itself has added is nobody's loss.
#[tokio::test]
async fn no_more_is_kept_than_changes() -> Result<()> {
    let before = "CREATE TABLE wide (id int PRIMARY KEY, a text, b text); INSERT INTO wide SELECT i, 'a', 'b' FROM generate_series(1, 9) i";
    let kept = |bench: &Bench<'_>, image: &migrate::Report| -> Result<String> {
        let of = &image.inverse.images[0];
        Ok(bench
            .db
            .run(&format!("SELECT count(*), count(a), count(b) FROM {}.{}", of.schema, of.name))?
            .trim()
            .to_owned())
    };
    let bench = Bench::new("kept_narrow", before).await?;
    let report = bench.migrate("m", "UPDATE wide SET a = 'x' WHERE id < 6").await?;
    assert_eq!(kept(&bench, &report)?, "10|10|0");
    let bench = Bench::new("kept_whole", before).await?;
    let report =
        bench.migrate("m", "UPDATE wide SET a = 'x' WHERE id < 6; UPDATE wide SET a = 'y' WHERE id < 4").await?;
    assert_eq!(kept(&bench, &report)?, "16|16|16");
    let bench = Bench::new("kept_nothing", before).await?;
    let sql = "ALTER TABLE wide ADD COLUMN c text; UPDATE wide SET c = a || b";
    let report = bench.migrate("m", sql).await?;
    assert!(report.inverse.images.is_empty() && report.verdicts.is_empty(), "{:?}", report.verdicts);
    assert_eq!(bench.db.run("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^backout_archive'")?.trim(), "0");
    Ok(())
}

#[tokio::test]
async fn a_history_that_the_migration_changes_too() -> Result<()> {
    let bench = Bench::new("rows_history", BEFORE).await?;
    let before = rows(&bench.db, "log")?;
    let mut job = job("m", "UPDATE log SET line = 'x';")?;
    job.native.record = vec!["INSERT INTO public.log (at, line) VALUES (0, 'applied')".to_owned()];
    job.native.unrecord = vec!["DELETE FROM public.log WHERE line = 'applied'".to_owned()];
    migrate::migrate(&bench.session, &bench.witness, &job, &rules(), mode(), &|_| {}).await?;
    bench.undo().await?;
    same("the history", &before, &rows(&bench.db, "log")?)
}

/// Sorted, with the columns in an order of their own: a column that was dropped comes back as the last one.
fn rows(database: &backout_testkit::TestDatabase<'_>, table: &str) -> Result<String> {
    let columns = database.run(&format!(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) FROM pg_attribute \
         WHERE attrelid = '{}'::regclass AND attnum > 0 AND NOT attisdropped",
        table.replace('\'', "''")
    ))?;
    let lines = database.run_as_superuser(&format!("COPY (SELECT {} FROM {table}) TO STDOUT", columns.trim()))?;
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    Ok(lines.join("\n"))
}

fn triggers(bench: &Bench<'_>) -> Result<String> {
    bench.db.run_as_superuser("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'backout%'")
}

/// A partition that cannot come back keeps the rows that the migration made of its own; what is said to run later makes
/// all of it what it was.
#[test]
fn rows_of_a_partition_that_stays_apart_wait_for_it() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let before = "CREATE TABLE w (part int NOT NULL, id bigint, v int) PARTITION BY LIST (part); CREATE TABLE p PARTITION OF w FOR VALUES IN (1);
            CREATE TABLE q PARTITION OF w FOR VALUES IN (2); INSERT INTO w SELECT 1 + i % 2, i, i FROM generate_series(1, 20) i;
            CREATE TABLE k (part int NOT NULL, id int, v int, PRIMARY KEY (part, id)) PARTITION BY LIST (part); CREATE TABLE kp PARTITION OF k FOR VALUES IN (1); INSERT INTO k VALUES (1, 1, 1), (1, 2, 2)";
        let bench = Bench::new("stays_apart", before).await?;
        let (dump, rows) = (bench.dump()?, [bench.db.sorted_copy("w")?, bench.db.sorted_copy("k")?]);
        let up = "UPDATE w SET v = 0 WHERE id > 5; DELETE FROM w WHERE id = 3; ALTER TABLE w DETACH PARTITION p; UPDATE k SET v = 0; DELETE FROM k WHERE id = 2; ALTER TABLE k DETACH PARTITION kp;";
        bench.migrate("m", up).await?;
        bench.db.run("INSERT INTO p VALUES (7, 700, 7); INSERT INTO kp VALUES (7, 700, 7)")?;
        let migrated = [bench.db.sorted_copy("p")?, bench.db.sorted_copy("q")?, bench.db.sorted_copy("kp")?];
        let undone = bench.undo().await?;
        ensure!(undone.left.len() == 2, "{:?}", undone.left);
        ensure!(migrated == [bench.db.sorted_copy("p")?, bench.db.sorted_copy("q")?, bench.db.sorted_copy("kp")?], "nothing was lost");
        bench.db.run("DELETE FROM p WHERE id = 700; DELETE FROM kp WHERE id = 700")?;
        for residue in &undone.left {
            ensure!(matches!(residue, Residue::Away { .. }), "{residue}");
            bench.db.run(&residue.mend().join("; "))?;
        }
        same("back", &dump, &bench.dump()?)?;
        ensure!(rows == [bench.db.sorted_copy("w")?, bench.db.sorted_copy("k")?], "the rows are what they were");
        Ok(())
    })
}
