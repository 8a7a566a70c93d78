//! The end of the demo: the server watches the application, a page of it begins to fail, and what follows is said as it
//! happens.
//!
//! Must not know: how anything is watched, decided or served.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backout_control::demo::{Pages, Seen, Stage};
use backout_control::event::{Observer, Silent};
use backout_control::runs::Runs;
use backout_control::{Env, Event, Failure, Stop};
use backout_plan::Exit;
use backout_server::{Options, serve};
use backout_signals::{Firing, Verdict};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::CommandError;
use crate::ui::{Ui, duration};
use crate::watched;

/// The whole loop takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// `backout serve` in this process.
pub struct Server {
    pub address: String,
    stop: Stop,
    task: JoinHandle<Result<(), Failure>>,
}

impl Server {
    /// Watches nothing.
    pub async fn quiet(stage: &Stage, user: &str) -> Result<Self, CommandError> {
        Self::start(stage, user, Arc::new(Silent), false).await
    }

    async fn start(stage: &Stage, user: &str, observer: Arc<dyn Observer>, watch: bool) -> Result<Self, CommandError> {
        let stop = Stop::new();
        let env: Env = stage.env(observer, stop.clone());
        let runs = Runs::of(&env, user).await?;
        let options = Options { listen: Some("127.0.0.1:0".to_owned()), watch: Some(watch), ..Options::of(user) };
        let (told, address) = oneshot::channel();
        let told = Mutex::new(Some(told));
        let task = tokio::spawn(async move {
            let ready = move |address: &str| {
                let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
                told.map(|told| told.send(address.to_owned()));
            };
            serve(env, runs, options, &ready).await
        });
        match address.await {
            Ok(address) => Ok(Self { address, stop, task }),
            Err(_) => Err(match task.await {
                Ok(Err(failure)) => failure.into(),
                _ => broken("serving"),
            }),
        }
    }

    pub async fn end(self) -> Result<(), CommandError> {
        self.stop.ask("the end of the demo");
        Ok(self.task.await.map_err(|_| broken("serving"))??)
    }
}

/// What came out of the loop.
#[derive(Debug, Serialize)]
pub struct Closed {
    pub trigger: String,
    pub run: String,
    /// Seconds from when the limit was passed to the first page that the gate kept from failing.
    pub limit_to_gate_s: f64,
    /// What of that the trigger itself waits.
    pub waits_s: f64,
    pub seen: Seen,
}

/// What the server said on the way.
struct Followed {
    firing: Firing,
    run: String,
}

/// Breaks a page, and says what the server does. It goes on serving.
pub async fn watched(ui: &Ui, stage: &Stage, user: &str, waits: Duration) -> Result<(Closed, Server), CommandError> {
    let (hears, mut heard) = mpsc::unbounded_channel();
    let observer = move |event: Event| {
        // Nobody listens any more when the loop is closed.
        hears.send(event).ok();
    };
    let server = Server::start(stage, user, Arc::new(observer), true).await?;
    ui.out(format!(
        "Then `backout serve` watches, at {}; summaries of meetings are shown behind its gate.",
        server.address
    ));
    let pages = stage.pages(&server.address).await?;
    let followed = tokio::time::timeout(PATIENCE, follow(ui, &pages, &mut heard)).await;
    let seen = pages.stop().await;
    let closed = match (followed, seen) {
        (Ok(Some(followed)), Ok(seen)) => closed(followed, seen, waits),
        (_, Err(failure)) => Err(failure.into()),
        _ => Err(CommandError::new(Exit::Failed, "nothing has helped against the page that fails")),
    };
    match closed {
        Ok(closed) => {
            tell(ui, &closed);
            Ok((closed, server))
        }
        Err(error) => {
            server.end().await?;
            Err(error)
        }
    }
}

/// Until it is known whether the way back has helped; nothing where it has not.
async fn follow(ui: &Ui, pages: &Pages, heard: &mut mpsc::UnboundedReceiver<Event>) -> Option<Followed> {
    let (mut breaks, mut fired, mut ran) = (false, None, None);
    while let Some(event) = heard.recv().await {
        match event {
            Event::Read(reading) => {
                ui.out(format!("  {}", watched::line(ui, &reading)));
                if !breaks && reading.verdict == Verdict::Healthy {
                    breaks = true;
                    pages.break_down();
                    ui.out("  From now on every twelfth summary fails (8.3 %).");
                }
                fired = fired.or(reading.fires);
            }
            Event::Decided(decided) => {
                ui.out(format!("  {}", watched::decided(&decided)));
                if let backout_control::watch::state::Did::Ran { run, .. } = decided.did {
                    ran = Some(run);
                }
            }
            Event::Said(finding) if finding.code.starts_with("watch.") || finding.code == "serve.watch" => {
                ui.out(format!("  {}", finding.title));
                match &*finding.code {
                    "watch.proven" => return Some(Followed { firing: fired?, run: ran? }),
                    "watch.not-proven" | "watch.unproven" | "serve.watch" => return None,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    None
}

fn closed(followed: Followed, seen: Seen, waits: Duration) -> Result<Closed, CommandError> {
    let Followed { firing, run } = followed;
    let first = seen.first_closed.ok_or_else(|| CommandError::new(Exit::Failed, "the gate was never closed"))?;
    let limit_to_gate_s = first.duration_since(firing.since).as_secs_f64();
    Ok(Closed { trigger: firing.trigger, run, limit_to_gate_s, waits_s: waits.as_secs_f64(), seen })
}

fn tell(ui: &Ui, closed: &Closed) {
    let Closed { limit_to_gate_s, waits_s, seen, .. } = closed;
    ui.out(format!(
        "  The gate was closed {} after the limit was passed, {} of which the trigger waits by the plan.",
        duration(limit_to_gate_s * 1e3),
        duration(waits_s * 1e3)
    ));
    ui.out(format!(
        "  Of {} summaries {} have failed; since then {} people saw the former page, and none an error.",
        seen.shown + seen.failed,
        seen.failed,
        seen.closed
    ));
}

fn broken(what: &str) -> CommandError {
    CommandError::new(Exit::Failed, format!("{what}: it broke down"))
}
