//! What channels send, recorded and read by what the services publish for that: their SDKs' models and clients, or their
//! documents of the API. Where `BACKOUT_TEST_PAYLOADS` names what `scripts/payload-schemas.sh` installs.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::super::*;
use super::services::Fake;
use super::{HOSTILE, filled, long, message, opened};

const READ_PY: &str = include_str!("payloads/read.py");
const READ_JS: &str = include_str!("payloads/read.cjs");
const SIGNED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// In tokens and addresses, and in no body.
const PLANTED: &str = "pl4nted-t0ken";

/// What people and machines may write, by a name.
fn cases() -> Vec<(&'static str, Message)> {
    let plain = |subject: &str, text: &[(&str, bool)]| Message {
        subject: subject.to_owned(),
        text: filled(text),
        facts: Vec::new(),
        link: None,
        ..message(Phase::Start)
    };
    let empty_facts = ["", " ", "\u{200b}", "x"].map(|text| (text.to_owned(), text.to_owned())).to_vec();
    let lists = "# Head\n\n- a\n- **b** `c`\n\n3. d\n4. e\n\n# \n- \n1. \n****\nhttps://x.example/é?q=1&r=<2>\n[l](mailto:a@b.example)";
    let many = (0..120).map(|number| (format!("Fact {number}"), format!("value {number}"))).collect();
    let controls: String = (0..32_u8).map(char::from).chain(['\u{7f}', '\u{202e}', '\u{feff}', '\u{1f680}']).collect();
    vec![
        ("hostile", message(Phase::Start)),
        ("long", long(Phase::Start)),
        ("empty", Message { facts: empty_facts, ..plain("", &[]) }),
        ("blank", plain(" \n ", &[("\n\n \n", false), (" ", true)])),
        ("one letter", plain("a", &[("b", true)])),
        ("forms", plain("Forms", &[(lists, false), (HOSTILE, true)])),
        ("many facts", Message { facts: many, ..plain("Many", &[("x", false)]) }),
        (
            "signs",
            Message { thread: controls.clone(), key: controls.clone(), ..plain(&controls, &[(&controls, true)]) },
        ),
        ("long thread", Message { thread: "t".repeat(600), key: "k".repeat(600), ..plain("T", &[("x", false)]) }),
        ("link of mail", Message { link: Some("mailto:a@b.example".into()), ..message(Phase::Start) }),
        (
            "long link",
            Message { link: Some(format!("https://x.example/{}", "p".repeat(4000))), ..message(Phase::Start) },
        ),
        ("no link", Message { link: Some("javascript:alert(1)".into()), ..message(Phase::Start) }),
    ]
}

fn channels(base: &str, github: &str) -> Vec<(&'static str, Value)> {
    let hook = format!("{base}/services/{PLANTED}");
    vec![
        ("slack", json!({ "token": PLANTED, "channel": "#incidents", "api": base })),
        ("slack", json!({ "webhook": hook })),
        ("statuspage", json!({ "token": PLANTED, "page": "p1", "components": ["c1", "c2"], "api": base })),
        ("statuspage", json!({ "token": PLANTED, "page": "p1", "quiet": true, "api": base })),
        ("pagerduty", json!({ "key": PLANTED, "api": base })),
        ("pagerduty", json!({ "key": PLANTED, "acknowledge": true, "api": base })),
        ("opsgenie", json!({ "token": PLANTED, "api": base })),
        ("teams", json!({ "url": hook })),
        ("discord", json!({ "url": hook })),
        ("webhook", json!({ "url": hook, "secret": SIGNED })),
        ("github", json!({ "token": PLANTED, "repository": "o/r", "labels": ["incident"], "api": github })),
        ("github", json!({ "token": PLANTED, "repository": "o/r", "issue": "4", "api": github })),
        ("instatus", json!({ "token": PLANTED, "page": "p1", "components": ["c1"], "api": base })),
    ]
}

/// All requests of all messages through all channels, a line of JSON each.
async fn recorded() -> Vec<Value> {
    // Enough of every service's answer for each to go on; GitHub's ids are numbers.
    let answer = |id: Value| json!({ "ok": true, "ts": "1.1", "channel": "C012345678", "id": id, "number": 7 });
    let fakes = [json!("i1"), json!(99)].map(|id| Fake::start(vec![(200, "", answer(id)); 5000]));
    let mut all = Vec::new();
    for (case, start) in cases() {
        for (kind, given) in channels(&fakes[0].base, &fakes[1].base) {
            let fake = &fakes[usize::from(kind == "github")];
            let channel = opened(kind, given);
            let mut state = None;
            for (phase, severity) in [
                (Phase::Start, Severity::Critical),
                (Phase::Update, Severity::Warning),
                (Phase::Update, Severity::Info),
                (Phase::End, Severity::Info),
            ] {
                // A long update is cut as the first and the last are, and each takes its time.
                if case == "long" && phase == Phase::Update {
                    continue;
                }
                let message = Message { phase, severity, key: format!("{}/{severity:?}", start.key), ..start.clone() };
                let before = fake.asked.lock().unwrap().len();
                let sent = channel.send(&message, state.as_ref()).await;
                let sent = sent.unwrap_or_else(|failure| panic!("{kind}, {case}, {phase:?}: {failure}"));
                state = Some(sent.state);
                for (line, headers, text) in fake.asked.lock().unwrap()[before..].iter().cloned() {
                    let mut words = line.split(' ');
                    let (method, path) = (words.next().unwrap(), words.next().unwrap());
                    let headers: serde_json::Map<String, Value> =
                        headers.into_iter().map(|(name, value)| (name, json!(value))).collect();
                    let path = path.trim_end_matches('/').replace("/?", "?");
                    all.push(json!({
                        "kind": kind, "case": format!("{case}, {phase:?} {severity:?}"), "method": method,
                        "path": path, "headers": headers, "text": text, "secret": SIGNED,
                    }));
                }
            }
        }
    }
    all
}

fn read(program: &mut Command, lines: &str) -> String {
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let said = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(lines.as_bytes()));
        child.wait_with_output().unwrap()
    });
    let (out, errors) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}\n{errors}");
    out.trim().to_owned()
}

#[tokio::test]
async fn services_read_what_they_are_sent() {
    let all = recorded().await;
    for one in &all {
        let text = one["text"].as_str().unwrap();
        // The key of an event is a part of it; of all others the secret is in the address or a header.
        let is_planted = text.contains(PLANTED) || text.contains(SIGNED);
        assert_eq!(is_planted, one["kind"] == "pagerduty", "{} {}", one["kind"], one["case"]);
    }
    let Some(folder) = std::env::var_os("BACKOUT_TEST_PAYLOADS") else {
        eprintln!("skipped, as BACKOUT_TEST_PAYLOADS is not set: {} requests are read by nobody", all.len());
        return;
    };
    let lines: String = all.iter().map(|one| format!("{one}\n")).collect();
    let folder = Path::new(&folder);
    let python = read(Command::new(folder.join("python/bin/python")).args(["-c", READ_PY]), &lines);
    let node = read(Command::new("node").args(["-e", READ_JS, "--"]).arg(folder), &lines);
    eprintln!("read: {python} {node}");
}
