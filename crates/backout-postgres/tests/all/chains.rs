//! Several migrations, undone one after another: each way back finds what the ones after it recreated.

use crate::harness::{Bench, same};
use anyhow::{Context, Result};
use backout_postgres::{archive, store};
use std::time::Duration;

struct Chain {
    name: &'static str,
    before: &'static str,
    ups: &'static [&'static str],
    tables: &'static [&'static str],
}

const CHAINS: &[Chain] = &[
    Chain {
        name: "columns_of_one_table",
        before: "CREATE TABLE t (a int, b text, c int PRIMARY KEY, d text, e int UNIQUE, f text);
                 CREATE INDEX t_f ON t (f); CREATE VIEW v AS SELECT c, e FROM t; CREATE TABLE u (t int REFERENCES t, x int);
                 INSERT INTO t SELECT i, 'b' || i, i, 'd' || i, i, 'f' || i FROM generate_series(1, 20) i; INSERT INTO u SELECT i, i FROM generate_series(1, 20) i;",
        ups: &[
            "ALTER TABLE t DROP COLUMN b;",
            "ALTER TABLE t DROP COLUMN d; ALTER TABLE t ADD COLUMN g int DEFAULT 5;",
            "ALTER TABLE t DROP COLUMN a; ALTER INDEX t_f RENAME TO t_ff; ALTER TABLE u RENAME TO uu;",
            "ALTER TABLE t DROP COLUMN g, ADD COLUMN h text; DROP TABLE uu; DROP VIEW v;",
        ],
        tables: &["t"],
    },
    Chain {
        name: "keys_and_tables_that_come_and_go",
        before: "CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, w text UNIQUE);
                 INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, 50) i; INSERT INTO b SELECT i, i, 'w' || i FROM generate_series(1, 50) i;
                 CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM b;",
        ups: &[
            "CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b); INSERT INTO c SELECT i, i FROM generate_series(1, 50) i; ALTER TABLE b ADD CHECK (id > 0);",
            "ALTER TABLE c DROP CONSTRAINT c_b_fkey; ALTER TABLE b DROP CONSTRAINT b_id_check; ALTER TABLE b RENAME TO bb; ALTER TABLE bb DROP CONSTRAINT b_a_fkey;",
            "DROP TABLE a; ALTER TABLE c ALTER id TYPE bigint; CREATE INDEX c_b ON c (b);",
            "DROP TABLE c; DROP MATERIALIZED VIEW m; CREATE TABLE c (other text); INSERT INTO c VALUES ('new');",
            "CREATE VIEW v AS SELECT other FROM c; ALTER TABLE bb DROP COLUMN w;",
        ],
        tables: &["a", "b"],
    },
    Chain {
        name: "values_and_columns",
        before: "CREATE TYPE hue AS ENUM ('red', 'blue'); CREATE TABLE t (a int, hue hue, id int PRIMARY KEY, n int);
                 INSERT INTO t SELECT i, CASE WHEN i % 2 = 0 THEN 'red'::hue ELSE 'blue' END, i, i FROM generate_series(1, 20) i;",
        ups: &[
            "UPDATE t SET n = n + 1 WHERE id < 5; ALTER TABLE t ALTER n TYPE text;",
            "ALTER TABLE t DROP COLUMN a; UPDATE t SET n = n || '!';",
            "DELETE FROM t WHERE id > 15; ALTER TABLE t RENAME TO tt;",
            "ALTER TABLE tt DROP COLUMN hue; ALTER TABLE tt ADD CHECK (id > 0);",
        ],
        tables: &["t"],
    },
    Chain {
        name: "types_that_older_archives_are_made_of",
        before: "CREATE TYPE hue AS ENUM ('red', 'blue'); CREATE TYPE kind AS ENUM ('a', 'b'); CREATE DOMAIN size AS int CHECK (VALUE > 0);
                 CREATE TABLE t (id int PRIMARY KEY, hue hue, other hue, kind kind, size size);
                 INSERT INTO t SELECT i, 'red', 'blue', 'b', i FROM generate_series(1, 20) i;",
        ups: &[
            "ALTER TABLE t DROP COLUMN hue, DROP COLUMN kind, DROP COLUMN size;",
            "ALTER TABLE t ALTER other TYPE text;",
            "DROP TYPE hue; DROP TYPE kind CASCADE; DROP DOMAIN size RESTRICT;",
            "CREATE TYPE hue AS ENUM ('green'); ALTER TABLE t ADD COLUMN hue hue;",
        ],
        tables: &["t"],
    },
];

#[test]
fn one_after_another() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let only = std::env::var("CASE").ok();
    let mut run = 0;
    for chain in CHAINS.iter().filter(|c| only.as_ref().is_none_or(|o| c.name.contains(o.as_str()))) {
        run += 1;
        runtime.block_on(back_and_forth(chain)).with_context(|| chain.name)?;
    }
    assert!(run > 0, "no case is called that");
    Ok(())
}

async fn back_and_forth(chain: &Chain) -> Result<()> {
    let bench = Bench::new(&format!("chain_{}", chain.name), chain.before).await?;
    let rows = || -> Result<Vec<Vec<String>>> { chain.tables.iter().map(|t| bench.db.sorted_copy(t)).collect() };
    let first_rows = rows()?;
    for round in 0..2 {
        let mut dumps = Vec::new();
        for (place, up) in chain.ups.iter().enumerate() {
            dumps.push(bench.dump()?);
            bench.migrate(&format!("m{round}_{place}"), up).await.with_context(|| format!("round {round}: {up}"))?;
        }
        while let Some(dump) = dumps.pop() {
            let place = dumps.len();
            bench.undo().await.with_context(|| format!("round {round}: undo of {}", chain.ups[place]))?;
            same(&format!("round {round}, back before {}", chain.ups[place]), &dump, &bench.dump()?)?;
        }
        anyhow::ensure!(rows()? == first_rows, "round {round}: the rows are others");
    }
    Ok(())
}

/// All of them back in one transaction, and forth and back once more.
#[test]
fn all_at_once() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for chain in CHAINS {
        runtime.block_on(back_at_once(chain)).with_context(|| chain.name)?;
    }
    Ok(())
}

async fn back_at_once(chain: &Chain) -> Result<()> {
    let bench = Bench::new(&format!("at_once_{}", chain.name), chain.before).await?;
    let rows = || -> Result<Vec<Vec<String>>> { chain.tables.iter().map(|t| bench.db.sorted_copy(t)).collect() };
    let (dump, first_rows) = (bench.dump()?, rows()?);
    for round in 0..2 {
        for (place, up) in chain.ups.iter().enumerate() {
            bench.migrate(&format!("m{round}_{place}"), up).await.with_context(|| format!("round {round}: {up}"))?;
        }
        let reports = bench.undo_last(chain.ups.len()).await.with_context(|| format!("round {round}"))?;
        // A materialized view is filled after the COMMIT, and what is older may stand on it.
        let together = if chain.before.contains("MATERIALIZED") { 2 } else { chain.ups.len() };
        anyhow::ensure!(reports[0].together == together, "{} in one transaction", reports[0].together);
        anyhow::ensure!(reports.len() == chain.ups.len(), "{} undone", reports.len());
        same(&format!("round {round}"), &dump, &bench.dump()?)?;
        anyhow::ensure!(rows()? == first_rows, "round {round}: the rows are others");
    }
    Ok(())
}

/// Where the older of two cannot go back nothing does.
#[test]
fn all_or_nothing() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let before = "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1);";
        let bench = Bench::new("all_or_nothing", before).await?;
        bench.migrate("first", "ALTER TABLE t RENAME COLUMN v TO w;").await?;
        bench.migrate("second", "ALTER TABLE t ADD COLUMN x int; UPDATE t SET x = 5;").await?;
        // Another one takes the former name.
        bench.db.run("ALTER TABLE t ADD COLUMN v text")?;
        let dump = bench.dump()?;
        let error = bench.undo_last(2).await.err().context("it went back")?;
        anyhow::ensure!(format!("{error:#}").contains('v'), "{error:#}");
        same("nothing was done", &dump, &bench.dump()?)?;
        anyhow::ensure!(
            bench.db.run("SELECT string_agg(state, ' ') FROM backout.migration")?.trim() == "applied applied"
        );
        bench.db.run("ALTER TABLE t DROP COLUMN v")?;
        let reports = bench.undo_last(2).await?;
        anyhow::ensure!(reports.iter().all(|report| report.together == 2));
        anyhow::ensure!(bench.db.sorted_copy("t")? == ["1\t1"], "{:?}", bench.db.sorted_copy("t")?);
        Ok(())
    })
}

/// An index of a large table is built after the COMMIT, and only then comes the older migration's turn.
#[test]
fn what_must_wait_ends_the_transaction() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let before = "CREATE TABLE t (id int PRIMARY KEY, v text);
                      INSERT INTO t SELECT i, repeat('x', 500) || i FROM generate_series(1, 20000) i;";
        let bench = Bench::new("waits_for_index", before).await?;
        let first = bench.dump()?;
        bench.migrate("first", "CREATE INDEX t_v ON t (v);").await?;
        bench.migrate("second", "DROP INDEX t_v;").await?;
        bench.migrate("third", "ALTER TABLE t ADD COLUMN x int;").await?;
        let reports = bench.undo_last(3).await?;
        let together: Vec<usize> = reports.iter().map(|report| report.together).collect();
        anyhow::ensure!(together == [2, 2, 1], "{together:?}");
        same("back", &first, &bench.dump()?)
    })
}

/// A run that has ended may still be on its way out of the server; one that stays is not waited for.
#[test]
fn a_run_that_leaves_is_waited_for() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new("leaving", "").await?;
        store::lock_runs(&bench.witness).await?;
        let refused = store::lock_runs(&bench.session).await;
        anyhow::ensure!(matches!(refused, Err(store::StoreError::Busy)), "{refused:?}");
        let leave = async {
            let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            while bench.witness.scalar(waits).await?.as_deref() != Some("1") {}
            store::unlock_runs(&bench.witness).await.map_err(anyhow::Error::from)
        };
        let (taken, left) = tokio::join!(store::lock_runs(&bench.session), leave);
        left?;
        Ok(taken?)
    })
}

/// Tables that an older version of Backout made get what is new, and undo still works.
#[test]
fn an_older_format_is_brought_up_to_date() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new("older_format", "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2);").await?;
        let before = bench.dump()?;
        bench.migrate("m", "ALTER TABLE t DROP COLUMN a;").await?;
        bench.db.run("ALTER TABLE backout.migration DROP COLUMN renumbered, DROP COLUMN aside, DROP COLUMN ids, DROP COLUMN backup, DROP COLUMN left_over; UPDATE backout.target SET format = 1")?;
        store::lock_runs(&bench.session).await?;
        let format = bench.db.run("SELECT format FROM backout.target")?;
        anyhow::ensure!(format.trim() == store::FORMAT.to_string(), "format {format}");
        bench.undo().await?;
        same("back", &before, &bench.dump()?)
    })
}

/// What an undo set aside is kept as long as what a migration dropped, counted from the undo.
#[test]
fn what_is_set_aside_is_kept_from_the_undo_on() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new("kept_since_undo", "CREATE TABLE t (id int PRIMARY KEY);").await?;
        bench.migrate("m", "CREATE TABLE n (id int PRIMARY KEY);").await?;
        bench.db.run("INSERT INTO n VALUES (1); UPDATE backout.migration SET started_at = started_at - interval '20 days', keep_until = keep_until - interval '20 days'")?;
        bench.undo().await?;
        let kept = archive::contents(&bench.session).await?;
        let [aside] = &kept[..] else { anyhow::bail!("{kept:#?}") };
        // The rules of these tests keep things for a day.
        let hour = Duration::from_secs(3_600);
        let (after, before) = (jiff::Timestamp::now() + 23 * hour, jiff::Timestamp::now() + 25 * hour);
        let is_so = aside.keep_until.is_some_and(|until| after < until && until < before);
        anyhow::ensure!(aside.kind == archive::Kind::Undone && is_so, "{aside:?}");
        Ok(())
    })
}

/// In a copy by dump and restore all objects have other ids: what was migrated before is left alone, what comes after
/// it can be undone. A copy of the files has the ids, and goes back.
#[test]
fn copies_know_which_migrations_they_can_undo() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let before = "CREATE TABLE t (a int, b text PRIMARY KEY); INSERT INTO t VALUES (1, 'x'); CREATE TABLE u (c int); INSERT INTO u VALUES (2);";
        let mut bench = Bench::new("copied_from", before).await?;
        bench.migrate("m", "ALTER TABLE t DROP COLUMN a; DROP TABLE u; CREATE TABLE n (x int);").await?;
        let dump = bench.db.tool("pg_dump", bench.db.server().sandbox().superuser())?.output()?;
        anyhow::ensure!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let copy = bench.db.server().database("copied_to").await?;
        copy.run_as_superuser(&String::from_utf8(dump.stdout)?)?;
        copy.run_as_superuser(&format!("ALTER DATABASE {} OWNER TO {}", copy.name(), bench.db.owner()))?;
        let there = Bench { session: copy.client_as(bench.db.owner()).await?, witness: copy.client_as(bench.db.owner()).await?, db: copy };
        let records = store::records(&there.session).await?;
        anyhow::ensure!(records.len() == 1 && records[0].copied, "{records:?}");
        let whole = there.dump()?;
        let refused = there.undo().await.err().context("an undo by the ids of another database")?;
        anyhow::ensure!(format!("{refused:#}").contains("objects have other ids here"), "{refused:#}");
        same("refused", &whole, &there.dump()?)?;
        there.migrate("later", "ALTER TABLE t ADD COLUMN d int; DROP TABLE n;").await?;
        there.undo().await?;
        same("what came later", &whole, &there.dump()?)?;
        let refused = there.undo().await.err().context("an undo by the ids of another database")?;
        anyhow::ensure!(format!("{refused:#}").contains("objects have other ids here"), "{refused:#}");

        // By its files.
        let name = bench.db.name().to_owned();
        bench.session.close().await;
        bench.witness.close().await;
        there.db.run_as_superuser(&format!("CREATE DATABASE {name}_twin TEMPLATE {name} OWNER {}", bench.db.owner()))?;
        let settings = backout_plan::ConnectionSettings { dbname: Some(format!("{name}_twin")), ..bench.db.settings() };
        let connect = async || backout_postgres::session::connect(&settings, &Default::default()).await;
        (bench.session, bench.witness) = (connect().await?, connect().await?);
        bench.undo().await?;
        let columns = "SELECT string_agg(c.relname || '.' || attname, ' ' ORDER BY c.relname, attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid \
                       WHERE c.relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped";
        let back = bench.session.scalar(columns).await?;
        anyhow::ensure!(back.as_deref() == Some("t.a t.b u.c"), "{back:?}");
        bench.session.close().await;
        bench.witness.close().await;
        there.db.run_as_superuser(&format!("DROP DATABASE {name}_twin WITH (FORCE)"))?;
        Ok(())
    })
}
