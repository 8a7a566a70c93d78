//! Backups from the command line: taken, looked at, proven, restored, exchanged, and what is damaged or killed on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use backout_testkit::Pgbench;

use crate::project::{PLAN, Project};

const BEFORE: &str = "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, clerk_id text);
INSERT INTO users SELECT i, 'u' || i, 'c' || i FROM generate_series(1, 3000) i;
CREATE TABLE \"Or ders\" (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users, note jsonb);
INSERT INTO \"Or ders\" (user_id, note) SELECT 1 + i % 3000, jsonb_build_object('n', i) FROM generate_series(1, 5000) i;
CREATE VIEW spenders AS SELECT user_id, count(*) FROM \"Or ders\" GROUP BY 1;
COMMENT ON TABLE users IS E'two\\r\\nlines'; CREATE FUNCTION lines() RETURNS text LANGUAGE sql AS E'SELECT \\'a\\r\\n\\\\\\\\restrict b\\'';";

const TABLES: [&str; 2] = ["users", "\"Or ders\""];

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    // Of another owner than whoever restores it.
    project.query("CREATE EXTENSION hstore")?;
    project.database.run(BEFORE)?;
    project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
    // First contact.
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// What a database is, as `pg_dump` and sorted COPY see it.
#[derive(Debug, PartialEq)]
struct Seen(String, Vec<Vec<String>>);

fn see(project: &Project) -> Result<Seen> {
    let rows = TABLES.iter().map(|table| project.database.sorted_copy(table)).collect::<Result<_>>()?;
    Ok(Seen(project.dump()?, rows))
}

fn databases(project: &Project) -> Result<Vec<String>> {
    let name = project.database.name();
    let list = project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}' ORDER BY 1"))?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn take(project: &Project) -> Result<String> {
    let taken = project.json(&["backup", "take"], 0)?;
    Ok(taken["result"]["id"].as_str().context("no id")?.to_owned())
}

/// Databases that tests leave beside their own would stay on the server that all of them share.
fn clean(project: &Project) -> Result<()> {
    for name in databases(project)?.iter().filter(|name| *name != project.database.name()) {
        project.query(&format!("DROP DATABASE {name} WITH (FORCE)"))?;
    }
    Ok(())
}

#[tokio::test]
async fn from_taking_to_the_way_back() -> Result<()> {
    let project = project("backup_whole_way").await?;
    ensure!(project.run(&["backup", "list"], 0)?.stderr.contains("there are no backups"), "an empty place is said");
    project.run(&["restore", "latest"], 2)?;
    let id = take(&project)?;
    let list = project.run(&["backup", "list"], 0)?.stdout;
    ensure!(list.contains(&id) && list.contains("8002") && list.contains(" no"), "{list}");
    let manifest = project.read(&format!(".backout/backups/{id}/manifest.json"))?;
    ensure!(manifest.contains("\"form\":\"binary\"") && !manifest.contains("\"form\":\"text\""), "rows travel as text");
    project.run(&["backup", "verify"], 0)?;
    let proven = project.run(&["backup", "prove"], 0)?.stdout;
    ensure!(proven.contains("proven: 8002 rows"), "{proven}");
    let shown = project.run(&["backup", "show", &id[..20]], 0)?.stdout;
    ensure!(shown.contains("public.\"Or ders\"") && shown.contains("proven     2"), "{shown}");
    for file in walk(&project.path(".backout/backups"))? {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata()?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "{} has mode {mode:o}", file.display());
    }
    let before = see(&project)?;
    let nothing = project.run(&["restore", &id, "--dry-run"], 0)?.stdout;
    ensure!(nothing.contains("nothing was written since") && nothing.contains("when it was proven"), "{nothing}");

    let corrupt =
        "UPDATE users SET clerk_id = NULL WHERE id <= 5; DELETE FROM \"Or ders\" WHERE id > 4990; DELETE FROM later;
        CREATE TABLE since (a int); INSERT INTO since VALUES (1), (2);";
    project.database.run(corrupt)?;
    let corrupted = see(&project)?;
    let said = project.json(&["restore", &id, "--dry-run"], 0)?;
    let tables = said["result"]["since"]["tables"].as_array().context("tables")?.clone();
    let of = |name: &str| tables.iter().find(|t| t["name"] == name).map(|t| (t["lost"].clone(), t["again"].clone()));
    ensure!(of("public.users") == Some((5.into(), 5.into())), "{tables:?}");
    ensure!(of("public.\"Or ders\"") == Some((0.into(), 10.into())), "{tables:?}");
    ensure!(of("public.since") == Some((2.into(), 0.into())), "{tables:?}");
    let keys = tables.iter().find(|t| t["name"] == "public.users").map(|t| (t["key"].clone(), t["lost_keys"].clone()));
    let (id_column, mut lost) = keys.context("users")?;
    let lost = lost.as_array_mut().context("keys")?;
    lost.sort_by_key(ToString::to_string);
    ensure!(id_column == serde_json::json!(["id"]) && *lost == ["1", "2", "3", "4", "5"], "{tables:?}");
    let text = project.run(&["restore", &id, "--dry-run"], 0)?.stdout;
    ensure!(text.contains("public.users: id ") && text.contains("public.since"), "{text}");
    let some = project.json(&["restore", &id, "--dry-run", "--tables", "public.\"Or ders\""], 0)?;
    let some = some["result"]["since"]["tables"].as_array().context("tables")?.clone();
    ensure!(some.len() == 1 && some[0]["again"] == 10, "{some:?}");
    ensure!(see(&project)? == corrupted, "a dry run changes nothing");

    ensure!(project.run(&["restore", &id], 3)?.stderr.contains("--yes production"), "it is asked");
    project.run(&["restore", &id, "--into", &format!("{}_x", project.database.name())], 0)?;
    ensure!(see(&project)? == corrupted, "another database is another one");
    let restored = project.json(&["restore", &id, "--yes", "production"], 0)?;
    ensure!(see(&project)? == before, "what was taken is back");
    let kept = restored["result"]["kept"].as_str().context("kept")?.to_owned();
    ensure!(databases(&project)?.contains(&kept), "the other one is kept");
    let status = project.run(&["status"], 0)?.stdout;
    ensure!(status.contains("migration 1 cannot be undone here"), "{status}");
    ensure!(status.contains(&format!("replaced   {kept}, ")), "{status}");
    project.run(&["undo", "--yes", "production"], 3)?;

    project.run(&["restore", "--back", "--yes", "production"], 0)?;
    ensure!(see(&project)? == corrupted, "and back again");
    let listed = project.json(&["restore", "--drop-replaced"], 0)?;
    let other = listed["result"]["replaced"][0]["database"].as_str().context("one is kept")?.to_owned();
    project.run(&["restore", "--drop-replaced", "postgres", "--yes", "production"], 2)?;
    project.run(&["restore", "--drop-replaced", &other, "--yes", "production"], 0)?;
    ensure!(databases(&project)?.len() == 2, "{:?}", databases(&project)?);
    clean(&project)
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(walk(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// A backup without the rows of some tables would empty them, and whoever wants that says so.
#[tokio::test]
async fn a_partial_backup_does_not_empty_tables_by_itself() -> Result<()> {
    let project = project("backup_partial").await?;
    let taking = project.run(&["backup", "take", "--tables", "public.users"], 0)?.stderr;
    ensure!(taking.contains("% of the tables: ") && taking.contains(" on disk"), "{taking}");
    let before = see(&project)?;
    let said = project.run(&["restore", "latest", "--dry-run"], 0)?.stdout;
    ensure!(said.contains("public.\"Or ders\"  5000"), "{said}");
    let refused = project.run(&["restore", "latest", "--yes", "production"], 3)?.stderr;
    ensure!(
        refused.contains("does not hold the rows of public.\"Or ders\"") && refused.contains("--partial"),
        "{refused}"
    );
    ensure!(see(&project)? == before, "nothing happened");
    project.run(&["restore", "latest", "--yes", "production", "--partial"], 0)?;
    let after = see(&project)?;
    ensure!(after.0 == before.0 && after.1[0] == before.1[0] && after.1[1].is_empty(), "as it was meant");
    clean(&project)
}

/// What a dump does not hold is named, and is no difference.
#[tokio::test]
async fn odd_things_come_back_or_are_named() -> Result<()> {
    let project = project("backup_odd").await?;
    project.query("CREATE TABLE twice (a int); INSERT INTO twice VALUES (1), (1)")?;
    let failed = project.database.psql_as(
        project.database.server().sandbox().superuser(),
        "CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (a)",
    )?;
    ensure!(!failed.status.success(), "the index cannot be built");
    project.query(&format!(
        "SELECT lo_from_bytea(4711, 'large'); ALTER LARGE OBJECT 4711 OWNER TO {0}; SELECT lo_create(4712); ALTER LARGE OBJECT 4712 OWNER TO {0}; \
         ALTER TABLE twice OWNER TO {0}; ALTER DATABASE {1} SET search_path TO ''; \
         ALTER DATABASE {1} SET app.key TO 'hush hush'; \
         SELECT 'GRANT SET ON PARAMETER app.key TO {0}' WHERE current_setting('server_version_num')::int >= 150000 \\gexec",
        project.database.owner(),
        project.database.name()
    ))?;
    let taken = project.json(&["backup", "take", "--prove"], 0)?;
    let list = project.json(&["backup", "show"], 0)?["result"]["manifest"]["left_out"].to_string();
    ensure!(list.contains("index public.broken") && list.contains("never finished"), "{list}");
    let id = taken["result"]["id"].as_str().context("id")?.to_owned();
    let there = format!("{}_x", project.database.name());
    project.run(&["restore", &id, "--into", &there], 0)?;
    let large = project.query(&format!("SELECT datname FROM pg_database WHERE datname = '{there}'"))?;
    ensure!(large == there, "it is there");
    let settings = backout_plan::ConnectionSettings { dbname: Some(there), ..project.database.settings() };
    let session = backout_postgres::session::connect(&settings, &Default::default()).await?;
    ensure!(
        session.scalar("SELECT encode(lo_get(4711), 'escape')").await?.as_deref() == Some("large"),
        "large objects"
    );
    ensure!(session.scalar("SHOW search_path").await?.as_deref() == Some("\"\""), "settings of the database");
    ensure!(session.scalar("SHOW app.key").await?.as_deref() == Some("hush hush"), "also of names of one's own");
    let manifest = project.read(&format!(".backout/backups/{id}/manifest.json"))?;
    ensure!(!manifest.contains("hush") && !manifest.contains("app.key"), "settings may be secrets");
    session.close().await;
    clean(&project)
}

/// Damage is found, said by name, and never restored.
#[tokio::test]
async fn damage_is_found() -> Result<()> {
    let project = project("backup_damage").await?;
    let id = take(&project)?;
    let folder = project.path(".backout/backups").join(&id);
    let files = walk(&folder)?;
    ensure!(files.len() > 4, "{files:?}");
    let before = see(&project)?;
    for file in &files {
        let name = file.strip_prefix(&folder)?.display().to_string();
        let whole = std::fs::read(file)?;
        let half = whole.len() / 2;
        let mut flipped = whole.clone();
        flipped[half] ^= 0x10;
        for (what, bytes) in [("flipped", Some(flipped)), ("short", Some(whole[..half].to_vec())), ("missing", None)] {
            match &bytes {
                Some(bytes) => std::fs::write(file, bytes)?,
                None => std::fs::remove_file(file)?,
            }
            let verified = project.run(&["backup", "verify"], 1)?.stdout;
            ensure!(verified.contains("DAMAGED") && verified.contains(&id), "{name} {what}: {verified}");
            let restored = project.command(&["restore", &id, "--yes", "production"])?.run()?;
            ensure!(restored.code() != Some(0), "{name} {what}: {}", restored.transcript());
            ensure!(restored.stderr.contains("error: "), "{name} {what}: {}", restored.transcript());
            ensure!(see(&project)? == before, "{name} {what}: the live database is as it was");
            ensure!(databases(&project)?.len() == 1, "{name} {what}: {:?}", databases(&project)?);
            std::fs::write(file, &whole)?;
        }
    }
    project.run(&["backup", "verify", "latest"], 0)?;
    Ok(())
}

/// `latest` never is an older one because the newest is damaged, and a list with a damaged one wants to be looked at.
#[tokio::test]
async fn a_damaged_newest_one_is_not_passed_by() -> Result<()> {
    let project = project("backup_newest").await?;
    let (old, new) = (take(&project)?, take(&project)?);
    let before = see(&project)?;
    let manifest = |id: &str| project.path(".backout/backups").join(id).join("manifest.json");
    let restore = ["restore", "latest", "--yes", "production"];
    let (whole, whole_of_old) = (std::fs::read(manifest(&new))?, std::fs::read(manifest(&old))?);
    for damaged in [Some(&whole[..100]), None] {
        match damaged {
            Some(bytes) => std::fs::write(manifest(&new), bytes)?,
            None => std::fs::remove_file(manifest(&new))?,
        }
        for line in [&restore[..], &["backup", "show"], &["backup", "prove"], &["restore", "latest", "--dry-run"]] {
            let said = project.run(line, 1)?.stderr;
            ensure!(said.contains(&new) && said.contains(&format!("name it: {old}")), "{line:?}: {said}");
        }
        ensure!(see(&project)? == before && databases(&project)?.len() == 1, "nothing happened");
        let listed = project.json(&["backup", "list"], 8)?;
        ensure!(listed["result"]["backups"][1]["state"] == "damaged", "{listed}");
        ensure!(project.run(&["backup", "list"], 8)?.stdout.contains("DAMAGED"), "it is said");
        // Whoever names it gets the one before.
        project.run(&["backup", "show", &old], 0)?;
    }
    std::fs::write(manifest(&old), &whole_of_old[..100])?;
    std::fs::write(manifest(&new), &whole[..100])?;
    let said = project.run(&restore, 1)?.stderr;
    ensure!(said.contains(&new) && said.contains("no other is there"), "{said}");
    // An older one that is damaged is in nobody's way, and neither is an attempt that was interrupted.
    std::fs::write(manifest(&new), &whole)?;
    let killed = project.command(&["backup", "take"])?.run_to_failpoint("backup.chunk")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    ensure!(project.run(&["backup", "show"], 0)?.stdout.contains(&new), "the newest that is whole");
    // One that did not pass its proof needs attention until it does.
    std::fs::write(manifest(&old), &whole_of_old)?;
    project.run(&["backup", "list"], 0)?;
    let failed = serde_json::json!({ "backup": new, "at": "2026-01-01T00:00:00Z", "server": "15", "rows": 1, "restore_ms": 1.0,
        "compare_ms": 1.0, "notes": [], "differences": ["rows of t"] });
    project.write(&format!(".backout/backups/{new}/proofs/20260101T000000000Z.json"), &failed.to_string())?;
    ensure!(project.run(&["backup", "list"], 8)?.stdout.contains("FAILED"), "it is said");
    project.run(&["backup", "prove", &new], 0)?;
    project.run(&["backup", "list"], 0)?;
    Ok(())
}

/// A function that looks for another one where nothing is looked for while a backup is restored.
#[tokio::test]
async fn a_function_without_schemas_fails_with_a_hint() -> Result<()> {
    let project = project("backup_path").await?;
    project.database.run(
        "CREATE FUNCTION inner_one(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper(t)';
         CREATE FUNCTION outer_one(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN inner_one(t); END';
         CREATE TABLE odd (t text, u text GENERATED ALWAYS AS (outer_one(t)) STORED); INSERT INTO odd VALUES ('a');",
    )?;
    let failed = |id: &str| -> Result<()> {
        let said = project.run(&["backup", "prove", id], 1)?.stderr;
        ensure!(said.contains("function inner_one(text) does not exist"), "{said}");
        ensure!(said.contains("search_path is empty") && said.contains("SET search_path = "), "{said}");
        Ok(())
    };
    failed(&take(&project)?)?;
    project.database.run(
        "DROP TABLE odd; CREATE TABLE odd (t text); INSERT INTO odd VALUES ('a'); CREATE INDEX ON odd (outer_one(t));",
    )?;
    failed(&take(&project)?)?;
    project.database.run("ALTER FUNCTION outer_one SET search_path = public")?;
    let id = take(&project)?;
    project.run(&["backup", "prove", &id], 0)?;
    Ok(())
}

/// The database would have another name than the one that is said.
#[tokio::test]
async fn a_name_that_would_be_cut_is_refused() -> Result<()> {
    let project = project("backup_long").await?;
    take(&project)?;
    let long = format!("{}_{}", project.database.name(), "x".repeat(60));
    let refused = project.run(&["restore", "latest", "--into", &long], 3)?.stderr;
    ensure!(refused.contains(&format!("{} bytes", long.len())) && refused.contains("shorter name"), "{refused}");
    ensure!(databases(&project)?.len() == 1, "{:?}", databases(&project)?);
    project.run(&["restore", "latest", "--into", &long[..63]], 0)?;
    ensure!(databases(&project)?.contains(&long[..63].to_owned()), "{:?}", databases(&project)?);
    clean(&project)
}

#[tokio::test]
async fn names_without_a_schema_are_told_in_full() -> Result<()> {
    let project = project("backup_names").await?;
    for line in [&["backup", "take", "--tables", "users"][..], &["backup", "take", "--without", "users"]] {
        let said = project.run(line, 2)?.stderr;
        ensure!(said.contains("the schema is missing") && said.contains("if that is meant: public.users"), "{said}");
    }
    let said = project.json(&["capture", "on", "--tables", "Or ders"], 2)?;
    ensure!(said["error"]["hints"][0] == "if that is meant: 'public.\"Or ders\"'", "{said}");
    Ok(())
}

/// Every name in the source of backups and of their restore.
pub fn failpoints() -> Result<BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = walk(&root.join("../backout-backup/src"))?;
    files.extend(walk(&root.join("src/commands/restore"))?);
    let mut names = BTreeSet::new();
    for file in files {
        for part in std::fs::read_to_string(&file)?.split("failpoint!(\"").skip(1) {
            names.extend(part.split('"').next().map(str::to_owned));
        }
    }
    ensure!(names.len() > 8, "the list of failpoints cannot be right: {names:?}");
    Ok(names)
}

/// Killed anywhere: what is taken is whole or none, and goes on; the live database is the old or the new one, and open.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_failpoint() -> Result<()> {
    let project = project("backup_kill").await?;
    let old = see(&project)?;
    let good = take(&project)?;
    // Replays, restores in place, prunes and forensic exports have tests of their own.
    let own =
        |name: &String| !["replay.", "inplace.", "prune.", "evidence."].iter().any(|start| name.starts_with(start));
    for failpoint in failpoints()?.into_iter().filter(own) {
        if failpoint.starts_with("backup.") {
            let killed = project.command(&["backup", "take"])?.run_to_failpoint(&failpoint)?;
            ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
            let list = project.json(&["backup", "list"], 0)?;
            let newest = list["result"]["backups"].as_array().and_then(|all| all.last()).context("none")?.clone();
            let id = newest["id"].as_str().context("id")?.to_owned();
            if newest["state"] == "interrupted" {
                project.run(&["restore", &id, "--yes", "production"], 3)?;
                project.run(&["backup", "take", "--resume", &id], 0)?;
            }
            project.run(&["backup", "verify", &id], 0)?;
            project.run(&["backup", "prove", &id], 0)?;
            continue;
        }
        project.database.run("UPDATE users SET clerk_id = NULL WHERE id < 9")?;
        let corrupted = see(&project)?;
        let killed = project.command(&["restore", &good, "--yes", "production"])?.run_to_failpoint(&failpoint)?;
        ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
        let now = see(&project)?;
        ensure!(now == corrupted || now == old, "{failpoint}: neither old nor new");
        ensure!((now == old) == (failpoint == "swap.after"), "{failpoint}: which of them");
        // Nothing stands in the way of the next one, and what was left half done goes.
        project.run(&["restore", &good, "--yes", "production"], 0)?;
        ensure!(see(&project)? == old, "{failpoint}: restored afterwards");
        let left: Vec<String> = databases(&project)?.into_iter().filter(|name| name.contains("_restoring_")).collect();
        ensure!(left.is_empty(), "{failpoint}: {left:?}");
        clean(&project)?;
    }
    Ok(())
}

/// Money that is moved about all the time adds up in a backup that is taken meanwhile, and clients come back by
/// themselves after the databases were exchanged.
#[tokio::test(flavor = "multi_thread")]
async fn taken_and_restored_on_a_busy_database() -> Result<()> {
    let project = project("backup_busy").await?;
    project.database.run(
        "CREATE TABLE account (id int PRIMARY KEY, money int NOT NULL); INSERT INTO account SELECT i, 100 FROM generate_series(1, 500) i",
    )?;
    let moves = "\\set a random(1, 500)\n\\set b random(1, 500)\nBEGIN;\nUPDATE account SET money = money - 1 WHERE id = least(:a, :b);\n\
                 UPDATE account SET money = money + 1 WHERE id = greatest(:a, :b);\nCOMMIT;\n";
    let sum = "SELECT sum(money) FROM account";
    let bench = Pgbench::start(&project.database, moves, 4).await?;
    let ids: Vec<String> = (0..3).map(|_| take(&project)).collect::<Result<_>>()?;
    ensure!(bench.stop()?.transactions > 100, "somebody wrote");
    for id in &ids {
        let there = format!("{}_x", project.database.name());
        project.run(&["restore", id, "--into", &there], 0)?;
        let settings = backout_plan::ConnectionSettings { dbname: Some(there), ..project.database.settings() };
        let session = backout_postgres::session::connect(&settings, &Default::default()).await?;
        ensure!(session.scalar(sum).await?.as_deref() == Some("50000"), "money was made or lost");
        session.close().await;
        clean(&project)?;
    }
    let bench = Pgbench::start(&project.database, moves, 4).await?;
    let restored = project.json(&["restore", &ids[2], "--yes", "production"], 0)?;
    let ended = restored["result"]["swap"]["ended"].as_u64().context("ended")?;
    ensure!(ended >= 4, "the clients were ended: {restored:#}");
    drop(bench);
    ensure!(project.query(sum)? == "50000", "the restored one is live");
    clean(&project)
}

/// Taken with a public key alone; read with the secret one, and with no other.
#[tokio::test]
async fn encrypted_backups_open_for_their_key() -> Result<()> {
    use age::secrecy::ExposeSecret;
    let project = project("backup_keys").await?;
    let (right, wrong) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    let plan = format!("{PLAN}[backup]\nencrypt_to = [\"{}\"]\n", right.to_public());
    project.write("backout.toml", &plan)?;
    for (name, key) in [("right.key", &right), ("wrong.key", &wrong)] {
        project.write(name, &format!("# a comment\n{}\n", key.to_string().expose_secret()))?;
    }
    project.write("no.key", "nothing\n")?;
    let id = take(&project)?;
    let before = see(&project)?;
    for file in walk(&project.path(".backout/backups").join(&id))? {
        let bytes = std::fs::read(&file)?;
        let sealed = bytes.starts_with(b"age-encryption.org/v1") || file.ends_with("manifest.json");
        ensure!(sealed, "{} is not encrypted", file.display());
    }
    project.run(&["backup", "verify"], 0)?;
    let right = project.path("right.key").display().to_string();
    project.run(&["backup", "verify", "--identity", &right], 0)?;
    for (key, code, said) in
        [("wrong.key", 1, "for others than the identity"), ("no.key", 2, "line 1 is not an age identity")]
    {
        let key = project.path(key).display().to_string();
        let prove = project.run(&["backup", "prove", "--identity", &key], code)?.stderr;
        ensure!(prove.contains(said), "{prove}");
        let restore = project.run(&["restore", &id, "--yes", "production", "--identity", &key], code)?.stderr;
        ensure!(restore.contains(said), "{restore}");
    }
    let without = project.run(&["restore", &id, "--yes", "production"], 1)?.stderr;
    ensure!(without.contains("--identity FILE"), "{without}");
    ensure!(see(&project)? == before && databases(&project)?.len() == 1, "nothing happened");
    project.run(&["backup", "prove", "--identity", &right], 0)?;
    project.database.run("DELETE FROM \"Or ders\"")?;
    project.run(&["restore", &id, "--yes", "production", "--identity", &right], 0)?;
    ensure!(see(&project)? == before, "what was taken is back");
    clean(&project)
}

#[tokio::test]
async fn old_backups_go_and_the_last_proven_one_stays() -> Result<()> {
    let project = project("backup_prune").await?;
    project.write("backout.toml", &format!("{PLAN}[backup]\nkeep = \"0\"\nkeep_last = 1\n"))?;
    let ids = [take(&project)?, take(&project)?, take(&project)?];
    project.run(&["backup", "prove", &ids[0]], 0)?;
    let killed = project.command(&["backup", "take"])?.run_to_failpoint("backup.chunk")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    let there = || -> Result<Vec<String>> {
        let list = project.json(&["backup", "list"], 0)?["result"]["backups"].clone();
        Ok(list.as_array().into_iter().flatten().filter_map(|b| b["id"].as_str().map(str::to_owned)).collect())
    };
    let all = there()?;
    ensure!(all.len() == 4, "{all:?}");
    let said = project.run(&["backup", "prune", "--dry-run"], 0)?.stdout;
    ensure!(said.contains("1 backup would go") && there()? == all, "{said}");
    let pruned = project.json(&["backup", "prune"], 0)?;
    ensure!(pruned["result"]["removed"] == serde_json::json!([ids[1]]), "{pruned:#}");
    ensure!(there()? == [&ids[0], &ids[2], &all[3]].map(String::clone), "{:?}", there()?);
    ensure!(project.run(&["backup", "prune"], 0)?.stdout.contains("nothing is to go"), "a second time");
    // One that is gone while somebody still reads the list is no wrong answer.
    project.run(&["backup", "show", &ids[1]], 2)?;
    Ok(())
}

#[tokio::test]
async fn a_backup_of_another_database_is_not_restored_by_mistake() -> Result<()> {
    let (one, other) = (project("backup_one").await?, project("backup_other").await?);
    let place = one.path(".backout/backups").display().to_string();
    let id = take(&one)?;
    let before = see(&other)?;
    let refused = other.run(&["restore", &id, "--from", &place, "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("is of another database") && refused.contains("--other-source"), "{refused}");
    ensure!(see(&other)? == before, "nothing happened");
    other.query(&format!("GRANT {} TO {}", one.database.owner(), other.database.owner()))?;
    other.run(&["restore", &id, "--from", &place, "--yes", "production", "--other-source"], 0)?;
    ensure!(see(&other)?.1 == see(&one)?.1, "if it is meant");
    other.run(&["status"], 0)?;
    clean(&other)
}

/// As files that need nothing of ours.
#[tokio::test]
async fn exported_for_others() -> Result<()> {
    let project = project("backup_export").await?;
    project.database.run("CREATE TABLE \"of course\" (a int)")?;
    let taken = project.json(&["backup", "take", "--without", "public.\"of course\""], 0)?;
    let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
    let before = see(&project)?;
    let owner = project.database.owner();
    for name in ["out.sql", "out.sql.gz", "out.dump"] {
        let file = project.path(name).display().to_string();
        let said = project.run(&["backup", "export", &id, &file], 0)?.stderr;
        ensure!(said.contains("not in it: the rows of public.\"of course\": excluded"), "{said}");
        project.run(&["backup", "export", &id, &file], 2)?;
        let other = backout_testkit::TestServer::shared().database("backup_exported").await?;
        // Into a database that has nothing.
        other.run_as_superuser(&format!("GRANT CREATE ON SCHEMA public TO {owner}"))?;
        let done = match name {
            "out.dump" => {
                let mut restore = other.tool("pg_restore", other.server().sandbox().superuser())?;
                restore.args(["--exit-on-error", "--dbname", other.name(), &file]).output()?
            }
            "out.sql" => {
                let text = std::fs::read_to_string(&file)?;
                let head = format!("-- backup {id}, taken at ");
                ensure!(text.starts_with(&head) && text.contains("\n-- not in it: the rows of "), "{}", &text[..200]);
                other.psql_as(other.server().sandbox().superuser(), &text)?
            }
            _ => {
                let unpacked = std::process::Command::new("gunzip").args(["-c", &file]).output()?;
                ensure!(unpacked.status.success(), "gunzip reads it");
                ensure!(unpacked.stdout.starts_with(b"-- backup "), "with its head");
                other.psql_as(other.server().sandbox().superuser(), &String::from_utf8(unpacked.stdout)?)?
            }
        };
        ensure!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        for (table, rows) in TABLES.iter().zip(&before.1) {
            ensure!(&other.sorted_copy(table)? == rows, "{name}: {table}");
        }
    }
    let odd = project.path("out.zip").display().to_string();
    project.run(&["backup", "export", &id, &odd], 2)?;
    ensure!(!project.path("out.zip").exists(), "nothing is left of it");
    Ok(())
}

/// What is no table and may not be read is said before anything is read, with what to do.
#[tokio::test]
async fn what_cannot_be_read_is_named() -> Result<()> {
    let project = project("backup_hidden").await?;
    project.query("CREATE SEQUENCE secret; SELECT lo_create(4711); SELECT lo_create(4712); GRANT SELECT ON LARGE OBJECT 4712 TO PUBLIC")?;
    let refused = project.run(&["backup", "take"], 3)?.stderr;
    ensure!(refused.contains("sequence public.secret") && refused.contains("large object 4711 ("), "{refused}");
    ensure!(refused.contains("GRANT SELECT ON LARGE OBJECT") && !refused.contains("4712"), "{refused}");
    let owner = project.database.owner();
    project.query(&format!("GRANT SELECT ON LARGE OBJECT 4711 TO {owner}"))?;
    let refused = project.run(&["backup", "take"], 3)?.stderr;
    ensure!(refused.contains("ON ALL SEQUENCES") && !refused.contains("large object"), "{refused}");
    project.query(&format!("GRANT SELECT ON SEQUENCE secret TO {owner}"))?;
    project.run(&["backup", "take"], 0)?;
    Ok(())
}

/// Without a fresh proven backup that holds what goes, nothing is migrated.
#[tokio::test]
async fn a_migration_demands_a_proven_backup() -> Result<()> {
    let project = Project::new("backup_gate").await?;
    let plan = PLAN.replace("backup = \"none\"\n", "");
    project.write("backout.toml", &plan)?;
    project.write("migrations/1_first.sql", "CREATE TABLE first (id int);\n")?;
    project.database.run(BEFORE)?;
    let refuse = |line: &[&str], said: &str| -> Result<()> {
        let refused = project.run(line, 3)?.stderr;
        ensure!(refused.contains(said) && refused.contains("backup take --prove"), "{said}: {refused}");
        ensure!(project.query("SELECT to_regclass('first') IS NULL")? == "t", "nothing was migrated");
        Ok(())
    };
    let migrate = ["migrate", "--yes", "production"];
    let status = |line: &str, attention: &str| -> Result<()> {
        let said = project.run(&["status"], 8)?.stdout;
        ensure!(said.contains(line) && said.contains(attention), "{line}; {attention}: {said}");
        Ok(())
    };
    refuse(&migrate, "demands a proven backup, and there is none in")?;
    status("backup     none of this database in", "a proven backup is demanded, and there is no backup of it")?;
    take(&project)?;
    refuse(&migrate, "it was never proven")?;
    status(", not proven\n", "a proven backup is demanded, and no backup of it is proven")?;
    let hanging = project.run(&["backup", "take", "--without", "public.users"], 3)?.stderr;
    ensure!(hanging.contains("public.\"Or ders\" refer to public.users"), "{hanging}");
    let nobody = project.run(&["backup", "take", "--without", "public.orders"], 2)?.stderr;
    ensure!(nobody.contains("nothing is called public.orders"), "{nobody}");
    project.run(&["backup", "take", "--without", "public.\"Or ders\"", "--prove"], 0)?;
    refuse(&migrate, "and no rehearsal tells what the migration touches")?;
    let whole = project.json(&["backup", "take", "--prove"], 0)?;
    let whole = whole["result"]["id"].as_str().context("id")?.to_owned();
    project.write("backout.toml", &plan.replace("[migrate]", "[migrate]\nbackup_max_age = \"1ms\""))?;
    refuse(&migrate, "and the plan allows 1.0 ms")?;
    status(", proven\n", &format!("a proven backup is demanded, and of the newest proven one, {whole}, it is"))?;
    project.write("backout.toml", &plan)?;
    let said = project.json(&["status"], 8)?;
    ensure!(said["result"]["backup"]["newest_proven"]["id"] == whole.as_str(), "{said}");
    ensure!(!said.to_string().contains("backup.none"), "it serves: {said}");
    project.run(&migrate, 0)?;
    project.run(&["status"], 0)?;

    // What the rehearsal saw it take away must be in the backup.
    std::fs::remove_dir_all(project.path(".backout/backups").join(whole))?;
    project.write("backout.toml", &plan.replace("certificate = \"none\"", "certificate = \"full\""))?;
    project.write("migrations/2_second.sql", "ALTER TABLE \"Or ders\" DROP COLUMN note;\n")?;
    project.run(&["rehearse"], 0)?;
    let refused = project.run(&["migrate"], 3)?.stderr;
    ensure!(refused.contains("does not hold the rows of public.\"Or ders\", which the migration touches"), "{refused}");
    let blank = project.run(&["migrate", "--without-backup", " "], 2)?.stderr;
    ensure!(blank.contains("a reason is needed"), "{blank}");
    let whole = project.json(&["backup", "take", "--prove"], 0)?;
    project.run(&["migrate"], 0)?;
    let recorded = project.query("SELECT backup FROM backout.migration WHERE number = 2")?;
    ensure!(whole["result"]["id"] == recorded.as_str(), "{recorded}");
    project.write("migrations/3_third.sql", "CREATE TABLE third (id int);\n")?;
    std::fs::remove_dir_all(project.path(".backout/backups"))?;
    project.run(&["migrate", "--without-certificate", "a test", "--without-backup", "the disk burns"], 0)?;
    let history = project.run(&["history"], 0)?.stdout;
    ensure!(history.contains("without backup: the disk burns"), "{history}");
    Ok(())
}
