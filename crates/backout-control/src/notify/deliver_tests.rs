//! Channels against a service of a few lines, with a clock that the test turns.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use backout_connectors::tell::{Message, Phase, Severity, Text};
use backout_plan::Plan;
use backout_store::{NewMessage, OutState, Store};
use serde_json::json;

use super::*;

const PLAN: &str = r##"version = 1
[targets.p]
[[channel]]
name = "hook"
to.webhook = { url = "env:HOOK", secret = "env:KEY" }
[[channel]]
name = "other"
to.webhook = { url = "env:OTHER", secret = "env:KEY" }
[[channel]]
name = "chat"
to.slack = { token = "env:TOKEN", channel = "C012345678", api = "API" }
"##;

/// Keys of messages in the order in which they came, and what was asked.
type Came = Arc<Mutex<Vec<(String, Value)>>>;

/// Answers with its status to everything, as Slack and a receiver of webhooks do; with 0 it hangs up.
struct Service {
    base: String,
    came: Came,
    status: Arc<AtomicU16>,
}

impl Service {
    fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (came, status) = (Came::default(), Arc::new(AtomicU16::new(status)));
        let (list, answers) = (came.clone(), status.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &list, answers.load(Ordering::Relaxed));
            }
        });
        Self { base, came, status }
    }

    fn keys(&self) -> Vec<String> {
        self.came.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }
}

fn answer(mut stream: TcpStream, came: &Came, status: u16) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let (mut length, mut id) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "webhook-id" => id = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let said = if first.starts_with("GET") {
        // What was posted is found by its key.
        let posted = came.lock().unwrap();
        let messages: Vec<_> =
            posted.iter().map(|(_, body)| json!({ "ts": "1.1", "metadata": body["metadata"] })).collect();
        json!({ "ok": true, "messages": messages, "has_more": false })
    } else {
        let ts = format!("1.{}", came.lock().unwrap().len() + 1);
        if status == 200 {
            let slack = body["metadata"]["event_payload"]["key"].as_str().map(str::to_owned);
            came.lock().unwrap().push((slack.unwrap_or(id), body));
        }
        json!({ "ok": true, "ts": ts, "channel": "C012345678" })
    };
    if status == 0 {
        return;
    }
    let said = said.to_string();
    write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{said}", said.len()).unwrap();
}

struct Outbox {
    runs: Runs,
    /// Seconds since the beginning.
    now: AtomicI64,
    begun: Timestamp,
    _folder: tempfile::TempDir,
}

impl Outbox {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::file(&folder.path().join("runs.db")).await.unwrap();
        let (who, holder) = ("anna@here".to_owned(), "here#1".to_owned());
        let runs = Runs { store, who, holder, held_for: Duration::from_secs(1) };
        Self { runs, now: AtomicI64::new(0), begun: Timestamp::now(), _folder: folder }
    }

    fn now(&self) -> Timestamp {
        self.begun + SignedDuration::from_secs(self.now.load(Ordering::Relaxed))
    }

    async fn post(&self, channel: &str, keys: &[&str]) {
        let letter = |key: &str| Letter {
            message: "m".to_owned(),
            said: Message {
                subject: "s".to_owned(),
                text: Text::markup(key),
                severity: Severity::Info,
                phase: Phase::Update,
                thread: "i".to_owned(),
                facts: Vec::new(),
                link: None,
                key: key.to_owned(),
                at: self.begun,
                recipients: Vec::new(),
            },
        };
        let new: Vec<NewMessage> = keys
            .iter()
            .map(|key| NewMessage {
                key: (*key).to_owned(),
                channel: channel.to_owned(),
                thread: "i".to_owned(),
                incident: "i".to_owned(),
                body: serde_json::to_vec(&letter(key)).unwrap(),
                held: false,
                due: self.begun,
            })
            .collect();
        self.runs.store.post(&new).await.unwrap();
    }

    async fn send(&self, open: &Open) -> usize {
        let until = Instant::now() + Duration::from_secs(60);
        let done = channel(&self.runs, "h", open, &|| self.now(), until).await;
        assert!(done.findings.is_empty(), "{:?}", done.findings);
        done.sent
    }

    async fn state(&self, key: &str) -> OutMessage {
        self.runs.store.message(key).await.unwrap().unwrap()
    }
}

fn open(name: &str, hook: &str, other: &str, api: &str) -> Open {
    let plan = Plan::parse("backout.toml", &PLAN.replace("API", api)).unwrap();
    let planned = plan.channels.iter().find(|one| one.name == name).unwrap();
    let resolve = |named: &str| {
        Ok(Secret::new(match named {
            "env:HOOK" => hook.to_owned(),
            "env:OTHER" => other.to_owned(),
            "env:KEY" => "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0".to_owned(),
            _ => "xoxb-1".to_owned(),
        }))
    };
    Open::with(planned, &resolve).unwrap()
}

#[test]
fn pauses_grow_up_to_ten_minutes() {
    let seconds: Vec<u64> = (1..=10).map(|attempts| pause(attempts).as_secs()).collect();
    assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    let all: Duration = (1..ATTEMPTS).map(pause).sum();
    assert!(all > Duration::from_secs(23 * 60 * 60) && all < Duration::from_secs(26 * 60 * 60), "{all:?}");
}

/// For an hour the service is down; what was posted meanwhile comes in its order, each once. Another channel waits for
/// nobody.
#[tokio::test]
async fn a_channel_that_is_down_delays_its_messages_in_their_order() {
    let (down, other) = (Service::start(503), Service::start(200));
    let outbox = Outbox::new().await;
    let hook = open("hook", &down.base, &other.base, &down.base);
    let second = open("other", &down.base, &other.base, &down.base);
    let mut attempts = 0;
    for minute in 0..60 {
        outbox.now.store(minute * 60, Ordering::Relaxed);
        if minute % 10 == 0 {
            outbox.post("hook", &[&format!("k{minute}")]).await;
            outbox.post("other", &[&format!("o{minute}")]).await;
        }
        assert_eq!(outbox.send(&hook).await, 0);
        outbox.send(&second).await;
        let first = outbox.state("k0").await;
        assert!(first.attempts >= attempts, "{first:?}");
        attempts = first.attempts;
        assert_eq!((&first.state, first.last.is_some()), (&OutState::Waiting, true));
    }
    assert!((7..=14).contains(&attempts), "{attempts}: it is not asked every minute");
    assert_eq!(other.keys(), ["o0", "o10", "o20", "o30", "o40", "o50"]);
    assert_eq!(down.keys(), Vec::<String>::new());
    // Younger ones wait for the first: none was tried.
    assert_eq!(outbox.state("k10").await.attempts, 0);
    down.status.store(200, Ordering::Relaxed);
    outbox.now.store(3_600 + 600, Ordering::Relaxed);
    assert_eq!(outbox.send(&hook).await, 6);
    assert_eq!(down.keys(), ["k0", "k10", "k20", "k30", "k40", "k50"]);
    assert_eq!(outbox.send(&hook).await, 0);
}

#[tokio::test]
async fn what_no_attempt_helps_is_dead_and_keeps_nobody_waiting() {
    let service = Service::start(400);
    let outbox = Outbox::new().await;
    let hook = open("hook", &service.base, &service.base, &service.base);
    outbox.post("hook", &["a"]).await;
    outbox.send(&hook).await;
    let dead = outbox.state("a").await;
    assert!(matches!(dead.state, OutState::Dead { .. }), "{dead:?}");
    // After a day it is given up what is only away.
    service.status.store(503, Ordering::Relaxed);
    outbox.post("hook", &["b"]).await;
    outbox.send(&hook).await;
    assert_eq!(outbox.state("b").await.state, OutState::Waiting);
    outbox.now.store(25 * 3_600, Ordering::Relaxed);
    outbox.send(&hook).await;
    let given_up = outbox.state("b").await;
    assert!(matches!(&given_up.state, OutState::Dead { why } if why.contains("24 h")), "{given_up:?}");
    // Somebody wants it all the same: it is tried, however old.
    service.status.store(200, Ordering::Relaxed);
    outbox.runs.store.revive("b").await.unwrap();
    assert_eq!(outbox.send(&hook).await, 1);
    assert_eq!(service.keys(), ["b"]);
    // What nobody has tried for a day is old news.
    outbox.now.store(0, Ordering::Relaxed);
    outbox.post("hook", &["c"]).await;
    outbox.now.store(25 * 3_600, Ordering::Relaxed);
    assert_eq!(outbox.send(&hook).await, 0);
    assert!(matches!(outbox.state("c").await.state, OutState::Dead { .. }));
}

/// Whoever had claimed it died behind sending, and nobody knows: it is there already.
#[tokio::test]
async fn what_may_have_arrived_is_looked_for_first() {
    let service = Service::start(200);
    let outbox = Outbox::new().await;
    let chat = open("chat", &service.base, &service.base, &service.base);
    outbox.post("chat", &["a", "b"]).await;
    let claimed = outbox.runs.store.claim("chat", "h", Duration::from_secs(30), outbox.now()).await.unwrap().unwrap();
    let letter = Letter::read(&claimed.message.body).unwrap();
    chat.channel.send(&letter.said, None).await.unwrap();
    assert_eq!(outbox.send(&chat).await, 2);
    assert_eq!(service.keys(), ["a", "b"], "a was sent again");
    // The second one is in the thread of the first.
    let second = service.came.lock().unwrap()[1].1.clone();
    assert!(second["thread_ts"].is_string(), "{second:#}");
}

/// It takes the connection and says nothing: the attempt ends, and the message waits for another.
#[tokio::test]
async fn what_hangs_up_is_tried_again() {
    let service = Service::start(0);
    let outbox = Outbox::new().await;
    let hook = open("hook", &service.base, &service.base, &service.base);
    outbox.post("hook", &["a"]).await;
    assert_eq!(outbox.send(&hook).await, 0);
    let waiting = outbox.state("a").await;
    assert_eq!((waiting.state, waiting.attempts), (OutState::Waiting, 1));
    service.status.store(200, Ordering::Relaxed);
    outbox.now.store(6, Ordering::Relaxed);
    assert_eq!(outbox.send(&hook).await, 1);
}
