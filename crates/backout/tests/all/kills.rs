//! Killed with SIGKILL at every failpoint and at random moments, on a busy database: the target is before, after, or
//! interrupted as the next command says, and nothing of ours is left behind.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use backout_postgres::session::Session;
use backout_testkit::{Pgbench, Run};

use crate::project::Project;

const OURS: &[&str] = &["backout", "backout_archive_*", "backout_undone_*", "elsewhere"];

const BEFORE: &str = "CREATE TABLE users (id int PRIMARY KEY, email text, visits int NOT NULL DEFAULT 0);
INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 200) n;
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, body text);
CREATE INDEX notes_by_user ON notes (user_id);
INSERT INTO notes SELECT n, 1 + n % 200, 'note ' || n FROM generate_series(1, 1000) n;
CREATE VIEW busy AS SELECT u.id, count(*) AS notes FROM users u JOIN notes n ON n.user_id = u.id GROUP BY u.id;
CREATE TABLE plans (id int PRIMARY KEY, name text);
INSERT INTO plans SELECT n, 'plan ' || n FROM generate_series(1, 50) n;
CREATE SCHEMA elsewhere;";

/// One transaction.
const ONE: &str = "DROP TABLE notes CASCADE;
UPDATE plans SET name = 'x' WHERE id > 20;
CREATE TABLE tags (id int PRIMARY KEY, user_id int REFERENCES users);
ALTER TABLE users ADD COLUMN nickname text;";

/// Two transactions and a statement outside of any.
const SEVERAL: &str = "BEGIN;
DROP TABLE notes CASCADE;
UPDATE plans SET name = 'x' WHERE id > 20;
COMMIT;
CREATE INDEX CONCURRENTLY users_by_email ON users (email);
BEGIN;
CREATE TABLE tags (id int PRIMARY KEY, user_id int REFERENCES users);
DELETE FROM plans WHERE id > 40;
COMMIT;";

const WRITES: &str = "\\sleep 10 ms\n\\set id random(1, 200)\nUPDATE users SET visits = visits + 1 WHERE id = :id;\n";

/// Every name in the source of what runs in migrate and undo.
fn failpoints() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../backout-postgres/src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            for part in std::fs::read_to_string(&path)?.split("failpoint!(\"").skip(1) {
                names.extend(part.split('"').next().map(str::to_owned));
            }
        }
    }
    // Freezes have a test of their own.
    names.retain(|name| !name.starts_with("freeze.") && !name.starts_with("thaw."));
    ensure!(names.len() > 10, "the list of failpoints cannot be right: {names:?}");
    Ok(names)
}

/// Another session that makes and changes tables of its own all the time, and pgbench on a kept table.
struct Busy {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Result<i64>>,
    bench: Pgbench,
}

impl Busy {
    async fn start(project: &Project) -> Result<Busy> {
        let bench = Pgbench::start(&project.database, WRITES, 2).await?;
        let session = project.database.client().await?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let mut made = 0;
            while !stopped.load(Ordering::Relaxed) {
                made += 1;
                session
                    .batch(&format!(
                        "CREATE TABLE elsewhere.t{made} (id int PRIMARY KEY); ALTER TABLE elsewhere.t{made} ADD COLUMN c text"
                    ))
                    .await?;
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            Ok(made)
        });
        Ok(Busy { stop, task, bench })
    }

    /// Ends both; their work must be there.
    async fn stop(self, project: &Project) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let made = self.task.await.context("the other session")??;
        let report = self.bench.stop()?;
        ensure!(report.transactions > 0, "pgbench wrote nothing: {:?}", report.messages);
        let there = project.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'elsewhere'")?;
        ensure!(there == made.to_string(), "the other session made {made} tables, and {there} are there");
        let columns = project.query(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'elsewhere' AND column_name = 'c'",
        )?;
        ensure!(columns == made.to_string(), "the other session added {made} columns, and {columns} are there");
        Ok(())
    }
}

/// What a scenario starts from, and what it must be at either end.
struct Scenario {
    project: Project,
    session: Session,
    before: String,
    after: String,
}

async fn scenario(name: &str, migration: &str) -> Result<Scenario> {
    let project = Project::new(name).await?;
    project.database.run(BEFORE)?;
    let before = project.database.dump_schema(OURS)?;
    project.write("migrations/1_change.sql", migration)?;
    project.run(&["init", "--dir", "migrations", "--yes", "production"], 0)?;
    migrate(&project)?.expect_code(0);
    let after = project.database.dump_schema(OURS)?;
    project.run(&["undo"], 0)?;
    ensure!(project.database.dump_schema(OURS)? == before, "the way back does not even work undisturbed");
    let session = project.database.client().await?;
    Ok(Scenario { project, session, before, after })
}

fn migrate(project: &Project) -> Result<Run> {
    project.command(&[])?.args(["migrate", "--without-certificate", "a test", "--without-backup", "a test"]).run()
}

fn without_triggers_of_ours(dump: &str) -> String {
    let ours = |line: &&str| line.contains("backout_rows_") || line.is_empty() || *line == "--";
    dump.lines().filter(|line| !ours(line)).collect::<Vec<_>>().join("\n")
}

impl Scenario {
    /// Sees that the state is one of the three, as `status` says, and finishes what was begun.
    async fn settle(&self, what: &str, forth: bool) -> Result<()> {
        let project = &self.project;
        self.nothing_is_held(what).await?;
        let status = project.command(&[])?.args(["status", "--json"]).run()?;
        let document: serde_json::Value = serde_json::from_str(&status.stdout).context(status.transcript())?;
        let state = document["result"]["last"]["state"].as_str().unwrap_or("none").to_owned();
        // Until the next command, a trigger of ours may still be there.
        let dump = without_triggers_of_ours(&project.database.dump_schema(OURS)?);
        let place = if dump == without_triggers_of_ours(&self.before) {
            "before"
        } else if dump == without_triggers_of_ours(&self.after) {
            "after"
        } else {
            "between"
        };
        // `last` is what undo would take: none of it where everything is undone.
        match (place, state.as_str()) {
            ("before", "none" | "undone" | "interrupted")
            | ("after", "applied" | "interrupted")
            | ("before" | "between", "undo_tail")
            | ("between", "interrupted") => {}
            // A key that is not validated yet shows in the dump; before or after hold but for that.
            _ => bail!("{what}: the database is {place}, and status says {state}\n{}", status.transcript()),
        }
        if forth {
            migrate(project)?.expect_code(0);
            ensure!(project.database.dump_schema(OURS)? == self.after, "{what}: migrating once more did not arrive");
        }
        let mut rounds = 0;
        while self.open().await? || project.database.dump_schema(OURS)? != self.before {
            project.run(&["undo"], 0)?;
            rounds += 1;
            ensure!(rounds < 4, "{what}: undo does not arrive");
        }
        let notes = self.session.scalar("SELECT count(*) || ' ' || min(body) FROM notes").await?;
        ensure!(notes.as_deref() == Some("1000 note 1"), "{what}: rows are missing: {notes:?}");
        let plans = self.session.scalar("SELECT count(*) FROM plans WHERE name = 'plan ' || id").await?;
        ensure!(plans.as_deref() == Some("50"), "{what}: rows did not come back: {plans:?}");
        Ok(())
    }

    async fn open(&self) -> Result<bool> {
        let open = "SELECT count(*) FROM backout.migration WHERE state IN ('applied', 'interrupted', 'undo_tail')";
        Ok(self.session.scalar(open).await?.as_deref() != Some("0"))
    }

    /// The server notices that the client is gone; then no lock and no session of ours is left.
    async fn nothing_is_held(&self, what: &str) -> Result<()> {
        let began = Instant::now();
        loop {
            let held = self
                .session
                .scalar("SELECT count(*) FROM pg_stat_activity a WHERE a.application_name LIKE 'backout%' AND a.datname = current_database()")
                .await?;
            if held.as_deref() == Some("0") {
                break;
            }
            ensure!(began.elapsed() < Duration::from_secs(30), "{what}: {held:?} sessions of ours are still there");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let locks = self.session.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").await?;
        ensure!(locks.as_deref() == Some("0"), "{what}: {locks:?} advisory locks are left");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_failpoint() -> Result<()> {
    let all = failpoints()?;
    let mut hit: BTreeSet<String> = BTreeSet::new();
    for (name, migration) in [("kill_one", ONE), ("kill_several", SEVERAL)] {
        let scenario = scenario(name, migration).await?;
        let busy = Busy::start(&scenario.project).await?;
        for failpoint in &all {
            let what = format!("{name} at {failpoint}");
            if failpoint.starts_with("migrate.") {
                let run = scenario
                    .project
                    .command(&[])?
                    .args(["migrate", "--without-certificate", "a test", "--without-backup", "a test"])
                    .run_to_failpoint(failpoint)?;
                if run.hit {
                    ensure!(run.run.was_killed(), "{what}: {}", run.run.transcript());
                    hit.insert(failpoint.clone());
                }
                scenario.settle(&what, true).await?;
            } else if failpoint.starts_with("undo.") {
                migrate(&scenario.project)?.expect_code(0);
                let run = scenario.project.command(&[])?.args(["undo"]).run_to_failpoint(failpoint)?;
                if run.hit {
                    ensure!(run.run.was_killed(), "{what}: {}", run.run.transcript());
                    hit.insert(failpoint.clone());
                }
                scenario.settle(&what, false).await?;
            }
        }
        busy.stop(&scenario.project).await?;
    }
    let missed: Vec<&String> = all.difference(&hit).collect();
    ensure!(missed.is_empty(), "failpoints that nothing came to: {missed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments() -> Result<()> {
    let scenario = scenario("kill_random", SEVERAL).await?;
    let busy = Busy::start(&scenario.project).await?;
    let began = Instant::now();
    migrate(&scenario.project)?.expect_code(0);
    let forth = began.elapsed();
    let began = Instant::now();
    scenario.project.run(&["undo"], 0)?;
    let back = began.elapsed();
    let mut seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos() as u64 | 1;
    for round in 0..20u32 {
        // Xorshift: other moments in each run; the one that fails is named.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let share = (seed >> 11) as f64 / (1u64 << 53) as f64;
        if round % 2 == 0 {
            let after = forth.mul_f64(share);
            scenario
                .project
                .command(&[])?
                .args(["migrate", "--without-certificate", "a test", "--without-backup", "a test"])
                .run_and_kill_after(after)?;
            scenario.settle(&format!("migrate killed after {after:?}"), true).await?;
        } else {
            migrate(&scenario.project)?.expect_code(0);
            let after = back.mul_f64(share);
            scenario.project.command(&[])?.args(["undo"]).run_and_kill_after(after)?;
            scenario.settle(&format!("undo killed after {after:?}"), false).await?;
        }
    }
    busy.stop(&scenario.project).await
}

/// The server does not go on working, and holding locks, for a process that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn locks_end_with_the_process() -> Result<()> {
    let project = Project::new("kill_locks").await?;
    project.write("backout.toml", crate::project::PLAN)?;
    project.database.run("CREATE TABLE users (id int); CREATE TABLE held (id int)")?;
    // A file may set what the session needs.
    project.write(
        "migrations/1_long.sql",
        "SET client_connection_check_interval = 0;\nALTER TABLE held ADD COLUMN c int;\nSELECT pg_sleep(60);\n",
    )?;
    let session = project.database.client().await?;
    let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let mut child = project.command(&["migrate", "--yes", "production"])?.start()?;
    let began = Instant::now();
    while session.scalar(sleeps).await?.as_deref() != Some("1") {
        ensure!(began.elapsed() < Duration::from_secs(60), "the migration never came to its long statement");
        ensure!(child.is_running()?, "it ended: {}", child.end()?.transcript());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let taken = session.batch("SET lock_timeout = '100ms'; SELECT * FROM held").await;
    ensure!(taken.is_err(), "the migration holds no lock");
    ensure!(child.kill()?.was_killed());
    let began = Instant::now();
    session.batch("SET lock_timeout = '20s'; SELECT * FROM held").await?;
    ensure!(began.elapsed() < Duration::from_secs(3), "the lock was held for {:?} more", began.elapsed());
    Ok(())
}
