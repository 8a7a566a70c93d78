//! Which dropped columns are hidden, and what becomes of them.

use crate::harness::{Bench, mode, rules, same};
use anyhow::{Result, ensure};
use backout_postgres::archive::{self, Kind};
use backout_postgres::migrate::Rules;
use std::time::Duration;

const BASE: &str = "CREATE TYPE mood AS ENUM ('sad');
    CREATE TABLE big (id int PRIMARY KEY, gone text, feels mood, low int GENERATED ALWAYS AS (id + 1) STORED, n serial, tall text NOT NULL DEFAULT 'x');
    CREATE TABLE parent (id int, gone text); CREATE TABLE child () INHERITS (parent);
    CREATE TABLE sent (id int PRIMARY KEY, gone text);
    INSERT INTO big (id, gone) SELECT i, repeat('g', 100) FROM generate_series(1, 2000) i;
    INSERT INTO sent VALUES (1, 'g'); INSERT INTO child VALUES (1, 'g');";

fn hiding(above: u64) -> Rules {
    Rules { hide_above: Some(above), ..rules() }
}

/// By statement: what is hidden.
const CHOICES: &[(&str, u64, &[&str])] = &[
    ("ALTER TABLE big DROP COLUMN gone", 0, &["column public.big.gone"]),
    (
        "ALTER TABLE big DROP COLUMN gone, DROP COLUMN tall",
        200_000,
        &["column public.big.gone", "column public.big.tall"],
    ),
    ("ALTER TABLE big DROP COLUMN gone", 100_000_000, &[]),
    ("ALTER TABLE big DROP COLUMN low, DROP COLUMN gone", 0, &["column public.big.gone"]),
    // Its type may go, and its numbers must be counted.
    ("ALTER TABLE big DROP COLUMN feels, DROP COLUMN n", 0, &[]),
    (
        "ALTER TABLE big DROP COLUMN gone; ALTER TABLE big ADD gone int, ADD other int; ALTER TABLE big DROP other",
        0,
        &["column public.big.gone"],
    ),
    ("DO $$ BEGIN ALTER TABLE big DROP COLUMN gone; END $$", 0, &[]),
    ("ALTER TABLE parent DROP COLUMN gone", 0, &[]),
    ("ALTER TABLE sent DROP COLUMN gone", 0, &[]),
    ("DROP TABLE big; DROP TYPE mood", 0, &[]),
    ("ALTER TABLE big DROP COLUMN gone; DROP TABLE big", 0, &["column public.big.gone"]),
];

#[tokio::test]
async fn what_is_hidden() -> Result<()> {
    let mut failures = Vec::new();
    for (place, (sql, above, expected)) in CHOICES.iter().enumerate() {
        let bench = Bench::new(&format!("choice_{place}"), BASE).await?;
        bench.db.run_as_superuser("CREATE PUBLICATION everything FOR TABLE sent")?;
        let (before, rows) = (bench.dump()?, bench.db.sorted_copy("big")?);
        let report = bench.migrate_with("m", sql, &hiding(*above), mode()).await?;
        let hidden: Vec<&str> = report.inverse.hidden.iter().map(|h| h.what.as_str()).collect();
        if hidden != *expected {
            failures.push(format!("{sql}: {hidden:?}"));
        }
        ensure!(report.notes.len() == expected.len(), "{sql}: {:?}", report.notes);
        bench.undo().await?;
        same(sql, &before, &bench.dump()?)?;
        ensure!(rows == bench.db.sorted_copy("big")?, "{sql}: the rows differ");
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

#[tokio::test]
async fn rows_written_since_have_what_an_insert_of_before_gave_them() -> Result<()> {
    let bench = Bench::new("hidden_since", BASE).await?;
    let before = bench.dump()?;
    bench.migrate_with("m", "ALTER TABLE big DROP COLUMN gone, DROP COLUMN tall", &hiding(0), mode()).await?;
    bench.db.run("INSERT INTO big (id) VALUES (-1); UPDATE big SET id = -2 WHERE id = 2")?;
    bench.undo().await?;
    same("back", &before, &bench.dump()?)?;
    let found = bench.db.run("SELECT id, left(gone, 1), tall FROM big WHERE id < 0 ORDER BY id")?;
    assert_eq!(found.trim(), "-2|g|x\n-1||x");
    Ok(())
}

#[tokio::test]
async fn listed_and_purged() -> Result<()> {
    let bench = Bench::new("hidden_purged", BASE).await?;
    bench.migrate_with("m", "ALTER TABLE big DROP COLUMN gone, DROP COLUMN tall", &hiding(0), mode()).await?;
    bench.db.run("ANALYZE big; CREATE VIEW everything AS SELECT * FROM big")?;
    let mut kept = archive::contents(&bench.session).await?;
    archive::explain(&bench.session, &mut kept).await?;
    let hidden: Vec<_> = kept.iter().filter(|k| k.kind == Kind::Hidden).collect();
    assert_eq!((hidden.len(), hidden[0].tables.len(), hidden[0].number), (1, 2, 1));
    assert_eq!(hidden[0].tables[0].holds.as_deref(), Some("column public.big.gone"));
    ensure!(hidden[0].tables[0].bytes > 100_000, "{} bytes", hidden[0].tables[0].bytes);
    ensure!(hidden[0].keep_until.is_some());
    // A view of somebody's shows it.
    let refused = archive::purge(&bench.session, 1, Duration::from_secs(1)).await;
    let error = refused.expect_err("a view is in the way");
    let why = error.database_error().map(ToString::to_string).unwrap_or_default();
    ensure!(why.contains("other objects depend on it"), "{why}");
    bench.db.run("DROP VIEW everything")?;
    archive::purge(&bench.session, 1, Duration::from_secs(1)).await?;
    ensure!(bench.db.run("SELECT count(*) FROM pg_attribute WHERE attname ~ 'hidden'")?.trim() == "0");
    let error = bench.undo().await.expect_err("it was purged");
    ensure!(format!("{error:#}").contains("purged"), "{error:#}");
    Ok(())
}

/// Somebody dropped it by hand: then the way back cannot be what was promised, and says so.
#[tokio::test]
async fn one_that_was_dropped_by_hand() -> Result<()> {
    let bench = Bench::new("hidden_by_hand", BASE).await?;
    let report = bench.migrate_with("m", "ALTER TABLE big DROP COLUMN gone", &hiding(0), mode()).await?;
    bench.db.run(&format!("ALTER TABLE big DROP COLUMN {}", report.inverse.hidden[0].name))?;
    let said = match bench.undo().await {
        Ok(report) => format!("{:?} {:?}", report.conflicts, report.left),
        Err(error) => format!("{error:#}"),
    };
    ensure!(said.contains("big.gone"), "{said}");
    Ok(())
}

/// Another column of the table is copied by a later migration, and its undo makes the table anew, with the hidden one.
#[tokio::test]
async fn a_table_that_is_made_anew_around_it() -> Result<()> {
    let bench = Bench::new("hidden_around", BASE).await?;
    let (before, rows) = (bench.dump()?, bench.db.sorted_copy("big")?);
    bench.migrate_with("one", "ALTER TABLE big DROP COLUMN gone", &hiding(0), mode()).await?;
    let between = bench.dump()?;
    bench.migrate("two", "ALTER TABLE big DROP COLUMN tall, ADD COLUMN gone int; UPDATE big SET gone = id").await?;
    bench.undo().await?;
    same("after the second", &between, &bench.dump()?)?;
    bench.migrate("two", "ALTER TABLE big DROP COLUMN tall, ADD COLUMN gone int").await?;
    bench.undo_last(2).await?;
    same("after both", &before, &bench.dump()?)?;
    ensure!(rows == bench.db.sorted_copy("big")?, "the rows differ");
    Ok(())
}

/// What is written to a column that is dropped afterwards, and what is written out of it.
#[tokio::test]
async fn values_that_moved_before_it_was_hidden() -> Result<()> {
    for sql in [
        "ALTER TABLE big ADD COLUMN anew text; UPDATE big SET anew = gone; ALTER TABLE big DROP COLUMN gone",
        "UPDATE big SET tall = gone; ALTER TABLE big DROP COLUMN gone",
        "UPDATE big SET gone = 'last' WHERE id > 5; ALTER TABLE big DROP COLUMN gone; DELETE FROM big WHERE id > 1000",
        "ALTER TABLE big DROP COLUMN gone; UPDATE big SET tall = 'y'; UPDATE big SET id = id + 10000 WHERE id > 1500",
        "ALTER TABLE big DROP COLUMN gone; TRUNCATE big; INSERT INTO big (id) VALUES (1)",
    ] {
        let bench = Bench::new("hidden_moved", BASE).await?;
        let (before, rows) = (bench.dump()?, bench.db.sorted_copy("big")?);
        let report = bench.migrate_with("m", sql, &hiding(0), mode()).await?;
        ensure!(report.inverse.hidden.len() == 1 && report.verdicts.is_empty(), "{sql}: {:?}", report.verdicts);
        bench.undo().await?;
        same(sql, &before, &bench.dump()?)?;
        ensure!(rows == bench.db.sorted_copy("big")?, "{sql}: the rows differ");
    }
    Ok(())
}
