//! The demo that stays: what it says can be tried is tried, each way back after another.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use backout_testkit::{Backout, Run, binary_path};
use serde_json::Value;

#[test]
fn each_way_back_can_be_tried_on_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let shop = folder.path().join("a shop");
    let mut demo = Command::new(binary_path()?)
        .args(["demo", "--scale", "0.01", "--stay"])
        .arg(&shop)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // The end of its input ends it, however this test ends.
    let input = demo.stdin.take();
    let lines = BufReader::new(demo.stdout.take().context("its output")?).lines();
    let mut said = Vec::new();
    for line in lines {
        said.push(line?);
        if said.last().is_some_and(|line| line.contains("Enter here")) {
            break;
        }
    }
    ensure!(said.iter().any(|line| line.contains("cd '")), "{said:#?}");
    ensure!(said.len() < 34, "so many lines are not read: {said:#?}");

    let run =
        |line: &[&str], code: i32| -> Result<Run> { Ok(Backout::new(&shop)?.args(line).run()?.expect_code(code)) };
    let way = |run: &Run| -> Result<String> {
        let document: Value = serde_json::from_str(&run.stdout)?;
        let state = &document["result"]["state"];
        let at = state["way"].as_u64().unwrap_or_default() as usize;
        Ok(state["procedure"]["ways"][at]["name"].as_str().unwrap_or_default().to_owned())
    };
    // The plan's variables are read by a shell as by ourselves.
    let shell = Command::new("sh").args(["-ec", ". ./.env; echo \"$DATABASE_URL\""]).current_dir(&shop).output()?;
    let url = String::from_utf8(shell.stdout)?;
    ensure!(shell.status.success() && url.starts_with("postgresql://") && url.contains('&'), "{url}");
    run(&["rollback", "--dry-run", "--because", "errors"], 0)?;
    let back = run(&["rollback", "--because", "errors", "--yes", "demo", "--json"], 0)?;
    assert_eq!(way(&back)?, "U", "{}", back.transcript());
    run(&["verify"], 0)?;
    // What the undo has set aside is asked for before anything is rehearsed or backed up.
    run(&["release", "--yes", "demo"], 3)?;
    run(&["release", "--reimport", "--yes", "demo"], 0)?;
    // Nothing is lost by way B, though the release has changed nearly every table that is compared.
    let shown: Value = serde_json::from_str(&run(&["rollback", "--way", "B", "--dry-run", "--json"], 0)?.stdout)?;
    let steps = shown["result"]["ways"][0]["steps"].as_array().into_iter().flatten();
    let costs: Vec<&Value> = steps.map(|step| &step["cost"]).filter(|cost| !cost.is_null()).collect();
    ensure!(!costs.is_empty() && costs.iter().all(|cost| cost["lost"].is_null()), "{costs:#?}");
    ensure!(!format!("{costs:?}").contains("schema_migrations"), "{costs:#?}");
    // Of tables that get their former columns first nobody can say that they lose nothing.
    let short = &shown["result"]["in_short"][0];
    ensure!(short["uncounted"].is_array() && short["lost_rows"].is_null(), "{short:#}");
    let back = run(&["rollback", "--way", "B", "--yes", "demo", "--json"], 0)?;
    assert_eq!(way(&back)?, "B", "{}", back.transcript());
    run(&["release", "--reimport", "--yes", "demo"], 0)?;
    let back = run(&["rollback", "--because", "data-exposure", "--yes", "demo", "--json"], 4)?;
    assert_eq!(way(&back)?, "C", "{}", back.transcript());
    run(&["run", "approve", "latest"], 0)?;
    run(&["run", "resume", "latest", "--yes", "demo"], 0)?;
    run(&["verify"], 0)?;
    run(&["evidence", "list"], 0)?;
    // A way that has nothing to undo is no success.
    run(&["rollback", "--way", "U", "--yes", "demo"], 3)?;
    run(&["rollback", "--way", "U", "--dry-run"], 3)?;

    // A folder that somebody uses is left alone.
    let again = Command::new(binary_path()?).args(["demo", "--stay"]).arg(&shop).stdin(Stdio::null()).output()?;
    assert_eq!(again.status.code(), Some(2));
    drop(input);
    assert!(demo.wait()?.success());
    Ok(())
}
