//! The demo: the loop at its end is closed, and where it stays, what it says can be tried is tried, each way back after
//! another.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use backout_testkit::{Backout, Run, binary_path};
use serde_json::Value;

use crate::example::ask_text;

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
    ensure!(said.len() < 35, "so many lines are not read: {said:#?}");
    let dashboard = said.iter().find_map(|line| line.strip_prefix("The dashboard, which follows: "));
    let dashboard = dashboard.context("the address of the dashboard")?.to_owned();

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

    // The dashboard has what was done in the other terminal.
    let page = ask_text(&format!("{dashboard}/"))?;
    ensure!(page.matches("href=\"/runs/").count() == 6, "{page}");

    // A folder that somebody uses is left alone.
    let again = Command::new(binary_path()?).args(["demo", "--stay"]).arg(&shop).stdin(Stdio::null()).output()?;
    assert_eq!(again.status.code(), Some(2));
    drop(input);
    assert!(demo.wait()?.success());
    Ok(())
}

/// After the tour, a page fails, and the server that watches turns it off.
#[test]
fn the_loop_at_its_end_is_closed() -> Result<()> {
    let mut demo = Command::new(binary_path()?)
        .args(["demo", "--scale", "0.01", "--no-rehearsal", "--keep"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // The end of its input ends it, however this test ends.
    let input = demo.stdin.take();
    let mut said = Vec::new();
    for line in BufReader::new(demo.stdout.take().context("its output")?).lines() {
        said.push(line?);
        if said.last().is_some_and(|line| line.contains("Enter here")) {
            break;
        }
    }
    let found =
        |start: &str| said.iter().find_map(|line| line.trim().strip_prefix(start)).context(format!("{said:#?}"));
    ensure!(said.iter().any(|line| line.contains("breached  database errors: 0.0")), "{said:#?}");
    ensure!(said.iter().any(|line| line.contains("way F: run ") && line.ends_with("succeeded")), "{said:#?}");
    found("way F has helped")?;
    found("The gate was closed ")?;
    // Every twelfth summary has failed since it was to: of all, fewer.
    let counts: Vec<f64> = found("Of ")?.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    ensure!(counts.len() == 3 && counts[1] > 3.0 && counts[1] / counts[0] < 1.0 / 12.0, "{said:#?}");
    ensure!(counts[2] > 0.0, "{said:#?}");
    // The dashboard is there, and the run with it.
    ensure!(ask_text(&format!("{}/", found("The dashboard: ")?))?.contains("database errors"), "{said:#?}");
    let run = ask_text(found("All of it is on record: ")?)?;
    ensure!(run.contains("summaries off") && run.contains("database errors"), "{run}");
    drop(input);
    assert!(demo.wait()?.success());
    Ok(())
}
