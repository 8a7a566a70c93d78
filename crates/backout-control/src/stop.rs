//! How somebody outside asks an operation to stop: once for the next safe point, twice to cancel what runs (the server
//! rolls the open transaction back), three times to leave at once.
//!
//! Must not know: how the wish arrives (a signal, a request).

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use backout_postgres::session::Canceller;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::event::{Event, Observer, Stopping};
use crate::failure::Refusal;
use crate::{Failure, Result};

/// A cancel that arrives between two statements is lost, so it is sent again.
const AGAIN: Duration = Duration::from_secs(1);

/// Begins to listen for the wish, the first time that something can be stopped.
type Listen = Arc<dyn Fn(&Stop) + Send + Sync>;

/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Stop {
    asked: watch::Sender<Asked>,
    /// Which wish somebody was told of, so that nobody is told twice.
    told: Arc<AtomicU32>,
    listen: Option<(Arc<Once>, Listen)>,
}

/// How often, and how the last wish arrived.
#[derive(Debug, Clone, Default)]
struct Asked {
    times: u32,
    by: String,
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("asked", &*self.asked.borrow()).finish_non_exhaustive()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    pub fn new() -> Self {
        Self { asked: watch::Sender::default(), told: Arc::default(), listen: None }
    }

    /// `listen` is called once, in a runtime, when the first work begins that can be stopped. Before that a process ends
    /// as the system wants it to.
    pub fn heard_by(listen: impl Fn(&Stop) + Send + Sync + 'static) -> Self {
        Self { listen: Some((Arc::new(Once::new()), Arc::new(listen))), ..Self::new() }
    }

    /// From now on there is something that can be stopped.
    pub(crate) fn begin(&self) {
        if let Some((once, listen)) = &self.listen {
            once.call_once(|| listen(self));
        }
    }

    /// Asks for a stop; each further time more urgently. `by` is how the wish arrived, such as `SIGINT`.
    pub fn ask(&self, by: &str) {
        self.asked.send_modify(|asked| *asked = Asked { times: asked.times + 1, by: by.to_owned() });
    }

    /// Asks to cancel what runs, however often it was asked before.
    pub fn cancel(&self, by: &str) {
        self.asked.send_modify(|asked| *asked = Asked { times: asked.times.max(2), by: by.to_owned() });
    }

    /// Whether to stop at the next safe point.
    pub fn is_asked(&self) -> bool {
        self.asked.borrow().times > 0
    }

    /// Whether what runs was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.asked.borrow().times > 1
    }

    /// How the last wish arrived.
    pub(crate) fn asked_by(&self) -> String {
        self.asked.borrow().by.clone()
    }

    /// Waits until it was asked for so many times.
    pub(crate) async fn asked_for(&self, times: u32) {
        // The sender lives as long as `self`.
        self.asked.subscribe().wait_for(|asked| asked.times >= times).await.ok();
    }

    /// Whether nobody was told yet that so many wishes were heard. From now on somebody was.
    pub(crate) fn is_news(&self, times: u32) -> bool {
        self.told.fetch_max(times, Ordering::Relaxed) < times
    }

    /// Does the work and listens meanwhile. `safe_point` names where a first wish leads.
    ///
    /// # Errors
    /// [`Refusal::LeftInTheMiddle`] when somebody insisted; the server rolls back what is open.
    pub async fn guard<T>(
        &self,
        observer: &dyn Observer,
        canceller: &Canceller,
        safe_point: &str,
        work: impl Future<Output = T>,
    ) -> Result<T> {
        // If it cannot be sent, the connection is gone, and with it what runs.
        let cancel = || {
            let canceller = canceller.clone();
            async move { drop(canceller.cancel().await) }
        };
        self.guarded(observer, cancel, safe_point, work).await
    }

    async fn guarded<T, C: Future<Output = ()>>(
        &self,
        observer: &dyn Observer,
        cancel: impl Fn() -> C,
        safe_point: &str,
        work: impl Future<Output = T>,
    ) -> Result<T> {
        self.begin();
        let mut asked = self.asked.subscribe();
        asked.mark_changed();
        let mut told = 0;
        // When what runs is cancelled next. What runs after the first cancel cleans up, so none is sent before its time.
        let mut next: Option<Instant> = None;
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                // The sender lives as long as `self`.
                Ok(()) = asked.changed() => {
                    let now = asked.borrow_and_update().times;
                    match now {
                        1 if told < 1 && self.is_news(1) => {
                            observer.event(Event::Stopping(Stopping::After { safe_point: safe_point.to_owned() }));
                        }
                        2 if told < 2 => {
                            observer.event(Event::Stopping(Stopping::Cancelling));
                            next = Some(Instant::now());
                        }
                        3.. => return Err(Failure::from(Refusal::LeftInTheMiddle)),
                        _ => {}
                    }
                    told = now;
                }
                () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    cancel().await;
                    next = Some(Instant::now() + AGAIN);
                }
            }
        }
    }

    /// Does work that may be left at any point, such as reading; `None` when somebody asked to stop.
    pub async fn or_leave<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.begin();
        let mut asked = self.asked.subscribe();
        tokio::select! {
            done = work => Some(done),
            Ok(_) = asked.wait_for(|asked| asked.times > 0) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use tokio::sync::Notify;

    use super::*;

    /// Asks once more while it is told of the first wish, as a second Ctrl-C may come at that moment.
    struct Impatient(Stop, AtomicBool);

    impl Observer for Impatient {
        fn event(&self, _: Event) {
            if !self.1.swap(true, Ordering::Relaxed) {
                self.0.ask("SIGINT");
            }
        }
    }

    /// However long the work had been running, a cancel is sent once, and again only after a time: what the work does after
    /// it is to roll back, and must not be cancelled by what was meant for the statement before.
    #[tokio::test]
    async fn what_runs_is_cancelled_once_at_a_time() {
        let one = async || {
            let stop = Stop::new();
            let observer = Impatient(stop.clone(), AtomicBool::new(false));
            let (cancels, cancelled) = (AtomicU32::new(0), Notify::new());
            let cancel = || {
                cancels.fetch_add(1, Ordering::Relaxed);
                cancelled.notify_one();
                std::future::ready(())
            };
            let work = async {
                // The work is some repetitions old.
                tokio::time::sleep(AGAIN * 3).await;
                stop.ask("SIGINT");
                cancelled.notified().await;
                cancels.load(Ordering::Relaxed)
            };
            stop.guarded(&observer, cancel, "after 1_x", work).await.expect("nobody asked three times")
        };
        let several: Vec<_> = (0..32).map(|_| one()).collect();
        assert_eq!(futures_util::future::join_all(several).await, [1; 32]);
    }
}
