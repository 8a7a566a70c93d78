//! Backups in a bucket of a real S3 server, and on a disk that is full: what is damaged, missing or cut off is an error that
//! says so, and never a wrong database.

use age::secrecy::ExposeSecret;
use anyhow::{Context, Result, ensure};
use backout_testkit::{Backout, binary_path};

use crate::bucket::Bucket;
use crate::project::{PLAN, Project};

/// Rows that do not shrink, more than goes into one part of an upload.
const LARGE: &str = "CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 500) i;
CREATE TABLE large (id int PRIMARY KEY, noise bytea);
INSERT INTO large SELECT i, (SELECT string_agg(sha512(convert_to(i || ' ' || j, 'UTF8')), '') FROM generate_series(1, 128) j) FROM generate_series(1, 2600) i;";

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    project.database.run(LARGE)?;
    project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// The project keeps its backups in that bucket from now on.
fn into(project: &Project, bucket: &Bucket, more: &str) -> Result<()> {
    project.write("backout.toml", &format!("{PLAN}[backup]\nto = \"{}\"\n{more}", bucket.place))?;
    let env = project.read(".env")?;
    project.write(".env", &format!("{}\n{}", env.lines().next().unwrap_or_default(), bucket.env()))
}

/// Everything there is, as `pg_dump` and sorted COPY see it.
fn see(project: &Project) -> Result<(String, Vec<Vec<String>>)> {
    let rows = ["users", "large", "later"].iter().map(|table| project.database.sorted_copy(table));
    Ok((project.dump()?, rows.collect::<Result<_>>()?))
}

fn databases(project: &Project) -> Result<String> {
    project.query(&format!("SELECT count(*) FROM pg_database WHERE datname ~ '^{}'", project.database.name()))
}

fn clean(project: &Project) -> Result<()> {
    let name = project.database.name();
    let others = project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_'"))?;
    others.lines().try_for_each(|name| project.query(&format!("DROP DATABASE {name} WITH (FORCE)")).map(drop))
}

fn newest(project: &Project) -> Result<(String, String)> {
    let list = project.json(&["backup", "list"], 0)?;
    let newest = list["result"]["backups"].as_array().and_then(|all| all.last()).context("none")?.clone();
    let text = |name: &str| newest[name].as_str().map(str::to_owned).context("not told");
    Ok((text("id")?, text("state")?))
}

/// Killed while it is taken, gone on with, proven, restored and pruned.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_what_it_is_given() -> Result<()> {
    let Some(bucket) = Bucket::start().await? else { return Ok(()) };
    let project = project("s3_whole_way").await?;
    into(&project, &bucket, "keep = \"0\"\nkeep_last = 1\n")?;
    ensure!(project.run(&["backup", "list"], 0)?.stderr.contains("there are no backups"), "an empty bucket is said");
    for failpoint in ["backup.draft", "backup.chunk", "backup.before_manifest", "backup.after_manifest"] {
        let killed = project.command(&["backup", "take", "--jobs", "1"])?.run_to_failpoint(failpoint)?;
        ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
        let (id, state) = newest(&project)?;
        if failpoint == "backup.after_manifest" {
            ensure!(state == "whole", "{failpoint}: {state}");
        } else {
            ensure!(state == "interrupted", "{failpoint}: {state}");
            project.run(&["restore", &id, "--yes", "production"], 3)?;
            project.run(&["backup", "take", "--resume", &id], 0)?;
        }
        project.run(&["backup", "verify", &id], 0)?;
    }
    let (id, _) = newest(&project)?;
    let largest = bucket.list("").await?.iter().map(|entry| entry.bytes).max().context("nothing is there")?;
    ensure!(largest > 8 << 20, "no object was sent in parts: {largest}");
    // Of two who finish the same backup one is told.
    let late = project.command(&["backup", "take"])?.halt_at_failpoint("backup.before_manifest")?;
    let (shared, _) = newest(&project)?;
    project.run(&["backup", "take", "--resume", &shared], 0)?;
    let late = late.go_on()?.expect_code(1).stderr;
    ensure!(late.contains("has gone on with backup"), "{late}");
    project.run(&["backup", "verify", &shared], 0)?;

    project.run(&["backup", "prove", &id], 0)?;
    let before = see(&project)?;
    project.database.run("DELETE FROM large WHERE id % 3 = 0; UPDATE users SET email = NULL")?;
    project.run(&["restore", &id, "--yes", "production"], 0)?;
    ensure!(see(&project)? == before, "what was taken is back");
    // Decided, then proven, then decided again.
    let pruning = project.command(&["backup", "prune", "--json"])?.halt_at_failpoint("prune.decided")?;
    project.run(&["backup", "prove", &shared], 0)?;
    pruning.go_on()?.expect_code(0);
    ensure!(newest(&project)?.0 == shared, "the last one stays");
    project.run(&["backup", "verify"], 0)?;
    let left = bucket.list("").await?;
    ensure!(left.iter().all(|entry| entry.name.starts_with(&id) || entry.name.starts_with(&shared)), "{left:?}");
    clean(&project)
}

/// Each kind of damage to each kind of object.
#[tokio::test(flavor = "multi_thread")]
async fn damage_in_a_bucket_is_never_restored() -> Result<()> {
    let Some(bucket) = Bucket::start().await? else { return Ok(()) };
    let project = project("s3_damage").await?;
    let (right, wrong) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    into(&project, &bucket, &format!("encrypt_to = [\"{}\"]\n", right.to_public()))?;
    for (name, key) in [("right.key", &right), ("wrong.key", &wrong)] {
        project.write(name, key.to_string().expose_secret())?;
    }
    let key = |name: &str| project.path(name).display().to_string();
    let (right, wrong) = (key("right.key"), key("wrong.key"));
    let taken = project.json(&["backup", "take"], 0)?;
    let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
    let before = see(&project)?;
    let fails = |what: &str, key: &str, code: i32, said: &str| -> Result<()> {
        let run = project.command(&["restore", &id, "--yes", "production", "--identity", key])?.run()?;
        ensure!(run.code() == Some(code), "{what}: {}", run.transcript());
        ensure!(run.stderr.contains("error: ") && run.stderr.contains(said), "{what}: {}", run.transcript());
        ensure!(see(&project)? == before, "{what}: the live database is as it was: {}", run.transcript());
        ensure!(databases(&project)? == "1", "{what}: nothing else is left: {}", run.transcript());
        Ok(())
    };
    fails("wrong key", &wrong, 1, "for others than the identity")?;
    for entry in bucket.list(&format!("{id}/")).await? {
        let (name, whole) = (&entry.name, bucket.read(&entry.name).await?);
        let is_manifest = name.ends_with("manifest.json");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x10;
        bucket.write(name, flipped).await?;
        fails(&format!("{name} flipped"), &right, 1, if is_manifest { "was changed" } else { "is damaged" })?;
        bucket.write(name, whole[..whole.len() / 2].to_vec()).await?;
        fails(&format!("{name} cut"), &right, 1, if is_manifest { "is not whole" } else { "it is not whole" })?;
        bucket.remove(name).await?;
        match is_manifest {
            true => fails("no manifest", &right, 3, "was interrupted")?,
            false => fails(&format!("{name} missing"), &right, 1, "is missing in s3://")?,
        }
        bucket.write(name, whole).await?;
    }
    project.run(&["backup", "verify", "--identity", &right], 0)?;
    project.run(&["restore", &id, "--yes", "production", "--identity", &right], 0)?;
    ensure!(see(&project)? == before, "whole again");

    let elsewhere = project.run(&["backup", "list", "--to", "s3://nowhere"], 1)?.stderr;
    ensure!(elsewhere.contains("s3://nowhere") && elsewhere.contains("the bucket's name"), "{elsewhere}");
    drop(bucket);
    let down = project.command(&["backup", "list"])?.run()?;
    ensure!(down.code() != Some(0) && down.stderr.contains("check the endpoint"), "{}", down.transcript());
    clean(&project)
}

/// Takes on a disk that has no room for all of it, then makes room and goes on. Without the right to mount, a limit of the
/// size of files stands in for the disk.
const CRAMPED: &str = r#"
place=$1; shift
mkdir -p "$place"
if mount -t tmpfs -o size=4m,mode=700 tmpfs "$place" 2>/dev/null; then
    echo 'a full disk'
    "$@" backup take; echo "code $?"
    mount -o remount,size=200m "$place"
else
    echo 'a limit'
    (trap '' XFSZ; ulimit -f 2048; "$@" backup take); echo "code $?"
fi
"$@" backup verify; echo "code $?"
"$@" backup take --resume "$(ls "$place")"; echo "code $?"
"$@" backup prove; echo "code $?"
"#;

#[tokio::test]
async fn a_full_disk_is_said_and_gone_on_from() -> Result<()> {
    let project = project("full_disk").await?;
    let mut line = vec!["bash".to_owned()];
    // A mount of this process's own, which goes with it.
    for unshare in [&["unshare", "--mount"][..], &["unshare", "--mount", "--map-root-user"]] {
        let may = std::process::Command::new(unshare[0]).args(&unshare[1..]).arg("true").output();
        if may.is_ok_and(|run| run.status.success()) {
            line = unshare.iter().map(|&word| word.to_owned()).chain(line).collect();
            break;
        }
    }
    let place = project.path(".backout/backups").display().to_string();
    let run = Backout::of(line[0].as_ref(), &project.path("."))?
        .args(&line[1..])
        .args(["-c", CRAMPED, "cramped", &place])
        .arg(binary_path()?)
        .run()?;
    let codes: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("code ")).collect();
    ensure!(codes == ["code 1", "code 0", "code 0", "code 0"], "{}", run.transcript());
    let said = &run.stderr;
    ensure!(said.contains("error: cannot write") && said.contains("there is no room left"), "{}", run.transcript());
    ensure!(said.contains("backup take --resume"), "what to do: {}", run.transcript());
    Ok(())
}
