//! Which of several processes leads, and what the one does that does: it watches.
//!
//! Must not know: what is watched, or what follows.

use std::time::Duration;

use backout_control::event::Event;
use backout_control::{Stop, rollout, watch};
use backout_store::Seat;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::app::App;

/// How long a process has the seat without a sign of life: so long at most nobody leads where one was killed.
const SEATED: Duration = Duration::from_secs(4);
/// How often it gives one.
const BEAT: Duration = Duration::from_millis(500);
/// How soon it is watched again where a watch ended.
const AGAIN: Duration = Duration::from_millis(500);
/// The same where it failed.
const LATER: Duration = Duration::from_secs(5);

/// The name of the seat.
pub(crate) fn seat(app: &App) -> String {
    rollout::leader(app.env.claimed().unwrap_or_default())
}

/// Takes the seat where it is free, and keeps it.
pub(crate) async fn run(app: App) {
    let name = seat(&app);
    let mut held: Option<Seat> = None;
    let mut work: Option<(Stop, JoinHandle<()>)> = None;
    loop {
        let now = Timestamp::now();
        match app.runs.store.sit(&name, &app.runs.holder, SEATED).await {
            Ok(seat) => held = seat,
            // By its own clock it keeps the seat for as long as the store's lets it.
            Err(error) => {
                tracing::warn!(%error, "the seat was not kept");
                held = held.filter(|seat| now < seat.until);
            }
        }
        let leads = held.is_some();
        if app.now_leads(leads) != leads {
            let said = if leads { "this process leads" } else { "another process leads" };
            app.env.say(Event::note("serve.lead", said));
        }
        match (leads, &work) {
            (true, None) if watches(&app) => {
                let stop = Stop::new();
                work = Some((stop.clone(), tokio::spawn(watched(app.clone(), stop))));
            }
            (true, Some((stop, task))) if task.is_finished() && !stop.is_asked() => work = None,
            (false, Some((stop, _))) => {
                stop.ask("another process leads");
                ended(&mut work).await;
            }
            _ => {}
        }
        if !app.pause(BEAT).await {
            break;
        }
    }
    if let Some((stop, _)) = &work {
        stop.ask("the end of the process");
    }
    ended(&mut work).await;
    app.now_leads(false);
    if let Some(seat) = held {
        app.runs.store.leave(&seat).await.ok();
    }
}

/// Waits for the end of what was asked to stop.
async fn ended(work: &mut Option<(Stop, JoinHandle<()>)>) {
    if let Some((_, task)) = work.take() {
        task.await.ok();
    }
}

fn watches(app: &App) -> bool {
    let has = app.env.plan.as_ref().is_some_and(|plan| !plan.triggers.is_empty());
    has && app.options.watch.unwrap_or(true)
}

/// Watches without end. One that fails is tried again, and goes on with what was known.
async fn watched(app: App, stop: Stop) {
    let env = app.env_with(stop.clone(), None);
    let options = watch::Options { endless: true, wake: Some(app.wake.clone()), ..watch::Options::default() };
    while !stop.is_asked() {
        let pause = match watch::run(&env, &app.runs, &options).await {
            Ok(_) => AGAIN,
            Err(failure) => {
                env.say(Event::warning("serve.watch", format!("nothing is watched: {}", failure.sentence())));
                LATER
            }
        };
        stop.or_leave(tokio::time::sleep(pause)).await;
    }
}
