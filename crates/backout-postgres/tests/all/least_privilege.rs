//! As a role that is no superuser: forced row level security, things of other owners, and missing privileges. What such a
//! role cannot keep or give back is said with the reason and counted, never lost in silence.

use crate::harness::{Bench, advice, job, mode, rules, same};
use anyhow::{Result, ensure};
use backout_postgres::migrate::{self, Event, Lessons, Mode};
use backout_postgres::store;
use backout_testkit::TestServer;

struct Case {
    name: &'static str,
    /// As the owner of the database. `{owner}` and `{other}` stand for the two roles.
    before: &'static str,
    /// As the superuser, afterwards.
    given: &'static str,
    up: &'static str,
    /// What the verdicts must mention; empty for exact.
    says: &'static [&'static str],
    /// Tables whose rows must be back.
    rows: &'static [&'static str],
    /// The schema is back as well.
    back: bool,
}

const CASE: Case = Case { name: "", before: "", given: "", up: "", says: &[], rows: &[], back: true };

const FORCED: &str = "
CREATE TABLE notes (id int PRIMARY KEY, who text, body text);
INSERT INTO notes SELECT i, 'w' || i % 3, 'b' || i FROM generate_series(1, 30) i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON notes USING (id <= 2) WITH CHECK (true);
";

const OTHERS: &str = "
CREATE SCHEMA app;
CREATE TABLE app.mine (id int PRIMARY KEY, v text);
INSERT INTO app.mine SELECT i, 'v' FROM generate_series(1, 7) i;
";

const CASES: &[Case] = &[
    Case { name: "force_rls_drop_table", before: FORCED, up: "DROP TABLE notes;", rows: &["notes"], ..CASE },
    Case { name: "force_rls_drop_column_without_key", before: "
CREATE TABLE notes (body text, who text);
INSERT INTO notes SELECT 'b', 'w' FROM generate_series(1, 30) i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;", up: "ALTER TABLE notes DROP COLUMN who;", rows: &["notes"], ..CASE },
    Case { name: "force_rls_drop_in_do", before: FORCED, up: "DO $$ BEGIN DROP TABLE notes; END $$;", rows: &["notes"], ..CASE },
    Case { name: "others_table_in_schema", before: OTHERS, given: "
CREATE TABLE app.theirs (id int PRIMARY KEY, v text); ALTER TABLE app.theirs OWNER TO {other};
INSERT INTO app.theirs SELECT i, 'v' FROM generate_series(1, 9) i;", up: "DROP SCHEMA app CASCADE;", says: &["rows of table app.theirs", "belongs to {other}"], rows: &["app.mine"], back: false, ..CASE },
    Case { name: "others_table_directly", before: OTHERS, given: "
CREATE TABLE app.theirs (id int PRIMARY KEY, v text); ALTER TABLE app.theirs OWNER TO {other}; GRANT SELECT ON app.theirs TO {owner};
INSERT INTO app.theirs SELECT i, 'v' FROM generate_series(1, 9) i;", up: "DROP TABLE app.theirs;", says: &["9 rows of table app.theirs", "belongs to {other}"], back: false, ..CASE },
    Case { name: "others_table_in_do", before: OTHERS, given: "
CREATE TABLE app.theirs (id int PRIMARY KEY, v text); ALTER TABLE app.theirs OWNER TO {other}; GRANT SELECT ON app.theirs TO {owner};
INSERT INTO app.theirs SELECT i, 'v' FROM generate_series(1, 9) i;", up: "DO $$ BEGIN DROP TABLE app.theirs; END $$;", says: &["9 rows of table app.theirs", "belongs to {other}"], back: false, ..CASE },
    Case { name: "others_column_by_type", before: "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE mine (id int PRIMARY KEY, m mood); INSERT INTO mine VALUES (1, 'a');", given: "
CREATE SCHEMA theirs AUTHORIZATION {other}; CREATE TABLE theirs.t (id int PRIMARY KEY, m mood); ALTER TABLE theirs.t OWNER TO {other};
INSERT INTO theirs.t VALUES (1, 'b');", up: "DROP TYPE mood CASCADE;", says: &["cells of column theirs.t.m", "belongs to {other}"], back: false, ..CASE },
    Case { name: "others_view_in_our_schema", before: OTHERS, given: "
GRANT SELECT ON app.mine TO {other}; CREATE VIEW app.seen AS SELECT id FROM app.mine; ALTER VIEW app.seen OWNER TO {other};", up: "DROP TABLE app.mine CASCADE;", says: &["view app.seen", "{other}"], rows: &["app.mine"], back: false, ..CASE },
    Case { name: "others_view_in_their_schema", before: OTHERS, given: "
GRANT SELECT ON app.mine TO {other}; GRANT USAGE ON SCHEMA app TO {other};
CREATE SCHEMA theirs AUTHORIZATION {other}; CREATE VIEW theirs.seen AS SELECT id FROM app.mine; ALTER VIEW theirs.seen OWNER TO {other};", up: "DROP TABLE app.mine CASCADE;", says: &["view theirs.seen", "belongs to {other}"], rows: &["app.mine"], back: false, ..CASE },
    Case { name: "others_key_on_our_table", before: OTHERS, given: "
GRANT REFERENCES ON app.mine TO {other}; GRANT USAGE ON SCHEMA app TO {other}; CREATE SCHEMA theirs AUTHORIZATION {other};
CREATE TABLE theirs.t (id int REFERENCES app.mine); ALTER TABLE theirs.t OWNER TO {other}; INSERT INTO theirs.t VALUES (1);", up: "DROP TABLE app.mine CASCADE;", says: &["foreign key t_id_fkey on theirs.t", "belongs to {other}"], rows: &["app.mine", "theirs.t"], back: false, ..CASE },
    Case { name: "others_function_of_a_trigger", before: OTHERS, given: "
CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; ALTER FUNCTION app.f() OWNER TO {other};
CREATE TRIGGER tr BEFORE UPDATE ON app.mine FOR EACH ROW EXECUTE FUNCTION app.f();", up: "DROP FUNCTION app.f() CASCADE;", says: &["function app.f()", "{other}", "trigger tr on app.mine cannot be undone: it stands on function app.f()"], back: false, ..CASE },
    Case { name: "child_of_others_table", before: OTHERS, given: "
CREATE TABLE app.whole (id int, w text); ALTER TABLE app.whole OWNER TO {other};
CREATE TABLE app.part (x int) INHERITS (app.whole); ALTER TABLE app.part OWNER TO {owner}; INSERT INTO app.part VALUES (1, 'w', 2);", up: "DROP TABLE app.part;", says: &["app.part.id", "archived apart from a parent", "it was a child of table app.whole, and only {other}"], rows: &["app.part"], back: false, ..CASE },
    Case { name: "partition_of_others_table", before: OTHERS, given: "
CREATE TABLE app.whole (id int PRIMARY KEY, w text) PARTITION BY LIST (id); ALTER TABLE app.whole OWNER TO {other};
CREATE TABLE app.part PARTITION OF app.whole FOR VALUES IN (1); ALTER TABLE app.part OWNER TO {owner}; INSERT INTO app.part VALUES (1, 'w');", up: "DROP TABLE app.part;", says: &["it was part of table app.whole, which belongs to {other}", "`backout archive` has its rows"], back: false, ..CASE },
    Case { name: "table_with_others_function", before: OTHERS, given: "
CREATE SCHEMA theirs AUTHORIZATION {other}; GRANT USAGE ON SCHEMA theirs TO {owner};
CREATE FUNCTION theirs.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; ALTER FUNCTION theirs.f() OWNER TO {other};
CREATE TRIGGER tr BEFORE UPDATE ON app.mine FOR EACH ROW EXECUTE FUNCTION theirs.f();", up: "DROP TABLE app.mine;", rows: &["app.mine"], ..CASE },
];

/// Columns whose values come back by UPDATE: all rows of them, and nothing else in the rows.
const COLUMNS: &[Case] = &[
    Case { name: "force_rls_drop_column", before: FORCED, up: "ALTER TABLE notes DROP COLUMN body;", rows: &["notes"], ..CASE },
    Case { name: "force_rls_column_in_do", before: FORCED, up: "DO $$ BEGIN ALTER TABLE notes DROP COLUMN body; END $$;", rows: &["notes"], ..CASE },
    // The migration's own statements still see what plain SQL would show them.
    Case { name: "force_rls_stays_in_force", before: FORCED, up: "ALTER TABLE notes DROP COLUMN body; UPDATE notes SET who = 'x';", rows: &["notes"], ..CASE },
    Case { name: "update_trigger", before: "
CREATE TABLE notes (id int PRIMARY KEY, stamp int DEFAULT 0, body text); INSERT INTO notes SELECT i, 0, 'b' || i FROM generate_series(1, 30) i;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.stamp = OLD.stamp + 1; RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER b BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION stamp(); ALTER TABLE notes ENABLE ALWAYS TRIGGER b;", up: "ALTER TABLE notes DROP COLUMN body;", rows: &["notes"], ..CASE },
];

#[test]
fn columns_come_back_whole() -> Result<()> {
    all(COLUMNS)
}

#[test]
fn what_an_owner_can_and_cannot_keep() -> Result<()> {
    all(CASES)
}

fn all(cases: &[Case]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let only = std::env::var("CASE").ok();
    let mut failures = Vec::new();
    for case in cases.iter().filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
        if let Err(error) = runtime.block_on(one(case)) {
            failures.push(format!("--- {}: {error:#}", case.name));
        }
    }
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), cases.len(), failures.join("\n"));
    Ok(())
}

/// Learns on a twin as a rehearsal would, then migrates and undoes for real.
async fn one(case: &Case) -> Result<()> {
    let mut lessons = Lessons::default();
    for live in [false, true] {
        let bench = Bench::new("least", case.before).await?;
        let other = format!("{}_other", bench.db.name());
        let said = |text: &str| text.replace("{owner}", bench.db.owner()).replace("{other}", &other);
        bench.db.run_as_superuser(&said(&format!("CREATE ROLE {{other}} NOLOGIN; {}", case.given)))?;
        let schema = bench.dump()?;
        let rows =
            |tables: &[&str]| -> Result<Vec<Vec<String>>> { tables.iter().map(|t| bench.db.sorted_copy(t)).collect() };
        let rows_before = rows(case.rows)?;
        let seen = lessons.clone();
        let mode = Mode { learn: !live, lessons: live.then_some(&seen), ..mode() };
        let report = bench.migrate_with("m", case.up, &rules(), mode).await.map_err(|e| {
            anyhow::anyhow!(
                "{e} {:?} {:?}",
                e.database_error().map(ToString::to_string),
                e.place().map(|p| p.statement.clone())
            )
        })?;
        let verdicts: String = report.verdicts.iter().map(|v| format!("{v}; ")).collect();
        if case.says.is_empty() {
            ensure!(verdicts.is_empty(), "expected an exact way back: {verdicts}");
        }
        for part in case.says {
            ensure!(verdicts.contains(&said(part)), "expected {:?} in {verdicts:?}", said(part));
        }
        lessons = report.lessons;
        bench.undo().await?;
        for (table, (before, after)) in case.rows.iter().zip(rows_before.iter().zip(rows(case.rows)?)) {
            ensure!(*before == after, "{table}: {} rows before, {} after", before.len(), after.len());
        }
        if case.back {
            same("back: not what it was", &schema, &bench.dump()?)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_create_on_the_database_it_says_so() -> Result<()> {
    let db = TestServer::shared().database("no_create").await?;
    let role = format!("{}_tenant", db.name());
    let session = db.client().await?;
    let seen = store::seen_identity(&session).await?;
    store::initialise(&session, "test", &seen).await?;
    db.run_as_superuser(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA backout TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA backout TO {role};
         CREATE SCHEMA tenant AUTHORIZATION {role}; CREATE TABLE tenant.t (id int PRIMARY KEY, v text); ALTER TABLE tenant.t OWNER TO {role};
         INSERT INTO tenant.t VALUES (1, 'x');"
    ))?;
    let (session, witness) = (db.client_as(&role).await?, db.client_as(&role).await?);
    for sql in ["SELECT 1;\nDROP TABLE tenant.t;", "SELECT 1;\nALTER TABLE tenant.t DROP COLUMN v;"] {
        let outcome = migrate::migrate(&session, &witness, &job("m", sql)?, &rules(), mode(), &|_: Event| {}).await;
        let Err(error) = outcome else { anyhow::bail!("{sql} went through without a place to keep things") };
        let (text, hint) = (error.to_string(), advice(&error.remedies()));
        ensure!(text.contains("m.sql:2:1") && text.contains("may not create schemas"), "{text}");
        ensure!(hint.contains(&format!("GRANT CREATE ON DATABASE {} TO {role}", db.name())), "{hint}");
        ensure!(db.sorted_copy("tenant.t")? == ["1\tx"], "rows differ after {sql}");
    }
    // What needs no archive needs no such privilege.
    migrate::migrate(
        &session,
        &witness,
        &job("n", "ALTER TABLE tenant.t ADD COLUMN w int;")?,
        &rules(),
        mode(),
        &|_: Event| {},
    )
    .await?;
    Ok(())
}

/// The server at hand needs quotes around no name that we leave bare.
#[tokio::test]
async fn keywords_of_the_server_get_quotes() -> Result<()> {
    let db = TestServer::shared().database("keywords").await?;
    let session = db.client().await?;
    let rows = session.rows("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'").await?;
    ensure!(rows.len() > 100, "the list of keywords cannot be right");
    for row in rows {
        let word: String = row.get(0);
        ensure!(backout_schema::ident(&word) == format!("\"{word}\""), "{word}");
    }
    Ok(())
}
