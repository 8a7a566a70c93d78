//! What a command stands on: the plan, `.env`, the connection, the target's identity, and the certificate gate. The
//! only place that reads the environment for a command.
//!
//! Must not know: what the command is about to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use backout_plan::connection::{Inputs, Resolved, resolve};
use backout_plan::identity::{SeenIdentity, compare};
use backout_plan::plan::{Backup, Migrate, Target};
use backout_plan::{ConnectionSettings, Exit, Finding, IdentityVerdict, Plan, Secret, TargetIdentity};
use backout_postgres::migrate::{Lessons, TakenLock};
use backout_postgres::session::{ConnectOptions, Notice, NoticeListener, Pooler, Session, connect, pooler_suspected};
use backout_postgres::store;

use crate::args::Global;
use crate::error::CommandError;
use crate::migrations::Prepared;
use crate::ui::Ui;

/// The plan's name where none is given.
pub const PLAN_FILE: &str = "backout.toml";

/// Everything that a command is handed.
#[derive(Debug)]
pub struct Context<'a> {
    pub global: &'a Global,
    pub ui: &'a Ui,
}

/// The plan, if there is one, and the target that is meant.
#[derive(Debug)]
pub struct Project {
    pub plan: Option<Plan>,
    pub target: Option<Target>,
}

/// Two connections: one that works, one that sees what others have committed.
#[derive(Debug)]
pub struct Pair {
    pub session: Session,
    pub witness: Session,
}

/// What is known of the target's identity.
#[derive(Debug)]
pub struct Identity {
    pub recorded: Option<TargetIdentity>,
    pub seen: SeenIdentity,
    pub verdict: IdentityVerdict,
}

impl<'a> Context<'a> {
    pub fn new(global: &'a Global, ui: &'a Ui) -> Self {
        Self { global, ui }
    }

    /// Reads the plan where there is one. Naming one that is not there is an error; having none is not.
    pub fn project(&self) -> Result<Project, CommandError> {
        let Some(file) = self.plan_file() else {
            return Ok(Project { plan: None, target: None });
        };
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file)
            .map_err(|source| CommandError::of(Exit::Usage, &source).during(&format!("reading the plan {name}")))?;
        let plan = Plan::parse(&name, &text)?;
        let known: Vec<&str> = backout_sql::layouts::LAYOUTS.iter().map(|layout| layout.name()).collect();
        plan.validate_layouts(&known)?;
        let target = self.target_of(&plan)?.cloned();
        Ok(Project { plan: Some(plan), target })
    }

    fn target_of<'p>(&self, plan: &'p Plan) -> Result<Option<&'p Target>, CommandError> {
        let wanted = self.global.target.as_deref();
        match (plan.target(wanted), wanted) {
            (Some(target), _) => Ok(Some(target)),
            (None, Some(wanted)) => {
                let error = CommandError::new(Exit::Usage, format!("the plan has no target {wanted:?}"));
                Err(match plan.nearest_target(wanted) {
                    Some(meant) => error.hint(format!("did you mean {meant}?")),
                    None => error.hint(format!("it has: {}", names(plan))),
                })
            }
            (None, None) => {
                Err(CommandError::new(Exit::Usage, "the plan has several targets, so the command must name one")
                    .hint(format!("--target with one of: {}", names(plan))))
            }
        }
    }

    /// `--plan`, else the nearest one here or above. Relative, so that messages stay short.
    pub fn plan_file(&self) -> Option<PathBuf> {
        if let Some(named) = &self.global.plan {
            return Some(named.clone());
        }
        let here = std::env::current_dir().ok()?;
        let steps = here.ancestors().position(|folder| folder.join(PLAN_FILE).is_file())?;
        let mut path: PathBuf = std::iter::repeat_n("..", steps).collect();
        path.push(PLAN_FILE);
        Some(path)
    }

    /// How to connect, from all the places that may say so.
    pub fn settings(&self, project: &Project) -> Result<Resolved, CommandError> {
        let folder = project.plan.as_ref().map(Plan::folder).unwrap_or_default();
        let dotenv = std::fs::read_to_string(folder.join(".env")).ok();
        let target = project.target.clone().map(|mut target| {
            target.ca_file = target.ca_file.map(|file| folder.join(file));
            target
        });
        let env = |name: &str| std::env::var(name).ok();
        let mut resolved = resolve(&Inputs {
            url_flag: self.global.url.as_ref().map(Secret::expose),
            target: target.as_ref(),
            env: &env,
            dotenv: dotenv.as_deref(),
        })?;
        if let Some(file) = &resolved.passfile
            && let Ok(text) = std::fs::read_to_string(file)
        {
            resolved.settings.take_password_from(&text);
        }
        for note in &resolved.notes {
            self.ui.say(format!("note: {note}"));
        }
        Ok(resolved)
    }

    /// One connection, for commands that only look.
    pub async fn connect(&self, project: &Project) -> Result<Session, CommandError> {
        let settings = self.settings(project)?.settings;
        self.open(&settings, None).await
    }

    /// Two connections, for commands that change something. A transaction pooler is refused.
    pub async fn connect_pair(&self, project: &Project, notices: Notices) -> Result<Pair, CommandError> {
        let settings = self.settings(project)?.settings;
        if let Some(pooler) = pooler_suspected(&settings).await? {
            return Err(pooler_error(&pooler, &settings));
        }
        let session = self.open(&settings, notices.listener()).await?;
        let witness = self.open(&settings, None).await?;
        Ok(Pair { session, witness })
    }

    /// A session with these settings.
    pub async fn open(
        &self,
        settings: &ConnectionSettings,
        on_notice: Option<NoticeListener>,
    ) -> Result<Session, CommandError> {
        let options = ConnectOptions { application_name: Some("backout".to_owned()), on_notice };
        Ok(connect(settings, &options).await?)
    }

    /// The name by which the command calls the target. Without a plan, it must be said.
    pub fn claimed_name(&self, project: &Project) -> Result<String, CommandError> {
        let plan = project.target.as_ref().map(|target| target.name.clone());
        plan.or_else(|| self.global.target.clone()).or_else(|| self.global.yes.clone()).ok_or_else(|| {
            CommandError::new(Exit::Usage, "there is no plan here, so the command must name its target")
                .hint("--target NAME, as `backout status` shows it")
        })
    }

    /// Looks who the target is. Changes nothing and refuses nothing.
    pub async fn look(&self, session: &Session, claimed: Option<&str>) -> Result<Identity, CommandError> {
        let recorded = store::recorded_identity(session).await?;
        let seen = store::seen_identity(session).await?;
        let claimed = claimed.map(str::to_owned).or_else(|| recorded.as_ref().map(|recorded| recorded.name.clone()));
        let verdict = compare(recorded.as_ref(), &seen, claimed.as_deref().unwrap_or("this target"));
        Ok(Identity { recorded, seen, verdict })
    }

    /// The identity gate of every command that changes something: the target is the one that is meant, or somebody says so
    /// now. Makes our schema at first contact.
    pub async fn identify(&self, session: &Session, claimed: &str) -> Result<(), CommandError> {
        if let Some(yes) = &self.global.yes
            && yes != claimed
        {
            return Err(CommandError::new(
                Exit::Refused,
                format!("--yes says {yes}, and the target that is meant is {claimed}"),
            ));
        }
        let Identity { seen, verdict, .. } = self.look(session, Some(claimed)).await?;
        match &verdict {
            IdentityVerdict::Same { notes } => {
                for note in notes {
                    self.ui.say(format!("note: {note}"));
                }
                return Ok(());
            }
            verdict if !verdict.can_be_answered() => return Err(verdict.clone().into()),
            _ => {}
        }
        let answered = match self.global.yes {
            Some(_) => Some(true),
            None => self.ui.ask(&format!("{verdict}."), claimed),
        };
        match (answered, &verdict) {
            (Some(true), IdentityVerdict::CopyOf { .. }) => store::reidentify(session, claimed, &seen).await?,
            (Some(true), _) => {
                store::initialise(session, claimed, &seen).await?;
                self.ui.say(format!("{} is now known as {claimed}", seen.endpoint));
            }
            (Some(false), _) => return Err(CommandError::new(Exit::Refused, "the answer was not the target's name")),
            (None, _) => return Err(verdict.into()),
        }
        Ok(())
    }

    /// Asks before something is removed for good.
    pub fn confirm(&self, question: &str, claimed: &str) -> Result<(), CommandError> {
        if self.global.yes.as_deref() == Some(claimed) {
            return Ok(());
        }
        match self.ui.ask(question, claimed) {
            Some(true) => Ok(()),
            Some(false) => Err(CommandError::new(Exit::Refused, "the answer was not the target's name")),
            None => Err(CommandError::new(Exit::Refused, question).hint(format!("if that is meant: --yes {claimed}"))),
        }
    }
}

impl Project {
    pub fn plan(&self) -> Result<&Plan, CommandError> {
        self.plan.as_ref().ok_or_else(|| {
            CommandError::new(Exit::Usage, format!("there is no {PLAN_FILE} here or in a folder above"))
                .hint("`backout init` writes one from a database and a migrations folder; --plan FILE names another")
        })
    }

    /// The plan's target. There is one where there is a plan.
    pub fn target(&self) -> Result<&Target, CommandError> {
        self.plan()?;
        self.target.as_ref().ok_or_else(|| CommandError::new(Exit::Usage, "no target is named"))
    }

    /// The plan's settings, or what holds without a plan.
    pub fn migrate_rules(&self) -> Migrate {
        self.plan.as_ref().map(|plan| plan.migrate.clone()).unwrap_or_default()
    }

    /// Where backups are and how they are made, or what holds without a plan.
    pub fn backup(&self) -> Backup {
        self.plan.as_ref().map(|plan| plan.backup.clone()).unwrap_or_default()
    }

    pub fn target_name(&self) -> Option<&str> {
        self.target.as_ref().map(|target| target.name.as_str())
    }
}

/// The server's notices, which arrive on another task than the one that prints.
#[derive(Debug, Clone, Default)]
pub struct Notices(Arc<Mutex<Vec<Notice>>>);

impl Notices {
    fn listener(&self) -> Option<NoticeListener> {
        let held = self.0.clone();
        Some(Arc::new(move |notice: &Notice| held.lock().unwrap_or_else(PoisonError::into_inner).push(notice.clone())))
    }

    /// Those since the last call.
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct GateRequest<'a> {
    pub session: &'a Session,
    pub plan: &'a Plan,
    pub target: &'a Target,
    /// The migrations that are about to run, in their order.
    pub prepared: &'a [Prepared<'a>],
    /// `--certificate FILE`
    pub file: Option<&'a Path>,
    /// `--without-certificate REASON`
    pub without: Option<&'a str>,
}

/// What lets the migrations through, and what a rehearsal has taught about each, by version.
#[derive(Debug, Default)]
pub struct Permit {
    pub certificate: Option<String>,
    pub without_certificate: Option<String>,
    /// The backup that covers them, or why there is none; for the record.
    pub backup: Option<String>,
    /// What a rehearsal saw them take away or change, in words.
    pub touched: Vec<String>,
    pub lessons: BTreeMap<String, Lessons>,
    pub locks: BTreeMap<String, Vec<TakenLock>>,
    pub expected: BTreeMap<String, BTreeMap<String, String>>,
}

/// A transaction pooler as a finding.
pub fn pooler_finding(pooler: &Pooler, settings: &ConnectionSettings) -> Finding {
    let (what, advice) = match &pooler.known {
        Some(known) => (known.name, known.advice.clone()),
        None => ("a transaction pooler", "Use the address of the server itself, or of a session pooler.".to_owned()),
    };
    Finding::error("connection.pooler", format!("{} is {what}", settings.endpoint()))
        .detail("its connections change servers between transactions, and what Backout does needs a session of its own")
        .hint(advice)
}

pub fn pooler_error(pooler: &Pooler, settings: &ConnectionSettings) -> CommandError {
    let finding = pooler_finding(pooler, settings);
    let detail = finding.detail.unwrap_or_default();
    CommandError::new(Exit::Refused, format!("{}: {detail}", finding.title)).hints(finding.hint)
}

fn names(plan: &Plan) -> String {
    plan.targets.keys().cloned().collect::<Vec<_>>().join(", ")
}
