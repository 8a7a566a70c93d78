//! The page to print, and what it says to do where Backout itself is gone: psql alone brings back what `backout undo`
//! brings back. pg_dump and psql judge.

use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context, Result, ensure};
use backout_schema::{ident, literal};
use serde_json::Value;

use crate::project::{PLAN, Project};
use crate::runbooks::{ALL, DATA, KEPT, PLATFORM, ROLES, V1, V2, WRITES, as_owner};

/// What stands on the page beside figures.
const MORE: &str = "
[people]
on_call = \"Anna <b>\"
phone = \"+49 30 1234\"
lead = \"Ben\"
[[verify]]
name = \"users\"
priority = 1
that = { sql = \"SELECT count(*) > 0 FROM users\" }
[[way]]
name = \"U\"
for = [\"wrong data\"]
budget = \"5m\"
[[way.step]]
name = \"undo in place\"
do = \"undo\"
";

/// The demo's application in V2, with what it wrote since, and what it was in V1.
async fn demo(name: &str, rehearses: bool) -> Result<(Project, String, Vec<Vec<String>>)> {
    let project = Project::new(name).await?;
    {
        let _alone = ROLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        project.database.run_as_superuser(PLATFORM)?;
    }
    as_owner(&project, V1)?;
    as_owner(&project, &format!("SET demo.scale = '0.01';\n{DATA}"))?;
    project.write(".env", &format!("DATABASE_URL={}\n", project.database.url_as("app_owner")))?;
    project.write("backout.toml", &format!("{PLAN}{MORE}"))?;
    project.write("migrations/20260107000000_v2.sql", V2)?;
    let schema = project.dump()?;
    let rows = rows(&project)?;
    if rehearses {
        project.run(&["rehearse", "--yes", "production"], 0)?;
    }
    project.run(&["migrate", "--yes", "production"], 0)?;
    as_owner(&project, WRITES)?;
    Ok((project, schema, rows))
}

fn rows(project: &Project) -> Result<Vec<Vec<String>>> {
    ALL.iter().map(|table| project.database.sorted_copy(&format!("public.{table}"))).collect()
}

/// As the page says: psql, and nothing else of ours.
fn psql(project: &Project, role: &str, file: &Path, more: &[&str]) -> Result<Output> {
    let mut psql = project.database.tool("psql", role)?;
    Ok(psql.args(["-X", "-f"]).arg(file).args(more).stdin(Stdio::null()).output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn refused(done: &Output, why: &str) -> Result<()> {
    let said = text(&done.stderr);
    ensure!(!done.status.success() && said.contains(why), "expected {why:?}: {said}");
    Ok(())
}

/// Without ids, by which things set aside are called.
fn without_ids(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() > 4);
    words.fold(text.to_owned(), |text, id| text.replace(id, "ID"))
}

/// What Backout's record says of the newest migration, times apart.
fn recorded(project: &Project) -> Result<String> {
    project.query("SELECT state, tail, aside, left_over, undone_at IS NOT NULL, undo_lock_ms IS NOT NULL FROM backout.migration ORDER BY number DESC LIMIT 1")
}

#[tokio::test]
async fn without_backout_psql_alone_brings_the_same_back() -> Result<()> {
    let (by_psql, schema, before) = demo("card_psql", true).await?;
    let (by_undo, ..) = demo("card_undo", false).await?;

    // What is on the page was measured.
    let page = by_psql.json(&["runbook", "--to", "page.md"], 0)?;
    let undo_ms = by_psql.query("SELECT body::jsonb -> 'migrations' -> 0 ->> 'undo_ms' FROM backout.certificate")?;
    let commands = page["result"]["commands"].as_array().context("commands")?;
    let undo = commands.iter().find(|one| one["command"] == "backout undo").context("backout undo")?;
    let said = undo["time"]["measured"]["ms"].as_f64().context("a time")?;
    ensure!((said - undo_ms.parse::<f64>()?).abs() < 1e-6, "{said} is not {undo_ms}");
    let restore = commands.iter().find(|one| one["command"] == "backout restore latest").context("restore")?;
    ensure!(restore["time"]["not_measured"]["by"] == "backout backup prove latest", "{restore}");
    ensure!(page["result"]["gone"]["folder"].is_null(), "{page:#}");

    by_psql.run(&["runbook", "--format", "html", "--to", "page.html", "--undo-sql", "gone"], 0)?;
    let html = by_psql.read("page.html")?;
    for expected in
        ["+49 30 1234", "Anna &lt;b&gt;", "backout rollback --because &#39;wrong data&#39;", "01_undo_migration_1.sql"]
    {
        ensure!(html.contains(expected), "{expected} is not on the page: {html}");
    }
    let again = by_psql.run(&["runbook", "--format", "json", "--undo-sql", "gone"], 0)?;
    ensure!(serde_json::from_str::<Value>(&again.stdout)?["people"][0][1] == "Anna <b>", "{}", again.transcript());
    let file = by_psql.path("gone/01_undo_migration_1.sql");
    let script = by_psql.read("gone/01_undo_migration_1.sql")?;
    ensure!(!script.contains("CANNOT") && script.contains("COMMIT;"), "{script}");

    // Not elsewhere, not as somebody else, not where the schema is another one by now.
    refused(&psql(&by_undo, "app_owner", &file, &[])?, "not the database")?;
    refused(
        &psql(&by_psql, by_psql.database.server().sandbox().superuser(), &file, &[])?,
        "connect as role app_owner",
    )?;
    as_owner(&by_psql, "ALTER TABLE clients ADD COLUMN of_somebody_else int")?;
    refused(&psql(&by_psql, "app_owner", &file, &[])?, "changed since this script was written: table public.clients")?;
    as_owner(&by_psql, "ALTER TABLE clients DROP COLUMN of_somebody_else")?;

    let done = psql(&by_psql, "app_owner", &file, &[])?;
    ensure!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    by_undo.run(&["undo"], 0)?;
    ensure!(by_psql.dump()? == schema, "the schema is another one");
    ensure!(by_undo.dump()? == schema, "the schema of the other is another one");
    // Nothing is lost of what was there, and what was written since is kept where an undo keeps it.
    for (table, (was, is)) in ALL.iter().zip(before.iter().zip(rows(&by_psql)?)) {
        if !KEPT.contains(table) {
            ensure!(*was == is, "{table}");
        }
    }
    let counts: Vec<usize> = rows(&by_psql)?.iter().map(Vec::len).collect();
    assert_eq!(counts, rows(&by_undo)?.iter().map(Vec::len).collect::<Vec<_>>());
    let aside = "SELECT table_schema, table_name, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', table_schema, table_name), false, true, '')))[1] \
        FROM information_schema.tables WHERE table_schema ~ '^backout_undone' ORDER BY 1, 2";
    assert_eq!(without_ids(&by_psql.query(aside)?), without_ids(&by_undo.query(aside)?));
    assert_eq!(without_ids(&recorded(&by_psql)?), without_ids(&recorded(&by_undo)?));

    // Backout agrees, and so does the script.
    let history = by_psql.json(&["history"], 0)?;
    ensure!(history["result"]["migrations"][0]["state"] == "undone", "{history:#}");
    let status = by_psql.command(&["status", "--json"])?.run()?;
    let status: Value = serde_json::from_str(&status.stdout)?;
    ensure!(status["result"]["pending"].to_string().contains("20260107000000"), "{status:#}");
    refused(&psql(&by_psql, "app_owner", &file, &[])?, "it is undone, or was run again")?;
    let empty = by_psql.json(&["runbook", "--undo-sql", "gone"], 0)?;
    ensure!(empty["result"]["gone"]["scripts"] == serde_json::json!([]) && !file.exists(), "{empty:#}");
    by_psql.run(&["migrate", "--reimport", "--yes", "production"], 0)?;
    ensure!(by_psql.query("SELECT count(*) FROM clients")? == "50", "what was set aside did not come back");
    Ok(())
}

/// Would end a comment, a literal, a statement of psql's and a dollar quote.
const TABLE: &str = "t \"w\u{1b}[2Jé'\n;\\! touch hostile\n\\q $backout$ :x --$$ \u{202e}x";
const COLUMN: &str = "USER";

#[tokio::test]
async fn names_are_names_in_a_script_too() -> Result<()> {
    let project = Project::new("card_hostile").await?;
    project.write("backout.toml", PLAN)?;
    let (table, column) = (ident(TABLE), ident(COLUMN));
    project.write(
        "migrations/1_made.sql",
        &format!(
            "CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE {table} (id int PRIMARY KEY, {column} int UNIQUE, list int[], note text NOT NULL DEFAULT {0});
CREATE INDEX ON {table} ((list[1:{column}])); COMMENT ON TABLE {table} IS {0};
ALTER TABLE {table} ADD CHECK (list[1:{column}] IS NOT NULL OR note <> ':x \\! touch hostile');
INSERT INTO {table} SELECT i, i, ARRAY[i, 2], {0} FROM generate_series(1, 9) i;\n",
            literal(TABLE)
        ),
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let one = project.dump()?;
    project.write(
        "migrations/2_more.sql",
        &format!("ALTER TABLE {table} DROP COLUMN {column}; CREATE TABLE more (id int PRIMARY KEY, t text);\n"),
    )?;
    project.run(&["migrate"], 0)?;
    let two = project.dump()?;
    project.write(
        "migrations/3_again.sql",
        &format!("ALTER TABLE {table} ALTER note TYPE varchar(900), DROP COLUMN list; UPDATE {table} SET note = 'x' WHERE id = 3; DROP TABLE more;\n"),
    )?;
    project.run(&["migrate"], 0)?;
    let kept = project.database.sorted_copy(&format!("(SELECT id, {column} FROM {table}) s"));
    ensure!(kept.is_err(), "the column is there");
    project.database.run(&format!("INSERT INTO {table} (id) VALUES (77)"))?;

    let page = project.run(&["runbook", "--undo-sql", "gone"], 0)?;
    for (at, c) in page.stdout.char_indices() {
        ensure!(!c.is_control() || c == '\n', "{c:?} at {at}: {}", page.stdout);
    }
    let files = ["gone/01_undo_migration_3.sql", "gone/02_undo_migration_2.sql", "gone/03_undo_migration_1.sql"];
    let owner = project.database.owner().to_owned();
    refused(&psql(&project, &owner, &project.path(files[1]), &[])?, "a newer migration has to be taken back first")?;
    for (file, schema) in files.iter().zip([&two, &one]) {
        let done = psql(&project, &owner, &project.path(file), &[])?;
        ensure!(done.status.success(), "{file}: {}\n{}", text(&done.stderr), project.read(file)?);
        ensure!(project.dump()? == *schema, "{file}: the schema is another one");
    }
    let values = project.query(&format!(
        "SELECT count(*) FROM {table} WHERE {column} = id AND list = ARRAY[id, 2] AND note = {}",
        literal(TABLE)
    ))?;
    assert_eq!(values, "9");
    ensure!(project.query(&format!("SELECT count(*) FROM {table}"))? == "10", "the row since is gone");
    ensure!(!Path::new("hostile").exists() && !project.path("hostile").exists(), "psql has obeyed a name");
    // The third is what is left, and Backout can do it as well.
    project.run(&["undo"], 0)?;
    ensure!(
        project.query("SELECT string_agg(state, ',') FROM backout.migration")? == "undone,undone,undone",
        "a state"
    );
    Ok(())
}

/// A page is printed whatever fails, and a folder of somebody else's is left alone.
#[tokio::test]
async fn a_page_can_be_printed_while_the_database_is_away() -> Result<()> {
    let project = Project::new("card_away").await?;
    project.write("backout.toml", &format!("{PLAN}{MORE}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.write("mine/notes.txt", "mine")?;
    let taken = project.run(&["runbook", "--undo-sql", "mine"], 2)?;
    ensure!(taken.stderr.contains("holds something else"), "{}", taken.transcript());
    project.write(".env", "DATABASE_URL=postgresql://nobody@127.0.0.1:1/none\n")?;
    let page = project.run(&["runbook"], 8)?;
    for expected in ["Not known", "30 1234", "not measured", "Nothing could be written"] {
        ensure!(page.stdout.contains(expected), "{expected}: {}", page.transcript());
    }
    ensure!(!project.run(&["runbook", "--undo-sql", "gone"], 7)?.stdout.contains("psql"), "scripts without a database");
    Ok(())
}
