//! What is told of a run: every way that was gone, what each step did and left, what brings that back; each failure once.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};
use crate::rollback::{BACK, WAYS, story};

/// That each of these is said, in this order.
#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => panic!("{part:?} is missing, or comes earlier:\n{text}"),
        }
    }
}

#[tokio::test]
async fn every_way_that_was_gone_is_told_and_what_is_left_with_what_brings_it_back() -> Result<()> {
    let story = story("record_ways", WAYS).await?;
    let project = &story.project;
    project.query("INSERT INTO tags VALUES (7), (8)")?;
    let run = project.run(&BACK, 0)?;
    let told = [
        "way A: ",
        ", left for U, since \"the notes are there\" failed",
        "flag off",
        "flags.json: v2 is off (version 1)",
        "the notes are there",
        "failed",
        "way U: ",
        "undo in place",
        "done",
        "migration 2 (2_drop) is undone; locks held ",
        "set aside in backout_undone_2: table public.tags (2 rows)",
        "`backout release --reimport` brings it back",
        "1 check passed",
    ];
    let left =
        ["left by this run: flags.json: v2 is off (was on)", "`backout flags revert v2 --before 1` brings it back"];
    in_order(&run.stdout, &told);
    in_order(&run.stdout, &left);
    let shown = project.run(&["run", "show", "latest"], 0)?.stdout;
    in_order(&shown, &told);
    in_order(&shown, &left);
    // Why A was not enough is said once when it happens, and once in the end.
    let document = project.json(&["run", "show", "latest"], 0)?;
    let ways = document["result"]["ways"].as_array().context("ways")?;
    assert_eq!((ways.len(), &ways[0]["end"]["left"], &ways[1]["end"]), (2, &"U".into(), &"done".into()), "{ways:#?}");
    let why = ways[0]["steps"][2]["why"].as_str().context("why it failed")?;
    ensure!(!why.is_empty());
    assert_eq!((run.stdout.matches(why).count(), run.stderr.matches(why).count()), (1, 1), "{}", run.transcript());
    assert_eq!(document["result"]["left"][0]["version"], 1, "{document:#}");
    let facts = ways[1]["steps"][0]["facts"].as_array().context("facts")?;
    ensure!(facts.iter().any(|fact| fact["fact"] == "set-aside" && fact["what"][0]["rows"] == 2), "{facts:#?}");
    // Who looks, and who releases next, is told that the flag is off still.
    let status = project.command(&["status"])?.run()?;
    in_order(
        &status.stdout,
        &["left", "flags.json: v2 is off (was on), by run ", "`backout flags revert v2 --before 1`"],
    );
    let released = project.run(&["release", "--reimport", "--yes", "production"], 0)?;
    in_order(&released.stderr, &["a way back has left flags.json: v2 is off (was on)", "flags revert v2 --before 1"]);
    in_order(
        &released.stdout,
        &["way release", "migration 3 (2_drop) is applied", "brought back: table public.tags (2 rows)"],
    );
    ensure!(!released.stdout.contains("left by this run"), "{}", released.transcript());
    // What was said brings it back, and then nothing more is said.
    project.run(&["flags", "revert", "v2", "--before", "1"], 0)?;
    let first = document["result"]["run"].as_str().context("the first run")?;
    let shown = project.run(&["run", "show", first], 0)?.stdout;
    ensure!(!shown.contains("left by this run"), "{shown}");
    ensure!(!project.command(&["status"])?.run()?.stdout.contains("flags.json"), "it is back");
    Ok(())
}

#[tokio::test]
async fn what_a_freeze_leaves_open_and_what_stays_frozen_are_named() -> Result<()> {
    let plan = r#"
[[way]]
name = "F"
[[way.step]]
name = "stop writes"
do = "freeze"
with = { accept = true, watch = "100ms" }
[[way.step]]
name = "never"
do = "verify"
on_failure = "continue"
with = { checks = [{ name = "no", that = { sql = "SELECT false" } }] }
"#;
    let project = Project::new("record_freeze").await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.database.run_as_superuser("CREATE TABLE of_others (id int); GRANT INSERT ON of_others TO PUBLIC")?;
    // However long the statements are, nobody misses what is not stopped; who is asked reads the same.
    project.database.run(&(0..12).map(|n| format!("CREATE TABLE more_{n} (id int);")).collect::<String>())?;
    let short = project.run(&["rollback", "--dry-run"], 0)?.stdout;
    in_order(&short, &["-- … ", "-- not stopped: ", "of_others"]);
    let asked = project.command(&["rollback"])?.run()?.expect_code(3);
    in_order(&asked.stderr, &["; where \"never\" fails, it goes on", "stop writes: not stopped: ", "of_others"]);
    let run = project.run(&["rollback", "--yes", "production"], 0)?;
    let told = [
        "way F",
        "stop writes",
        "rights to write to ",
        "may still be written, as accepted: ",
        "of_others",
        "never",
        "failed",
    ];
    in_order(&run.stdout, &told);
    let left = ["left by this run: the database is frozen since ", "`backout thaw` lets writes go on"];
    in_order(&run.stdout, &left);
    let status = project.command(&["status"])?.run()?;
    in_order(&status.stdout, &["the database is frozen since ", "except for ", " accepted"]);
    // Who lets writes go on need not be told that they are stopped.
    let thawed = project.run(&["thaw", "--yes", "production"], 0)?;
    ensure!(!thawed.stderr.contains("the database is frozen"), "{}", thawed.transcript());
    let shown = project.run(&["run", "show", "latest"], 0)?.stdout;
    in_order(&shown, &told);
    ensure!(!shown.contains("left by this run"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn a_restore_says_which_rows_came_back_and_where_the_others_are() -> Result<()> {
    let plan = r#"
[[way]]
name = "B"
[[way.step]]
name = "rows of the backup"
do = "restore"
budget = "5m"
with = { in_place = true, tables = ["public.users"] }

[[way]]
name = "W"
[[way.step]]
name = "the whole backup"
do = "restore"
budget = "5m"
"#;
    let project = Project::new("record_restore").await?;
    let owner = project.database.owner().to_owned();
    project.database.run_as_superuser(&format!("ALTER ROLE \"{owner}\" CREATEDB"))?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.database.run("INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c')")?;
    project.run(&["backup", "take", "--prove"], 0)?;
    project.database.run(
        "UPDATE users SET name = 'x' WHERE id = 1; DELETE FROM users WHERE id = 2; INSERT INTO users VALUES (4, 'd')",
    )?;
    let run = project.run(&["rollback", "--way", "B", "--yes", "production"], 0)?;
    let schema = project.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'backout\\_replaced%'")?;
    in_order(
        &run.stdout,
        &[
            "rows are those of backup ",
            "in 1 table: 1 row there again, 1 row with former values, 1 row gone",
            &format!("are in the schema {schema}"),
            &format!("`backout restore --drop-replaced {schema}` drops it"),
        ],
    );
    project.run(&["restore", "--drop-replaced", &schema, "--yes", "production"], 0)?;
    let run = project.run(&["rollback", "--way", "W", "--yes", "production"], 0)?;
    let name = project.database.name();
    let replaced = project.query(&format!(
        "SELECT datname FROM pg_database WHERE starts_with(datname, '{name}\\_replaced'::text) OR starts_with(datname, '{name}_replaced')"
    ))?;
    in_order(
        &run.stdout,
        &[
            "is restored: 1 table, 3 rows",
            &format!("what was live until then is the database {replaced}"),
            "`backout restore --back` exchanges them again",
            &format!("--drop-replaced {replaced}"),
        ],
    );
    project.run(&["restore", "--drop-replaced", &replaced, "--yes", "production"], 0)?;
    Ok(())
}

#[tokio::test]
async fn a_long_dry_run_is_cut_and_ends_in_short() -> Result<()> {
    let story = story("record_dry_run", WAYS).await?;
    let project = &story.project;
    let many: String = (0..60).map(|n| format!("CREATE TABLE many_{n} (id int);\n")).collect();
    project.write("migrations/3_many.sql", &many)?;
    let short = project.run(&["release", "--dry-run"], 0)?.stdout;
    in_order(
        &short,
        &[
            "-- way release",
            "CREATE TABLE many_0",
            "-- … ",
            " more lines, ",
            "-- way A",
            "-- in short:",
            "-- way release: 1 step; ",
            "-- way A: 3 steps; ",
            "no rows lost",
            "-- way U: 2 steps; ",
            " lines are left out above; -v shows them, --json as well",
        ],
    );
    ensure!(!short.contains("many_59") && short.lines().count() < 60, "{short}");
    let whole = project.run(&["release", "--dry-run", "-v"], 0)?.stdout;
    ensure!(whole.contains("many_59") && !whole.contains("left out"), "{whole}");
    let json = project.json(&["release", "--dry-run"], 0)?;
    ensure!(json.to_string().contains("many_59"), "{json:#}");
    assert_eq!(json["result"]["in_short"][1]["way"], "A", "{json:#}");
    assert_eq!(json["result"]["in_short"][1]["lost_rows"], 0, "{json:#}");
    project.run(&["release", "-v"], 2)?;
    Ok(())
}

/// A table that the way back needs and that somebody dropped by hand: it is named before anything is run.
#[tokio::test]
async fn what_somebody_dropped_by_hand_is_named() -> Result<()> {
    let plan = r#"
[[way]]
name = "U"
[[way.step]]
name = "undo in place"
do = "undo"
"#;
    let project = Project::new("record_dropped").await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write(
        "migrations/1_notes.sql",
        "CREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE notes (id int PRIMARY KEY, body text);\nCREATE TABLE words (id int PRIMARY KEY, note int REFERENCES notes);\n",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO notes VALUES (1, 'a'); INSERT INTO words VALUES (1, 1)")?;
    project.write(
        "migrations/2_body.sql",
        "ALTER TABLE notes DROP COLUMN body;\nALTER TABLE words DROP CONSTRAINT words_note_fkey;\n",
    )?;
    project.run(&["migrate"], 0)?;
    project.database.run("CREATE TABLE kept AS SELECT * FROM notes; DROP TABLE notes")?;
    for line in [&["undo", "--dry-run"][..], &["undo"]] {
        let run = project.command(line)?.run()?;
        ensure!(run.code() != Some(0), "{}", run.transcript());
        let said = format!("{}{}", run.stdout, run.stderr);
        ensure!(said.contains("table public.notes: it was dropped since, by somebody else"), "{}", run.transcript());
        ensure!(!said.contains("does not exist"), "{}", run.transcript());
    }
    let run = project.command(&["rollback", "--yes", "production"])?.run()?.expect_code(4);
    in_order(
        &run.stdout,
        &["undo in place", "failed", "table public.notes: it was dropped since", "go back by a restore"],
    );
    ensure!(!run.stderr.contains("does not exist"), "{}", run.transcript());
    project.run(&["run", "abort", "latest", "--because", "done"], 0)?;
    // Made again by somebody, under its name, it serves.
    project
        .database
        .run("CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes SELECT * FROM kept; DROP TABLE kept")?;
    // What was moved to the archive, and dropped there.
    project.write("migrations/3_words.sql", "DROP TABLE words;\n")?;
    project.run(&["migrate"], 0)?;
    let kept = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'backout_archive_3'";
    let kept = project.query(kept)?;
    project.query(&format!("DROP TABLE {kept}"))?;
    let run = project.command(&["undo"])?.run()?;
    ensure!(
        run.stderr.contains("its rows were kept in backout_archive_3, where somebody has dropped it"),
        "{}",
        run.transcript()
    );
    Ok(())
}

/// The server's notices speak of objects of the archive, which nobody asked about.
#[tokio::test]
async fn a_release_says_nothing_of_what_goes_inside_the_archive() -> Result<()> {
    let story = story("record_notices", WAYS).await?;
    let project = &story.project;
    project.write(
        "migrations/3_more.sql",
        "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (id int REFERENCES a);\nCREATE VIEW v AS SELECT * FROM b;\nCREATE VIEW w AS SELECT * FROM v;\n\
         CREATE FUNCTION f(a) RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
    )?;
    project.run(&["migrate"], 0)?;
    project.write("migrations/4_gone.sql", "DROP TABLE a CASCADE;\nDROP TABLE b CASCADE;\n")?;
    let run = project.run(&["release", "--yes", "production"], 0)?;
    ensure!(!run.stderr.contains("drop cascades") && !run.stdout.contains("drop cascades"), "{}", run.transcript());
    let run = project.run(&["rollback", "--way", "U", "--yes", "production"], 4)?;
    ensure!(!run.stderr.contains("drop cascades"), "{}", run.transcript());
    let document: Value = project.json(&["run", "show", "latest"], 0)?;
    ensure!(document["result"]["ways"][0]["steps"][0]["state"] == "done", "{document:#}");
    Ok(())
}
