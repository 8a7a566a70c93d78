//! Several migrations, undone one after another: each way back finds what the ones after it made anew.

use crate::harness::{Bench, same};
use anyhow::{Context, Result};
use backout_postgres::store;

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

/// Tables that an older version of Backout made get what is new, and undo still works.
#[test]
fn an_older_format_is_brought_up_to_date() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Bench::new("older_format", "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2);").await?;
        let before = bench.dump()?;
        bench.migrate("m", "ALTER TABLE t DROP COLUMN a;").await?;
        bench.db.run("ALTER TABLE backout.migration DROP COLUMN renumbered; UPDATE backout.target SET format = 1")?;
        store::lock_runs(&bench.session).await?;
        let format = bench.db.run("SELECT format FROM backout.target")?;
        anyhow::ensure!(format.trim() == store::FORMAT.to_string(), "format {format}");
        bench.undo().await?;
        same("back", &before, &bench.dump()?)
    })
}
