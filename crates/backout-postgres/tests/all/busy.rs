//! Migrating and undoing while an application writes and another session changes the schema elsewhere: no write is lost, no
//! client sees an error, and what the other session did is still there after the undo.

use crate::harness::{Bench, OURS, mode, rules, same, undo_rules};
use anyhow::{Context, Result, ensure};
use backout_postgres::migrate::{self, Event, Mode, Report, Rules};
use backout_postgres::{store, undo};
use backout_schema::TableLock;
use backout_testkit::Pgbench;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const BASE: &str = "
CREATE TABLE users (id int PRIMARY KEY, name text, visits int NOT NULL DEFAULT 0, legacy text);
CREATE TABLE usage (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users, at timestamptz DEFAULT now());
CREATE TABLE alerts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users, message text);
CREATE TABLE meetings (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, title text);
CREATE INDEX meetings_user ON meetings (user_id);
CREATE VIEW agenda AS SELECT m.title, u.name FROM meetings m JOIN users u ON u.id = m.user_id;
CREATE TABLE elsewhere (id int PRIMARY KEY, v text);
CREATE TABLE doomed (id int PRIMARY KEY);
INSERT INTO users SELECT i, 'n' || i, 0, 'l' || i FROM generate_series(1, 200) i;
INSERT INTO meetings SELECT i, 1 + i % 200, 't' || i FROM generate_series(1, 1000) i;
";

const UP: &str = "
DROP TABLE meetings CASCADE;
CREATE TABLE meetings (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id int REFERENCES users, body jsonb);
CREATE INDEX meetings_user ON meetings (user_id);
ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free';
ALTER TABLE usage ADD COLUMN tokens int;
CREATE INDEX usage_at ON usage (at);
ALTER TABLE alerts RENAME COLUMN message TO text;
ALTER TABLE alerts RENAME COLUMN text TO message;
";

/// The tables in the order of the keys, and against it: the release takes them the other way.
const CLIENT: &str = "
\\set u random(1, 200)
BEGIN;
INSERT INTO usage (user_id) VALUES (:u);
INSERT INTO alerts (user_id, message) VALUES (:u, 'm');
UPDATE users SET visits = visits + 1 WHERE id = :u;
COMMIT;
";

const ROUNDS: usize = 5;

/// With pauses as an application has them, and without.
const PAUSE: &str = "\\sleep 10 ms\n";

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_and_no_client_fails() -> Result<()> {
    under_load(&format!("{CLIENT}{PAUSE}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn even_without_a_pause() -> Result<()> {
    under_load(CLIENT).await
}

async fn under_load(client: &str) -> Result<()> {
    let bench = Bench::new("busy", BASE).await?;
    let schema = bench.dump()?;
    let meetings = bench.db.sorted_copy("meetings")?;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    // The locks that a rehearsal sees.
    let clone = Bench::new("busy_clone", BASE).await?;
    let rehearsed = clone.migrate("m", UP).await?;
    let seen: Vec<TableLock> = rehearsed.statements.iter().flat_map(|s| s.locks.clone()).collect();
    let load = Pgbench::start(&bench.db, client, 4).await?;
    let plan = Rules { lock_timeout: Duration::from_millis(300), lock_retries: 20, ..rules() };
    let mut locks = Vec::new();
    for round in 0..ROUNDS {
        let live = Mode { learn: false, tolerate_loss: false, locks: &seen, ..mode() };
        let report = bench
            .migrate_with(&format!("m{round}"), UP, &plan, live)
            .await
            .map_err(|e| anyhow::anyhow!("round {round}: {e} {:?}", e.database_error().map(ToString::to_string)))?;
        ensure!(report.verdicts.is_empty(), "round {round}: {:?}", report.verdicts);
        bench.db.run("INSERT INTO meetings (user_id) VALUES (1);")?;
        let undone = bench.undo().await.with_context(|| format!("round {round}"))?;
        locks
            .push(format!("{:.0}/{:.0} ms in {}/{}", report.lock_ms, undone.lock_ms, report.attempts, undone.attempts));
        same("back: not what it was", &schema, &bench.dump()?)?;
        ensure!(bench.db.sorted_copy("meetings")? == meetings, "round {round}: the dropped rows differ");
    }
    let report = load.stop()?;
    println!("locks of migrate/undo (attempts): {}; {:.0} tps", locks.join(", "), report.tps);
    ensure!(!report.messages.contains("ERROR") && !report.messages.contains("aborted"), "{}", report.messages);
    let eyes = bench.db.superuser().await?;
    let count = |table: &str| format!("SELECT count(*) FROM {table}");
    for table in ["usage", "alerts"] {
        let rows = eyes.scalar(&count(table)).await?;
        ensure!(
            rows == Some(report.transactions.to_string()),
            "{table}: {rows:?} rows, {} written",
            report.transactions
        );
    }
    let visits = eyes.scalar("SELECT sum(visits) FROM users").await?;
    ensure!(visits == Some(report.transactions.to_string()), "{visits:?} visits, {} written", report.transactions);
    ensure!(report.transactions > 100, "only {} transactions: the load was no load", report.transactions);
    ensure!(eyes.scalar(deadlocks).await?.as_deref() == Some("0"), "a deadlock was left to the server to break");
    Ok(())
}

/// What the other session does, all over its own schema and on a table that the migration leaves alone.
const DDL: &str = "
CREATE SCHEMA theirs;
CREATE TABLE theirs.t (id serial PRIMARY KEY, v text CHECK (v <> ''));
CREATE INDEX t_v ON theirs.t (v);
CREATE VIEW theirs.seen AS SELECT id FROM theirs.t;
CREATE FUNCTION theirs.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE theirs.mood AS ENUM ('a');
ALTER TABLE elsewhere ADD COLUMN w int DEFAULT 3;
ALTER TABLE elsewhere ALTER COLUMN v SET NOT NULL;
COMMENT ON TABLE elsewhere IS 'changed meanwhile';
CREATE INDEX elsewhere_w ON elsewhere (w);
DROP TABLE doomed;
";

/// Runs a migration and, when it comes to the statement with this text, the other session's DDL.
async fn with_ddl_at(
    bench: &Bench<'_>,
    sql: &str,
    text: &'static str,
    ddl: &'static str,
    plan: &Rules,
) -> Result<Report> {
    let other = bench.db.client().await?;
    let (go, gone) = oneshot::channel::<()>();
    let worker = tokio::spawn(async move {
        gone.await.context("the migration never came to that statement")?;
        other.batch(&format!("BEGIN; {ddl} COMMIT")).await?;
        other.close().await;
        anyhow::Ok(())
    });
    let go = Mutex::new(Some(go));
    let watch = |event: Event| {
        let reached = match &event {
            Event::Statement { text: statement, .. } => statement.contains(text),
            Event::Retry { .. } => text == "retry",
            _ => false,
        };
        if reached && let Some(go) = go.lock().ok().and_then(|mut go| go.take()) {
            // Nobody listens any more only where the worker has failed, and it says so itself.
            let _ = go.send(());
        }
    };
    let live = Mode { learn: false, ..mode() };
    let outcome =
        migrate::migrate(&bench.session, &bench.witness, &crate::harness::job("m", sql)?, plan, live, &watch).await;
    drop(go.into_inner());
    let report = outcome.map_err(|e| anyhow::anyhow!("{e} {:?}", e.database_error().map(ToString::to_string)))?;
    worker.await??;
    Ok(report)
}

/// After the undo: everything as before, but for what the other session did.
async fn only_theirs_is_left(bench: &Bench<'_>, expected: &str) -> Result<()> {
    let records = store::records(&bench.session).await?;
    let inverse = store::inverse(&bench.session, records[0].number).await?.context("no inverse")?;
    for (catalog, ids) in
        [(&inverse.after, &inverse.added), (&inverse.before, &inverse.removed), (&inverse.before, &inverse.changed)]
    {
        for id in ids {
            let identity = catalog.identity(*id);
            for theirs in ["theirs", "elsewhere", "doomed"] {
                ensure!(!identity.contains(theirs), "the inverse holds {identity}");
            }
        }
    }
    bench.undo().await?;
    same("after the undo", expected, &bench.dump()?)
}

/// The state that is to be there in the end: the base with the other session's DDL, and no migration.
async fn expected(ddl: &str) -> Result<(String, String)> {
    let bench = Bench::new("busy_twin", BASE).await?;
    bench.db.run(ddl)?;
    Ok((bench.db.dump_schema(OURS)?, bench.db.owner().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn ddl_of_another_session_stays() -> Result<()> {
    let (dump, owner) = expected(DDL).await?;
    // Goes on when the other session has committed; reads what is committed, and waits for no lock.
    let pause = "DO $$ BEGIN FOR i IN 1..1000 LOOP EXIT WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = 'theirs'); PERFORM pg_sleep(0.01); END LOOP; END $$;";
    let up = format!("DROP TABLE meetings CASCADE;\n{pause}\nALTER TABLE users ADD COLUMN plan text;");
    for (place, sql) in [
        ("in the middle", up.clone()),
        ("in the second transaction", format!("BEGIN; CREATE TABLE n (id int); COMMIT; BEGIN; {up} COMMIT;")),
    ] {
        let bench = Bench::new("busy_ddl", BASE).await?;
        let report = with_ddl_at(&bench, &sql, "pg_sleep", DDL, &rules()).await.context(place)?;
        ensure!(report.attempts == 1, "{place}: {} attempts", report.attempts);
        let expected = dump.replace(&owner, bench.db.owner());
        only_theirs_is_left(&bench, &expected).await.context(place)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ddl_between_two_attempts_stays() -> Result<()> {
    let (dump, owner) = expected(DDL).await?;
    let bench = Bench::new("busy_retry", BASE).await?;
    let holder = bench.db.client().await?;
    holder.batch("BEGIN; LOCK TABLE users IN ACCESS SHARE MODE").await?;
    let release = async {
        let eyes = bench.db.superuser().await?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while eyes.scalar("SELECT to_regclass('doomed')").await?.is_some() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        holder.batch("COMMIT").await?;
        anyhow::Ok(())
    };
    let plan = Rules { lock_timeout: Duration::from_millis(100), ..rules() };
    let (report, released) = tokio::join!(
        with_ddl_at(
            &bench,
            "DROP TABLE meetings CASCADE; ALTER TABLE users ADD COLUMN plan text;",
            "retry",
            DDL,
            &plan
        ),
        release
    );
    released?;
    ensure!(report?.attempts > 1, "it did not have to try again");
    only_theirs_is_left(&bench, &dump.replace(&owner, bench.db.owner())).await
}

/// A later transaction of a file that must try again finds the archive of the earlier ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_transaction_tries_again() -> Result<()> {
    let before = "CREATE TABLE one (id int PRIMARY KEY, gone text); CREATE TABLE two (id int PRIMARY KEY, gone text); \
         INSERT INTO one VALUES (1, 'a'); INSERT INTO two VALUES (2, 'b');";
    let bench = Bench::new("busy_second", before).await?;
    let (schema, one, two) = (bench.dump()?, bench.db.sorted_copy("one")?, bench.db.sorted_copy("two")?);
    let blocker = bench.db.client().await?;
    blocker.batch("BEGIN; LOCK TABLE two IN SHARE MODE").await?;
    let (go, gone) = oneshot::channel::<()>();
    let release = tokio::spawn(async move {
        gone.await.context("nobody was in the way")?;
        blocker.batch("COMMIT").await?;
        anyhow::Ok(())
    });
    let go = Mutex::new(Some(go));
    let watch = |event: Event| {
        if matches!(event, Event::Retry { .. })
            && let Some(go) = go.lock().ok().and_then(|mut go| go.take())
        {
            let _ = go.send(());
        }
    };
    let sql = "BEGIN; ALTER TABLE one DROP COLUMN gone; COMMIT; BEGIN; ALTER TABLE two DROP COLUMN gone; COMMIT;";
    let job = crate::harness::job("m", sql)?;
    migrate::migrate(&bench.session, &bench.witness, &job, &rules(), mode(), &watch).await?;
    drop(go.into_inner());
    release.await??;
    bench.undo().await?;
    same("the schema", &schema, &bench.dump()?)?;
    ensure!(one == bench.db.sorted_copy("one")? && two == bench.db.sorted_copy("two")?, "rows differ");
    Ok(())
}

/// Who waits for a lock hears of which table, and who holds it.
#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_lock_is_named() -> Result<()> {
    let before = "CREATE TABLE one (id int PRIMARY KEY, gone text); INSERT INTO one VALUES (1, 'a');";
    let bench = Bench::new("busy_named", before).await?;
    bench.migrate("m", "ALTER TABLE one DROP COLUMN gone;").await?;
    let blocker = bench.db.client().await?;
    blocker.batch("SET application_name = 'the holder'").await?;
    blocker.batch("BEGIN; LOCK TABLE one IN SHARE MODE").await?;
    let (go, gone) = oneshot::channel::<()>();
    let release = tokio::spawn(async move {
        gone.await.context("nobody was in the way")?;
        blocker.batch("COMMIT").await?;
        anyhow::Ok(())
    });
    let (go, said) = (Mutex::new(Some(go)), Mutex::new(Vec::new()));
    let watch = |event: Event| {
        let Event::Retry { blocked_by, .. } = event else { return };
        if let Ok(mut said) = said.lock() {
            said.extend(blocked_by);
        }
        if let Some(go) = go.lock().ok().and_then(|mut go| go.take()) {
            let _ = go.send(());
        }
    };
    let record = store::records(&bench.session).await?.pop().context("it is not in the history")?;
    undo::undo(&bench.session, &record, &undo_rules(), &watch).await?;
    drop(go.into_inner());
    release.await??;
    let said: Vec<String> = said.into_inner().unwrap_or_default();
    let first = said.first().context("nothing was in the way")?;
    ensure!(first.starts_with("table public.one (held by process "), "{first}");
    ensure!(first.ends_with(" of the holder, idle in transaction)"), "{first}");
    Ok(())
}

/// What is resumed leaves the archive of the transactions before alone, also if it keeps nothing itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_migration_keeps_the_archive_of_before() -> Result<()> {
    let before = "CREATE TABLE one (id int PRIMARY KEY, gone text); INSERT INTO one VALUES (1, 'a');";
    let bench = Bench::new("busy_resumed", before).await?;
    let rows = bench.db.sorted_copy("one")?;
    let sql = "BEGIN; ALTER TABLE one DROP COLUMN gone; COMMIT; BEGIN; ALTER TABLE late ADD w int; COMMIT;";
    ensure!(bench.migrate("m", sql).await.is_err(), "there is no such table");
    bench.db.run("CREATE TABLE late (id int)")?;
    let job = crate::harness::job("m", sql)?;
    let record = store::records(&bench.session).await?.pop().context("it is not in the history")?;
    migrate::resume(&bench.session, &bench.witness, &job, &record, &rules(), mode(), &|_: Event| {}).await?;
    bench.undo().await?;
    ensure!(rows == bench.db.sorted_copy("one")?, "rows differ");
    Ok(())
}
