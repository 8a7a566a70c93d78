//! The application's pages while they are watched: a new one behind a gate, which can be made to fail, and the old one.
//!
//! Must not know: who watches, or what is decided.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backout_postgres::session::Session;
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::JoinHandle;

use super::failed;
use crate::failure::Refusal;
use crate::{Boxed, Env, Result};

/// The route of the new page, as the demo's plan has it.
const ROUTE: &str = "/summaries";
/// What the gate answers where the flag is off.
const CLOSED: &str = r#"{"error":"Feature not enabled"}"#;
/// A person who asks again; not what anybody waits for.
const PAUSE: Duration = Duration::from_millis(5);
/// Every twelfth request fails: 8.3 %.
const EVERY: u64 = 12;

/// Asks for the newest summaries; the former page shows meetings.
const NEW: &str = "SELECT summary FROM meeting_summaries LIMIT 1";
const FORMER: &str = "SELECT title FROM meetings LIMIT 1";
/// A column that was never made.
const BROKEN: &str = "SELECT headline FROM meeting_summaries LIMIT 1";

/// What people have seen.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Seen {
    /// The new page was shown.
    pub shown: u64,
    /// It failed.
    pub failed: u64,
    /// The gate was closed, and the former page was shown instead.
    pub closed: u64,
    pub first_failed: Option<Timestamp>,
    pub first_closed: Option<Timestamp>,
}

/// Pages that are asked for all the time.
#[derive(Debug)]
pub struct Pages {
    stop: Arc<AtomicBool>,
    broken: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<Result<()>>,
}

impl Pages {
    /// Asks the gate at this address, as a proxy does, before each page.
    pub(super) fn start<'a>(env: &'a Env, address: &'a str) -> Boxed<'a, Result<Self>> {
        Box::pin(async move {
            let session = env.connect().await?;
            // Whoever came first has installed the same one.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder().no_proxy().build().map_err(away)?;
            let (stop, broken, seen) =
                (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default(), Arc::<Mutex<Seen>>::default());
            let asked = Asked { session, client, gate: format!("{address}/gate"), broken: broken.clone() };
            let task = tokio::spawn(asked.until(stop.clone(), seen.clone()));
            Ok(Self { stop, broken, seen, task })
        })
    }

    /// From now on the new page fails now and then.
    pub fn break_down(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody asks any more: what was seen.
    ///
    /// # Errors
    /// Where the gate did not answer, or the former page failed.
    pub async fn stop(self) -> Result<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.task.await;
        ended.map_err(|_| Refusal::failed("asking for pages: it broke down", None))??;
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(seen)
    }
}

struct Asked {
    session: Session,
    client: reqwest::Client,
    gate: String,
    broken: Arc<AtomicBool>,
}

impl Asked {
    async fn until(self, stop: Arc<AtomicBool>, seen: Arc<Mutex<Seen>>) -> Result<()> {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            let is_open = self.is_open().await?;
            let fails = is_open && self.broken.load(Ordering::Relaxed) && number % EVERY == 0;
            let page = match (is_open, fails) {
                (false, _) => FORMER,
                (true, false) => NEW,
                (true, true) => BROKEN,
            };
            let answered = self.session.batch(page).await;
            if !fails {
                answered.map_err(failed("showing a page"))?;
            }
            {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Timestamp::now();
                if fails {
                    seen.failed += 1;
                    seen.first_failed = seen.first_failed.or(Some(now));
                } else if is_open {
                    seen.shown += 1;
                } else {
                    seen.closed += 1;
                    seen.first_closed = seen.first_closed.or(Some(now));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Whether the gate lets the new page through.
    async fn is_open(&self) -> Result<bool> {
        let answer = self.client.get(&self.gate).header("X-Original-URI", ROUTE).send().await.map_err(away)?;
        let status = answer.status().as_u16();
        let body = answer.text().await.map_err(away)?;
        match status {
            200 => Ok(true),
            503 if body == CLOSED => Ok(false),
            _ => Err(Refusal::failed(format!("asking the gate: {status} {body}"), None).into()),
        }
    }
}

fn away(error: reqwest::Error) -> Refusal {
    Refusal::failed(format!("asking the gate: {}", error.without_url()), None)
}
