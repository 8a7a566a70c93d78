//! Posts spans, some at a time, from a thread of its own.
//!
//! Must not know: what a span is about.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::layer::{Finished, Spans};
use super::{Say, Settings, json, wrong};
use crate::Result;
use crate::client::{chain, http};

/// So many spans may wait.
const WAITING: usize = 2048;
/// So many go at once, and as many as there are after this time.
const TOGETHER: usize = 512;
const EVERY: Duration = Duration::from_secs(1);
/// How long the receiver may take, and how long one that asks for patience is left alone.
const ANSWER: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(1);

/// Spans on their way. Dropping it ends that, and waits for nothing.
#[derive(Debug)]
pub struct Traces {
    end: oneshot::Sender<()>,
    ended: Receiver<()>,
}

impl Traces {
    /// Sends what has ended until now, for as long as that may take.
    pub fn end(self, within: Duration) {
        drop(self.end);
        // What has not gone by then does not.
        self.ended.recv_timeout(within).unwrap_or_default();
    }
}

/// What hands spans over, and what sends them.
///
/// # Errors
/// Where there can be no client or no thread.
pub fn begin(settings: Settings, say: Say) -> Result<(Spans, Traces)> {
    let http = http().map_err(|error| wrong(&chain(&error)))?;
    let (to, queue) = mpsc::channel(WAITING);
    let (end, mut ending) = oneshot::channel();
    let (done, ended) = sync_channel(1);
    let dropped = Arc::<AtomicU64>::default();
    let sender = Sender { http, settings, say, dropped: dropped.clone(), told: false };
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| wrong(&error.to_string()))?;
    let work = move || {
        runtime.block_on(sender.work(queue, &mut ending));
        // Nobody may wait for it.
        done.send(()).unwrap_or_default();
    };
    std::thread::Builder::new().name("traces".to_owned()).spawn(work).map_err(|error| wrong(&error.to_string()))?;
    Ok((Spans::new(to, dropped), Traces { end, ended }))
}

struct Sender {
    http: reqwest::Client,
    settings: Settings,
    say: Say,
    dropped: Arc<AtomicU64>,
    /// That some were dropped.
    told: bool,
}

impl Sender {
    async fn work(mut self, mut queue: mpsc::Receiver<Finished>, ending: &mut oneshot::Receiver<()>) {
        let mut batch = Vec::with_capacity(TOGETHER);
        let mut over = false;
        while !over {
            // Time passes from the first one on.
            let mut time = pin!(tokio::time::sleep(EVERY));
            while batch.len() < TOGETHER && !over {
                let is_first = batch.is_empty();
                let room = TOGETHER - batch.len();
                tokio::select! {
                    biased;
                    _ = &mut *ending => over = true,
                    number = queue.recv_many(&mut batch, room) => over = number == 0,
                    () = &mut time, if !is_first => break,
                }
                if is_first {
                    time.as_mut().reset(tokio::time::Instant::now() + EVERY);
                }
            }
            while over && let Ok(one) = queue.try_recv() {
                batch.push(one);
            }
            for some in batch.chunks(TOGETHER) {
                self.send(some).await;
            }
            batch.clear();
        }
    }

    /// Sends them, and once more where that may help. Whatever happens, the next ones get their turn.
    async fn send(&mut self, spans: &[Finished]) {
        let body = json::request(&self.settings.resource, spans).to_string();
        let mut sent = self.post(body.clone()).await;
        if let Err((_, true)) = sent {
            tokio::time::sleep(PATIENCE).await;
            sent = self.post(body).await;
        }
        let why = match sent {
            Ok(()) => "more ended at once than could wait".to_owned(),
            Err((why, _)) => {
                self.dropped.fetch_add(spans.len() as u64, Ordering::Relaxed);
                why
            }
        };
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 && !std::mem::replace(&mut self.told, true) {
            let place = self.settings.place();
            (self.say)(format!("spans for {place} are dropped, {dropped} until now; this is said once: {why}"));
        }
    }

    /// # Errors
    /// Why they were not taken, and whether another attempt may help.
    async fn post(&self, body: String) -> std::result::Result<(), (String, bool)> {
        let request = self.http.post(self.settings.url.clone()).headers(self.settings.headers.clone()).timeout(ANSWER);
        let request = request.header("Content-Type", "application/json").body(body);
        let answer = request.send().await.map_err(|error| (chain(&error.without_url()), true))?;
        let status = answer.status();
        let is_passing = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ];
        if status.is_success() { Ok(()) } else { Err((format!("it answers {status}"), is_passing.contains(&status))) }
    }
}
