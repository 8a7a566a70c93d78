//! What is planned from what is given: for each case of the round trips, without a server.
//!
//! `plans/NAME.json` is all that the plan follows from, `plans/NAME.sql` is the plan. A change of the planner shows here as
//! what it is: other statements. That the statements do what they should is what the round trips of `backout-postgres`
//! prove, on servers.
//!
//! `BLESS=1 cargo test -p backout-reversal --test plans` writes the plans anew. New cases come from there:
//! `HARVEST=FOLDER cargo test -p backout-postgres round_trips` keeps what is given, and `HARVESTED=FOLDER` takes it in here.

mod crowd;
mod plan_text;
mod shrunk;

use backout_reversal::Given;
use backout_schema::Catalog;
use plan_text::text;
use serde_json::Value;
use shrunk::{grown, shrunk};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The case whose catalog the others are told by: what they have beside it, and what they lack.
const BASE: &str = "function_body";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans")
}

fn json(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// The names of the cases in a folder, but for the base.
fn names(folder: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|ending| ending == "json") && name != "base" {
            names.insert(name);
        }
    }
    Ok(names)
}

/// Only what the migration found: Backout's own tables were there as well.
fn without_ours(mut given: Given) -> Given {
    given.now = shrunk::outside("backout", &given.now);
    given.numbered()
}

fn take_in(from: &Path) -> Result<(), Box<dyn Error>> {
    let read = |name: &str| -> Result<Given, Box<dyn Error>> {
        Ok(without_ours(serde_json::from_value(json(&from.join(format!("{name}.json")))?)?))
    };
    let base = serde_json::to_value(read(BASE)?.now)?;
    fs::write(folder().join("base.json"), shrunk::lines(&base))?;
    for name in names(from)? {
        let given = serde_json::to_value(read(&name)?)?;
        let small = shrunk(&base, given.clone());
        assert_eq!(grown(&base, small.clone()), given, "{name}");
        fs::write(folder().join(format!("{name}.json")), shrunk::lines(&small))?;
    }
    Ok(())
}

#[test]
fn every_plan_is_as_before() -> Result<(), Box<dyn Error>> {
    if let Some(from) = std::env::var_os("HARVESTED") {
        take_in(Path::new(&from))?;
    }
    let blesses = std::env::var_os("BLESS").is_some();
    let base = json(&folder().join("base.json"))?;
    let (mut other, names) = (Vec::new(), names(&folder())?);
    assert!(names.len() >= 300, "only {} cases", names.len());
    for name in &names {
        let given: Given = serde_json::from_value(grown(&base, json(&folder().join(format!("{name}.json")))?))?;
        let found = text(&given.plan());
        let path = folder().join(format!("{name}.sql"));
        if blesses {
            fs::write(path, found)?;
            continue;
        }
        let expected = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        if found != expected {
            let differs = |a: &str, b: &str| -> String {
                a.lines().filter(|line| !b.lines().any(|l| l == *line)).map(|line| format!("\n    {line}")).collect()
            };
            let (gone, new) = (differs(&expected, &found), differs(&found, &expected));
            other.push(format!("{name}\n  gone:{gone}\n  new:{new}"));
        }
    }
    assert!(other.is_empty(), "{} of {} plans are others:\n{}", other.len(), names.len(), other.join("\n"));
    Ok(())
}

/// What the migration did not touch changes no plan, however much of it there is. `TABLES=5000` says how much, and
/// `--nocapture` how long planning takes beside it.
#[test]
fn tables_beside_it_change_no_plan() -> Result<(), Box<dyn Error>> {
    let tables = std::env::var("TABLES").ok().map_or(Ok(100), |tables| tables.parse())?;
    let base = json(&folder().join("base.json"))?;
    let crowd: Catalog = serde_json::from_value(base.clone())?;
    for name in names(&folder())?.iter().step_by(29) {
        let mut given: Given = serde_json::from_value(grown(&base, json(&folder().join(format!("{name}.json")))?))?;
        given.now = crowd::beside(&given.now, &crowd, tables / 2);
        let began = Instant::now();
        let plan = given.plan();
        println!("{:>6.1?}  {name} beside {tables} tables", began.elapsed());
        let expected = fs::read_to_string(folder().join(format!("{name}.sql")))?;
        assert_eq!(text(&plan), expected, "{name}");
    }
    Ok(())
}

/// A plan follows from nothing else than what is given.
#[test]
fn what_is_planned_twice_is_the_same() -> Result<(), Box<dyn Error>> {
    let base = json(&folder().join("base.json"))?;
    for name in names(&folder())?.iter().step_by(7) {
        let given: Given = serde_json::from_value(grown(&base, json(&folder().join(format!("{name}.json")))?))?;
        assert_eq!(text(&given.plan()), text(&given.plan()), "{name}");
        let again = given.clone().numbered();
        assert_eq!(serde_json::to_value(&again)?, serde_json::to_value(&given)?, "{name} is not numbered");
    }
    Ok(())
}
