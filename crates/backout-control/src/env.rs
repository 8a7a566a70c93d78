//! What every operation stands on: the plan, the target, how to connect, who confirmed what, who listens, how to stop.
//!
//! Everything that comes from outside (environment, arguments, files beside the plan) is handed in by whoever makes an
//! [`Env`]: a command line, a server, a test.
//!
//! Must not know: where its values came from.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backout_plan::plan::{Backup, Migrate, Rehearse, Target};
use backout_plan::resolve::ConnectionError;
use backout_plan::{ConnectionSettings, Plan};
use backout_postgres::migrate::Rules;
use backout_postgres::session::{ConnectOptions, NoticeListener, Pooler, Session, connect, pooler_suspected};

use crate::event::{Event, Observer};
use crate::failure::Refusal;
use crate::stop::Stop;
use crate::{Failure, Result};

/// Looks a variable up, such as one that the plan names as `env:NAME`.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Puts a question to somebody, who answers with the word that is given: whether it was that word, or `None` where
/// nobody is there.
pub type Ask = Arc<dyn Fn(&str, &str) -> Option<bool> + Send + Sync>;

/// The surroundings of one operation. Cheap to clone.
#[derive(Clone)]
pub struct Env {
    pub plan: Option<Arc<Plan>>,
    /// The plan's target that is meant, where there is a plan.
    pub target: Option<Target>,
    /// How to connect to the target, or why nobody knows. What needs no target works all the same.
    pub settings: std::result::Result<ConnectionSettings, ConnectionError>,
    /// How the caller calls the target; the plan's name for it where there is a plan.
    pub claimed: Option<String>,
    /// The name of the target that somebody confirmed for this operation.
    pub confirmed: Option<String>,
    /// Asked where nobody has confirmed it yet.
    pub ask: Ask,
    pub observer: Arc<dyn Observer>,
    pub stop: Stop,
    pub variables: Variables,
    /// The folder of PostgreSQL's programs, if it was named, and where else to look for them.
    pub programs: backout_postgres::sandbox::Surroundings,
    /// Where throwaway servers have their files.
    pub temporary: PathBuf,
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("target", &self.target.as_ref().map(|target| &target.name))
            .field("endpoint", &self.settings.as_ref().map(ConnectionSettings::endpoint).ok())
            .finish_non_exhaustive()
    }
}

/// Two connections: one that works, one that sees what others have committed.
#[derive(Debug)]
pub struct Pair {
    pub session: Session,
    pub witness: Session,
    hears: Arc<AtomicBool>,
}

impl Pair {
    /// From now on the server's notices become events.
    pub fn hear_notices(&self) {
        self.hears.store(true, Ordering::Relaxed);
    }
}

impl Env {
    /// The plan, which the operation cannot do without.
    pub fn plan(&self) -> Result<&Plan> {
        self.plan.as_deref().ok_or_else(|| Refusal::NoPlan.into())
    }

    /// The plan's target.
    pub fn target(&self) -> Result<&Target> {
        self.plan()?;
        self.target.as_ref().ok_or_else(|| Refusal::NoTarget { known: Vec::new() }.into())
    }

    /// How to connect to the target.
    pub fn settings(&self) -> Result<&ConnectionSettings> {
        self.settings.as_ref().map_err(|error| error.clone().into())
    }

    pub fn target_name(&self) -> Option<&str> {
        self.target.as_ref().map(|target| target.name.as_str())
    }

    /// The name by which the target is called. Without a plan, somebody must say it.
    pub fn claimed(&self) -> Result<&str> {
        let name = self.target_name().or(self.claimed.as_deref()).or(self.confirmed.as_deref());
        name.ok_or_else(|| Refusal::NoTarget { known: Vec::new() }.into())
    }

    /// The plan's settings of migrations, or what holds without a plan.
    pub fn migrate(&self) -> Migrate {
        self.plan.as_ref().map(|plan| plan.migrate.clone()).unwrap_or_default()
    }

    /// The plan's settings of backups, or what holds without a plan.
    pub fn backup(&self) -> Backup {
        self.plan.as_ref().map(|plan| plan.backup.clone()).unwrap_or_default()
    }

    /// The plan's settings of rehearsals, or what holds without a plan.
    pub fn rehearse(&self) -> Rehearse {
        self.plan.as_ref().map(|plan| plan.rehearse.clone()).unwrap_or_default()
    }

    /// The folder that the plan lies in; paths in it are relative to that.
    pub fn folder(&self) -> PathBuf {
        self.plan.as_ref().map(|plan| plan.folder()).unwrap_or_default()
    }

    /// How many connections work on a backup at once: as wanted, else as the plan says.
    pub fn jobs(&self, wanted: Option<u32>) -> usize {
        wanted.unwrap_or_else(|| self.backup().jobs) as usize
    }

    pub fn say(&self, event: Event) {
        match &event {
            Event::Begun { work } => tracing::info!(?work, "begun"),
            Event::Said(finding) => tracing::info!(code = %finding.code, severity = %finding.severity, "said"),
            Event::Committed { unit, of } => tracing::info!(unit, of, "committed"),
            Event::Retry { attempt, of, .. } => tracing::info!(attempt, of, "a lock was not free"),
            Event::Statement { location, .. } => tracing::debug!(location, "statement"),
            _ => {}
        }
        self.observer.event(event);
    }

    /// One connection to the target, for what only looks.
    pub async fn connect(&self) -> Result<Session> {
        self.open(self.settings()?).await
    }

    /// A connection with these settings.
    pub async fn open(&self, settings: &ConnectionSettings) -> Result<Session> {
        open(settings, None).await
    }

    /// Two connections, for what changes something.
    ///
    /// # Errors
    /// [`Refusal::Pooler`] behind a transaction pooler.
    pub async fn connect_pair(&self) -> Result<Pair> {
        let settings = self.settings()?;
        self.refuse_pooler(settings).await?;
        let (observer, hears) = (self.observer.clone(), Arc::new(AtomicBool::new(false)));
        let hearing = hears.clone();
        let listener: NoticeListener = Arc::new(move |notice| {
            if hearing.load(Ordering::Relaxed) {
                observer.event(Event::from(notice));
            }
        });
        let session = open(settings, Some(listener)).await?;
        let witness = open(settings, None).await?;
        Ok(Pair { session, witness, hears })
    }

    /// # Errors
    /// [`Refusal::Pooler`] behind a transaction pooler.
    pub async fn refuse_pooler(&self, settings: &ConnectionSettings) -> Result<()> {
        let Some(pooler) = pooler_suspected(settings).await? else { return Ok(()) };
        Err(pooler_refusal(&pooler, settings).into())
    }

    /// Asks for the target's name before something is done that cannot be taken back.
    ///
    /// # Errors
    /// [`Refusal::ConfirmedAnother`], [`Refusal::Unconfirmed`] when nobody confirms it, [`Refusal::Declined`].
    pub fn confirm(&self, question: impl Into<String>) -> Result<()> {
        let (question, claimed) = (question.into(), self.claimed()?.to_owned());
        match &self.confirmed {
            Some(said) if *said == claimed => return Ok(()),
            Some(said) => return Err(Refusal::ConfirmedAnother { said: said.clone(), claimed }.into()),
            None => {}
        }
        match (self.ask)(&question, &claimed) {
            Some(true) => Ok(()),
            Some(false) => Err(Refusal::Declined.into()),
            None => Err(Refusal::Unconfirmed { question, claimed }.into()),
        }
    }

    /// Whether the target's name was given beforehand, so that nobody is asked.
    pub fn is_confirmed(&self) -> bool {
        self.claimed().is_ok_and(|claimed| self.confirmed.as_deref() == Some(claimed))
    }

    /// The plan's rules for running a migration.
    pub fn rules(&self) -> Rules {
        let migrate = self.migrate();
        let (protect, max_deleted_rows, checks) = self.plan.as_ref().map_or_else(Default::default, |plan| {
            (plan.protect.tables.clone(), plan.protect.max_deleted_rows, plan.checks.clone())
        });
        Rules {
            lock_timeout: migrate.lock_timeout.duration(),
            lock_retries: migrate.lock_retries,
            lock_budget: migrate.lock_budget.map(|budget| budget.duration()),
            rebuild_below: migrate.rebuild_below.bytes(),
            hide_above: migrate.hide_above.map(|size| size.bytes()),
            large: None,
            sizes: Default::default(),
            statement_timeout: migrate.statement_timeout.duration(),
            protect,
            max_deleted_rows,
            checks,
            keep_archive: migrate.keep_archive.duration(),
            no_archive: Vec::new(),
            accept_loss: Vec::new(),
        }
    }
}

/// A transaction pooler, as what is refused.
pub fn pooler_refusal(pooler: &Pooler, settings: &ConnectionSettings) -> Refusal {
    let (what, advice) = match &pooler.known {
        Some(known) => (known.name.to_owned(), known.advice.clone()),
        None => (
            "a transaction pooler".to_owned(),
            "Use the address of the server itself, or of a session pooler.".to_owned(),
        ),
    };
    Refusal::Pooler { endpoint: settings.endpoint(), pooler: what, advice }
}

async fn open(settings: &ConnectionSettings, on_notice: Option<NoticeListener>) -> Result<Session> {
    let options = ConnectOptions { application_name: Some("backout".to_owned()), on_notice };
    connect(settings, &options).await.map_err(Failure::from)
}
