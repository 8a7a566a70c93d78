//! Backout over HTTP: flags and gates for applications, webhooks for what watches, an API of runs, and pages
//! for people.
//!
//! One process listens in one place. What a request may do is decided at the edge; what it does is an operation of
//! `backout-control`. Several processes on one store all answer, and one of them leads.
//!
//! Must not know: arguments of a command line, the environment, database drivers.
//!
//! For users: `docs/server.md`, `docs/dashboard.md`.

mod answer;
pub mod api;
pub mod app;
mod body;
mod due;
mod edge;
mod entry;
mod evaluated;
mod events;
pub mod flags;
mod gate;
mod health;
mod history;
mod hooks;
mod inbox;
mod lead;
mod listen;
mod metrics;
mod otlp;
mod page;
mod rollouts;
mod schedule;
mod sessions;
mod tasks;
mod tell;
mod upkeep;
mod who;

use std::sync::Arc;

use backout_control::runs::Runs;
use backout_control::{Env, Result};

pub use answer::Refused;
pub use app::{App, Options};
pub use edge::router;
pub use tasks::begin;
pub use who::{Peer, Principal};

/// Answers requests until somebody asks to stop. `ready` is told the address once it listens.
///
/// # Errors
/// Where it may not listen there, or cannot.
pub async fn serve(env: Env, runs: Runs, options: Options, ready: &(dyn Fn(&str) + Sync)) -> Result<()> {
    listen::allow_many();
    let app = App::new(env, runs, options).await?;
    let listener = listen::Listener::bind(&app).await?;
    let tasks = begin(&app);
    ready(&listener.address());
    tracing::info!(address = listener.address(), "listening");
    let stop = app.env.stop.clone();
    let asked = Arc::new(tokio::sync::Notify::new());
    let told = asked.clone();
    let waits = tokio::spawn(async move {
        stop.or_leave(std::future::pending::<()>()).await;
        told.notify_one();
    });
    listener.answer(&app, router(app.clone()), asked.notified()).await;
    waits.abort();
    app.end(tasks).await;
    Ok(())
}
