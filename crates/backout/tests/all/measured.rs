//! What a rehearsal measured of each statement, forth and back, and where a user sees it.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::project::{PLAN, Project};

const MIGRATION: &str = "ALTER TABLE orders ALTER COLUMN total TYPE numeric;
CREATE TABLE notes (id int);
ALTER TABLE users ADD COLUMN nick text;
";

const BEFORE: &str = "CREATE TABLE orders (id int PRIMARY KEY, total int NOT NULL);
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO orders SELECT i, i * 10 FROM generate_series(1, 1000) i;";

/// What is listed of some statements, by the number of each.
fn listed<'v>(statements: &'v Value, what: &str) -> Vec<&'v Value> {
    statements.as_array().into_iter().flatten().map(|one| &one[what]).collect()
}

#[tokio::test]
async fn from_the_rehearsal_to_the_dry_run_of_the_undo() -> Result<()> {
    let project = Project::new("measured").await?;
    project.write("backout.toml", &PLAN.replace("certificate = \"none\"", "certificate = \"full\""))?;
    project.write("migrations/1_totals.sql", MIGRATION)?;
    project.database.run(BEFORE)?;

    let page = project.path("page.md");
    let rehearsed = project.json(&["rehearse", "--markdown", &page.display().to_string(), "--yes", "production"], 0)?;
    let migration = &rehearsed["result"]["certificate"]["migrations"][0];
    let statements = &migration["statements"];
    let locks = listed(statements, "locks");
    let has = |place: usize, table: &str| {
        let wanted = json!({ "table": table, "mode": "AccessExclusiveLock" });
        locks[place].as_array().is_some_and(|all| all.contains(&wanted))
    };
    assert!(has(0, "public.orders") && locks[1].is_null() && has(2, "public.users"), "{statements:#}");
    assert_eq!(listed(statements, "rewrites"), [&json!(["public.orders"]), &Value::Null, &Value::Null]);

    // The way back as well, whose locks are taken before the first of them.
    let undo = migration["undo_statements"].as_array().context("nothing is measured of the undo")?;
    assert!(undo.iter().all(|one| one["ms"].as_f64().is_some_and(|ms| ms > 0.0)), "{undo:#?}");
    let rewriting: Vec<&Value> = undo.iter().filter(|one| !one["rewrites"].is_null()).collect();
    assert_eq!(rewriting.len(), 1, "{undo:#?}");
    assert_eq!(rewriting[0]["about"], "column public.orders.total");
    assert_eq!(rewriting[0]["rewrites"], json!(["public.orders"]));
    let times: f64 = undo.iter().filter_map(|one| one["ms"].as_f64()).sum();
    assert!(migration["undo_lock_ms"].as_f64().is_some_and(|all| all >= times), "{migration:#}");

    let page = std::fs::read_to_string(page)?;
    for part in ["ALTER TABLE: ", "ACCESS EXCLUSIVE on public.users\n", ", rewrites public.orders\n"] {
        assert!(page.contains(part), "{part} is missing\n{page}");
    }
    let said = project.run(&["rehearse", "--yes", "production"], 0)?.stdout;
    assert_eq!(said.matches("rewrites public.orders: ").count(), 2, "{said}");

    project.run(&["migrate", "--yes", "production"], 0)?;
    let planned = project.json(&["undo", "--dry-run"], 0)?;
    let planned = &planned["result"]["would_undo"][0];
    assert!(planned["rehearsed"]["certificate"].is_string() && planned["rehearsed"]["lock_ms"].is_number());
    let steps = planned["steps"].as_array().context("no steps")?;
    let is_type = |step: &&Value| step["sql"].as_str().is_some_and(|sql| sql.contains(" TYPE integer"));
    let retyping = steps.iter().find(is_type).context("the type does not come back")?;
    assert_eq!(retyping["rehearsed"]["rewrites"], json!(["public.orders"]));
    let shown = project.run(&["undo", "--dry-run"], 0)?.stdout;
    assert!(shown.contains("-- When it was rehearsed (certificate "), "{shown}");
    assert!(shown.contains(" when rehearsed, rewrites public.orders\n"), "{shown}");

    // Without a rehearsal nothing is said of one.
    project.run(&["undo"], 0)?;
    project.run(&["migrate", "--without-certificate", "a test"], 0)?;
    let planned = project.json(&["undo", "--dry-run"], 0)?;
    let planned = &planned["result"]["would_undo"][0];
    assert!(planned["rehearsed"].is_null(), "{planned:#}");
    assert_eq!(listed(&planned["steps"], "rehearsed").iter().filter(|one| !one.is_null()).count(), 0, "{planned:#}");
    Ok(())
}

/// A time that was measured without rows would mislead.
#[tokio::test]
async fn without_rows_no_time_is_said() -> Result<()> {
    let project = Project::new("measured_schema").await?;
    project.write("backout.toml", &PLAN.replace("certificate = \"none\"", "certificate = \"schema\""))?;
    project.write("migrations/1_totals.sql", MIGRATION)?;
    project.database.run(BEFORE)?;
    project.run(&["rehearse", "--level", "schema", "--yes", "production"], 0)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let certificate = project.query("SELECT certificate IS NOT NULL FROM backout.migration")?;
    let planned = project.json(&["undo", "--dry-run"], 0)?;
    let planned = &planned["result"]["would_undo"][0];
    assert!(certificate == "t" && planned["rehearsed"].is_null(), "{planned:#}");
    assert!(listed(&planned["steps"], "rehearsed").iter().all(|one| one.is_null()), "{planned:#}");
    Ok(())
}
