//! Input that is wrong: what is said, where, with which exit code, and that nothing was changed.

use anyhow::{Context, Result, ensure};

use crate::project::{PLAN, Project};

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write(
        "migrations/1_users.sql",
        "CREATE TABLE users (id int PRIMARY KEY, email text); CREATE TABLE words (word text);\n",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.database.run("INSERT INTO users VALUES (1, 'a'); INSERT INTO words VALUES ('a')")?;
    Ok(project)
}

#[tokio::test]
async fn wrong_plans_and_command_lines() -> Result<()> {
    let project = project("wrong_plan").await?;
    for (from, to, expected) in [
        ("[protect]", "[protekt]", "backout.toml:7:2: "),
        ("version = 1", "version = 2", "backout.toml:1:11"),
        ("tables = [\"public.users\"]", "tables = [\"users\"]", "backout.toml:8:"),
        ("layout = \"plain\"", "layout = \"sqlxx\"", "did you mean \"sqlx\"?"),
        ("certificate = \"none\"", "certificate = nope", "backout.toml:10:"),
    ] {
        project.write("backout.toml", &PLAN.replace(from, to))?;
        let run = project.run(&["status"], 2)?;
        let place = expected.trim_end_matches(": ");
        assert!(run.stderr.contains(place), "{to}: {place} is missing\n{}", run.transcript());
        let document = project.json(&["status"], 2)?;
        assert!(
            document["error"]["location"].as_str().is_some_and(|at| at.starts_with("backout.toml:")),
            "{document:#}"
        );
    }
    project.write("backout.toml", PLAN)?;
    project.run(&["frobnicate"], 2)?;
    assert_eq!(project.json(&["frobnicate"], 2)?["exit"]["name"], "usage");
    project.run(&["archive", "purge"], 2)?;
    project.run(&["archive", "purge", "1", "--expired"], 2)?;
    project.run(&["migrate", "--plan", "nowhere.toml"], 2)?;
    project.run(&["migrate", "--without-certificate", " "], 0)?;
    Ok(())
}

#[tokio::test]
async fn no_connection_and_no_password_shown() -> Result<()> {
    let project = project("wrong_connection").await?;
    let secret = "hunter2-very-secret";
    let url = format!("postgresql://nobody:{secret}@127.0.0.1:1/app?sslmode=disable");
    for line in [vec!["status", "--url", &url], vec!["doctor", "--url", &url], vec!["migrate", "--url", &url]] {
        let run = project.run(&line, 7)?;
        assert!(!run.transcript().contains(secret), "{}", run.transcript());
        assert!(run.stderr.contains("127.0.0.1:1") && run.stderr.contains("hint:"), "{}", run.transcript());
    }
    // A URL that cannot be read may be a password altogether.
    let run = project.run(&["status", "--url", &format!("postgres:/{secret}")], 2)?;
    assert!(!run.transcript().contains(secret), "{}", run.transcript());
    project.write(".env", "OTHER=1\n")?;
    let unset = project.run(&["status"], 7)?;
    assert!(unset.stderr.contains("DATABASE_URL"), "{}", unset.transcript());
    Ok(())
}

/// Nobody sees in time which rows code writes anew, where no key tells them apart.
const LOSSY: &str = "DO $$ BEGIN ALTER TABLE words ALTER COLUMN word TYPE int USING 1; END $$;\n";

#[tokio::test]
async fn migrations_that_must_not_run() -> Result<()> {
    let project = project("must_not_run").await?;
    let before = (project.dump()?, project.query("SELECT * FROM backout.migration")?);
    for (sql, code, parts) in [
        ("CREATE TABLE t (id int);\nSELEC 1;\n", 3, vec!["2_x.sql:2:1", "syntax error", "   | SELEC 1", "   | ^"]),
        (
            "CREATE TABLE t (id int);\nALTER TABLE t\n  ADD COLUMN b nosuch;\n",
            1,
            vec!["2_x.sql:3:16", "nosuch", "SQLSTATE 42704"],
        ),
        ("\n\nSELECT missing FROM users;\n", 1, vec!["2_x.sql:3:8", "   |        ^", "missing"]),
        ("DROP TABLE users;\n", 3, vec!["2_x.sql:1:1", "users"]),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$;\n", 3, vec!["2_x.sql:1:1", "users"]),
        (LOSSY, 5, vec!["--accept-loss", "table public.words", "rewritten by code"]),
        ("BEGIN;\nCREATE TABLE t (id int);\n", 3, vec!["2_x.sql:1:1", "COMMIT"]),
        ("INSERT INTO users VALUES (1, 'twice');\n", 1, vec!["detail: Key (id)=(1) already exists."]),
    ] {
        project.write("migrations/2_x.sql", sql)?;
        let run = project.run(&["migrate"], code)?;
        for part in parts {
            assert!(run.stderr.contains(part), "{sql}: {part:?} is missing\n{}", run.transcript());
        }
        let document = project.json(&["migrate"], code)?;
        assert!(document["error"]["message"].is_string(), "{document:#}");
        assert_eq!((project.dump()?, project.query("SELECT * FROM backout.migration")?), before, "{sql}");
    }

    // All problems of all files at once, before anything is touched.
    project.write("migrations/2_x.sql", "CREATE TABLE t (id int);\n")?;
    project.write("migrations/3_x.sql", "SELEC 1;\nSELECT 1;\nDELET FROM t;\n")?;
    project.write("migrations/4_x.sql", "ROLLBACK;\n")?;
    let run = project.run(&["migrate"], 3)?;
    for place in ["3_x.sql:1:1", "3_x.sql:3:1", "4_x.sql:1:1"] {
        assert!(run.stderr.contains(place), "{place} is missing\n{}", run.transcript());
    }
    assert_eq!(project.dump()?, before.0);

    // A loss that is named goes through, and is said.
    for file in ["3_x.sql", "4_x.sql"] {
        std::fs::remove_file(project.path("migrations").join(file))?;
    }
    project.write("migrations/2_x.sql", LOSSY)?;
    let run = project.run(&["migrate", "--accept-loss", "public.words"], 0)?;
    assert!(run.stdout.contains("lossy"), "{}", run.transcript());
    assert!(project.run(&["history"], 0)?.stdout.contains("loss accepted: public.words"));
    Ok(())
}

#[tokio::test]
async fn another_target_than_the_one_that_is_meant() -> Result<()> {
    let project = project("another_target").await?;
    project.write("migrations/2_x.sql", "CREATE TABLE t (id int);\n")?;
    let before = project.dump()?;
    project.run(&["migrate", "--yes", "staging"], 3)?;

    // Another name for the same database.
    project.write("backout.toml", &PLAN.replace("production", "staging"))?;
    let run = project.run(&["migrate"], 3)?;
    assert!(run.stderr.contains("--target production"), "{}", run.transcript());
    project.write("backout.toml", PLAN)?;

    // A copy carries the marker: somebody must say that it is meant.
    project.database.run_as_superuser("UPDATE backout.target SET database = 'original'")?;
    let run = project.run(&["migrate"], 3)?;
    assert!(run.stderr.contains("copy"), "{}", run.transcript());
    assert_eq!(project.run(&["status"], 8)?.stdout.matches("copy").count(), 1);
    assert_eq!(project.dump()?, before);
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["undo"], 0)?;
    assert_eq!(project.dump()?, before);
    Ok(())
}

#[tokio::test]
async fn two_runs_at_once() -> Result<()> {
    let project = project("two_runs").await?;
    project.write("migrations/2_x.sql", "CREATE TABLE t (id int);\n")?;
    let other = project.database.client().await?;
    backout_postgres::store::lock_runs(&other).await?;
    let run = project.run(&["migrate"], 3)?;
    assert!(run.stderr.contains("another run"), "{}", run.transcript());
    project.run(&["undo"], 3)?;
    // The server lets go of a session's locks some time after the client has left.
    other.scalar("SELECT pg_advisory_unlock_all()").await?;
    other.close().await;
    project.run(&["migrate"], 0)?;
    Ok(())
}

#[tokio::test]
async fn doctor_tells_what_is_degraded() -> Result<()> {
    let project = project("doctor").await?;
    let calm = project.json(&["doctor"], 0)?;
    assert_eq!(calm["result"]["observations"]["role_is_superuser"], false);
    let database = project.database.name();
    project.database.run_as_superuser(&format!(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY;
         CREATE TABLE foreign_one (id int); CREATE PUBLICATION p FOR ALL TABLES;
         REVOKE CREATE ON DATABASE {database} FROM {0}; ALTER DATABASE {database} OWNER TO postgres;
         REVOKE CREATE ON DATABASE {database} FROM PUBLIC;",
        project.database.owner()
    ))?;
    project.write("backout.toml", &PLAN.replace("\"public.users\"", "\"public.users\", \"billing.*\""))?;
    let report = project.json(&["doctor"], 8)?;
    let codes: Vec<&str> =
        report["result"]["findings"].as_array().into_iter().flatten().filter_map(|f| f["code"].as_str()).collect();
    for code in ["privileges.create", "owners.tables", "rls.forced", "publications.all-tables", "protect.nothing"] {
        assert!(codes.contains(&code), "{code} is missing in {codes:?}");
    }
    assert!(project.run(&["doctor"], 8)?.stdout.contains("GRANT CREATE ON DATABASE"));
    Ok(())
}

#[tokio::test]
async fn a_first_interrupt_stops_after_the_file_and_a_second_rolls_back() -> Result<()> {
    let project = project("interrupt").await?;
    project.write("migrations/2_x.sql", "CREATE TABLE t2 (id int);\nSELECT pg_sleep(60);\n")?;
    project.write("migrations/3_x.sql", "CREATE TABLE t3 (id int);\n")?;
    let before = project.dump()?;
    let mut child = std::process::Command::new(backout_testkit::binary_path()?)
        .args(["migrate", "--no-progress"])
        .current_dir(project.path(""))
        .env("DATABASE_URL", project.database.url())
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()?;
    // The server itself tells when the statement runs.
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(%' AND state = 'active'";
    while project.query(sleeping)? != "1" {
        assert!(child.try_wait()?.is_none(), "it ended early");
    }
    let id = child.id().to_string();
    let signal = || std::process::Command::new("kill").args(["-INT", &id]).status();
    let mut stderr = std::io::BufReader::new(child.stderr.take().expect("it is piped"));
    signal()?;
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut line)?;
    assert!(line.contains("stopping after 2_x"), "{line}");
    signal()?;
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest)?;
    let code = child.wait()?.code();
    assert_eq!(code, Some(1), "{rest}");
    assert!(rest.contains("cancel"), "{rest}");
    assert_eq!(project.dump()?, before);
    project.run(&["migrate", "--dry-run"], 0)?;
    Ok(())
}

#[tokio::test]
async fn commands_that_need_no_database() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let run = |line: &[&str]| backout_testkit::Backout::new(folder.path())?.args(line).run();
    let schema: serde_json::Value = serde_json::from_str(&run(&["schema"])?.expect_code(0).stdout)?;
    assert_eq!(schema["title"], "backout.toml");
    let codes: serde_json::Value = serde_json::from_str(&run(&["exit-codes", "--json"])?.expect_code(0).stdout)?;
    assert_eq!(codes["result"].as_array().map(Vec::len), Some(9));
    assert!(run(&["completions", "bash"])?.expect_code(0).stdout.contains("_backout"));
    assert!(run(&["--help"])?.expect_code(0).stdout.contains("Exit codes"));
    let nothing = run(&["migrate"])?.expect_code(2);
    assert!(nothing.stderr.contains("backout init"), "{}", nothing.transcript());
    Ok(())
}

/// What rows that are written until an undo may not fit is said before anybody writes them.
#[tokio::test]
async fn what_rows_may_not_fit_is_said_before() -> Result<()> {
    let project = Project::new("may_not_fit").await?;
    project.write("backout.toml", PLAN)?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, age int CHECK (age > 0));
         CREATE UNIQUE INDEX by_age ON users (age);",
    )?;
    let up = "ALTER TABLE users ALTER email DROP NOT NULL; ALTER TABLE users DROP CONSTRAINT users_email_key;
              ALTER TABLE users DROP CONSTRAINT users_age_check; DROP INDEX by_age; CREATE TABLE harmless (id int NOT NULL);\n";
    project.write("migrations/1_wider.sql", up)?;
    let expected: std::collections::BTreeSet<&str> = [
        "column public.users.email",
        "constraint users_email_key on public.users",
        "constraint users_age_check on public.users",
        "index public.by_age",
    ]
    .into();
    let said = |list: &serde_json::Value| -> Vec<String> { serde_json::from_value(list.clone()).unwrap_or_default() };
    let same = |list: &serde_json::Value| {
        let list = said(list);
        assert_eq!(list.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), expected);
    };
    let rehearsed = project.json(&["rehearse", "--level", "schema", "--yes", "production"], 0)?;
    same(&rehearsed["result"]["certificate"]["migrations"][0]["may_not_fit"]);
    let migrated = project.json(&["migrate"], 0)?;
    same(&migrated["result"]["applied"][0]["may_not_fit"]);
    let undone = project.json(&["undo", "--dry-run"], 0)?;
    same(&undone["result"]["would_undo"][0]["may_not_fit"]);
    let text = project.run(&["undo", "--dry-run"], 0)?;
    assert!(text.stdout.contains("may not fit what comes back: "), "{}", text.transcript());
    project.run(&["undo"], 0)?;
    Ok(())
}

/// What an undo cannot leave as it was is counted before it, on record after it, and said until it is mended.
#[tokio::test]
async fn what_an_undo_left_is_said_until_it_is_mended() -> Result<()> {
    let project = Project::new("undo_left").await?;
    project.write("backout.toml", PLAN)?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE notes (id int PRIMARY KEY, writer int REFERENCES users);
         INSERT INTO users VALUES (1), (2); INSERT INTO notes VALUES (1, 1), (2, 2);",
    )?;
    project.write("migrations/1_no_notes.sql", "DROP TABLE notes;\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.database.run("DELETE FROM users WHERE id = 2")?;
    let dry = project.run(&["undo", "--dry-run"], 0)?;
    let key = "foreign key notes_writer_fkey on public.notes";
    let expected = format!("{key}: 1 rows refer to nothing: it holds for new rows only (by key: (2))");
    assert!(dry.stdout.contains(&expected), "{}", dry.transcript());
    project.run(&["undo"], 0)?;
    let mend = "ALTER TABLE public.notes VALIDATE CONSTRAINT notes_writer_fkey";
    let history = project.run(&["history"], 0)?;
    for part in ["1 thing not as before", mend] {
        assert!(history.stdout.contains(part), "{part}: {}", history.transcript());
    }
    let status = project.run(&["status"], 8)?;
    for part in [key, mend] {
        assert!(status.stdout.contains(part), "{part}: {}", status.transcript());
    }
    project.database.run(&format!("INSERT INTO users VALUES (2); {mend}"))?;
    let status = project.run(&["status"], 8)?;
    assert!(!status.stdout.contains(key), "{}", status.transcript());
    Ok(())
}

/// The reference in `docs` is what the program says of itself, and each command has its man page.
#[test]
fn the_manual_is_that_of_the_program() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let run = |line: &[&str]| backout_testkit::Backout::new(folder.path())?.args(line).run();
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let said = run(&["man", "--markdown"])?.expect_code(0).stdout;
    let kept = std::fs::read_to_string(&docs)?;
    assert_eq!(kept, said, "it is made by: backout man --markdown > docs/commands.md");
    run(&["man", "pages"])?.expect_code(0);
    for line in said.lines().filter_map(|line| line.strip_prefix("## backout ")) {
        let page = folder.path().join(format!("pages/backout-{}.1", line.replace(' ', "-")));
        let text = std::fs::read_to_string(&page).with_context(|| page.display().to_string())?;
        assert!(text.contains(".SH NAME"), "{line}");
    }
    Ok(())
}

/// What happens inside is told on stderr to whoever asks, and neither SQL nor a secret is in it.
#[tokio::test]
async fn what_happens_inside_is_told_without_secrets() -> Result<()> {
    let project = Project::new("traced").await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_a.sql", "CREATE TABLE a (v text DEFAULT 'hunter2');\n")?;
    let silent = project.run(&["migrate", "--dry-run"], 0)?;
    assert!(!silent.stderr.contains("backout_control"), "{}", silent.transcript());
    let run = project.run(&["migrate", "--yes", "production", "--no-progress", "--log", "trace"], 0)?;
    for part in ["migrate{target=", "Migrating { version: \"1_a\" }", "backout_postgres::session: answered"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.transcript());
    }
    let password = project.database.settings().password;
    let secrets = std::iter::once("hunter2".to_owned()).chain(password.map(|secret| secret.expose().to_owned()));
    for secret in secrets.filter(|secret| !secret.is_empty()) {
        assert!(!run.stderr.contains(&secret), "{secret}");
    }
    let wrong = project.run(&["status", "--log", "loud=very"], 2)?;
    assert!(wrong.stderr.contains("--log"), "{}", wrong.transcript());
    Ok(())
}

/// What a version to come wrote, or what was damaged, is never taken for something harmless.
#[tokio::test]
async fn what_is_on_record_and_not_known_is_refused() -> Result<()> {
    let project = Project::new("not_known").await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_a.sql", "CREATE TABLE a (id int);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    // A version to come may know more states.
    project.query("ALTER TABLE backout.migration DROP CONSTRAINT migration_state_check")?;
    for (column, value) in
        [("state", "'paused'"), ("verdicts", "'[{\"verdict\":\"perhaps\"}]'"), ("done", "-1"), ("done", "99")]
    {
        let change = format!(
            "CREATE TABLE public.kept AS SELECT * FROM backout.migration; UPDATE backout.migration SET {column} = {value}"
        );
        project.query(&change)?;
        for command in ["status", "history", "undo", "migrate"] {
            let refused = project.json(&[command], 3)?;
            let said = refused["error"]["message"].to_string();
            ensure!(said.contains("migration 1") && said.contains(column), "{command} with {column} = {value}: {said}");
        }
        project.query(&format!(
            "UPDATE backout.migration m SET {column} = k.{column} FROM public.kept k; DROP TABLE public.kept"
        ))?;
    }
    // A field that this version does not know may be what the way back needs.
    project.query("UPDATE backout.migration SET inverse = (inverse::jsonb || '{\"of_tomorrow\": 1}')::text")?;
    project.run(&["undo"], 1)?;
    project.query("UPDATE backout.migration SET inverse = (inverse::jsonb - 'of_tomorrow')::text")?;
    project.run(&["undo"], 0)?;
    Ok(())
}

/// What waits for COMMIT is named for what it is.
#[tokio::test]
async fn a_deferred_key_that_is_violated() -> Result<()> {
    let project = Project::new("deferred_key").await?;
    project.write("backout.toml", PLAN)?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY);
         CREATE TABLE notes (user_id int CONSTRAINT notes_of REFERENCES users DEFERRABLE INITIALLY DEFERRED);",
    )?;
    project.write("migrations/1_notes.sql", "INSERT INTO notes VALUES (7);")?;
    let before = project.dump()?;
    let run = project.json(&["migrate", "--yes", "production"], 1)?;
    let error = &run["error"];
    assert_eq!(error["sqlstate"], "23503", "{run:#}");
    assert!(error["causes"][0].as_str().is_some_and(|cause| cause.contains("notes_of")), "{run:#}");
    assert!(!error["message"].to_string().contains("keeping"), "{run:#}");
    assert_eq!(project.dump()?, before);
    Ok(())
}
