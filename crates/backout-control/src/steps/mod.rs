//! What a step can do: one kind a file, and the table of them.
//!
//! Each kind has a *preview* (what it would do, exactly; changes nothing), an *act*, and a *settle* (what the outside
//! says after a crash). A kind that cannot tell says so, and a person decides.
//!
//! Must not know: what comes before or after a step.

mod backup;
mod command;
mod env_file;
mod export;
mod flags;
mod freeze;
mod github_deployment;
mod http;
mod impact;
mod import;
mod kubernetes;
mod migrate;
mod notify;
mod rehearse;
mod restore;
mod revert;
mod shared;
mod sql;
mod thaw;
mod undo;
mod vercel_deploy;
mod vercel_env;
mod vercel_project;
mod verify;
mod wait;

use std::time::Duration;

use backout_plan::plan::{Flaw, read_value};
use backout_plan::{Plan, PlanErrors};
use backout_runbook::{Event, Record, Step};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::checks;
use crate::cost::Cost;
use crate::failure::Refusal;
use crate::mistake::{Look, Mistake};
use crate::outside::{Errand, secrets};
use crate::runs::{Journal, Runs};
use crate::{Boxed, Env, Result};

pub use crate::outside::Trouble;
pub use crate::outside::secrets::Redactor;
pub(crate) use migrate::Migrate;
pub(crate) use restore::Restore;
pub(crate) use undo::Undo;

/// How long a step that is only shown may look around.
const IMAGINED: Duration = Duration::from_secs(60);

/// How long somebody who decides waits for rows to be counted.
const COUNTED: Duration = Duration::from_secs(20);

/// Where a step stands, and what it may use.
#[derive(Debug)]
pub struct Context<'c> {
    pub env: &'c Env,
    pub runs: &'c Runs,
    pub journal: &'c Journal,
    pub step: usize,
    /// From 1.
    pub attempt: u32,
    /// The token of the lease under which it acts.
    pub fence: u64,
    pub deadline: Timestamp,
    /// It takes the step back.
    is_reversal: bool,
    /// Migrations are taken back by a step before it, so what it is about will look otherwise by then.
    after_undo: bool,
    /// Nobody acts by it.
    is_imagined: bool,
    redactor: Redactor,
}

/// What the outside says of an action that somebody began.
#[derive(Debug, Clone)]
pub enum Settled {
    Done(Value),
    NotBegun,
    Failed(Trouble),
}

/// One kind of step.
trait Kind: Send + Sync {
    /// What it would do, a line each: the exact SQL, request or command, without secrets.
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>>;
    /// What is wrong with it as it stands in the plan, so that no attempt could succeed; changes nothing.
    fn mistakes<'a>(&'a self, _: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async { Vec::new() })
    }
    /// Whether it changes what is in the database, and keeps nothing of it.
    fn writes_data(&self) -> bool {
        false
    }
    /// Whether it asks the checks of the plan.
    fn asks_the_plan(&self) -> bool {
        false
    }
    /// What it costs in time and in rows; changes nothing.
    fn cost<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Cost>> {
        Box::pin(async { Ok(Cost::default()) })
    }
    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>>;
    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>>;
}

type Made = std::result::Result<Box<dyn Kind>, Flaw>;

/// The kind that takes migrations back.
pub(crate) const UNDO: &str = "undo";

/// The kind that applies what is pending.
const MIGRATE: &str = "migrate";

/// The kind that takes a backup.
pub(crate) const BACKUP: &str = "backup";

/// The kind that restores a backup in the place of the live database.
pub(crate) const RESTORE: &str = "restore";

/// Whether a kind, beside an undo, leaves the application as it is: it looks, tells, keeps, or only stops writes.
pub(crate) fn changes_nothing(kind: &str) -> bool {
    matches!(kind, UNDO | BACKUP | "export" | "freeze" | "impact" | "notify" | "thaw" | "verify" | "wait")
}

/// Kinds that end by themselves, unfinished, when somebody asks for a stop.
const LEAVING: [&str; 6] = [BACKUP, "export", "freeze", "import", MIGRATE, "verify"];

/// Whether a kind leaves its work when somebody asks for a stop, so that its failure says nothing then.
pub(crate) fn leaves_when_asked(kind: &str) -> bool {
    LEAVING.contains(&kind)
}

type Make = fn(&Value) -> Made;

/// Every kind by its name in a plan.
const KINDS: &[(&str, Make)] = &[
    (BACKUP, made::<backup::Backup>),
    ("command", made::<command::Command>),
    ("env-file", made::<env_file::EnvFile>),
    ("export", made::<export::Export>),
    ("flags", made::<flags::Flags>),
    ("freeze", made::<freeze::Freeze>),
    ("github-deployment", made::<github_deployment::GithubDeployment>),
    ("http", made::<http::Http>),
    ("impact", made::<impact::Impact>),
    ("import", made::<import::Import>),
    ("kubernetes", made::<kubernetes::Kubernetes>),
    (MIGRATE, made::<Migrate>),
    ("notify", made::<notify::Notify>),
    ("rehearse", made::<rehearse::Rehearse>),
    (RESTORE, restored),
    ("revert", made::<revert::Revert>),
    ("sql", made::<sql::Sql>),
    ("thaw", made::<thaw::Thaw>),
    (UNDO, made::<Undo>),
    ("vercel-deploy", made::<vercel_deploy::VercelDeploy>),
    ("vercel-env", vercel_env::made),
    ("vercel-project", made::<vercel_project::VercelProject>),
    ("verify", asking::<verify::Verify>),
    ("wait", asking::<wait::Wait>),
];

/// One that does not mean two things at once.
fn restored(action: &Value) -> Made {
    let one: Restore = read_value(action)?;
    match one.objection() {
        Some((key, why)) => Err(Flaw::at(&[key], why)),
        None => Ok(Box::new(one)),
    }
}

fn made<K: Kind + DeserializeOwned + 'static>(action: &Value) -> Made {
    Ok(Box::new(read_value::<K>(action)?))
}

/// One that has criteria, whose own keys are named where one of them is wrong.
fn asking<K: Kind + DeserializeOwned + 'static>(action: &Value) -> Made {
    made::<K>(action).map_err(|flaw| {
        let criterion = flaw.path.iter().try_fold(action, |value, part| match value {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        });
        let is_one = flaw.path.last().is_some_and(|last| CRITERIA.contains(&last.as_str()));
        let inner = criterion.filter(|_| is_one).and_then(|one| checks::Criterion::read(one).err());
        let outer: Vec<&str> = flaw.path.iter().map(String::as_str).collect();
        inner.map_or_else(|| flaw.clone(), |inner| inner.under(&outer))
    })
}

/// Under which keys criteria stand.
const CRITERIA: [&str; 2] = ["that", "until"];

/// The names of all kinds.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// Whether every step of a plan can be read by its kind.
///
/// # Errors
/// A problem for each that cannot, at its place in the file.
pub fn validate(plan: &Plan) -> std::result::Result<(), PlanErrors> {
    plan.validate_steps(&kinds().collect::<Vec<_>>(), &check)
}

/// Whether a kind can read this action, and why not.
fn check(kind: &str, action: &Value) -> std::result::Result<(), Flaw> {
    match KINDS.iter().find(|(name, _)| *name == kind) {
        Some((_, make)) => make(action).map(drop),
        None => Err(Flaw::at(&[], format!("there is no kind of step {kind:?}"))),
    }
}

fn make(kind: &str, action: &Value) -> Result<Box<dyn Kind>> {
    let unknown = || Refusal::failed(format!("this version knows no kind of step {kind:?}"), None);
    let (_, make) = KINDS.iter().find(|(name, _)| *name == kind).ok_or_else(unknown)?;
    make(action).map_err(|flaw| Refusal::failed(format!("a step of kind {kind:?} cannot be read: {flaw}"), None).into())
}

/// What is wrong with a step as it stands in the plan.
pub(crate) async fn mistakes(look: &Look<'_>, kind: &str, action: &Value) -> Vec<Mistake> {
    match make(kind, action) {
        Ok(kind) => kind.mistakes(look).await,
        // It was read before anybody looked for mistakes.
        Err(_) => Vec::new(),
    }
}

/// Whether a step changes what is in the database, and keeps nothing of it.
pub(crate) fn writes_data(kind: &str, action: &Value) -> bool {
    make(kind, action).is_ok_and(|kind| kind.writes_data())
}

/// Whether a step asks the checks of the plan.
pub(crate) fn asks_the_plan(kind: &str, action: &Value) -> bool {
    make(kind, action).is_ok_and(|kind| kind.asks_the_plan())
}

pub(crate) async fn preview(context: &Context<'_>, kind: &str, action: &Value) -> Result<Vec<String>> {
    let lines = make(kind, action)?.preview(context).await?;
    Ok(lines.iter().map(|line| context.redacted(line)).collect())
}

/// What a step costs; what cannot be said in the time that there is, is said to be unknown.
pub(crate) async fn cost(context: &Context<'_>, kind: &str, action: &Value) -> Cost {
    let unknown = |why: String| Cost { unknown: Some(context.redacted(&why)), ..Cost::default() };
    let kind = match make(kind, action) {
        Ok(kind) => kind,
        Err(failure) => return unknown(failure.sentence()),
    };
    match tokio::time::timeout(COUNTED, kind.cost(context)).await {
        Ok(Ok(cost)) => cost,
        Ok(Err(failure)) => unknown(failure.sentence()),
        Err(_) => unknown(format!("rows were not counted within {COUNTED:.0?}")),
    }
}

pub(crate) async fn act(context: &Context<'_>, kind: &str, action: &Value) -> std::result::Result<Value, Trouble> {
    let facts = make(kind, action)?.act(context).await.map_err(|mut trouble| {
        trouble.facts = context.without_secrets(trouble.facts);
        trouble
    })?;
    Ok(context.without_secrets(facts))
}

pub(crate) async fn settle(context: &Context<'_>, kind: &str, action: &Value) -> Result<Settled> {
    Ok(match make(kind, action)?.settle(context).await? {
        Settled::Done(facts) => Settled::Done(context.without_secrets(facts)),
        other => other,
    })
}

/// What an approval is bound to: the step as the run has it, and what it would do now.
pub(crate) fn digest(step: &Step, preview: &[String]) -> String {
    let mut digest = Sha256::new();
    let whole = serde_json::json!({ "step": step, "preview": preview });
    digest.update(whole.to_string());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<'c> Context<'c> {
    pub(crate) fn new(
        env: &'c Env,
        runs: &'c Runs,
        journal: &'c Journal,
        step: usize,
        attempt: u32,
        fence: u64,
        deadline: Timestamp,
    ) -> Self {
        let steps = journal.state.procedure.ways.iter().flat_map(|way| &way.steps);
        let actions =
            steps.flat_map(|step| std::iter::once(&step.action).chain(step.undo.as_deref().map(|undo| &undo.action)));
        let redactor = Redactor::of(env, actions);
        Self {
            env,
            runs,
            journal,
            step,
            attempt,
            fence,
            deadline,
            is_reversal: false,
            after_undo: false,
            is_imagined: false,
            redactor,
        }
    }

    /// For what takes the step back. It is another action, so it has a mark of its own.
    pub(crate) fn taking_back(self) -> Self {
        Self { is_reversal: true, ..self }
    }

    /// With what comes before it in its way.
    pub(crate) fn after(self, earlier: &[Step]) -> Self {
        Self { after_undo: earlier.iter().any(|step| step.kind == UNDO), ..self }
    }

    /// For what is only shown: nobody acts by it.
    pub(crate) fn imagined(env: &'c Env, runs: &'c Runs, journal: &'c Journal, step: usize) -> Self {
        Self { is_imagined: true, ..Self::foreseen(env, runs, journal, step) }
    }

    /// For a step that a run has come to, and that is not begun yet.
    pub(crate) fn foreseen(env: &'c Env, runs: &'c Runs, journal: &'c Journal, step: usize) -> Self {
        Self::new(env, runs, journal, step, 0, 0, Timestamp::now() + IMAGINED)
    }

    /// When the step, or taking it back, was first written down.
    pub fn begun(&self) -> Option<Timestamp> {
        if self.is_reversal {
            let records = self.journal.records.iter().rev();
            let intended = |record: &&Record| {
                let event = record.event(&self.journal.run);
                matches!(event, Ok(Event::ReversalIntended { step, .. }) if step == self.step)
            };
            return records.into_iter().find(intended).map(|record| record.at);
        }
        self.journal.state.steps.get(self.step)?.first
    }

    /// What is left of its time.
    pub fn left(&self) -> Duration {
        Duration::try_from(self.deadline.duration_since(Timestamp::now())).unwrap_or_default()
    }

    /// For what it does outside, by its own mark.
    pub(crate) fn errand(&self) -> Errand<'_> {
        Errand { env: self.env, deadline: self.deadline, mark: Some(self.mark()) }
    }

    /// For what it only asks.
    fn question(&self) -> checks::Context<'_> {
        checks::Context::new(self.env, self.deadline, &self.redactor, None)
    }

    /// A text without the values of secrets.
    pub fn redacted(&self, text: &str) -> String {
        self.redactor.text(text)
    }

    fn without_secrets(&self, facts: Value) -> Value {
        self.redactor.value(facts)
    }

    /// The name of the step and of the run, for what is marked outside.
    pub fn mark(&self) -> String {
        let of_step = self.mark_of_step();
        if self.is_reversal { format!("{of_step}/back") } else { of_step }
    }

    /// The same of the step itself, also where it is taken back.
    fn mark_of_step(&self) -> String {
        format!("{}/{}/{}", self.journal.run, self.journal.state.way, self.step)
    }
}
