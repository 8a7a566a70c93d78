//! Channels against a service of a few lines: what is asked, in which order, and what answers mean.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::*;
use super::{message, opened};
use crate::inbound;

/// What was asked: the request's line, its headers in small letters, its body.
type Asked = (String, Vec<(String, String)>, String);

pub(super) struct Fake {
    pub(super) base: String,
    pub(super) asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Answers in this order: a status with headers, and a body. Status 0 closes the connection without an answer.
    pub(super) fn start(answers: Vec<(u16, &'static str, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let list = asked.clone();
        let mut answers: VecDeque<_> = answers.into();
        std::thread::spawn(move || {
            while let Some((status, headers, body)) = answers.pop_front() {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                reader.read_line(&mut first).unwrap();
                let mut sent = Vec::new();
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let Some((name, value)) = line.trim().split_once(':') else { break };
                    sent.push((name.to_lowercase(), value.trim().to_owned()));
                }
                let length = sent.iter().find(|(name, _)| name == "content-length");
                let mut text = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
                reader.read_exact(&mut text).unwrap();
                list.lock().unwrap().push((first.trim().to_owned(), sent, String::from_utf8(text).unwrap()));
                if status > 0 {
                    let body = if body.is_null() { "ok".to_owned() } else { body.to_string() };
                    let head =
                        format!("HTTP/1.1 {status} X\r\n{headers}Connection: close\r\nContent-Length: {}", body.len());
                    write!(stream, "{head}\r\n\r\n{body}").unwrap();
                }
            }
        });
        Self { base, asked }
    }

    fn lines(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(line, ..)| line.replace(" HTTP/1.1", "")).collect()
    }

    fn body(&self, number: usize) -> Value {
        serde_json::from_str(&self.asked.lock().unwrap()[number].2).unwrap()
    }

    fn header(&self, number: usize, name: &str) -> String {
        let asked = self.asked.lock().unwrap();
        asked[number].1.iter().find(|(header, _)| header == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

fn ok(body: Value) -> (u16, &'static str, Value) {
    (200, "", body)
}

#[tokio::test]
async fn slack_updates_in_the_thread_and_ends_in_the_channel() {
    let posted = |ts: &str| ok(json!({ "ok": true, "ts": ts, "channel": "C012345678" }));
    let found = json!({ "ok": true, "messages": [
        { "ts": "8", "metadata": { "event_payload": { "key": "other" } } },
        { "ts": "9", "metadata": { "event_type": "backout_message", "event_payload": { "key": message(Phase::End).key } } },
    ] });
    let fake = Fake::start(vec![posted("1.1"), posted("1.2"), posted("1.1"), posted("1.3"), ok(found)]);
    let slack = opened("slack", json!({ "token": "xoxb-1", "channel": "#incidents", "api": fake.base }));
    let first = slack.send(&message(Phase::Start), None).await.unwrap();
    assert_eq!((first.id.as_str(), first.known), ("1.1", false));
    let second = slack.send(&message(Phase::Update), Some(&first.state)).await.unwrap();
    assert_eq!(second.state, first.state);
    slack.send(&message(Phase::End), Some(&second.state)).await.unwrap();
    let found = slack.find(&message(Phase::End), Some(&second.state)).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.known), ("9", true));
    let lines = fake.lines();
    assert_eq!(
        lines[..4],
        ["POST /chat.postMessage", "POST /chat.postMessage", "POST /chat.update", "POST /chat.postMessage"]
    );
    assert!(
        lines[4].starts_with("GET /conversations.replies?channel=C012345678&include_all_metadata=true"),
        "{lines:?}"
    );
    assert_eq!(fake.header(0, "authorization"), "Bearer xoxb-1");
    assert_eq!((fake.body(0)["channel"].clone(), fake.body(0).get("thread_ts")), (json!("#incidents"), None));
    assert_eq!((&fake.body(1)["channel"], &fake.body(1)["thread_ts"]), (&json!("C012345678"), &json!("1.1")));
    assert_eq!(fake.body(1).get("reply_broadcast"), None);
    assert!(fake.body(2)["blocks"][0]["text"]["text"].as_str().unwrap().starts_with("Over: Rollback"));
    assert_eq!((&fake.body(2)["ts"], &fake.body(3)["reply_broadcast"]), (&json!("1.1"), &json!(true)));
}

#[tokio::test]
async fn answers_say_whether_it_arrived() {
    let fake = Fake::start(vec![
        ok(json!({ "ok": false, "error": "channel_not_found" })),
        ok(json!({ "ok": false, "error": "invalid_auth" })),
        ok(json!({ "ok": false, "error": "internal_error" })),
        (429, "Retry-After: 30\r\n", json!({ "ok": false, "error": "ratelimited" })),
        (502, "", json!({})),
        (0, "", json!({})),
    ]);
    let slack = opened("slack", json!({ "token": "xoxb-1", "channel": "#i", "api": fake.base }));
    let mut found = Vec::new();
    for _ in 0..6 {
        let failure = slack.send(&message(Phase::Start), None).await.unwrap_err();
        assert!(!failure.to_string().contains("xoxb"), "{failure}");
        found.push((failure.again.map(|wait| wait.as_secs()), failure.may_have_arrived));
    }
    let unsure = (Some(0), true);
    assert_eq!(found, [(None, false), (None, false), unsure, (Some(30), false), unsure, unsure]);
    // Nobody listens there any more, so nothing has arrived.
    let nobody = opened("slack", json!({ "token": "x", "channel": "#i", "api": "http://127.0.0.1:1" }));
    let failure = nobody.send(&message(Phase::Start), None).await.unwrap_err();
    assert_eq!((failure.again.is_some(), failure.may_have_arrived), (true, false));
}

#[tokio::test]
async fn webhooks_are_verified_by_who_receives_them() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let fake = Fake::start(vec![ok(Value::Null), ok(Value::Null), ok(Value::Null), ok(json!({ "id": "77" }))]);
    let hook = opened("webhook", json!({ "url": format!("{}/in", fake.base), "secret": secret }));
    let sent = hook.send(&message(Phase::Start), None).await.unwrap();
    assert_eq!(sent.id, message(Phase::Start).key);
    let asked = fake.asked.lock().unwrap()[0].clone();
    let header = |name: &str| asked.1.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str());
    let verified = inbound::verify("standard", secret.as_bytes(), &header, asked.2.as_bytes(), Timestamp::now());
    assert_eq!(verified, Ok(sent.id));
    for (kind, path) in [("slack", "webhook"), ("teams", "url"), ("discord", "url")] {
        let given = json!({ path: format!("{}/T0/S3cr3tPath?a=b", fake.base) });
        opened(kind, given).send(&message(Phase::Start), None).await.unwrap();
    }
    assert_eq!(fake.lines()[2..], ["POST /T0/S3cr3tPath?a=b", "POST /T0/S3cr3tPath?a=b&wait=true"]);
}

#[tokio::test]
async fn status_pages_and_alerts_go_from_open_to_closed() {
    let fake = Fake::start(vec![
        (201, "", json!({ "id": "inc1" })),
        ok(json!({ "id": "inc1" })),
        ok(json!([{ "id": "x" }, { "id": "inc1", "metadata": { "backout": { "key": message(Phase::Start).key } } }])),
    ]);
    let page = opened("statuspage", json!({ "token": "t", "page": "p1", "api": fake.base }));
    let sent = page.send(&message(Phase::Start), None).await.unwrap();
    page.send(&message(Phase::End), Some(&sent.state)).await.unwrap();
    assert_eq!(page.find(&message(Phase::Start), None).await.unwrap().unwrap().id, "inc1");
    let list = "GET /v1/pages/p1/incidents?limit=100";
    assert_eq!(fake.lines(), ["POST /v1/pages/p1/incidents", "PATCH /v1/pages/p1/incidents/inc1", list]);
    assert_eq!(fake.header(0, "authorization"), "OAuth t");

    let update = json!({ "id": "up1", "started": "2026-01-07T10:00:00.123Z", "message":
        instatus::incident_of(&message(Phase::End), false, &statuspage::Shown::default())["message"] });
    let fake =
        Fake::start(vec![ok(json!({ "id": "i1" })), ok(json!({ "id": "up1" })), ok(json!({ "updates": [update] }))]);
    let page = opened("instatus", json!({ "token": "t", "page": "p1", "api": fake.base }));
    let sent = page.send(&message(Phase::Start), None).await.unwrap();
    let end = page.send(&message(Phase::End), Some(&sent.state)).await.unwrap();
    assert_eq!((end.id.as_str(), &end.state), ("up1", &sent.state));
    assert!(page.find(&message(Phase::End), Some(&sent.state)).await.unwrap().unwrap().known);
    assert_eq!(fake.lines()[1], "POST /v1/p1/incidents/i1/incident-updates");

    let fake = Fake::start(vec![
        (202, "", json!({})),
        (202, "", json!({})),
        (404, "", json!({})),
        (202, "", json!({ "dedup_key": "k" })),
    ]);
    let alerts = opened("opsgenie", json!({ "token": "t", "api": fake.base }));
    let sent = alerts.send(&message(Phase::Start), None).await.unwrap();
    alerts.send(&message(Phase::End), Some(&sent.state)).await.unwrap();
    assert_eq!(alerts.find(&message(Phase::Start), None).await.unwrap(), None);
    assert_eq!(fake.header(0, "authorization"), "GenieKey t");
    assert_eq!(fake.lines()[1], "POST /v2/alerts/incident%2F2026-01-07-1/close?identifierType=alias");
    let duty = opened("pagerduty", json!({ "key": "r0uting", "api": fake.base }));
    assert_eq!(duty.send(&message(Phase::Start), None).await.unwrap().id, "k");
    assert_eq!((fake.lines()[3].as_str(), &fake.body(3)["routing_key"]), ("POST /v2/enqueue", &json!("r0uting")));
}

#[tokio::test]
async fn github_closes_what_it_has_opened() {
    let ours = github_comment::body(&message(Phase::Start), false);
    let fake = Fake::start(vec![
        (201, "", json!({ "number": 7 })),
        ok(json!({})),
        (201, "", json!({ "id": 99 })),
        ok(json!([{ "number": 3, "body": format!("> {ours}") }, { "number": 7, "body": ours }])),
        (201, "", json!({ "id": 5 })),
    ]);
    let github = opened("github", json!({ "token": "t", "repository": "o/r", "labels": ["x"], "api": fake.base }));
    let sent = github.send(&message(Phase::Start), None).await.unwrap();
    let end = github.send(&message(Phase::End), Some(&sent.state)).await.unwrap();
    assert_eq!((sent.id.as_str(), end.id.as_str(), &end.state), ("7", "99", &json!({ "issue": 7 })));
    assert_eq!(github.find(&message(Phase::Start), None).await.unwrap().unwrap().id, "7");
    let one = opened("github", json!({ "token": "t", "repository": "o/r", "issue": "4", "api": fake.base }));
    one.send(&message(Phase::End), None).await.unwrap();
    let lines = fake.lines();
    assert_eq!(
        lines[..3],
        ["POST /repos/o/r/issues", "PATCH /repos/o/r/issues/7", "POST /repos/o/r/issues/7/comments"]
    );
    assert_eq!(lines[4], "POST /repos/o/r/issues/4/comments");
}
