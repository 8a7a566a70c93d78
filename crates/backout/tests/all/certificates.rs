//! What a certificate is bound to: what voids it, what does not, and that it may be carried to another machine.

use std::fs;

use anyhow::{Context, Result};
use backout_testkit::{Backout, Run, TestServer};

use crate::project::{PLAN, Project};

const BEFORE: &str = "CREATE ROLE %_reader; CREATE TABLE users (id int PRIMARY KEY, email text);
CREATE TABLE carts (id int PRIMARY KEY, user_id int REFERENCES users, note text);
CREATE INDEX carts_user ON carts (user_id);
CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE elsewhere (id int PRIMARY KEY, cart int);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 20) i;
INSERT INTO carts SELECT i, i, 'n' FROM generate_series(1, 20) i;
INSERT INTO elsewhere VALUES (1, -1), (2, 2);
INSERT INTO events SELECT i, '2026-01-05' FROM generate_series(1, 20) i;
ALTER TABLE users OWNER TO %; ALTER TABLE carts OWNER TO %; ALTER TABLE events OWNER TO %; ALTER TABLE events_1 OWNER TO %;
ALTER TABLE elsewhere OWNER TO %; ALTER FUNCTION stamp() OWNER TO %;";

const MIGRATION: &str = "DROP TABLE carts;
ALTER TABLE users ADD COLUMN plan text;
ALTER TABLE events ADD COLUMN kind text;
UPDATE elsewhere SET cart = NULL WHERE cart < 0;
";

/// A plan that asks for a certificate of a rehearsal there.
fn plan(place: &str) -> String {
    PLAN.replace("certificate = \"none\"", "certificate = \"full\"") + "[rehearse]\nwhere = " + place + "\n"
}

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &plan("\"sandbox\""))?;
    project.write("migrations/1_carts.sql", MIGRATION)?;
    project.database.run_as_superuser(&BEFORE.replace('%', project.database.owner()))?;
    Ok(project)
}

/// A folder with the same files, as on another machine, without certificates.
fn elsewhere(project: &Project) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("migrations"))?;
    for name in ["backout.toml", ".env", "migrations/1_carts.sql"] {
        fs::copy(project.path(name), folder.path().join(name))?;
    }
    Ok(folder)
}

#[tokio::test]
async fn voided_by_what_the_migration_touches_and_by_nothing_else() -> Result<()> {
    let project = project("certificate_void").await?;
    let none = project.run(&["migrate", "--yes", "production"], 3)?;
    assert!(none.stderr.contains("there is no valid certificate") && none.stderr.contains("backout rehearse"));
    project.run(&["rehearse", "--yes", "production"], 0)?;
    let before = project.dump()?;

    // (what somebody does, how it is taken back, what is said)
    let owner = project.database.owner();
    for (change, back, said) in [
        (
            "ALTER TABLE carts ADD COLUMN extra int",
            "ALTER TABLE carts DROP COLUMN extra",
            "column public.carts.extra is new",
        ),
        (
            "ALTER TABLE users ALTER email TYPE varchar(99)",
            "ALTER TABLE users ALTER email TYPE text",
            "column public.users.email has changed",
        ),
        ("DROP INDEX carts_user", "CREATE INDEX carts_user ON carts (user_id)", "index public.carts_user is gone"),
        ("CREATE INDEX n ON users (email)", "DROP INDEX n", "index public.n is new"),
        ("CREATE VIEW v AS SELECT note FROM carts", "DROP VIEW v", "view public.v is new"),
        (
            "CREATE TABLE lines (cart int REFERENCES carts)",
            "DROP TABLE lines",
            "lines_cart_fkey on public.lines is new",
        ),
        (
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
            "table public.users has changed",
        ),
        ("CREATE POLICY p ON carts USING (true)", "DROP POLICY p ON carts", "policy p on public.carts is new"),
        (
            "GRANT SELECT ON carts TO %_reader",
            "REVOKE SELECT ON carts FROM %_reader; UPDATE pg_class SET relacl = NULL WHERE relname = 'carts'",
            "table public.carts has changed",
        ),
        (
            "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION stamp()",
            "DROP TRIGGER t ON users",
            "trigger t on public.users is new",
        ),
        // Rows of it are updated, so its triggers matter, though no object of it changes.
        (
            "CREATE TRIGGER t BEFORE UPDATE ON elsewhere FOR EACH ROW EXECUTE FUNCTION stamp()",
            "DROP TRIGGER t ON elsewhere",
            "trigger t on public.elsewhere is new",
        ),
        (
            "ALTER TABLE users ADD COLUMN plan int",
            "ALTER TABLE users DROP COLUMN plan",
            "column public.users.plan exists already",
        ),
        ("ALTER ROLE % CREATEDB", "ALTER ROLE % NOCREATEDB", "its attributes"),
    ] {
        project.database.run_as_superuser(&change.replace('%', owner))?;
        let run = project.run(&["migrate"], 3).with_context(|| change.to_owned())?;
        assert!(run.stderr.contains(said), "{change}: {said:?} is missing\n{}", run.transcript());
        let status = project.run(&["status"], 8)?;
        assert!(status.transcript().contains(said), "{change}\n{}", status.transcript());
        project.database.run_as_superuser(&back.replace('%', owner))?;
    }
    for (file, from, to, said) in [
        ("migrations/1_carts.sql", "plan text", "plan int", "the file of 1_carts has changed"),
        ("backout.toml", "\"public.users\"", "\"public.users\", \"public.events\"", "what the plan protects"),
        (
            "backout.toml",
            "certificate = \"full\"",
            "certificate_max_age = \"1ms\"\ncertificate = \"full\"",
            "hours old",
        ),
    ] {
        let text = project.read(file)?;
        project.write(file, &text.replace(from, to))?;
        let run = project.run(&["migrate"], 3)?;
        assert!(run.stderr.contains(said), "{to}: {said:?} is missing\n{}", run.transcript());
        project.write(file, &text)?;
    }
    assert_eq!(project.dump()?, before);

    // Neighbours come and go, rows are written, partitions are made daily.
    project.database.run(
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); CREATE INDEX ON events_2 (at);
         CREATE TABLE other (id int PRIMARY KEY, v text); CREATE INDEX ON other (v); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
         INSERT INTO carts VALUES (99, 1, 'new'); INSERT INTO events VALUES (1, '2026-02-02'); DELETE FROM users WHERE id > 99; ANALYZE;
         COMMENT ON TABLE other IS 'new'; CREATE VIEW seen AS SELECT * FROM other;",
    )?;
    let before = project.dump()?;
    // Whether changes are captured is none of its business.
    project.run(&["capture", "on"], 0)?;
    let loss = ["migrate", "--accept-loss", "public.elsewhere"];
    let migrated = project.json(&loss, 0)?;
    assert_eq!(project.query("SELECT to_regclass('carts') IS NULL AND (SELECT count(kind) = 0 FROM events_2)")?, "t");
    let certificate = project.json(&["history"], 0)?["result"]["migrations"][0]["certificate"].clone();
    assert!(certificate.as_str().is_some_and(|id| id.starts_with('c')), "{migrated:#}");
    project.run(&["undo"], 0)?;
    project.run(&["capture", "off", "--yes", "production"], 0)?;
    assert_eq!(project.dump()?, before);
    // What came back is what was there, so the same certificate serves again.
    project.run(&loss, 0)?;
    Ok(())
}

#[tokio::test]
async fn made_on_one_machine_and_used_on_another() -> Result<()> {
    let project = project("certificate_carried").await?;
    let run = |folder: &tempfile::TempDir, line: &[&str], code: i32| -> Result<Run> {
        Ok(Backout::new(folder.path())?.args(line).run()?.expect_code(code))
    };

    // As a file only: nothing is written into the target, whose marker is not even there.
    let made = project.json(&["rehearse", "--no-store"], 0)?;
    assert_eq!(project.query("SELECT to_regnamespace('backout') IS NULL")?, "t");
    let file = made["result"]["file"].as_str().context("no file")?;
    let mode = fs::metadata(project.path(file))?.permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);

    let other = elsewhere(&project)?;
    let line = ["migrate", "--yes", "production", "--accept-loss", "public.elsewhere"];
    run(&other, &line, 3)?;
    fs::copy(project.path(file), other.path().join("c.json"))?;
    let damaged = fs::read_to_string(project.path(file))?.replacen('{', "", 1);
    fs::write(other.path().join("damaged.json"), damaged)?;
    run(&other, &[&line[..], &["--certificate", "damaged.json"]].concat(), 2)?;
    run(&other, &[&line[..], &["--certificate", "c.json"]].concat(), 0)?;
    assert_eq!(project.query("SELECT to_regclass('carts') IS NULL")?, "t");
    run(&other, &["undo"], 0)?;

    // Through the target: whoever connects finds it there.
    project.run(&["rehearse"], 0)?;
    let third = elsewhere(&project)?;
    run(&third, &line[..1].iter().chain(&line[3..]).copied().collect::<Vec<_>>(), 0)?;
    run(&third, &["undo"], 0)?;
    Ok(())
}

#[tokio::test]
async fn rehearsed_on_the_same_server_or_another_one() -> Result<()> {
    let project = project("certificate_places").await?;
    let databases = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ '^backout'";
    let same = plan("\"same-server\"");
    project.write("backout.toml", &same)?;
    // The role may not create databases, and is told what it needs.
    let refused = project.run(&["rehearse", "--yes", "production"], 1)?;
    assert!(refused.stderr.contains("CREATEDB"), "{}", refused.transcript());
    project.database.run_as_superuser(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;

    // What a killed rehearsal left is swept by the next one.
    let killed = project.command(&["rehearse"])?.run_to_failpoint("migrate.statement")?;
    assert!(killed.hit, "{}", killed.run.transcript());
    assert!(project.query(databases)?.contains("_twin"), "the clone of the killed rehearsal is gone already");
    let own = project.json(&["rehearse"], 0)?;
    assert_eq!(own["result"]["proven"], true, "{own:#}");
    assert_eq!(project.query(databases)?, "");

    // Another server, with roles of its own.
    let server = TestServer::own(TestServer::options()?)?;
    let there = server.database("elsewhere").await?;
    there.run_as_superuser(&format!(
        "CREATE ROLE {} LOGIN CREATEDB; CREATE ROLE {0}_reader",
        project.database.owner()
    ))?;
    let url = plan("\"url\"\nsandbox_url = \"env:SANDBOX\"");
    project.write("backout.toml", &url)?;
    let unset = project.run(&["rehearse"], 2)?;
    assert!(unset.stderr.contains("SANDBOX"), "{}", unset.transcript());
    let run =
        project.command(&["rehearse"])?.env("SANDBOX", there.url_as(project.database.owner())).run()?.expect_code(0);
    assert!(run.stdout.contains("1_carts"), "{}", run.transcript());
    assert_eq!(there.run_as_superuser(databases)?.trim(), "");
    project.run(&["migrate", "--accept-loss", "public.elsewhere"], 0)?;
    Ok(())
}

/// The clone can be a restored backup: certificate and backup name each other, and neither goes without the other.
#[tokio::test]
async fn a_rehearsal_on_a_backup() -> Result<()> {
    let project = Project::new("rehearsed_backup").await?;
    project.write(
        "backout.toml",
        &PLAN
            .replace("certificate = \"none\"\nbackup = \"none\"\n", "")
            .replace("[migrate]\n", "[backup]\nkeep = \"0s\"\nkeep_last = 0\n"),
    )?;
    project.database.run(
        "CREATE TABLE users (id int PRIMARY KEY, email text CHECK (email IN ('a', 'b') OR id > 0 AND (id < 9000 OR email LIKE 'u%')));
         CREATE TABLE notes (id serial PRIMARY KEY, user_id int REFERENCES users, body text);
         INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 200) i; INSERT INTO notes (user_id, body) SELECT i, 'b' FROM generate_series(1, 200) i;",
    )?;
    project.write("migrations/1_go.sql", "DROP TABLE notes; UPDATE users SET email = email || '!';\n")?;
    project.run(&["backup", "take", "--prove"], 0)?;
    // The clone is as of the backup: what came since is not in it.
    project.database.run("DELETE FROM notes WHERE id > 50")?;
    let rehearsed = project.json(&["rehearse", "--backup", "--yes", "production"], 0)?;
    let certificate = rehearsed["result"]["id"].as_str().context("no certificate")?.to_owned();
    let id = rehearsed["result"]["certificate"]["backup"].as_str().context("no backup")?.to_owned();
    let shown = project.json(&["backup", "show", &id], 0)?;
    assert_eq!(shown["result"]["certificates"], serde_json::json!([certificate]));
    // A younger, proven one would let it go, if the certificate did not stand on it.
    project.run(&["backup", "take", "--prove"], 0)?;
    let pruned = project.json(&["backup", "prune"], 0)?;
    let kept = pruned["result"]["decisions"][0]["kept"].as_str().unwrap_or_default().to_owned();
    assert!(kept.contains(&format!("certificate {certificate} was made from it")), "{pruned}");
    let before = (project.dump()?, project.database.sorted_copy("notes")?, project.database.sorted_copy("users")?);
    project.run(&["migrate"], 0)?;
    assert_eq!(project.query("SELECT certificate FROM backout.migration")?, certificate);
    project.run(&["undo"], 0)?;
    let after = (project.dump()?, project.database.sorted_copy("notes")?, project.database.sorted_copy("users")?);
    assert!(before == after);
    // What was migrated since is not in the backup.
    project.database.run("ALTER TABLE users ADD COLUMN since int")?;
    let refused = project.run(&["rehearse", "--backup", &id], 3)?.stderr;
    assert!(refused.contains("another schema since backup") && refused.contains("public.users"), "{refused}");
    Ok(())
}

/// Three files; each builds on what the one before leaves.
const CHAIN: [(&str, &str); 3] = [
    (
        "1_plan",
        "ALTER TABLE users ADD COLUMN plan text; CREATE TABLE plans (name text PRIMARY KEY);
         ALTER TABLE carts RENAME note TO remark; DROP INDEX carts_user;",
    ),
    ("2_keys", "ALTER TABLE users ADD FOREIGN KEY (plan) REFERENCES plans; ALTER TABLE elsewhere RENAME TO otherwise;"),
    (
        "3_rows",
        "BEGIN; DROP TABLE carts; COMMIT; CREATE INDEX CONCURRENTLY users_by_plan ON users (plan);
                BEGIN; ALTER TABLE otherwise ADD COLUMN plan text REFERENCES plans; COMMIT;",
    ),
];

async fn chain(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &plan("\"sandbox\""))?;
    for (version, text) in CHAIN {
        project.write(&format!("migrations/{version}.sql"), text)?;
    }
    project.database.run_as_superuser(&BEFORE.replace('%', project.database.owner()))?;
    project.run(&["rehearse", "--yes", "production"], 0)?;
    Ok(project)
}

/// The dump, whoever owns what is in it.
fn dump(project: &Project) -> Result<String> {
    Ok(project.dump()?.replace(project.database.owner(), "owner"))
}

/// How many migrations `migrate` applies, under the one certificate that there is.
fn migrates(project: &Project, line: &[&str]) -> Result<usize> {
    let status = project.command(&["status", "--json"])?.run()?;
    assert!(!status.stdout.contains("certificate."), "{}", status.transcript());
    let run = project.json(&[&["migrate", "--yes", "production"], line].concat(), 0)?;
    Ok(run["result"]["applied"].as_array().map_or(0, Vec::len))
}

/// A certificate serves every file that is next in the state that its rehearsal left before it.
#[tokio::test]
async fn what_is_left_goes_on_under_the_same_certificate() -> Result<()> {
    let project = chain("certificate_chain").await?;
    let before = project.dump()?;
    // One file after the other.
    for version in ["1_plan", "2_keys", "3_rows"] {
        assert_eq!(migrates(&project, &["--to", version])?, 1, "{version}");
    }
    let whole = project.dump()?;
    // The last one is undone, and comes again.
    project.run(&["undo"], 0)?;
    assert_eq!(migrates(&project, &[])?, 1);
    project.run(&["undo", "--last", "3"], 0)?;
    assert_eq!(project.dump()?, before);
    assert_eq!(migrates(&project, &[])?, 3);
    assert_eq!(project.dump()?, whole);
    Ok(())
}

/// Killed between two files, and between two transactions of one.
#[tokio::test]
async fn a_killed_run_goes_on_under_its_certificate() -> Result<()> {
    let whole = {
        let project = chain("certificate_whole").await?;
        migrates(&project, &[])?;
        dump(&project)?
    };
    for points in [
        // After each COMMIT of the three files: the last one has two of them.
        &["migrate.after_commit"; 4][..],
        &["migrate.intended", "migrate.outside_done"],
    ] {
        let project = chain(&format!("certificate_killed_{}", points.len())).await?;
        for point in points {
            let killed = project.command(&["migrate", "--yes", "production"])?.run_to_failpoint(point)?;
            assert!(killed.hit, "{}", killed.run.transcript());
        }
        let left = usize::from(points.len() == 2);
        assert_eq!(migrates(&project, &[])?, left, "{points:?}");
        assert_eq!(dump(&project)?, whole, "{points:?}");
    }
    Ok(())
}

/// What somebody else did between two of the files, and files that are not those that were rehearsed.
#[tokio::test]
async fn a_certificate_under_way_is_voided_all_the_same() -> Result<()> {
    let project = chain("certificate_drift").await?;
    assert_eq!(migrates(&project, &["--to", "1_plan"])?, 1);
    let refused = |what: &str| -> Result<()> {
        let run = project.command(&["migrate"])?.run()?;
        assert_eq!(run.code(), Some(3), "{what}\n{}", run.transcript());
        let status = project.run(&["status"], 8)?;
        assert!(status.transcript().contains("certificate"), "{what}\n{}\n{}", status.transcript(), run.transcript());
        Ok(())
    };
    let owner = project.database.owner();
    // (what somebody does, how it is taken back)
    for (change, back) in [
        // To what the first file left.
        ("ALTER TABLE plans ADD COLUMN price int", "ALTER TABLE plans DROP COLUMN price"),
        ("CREATE INDEX n ON plans (name)", "DROP INDEX n"),
        ("CREATE VIEW v AS SELECT plan FROM users", "DROP VIEW v"),
        ("ALTER TABLE users ALTER plan SET DEFAULT 'x'", "ALTER TABLE users ALTER plan DROP DEFAULT"),
        ("ALTER TABLE carts RENAME remark TO note", "ALTER TABLE carts RENAME note TO remark"),
        ("CREATE INDEX carts_user ON carts (user_id)", "DROP INDEX carts_user"),
        // To what it left alone.
        ("ALTER TABLE elsewhere ADD COLUMN extra int", "ALTER TABLE elsewhere DROP COLUMN extra"),
        ("ALTER TABLE users ALTER email SET NOT NULL", "ALTER TABLE users ALTER email DROP NOT NULL"),
    ] {
        project.database.run_as_superuser(&format!("SET ROLE {owner}; {change}"))?;
        refused(change)?;
        project.database.run_as_superuser(&format!("SET ROLE {owner}; {back}"))?;
    }
    for (file, text) in [("2_keys", "SELECT 1;"), ("1a_other", "SELECT 1;")] {
        let path = format!("migrations/{file}.sql");
        let known = project.read(&path).ok();
        project.write(&path, text)?;
        refused(file)?;
        match known {
            Some(known) => project.write(&path, &known)?,
            None => fs::remove_file(project.path(&path))?,
        }
    }
    // A damaged one is named where no other serves.
    let certificates = fs::read_dir(project.path(".backout/certificates"))?.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(certificates.len(), 1);
    let whole = fs::read_to_string(certificates[0].path())?;
    fs::write(certificates[0].path(), whole.replacen("\"made_at\"", "\"made_by\"", 1))?;
    project.query("UPDATE backout.certificate SET body = left(body, 99)")?;
    let status = project.run(&["status"], 8)?;
    let name = certificates[0].file_name();
    assert!(status.transcript().contains(&*name.to_string_lossy()), "{}", status.transcript());
    assert!(status.transcript().contains("in the target"), "{}", status.transcript());
    fs::write(certificates[0].path(), whole)?;
    // Another file was applied in between, and undone again.
    project.write("migrations/1a_other.sql", "CREATE TABLE other (id int);")?;
    project.run(&["migrate", "--to", "1a_other", "--without-certificate", "a test"], 0)?;
    fs::remove_file(project.path("migrations/1a_other.sql"))?;
    refused("1a_other applied")?;
    project.run(&["undo"], 0)?;
    assert_eq!(migrates(&project, &[])?, 2);
    Ok(())
}
