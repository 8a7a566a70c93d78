//! What all requests share: the plan and its store, flags, tokens, and what happens.
//!
//! Must not know: routes.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backout_control::event::{Event, Observer};
use backout_control::runs::Runs;
use backout_control::{Env, Result, Stop};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::due::Scheduled;
use crate::events::Changes;
use crate::flags::Flags;
use crate::history::History;
use crate::inbox::Hooks;
use crate::metrics::Metrics;
use crate::sessions::Sessions;
use crate::who::{Principal, Tokens};

/// How long requests and runs may take to end.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// What is wanted beyond the plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen, instead of the plan's place.
    pub listen: Option<String>,
    /// Further names under which this is asked.
    pub hosts: Vec<String>,
    /// Origins of pages that may ask for flags, such as `https://app.example`.
    pub origins: Vec<String>,
    /// Whether this watches; where it is not said, if the plan has triggers.
    pub watch: Option<bool>,
    /// The header in which a proxy names the user, for flags that are targeted.
    pub user_header: String,
    /// So many connections at once.
    pub connections: usize,
    /// How long the head of a request may take, from when the connection is there or the request before is answered.
    pub patience: Duration,
    /// Who this process is, as [`Runs::of`] takes it.
    pub user: String,
}

impl Options {
    pub fn of(user: &str) -> Self {
        Self {
            listen: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            watch: None,
            user_header: "x-user-key".to_owned(),
            connections: 12_000,
            patience: Duration::from_secs(10),
            user: user.to_owned(),
        }
    }
}

/// Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What the clones share.
pub struct Shared {
    /// Its observer tells whoever listens; its stop ends the process.
    pub env: Env,
    /// As this process. What somebody asks for is done as them: [`App::as_whom`].
    pub runs: Runs,
    pub options: Options,
    pub flags: Flags,
    pub tokens: Tokens,
    /// Operations, readings, decisions, and runs that changed.
    pub changes: Arc<Changes>,
    /// Notified where something new lies in the inbox.
    pub(crate) wake: Arc<Notify>,
    /// Notified where a step of an operation begins or ends in this process: it may have changed the flags.
    pub(crate) stirred: Arc<Notify>,
    pub(crate) metrics: Metrics,
    pub(crate) hooks: Hooks,
    leads: AtomicBool,
    pub(crate) scheduled: Scheduled,
    pub(crate) sessions: Sessions,
    pub(crate) history: Arc<History>,
    ending: Ending,
}

/// What the end of the process waits for, and who is told of it.
struct Ending {
    closing: watch::Sender<bool>,
    over: watch::Sender<bool>,
    /// Runs that somebody began or went on with.
    working: Mutex<JoinSet<()>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("env", &self.env).field("options", &self.options).finish_non_exhaustive()
    }
}

impl App {
    /// Reads flags and tokens for the first time. Flags that cannot be read are said, and may come.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn new(env: Env, runs: Runs, options: Options) -> Result<Self> {
        let closing = watch::Sender::new(false);
        let changes = Arc::new(Changes::new(closing.subscribe()));
        let history = Arc::<History>::default();
        let stirred = Arc::<Notify>::default();
        let heard = Heard {
            stirred: stirred.clone(),
            to: env.observer.clone(),
            changes: changes.clone(),
            history: history.clone(),
        };
        let env = Env { observer: Arc::new(heard), ..env };
        let tokens = Tokens::default();
        tokens.read(&runs).await?;
        let shared = Shared {
            flags: Flags::of(&env, closing.subscribe()),
            hooks: Hooks::of(&env)?,
            leads: AtomicBool::new(false),
            scheduled: Scheduled::default(),
            sessions: Sessions::default(),
            history,
            metrics: Metrics::default(),
            wake: Arc::default(),
            stirred,
            env,
            runs: runs.served(),
            options,
            tokens,
            changes,
            ending: Ending { closing, over: watch::Sender::new(false), working: Mutex::default() },
        };
        shared.flags.look(&shared.runs).await;
        Ok(Self(Arc::new(shared)))
    }

    /// Whether this process leads.
    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    /// From now on it does, or does not: whether it did.
    pub(crate) fn now_leads(&self, leads: bool) -> bool {
        self.leads.swap(leads, Ordering::Relaxed)
    }

    /// Lets what goes on come to its end, and leaves what it does not.
    pub async fn end(&self, tasks: JoinSet<()>) {
        self.close();
        self.ending.over.send_replace(true);
        let working = self.ending.working.lock().map(|mut working| std::mem::take(&mut *working)).unwrap_or_default();
        for mut set in [working, tasks] {
            let all = async { while set.join_next().await.is_some() {} };
            if tokio::time::timeout(GRACE, all).await.is_err() {
                tracing::warn!("something did not come to its end in time");
            }
        }
    }

    /// Streams end, and whoever waits is let go of.
    pub(crate) fn close(&self) {
        self.ending.closing.send_replace(true);
    }

    /// Told when the process ends.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.ending.closing.subscribe()
    }

    /// Told when no request is left.
    pub(crate) fn over(&self) -> watch::Receiver<bool> {
        self.ending.over.subscribe()
    }

    /// The store, as whoever asks: records name them.
    ///
    /// # Errors
    /// Where the store cannot be opened.
    pub async fn as_whom(&self, principal: &Principal) -> Result<Runs> {
        let runs = Runs::of(&self.env, &self.options.user).await?.served();
        Ok(Runs { who: principal.name().to_owned(), ..runs })
    }

    /// Surroundings in which an operation may be stopped by itself.
    pub(crate) fn env_with(&self, stop: Stop, confirmed: Option<String>) -> Env {
        // Nobody sits at a terminal.
        Env { stop, confirmed, ask: Arc::new(|_, _| None), ..self.env.clone() }
    }

    /// Work that outlives a request.
    pub(crate) fn work(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Ok(mut working) = self.ending.working.lock() {
            while working.try_join_next().is_some() {}
            working.spawn(work);
        }
    }

    /// Waits so long, or until the process ends: whether it goes on.
    pub(crate) async fn pause(&self, time: Duration) -> bool {
        let mut closing = self.closing();
        if *closing.borrow() {
            return false;
        }
        tokio::select! {
            _ = closing.changed() => false,
            () = tokio::time::sleep(time) => true,
        }
    }
}

/// Hears operations, and tells whoever listens.
struct Heard {
    to: Arc<dyn Observer>,
    changes: Arc<Changes>,
    history: Arc<History>,
    stirred: Arc<Notify>,
}

impl Observer for Heard {
    fn event(&self, event: Event) {
        // What is inside of an operation may show data, and there is much of it.
        let is_told = matches!(
            event,
            Event::Begun { .. } | Event::Idle | Event::Said(_) | Event::Read(_) | Event::Decided(_) | Event::Applied(_)
        );
        if let Event::Read(reading) = &event {
            self.history.said(reading);
        }
        if matches!(event, Event::Begun { .. } | Event::Idle) {
            self.stirred.notify_one();
        }
        if is_told {
            self.changes.tell(None, &event);
        }
        self.to.event(event);
    }
}
