//! Ctrl-C while a target is being changed: once asks for an end at the next safe point, twice cancels what runs, so that
//! the server rolls it back, three times leaves at once. SIGTERM cancels.
//!
//! Must not know: what is running.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backout_plan::Exit;
use backout_postgres::session::Canceller;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::CommandError;
use crate::ui::Ui;

/// A cancel that arrives between two statements is lost, so it is sent again.
const AGAIN: Duration = Duration::from_secs(1);

/// How often somebody asked to stop.
#[derive(Debug)]
pub struct Interrupt {
    asked: AtomicU32,
}

impl Interrupt {
    pub fn new() -> Self {
        Self { asked: AtomicU32::new(0) }
    }

    /// Whether to stop at the next safe point.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > 0
    }

    /// Whether what runs was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > 1
    }

    /// Does the work and listens meanwhile. `safe_point` says where a first Ctrl-C leads.
    ///
    /// # Errors
    /// When somebody insisted and the work was left in the middle; the server rolls back what is open.
    pub async fn watch<T>(
        &self,
        ui: &Ui,
        canceller: &Canceller,
        safe_point: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, CommandError> {
        let listen = |kind: SignalKind| {
            signal(kind).map_err(|source| CommandError::of(Exit::Failed, &source).during("listening for Ctrl-C"))
        };
        let (mut interrupts, mut terminates) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        let mut again = tokio::time::interval(AGAIN);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = received(&mut interrupts) => match self.asked.fetch_add(1, Ordering::Relaxed) {
                    0 => ui.say(format!("stopping {safe_point}; press Ctrl-C again to roll the open transaction back")),
                    1 => {
                        ui.say("cancelling what runs; the open transaction is rolled back");
                        again.reset_immediately();
                    }
                    _ => {
                        return Err(CommandError::new(Exit::Interrupted, "left in the middle")
                            .hint("the server rolls the open transaction back; `backout status` says where the target is"));
                    }
                },
                () = received(&mut terminates) => {
                    ui.say("asked to end: cancelling what runs; the open transaction is rolled back");
                    self.asked.store(2, Ordering::Relaxed);
                    again.reset_immediately();
                }
                _ = again.tick(), if self.is_cancelled() => {
                    // If it cannot be sent, the connection is gone, and with it what runs.
                    canceller.cancel().await.ok();
                }
            }
        }
    }
}

async fn received(signals: &mut Signal) {
    if signals.recv().await.is_none() {
        // The stream never ends while the runtime lives; then there is nothing to wait for.
        std::future::pending::<()>().await;
    }
}
