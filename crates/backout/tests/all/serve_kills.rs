//! `backout serve` killed and ended: under messages that come all the time, in a way back that it takes by itself, and in
//! order. What was acknowledged counts once, and what was begun is done once.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use backout_testkit::Backout;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use crate::project::{OURS, PLAN, Project};
use crate::rollback::{FLAGS, Story};
use crate::serve::{Server, until};

/// On a free port.
pub const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

const SECRET: &str = "not-known-to-anybody";

/// Messages that are counted, and marks that say up to where that was done.
pub const HOOKS: &str = r#"
[serve]
flags = "flags.json"
[[gate]]
route = "/v2"
flag = "v2"
[[source]]
name = "events"
ask.webhook = { kind = "json", secret = "env:EVENTS_SECRET" }
[[source]]
name = "marks"
ask.webhook = { kind = "json", secret = "env:EVENTS_SECRET" }
[[trigger]]
name = "events"
source = "events"
measure = "count"
over = "1h"
above = 1000000
silent_after = "0"
[[trigger]]
name = "marks"
source = "marks"
measure = "count"
over = "1h"
above = 1000000
silent_after = "0"
"#;

/// A way back by itself as soon as somebody signals while the newest migration stands.
pub const AUTO: &str = r#"
[watch]
bake = "10m"
bake_rollback = "1s"
[[source]]
name = "tags"
ask.sql = { query = "SELECT value * (to_regclass('public.tags') IS NOT NULL)::int FROM public.signals" }
every = "200ms"
[[trigger]]
name = "tags"
source = "tags"
measure = "last"
over = "1m"
above = 0.5
symptom = "wrong-data"
way = "U"
act = "auto"
cool_down = "0"
[[way]]
name = "U"
for = ["wrong-data"]
budget = "10m"
keep = "none"
[[way.step]]
name = "flag off"
do = "flags"
with = { file = "flags.json", set = { v2 = "off" } }
[[way.step]]
name = "tell"
do = "command"
with = { argv = ["sh", "-c", "sleep SLEEP; echo \"$BACKOUT_STEP\" >> told"], check = ["test", "-s", "told"] }
[[way.step]]
name = "undo in place"
do = "undo"
[[way.step]]
name = "the notes are there"
do = "verify"
with = { checks = [{ name = "notes", that = { sql = "SELECT count(*) = 3 FROM notes" } }] }
"#;

/// Senders that send all the time, and each message again, here or elsewhere, until somebody acknowledges it.
pub struct Senders {
    to: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    all: Vec<JoinHandle<Result<()>>>,
}

impl Senders {
    pub fn start(to: &[&Server]) -> Self {
        let to = Arc::new(Mutex::new(to.iter().map(|server| server.address.clone()).collect()));
        let (stop, acknowledged) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let one = |sender: usize| {
            let (to, stop, acknowledged) = (to.clone(), stop.clone(), acknowledged.clone());
            thread::spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    deliver(&to, sender * 1_000_000 + number)?;
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    // Some hundred a second are enough to be cut short anywhere.
                    thread::sleep(Duration::from_millis(5));
                }
                Ok(())
            })
        };
        let all = (0..4).map(one).collect();
        Self { to, stop, acknowledged, all }
    }

    /// From now on they send there.
    pub fn to(&self, servers: &[&Server]) {
        if let Ok(mut to) = self.to.lock() {
            *to = servers.iter().map(|server| server.address.clone()).collect();
        }
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Looks until so many more are acknowledged.
    pub fn more(&self, number: usize) -> Result<()> {
        let before = self.acknowledged();
        until("messages are acknowledged", || Ok(self.acknowledged() >= before + number))
    }

    /// How many different messages were acknowledged.
    pub fn stop(self) -> Result<usize> {
        self.stop.store(true, Ordering::Relaxed);
        for one in self.all {
            one.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        }
        Ok(self.acknowledged.load(Ordering::Relaxed))
    }
}

/// Starts a server by this command, and waits until it listens.
pub fn serve(command: Backout) -> Result<Server> {
    let running = command.start()?;
    let mut server = Server { running, address: String::new() };
    until("it listens", || {
        let printed = server.running.stdout()?;
        let address = printed.lines().find_map(|line| line.strip_prefix("http://"));
        server.address = address.unwrap_or_default().to_owned();
        Ok(printed.ends_with('\n') && !server.address.is_empty())
    })?;
    Ok(server)
}

/// What the flag is for everybody who asks.
pub fn flag(server: &Server) -> Result<Value> {
    Ok(server.ask("POST", "/ofrep/v1/evaluate/flags/v2", &[], "{}")?.json()?["value"].clone())
}

/// Sends the message of a moment to whoever listens there: the status of the answer.
fn send(address: &str, source: &str, number: usize, at: Timestamp) -> Result<u16> {
    let (at, body) = (at.as_second().to_string(), json!({ "number": number }).to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let signature: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let head = format!("POST /hooks/{source} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    let signed = format!("X-Timestamp: {at}\r\nX-Signature: {signature}\r\nContent-Length: {}\r\n", body.len());
    write!(stream, "{head}{signed}\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    answer.split(' ').nth(1).context("no answer")?.parse().context("no status")
}

fn deliver(to: &Mutex<Vec<String>>, number: usize) -> Result<()> {
    let (begun, at) = (Instant::now(), Timestamp::now());
    for turn in number.. {
        let address = {
            let to = to.lock().map_err(|_| anyhow::anyhow!("another sender panicked"))?;
            to[turn % to.len()].clone()
        };
        match send(&address, "events", number, at) {
            Ok(200 | 202) => break,
            // It is away, or its store is; or it was killed before it answered.
            Ok(503) | Err(_) if begun.elapsed() < Duration::from_secs(100) => thread::sleep(Duration::from_millis(20)),
            Ok(status) => bail!("message {number}: {status}"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Everything that was sent until now is counted, and that is this many: each once.
pub fn are_counted(server: &Server, number: usize) -> Result<()> {
    let (mark, at) = (std::process::id() as usize, Timestamp::now());
    until("a mark is taken", || Ok(matches!(send(&server.address, "marks", mark, at), Ok(200 | 202))))?;
    until("the mark is read", || Ok(value(server, "marks")? == 1.0))?;
    // In their order: by then all that came before are.
    let counted = value(server, "events")?;
    ensure!(counted == number as f64, "{number} were acknowledged, and {counted} are counted");
    Ok(())
}

fn value(server: &Server, trigger: &str) -> Result<f64> {
    let seen = server.ask("GET", "/api/v1/triggers", &[], "")?.json()?;
    let reading = seen["readings"].as_array().into_iter().flatten().find(|one| one["trigger"] == trigger);
    Ok(reading.and_then(|one| one["value"].as_f64()).unwrap_or_default())
}

/// A project whose server takes messages and goes a way back by itself; `sleep` is how long one step takes.
pub async fn auto(name: &str, more: &str, sleep: &str, store: Option<&str>) -> Result<Story> {
    let project = Project::new(name).await?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}EVENTS_SECRET={SECRET}\nSTORE_URL={}\n", store.unwrap_or_default()))?;
    project.write("backout.toml", &format!("{PLAN}{more}{HOOKS}{}", AUTO.replace("SLEEP", sleep)))?;
    project.write("flags.json", FLAGS)?;
    project.write(
        "migrations/1_notes.sql",
        "CREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE notes (id int PRIMARY KEY, body text);\n\
         CREATE TABLE signals AS SELECT 0 AS value;\n",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO notes VALUES (1, 'a'), (2, 'b'), (3, 'c')")?;
    let before = project.database.dump_schema(OURS)?;
    project.write("migrations/2_drop.sql", "DROP TABLE notes;\nCREATE TABLE tags (id int PRIMARY KEY);\n")?;
    project.run(&["migrate"], 0)?;
    Ok(Story { project, before })
}

fn runs(project: &Project) -> Result<Vec<Value>> {
    let listed = project.json(&["runs"], 0)?;
    Ok(listed["result"]["runs"].as_array().cloned().unwrap_or_default())
}

/// Looks until there is a run and it has succeeded; then all is as it was, and each step was done once.
pub fn is_done_once(story: &Story) -> Result<()> {
    let project = &story.project;
    until("the run has succeeded", || {
        Ok(runs(project)?.first().is_some_and(|run| run["standing"]["state"] == "succeeded"))
    })?;
    ensure!(runs(project)?.len() == 1, "{:#?}", runs(project)?);
    story.is_back()?;
    let exported = project.run(&["run", "export", "latest"], 0)?.stdout;
    ensure!(exported.lines().filter(|line| line.contains("\\\"closed\\\"")).count() == 1, "{exported}");
    project.run(&["run", "verify-journal", "latest"], 0)?;
    Ok(())
}

#[tokio::test]
async fn no_message_is_lost_or_counted_twice_by_kills() -> Result<()> {
    let project = Project::new("serve_ingest").await?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}EVENTS_SECRET={SECRET}\n"))?;
    project.write("backout.toml", &format!("{PLAN}{HOOKS}"))?;
    project.write("flags.json", FLAGS)?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let mut server = Server::start(&project)?;
    let senders = Senders::start(&[&server]);
    for round in 0..4 {
        senders.more(40 + 13 * round)?;
        let ended = server.running.kill()?;
        ensure!(ended.was_killed(), "{}", ended.transcript());
        server = Server::start(&project)?;
        senders.to(&[&server]);
    }
    senders.more(20)?;
    let acknowledged = senders.stop()?;
    are_counted(&server, acknowledged)
}

/// Before and after records, between each action and its record, and inside of the undo.
#[tokio::test]
async fn killed_in_a_way_back_it_goes_on_and_ends_once() -> Result<()> {
    let story = auto("serve_way", "", "0", None).await?;
    let project = &story.project;
    project.query("UPDATE signals SET value = 1")?;
    let undisturbed = Server::start(project)?;
    is_done_once(&story)?;
    drop(undisturbed);
    let exported = project.run(&["run", "export", "latest"], 0)?.stdout;
    let mut places: Vec<String> =
        ["watch-decided", "run.before.1", "undo.locked", "undo.after_commit"].map(str::to_owned).to_vec();
    for (number, line) in (1..).zip(exported.lines()) {
        let record: Value = serde_json::from_str(line)?;
        let event: Value = serde_json::from_str(record["body"].as_str().context("a record has a body")?)?;
        match event["event"].as_str() {
            Some("settled") => places.push(format!("run.acted.{}", number - 1)),
            Some("closed") => places.extend([format!("run.before.{}", number - 1), format!("run.after.{number}")]),
            _ => {}
        }
    }
    ensure!(places.len() == 10, "{places:?}");
    for place in places {
        story.again()?;
        let killed = project.command(&SERVE)?.run_to_failpoint(&place)?;
        ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
        let server = Server::start(project)?;
        is_done_once(&story).with_context(|| place.clone())?;
        drop(server);
    }
    Ok(())
}

/// A request that has begun is answered, and the step that is going on comes to its end; the next process goes on.
#[tokio::test]
async fn a_signal_ends_it_in_order() -> Result<()> {
    let story = auto("serve_signal", "", "3", None).await?;
    let project = &story.project;
    project.query("UPDATE signals SET value = 1")?;
    let mut server = Server::start(project)?;
    // A body that comes slowly.
    let mut request = TcpStream::connect(&server.address)?;
    request.set_read_timeout(Some(Duration::from_secs(30)))?;
    let head =
        format!("POST /ofrep/v1/evaluate/flags/v2 HTTP/1.1\r\nHost: {}\r\nContent-Length: 2\r\n", server.address);
    write!(request, "{head}Connection: close\r\n\r\n{{")?;
    until("the second step has begun", || {
        let exported = project.command(&["run", "export", "latest"])?.run()?.stdout;
        Ok(exported.matches("\\\"intended\\\"").count() == 2)
    })?;
    server.running.terminate()?;
    until("nobody else is listened to", || Ok(TcpStream::connect(&server.address).is_err()))?;
    ensure!(server.running.is_running()?, "it did not wait");
    write!(request, "}}")?;
    let mut answer = String::new();
    request.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let ended = server.running.end()?.expect_code(0);
    ensure!(project.read("told")?.lines().count() == 1, "{}", ended.transcript());
    let standing = runs(project)?.first().map(|run| run["standing"]["state"].clone());
    ensure!(standing.as_ref().is_some_and(|state| state != "succeeded"), "{standing:?}");
    let _next = Server::start(project)?;
    is_done_once(&story)
}

/// The command line of a node in its own folder.
pub fn node(folder: &std::path::Path) -> Result<Backout> {
    Ok(Backout::new(folder)?.args(SERVE))
}
