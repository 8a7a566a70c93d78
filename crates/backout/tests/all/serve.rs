//! The server from end to end: flags, gates and webhooks of a real process, killed and started again.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backout_testkit::Running;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use crate::project::{PLAN, Project};
use crate::rollback::FLAGS;

const SERVED: &str = r#"
[serve]
flags = "flags.json"
[[gate]]
route = "/v2"
flag = "v2"
[[source]]
name = "events"
ask.webhook = { kind = "json", secret = "env:EVENTS_SECRET" }
[[trigger]]
name = "events"
source = "events"
measure = "count"
over = "1h"
above = 100000
silent_after = "0"
"#;

const SECRET: &str = "not-known-to-anybody";

/// Dropping it kills it.
pub struct Server {
    pub running: Running,
    /// As its line has it, without the scheme.
    pub address: String,
}

pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).with_context(|| self.text.clone())
    }
}

impl Server {
    pub fn start(project: &Project) -> Result<Self> {
        Self::start_at(project, "127.0.0.1:0")
    }

    pub fn start_at(project: &Project, place: &str) -> Result<Self> {
        let running = project.command(&["serve", "--listen", place])?.start()?;
        let mut this = Self { running, address: String::new() };
        until("it listens", || {
            let printed = this.running.stdout()?;
            let address = printed.lines().find_map(|line| line.strip_prefix("http://"));
            this.address = address.unwrap_or_default().to_owned();
            Ok(printed.ends_with('\n') && !this.address.is_empty())
        })?;
        Ok(this)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        write!(stream, "{head}Content-Length: {length}\r\n{headers}\r\n{body}")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").context("an answer has a head")?;
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        Ok(Answer { status, text: body.to_owned() })
    }

    fn evaluated(&self) -> Result<Value> {
        Ok(self.ask("POST", "/ofrep/v1/evaluate/flags/v2", &[], "{}")?.json()?["value"].clone())
    }

    /// Sends the message of a moment: the status of the answer.
    fn send(&self, at: Timestamp, number: usize) -> Result<u16> {
        let (at, body) = (at.as_second().to_string(), json!({ "number": number }).to_string());
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = hmac::sign(&key, format!("{at}.{body}").as_bytes());
        let signature: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = [("X-Timestamp", at.as_str()), ("X-Signature", &signature)];
        Ok(self.ask("POST", "/hooks/events", &headers, &body)?.status)
    }
}

/// Looks until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("it never came to that: {what}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// No change is recent enough to be watched for its effect.
const REPORTED: &str = r#"
[watch]
bake = "0s"
[[source]]
name = "people"
ask.reports = { kind = "complaint" }
[[trigger]]
name = "complaints"
source = "people"
measure = "count"
over = "1h"
above = 100
silent_after = "0"
"#;

async fn served(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}EVENTS_SECRET={SECRET}\n"))?;
    project.write("backout.toml", &format!("{PLAN}{SERVED}"))?;
    project.write("flags.json", FLAGS)?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

#[tokio::test]
async fn flags_and_gates_follow_a_switch() -> Result<()> {
    let project = served("serve_flags").await?;
    let mut server = Server::start(&project)?;
    assert_eq!(server.evaluated()?, true);
    let gate = |server: &Server| server.ask("GET", "/gate", &[("X-Original-URI", "/v2/a")], "");
    assert_eq!(gate(&server)?.status, 200);
    // The command line changes the file, and the server sees that.
    project.run(&["flags", "set", "v2=off", "--file", "flags.json"], 0)?;
    until("the flag is off", || Ok(server.evaluated()? == false))?;
    let closed = gate(&server)?;
    assert_eq!((closed.status, closed.json()?), (503, json!({ "error": "Feature not enabled" })));
    // A token that is made meanwhile serves within a second.
    let made = project.json(&["token", "make", "anna", "--scope", "execute", "--expires", "1h"], 0)?;
    let secret = made["result"]["secret"].as_str().context("a secret")?.to_owned();
    let bearer = format!("Bearer {secret}");
    let switch = || server.ask("POST", "/flags/v2", &[("Authorization", &bearer)], r#"{"variant":"on"}"#);
    until("the token serves", || Ok(switch()?.status == 200))?;
    assert_eq!(server.evaluated()?, true);
    let history = project.json(&["flags", "history"], 0)?;
    assert!(history.to_string().contains("anna"), "{history:#}");
    assert!(!project.json(&["token", "list"], 0)?.to_string().contains(&secret));
    project.run(&["token", "revoke", "anna"], 0)?;
    until("the token serves no more", || Ok(switch()?.status == 401))?;
    server.running.terminate()?;
    server.running.end()?.expect_code(0);
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() -> Result<()> {
    let project = served("serve_killed").await?;
    // What is sent again is the same to the byte, its time included.
    let at = Timestamp::now();
    let mut acknowledged = 0;
    for round in 0..3 {
        let mut server = Server::start(&project)?;
        for number in 0..50 {
            // Also what an earlier process has taken is sent again, and counts once.
            let status = server.send(at, round * 40 + number)?;
            match status {
                202 => acknowledged += 1,
                200 => {}
                other => bail!("message {number}: {other}"),
            }
        }
        let ended = server.running.kill()?;
        assert!(ended.was_killed(), "{}", ended.transcript());
    }
    assert_eq!(acknowledged, 130);
    let server = Server::start(&project)?;
    until("all are counted", || {
        let seen = server.ask("GET", "/api/v1/triggers", &[], "")?.json()?;
        Ok(seen["readings"][0]["value"] == 130.0)
    })
}

/// As what arrives between listening and the first watch.
#[tokio::test]
async fn what_was_acknowledged_before_the_first_watch_counts() -> Result<()> {
    let project = served("serve_before").await?;
    project.write("backout.toml", &format!("{PLAN}{SERVED}{REPORTED}"))?;
    project.run(&["report", "complaint", "--who", "anna"], 0)?;
    let server = Server::start(&project)?;
    until("it is counted", || {
        let seen = server.ask("GET", "/api/v1/triggers", &[], "")?.json()?;
        let readings = seen["readings"].as_array().cloned().unwrap_or_default();
        Ok(readings.iter().any(|one| one["trigger"] == "complaints" && one["value"] == 1.0))
    })
}

#[tokio::test]
async fn elsewhere_needs_tokens_and_tls() -> Result<()> {
    let project = served("serve_elsewhere").await?;
    let refused = project.json(&["serve", "--listen", "0.0.0.0:0"], 3)?;
    assert!(refused.to_string().contains("TLS"), "{refused:#}");
    project.run(&["serve", "--listen", "nowhere"], 2)?;
    Ok(())
}
