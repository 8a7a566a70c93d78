//! Ctrl-C while a target is being changed: once asks for an end at the next safe point, twice cancels what runs, so that
//! the server rolls it back, three times leaves at once. SIGTERM cancels.
//!
//! Must not know: what is running.

use backout_control::Stop;
use tokio::signal::unix::{SignalKind, signal};

/// A wish to stop that signals make, from the moment when there is something to stop.
pub fn stop() -> Stop {
    Stop::heard_by(|stop| {
        let wishes = [
            (SignalKind::interrupt(), "SIGINT", Stop::ask as fn(&Stop, &str)),
            (SignalKind::terminate(), "SIGTERM", Stop::cancel),
        ];
        for (kind, name, wish) in wishes {
            // Where the system refuses, a signal ends the process, as it does without us.
            let Ok(mut signals) = signal(kind) else { continue };
            let stop = stop.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    wish(&stop, name);
                }
            });
        }
    })
}
