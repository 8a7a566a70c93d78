//! Up, writes, undo: the dump is what it was, and so are the rows. Each file in `tests/cases` is a case.

mod case;

use crate::harness::{Bench, OURS, each, mode, rules, same};
use anyhow::{Context, Result};
use backout_postgres::archive;
use backout_postgres::migrate::Rules;
use backout_postgres::undo::Residue;
use backout_testkit::TestServer;
use case::{Case, all_cases};
use std::time::Duration;

/// What every case begins with.
const BASE: &str = include_str!("round_trips/base.sql");

#[test]
fn migrations_and_their_way_back() -> Result<()> {
    all(all_cases()?, How::Plain)
}

/// The same by what is written for when Backout is not at hand: psql alone comes to the same.
#[test]
fn back_by_psql_alone() -> Result<()> {
    all(all_cases()?, How::ByPsql)
}

/// The same where columns are hidden instead of dropped; and then for good: forward again, and purged.
#[test]
fn with_hidden_columns() -> Result<()> {
    let mut cases = all_cases()?;
    cases.retain(|case| case.not_hidden.is_none() && words(&case.up).contains("DROP COLUMN"));
    all(cases, How::Hidden)
}

/// Its words with one space between them, however its lines are broken.
fn words(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Plain,
    Hidden,
    ByPsql,
}

fn all(mut cases: Vec<Case>, how: How) -> Result<()> {
    let server = TestServer::installation()?.major;
    cases.retain(|case| case.runs_on(server));
    each(cases.into_iter(), |case| case.name.as_str(), async |case| one(case, how).await)
}

/// Whether the server was built with what a case needs.
async fn is_built_with(what: &str) -> Result<bool> {
    let database = TestServer::shared().database(what).await?;
    match what {
        "icu" => Ok(database.run("SELECT count(*) > 9 FROM pg_collation WHERE collprovider = 'i'")?.trim() != "f"),
        "xml" => Ok(database.run("SELECT '<a/>'::xml").is_ok()),
        "trigrams" => {
            Ok(database.run("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")?.trim() == "1")
        }
        _ => anyhow::bail!("nobody knows how to see whether a server has {what}"),
    }
}

async fn one(case: &Case, how: How) -> Result<()> {
    let hide = how == How::Hidden;
    let before = format!("{BASE}{}", case.before);
    if let Some(what) = &case.needs
        && !is_built_with(what).await?
    {
        return Ok(());
    }
    let sort = match how {
        How::Plain => "trip",
        How::Hidden => "hide",
        How::ByPsql => "psql",
    };
    let bench = Bench::new(&format!("{sort}_{}", case.name), &before).await?;
    // What a migration leaves is looked at where Backout takes it back; to psql alone the same one is left.
    let twin = match how {
        How::ByPsql => None,
        How::Plain | How::Hidden => {
            let twin = TestServer::shared().database(&format!("{sort}_twin_{}", case.name)).await?;
            twin.run(&before)?;
            twin.run(&case.up).context("the twin")?;
            Some(twin)
        }
    };
    // The owners of the two databases are different roles.
    let neutral = |dump: String, owner: &str| dump.replace(owner, "OWNER");

    let schema_before = bench.dump()?;
    let rows =
        |tables: &[String]| -> Result<Vec<Vec<String>>> { tables.iter().map(|t| bench.db.sorted_copy(t)).collect() };
    let rows_before = rows(&case.rows)?;
    let rules = Rules { hide_above: hide.then_some(0), ..rules() };
    let report = bench.migrate_with("m", &case.up, &rules, mode()).await.map_err(|e| {
        let said = e.database_error().map(|d| format!(" [{d} {:?}]", d.detail)).unwrap_or_default();
        anyhow::anyhow!("{e}{said}\n{}", e.place().map(|p| p.statement.clone()).unwrap_or_default())
    })?;
    let hidden = !report.inverse.hidden.is_empty();
    let forward = || {
        let Some(twin) = &twin else { return Ok(()) };
        same(
            "forward: not what psql leaves",
            &neutral(twin.dump_schema(OURS)?, twin.owner()),
            &neutral(bench.dump()?, bench.db.owner()),
        )
    };
    if !hidden {
        forward()?;
    }
    let said: String = report.verdicts.iter().map(|v| format!("{v}; ")).collect();
    if case.verdict.is_empty() || hidden && said.is_empty() {
        anyhow::ensure!(said.is_empty(), "expected an exact way back: {said}");
    } else {
        anyhow::ensure!(said.contains(&case.verdict), "expected {:?} in {said:?}", case.verdict);
    }
    let since = bench.db.run(&case.since);
    // What is hidden is among the columns of an INSERT that names none.
    let names_none = |insert: &str| insert.split_whitespace().nth(1).is_some_and(|word| word.starts_with("VALUES"));
    if !(hidden && words(&case.since).split("INSERT INTO ").skip(1).any(names_none)) {
        since?;
    }
    if how == How::Plain {
        bench.harvest(&case.name).await?;
    }
    // What it says to run: a value, or where psql alone undid, the end of a sentence.
    let (left, mend): (Vec<String>, Vec<String>) = match how {
        How::ByPsql => {
            let said = bench.undo_by_psql().await?;
            let mend = said.iter().filter_map(|line| Some(line.split_once("then run ")?.1.to_owned())).collect();
            (said, mend)
        }
        How::Plain | How::Hidden => {
            let left = bench.undo().await?.left;
            (left.iter().map(ToString::to_string).collect(), left.iter().flat_map(Residue::mend).collect())
        }
    };
    let left = left.join("; ");
    anyhow::ensure!(left.is_empty() || !case.left.is_empty() || !case.verdict.is_empty(), "left: {left}");
    anyhow::ensure!(hidden && left.is_empty() || left.contains(&case.left), "expected {:?} in {left:?}", case.left);
    let nullable = "stays nullable, since";
    anyhow::ensure!(case.left.contains("stays nullable") || !left.contains(nullable), "left: {left}");
    bench.db.run(&case.then)?;
    bench.db.run(&case.clean_up)?;
    if case.mend.is_some() {
        for mend in &mend {
            bench.db.run(mend)?;
        }
    }
    if !case.left.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?.replace(" NOT VALID", ""))?;
    } else if case.verdict.is_empty() || hidden && said.is_empty() {
        same("back: not what it was", &schema_before, &bench.dump()?)?;
    }
    if let Some(expected) = case.aside.filter(|_| !hidden) {
        let what = "CASE WHEN tablename LIKE 'column%' THEN 'backout_value' ELSE '*' END";
        let tables = bench.db.run_as_superuser(&format!(
            "SELECT format('SELECT count(%s) FROM %I.%I;', {what}, schemaname, tablename) FROM pg_tables WHERE schemaname ~ '^backout_undone'"
        ))?;
        let counts = bench.db.run_as_superuser(&tables)?;
        let found: u32 = counts.lines().filter_map(|line| line.trim().parse::<u32>().ok()).sum();
        same("set aside", &expected.to_string(), &found.to_string())?;
    }
    for (table, (before, after)) in case.rows.iter().zip(rows_before.iter().zip(rows(&case.rows)?)) {
        let missing: Vec<&String> = before.iter().filter(|r| !after.contains(r)).take(3).collect();
        anyhow::ensure!(missing.is_empty(), "{table}: rows are missing or changed: {missing:?}");
    }
    if hidden && case.since.is_empty() {
        let again = bench.migrate_with("m", &case.up, &rules, mode()).await.context("again")?;
        anyhow::ensure!(!again.inverse.hidden.is_empty(), "nothing is hidden the second time");
        // What the first time kept may be made of types that the second time archived.
        let first = archive::purge(&bench.session, again.number - 1, Duration::from_secs(1)).await;
        let empty = |error: &archive::ArchiveError| error.to_string().contains("nothing is kept");
        anyhow::ensure!(first.as_ref().err().is_none_or(empty), "purging what was undone: {first:?}");
        archive::purge(&bench.session, again.number, Duration::from_secs(1)).await.context("purging")?;
        forward().context("after the purge")?;
    }
    Ok(())
}
