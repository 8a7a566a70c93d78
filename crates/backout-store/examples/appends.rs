//! How many records a second a store takes, durably, and how long a list of many runs takes. `bench/runs` calls it with a
//! name and a file, or the URL of a PostgreSQL server.

use std::path::Path;
use std::time::{Duration, Instant};

use backout_plan::ConnectionSettings;
use backout_runbook::procedure::Millis;
use backout_runbook::{Event, OnFailure, Procedure, Retry, Step, Way};
use backout_store::{Author, Label, Store};
use serde_json::{Value, json};

const RECORDS: u32 = 1_000;
const RUNS: u32 = 10_000;
const HELD: Duration = Duration::from_secs(600);

type Failed = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, place] = arguments.as_slice() else { return Err("a name and a place are expected".into()) };
    let store = match place.parse::<ConnectionSettings>() {
        Ok(settings) if place.contains("://") => Store::server(&settings).await?,
        _ => Store::file(Path::new(place)).await?,
    };
    let step = Step {
        name: "undo in place".to_owned(),
        kind: "undo".to_owned(),
        action: json!({ "numbers": [1] }),
        budget: Millis(60_000),
        retry: Retry::default(),
        on_failure: OnFailure::Stop,
        undo: None,
        approval: None,
        beforehand: false,
    };
    let way = Way { name: "U".to_owned(), budget: None, steps: vec![step] };
    let procedure = Procedure { name: "rollback".to_owned(), ways: vec![way] };
    let opened = Event::Opened { procedure, target: None, because: String::new(), facts: Value::Null };
    let label = Label { procedure: "rollback".to_owned(), target: Some("production".to_owned()) };
    let (lease, record) = store.open("appends", &label, "bench#1", "bench", HELD, &opened).await?;
    let mut head = record.head();
    let noted = Event::Noted { about: "bench".to_owned(), facts: json!({ "text": "x".repeat(200) }) };
    let began = Instant::now();
    for _ in 0..RECORDS {
        head = store.append("appends", Author::Holder(&lease), "bench", &head, "running", &noted).await?.head();
    }
    let rate = f64::from(RECORDS) / began.elapsed().as_secs_f64();
    tell(&format!("ratio appends_per_second_{name} {rate:.0} >=100"));
    for number in 1..RUNS {
        store.open(&format!("run{number:06}"), &label, "bench#1", "bench", HELD, &opened).await?;
    }
    let began = Instant::now();
    let list = store.list(RUNS).await?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    if list.len() != RUNS as usize {
        return Err(format!("{} runs are listed", list.len()).into());
    }
    tell(&format!("ratio list_of_10000_runs_ms_{name} {ms:.1} <100"));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the benchmark reads it")]
fn tell(line: &str) {
    println!("{line}");
}
