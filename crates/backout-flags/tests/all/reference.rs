//! The same answers as npm's @openfeature/flagd-core.
//!
//! `BACKOUT_TEST_FLAGD` names its folder (`scripts/flagd-core.sh`): then it is asked, with
//! `BACKOUT_TEST_FLAGD_SEED` for other cases than always, and `BACKOUT_TEST_FLAGD_RECORD` to write
//! down what it says. Without it, what it said before is compared.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use backout_flags::{Definitions, Kind};
use serde_json::{Value, json};

use crate::random::{Dice, case};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

/// What Backout says to a case.
fn ours(case: &Value) -> Value {
    let Ok(read) = Definitions::parse(case["d"].as_str().unwrap_or_default()) else { return json!("refused") };
    let (context, now) = (&case["c"], case["n"].as_i64().unwrap_or_default());
    let kind = match case["t"].as_str() {
        Some("boolean") => Kind::Boolean,
        Some("string") => Kind::String,
        Some("number") => Kind::Number,
        _ => Kind::Object,
    };
    let keys: Vec<&str> = case["k"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let plain = |key: &&str| serde_json::to_value(read.evaluate(key, context, now)).unwrap_or_default();
    let typed = |key: &&str| {
        let found = read.evaluate(key, context, now).expecting(key, kind);
        let mut said = serde_json::to_value(&found).unwrap_or_default();
        if found.value.is_none() {
            said["value"] = json!("DEFAULT");
        }
        said
    };
    json!({
        "f": keys.iter().map(plain).collect::<Vec<_>>(),
        "t": keys.iter().map(typed).collect::<Vec<_>>(),
        "a": read.all(context, now).keys().collect::<Vec<_>>(),
    })
}

/// Numbers are compared by what they are, not by how they are written. Where the reference itself
/// breaks (a rule that throws null), nothing but an error is right.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (one, two) if two == "thrown" => one["errorCode"] == "GENERAL",
        (Value::Number(one), Value::Number(two)) => one.as_f64() == two.as_f64(),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len() && one.iter().all(|(key, one)| two.get(key).is_some_and(|two| same(one, two)))
        }
        (one, two) => one == two,
    }
}

fn compare(cases: impl Iterator<Item = (Value, Value)>) -> usize {
    let (mut count, mut differ) = (0, Vec::new());
    for (case, theirs) in cases {
        count += 1;
        let ours = ours(&case);
        if !same(&ours, &theirs) {
            differ.push(format!("{case}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    let shown = differ.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} of {count} differ\n{shown}", differ.len());
    count
}

fn ask(folder: &str, cases: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(here("ask.mjs"))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is there");
    let mut to = node.stdin.take().expect("piped");
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = std::thread::spawn(move || to.write_all(lines.as_bytes()));
    let from = BufReader::new(node.stdout.take().expect("piped"));
    let answers: Vec<Value> =
        from.lines().map(|line| serde_json::from_str(&line.expect("text")).expect("JSON")).collect();
    writer.join().expect("no panic").expect("all was taken");
    assert!(node.wait().expect("it ends").success());
    assert_eq!(answers.len(), cases.len());
    answers
}

#[test]
fn random_definitions_agree_with_the_reference() {
    let recorded = here("cases.jsonl");
    let Ok(folder) = env::var("BACKOUT_TEST_FLAGD") else {
        let text = fs::read_to_string(recorded).expect("recorded cases are there");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let count = compare(lines.map(|mut line| {
            let theirs = line["r"].take();
            (line, theirs)
        }));
        assert!(count >= 500, "{count}");
        return;
    };
    let number = |name: &str, or: u64| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or);
    let mut dice = Dice::new(number("BACKOUT_TEST_FLAGD_SEED", 1));
    let cases: Vec<Value> = (0..number("BACKOUT_TEST_FLAGD_CASES", 10_000)).map(|_| case(&mut dice)).collect();
    let answers = ask(&folder, &cases);
    if env::var("BACKOUT_TEST_FLAGD_RECORD").is_ok() {
        let short =
            cases.iter().zip(&answers).filter(|(case, said)| case.to_string().len() + said.to_string().len() < 640);
        let lines = short.take(500).map(|(case, said)| {
            let mut line = case.clone();
            line["r"] = said.clone();
            format!("{line}\n")
        });
        fs::write(recorded, lines.collect::<String>()).expect("written");
    }
    compare(cases.into_iter().zip(answers));
}
