//! A project of sqlx: its history is taken over, written and taken back.

use anyhow::Result;

use crate::project::Project;

const FIRST: &str = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, body text);
CREATE INDEX notes_by_user ON notes (user_id);
INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 50) n;
INSERT INTO notes SELECT n, n, 'note ' || n FROM generate_series(1, 50) n;
";
const SECOND: &str = "-- Notes go, tags come.
DROP TABLE notes;
CREATE TABLE tags (id int PRIMARY KEY, label text);
ALTER TABLE users ADD COLUMN nickname text;
";

/// The first migration applied as sqlx does it, the second one pending.
async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("migrations/1_first.up.sql", FIRST)?;
    project.write("migrations/1_first.down.sql", "DROP TABLE notes, users;")?;
    project.write("migrations/2_tags.up.sql", SECOND)?;
    let history = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL);
        INSERT INTO _sqlx_migrations VALUES (1, 'first', now(), true, sha384(convert_to($t$";
    project.database.run(&format!("{FIRST}{history}{FIRST}$t$, 'UTF8')), 5);"))?;
    Ok(project)
}

#[tokio::test]
async fn from_init_to_undo() -> Result<()> {
    let project = project("sqlx").await?;

    // A dry run writes nothing, here or there.
    let dry = project.json(&["init", "--dry-run"], 0)?;
    assert!(!project.path("backout.toml").exists());
    assert_eq!(dry["result"]["taken_over"], serde_json::json!(["1"]));
    assert_eq!(project.query("SELECT to_regnamespace('backout') IS NULL")?, "t");

    // Nobody is there to be asked, so the name must be given.
    let asked = project.run(&["init"], 3)?;
    assert!(asked.stderr.contains("--yes production"), "{}", asked.transcript());
    let init = project.run(&["init", "--yes", "production"], 0)?;
    assert!(init.stdout.contains("pending: 1"), "{}", init.transcript());
    let plan = project.read("backout.toml")?;
    // Nothing but the table in the database tells sqlx from golang-migrate here.
    assert!(
        plan.contains("layout = \"sqlx\"")
            && plan.contains("_sqlx_migrations is in the database")
            && plan.contains("\"public.users\""),
        "{plan}"
    );
    let again = project.run(&["init"], 3)?;
    assert!(again.stderr.contains("--force"), "{}", again.transcript());

    let status = project.json(&["status"], 8)?;
    assert_eq!(status["result"]["pending"][0]["version"], "2");
    assert_eq!(status["result"]["target"], "production");
    assert_eq!(status["result"]["last"]["state"], "adopted");

    // What was taken over cannot be undone.
    project.run(&["undo"], 3)?;

    // The gate, then the dry run, then the deed.
    let refused = project.run(&["migrate"], 3)?;
    assert!(refused.stderr.contains("backout rehearse"), "{}", refused.transcript());
    let before = project.dump()?;
    let dry = project.json(&["migrate", "--dry-run"], 0)?;
    assert_eq!(dry["result"]["would_apply"][0]["statements"][0]["tag"], "DROP TABLE");
    assert_eq!(project.dump()?, before);
    let done = project.json(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    assert_eq!(done["result"]["applied"][0]["version"], "2", "{done:#}");
    assert_eq!(done["result"]["applied"][0]["verdict"]["verdict"], "exact", "{done:#}");
    assert_eq!(project.query("SELECT string_agg(version::text, ',' ORDER BY version) FROM _sqlx_migrations")?, "1,2");
    assert_eq!(project.query("SELECT to_regclass('notes') IS NULL")?, "t");
    assert_eq!(project.run(&["migrate"], 0)?.stderr.matches("nothing is pending").count(), 1);
    project.run(&["status"], 0)?;

    // What is kept, and the history.
    let archive = project.json(&["archive"], 0)?;
    let kept = &archive["result"]["kept"][0];
    let name = kept["tables"][0]["name"].as_str().unwrap_or_default();
    assert!(kept["kind"] == "archive" && name.ends_with(" notes"), "{archive:#}");
    assert_eq!(kept["tables"][0]["holds"], "table public.notes");
    assert!(kept["keep_until"].is_string(), "{archive:#}");
    let history = project.json(&["history"], 0)?;
    assert_eq!(history["result"]["migrations"][1]["without_certificate"], "a test");

    // The application goes on, and undo keeps what it wrote.
    project.database.run("INSERT INTO users VALUES (99, 'new', 'nick'); INSERT INTO tags VALUES (1, 'x');")?;
    let shown = project.run(&["undo", "--dry-run"], 0)?;
    for part in ["BEGIN;", "COMMIT;", "public.notes", "1 row", "1 value"] {
        assert!(shown.stdout.contains(part), "{part} is missing\n{}", shown.transcript());
    }
    let undone = project.json(&["undo"], 0)?;
    assert!(undone["result"]["undone"][0]["lock_ms"].is_number(), "{undone:#}");
    assert_eq!(project.dump()?, before);
    assert_eq!(project.query("SELECT count(*) FROM notes")?, "50");
    assert_eq!(project.query("SELECT count(*) FROM users")?, "51");
    assert_eq!(project.query("SELECT string_agg(version::text, ',') FROM _sqlx_migrations")?, "1");
    assert_eq!(project.json(&["status"], 8)?["result"]["pending"][0]["version"], "2");
    let kept = project.json(&["archive", "list"], 0)?;
    assert_eq!(kept["result"]["kept"][0]["kind"], "undone", "{kept:#}");

    // Forth again: not without a word about what was set aside.
    let asked = project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 3)?;
    for part in ["table public.tags (1 row)", "--reimport", "--leave-aside"] {
        assert!(asked.stderr.contains(part), "{part} is missing\n{}", asked.transcript());
    }
    assert_eq!(project.dump()?, before);
    let again =
        project.json(&["migrate", "--without-certificate", "a test", "--without-backup", "a test", "--reimport"], 0)?;
    assert_eq!(again["result"]["applied"][0]["reimported"][0]["what"], "table public.tags", "{again:#}");
    assert_eq!(project.query("SELECT id, label FROM tags")?, "1|x");
    assert_eq!(project.query("SELECT nickname FROM users WHERE id = 99")?, "nick");
    project.run(&["undo"], 0)?;
    let left = project
        .run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test", "--leave-aside"], 0)?;
    assert!(!left.stdout.contains("brought back"), "{}", left.transcript());
    assert_eq!(project.query("SELECT count(*) FROM tags")?, "0");
    project.run(&["undo"], 0)?;
    for number in ["3", "4"] {
        project.run(&["archive", "purge", number, "--yes", "production"], 0)?;
    }

    // The rows set aside are removed for good, once somebody says so.
    project.run(&["archive", "purge", "2"], 3)?;
    project.run(&["archive", "purge", "2", "--yes", "production"], 0)?;
    assert_eq!(project.json(&["archive"], 0)?["result"]["kept"], serde_json::json!([]));
    project.run(&["archive", "purge", "2", "--yes", "production"], 3)?;
    Ok(())
}

#[tokio::test]
async fn what_the_tool_applies_by_itself_is_taken_over() -> Result<()> {
    let project = project("sqlx_by_itself").await?;
    project.run(&["init", "--yes", "production"], 0)?;
    project.database.run(&format!(
        "{SECOND} INSERT INTO _sqlx_migrations VALUES (2, 'tags', now(), true, sha384(convert_to($t${SECOND}$t$, 'UTF8')), 5);"
    ))?;
    project.write("migrations/3_more.up.sql", "CREATE TABLE more (id int PRIMARY KEY);")?;
    let status = project.json(&["status"], 8)?;
    let codes: Vec<&str> =
        status["result"]["attention"].as_array().into_iter().flatten().filter_map(|f| f["code"].as_str()).collect();
    assert!(codes.contains(&"tool.unknown"), "{status:#}");
    project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    let history = project.json(&["history"], 0)?;
    let states: Vec<(&str, &str)> = history["result"]["migrations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|record| Some((record["version"].as_str()?, record["state"].as_str()?)))
        .collect();
    assert_eq!(states, [("1", "adopted"), ("2", "adopted"), ("3", "applied")]);

    // An applied file that is edited is said, and a migration that failed half-way stops everything.
    project.write("migrations/2_tags.up.sql", "SELECT 1;")?;
    assert!(project.run(&["status"], 8)?.stdout.contains("edited after it was applied"));
    project.database.run("UPDATE _sqlx_migrations SET success = false WHERE version = 3")?;
    let refused = project.run(&["migrate"], 3)?;
    assert!(refused.stderr.contains("sqlx refuses"), "{}", refused.transcript());
    Ok(())
}

#[tokio::test]
async fn the_archive_is_guarded_and_purged() -> Result<()> {
    let project = project("sqlx_archive").await?;
    project.run(&["init", "--yes", "production"], 0)?;
    let done = project.json(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    assert_eq!(done["result"]["applied"][0]["kept"][0]["what"], "table public.notes", "{done:#}");

    // Somebody looks into the archive: said, and in the way of a purge.
    let kept = project
        .query("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'backout_archive_2'")?;
    project.database.run(&format!("CREATE VIEW peeking AS SELECT body FROM {kept}"))?;
    let status = project.run(&["status"], 8)?;
    assert!(status.stdout.contains("view peeking needs"), "{}", status.transcript());
    let refused = project.run(&["archive", "purge", "2", "--yes", "production"], 3)?;
    assert!(refused.stderr.contains("peeking"), "{}", refused.transcript());
    project.database.run("DROP VIEW peeking")?;
    project.run(&["status"], 0)?;

    // What is past its time is said, and purged only then.
    let nothing = project.json(&["archive", "purge", "--expired", "--yes", "production"], 0)?;
    assert_eq!(nothing["result"]["purged"], serde_json::json!([]));
    project.database.run("UPDATE backout.migration SET keep_until = now() - interval '1 day' WHERE number = 2")?;
    assert!(project.run(&["status"], 8)?.stdout.contains("past its time"));
    let purged = project.json(&["archive", "purge", "--expired", "--yes", "production"], 0)?;
    assert_eq!(purged["result"]["purged"][0]["schema"], "backout_archive_2");
    project.run(&["status"], 0)?;

    // The price, which the history names.
    let undo = project.run(&["undo"], 3)?;
    assert!(undo.stderr.contains("purged"), "{}", undo.transcript());
    assert!(project.run(&["history"], 0)?.stdout.contains("purged"));
    Ok(())
}

#[tokio::test]
async fn a_search_path_that_is_left_behind_harms_no_history() -> Result<()> {
    let project = project("sqlx_path").await?;
    project.run(&["init", "--yes", "production"], 0)?;
    project.write(
        "migrations/2_tags.up.sql",
        "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.tags (id int);\n",
    )?;
    project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "a test"], 0)?;
    assert_eq!(project.query("SELECT count(*) FROM _sqlx_migrations")?, "2");
    project.run(&["undo"], 0)?;
    assert_eq!(project.query("SELECT count(*) FROM _sqlx_migrations")?, "1");
    Ok(())
}

/// Hand-written ways back are held against what was before.
#[tokio::test]
async fn the_projects_own_way_back_is_tried() -> Result<()> {
    let project = project("written_down").await?;
    project.write(
        "migrations/2_tags.down.sql",
        "ALTER TABLE users DROP COLUMN nickname; DROP TABLE tags;
         CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, body text);",
    )?;
    project.write("migrations/3_good.up.sql", "CREATE TABLE good (a int); UPDATE users SET email = 'x' || email;")?;
    project.write(
        "migrations/3_good.down.sql",
        "BEGIN; UPDATE users SET email = substr(email, 2); DROP TABLE good; COMMIT;",
    )?;
    project.write("migrations/4_wrong.up.sql", "CREATE TABLE wrong (a int);")?;
    project.write("migrations/4_wrong.down.sql", "DROP TABLE\nwrongg;")?;
    project.write("migrations/5_outside.up.sql", "CREATE INDEX users_email ON users (email);")?;
    project.write("migrations/5_outside.down.sql", "-- no-transaction\nDROP INDEX CONCURRENTLY users_email;")?;
    project.run(&["init", "--yes", "production"], 0)?;
    let shown = project.run(&["rehearse", "--markdown", "summary.md"], 0)?;
    for part in [
        "2_tags.down.sql: differs in index public.notes_by_user (missing); loses data of public.notes (0 of 50 rows)",
        "3_good.down.sql: restores",
        "4_wrong.down.sql: fails: ",
        "table \"wrongg\" does not exist",
        "5_outside.down.sql: was not rehearsed",
    ] {
        assert!(shown.stdout.contains(part), "{part} is missing\n{}", shown.transcript());
    }
    assert!(project.read("summary.md")?.contains("2_tags.down.sql: differs"), "{}", project.read("summary.md")?);
    // Ours are exact all the same, and the certificate is good.
    assert_eq!(shown.stdout.matches("way back exact").count(), 4, "{}", shown.transcript());
    project.run(&["migrate", "--without-backup", "it is about the way back"], 0)?;
    Ok(())
}

/// A down file without an up file, and a BEGIN that no COMMIT follows: sqlx runs both folders.
#[tokio::test]
async fn what_sqlx_accepts_is_accepted() -> Result<()> {
    let project = project("sqlx_accepts").await?;
    project.write("migrations/9_gone.down.sql", "DROP TABLE gone;")?;
    project.write("migrations/3_open.up.sql", "CREATE TABLE one (id int);\nBEGIN;\nCREATE TABLE two (id int);\n")?;
    project.write("migrations/4_both.up.sql", "BEGIN;\nDROP TABLE one;\nCOMMIT;\nBEGIN;\nDROP TABLE two;\n")?;
    project.run(&["init", "--yes", "production"], 0)?;
    let before = project.dump()?;
    let line = ["migrate", "--without-certificate", "a test", "--without-backup", "a test"];
    let done = project.json(&line, 0)?;
    let applied = done["result"]["applied"].as_array().map_or(0, Vec::len);
    assert_eq!(applied, 3, "{done:#}");
    // As sqlx would have it: one transaction, and two.
    let steps =
        |version: &str| project.query(&format!("SELECT steps FROM backout.migration WHERE version = '{version}'"));
    assert_eq!((steps("3")?, steps("4")?), ("1".to_owned(), "2".to_owned()));
    assert_eq!(project.query("SELECT to_regclass('one') IS NULL AND to_regclass('two') IS NULL")?, "t");
    assert_eq!(project.query("SELECT count(*) FROM _sqlx_migrations")?, "4");
    project.run(&["undo", "--last", "3"], 0)?;
    assert_eq!(project.dump()?, before);
    Ok(())
}
