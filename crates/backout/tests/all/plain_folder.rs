//! A folder of SQL files without a tool: our own history says what is applied.

use anyhow::Result;

use crate::project::{PLAN, Project};

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("migrations/01_users.sql", "CREATE TABLE users (id int PRIMARY KEY, email text);\n")?;
    project.write("migrations/02_notes.sql", "CREATE TABLE notes (id int PRIMARY KEY, body text);\n")?;
    project.write("migrations/03_index.sql", "ALTER TABLE users ADD COLUMN a int;\n")?;
    Ok(project)
}

#[tokio::test]
async fn steps_and_targets() -> Result<()> {
    let project = project("plain").await?;
    project.database.run("CREATE TABLE users (id int PRIMARY KEY, email text)")?;
    let init = project.run(&["init", "--yes", "staging"], 0)?;
    assert!(init.stderr.contains("--applied-to"), "{}", init.transcript());
    let unknown = project.run(&["init", "--force", "--target", "staging", "--applied-to", "1_users"], 2)?;
    assert!(unknown.stderr.contains("01_users"), "{}", unknown.transcript());
    project.run(&["init", "--force", "--target", "staging", "--applied-to", "01_users"], 0)?;
    let free = project
        .read("backout.toml")?
        .replace("certificate = \"full\"", "certificate = \"none\"")
        .replace("backup = \"proven\"", "backup = \"none\"");
    project.write("backout.toml", &free)?;

    // One step, from a folder below; the name of the target must be the recorded one.
    project.run(&["migrate", "--to", "99"], 2)?;
    project.run(&["migrate", "--to", "02_notes"], 0)?;
    assert_eq!(project.query("SELECT to_regclass('notes') IS NOT NULL")?, "t");
    assert_eq!(project.json(&["status"], 8)?["result"]["pending"][0]["version"], "03_index");
    project.run(&["undo", "--target", "stagign"], 2)?;

    // Without the plan, from any machine: the connection and the name are enough.
    let url = project.database.url();
    let elsewhere = tempfile::tempdir()?;
    let run = |line: &[&str], code: i32| -> Result<backout_testkit::Run> {
        let run = backout_testkit::Backout::new(elsewhere.path())?.args(line).args(["--url", &url]).run()?;
        Ok(run.expect_code(code))
    };
    assert!(run(&["history"], 0)?.stdout.contains("02_notes"));
    run(&["undo"], 2)?;
    run(&["undo", "--target", "production"], 3)?;
    run(&["undo", "--target", "staging"], 0)?;
    assert_eq!(project.query("SELECT to_regclass('notes') IS NULL")?, "t");
    Ok(())
}

#[tokio::test]
async fn an_interrupted_migration_goes_on_or_back() -> Result<()> {
    let project = project("plain_interrupted").await?;
    project.run(&["init", "--yes", "production"], 0)?;
    let free = project
        .read("backout.toml")?
        .replace("certificate = \"full\"", "certificate = \"none\"")
        .replace("backup = \"proven\"", "backup = \"none\"");
    project.write("backout.toml", &free)?;
    let file = "BEGIN; CREATE TABLE one (id int); COMMIT;\nBEGIN; CREATE TABLE two (id int); SELECT 1 / 0; COMMIT;\n";
    project.write("migrations/04_steps.sql", file)?;
    let failed = project.run(&["migrate"], 4)?;
    for part in ["division by zero", "04_steps.sql:2:", "step 1 of 2", "backout undo"] {
        assert!(failed.stderr.contains(part), "{part} is missing\n{}", failed.transcript());
    }
    let status = project.run(&["status"], 8)?;
    assert!(status.stdout.contains("interrupted after step 1 of 2"), "{}", status.transcript());

    // As another file it does not go on; it goes back; as a good file it runs anew.
    let mended = file.replace("SELECT 1 / 0;", "");
    project.write("migrations/04_steps.sql", &mended)?;
    let changed = project.run(&["migrate"], 3)?;
    assert!(changed.stderr.contains("changed since"), "{}", changed.transcript());
    project.run(&["undo"], 0)?;
    assert_eq!(project.query("SELECT to_regclass('one') IS NULL")?, "t");
    project.run(&["migrate"], 0)?;
    assert_eq!(project.query("SELECT to_regclass('two') IS NOT NULL")?, "t");
    Ok(())
}

#[tokio::test]
async fn several_go_back_at_once() -> Result<()> {
    let project = project("plain_several").await?;
    project
        .write("migrations/04_more.sql", "ALTER TABLE users DROP COLUMN email; ALTER TABLE notes RENAME TO texts;\n")?;
    project.run(&["init", "--yes", "production"], 0)?;
    let empty = project.dump()?;
    project
        .run(&["migrate", "--to", "01_users", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    project.database.run("INSERT INTO users VALUES (1, 'a'), (2, 'b')")?;
    let one = project.dump()?;
    project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    let all = project.dump()?;

    // Not out of order, not what is not there, not more than there is; nothing is done by any of these.
    let refused = project.run(&["undo", "03_index"], 3)?;
    assert!(refused.stderr.contains("04_more") && refused.stderr.contains("--last 2"), "{}", refused.transcript());
    for (line, part) in [
        (["undo", "--to", "99_none"], "99_none is not on record"),
        (["undo", "--last", "5"], "4 can be undone"),
        (["undo", "99_none", "--dry-run"], "not on record"),
    ] {
        let refused = project.run(&line, 3)?;
        assert!(refused.stderr.contains(part), "{}", refused.transcript());
    }
    project.run(&["undo", "--last", "0"], 2)?;
    project.run(&["undo", "--last", "1", "--to", "01_users"], 2)?;
    assert!(project.run(&["undo", "--to", "04_more"], 0)?.stderr.contains("nothing is to be undone"));
    let shown = project.run(&["undo", "--to", "01_users", "--dry-run"], 0)?;
    let at =
        |part: &str| shown.stdout.find(part).unwrap_or_else(|| panic!("{part} is missing\n{}", shown.transcript()));
    assert!(
        at("Undo of migration 4") < at("Undo of migration 3") && at("Undo of migration 3") < at("Undo of migration 2")
    );
    assert_eq!(shown.stdout.matches("COMMIT;").count(), 1, "{}", shown.transcript());
    assert_eq!(project.dump()?, all);

    let undone = project.json(&["undo", "--to", "01_users"], 0)?;
    let undone = undone["result"]["undone"].as_array().cloned().unwrap_or_default();
    let versions: Vec<&str> = undone.iter().filter_map(|one| one["version"].as_str()).collect();
    assert_eq!(versions, ["04_more", "03_index", "02_notes"]);
    assert!(undone.iter().all(|one| one["together"] == 3), "{undone:#?}");
    assert_eq!(project.dump()?, one);
    assert_eq!(project.query("SELECT string_agg(email, ',' ORDER BY id) FROM users")?, "a,b");
    assert!(project.run(&["undo", "04_more"], 3)?.stderr.contains("is undone already"));

    // The newest by its name, and what is left.
    project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    project.run(&["undo", "04_more"], 0)?;
    let undone = project.run(&["undo", "--last", "3"], 0)?;
    assert_eq!(undone.stdout.matches("one transaction for 3").count(), 3, "{}", undone.transcript());
    assert_eq!(project.dump()?, empty);
    Ok(())
}

/// Killed between the undos of two transactions, or in the one of both: the next undo goes on from there.
#[tokio::test]
async fn several_that_were_killed_go_on() -> Result<()> {
    for (failpoint, together) in [("undo.steps_done", true), ("undo.recorded", true), ("undo.tail", false)] {
        let project = project(&format!("plain_several_{}", failpoint.replace('.', "_"))).await?;
        let view = "CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM notes;\n";
        project
            .write("migrations/03_index.sql", if together { "ALTER TABLE users ADD COLUMN a int;\n" } else { view })?;
        let last = if together { "ALTER TABLE users DROP COLUMN email;\n" } else { "DROP MATERIALIZED VIEW m;\n" };
        project.write("migrations/04_more.sql", last)?;
        project.run(&["init", "--yes", "production"], 0)?;
        let empty = project.dump()?;
        project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
        let killed = project.command(&["undo", "--last", "4"])?.run_to_failpoint(failpoint)?;
        assert!(killed.hit, "{failpoint}: {}", killed.run.transcript());
        project.query(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )?;
        let open = "SELECT count(*) FROM backout.migration WHERE state <> 'undone'";
        // Before the COMMIT nothing is undone; after the first of two the newest is, and that is counted.
        assert_eq!(project.query(open)?, "4", "{failpoint}");
        project.run(&["undo", "--last", "4"], 0)?;
        assert_eq!(project.dump()?, empty, "{failpoint}");
        assert_eq!(project.query(open)?, "0", "{failpoint}");
    }
    Ok(())
}

#[tokio::test]
async fn one_file_leaves_nothing_to_the_next() -> Result<()> {
    let project = project("plain_session").await?;
    project.run(&["init", "--yes", "production"], 0)?;
    project.write(
        "migrations/02_notes.sql",
        "CREATE SCHEMA s; SET search_path = s; CREATE TEMP TABLE scratch (a int); CREATE TABLE notes (id int);",
    )?;
    project.write("migrations/03_index.sql", "CREATE TABLE here (id int); CREATE TEMP TABLE scratch (b int);")?;
    project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    assert_eq!(
        project.query("SELECT to_regclass('s.notes') IS NOT NULL AND to_regclass('public.here') IS NOT NULL")?,
        "t"
    );
    Ok(())
}

#[tokio::test]
async fn after_kill_at_a_failpoint_the_next_command_knows() -> Result<()> {
    let project = project("plain_killed").await?;
    project.run(&["init", "--yes", "production"], 0)?;
    let line = ["migrate", "--to", "01_users", "--without-certificate", "a test", "--without-backup", "a test"];
    let killed = project.command(&line)?.run_to_failpoint("migrate.recorded")?;
    assert!(killed.hit, "{}", killed.run.transcript());
    assert_eq!(project.json(&["status"], 8)?["result"]["pending"].as_array().map(Vec::len), Some(3));
    // The server may not have noticed yet that its client is gone, and that one holds the run lock.
    let rest = project.query(
        "SELECT count(pg_terminate_backend(pid, 5000)) >= 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )?;
    assert_eq!(rest, "t");
    project.run(&line, 0)?;
    Ok(())
}

/// What is said about values of an enum is about the migration that gave it them, whatever else is undone with it.
#[tokio::test]
async fn values_of_one_among_several() -> Result<()> {
    let project = Project::new("values_of_one").await?;
    project.write("backout.toml", PLAN)?;
    project.database.run("CREATE TYPE mood AS ENUM ('good'); CREATE TABLE users (id int PRIMARY KEY, m mood);")?;
    project.write("migrations/1_a.sql", "ALTER TABLE users ADD COLUMN a int;")?;
    project.write("migrations/2_b.sql", "ALTER TYPE mood ADD VALUE 'great';")?;
    let before = project.dump()?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.database.run("INSERT INTO users VALUES (1, 'great')")?;
    // About none of them.
    project.run(&["undo", "--last", "2", "--value", "public.other.great=good"], 3)?;
    let line = ["undo", "--last", "2", "--value", "public.mood.great=good"];
    project.run(&[&line[..], &["--dry-run"]].concat(), 0)?;
    project.run(&line, 0)?;
    assert_eq!(project.dump()?, before);
    assert_eq!(project.query("SELECT m FROM users")?, "good");
    Ok(())
}
