//! Killed at each boundary of the outbox, and a channel that is away: nothing is lost, and nothing is shown twice where the
//! channel knows its key.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};
use crate::serve::until;

const TOLD: &str = r#"
[[channel]]
name = "hook"
to.webhook = { url = "env:HOOK_URL", secret = "env:HOOK_KEY" }
[[message]]
name = "begins"
on = "opened"
to = ["hook"]
text = "It begins."
[[message]]
name = "over"
on = "resolved"
to = ["hook"]
text = "It is over."
"#;

/// A receiver of Standard Webhooks: the ids that came, each as often as it came, and the order in which they were new.
#[derive(Clone, Default)]
struct Receiver {
    ids: Arc<Mutex<Vec<(String, String)>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    fn start() -> Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let this = Self::default();
        this.status.store(200, Ordering::SeqCst);
        let receiver = this.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                receiver.take(stream).ok();
            }
        });
        Ok((this, url))
    }

    fn take(&self, stream: TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim().split_once(':') {
                Some((name, value)) => drop(headers.insert(name.to_lowercase(), value.trim().to_owned())),
                None if line.trim().is_empty() => break,
                None => {}
            }
        }
        let length = headers.get("content-length").context("a length")?.parse()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let status = self.status.load(Ordering::SeqCst);
        if status == 200 {
            let body: Value = serde_json::from_slice(&body)?;
            let id = headers.get("webhook-id").context("an id")?.clone();
            self.ids.lock().unwrap().push((id, body["data"]["text"].to_string() + &body["data"]["body"].to_string()));
        }
        write!(&stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        Ok(())
    }

    fn came(&self) -> Vec<String> {
        self.ids.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
    }
}

async fn project(name: &str) -> Result<(Project, Receiver)> {
    let (receiver, url) = Receiver::start()?;
    let project = Project::new(name).await?;
    let known = project.read(".env")?;
    let key = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    project.write(".env", &format!("{known}HOOK_URL={url}\nHOOK_KEY={key}\n"))?;
    project.write("backout.toml", &format!("{PLAN}{TOLD}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok((project, receiver))
}

fn all_sent(project: &Project, number: usize) -> Result<()> {
    until("all are sent", || {
        project.command(&["notify", "send"])?.run()?;
        let listed = project.json(&["notify", "list"], 0)?;
        let all = listed["result"]["messages"].as_array().cloned().unwrap_or_default();
        Ok(all.len() == number && all.iter().all(|one| one["state"] == "sent"))
    })
}

#[tokio::test]
async fn killed_at_each_boundary_nothing_is_lost_or_shown_twice() -> Result<()> {
    let (project, receiver) = project("notify_killed").await?;
    // Where the process ends after the message has gone and before that was noted, it goes twice by one id.
    for (place, times) in
        [("notify-rendered", 1), ("notify-posted", 1), ("notify-claimed", 1), ("notify-sent", 2), ("notify-noted", 1)]
    {
        let before = receiver.came().len();
        let listed = project.json(&["notify", "list"], 0)?["result"]["messages"].as_array().map_or(0, Vec::len);
        // What a command opens or resolves it tells of itself, so the store is told by one that ends at once.
        let killed = project.command(&["incident", "open", "--title", "an error"])?.run_to_failpoint(place)?;
        if !killed.hit {
            let killed = project.command(&["notify", "send"])?.run_to_failpoint(place)?;
            ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
        }
        all_sent(&project, listed + 1)?;
        let came = receiver.came().split_off(before);
        let once: BTreeSet<&String> = came.iter().collect();
        ensure!(once.len() == 1 && came.len() == times, "{place}: {came:?}");
        project.run(&["incident", "resolve", "--because", "it is over"], 0)?;
        all_sent(&project, listed + 2)?;
        let came = receiver.came().split_off(before);
        ensure!(came.iter().collect::<BTreeSet<_>>().len() == 2, "{place}: {came:?}");
    }
    Ok(())
}

/// The receiver is away while an incident begins and ends: both messages come later, in their order.
#[tokio::test]
async fn what_was_away_gets_everything_later_and_in_order() -> Result<()> {
    let (project, receiver) = project("notify_away").await?;
    receiver.status.store(503, Ordering::SeqCst);
    project.run(&["incident", "open", "--title", "an error"], 0)?;
    project.run(&["notify", "send"], 8)?;
    project.run(&["incident", "resolve", "--because", "it is over"], 0)?;
    project.run(&["notify", "send"], 8)?;
    assert_eq!(receiver.came().len(), 0);
    receiver.status.store(200, Ordering::SeqCst);
    all_sent(&project, 2)?;
    let texts: Vec<String> = receiver.ids.lock().unwrap().iter().map(|(_, text)| text.clone()).collect();
    ensure!(texts.len() == 2 && texts[0].contains("begins") && texts[1].contains("over"), "{texts:?}");
    Ok(())
}
