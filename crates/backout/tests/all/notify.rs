//! What people are told, from end to end: real messages to a receiver of webhooks and a mail server here, listed, approved,
//! given up and tried again; what was filled in is text and nothing else, and no secret is in any output.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::http::{Reply, listen};
use crate::project::{PLAN, Project};
use crate::serve::{Server, until};

/// A key of Standard Webhooks.
const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// Where the receiver listens; only whoever knows it may post.
const PATH: &str = "/hook-not-known-to-anybody";
/// Markup of everybody, and a line that would be a header.
const HOSTILE: &str = "<!channel> **bold** <script>alert(1)</script>\r\nBcc: evil";
/// The same on one line, as people see it.
const SHOWN: [&str; 4] = ["<!channel>", "**bold**", "<script>alert(1)</script>", "Bcc: evil"];

const TOLD: &str = r#"
[[channel]]
name = "hook"
to.webhook = { url = "env:HOOK_URL", secret = "env:HOOK_KEY" }
[[message]]
name = "begins"
on = "opened"
to = ["hook"]
subject = "Incident: {{ incident.title }}"
text = "**What:** {{ incident.title }}"
[[message]]
name = "over"
on = "resolved"
to = ["hook"]
approve = true
subject = "Over: {{ incident.title }}"
text = "{{ incident.title }}: {{ incident.because|default(\"over\") }}"
"#;

const MAILED: &str = r#"
[[channel]]
name = "mail"
to.mail = { server = "env:MAIL_SERVER", from = "Shop <backout@shop.example>", to = ["ops@shop.example"] }
[[message]]
name = "mailed"
on = "opened"
to = ["mail"]
subject = "Incident: {{ incident.title }}"
text = "**What:** {{ incident.title }}"
"#;

/// What arrived, and what the receiver answers.
struct Hook {
    url: String,
    bodies: Arc<Mutex<Vec<Value>>>,
    status: Arc<AtomicU16>,
}

impl Hook {
    fn new() -> Result<Self> {
        let (bodies, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU16::new(200)));
        let (kept, answer) = (bodies.clone(), status.clone());
        let url = listen(move |request| {
            let status = answer.load(Ordering::SeqCst);
            if status == 200 && request.path == PATH {
                kept.lock().unwrap().push(request.body);
            }
            Reply::new(status, Value::Null)
        })?;
        Ok(Self { url: format!("{url}{PATH}"), bodies, status })
    }

    fn all(&self) -> Vec<Value> {
        self.bodies.lock().unwrap().clone()
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

async fn project(name: &str, hook: &Hook, more: &str, variables: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}HOOK_URL={}\nHOOK_KEY={KEY}\n{variables}", hook.url))?;
    project.write("backout.toml", &format!("{PLAN}{TOLD}{more}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

fn listed(project: &Project, more: &[&str]) -> Result<Vec<Value>> {
    let all = project.json(&[&["notify", "list"], more].concat(), 0)?;
    Ok(all["result"]["messages"].as_array().context("messages")?.clone())
}

/// Sends until a message of the plan has come to a state; what was sent before that is not the matter of who asks.
fn comes_to(project: &Project, message: &str, state: &str) -> Result<Value> {
    let mut found = Value::Null;
    until(&format!("{message} is {state}"), || {
        project.command(&["notify", "send"])?.run()?;
        found = listed(project, &[])?.into_iter().find(|one| one["message"] == message).unwrap_or_default();
        Ok(found["state"] == state)
    })?;
    Ok(found)
}

#[tokio::test]
async fn a_channel_is_tried_and_a_message_is_seen_before_anybody_gets_one() -> Result<()> {
    let hook = Hook::new()?;
    let project = project("notify_tried", &hook, "", "").await?;
    let dry = project.json(&["notify", "test", "hook", "--dry-run"], 0)?;
    assert_eq!(dry["result"]["sent"], false, "{dry:#}");
    assert_eq!(hook.all().len(), 0);
    let sent = project.json(&["notify", "test", "hook"], 0)?;
    ensure!(sent["result"]["id"].as_str().is_some_and(|id| !id.is_empty()), "{sent:#}");
    let got = hook.all();
    assert_eq!(got.len(), 1);
    ensure!(got[0].to_string().contains("This is a test"), "{got:#?}");
    let wrong = project.json(&["notify", "test", "hok"], 2)?;
    ensure!(wrong["error"]["message"].as_str().is_some_and(|said| said.contains("no channel \"hok\"")), "{wrong:#}");

    let shown = project.json(&["notify", "preview"], 0)?;
    let messages = shown["result"]["messages"].as_array().context("messages")?;
    let names: Vec<&Value> = messages.iter().map(|one| &one["message"]).collect();
    assert_eq!(names, ["begins", "over"], "{shown:#}");
    let one = project.run(&["notify", "preview", "begins"], 0)?.stdout;
    ensure!(one.contains("Incident: Error rate") && !one.contains("Over:"), "{one}");
    project.run(&["notify", "preview", "begin"], 2)?;
    assert_eq!(hook.all().len(), 1);

    // A service that refuses is named with its answer, and without its address.
    hook.answers(403);
    let refused = project.command(&["notify", "test", "hook"])?.run()?;
    ensure!(refused.status.code() != Some(0) && refused.stderr.contains("403"), "{}", refused.transcript());
    ensure!(!refused.transcript().contains("not-known-to-anybody"), "{}", refused.transcript());
    Ok(())
}

#[tokio::test]
async fn what_is_due_arrives_and_what_does_not_is_looked_after() -> Result<()> {
    let hook = Hook::new()?;
    let project = project("notify_arrives", &hook, "", "").await?;
    let opened = project.json(&["incident", "open", "--title", HOSTILE], 0)?;
    let id = opened["result"]["id"].as_str().context("an id")?.to_owned();
    comes_to(&project, "begins", "sent")?;
    let got = hook.all();
    assert_eq!(got.len(), 1, "{got:#?}");
    for part in SHOWN {
        ensure!(got[0].to_string().contains(&part.replace('"', "\\\"")), "{part}: {got:#?}");
    }
    // It goes once, however often is sent.
    project.run(&["notify", "send"], 0)?;
    assert_eq!(hook.all().len(), 1);
    let shown = project.json(&["notify", "preview", "begins", "--incident", &id], 0)?;
    ensure!(
        shown["result"]["messages"][0]["subject"].as_str().is_some_and(|said| said.contains(SHOWN[0])),
        "{shown:#}"
    );

    // What somebody has to approve waits, and is known to wait.
    project.run(&["incident", "resolve", "--because", "it was nothing"], 0)?;
    let held = comes_to(&project, "over", "held")?;
    let number = held["seq"].to_string();
    assert_eq!(hook.all().len(), 1);
    project.run(&["notify", "send"], 8)?;
    let status = project.json(&["status"], 8)?;
    ensure!(status.to_string().contains("message.held"), "{status:#}");
    assert_eq!(listed(&project, &["--state", "held", "--incident", &id])?.len(), 1);
    project.run(&["notify", "retry", &number], 3)?;
    project.run(&["notify", "retry", "99999"], 2)?;

    // The receiver refuses for good: it is dead, and first in the list.
    hook.answers(400);
    project.run(&["notify", "approve", &number], 0)?;
    let dead = comes_to(&project, "over", "dead")?;
    ensure!(dead["last"].as_str().is_some_and(|why| why.contains("400")), "{dead:#}");
    assert_eq!(listed(&project, &[])?[0]["seq"].to_string(), number);
    let status = project.run(&["status"], 8)?.stdout;
    ensure!(status.contains(&format!("backout notify retry {number}")), "{status}");
    hook.answers(200);
    project.run(&["notify", "retry", &number], 0)?;
    comes_to(&project, "over", "sent")?;
    assert_eq!(hook.all().len(), 2);
    project.run(&["status"], 0)?;

    // What somebody gives up does not go.
    project.run(&["incident", "reopen", "--because", "it is back"], 0)?;
    project.run(&["incident", "resolve", "--because", "again"], 0)?;
    until("it is held", || {
        project.command(&["notify", "send"])?.run()?;
        Ok(!listed(&project, &["--state", "held"])?.is_empty())
    })?;
    let number = listed(&project, &["--state", "held"])?[0]["seq"].to_string();
    project.run(&["notify", "drop", &number], 2)?;
    project.run(&["notify", "drop", &number, "--because", "said already"], 0)?;
    project.run(&["notify", "send"], 0)?;
    assert_eq!(hook.all().len(), 2);
    Ok(())
}

#[tokio::test]
async fn no_secret_is_in_any_output() -> Result<()> {
    let hook = Hook::new()?;
    let project = project("notify_secrets", &hook, "", "").await?;
    project.run(&["incident", "open", "--title", "an error"], 0)?;
    hook.answers(500);
    let mut all = String::new();
    for line in [
        &["notify", "test", "hook"][..],
        &["notify", "test", "hook", "--dry-run"],
        &["notify", "preview"],
        &["notify", "send"],
        &["notify", "list"],
        &["status"],
        &["incident", "show"],
    ] {
        for more in [&["--json"][..], &["--log", "trace"]] {
            let run = project.command(&[line, more].concat())?.run()?;
            all.push_str(&run.transcript());
        }
    }
    // What the other side says may repeat what it was asked.
    for secret in [KEY, KEY.trim_start_matches("whsec_"), PATH] {
        if let Some(at) = all.find(secret) {
            bail!("{secret} is in an output:\n{}", &all[at.saturating_sub(400)..at]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_api_and_the_page_look_after_messages() -> Result<()> {
    let hook = Hook::new()?;
    let project = project("notify_served", &hook, "", "").await?;
    let token = |name: &str, scope: &str| -> Result<String> {
        let made = project.json(&["token", "make", name, "--scope", scope], 0)?;
        Ok(format!("Bearer {}", made["result"]["secret"].as_str().context("a secret")?))
    };
    let (reader, approver) = (token("bert", "read")?, token("anna", "read,approve")?);
    project.run(&["incident", "open", "--title", HOSTILE], 0)?;
    project.run(&["incident", "resolve", "--because", "it was nothing"], 0)?;
    let held = comes_to(&project, "over", "held")?;
    let server = Server::start(&project)?;
    let ask = |who: &str, method: &str, path: &str, body: &str| {
        let headers = [("Authorization", who), ("Content-Type", "application/json")];
        server.ask(method, path, &headers, body)
    };
    let all = ask(&reader, "GET", "/api/v1/messages", "")?;
    assert_eq!(all.status, 200, "{}", all.text);
    assert_eq!(all.json()?["messages"][0]["seq"], held["seq"]);
    let page = ask(&reader, "GET", "/messages", "")?;
    assert_eq!(page.status, 200, "{}", page.text);
    ensure!(page.text.contains("Needs somebody") && !page.text.contains("<script>alert"), "{}", page.text);
    ensure!(ask(&reader, "GET", "/", "")?.text.contains("waits for approval"), "the first page says so");
    let path = |word: &str| format!("/api/v1/messages/{}/{word}", held["seq"]);
    assert_eq!(ask(&reader, "POST", &path("approve"), "{}")?.status, 403);
    assert_eq!(ask(&approver, "POST", &path("drop"), "{}")?.status, 422);
    assert_eq!(ask(&approver, "POST", &path("retry"), "{}")?.status, 409);
    assert_eq!(ask(&approver, "POST", "/api/v1/messages/99999/retry", "{}")?.status, 404);
    let approved = ask(&approver, "POST", &path("approve"), "{}")?;
    assert_eq!(approved.status, 200, "{}", approved.text);
    assert_eq!(approved.json()?["approved"], "anna");
    assert_eq!(ask(&approver, "POST", &path("approve"), "{}")?.status, 409);
    // A form is one of a page of the session.
    let form = [("Authorization", approver.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(server.ask("POST", "/messages/drop", &form, "message=1&because=x")?.status, 401);
    Ok(())
}

/// A server of mail, where `BACKOUT_TEST_SMTP` names a Python that has aiosmtpd.
pub struct Sink {
    process: Child,
    /// Read all the time: a full pipe would hold the server up.
    mails: mpsc::Receiver<String>,
    pub port: String,
}

const SINK: &str = r#"
import asyncio, email, email.policy, json
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content()
        headers = {name.lower(): str(value) for name, value in mail.items()}
        print(json.dumps({"to": envelope.rcpt_tos, "headers": headers, "plain": part("plain"), "html": part("html")}), flush=True)
        return "250 OK"
async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), hostname="sink"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"#;

impl Sink {
    pub fn start() -> Result<Option<Self>> {
        let Some(python) = std::env::var_os("BACKOUT_TEST_SMTP") else { return Ok(None) };
        let mut process = Command::new(python).args(["-c", SINK]).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("an output")?).lines();
        let port = lines.next().context("a port")??;
        let (to, mails) = mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| to.send(line)));
        Ok(Some(Self { process, mails, port }))
    }

    pub fn next(&mut self) -> Result<Value> {
        let line = self.mails.recv_timeout(Duration::from_secs(60)).context("no mail comes")?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn in_a_mail_a_title_is_text_and_no_header() -> Result<()> {
    let Some(mut sink) = Sink::start()? else { return Ok(()) };
    let hook = Hook::new()?;
    let variables = format!("MAIL_SERVER=smtp://127.0.0.1:{}\n", sink.port);
    let project = project("notify_mail", &hook, MAILED, &variables).await?;
    project.run(&["notify", "test", "mail"], 0)?;
    assert_eq!(sink.next()?["to"], json!(["ops@shop.example"]));
    project.run(&["incident", "open", "--title", HOSTILE], 0)?;
    comes_to(&project, "mailed", "sent")?;
    let mail = sink.next()?;
    assert_eq!(mail["to"], json!(["ops@shop.example"]), "{mail:#}");
    assert_eq!(mail["headers"]["bcc"], Value::Null, "{mail:#}");
    let (plain, html) = (mail["plain"].as_str().context("a text")?, mail["html"].as_str().context("a page")?);
    for part in SHOWN {
        ensure!(plain.contains(part), "{part}: {mail:#}");
        ensure!(mail["headers"]["subject"].as_str().is_some_and(|subject| subject.contains(part)), "{part}: {mail:#}");
    }
    ensure!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
    ensure!(html.contains("<strong>What:</strong>") && html.contains("**bold**"), "{html}");
    Ok(())
}
