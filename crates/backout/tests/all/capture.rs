//! Changes that are captured: restores that lose nothing, whatever was written and by whom, and what says so when they
//! would.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, connect};

use crate::backups::failpoints;
use crate::project::{PLAN, Project};

/// Tables of every way in which changes are captured, with what must not act when rows are put in.
const BEFORE: &str = r#"
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE "we""ird" ("se lect" int, "größe" uuid DEFAULT gen_random_uuid(), v text, PRIMARY KEY ("se lect", "größe"));
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, mood mood, at timestamptz DEFAULT '2026-01-01', twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, amount numeric(9, 2));
CREATE TABLE strict (id int PRIMARY KEY, order_id bigint REFERENCES orders ON DELETE RESTRICT ON UPDATE CASCADE);
COMMENT ON CONSTRAINT strict_order_id_fkey ON strict IS 'strict';
CREATE TABLE log (at timestamptz, said text, n numeric, double int GENERATED ALWAYS AS (length(said) * 2) STORED);
CREATE TABLE moods (all_of_them mood[], note text);
CREATE TABLE parts (id int, day date, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE heir (extra text) INHERITS (log);
CREATE TABLE emptied (id int PRIMARY KEY, v text);
CREATE TABLE counted (id int PRIMARY KEY, changes int NOT NULL DEFAULT 0, UNIQUE (id, changes) DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changes := NEW.changes + 1; RETURN NEW; END $$;
CREATE TRIGGER count_it BEFORE INSERT OR UPDATE ON counted FOR EACH ROW EXECUTE FUNCTION count_it();
CREATE RULE silent AS ON DELETE TO counted WHERE OLD.id = 3 DO INSTEAD NOTHING;
INSERT INTO "we""ird" ("se lect", v) SELECT i, 'v' || i FROM generate_series(1, 300) i;
INSERT INTO users (id, email, mood) SELECT i, 'u' || i, 'good' FROM generate_series(1, 1000) i;
INSERT INTO orders (user_id, amount) SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO strict SELECT i, i FROM generate_series(1, 100) i;
INSERT INTO log SELECT '2026-01-01'::timestamptz + i * interval '1 h', 'said ' || i % 7, i FROM generate_series(1, 200) i, generate_series(1, 2);
INSERT INTO moods SELECT ARRAY['good', 'bad']::mood[], 'n' || i % 3 FROM generate_series(1, 20) i;
INSERT INTO parts SELECT i, '2026-01-01'::date + i % 50, 'p' || i FROM generate_series(1, 400) i;
INSERT INTO heir (at, said, n, extra) SELECT '2026-01-01', 'h', i, 'x' FROM generate_series(1, 10) i;
INSERT INTO emptied SELECT i, 'e' FROM generate_series(1, 50) i;
INSERT INTO counted SELECT i FROM generate_series(1, 50) i;
"#;

/// Everything that happens after the backup, in an order that a replay of single changes would have trouble with.
const SINCE: &str = r#"
UPDATE users SET email = 'tmp' WHERE id = 1; UPDATE users SET email = 'u1' WHERE id = 2; UPDATE users SET email = 'u2' WHERE id = 1;
DELETE FROM strict WHERE id <= 10; DELETE FROM users WHERE id <= 5;
INSERT INTO users (id, email, mood) VALUES (1, 'again', 'bad'), (5000, 'new', NULL);
UPDATE users SET id = 6000 WHERE id = 900 AND NOT EXISTS (SELECT FROM orders WHERE user_id = 900);
UPDATE orders SET user_id = 5000 WHERE id BETWEEN 20 AND 30;
INSERT INTO orders (user_id, amount) SELECT 5000, i FROM generate_series(1, 30) i;
UPDATE "we""ird" SET "se lect" = "se lect" + 1000 WHERE "se lect" <= 20; DELETE FROM "we""ird" WHERE "se lect" = 21;
SET DateStyle = 'SQL, DMY'; SET bytea_output = 'escape'; SET extra_float_digits = 0;
INSERT INTO log (at, said, n) SELECT '2026-05-01', E'tab\tnew\nline \\. \\N', 1.10 FROM generate_series(1, 3);
DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE said = 'said 3' LIMIT 5);
UPDATE log SET n = NULL WHERE said = 'said 4'; UPDATE log SET n = n WHERE said = 'said 5';
UPDATE moods SET all_of_them = all_of_them || 'good'::mood WHERE note = 'n1';
UPDATE parts SET day = day + 31 WHERE id <= 40 AND day < '2026-01-20'; DELETE FROM parts WHERE id = 50;
INSERT INTO parts SELECT 1000 + i, '2026-02-01', 'new' FROM generate_series(1, 10) i;
DELETE FROM heir WHERE n = 3; UPDATE log SET said = 'all' WHERE n = 7;
TRUNCATE emptied; INSERT INTO emptied VALUES (77, 'after');
UPDATE counted SET id = id WHERE id <= 20; DELETE FROM counted WHERE id IN (3, 4);
BEGIN; UPDATE users SET mood = 'bad'; SAVEPOINT s; DELETE FROM strict; ROLLBACK TO s; ROLLBACK;
BEGIN; SAVEPOINT s; UPDATE users SET mood = 'bad' WHERE id = 500; RELEASE s; COMMIT;
"#;

const TABLES: [&str; 11] =
    ["\"we\"\"ird\"", "users", "orders", "strict", "log", "moods", "parts_a", "parts_b", "heir", "emptied", "counted"];

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    project.query(&format!("ALTER ROLE {} CREATEDB REPLICATION", project.database.owner()))?;
    Ok(project)
}

/// Schema and rows, as `pg_dump` and sorted COPY see them; and where sequences stand.
fn see(project: &Project, tables: &[&str]) -> Result<(String, Vec<Vec<String>>, String)> {
    let rows = tables.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<_>>()?;
    let sequences = project.query(
        "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname !~ '^backout' ORDER BY 1, 2",
    )?;
    Ok((without_numbers(&project.dump()?), rows, sequences))
}

/// Functions of triggers have numbers, in the order in which they were made.
fn without_numbers(dump: &str) -> String {
    let mut parts = dump.split("EXECUTE FUNCTION backout_capture.s");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "EXECUTE FUNCTION s" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Tests that leave databases beside their own would fill the server that all of them share.
fn clean(project: &Project) -> Result<()> {
    let name = project.database.name();
    // A database that has one cannot be dropped, and the server has so many.
    project.query(&format!(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database ~ '^{name}_re'"
    ))?;
    for other in project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_re'"))?.lines() {
        project.query(&format!("DROP DATABASE \"{other}\" WITH (FORCE)"))?;
    }
    Ok(())
}

async fn nothing_is_lost(name: &str, superuser: bool) -> Result<()> {
    for depth in ["keys", "images", "slot"] {
        let project = project(&format!("{name}_{depth}")).await?;
        if superuser {
            project.query(&format!("ALTER ROLE {} SUPERUSER", project.database.owner()))?;
        }
        project.database.run(BEFORE)?;
        project.run(&["migrate", "--yes", "production"], 0)?;
        let before = project.run(&["restore", "latest", "--replay", "--yes", "production"], 2)?.stderr;
        ensure!(before.contains("no backup"), "{before}");
        project.run(&["capture", "on", "--depth", depth], 0)?;
        let taken = project.json(&["backup", "take"], 0)?;
        let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
        project.database.run(SINCE)?;
        let now = see(&project, &TABLES)?;
        let status = project.run(&["capture"], 0)?.stdout;
        ensure!(
            status.contains("public.users") && status.contains(depth) && !status.contains("not captured"),
            "{status}"
        );
        let restored = project.json(&["restore", &id, "--replay", "--yes", "production"], 0)?;
        ensure!(restored["result"]["replayed"]["rows"].as_u64() > Some(100), "{restored}");
        let then = see(&project, &TABLES)?;
        ensure!(then.0 == now.0, "the schema: {}\n---\n{}", then.0, now.0);
        for (place, table) in TABLES.iter().enumerate() {
            let other = |a: &[String], b: &[String]| -> Vec<String> {
                a.iter().filter(|r| !b.contains(r)).take(5).cloned().collect()
            };
            let (a, b) = (&then.1[place], &now.1[place]);
            ensure!(a == b, "{depth}: rows of {table}: {:?}, and not {:?}", other(a, b), other(b, a));
        }
        ensure!(then.2 == now.2, "sequences: {} / {}", then.2, now.2);
        // And it goes on: the next backup of the restored database loses nothing either.
        let standing = project.json(&["capture"], 0)?;
        let captured = standing["result"]["captured"].as_array().context("captured")?.clone();
        ensure!(captured.iter().all(|one| one["trouble"].is_null()) && captured.len() == 12, "{captured:?}");
        let taken = project.json(&["backup", "take"], 0)?;
        let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
        project.database.run("DELETE FROM orders WHERE id > 1010; UPDATE counted SET id = 99 WHERE id = 1; INSERT INTO log (said) VALUES ('last');")?;
        let now = see(&project, &TABLES)?;
        project.run(&["restore", &id, "--replay", "--yes", "production"], 0)?;
        ensure!(see(&project, &TABLES)? == now, "{depth}: once more");
        project.run(&["capture", "off", "--yes", "production"], 0)?;
        ensure!(
            project.query("SELECT count(*) FROM pg_trigger WHERE tgname ~ 'backout_capture'")? == "0",
            "triggers stay"
        );
        clean(&project)?;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_lost_as_an_owner() -> Result<()> {
    nothing_is_lost("capture_owner", false).await
}

#[tokio::test]
async fn nothing_is_lost_as_a_superuser() -> Result<()> {
    nothing_is_lost("capture_super", true).await
}

/// What a writer knows of its rows.
#[derive(Debug, Default)]
struct Written {
    /// Whose COMMIT was answered.
    committed: Mutex<BTreeSet<(i64, i64)>>,
    reconnected: Mutex<u64>,
    stop: AtomicBool,
}

/// Writes without pause, and connects again when it is thrown out.
async fn write(settings: ConnectionSettings, writer: i64, written: Arc<Written>) -> Result<()> {
    let mut number = 0;
    while !written.stop.load(Ordering::Relaxed) {
        let Ok(session) = connect(&settings, &ConnectOptions::default()).await else {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            continue;
        };
        *written.reconnected.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        while !written.stop.load(Ordering::Relaxed) {
            number += 1;
            let sql = format!(
                "BEGIN; UPDATE balance SET amount = amount + 1 WHERE id = {}; UPDATE balance SET amount = amount - 1 WHERE id = {}; \
                 INSERT INTO journal VALUES ({writer}, {number}); COMMIT",
                number % 50,
                (number * 7 + writer) % 50
            );
            match session.batch(&sql).await {
                Ok(()) => {
                    written.committed.lock().unwrap_or_else(PoisonError::into_inner).insert((writer, number));
                }
                // Thrown out: whether it was committed nobody has told us.
                Err(error) if error.is_connection_lost() || error.has_code("57P01") => break,
                Err(error) if error.has_code("40P01") => session.batch("ROLLBACK").await?,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_lose_no_committed_row() -> Result<()> {
    writers_lose_nothing("keys").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_lose_no_committed_row_by_a_slot() -> Result<()> {
    writers_lose_nothing("slot").await
}

async fn writers_lose_nothing(depth: &str) -> Result<()> {
    let project = project(&format!("capture_busy_{depth}")).await?;
    project.database.run(
        "CREATE TABLE balance (id int PRIMARY KEY, amount bigint NOT NULL DEFAULT 0); INSERT INTO balance SELECT i FROM generate_series(0, 49) i;
         CREATE TABLE journal (writer bigint, number bigint, PRIMARY KEY (writer, number));",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let written = Arc::new(Written::default());
    let writers: Vec<_> =
        (0..4).map(|writer| tokio::spawn(write(project.database.settings(), writer, written.clone()))).collect();
    let work = || -> Result<String> {
        // While they write: capture begins, a backup is taken, restored, and takes the place of the live database.
        project.run(&["capture", "on", "--depth", depth], 0)?;
        project.run(&["backup", "take"], 0)?;
        let restored = project.json(&["restore", "latest", "--replay", "--yes", "production"], 0)?;
        Ok(restored["result"]["kept"].as_str().context("kept")?.to_owned())
    };
    let kept = tokio::task::block_in_place(work);
    // They must have come into the new one.
    let at_exchange = written.committed.lock().unwrap_or_else(PoisonError::into_inner).len();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while written.committed.lock().unwrap_or_else(PoisonError::into_inner).len() < at_exchange + 100 {
        ensure!(std::time::Instant::now() < deadline, "writers do not come back");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    written.stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await??;
    }
    let kept = kept?;
    let committed = written.committed.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let pair = |line: &str| -> Option<(i64, i64)> {
        let (writer, number) = line.split_once('|')?;
        Some((writer.parse().ok()?, number.parse().ok()?))
    };
    let there: BTreeSet<(i64, i64)> =
        project.query("SELECT writer || '|' || number FROM journal")?.lines().filter_map(pair).collect();
    let missing: Vec<_> = committed.difference(&there).take(5).collect();
    ensure!(missing.is_empty(), "of {} committed rows some are missing: {missing:?}", committed.len());
    ensure!(project.query("SELECT sum(amount) FROM balance")? == "0", "half a transaction is there");
    ensure!(*written.reconnected.lock().unwrap_or_else(PoisonError::into_inner) >= 8, "nobody was thrown out");
    let old = project.database.settings();
    let old = connect(&ConnectionSettings { dbname: Some(kept), ..old }, &ConnectOptions::default()).await?;
    let in_old = old.scalar("SELECT count(*) FROM journal").await?.context("a number")?;
    ensure!(in_old.parse::<usize>()? > 0 && in_old.parse::<usize>()? < there.len(), "{in_old} in the old one");
    old.close().await;
    clean(&project)
}

/// Killed anywhere in a replay or in the exchange after it: the live database is the old or the new one with every row,
/// and everybody can write.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_failpoint_of_a_replay() -> Result<()> {
    let project = project("capture_kill").await?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY, v text); INSERT INTO users SELECT i, 'v' FROM generate_series(1, 500) i;
         CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users); CREATE TABLE log (said text);",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["capture", "on", "--depth", "slot"], 0)?;
    project.run(&["backup", "take"], 0)?;
    let tables = ["users", "orders", "log"];
    let points = failpoints()?.into_iter().filter(|name| name.starts_with("replay.") || name.starts_with("swap."));
    let points: Vec<String> = points.collect();
    ensure!(points.len() >= 7, "{points:?}");
    for failpoint in points {
        project.database.run("INSERT INTO orders (user_id) SELECT id FROM users WHERE id % 100 = 0; DELETE FROM users WHERE id = (SELECT max(id) FROM users WHERE id % 100 <> 0);
            INSERT INTO log VALUES ('one'), ('one'); UPDATE users SET v = v || 'x' WHERE id < 9;")?;
        let now = see(&project, &tables)?;
        let restore = ["restore", "latest", "--replay", "--yes", "production"];
        let killed = project.command(&restore)?.run_to_failpoint(&failpoint)?;
        ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
        if failpoint == "swap.after" {
            let status = project.run(&["capture"], 0)?.stderr;
            ensure!(status.contains("1 foreign key not checked"), "{status}");
            let said = project.run(&["status"], 8)?.stdout;
            ensure!(said.contains("1 foreign key not checked since a restore"), "{said}");
            project.run(&["capture", "check"], 0)?;
        }
        ensure!(see(&project, &tables)? == now, "{failpoint}: rows are missing");
        // Whoever writes is not kept waiting by what the dead one held.
        project.database.run(
            "SET lock_timeout = '5s'; INSERT INTO log VALUES ('after'); UPDATE users SET v = 'after' WHERE id = 1;",
        )?;
        let now = see(&project, &tables)?;
        // What was exchanged captures anew, and the backup is of before that.
        if failpoint == "swap.after" {
            project.run(&restore, 3)?;
            project.run(&["backup", "take"], 0)?;
        }
        project.run(&restore, 0)?;
        ensure!(see(&project, &tables)? == now, "{failpoint}: restored afterwards");
        project.run(&["backup", "take"], 0)?;
        clean(&project)?;
    }
    Ok(())
}

/// The runbook's corruption by hand, found by its time or its transaction and taken back beside what others did since.
#[tokio::test]
async fn rows_are_given_their_values_back() -> Result<()> {
    let project = project("capture_rows").await?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, clerk_id text, note text, number int GENERATED ALWAYS AS IDENTITY, loud text GENERATED ALWAYS AS (upper(note)) STORED);
         INSERT INTO users (id, email, clerk_id, note) SELECT i, 'u' || i, 'c' || i, 'n' FROM generate_series(1, 1000) i;
         CREATE TABLE orders (\"Or der\" int, line date DEFAULT '2026-01-01', user_id int REFERENCES users ON DELETE CASCADE, PRIMARY KEY (\"Or der\", line));
         INSERT INTO orders SELECT i, '2026-01-01', i FROM generate_series(1, 100) i;
         CREATE TABLE log (said text); CREATE TABLE keyed (id int PRIMARY KEY, p point, v text);",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["rows", "log", "--table", "users"], 3)?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    let before = project.database.sorted_copy("users")?;

    // Nothing but the corruption: all of it comes back.
    project.database.run("UPDATE users SET clerk_id = NULL WHERE id <= 5")?;
    project.run(&["rows", "undo", "--table", "users"], 2)?;
    project.run(&["rows", "undo", "--table", "users", "--since", "yesterday"], 2)?;
    project.run(&["rows", "undo", "--table", "nobody", "--since", "1h"], 2)?;
    let said = project.run(&["rows", "undo", "--table", "users", "--since", "1h", "--dry-run"], 0)?.stdout;
    ensure!(said.contains("5 rows would get former values"), "{said}");
    ensure!(project.query("SELECT count(*) FROM users WHERE clerk_id IS NULL")? == "5", "a dry run changes nothing");
    project.run(&["rows", "undo", "--table", "users", "--since", "1h"], 3)?;
    project.run(&["rows", "undo", "--table", "users", "--since", "1h", "--yes", "production"], 0)?;
    ensure!(project.database.sorted_copy("users")? == before, "as it was");
    // What it did is a change as well, and can be taken back.
    let log = project.json(&["rows", "log", "--table", "users"], 0)?;
    let of = |place: usize| log["result"]["transactions"][place]["transaction"]["xid"].as_u64().map(|n| n.to_string());
    let (undo, corruption) = (of(0).context("two")?, of(1).context("two")?);
    project.run(&["rows", "undo", "--table", "users", "--txid", &undo, "--yes", "production"], 0)?;
    ensure!(project.query("SELECT count(*) FROM users WHERE clerk_id IS NULL")? == "5", "the undo is undone");
    project.run(&["rows", "undo", "--table", "users", "--txid", &corruption, "--yes", "production"], 0)?;
    ensure!(project.database.sorted_copy("users")? == before, "and once more");

    // Others go on: other columns, other rows, the same value, the same row gone, its key taken, rows that hang on it.
    project.database.run("BEGIN; SET DateStyle = 'SQL, DMY'; UPDATE users SET clerk_id = NULL WHERE id <= 6; DELETE FROM orders WHERE \"Or der\" <= 3;
        INSERT INTO users (id, email) VALUES (2001, 'x'), (2002, 'y'), (2003, 'z'); UPDATE users SET id = 3000 WHERE id = 777;
        UPDATE users SET note = 'between' WHERE id = 7; UPDATE users SET note = 'after' WHERE id = 7; UPDATE users SET note = note WHERE id = 8; COMMIT;")?;
    let log = project.json(&["rows", "log", "--table", "public.users", "--limit", "1"], 0)?;
    let corruption = log["result"]["transactions"][0]["transaction"]["xid"].as_u64().context("one")?.to_string();
    project.database.run("UPDATE users SET note = 'later' WHERE id IN (1, 2); UPDATE users SET clerk_id = 'newer' WHERE id = 3; DELETE FROM users WHERE id = 4;
        INSERT INTO orders VALUES (2, '2026-01-01', 9), (900, '2026-01-01', 2002); UPDATE users SET note = 'kept' WHERE id = 2003; UPDATE users SET email = 'u6b' WHERE id = 6;
        UPDATE users SET note = 'x' WHERE id = 3000; UPDATE users SET note = 'between' WHERE id = 7; DELETE FROM users WHERE id = 8;")?;
    let undo = ["rows", "undo", "--table", "users", "--table", "orders", "--txid", &corruption];
    let planned = project.json(&[&undo[..], &["--dry-run"]].concat(), 0)?;
    let done = project.json(&[&undo[..], &["--yes", "production"]].concat(), 0)?;
    let (users, orders) = (&done["result"]["tables"][0], &done["result"]["tables"][1]);
    ensure!(users["set"] == 5 && users["brought"] == 0 && users["removed"] == 1, "{users}");
    ensure!(orders["brought"] == 2 && orders["conflicts"] == 1, "{orders}");
    ensure!(planned["result"]["tables"][0]["set"] == 5, "{planned}");
    let conflicts: Vec<String> = users["listed"]
        .as_array()
        .context("listed")?
        .iter()
        .map(|row| format!("{} {}", row["key"].as_str().unwrap_or_default(), row["why"].as_str().unwrap_or_default()))
        .collect();
    let has = |key: &str, why: &str| conflicts.iter().any(|line| line.starts_with(key) && line.contains(why));
    ensure!(
        conflicts.len() == 5
            && has("3 ", "clerk_id")
            && has("4 ", "removed since")
            && has("7 ", "note")
            && has("2002 ", "refer")
            && has("2003 ", "changed since"),
        "{conflicts:?}"
    );
    let is = |sql: &str, expected: &str| -> Result<()> {
        let found = project.query(sql)?;
        ensure!(found == expected, "{sql}: {found}");
        Ok(())
    };
    is(
        "SELECT string_agg(id || coalesce(clerk_id, '-') || note, ' ' ORDER BY id) FROM users WHERE id <= 6",
        "1c1later 2c2later 3newern 5c5n 6c6n",
    )?;
    is("SELECT email FROM users WHERE id = 6", "u6b")?;
    is("SELECT note FROM users WHERE id = 7", "between")?;
    // A row that got another key has its own again, with what others did to it.
    is("SELECT id || note FROM users WHERE email = 'u777'", "777x")?;
    is("SELECT count(*) FROM users WHERE id = 2001", "0")?;
    is("SELECT user_id FROM orders WHERE \"Or der\" = 2", "9")?;
    is("SELECT count(*) FROM orders WHERE \"Or der\" IN (1, 3)", "2")?;

    // What nobody can take back says so.
    project.database.run("INSERT INTO log VALUES ('a'); TRUNCATE orders")?;
    ensure!(
        project
            .run(&["rows", "undo", "--table", "log", "--since", "1h", "--yes", "production"], 3)?
            .stderr
            .contains("without a key"),
        "no key"
    );
    ensure!(
        project
            .run(&["rows", "undo", "--table", "orders", "--since", "1h", "--yes", "production"], 3)?
            .stderr
            .contains("TRUNCATE"),
        "truncated"
    );
    project.database.run("ALTER TABLE users ADD COLUMN more int")?;
    ensure!(
        project.run(&["rows", "undo", "--table", "users", "--since", "1h", "--dry-run"], 3)?.stderr.contains("more"),
        "other columns"
    );
    ensure!(project.run(&["capture"], 0)?.stdout.contains("other columns"), "said by the status as well");
    let said = project.run(&["status"], 8)?.stdout;
    ensure!(
        said.contains("\ncaptured   ") && said.contains("what changes in public.users is not all captured"),
        "{said}"
    );
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    project.database.run("UPDATE users SET more = 1 WHERE id = 1; ALTER TABLE users DISABLE TRIGGER USER; UPDATE users SET more = 2 WHERE id = 2; ALTER TABLE users ENABLE TRIGGER USER")?;
    let refused = project.run(&["rows", "undo", "--table", "users", "--since", "1h", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("triggers"), "{refused}");
    Ok(())
}

/// A replay brings everything since the backup but for what one transaction did.
#[tokio::test]
async fn a_transaction_is_left_out_of_a_replay() -> Result<()> {
    let project = project("capture_left_out").await?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY, clerk_id text, note text); INSERT INTO users SELECT i, 'c' || i FROM generate_series(1, 100) i;
         CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users); INSERT INTO orders SELECT i, i FROM generate_series(1, 50) i;",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    let id = project.json(&["backup", "take"], 0)?["result"]["id"].as_str().context("no id")?.to_owned();
    project.database.run("BEGIN; UPDATE users SET clerk_id = NULL; DELETE FROM orders WHERE id <= 20; COMMIT")?;
    let log = project.json(&["rows", "log", "--table", "users", "--limit", "1"], 0)?;
    let corruption = log["result"]["transactions"][0]["transaction"]["xid"].as_u64().context("one")?.to_string();
    project.database.run("UPDATE users SET note = 'later' WHERE id = 3; INSERT INTO users VALUES (200, 'new', 'n'); INSERT INTO orders VALUES (200, 200)")?;
    let restore = |more: &[&str], code: i32| {
        let line =
            [&["restore", &id, "--replay", "--without-transaction"][..], more, &["--yes", "production"]].concat();
        project.run(&line, code)
    };
    let refused =
        project.run(&["restore", &id, "--without-transaction", &corruption, "--yes", "production"], 2)?.stderr;
    ensure!(refused.contains("--replay"), "{refused}");
    ensure!(restore(&["1"], 2)?.stderr.contains("nothing that 1 changed is captured"), "no such transaction");
    // Changed again by somebody: it cannot be left out whole, and nothing happens.
    project.database.run("UPDATE users SET clerk_id = 'own' WHERE id = 7")?;
    let refused = restore(&[&corruption], 3)?.stderr;
    ensure!(refused.contains("of public.users 1 row stays as it is: 7 ") && refused.contains("rows undo"), "{refused}");
    ensure!(
        project.query("SELECT count(*) FROM users WHERE clerk_id IS NULL")? == "99",
        "the live database is as it was"
    );
    project.database.run("UPDATE users SET clerk_id = NULL WHERE id = 7")?;
    let said = restore(&[&corruption], 0)?.transcript();
    ensure!(said.contains("replayed"), "{said}");
    let left = "SELECT count(*) FILTER (WHERE clerk_id = 'c' || id), count(*) FILTER (WHERE note = 'later'), count(*) FROM users";
    ensure!(project.query(left)? == "100|1|101", "{}", project.query(left)?);
    ensure!(project.query("SELECT count(*) FROM orders")? == "51", "what it deleted is there");
    clean(&project)
}
