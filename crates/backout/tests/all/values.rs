//! Variables of files and flags: changed by hand and by steps, with a version for each change, and back to any of them.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::project::{PLAN, Project};

const FLAGS: &str = r#"{ "flags": {
  "checkout": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
    "targeting": { "if": [ { "ends_with": [ { "var": "email" }, "@example.com" ] }, "on", null ] } },
  "search": { "state": "DISABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" } } }"#;

const STEPS: &str = r#"
[[way]]
name = "A"
[[way.step]]
name = "flags"
do = "flags"
with = { file = "flags.json", set = { checkout = "off" } }
[[way.step]]
name = "variables"
do = "env-file"
with = { file = "app.env", set = { FEATURE = "off", KEY = "env:KEY" } }
"#;

async fn project(name: &str, more: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{more}{STEPS}"))?;
    project.write("flags.json", FLAGS)?;
    project.write("app.env", "FEATURE=on\nKEY=former-s3cret\n")?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}KEY=now-s3cret\n"))?;
    Ok(project)
}

fn flag(project: &Project, name: &str) -> Result<Value> {
    let document: Value = serde_json::from_str(&project.read("flags.json")?)?;
    Ok(document["flags"][name].clone())
}

#[tokio::test]
async fn flags_are_switched_at_once_and_come_back_with_their_targeting() -> Result<()> {
    let project = project("flags_by_hand", "").await?;
    let former: Value = serde_json::from_str(FLAGS)?;
    let listed = project.json(&["flags"], 0)?;
    assert_eq!(listed["result"]["flags"][0]["targeting"], true, "{listed:#}");
    project.run(&["flags", "list"], 0)?;
    project.run(&["flags", "set", "checkout=on", "--dry-run"], 0)?;
    assert_eq!(flag(&project, "checkout")?, former["flags"]["checkout"]);
    let began = Instant::now();
    let set = project.json(&["flags", "set", "checkout=on", "search=off"], 0)?;
    let took = began.elapsed();
    ensure!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(set["result"]["version"], 1, "{set:#}");
    assert_eq!(flag(&project, "checkout")?["defaultVariant"], "on");
    assert_eq!(flag(&project, "checkout")?.get("targeting"), None);
    assert_eq!(flag(&project, "search")?["state"], "ENABLED");
    let variables = project.run(&["flags", "env", "--prefix", "ENABLE_"], 0)?.stdout;
    ensure!(variables.lines().any(|line| line == "ENABLE_CHECKOUT=true"), "{variables}");
    // A shell that reads the lines gets the values, and runs nothing of them.
    let hostile = "a'b\"c $(exit 9) `exit 9` \\ d\ne";
    let hostile_flags =
        json!({ "flags": { "x": { "state": "ENABLED", "variants": { "v": hostile }, "defaultVariant": "v" } } });
    project.write("hostile.json", &hostile_flags.to_string())?;
    let lines = project.run(&["flags", "env", "--file", "hostile.json"], 0)?.stdout;
    let shell =
        std::process::Command::new("sh").args(["-ec", "eval \"$1\"; printf %s \"$X\"", "sh", &lines]).output()?;
    assert_eq!((shell.status.code(), String::from_utf8(shell.stdout)?.as_str()), (Some(0), hostile));
    // Nothing is left to change.
    assert_eq!(project.json(&["flags", "set", "checkout=on"], 0)?["result"]["version"], Value::Null);
    project.run(&["flags", "set", "checkout=off"], 0)?;
    let history = project.json(&["flags", "history", "checkout"], 0)?;
    assert_eq!(history["result"]["versions"].as_array().map(Vec::len), Some(2), "{history:#}");
    let shown = project.run(&["flags", "history"], 0)?;
    ensure!(shown.stdout.contains("off, targeted"), "{}", shown.transcript());
    project.run(&["flags", "revert", "--to", "1", "--dry-run"], 0)?;
    assert_eq!(flag(&project, "checkout")?["defaultVariant"], "off");
    project.run(&["flags", "revert", "--to", "1"], 0)?;
    assert_eq!(flag(&project, "checkout")?["defaultVariant"], "on");
    project.run(&["flags", "revert", "checkout", "--before", "1"], 0)?;
    assert_eq!(flag(&project, "checkout")?, former["flags"]["checkout"]);
    assert_eq!(flag(&project, "search")?["state"], "ENABLED");
    project.run(&["flags", "revert", "--to", "0"], 0)?;
    assert_eq!(serde_json::from_str::<Value>(&project.read("flags.json")?)?, former);
    for (wrong, code) in [("none=on", 2), ("checkout=maybe", 2), ("checkout", 2)] {
        project.run(&["flags", "set", wrong], code)?;
    }
    project.run(&["flags", "--file", "nowhere.json", "list"], 2)?;
    project.run(&["flags", "revert", "checkout", "--to", "99"], 2)?;
    Ok(())
}

/// Two that switch at once: neither loses the other's change, and each has its version.
#[tokio::test]
async fn changes_at_once_are_all_made() -> Result<()> {
    let project = project("flags_at_once", "").await?;
    let flags: serde_json::Map<String, Value> = (0..6)
        .map(|n| {
            let flag = json!({ "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" });
            (format!("f{n}"), flag)
        })
        .collect();
    project.write("flags.json", &json!({ "flags": flags }).to_string())?;
    let mut running = Vec::new();
    for n in 0..6 {
        running.push(project.command(&["flags", "set", &format!("f{n}=off")])?.start()?);
    }
    for mut one in running {
        one.end()?.expect_code(0);
    }
    for n in 0..6 {
        assert_eq!(flag(&project, &format!("f{n}"))?["defaultVariant"], "off", "f{n}");
    }
    let history = project.json(&["flags", "history"], 0)?;
    assert_eq!(history["result"]["versions"].as_array().map(Vec::len), Some(6), "{history:#}");
    Ok(())
}

#[tokio::test]
async fn variables_of_a_file_come_back_to_any_version() -> Result<()> {
    let identity = age::x25519::Identity::generate();
    let sealed = format!("[store]\nencrypt_to = [\"{}\"]\n", identity.to_public());
    let project = project("env_versions", &sealed).await?;
    let secret = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    project.write("key.txt", &secret)?;
    let mode = |mode: u32| std::fs::set_permissions(project.path("app.env"), PermissionsExt::from_mode(mode));
    mode(0o640)?;
    let former = project.read("app.env")?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["rollback", "--yes", "production"], 0)?;
    assert_eq!(project.read("app.env")?, "FEATURE=off\nKEY=now-s3cret\n");
    // Somebody edits it by hand, and a step changes it once more.
    project.write("app.env", "FEATURE=by-hand\nKEY=now-s3cret\n")?;
    mode(0o640)?;
    project.run(&["rollback", "--yes", "production"], 0)?;
    let history = project.json(&["env", "history", "FEATURE"], 0)?;
    let versions = history["result"]["versions"].as_array().context("versions")?.clone();
    assert_eq!(versions.len(), 2, "{history:#}");
    // The same value has the same digest, and what it is is not shown.
    assert_eq!(versions[0]["edits"][0]["now"], versions[1]["edits"][0]["now"], "{history:#}");
    ensure!(!history.to_string().contains("by-hand"), "{history:#}");
    let number = |place: usize| versions[place]["version"].as_u64().unwrap_or_default().to_string();
    let back = |flag: &'static str, version: String| {
        ["env", "revert", flag, &version, "--identity", "key.txt", "--yes", "production"].map(str::to_owned)
    };
    let revert = |flag, version| -> Result<()> {
        let line = back(flag, version);
        project.run(&line.each_ref().map(String::as_str), 0).map(drop)
    };
    // Without anybody's word nothing is changed.
    project.run(&["env", "revert", "--to", "0", "--identity", "key.txt", "--file", "app.env"], 3)?;
    revert("--before", number(1))?;
    assert_eq!(project.read("app.env")?, "FEATURE=by-hand\nKEY=now-s3cret\n");
    revert("--before", number(0))?;
    assert_eq!(project.read("app.env")?, former);
    revert("--to", number(0))?;
    assert_eq!(project.read("app.env")?, "FEATURE=off\nKEY=now-s3cret\n");
    let permissions = std::fs::metadata(project.path("app.env"))?.permissions();
    assert_eq!(permissions.mode() & 0o777, 0o640);
    // Another's key reads nothing.
    let other = age::x25519::Identity::generate();
    project.write("other.txt", age::secrecy::ExposeSecret::expose_secret(&other.to_string()))?;
    project.run(&["env", "revert", "--to", "0", "--file", "app.env", "--identity", "other.txt"], 2)?;
    for entry in std::fs::read_dir(project.path(".backout"))? {
        let path = entry?.path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for value in ["former-s3cret", "now-s3cret", "by-hand", "AGE-SECRET"] {
            ensure!(!text.contains(value), "{value} is in {}", path.display());
        }
    }
    Ok(())
}

/// Without anybody who may read them values are not kept, and that is said; a place that no step changes is not gone
/// back to by what a store says.
#[tokio::test]
async fn what_is_not_kept_does_not_come_back() -> Result<()> {
    let project = project("env_not_kept", "").await?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let run = project.run(&["rollback", "--yes", "production"], 0)?;
    ensure!(run.stderr.contains("is not kept") && run.stderr.contains("store.encrypt_to"), "{}", run.transcript());
    let lost = project.command(&["env", "revert", "--to", "0", "--yes", "production"])?.run()?.expect_code(3);
    ensure!(lost.stderr.contains("FEATURE"), "{}", lost.transcript());
    assert_eq!(project.read("app.env")?, "FEATURE=off\nKEY=now-s3cret\n");
    let connection = rusqlite::Connection::open(project.path(".backout/runs.db"))?;
    connection.execute(
        "INSERT INTO change (at, by, kind, place, body) VALUES ('2026-01-01T00:00:00.000000000Z', 'x', 'env', '../evil', \
         '[{\"name\":\"A\",\"former\":\"absent\",\"now\":\"unreadable\"}]')",
        [],
    )?;
    let planted = connection.last_insert_rowid().to_string();
    drop(connection);
    let refused = project.command(&["env", "revert", "--before", &planted])?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("no step of the plan"), "{}", refused.transcript());
    Ok(())
}
