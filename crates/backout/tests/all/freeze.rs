//! Freezes: nothing is written, whoever tries, and a write that gets through is found; what was comes back exactly, as
//! `pg_dump` sees it; killed anywhere, the next command says where it stands and mends it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use backout_testkit::{Pgbench, TestServer};
use serde_json::Value;

use crate::project::{OURS, PLAN, Project};

/// A frozen moment is enough where nothing is to be found.
const SHORT: [&str; 5] = ["freeze", "--yes", "production", "--watch", "300ms"];

/// A project with hostile names and grants of every kind; roles named after the database, so that tests do not meet.
struct Story {
    project: Project,
    /// Roles of the application.
    app: String,
    reader: String,
    other: String,
}

async fn story(name: &str) -> Result<Story> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let owner = project.database.owner().to_owned();
    let role = |what: &str| format!("{} {what}\"x", project.database.name());
    let (app, reader, other) = (role("App"), role("reader"), role("other"));
    let sql = |text: &str| {
        let quoted = |role: &str| format!("\"{}\"", role.replace('"', "\"\""));
        text.replace("{app}", &quoted(&app))
            .replace("{reader}", &quoted(&reader))
            .replace("{other}", &quoted(&other))
            .replace("{owner}", &quoted(&owner))
    };
    project.database.run_as_superuser(&sql(
        "CREATE ROLE {app} LOGIN; CREATE ROLE {reader} LOGIN; CREATE ROLE {other} LOGIN; GRANT {app}, {other} TO {owner};
         GRANT USAGE, CREATE ON SCHEMA public TO {app};",
    ))?;
    project.database.run(&sql(r#"CREATE SCHEMA "Odd ""one"; GRANT USAGE ON SCHEMA "Odd ""one" TO {app}, {reader};
         CREATE TABLE "Odd ""one"."Ta;ble" (id int PRIMARY KEY, "Co""l" text, n int);
         CREATE TABLE plain (id int);
         CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY, body text);
         CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
         CREATE VIEW some_notes AS SELECT * FROM notes; CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM notes;
         CREATE SEQUENCE "S 1"; CREATE SEQUENCE unused;
         GRANT SELECT, INSERT ON notes TO {reader}; GRANT ALL ON notes TO {app} WITH GRANT OPTION;
         GRANT SELECT ON notes TO {other}; GRANT UPDATE, TRUNCATE ON plain TO PUBLIC;
         GRANT SELECT ("Co""l"), UPDATE ("Co""l", n) ON "Odd ""one"."Ta;ble" TO {app};
         GRANT INSERT (id) ON "Odd ""one"."Ta;ble" TO {reader} WITH GRANT OPTION;
         GRANT INSERT, SELECT ON parts, parts_1, some_notes TO {app};
         GRANT USAGE ON SEQUENCE "S 1" TO {app}, PUBLIC; REVOKE USAGE, UPDATE ON unused FROM {owner};
         ALTER DEFAULT PRIVILEGES GRANT INSERT, SELECT ON TABLES TO {app};
         ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd ""one" GRANT DELETE ON TABLES TO {reader};
         ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd ""one" GRANT USAGE ON SEQUENCES TO PUBLIC;
         INSERT INTO notes (body) VALUES ('a'), ('b'); INSERT INTO plain VALUES (1);"#))?;
    // A grant that another one than the owner made, and one on a column by a right on the table.
    project
        .database
        .psql_as(&app, &sql("GRANT INSERT, DELETE ON notes TO {other}; GRANT UPDATE (body) ON notes TO {other};"))?;
    Ok(Story { project, app, reader, other })
}

impl Story {
    fn dump(&self) -> Result<String> {
        self.project.database.dump_schema(OURS)
    }

    /// Lists of grants as the catalog has them: order, grantors and options.
    fn acls(&self) -> Result<String> {
        self.project.query(
            "SELECT string_agg(oid::regclass || ' ' || relacl::text, E'\\n' ORDER BY oid) FROM pg_class WHERE relacl IS NOT NULL AND relnamespace::regnamespace::text !~ '^(pg_|backout|information)'",
        )
    }

    /// What psql said as this role to a session that makes itself writable first.
    fn tried(&self, role: &str, sql: &str) -> Result<Output> {
        self.project.database.psql_as(role, &format!("SET default_transaction_read_only = off; {sql};"))
    }

    #[track_caller]
    fn is_denied(&self, role: &str, sql: &str) -> Result<()> {
        let output = self.tried(role, sql)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success() && said.contains("permission denied"), "{role}: {sql}: {said}");
        Ok(())
    }

    fn is_frozen(&self) -> Result<bool> {
        let status = self.project.command(&["status", "--json"])?.run()?;
        let document: Value = serde_json::from_str(&status.stdout).with_context(|| status.transcript())?;
        let attention = document["result"]["attention"].as_array().context("status has findings")?;
        Ok(attention.iter().any(|finding| finding["code"] == "freeze.frozen"))
    }
}

#[tokio::test]
async fn nobody_writes_and_everything_comes_back() -> Result<()> {
    let story = story("freeze_all").await?;
    let Story { project, app, reader, other } = &story;
    let owner = project.database.owner().to_owned();
    let (before, acls) = (story.dump()?, story.acls()?);
    let settings = "SELECT setconfig::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database()";
    let preview = project.run(&["freeze", "--dry-run"], 0)?;
    ensure!(preview.stdout.contains("REVOKE") && preview.stdout.contains("TRUNCATE"), "{}", preview.transcript());
    assert_eq!(before, story.dump()?, "a preview changed something");
    // Nobody confirmed it.
    project.run(&["freeze"], 3)?;
    let bench = Pgbench::start(&project.database, "INSERT INTO plain VALUES (1);\n", 2).await?;
    let idle = project.database.client_as(app).await?;
    let done = project.json(&["freeze", "--yes", "production", "--watch", "1s", "--because", "a test"], 0)?;
    assert_eq!(done["result"]["evidence"]["writes"], serde_json::json!([]), "{done:#}");
    assert_eq!(done["result"]["frozen"]["uncovered"], serde_json::json!([]), "{done:#}");
    ensure!(done["result"]["sessions"]["ended"].as_u64().is_some_and(|ended| ended >= 1), "{done:#}");
    ensure!(idle.scalar("SELECT 1").await.is_err(), "a session of the application goes on");
    drop(bench);
    for (role, sql) in [
        (&owner, "INSERT INTO plain VALUES (2)"),
        (&owner, "UPDATE notes SET body = 'x'"),
        (&owner, "DELETE FROM users"),
        (&owner, "TRUNCATE plain"),
        (&owner, "SELECT nextval('\"S 1\"')"),
        (&owner, "SELECT setval('unused', 7)"),
        (&owner, "INSERT INTO parts VALUES (1, '2026-02-02')"),
        (&owner, "INSERT INTO parts_1 VALUES (1, '2026-02-02')"),
        (&owner, "INSERT INTO some_notes (body) VALUES ('x')"),
        (app, "INSERT INTO notes (body) VALUES ('x')"),
        (app, "TRUNCATE notes"),
        (app, "UPDATE \"Odd \"\"one\".\"Ta;ble\" SET n = 1"),
        (app, "CREATE TABLE later (id int)"),
        (reader, "INSERT INTO \"Odd \"\"one\".\"Ta;ble\" (id) VALUES (1)"),
        (reader, "TRUNCATE plain"),
        (reader, "SELECT nextval('\"S 1\"')"),
        (other, "UPDATE notes SET body = 'x'"),
        (other, "DELETE FROM notes"),
        (other, "INSERT INTO notes (body) VALUES ('x')"),
    ] {
        story.is_denied(role, sql)?;
    }
    // Reading goes on, and without a word of theirs sessions may not write at all.
    ensure!(story.tried(reader, "SELECT * FROM notes")?.status.success(), "nobody can read");
    let output = project.database.psql_as(app, "CREATE TEMP TABLE t (id int)")?;
    ensure!(String::from_utf8_lossy(&output.stderr).contains("read-only transaction"), "{output:?}");
    ensure!(project.query(settings)?.contains("default_transaction_read_only=on"));
    ensure!(story.is_frozen()?, "status does not say that it is frozen");
    let doctor = project.json(&["doctor"], 0)?;
    ensure!(doctor.to_string().contains("freeze.frozen") && doctor.to_string().contains("a test"), "{doctor:#}");
    // Who asks for a server that takes writes is not turned away.
    let url = project.database.url();
    let url = format!("{url}{}target_session_attrs=read-write", if url.contains('?') { '&' } else { '?' });
    project.run(&["history", "--url", &url], 0)?;
    // Read-only from its beginning: after the thaw it would stay so.
    let meanwhile = project.database.client_as(app).await?;
    let thawed = project.json(&["thaw", "--yes", "production"], 0)?;
    assert_eq!(thawed["result"]["thawed"]["left"], serde_json::json!([]), "{thawed:#}");
    ensure!(meanwhile.scalar("SELECT 1").await.is_err(), "a session that is read-only goes on");
    assert_eq!(before, story.dump()?);
    let now = story.acls()?;
    ensure!(acls.lines().all(|line| now.lines().any(|other| other == line)), "{acls}\n\n{now}");
    assert_eq!(project.query(settings)?, "");
    ensure!(!story.is_frozen()?);
    ensure!(story.tried(other, "UPDATE notes SET body = 'c'")?.status.success(), "rights did not come back");
    // Twice is once.
    project.run(&["thaw"], 0)?;
    assert_eq!(before, story.dump()?);
    Ok(())
}

#[tokio::test]
async fn what_would_write_is_refused_and_the_rest_works() -> Result<()> {
    let story = story("freeze_refuses").await?;
    let project = &story.project;
    let before = story.dump()?;
    project.query(&format!("ALTER ROLE \"{}\" CREATEDB", project.database.owner()))?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    let captured = story.dump()?;
    project.query("UPDATE notes SET body = 'b2' WHERE id = 2")?;
    project.write("migrations/2_tags.sql", "CREATE TABLE tags (id int);\n")?;
    project.run(&SHORT, 0)?;
    for line in [
        &["migrate"][..],
        &["undo"],
        &["rehearse"],
        &["release", "--yes", "production"],
        &["rows", "undo", "--table", "public.notes", "--since", "1h", "--yes", "production"],
    ] {
        let refused = project.command(line)?.run()?.expect_code(3);
        ensure!(
            refused.stderr.contains("frozen") && refused.stderr.contains("backout thaw"),
            "{}",
            refused.transcript()
        );
    }
    project.run(&["backup", "take"], 0)?;
    // Rights are part of what a certificate is about: what the freeze has taken is no news of it.
    let status = project.run(&["status", "--json"], 8)?;
    ensure!(!status.stdout.contains("certificate."), "{}", status.transcript());
    project.run(&["history"], 0)?;
    // A backup of a frozen database is one: what it restores can be thawed.
    let copy = format!("{}_copy", project.database.name());
    project.run(&["restore", "latest", "--into", &copy], 0)?;
    let url = TestServer::shared().sandbox().url(&copy, project.database.owner());
    project.command(&["thaw", "--url", &url, "--yes", "production"])?.run()?.expect_code(0);
    let restored = TestServer::shared().sandbox().connection(&copy, TestServer::shared().sandbox().superuser());
    let session = backout_postgres::session::connect(&restored, &Default::default()).await?;
    let may = "SELECT has_table_privilege('notes', 'INSERT')::text || has_any_column_privilege('\"Odd \"\"one\".\"Ta;ble\"', 'UPDATE')::text";
    session.batch(&format!("SET ROLE \"{}\"", story.app.replace('"', "\"\""))).await?;
    assert_eq!(session.scalar(may).await?.as_deref(), Some("truetrue"));
    project.run(&["thaw"], 0)?;
    assert_eq!(captured, story.dump()?);
    project.run(&["capture", "off", "--yes", "production"], 0)?;
    assert_eq!(before, story.dump()?);
    // What was migrated before the freeze is undone after it, and after that migrated again.
    project.run(&["migrate"], 0)?;
    project.run(&SHORT, 0)?;
    project.run(&["thaw"], 0)?;
    project.run(&["undo"], 0)?;
    assert_eq!(before, story.dump()?);
    Ok(())
}

/// Somebody who writes all the time, and comes back when his session is ended.
struct Writer {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<u32>,
}

impl Writer {
    fn start(story: &Story, sql: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, sql) = (stop.clone(), sql.to_owned());
        let settings = story.project.database.settings_as(&story.reader);
        let task = tokio::spawn(async move {
            let mut written = 0;
            while !stopped.load(Ordering::Relaxed) {
                let Ok(session) = backout_postgres::session::connect(&settings, &Default::default()).await else {
                    continue;
                };
                // In a transaction of its own: the one that sets it is read-only already.
                let done = session.batch("SET default_transaction_read_only = off").await.is_ok()
                    && session.batch(&sql).await.is_ok();
                written += u32::from(done);
                session.close().await;
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            written
        });
        Self { stop, task }
    }

    async fn stop(self) -> Result<u32> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.task.await?)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_gets_through_is_found() -> Result<()> {
    let story = story("freeze_escape").await?;
    let project = &story.project;
    // Of a superuser: no right that is taken from anybody stops it.
    project.database.run_as_superuser(
        "CREATE FUNCTION escape() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.plain VALUES (99)';",
    )?;
    let before = story.dump()?;
    let preview = project.run(&["freeze", "--dry-run"], 0)?;
    ensure!(preview.stdout.contains("escape"), "nobody named the function: {}", preview.transcript());
    let writer = Writer::start(&story, "SELECT escape()");
    let found = project.json(&["freeze", "--yes", "production", "--watch", "700ms"], 4)?;
    let writes = found["result"]["evidence"]["writes"].to_string();
    ensure!(writes.contains("table public.plain") && writes.contains("rows inserted"), "{found:#}");
    ensure!(found.to_string().contains("stays frozen"), "{found:#}");
    ensure!(story.is_frozen()?);
    let again = project.json(&["freeze", "--yes", "production", "--watch", "700ms", "--if-written", "thaw"], 1)?;
    assert_eq!(again["result"]["thawed"], true, "{again:#}");
    assert_eq!(again["result"]["frozen"]["again"], true, "{again:#}");
    ensure!(!story.is_frozen()?);
    ensure!(writer.stop().await? > 5, "nobody wrote");
    assert_eq!(before, story.dump()?);
    // nextval takes no transaction number, and is found all the same.
    let counter = project.database.superuser().await?;
    counter.scalar("SELECT nextval('\"S 1\"')").await?;
    let watching = project.command(&["freeze", "--yes", "production", "--watch", "2s", "--json"])?.start()?;
    let mut watching = watching;
    let frozen = "SELECT count(*)::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database()";
    let began = Instant::now();
    while counter.scalar(frozen).await?.as_deref() != Some("1") {
        ensure!(began.elapsed() < Duration::from_secs(30), "it never froze");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..20 {
        counter.scalar("SELECT nextval('\"S 1\"')").await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let found = watching.end()?.expect_code(4);
    ensure!(found.stdout.contains("sequence public."), "{}", found.transcript());
    project.run(&["thaw"], 0)?;
    Ok(())
}

/// What others own, granted or prepared is named, and nothing changes until that is accepted.
#[tokio::test]
async fn what_cannot_be_stopped_is_refused_first() -> Result<()> {
    let story = story("freeze_uncovered").await?;
    let Story { project, app, reader, .. } = &story;
    let quoted = |role: &str| format!("\"{}\"", role.replace('"', "\"\""));
    // The reader is nobody whom the owner may become.
    project.database.psql_as(reader, &format!("GRANT INSERT (id) ON \"Odd \"\"one\".\"Ta;ble\" TO {}", quoted(app)))?;
    project.database.run_as_superuser(&format!(
        "CREATE TABLE foreign_one (id int); ALTER TABLE foreign_one OWNER TO {}; CREATE TABLE of_super (id int)",
        quoted(reader)
    ))?;
    let before = story.dump()?;
    let refused = project.command(&SHORT)?.run()?.expect_code(3);
    for part in ["public.foreign_one", "no member", "by a grant of", "--accept"] {
        ensure!(refused.stderr.contains(part), "{part}: {}", refused.transcript());
    }
    ensure!(!refused.stderr.contains("of_super"), "nobody can write to it: {}", refused.transcript());
    assert_eq!(before, story.dump()?, "a refusal changed something");
    ensure!(!story.is_frozen()?);
    let preview = project.json(&["freeze", "--dry-run"], 8)?;
    let done = project.json(&["freeze", "--yes", "production", "--watch", "300ms", "--accept"], 0)?;
    assert_eq!(preview["result"]["uncovered"], done["result"]["frozen"]["uncovered"], "a preview names the same");
    let sql = "INSERT INTO \"Odd \"\"one\".\"Ta;ble\" (id) VALUES (7)";
    ensure!(story.tried(app, sql)?.status.success(), "what could not come back was taken");
    story.is_denied(app, "INSERT INTO notes (body) VALUES ('x')")?;
    project.run(&["thaw"], 0)?;
    assert_eq!(before, story.dump()?);
    Ok(())
}

#[tokio::test]
async fn what_changes_while_it_is_frozen_is_said() -> Result<()> {
    let story = story("freeze_meanwhile").await?;
    let Story { project, reader, other, .. } = &story;
    project.run(&SHORT, 0)?;
    let quoted = |role: &str| format!("\"{}\"", role.replace('"', "\"\""));
    project.database.run_as_superuser(&format!(
        "SET default_transaction_read_only = off; DROP TABLE parts; ALTER TABLE \"Odd \"\"one\".\"Ta;ble\" DROP COLUMN \"Co\"\"l\"; ALTER TABLE \"Odd \"\"one\".\"Ta;ble\" RENAME n TO m;
         ALTER TABLE plain RENAME TO \"pl ain\"; CREATE TABLE later (id int); GRANT DELETE ON notes TO {0};
         REVOKE ALL ON notes FROM {1} CASCADE; DROP OWNED BY {1}; DROP ROLE {1};",
        quoted(reader),
        quoted(other)
    ))?;
    let thawed = project.json(&["thaw", "--yes", "production"], 0)?;
    let result = &thawed["result"]["thawed"];
    let has = |list: &str, text: &str| {
        result[list].as_array().is_some_and(|all| all.iter().any(|one| one.as_str().is_some_and(|o| o.contains(text))))
    };
    ensure!(
        has("gone", "public.parts") && has("gone", "parts_1") && has("gone", "column") && has("gone", "role"),
        "{result:#}"
    );
    ensure!(
        has("made_meanwhile", "public.later") && has("granted_meanwhile", "DELETE on table public.notes"),
        "{result:#}"
    );
    let may = "SELECT has_table_privilege('\"pl ain\"', 'TRUNCATE')::text || has_column_privilege('\"Odd \"\"one\".\"Ta;ble\"', 'm', 'UPDATE')::text";
    let session = project.database.client_as(&story.app).await?;
    assert_eq!(session.scalar(may).await?.as_deref(), Some("truetrue"));
    Ok(())
}

/// Stand-ins of the extension's names: what is measured is that jobs are paused and active again, not the extension.
#[tokio::test]
async fn jobs_are_paused() -> Result<()> {
    let story = story("freeze_cron").await?;
    let project = &story.project;
    project.database.run(
        "CREATE SCHEMA cron;
         CREATE TABLE cron.job (jobid bigint PRIMARY KEY, active boolean, database text DEFAULT current_database());
         CREATE FUNCTION cron.alter_job(job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
           username text DEFAULT NULL, active boolean DEFAULT NULL) RETURNS void LANGUAGE sql SECURITY DEFINER AS
           'UPDATE cron.job j SET active = $6 WHERE j.jobid = $1';
         INSERT INTO cron.job VALUES (1, true), (2, false), (4, true); INSERT INTO cron.job VALUES (3, true, 'elsewhere');",
    )?;
    let before = story.dump()?;
    let active = "SELECT string_agg(jobid::text, ',' ORDER BY jobid) FROM cron.job WHERE active";
    project.run(&SHORT, 0)?;
    assert_eq!(project.query(active)?, "3");
    // Frozen once more it still knows which were active.
    project.run(&SHORT, 0)?;
    project.query("SET default_transaction_read_only = off; DELETE FROM cron.job WHERE jobid = 4")?;
    project.run(&["thaw"], 0)?;
    assert_eq!(project.query(active)?, "1,3");
    assert_eq!(before, story.dump()?);
    Ok(())
}

/// Who may write to the schema chooses what rights come back, and nothing else; a stronger role does not do it for him.
#[tokio::test]
async fn what_a_record_says_is_no_sql() -> Result<()> {
    let story = story("freeze_record").await?;
    let project = &story.project;
    project.run(&SHORT, 0)?;
    let superuser = TestServer::shared().sandbox().superuser();
    let url = project.database.url_as(superuser);
    for line in [&["thaw", "--yes", "production"][..], &SHORT] {
        let refused = project.command(line)?.args(["--url", &url]).run()?.expect_code(3);
        ensure!(refused.stderr.contains("fewer rights"), "{}", refused.transcript());
    }
    let edit = |from: &str, to: &str| {
        project.query(&format!(
            "SET default_transaction_read_only = off; UPDATE backout.freeze SET body = replace(body, $a${from}$a$, $a${to}$a$)"
        ))
    };
    let planted = "INSERT ON TABLE public.plain TO PUBLIC; DROP TABLE public.notes; --";
    edit("\"INSERT\"", &format!("\"{planted}\""))?;
    let refused = project.command(&["thaw"])?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("there is no right"), "{}", refused.transcript());
    edit(&format!("\"{planted}\""), "\"INSERT\"")?;
    project.query("SET default_transaction_read_only = off; ALTER TABLE backout.freeze DROP CONSTRAINT freeze_state_check; UPDATE backout.freeze SET state = 'melting'")?;
    for line in [&["thaw"][..], &SHORT, &["undo"]] {
        let refused = project.command(line)?.run()?.expect_code(3);
        ensure!(refused.stderr.contains("melting"), "{}", refused.transcript());
    }
    project.query("SET default_transaction_read_only = off; UPDATE backout.freeze SET state = 'frozen'")?;
    project.run(&["thaw"], 0)?;
    Ok(())
}

/// Every name in the source of what freezes and thaws.
fn failpoints() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backout-postgres/src/freeze");
    for entry in std::fs::read_dir(folder)? {
        for part in std::fs::read_to_string(entry?.path())?.split("failpoint!(\"").skip(1) {
            names.extend(part.split('"').next().map(str::to_owned));
        }
    }
    ensure!(names.len() >= 8, "the list of failpoints cannot be right: {names:?}");
    Ok(names)
}

#[tokio::test]
async fn killed_anywhere_it_says_so_and_is_mended() -> Result<()> {
    let story = story("freeze_killed").await?;
    let project = &story.project;
    let before = story.dump()?;
    for failpoint in failpoints()? {
        let thaws = failpoint.starts_with("thaw.");
        if thaws {
            project.run(&SHORT, 0)?;
        }
        let line: &[&str] = if thaws { &["thaw"] } else { &SHORT };
        let killed = project.command(line)?.run_to_failpoint(&failpoint)?;
        ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
        let frozen = story.is_frozen()?;
        let expected = match failpoint.as_str() {
            "freeze.revoked" | "freeze.before_commit" => false,
            name => !matches!(name, "thaw.committed" | "thaw.sessions_ended"),
        };
        assert_eq!(frozen, expected, "{failpoint}");
        if !frozen {
            assert_eq!(before, story.dump()?, "{failpoint}");
            ensure!(story.tried(project.database.owner(), "INSERT INTO plain VALUES (3)")?.status.success());
        } else {
            story.is_denied(project.database.owner(), "INSERT INTO plain VALUES (3)")?;
            let refused = project.command(&["undo"])?.run()?.expect_code(3);
            ensure!(refused.stderr.contains("frozen"), "{}", refused.transcript());
        }
        // Either command mends it.
        if !thaws {
            project.run(&SHORT, 0)?;
            story.is_denied(project.database.owner(), "INSERT INTO plain VALUES (3)")?;
        }
        project.run(&["thaw"], 0)?;
        assert_eq!(before, story.dump()?, "{failpoint}");
    }
    Ok(())
}

const WAYS: &str = r#"
[[way]]
name = "F"
[[way.step]]
name = "stop writes"
do = "freeze"
with = { watch = "300ms" }
undo = { do = "thaw" }
[[way.step]]
name = "go on"
do = "thaw"
[[way]]
name = "G"
[[way.step]]
name = "stop writes"
do = "freeze"
with = { watch = "300ms" }
undo = { do = "thaw" }
[[way.step]]
name = "it fails"
do = "verify"
on_failure = "unwind"
with = { checks = [{ name = "no", that = { sql = "SELECT false" } }] }
"#;

#[tokio::test]
async fn a_way_freezes_and_thaws() -> Result<()> {
    let story = story("freeze_way").await?;
    let project = &story.project;
    project.write("backout.toml", &format!("{PLAN}{WAYS}"))?;
    let before = story.dump()?;
    let preview = project.json(&["rollback", "--dry-run", "--way", "F"], 0)?;
    let lines = preview["result"]["ways"][0]["steps"][0]["lines"].to_string();
    ensure!(lines.contains("REVOKE") && lines.contains("pg_terminate_backend"), "{preview:#}");
    let done = project.json(&["rollback", "--way", "F", "--yes", "production"], 0)?;
    let facts = done["result"]["state"]["steps"][0].to_string();
    ensure!(facts.contains("wal_from"), "the evidence is not in the journal: {done:#}");
    assert_eq!(before, story.dump()?);
    // Killed between the freeze and its record: it is asked what happened.
    for place in ["run.acted.2", "run.after.2"] {
        std::fs::remove_dir_all(project.path(".backout"))?;
        let killed = project.command(&["rollback", "--way", "F", "--yes", "production"])?.run_to_failpoint(place)?;
        ensure!(killed.hit, "{place}: {}", killed.run.transcript());
        project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
        ensure!(!story.is_frozen()?, "{place}");
        assert_eq!(before, story.dump()?);
    }
    // What fails afterwards is unwound.
    let unwound = project.command(&["rollback", "--way", "G", "--yes", "production"])?.run()?;
    ensure!(unwound.code() != Some(0), "{}", unwound.transcript());
    ensure!(!story.is_frozen()?, "{}", unwound.transcript());
    assert_eq!(before, story.dump()?);
    Ok(())
}

/// A story whose database its owner may restore: what others have granted, only a superuser grants in their names.
async fn restorable(name: &str) -> Result<Story> {
    let story = story(name).await?;
    let other = format!("\"{}\"", story.other.replace('"', "\"\""));
    let revoke = format!("REVOKE ALL ON notes FROM {other}; REVOKE ALL (body) ON notes FROM {other}");
    story.project.database.psql_as(&story.app, &revoke)?;
    story.project.query(&format!("ALTER ROLE \"{}\" CREATEDB", story.project.database.owner()))?;
    Ok(story)
}

/// Databases that a restore has put aside.
fn forget_others(project: &Project) -> Result<()> {
    let name = project.database.name();
    let others = project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_'"))?;
    others.lines().try_for_each(|other| project.query(&format!("DROP DATABASE {other} WITH (FORCE)")).map(drop))
}

/// A backup from before the freeze, in the place of the frozen database: nobody writes until the thaw.
#[tokio::test]
async fn what_takes_its_place_is_frozen_too() -> Result<()> {
    let story = restorable("freeze_restore").await?;
    let project = &story.project;
    let before = story.dump()?;
    project.run(&["backup", "take"], 0)?;
    project.query("INSERT INTO notes (body) VALUES ('since')")?;
    project.run(&[&SHORT[..], &["--because", "an incident"]].concat(), 0)?;
    let restored = project.run(&["restore", "latest", "--yes", "production"], 0)?;
    let said = format!("{}{}", restored.stdout, restored.stderr);
    ensure!(said.contains("frozen as well"), "{}", restored.transcript());
    assert_eq!(project.query("SELECT count(*) FROM notes")?, "2", "it is the restored one");
    let doctor = project.json(&["doctor"], 0)?;
    ensure!(doctor.to_string().contains("freeze.frozen") && doctor.to_string().contains("an incident"), "{doctor:#}");
    for (role, sql) in [
        (project.database.owner(), "INSERT INTO plain VALUES (2)"),
        (story.app.as_str(), "INSERT INTO notes (body) VALUES ('x')"),
        (story.reader.as_str(), "TRUNCATE plain"),
    ] {
        story.is_denied(role, sql)?;
    }
    project.run(&["thaw"], 0)?;
    assert_eq!(before, story.dump()?);
    ensure!(story.tried(&story.app, "UPDATE notes SET body = 'c'")?.status.success(), "rights did not come back");
    // And the same back again: the one that was kept is as frozen as it was, and one that was not is by then.
    project.run(&["restore", "--back", "--yes", "production"], 0)?;
    ensure!(story.is_frozen()?, "the former one was frozen when it was replaced");
    project.run(&["thaw"], 0)?;
    project.run(&SHORT, 0)?;
    project.run(&["restore", "--back", "--yes", "production"], 0)?;
    ensure!(story.is_frozen()?, "what takes the place of a frozen one is open");
    project.run(&["thaw"], 0)?;
    assert_eq!(before, story.dump()?);
    forget_others(project)
}

/// With what was written between the backup and the freeze.
#[tokio::test]
async fn what_takes_its_place_with_all_since_is_frozen_too() -> Result<()> {
    let story = restorable("freeze_replay").await?;
    let project = &story.project;
    project.run(&["capture", "on"], 0)?;
    project.run(&["backup", "take"], 0)?;
    project.query("INSERT INTO notes (body) VALUES ('since'); UPDATE notes SET body = 'b2' WHERE id = 2")?;
    let (before, rows) = (story.dump()?, project.database.sorted_copy("notes")?);
    project.run(&SHORT, 0)?;
    project.run(&["restore", "latest", "--replay", "--yes", "production"], 0)?;
    assert_eq!(project.query("SELECT count(*) FROM pg_database WHERE datname ~ 'freeze_replay.*_replaced_'")?, "1");
    ensure!(story.is_frozen()?);
    story.is_denied(project.database.owner(), "INSERT INTO plain VALUES (2)")?;
    project.run(&["thaw"], 0)?;
    assert_eq!(before, story.dump()?);
    assert_eq!(rows, project.database.sorted_copy("notes")?);
    forget_others(project)
}
