//! Ways back, as the plan has them: chosen, shown, and executed as one durable run.
//!
//! Must not know: what a step does, or what follows what.

use std::time::Duration;

use backout_plan::plan::{PlanStep, PlanWay, StepFailure};
use backout_plan::{Plan, Remedy};
use backout_postgres::store::{self, State};
use backout_runbook::procedure::{Millis, Reversal};
use backout_runbook::{Approval, OnFailure, Procedure, Retry, Step, Way};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cost::Cost;
use crate::event::Event;
use crate::execute::{Ended, execute};
use crate::failure::Refusal;
use crate::former::{self, Former};
use crate::keep::{self, Keeper, Kept, Pinned};
use crate::preflight::{self, Found};
use crate::runs::{Journal, ROLLBACK, Runs, word};
use crate::{Boxed, Env, Failure, Result};
use crate::{checks, follows, ledger, steps};

pub use crate::follows::{agreement, people};
pub use crate::former::OpenRun;

/// What the run of a rollback is called.
pub const NAME: &str = ROLLBACK;

/// Which way is begun with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Which {
    /// The one in which the run stood that is ended for it; without such a run as `Auto`.
    #[default]
    Unsaid,
    /// The cheapest one that suffices for the symptom.
    Auto,
    Named(String),
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub which: Which,
    /// What is wrong: one of the symptoms that the plan's ways name, or any words for the record.
    pub because: String,
    /// The open run of this target is ended first, where nobody executes it and all that it began is known.
    pub again: bool,
    /// What it is begun on, for the record; nothing where a person begins it.
    pub evidence: Value,
    /// Somebody must agree before its first step.
    pub asks_first: bool,
}

/// How long somebody may take to agree to a run that nobody began.
const AGREED_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// How the way was chosen, a line each.
pub type Path = Vec<String>;

/// What a rollback would do.
#[derive(Debug, Serialize)]
pub struct Preview {
    pub target: Option<String>,
    pub because: String,
    pub chosen: String,
    pub path: Path,
    /// The way that is begun with, and those that it escalates to.
    pub ways: Vec<WayPreview>,
    /// The run that must be over first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenRun>,
    /// What is wrong with the plan, or may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<Found>,
    /// What each comes to.
    pub in_short: Vec<InShort>,
}

/// What a way comes to, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InShort {
    pub way: String,
    pub steps: usize,
    /// Steps of which nobody can say yet what they would do.
    pub unknown_steps: usize,
    pub budget_ms: Option<u64>,
    /// How long those steps took together that were tried, and how many that are.
    pub ms: Option<f64>,
    pub measured_steps: usize,
    /// Rows that will not survive; nothing where that is not known of some step, or not counted of some table.
    pub lost_rows: Option<u64>,
    /// Those that are counted.
    pub lost_at_least: u64,
    /// Rows that are set aside, as far as they are counted.
    pub kept_rows: u64,
    /// Tables of which what becomes of their rows is not counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncounted: Vec<String>,
    /// Steps that wait for people, and how many the one needs that needs most.
    pub asking_steps: usize,
    pub people: u32,
}

impl InShort {
    fn of(way: &WayPreview) -> Self {
        let costs = || way.steps.iter().map(|step| &step.cost);
        let measured: Vec<f64> = costs().filter_map(|cost| cost.ms).collect();
        let is_known = way
            .steps
            .iter()
            .all(|step| step.unknown.is_none() && step.cost.unknown.is_none() && step.cost.uncounted.is_empty());
        let lost: u64 = costs().map(|cost| cost.lost_rows).sum();
        let asking = || way.steps.iter().filter_map(|step| step.approval.as_ref());
        let mut uncounted: Vec<String> = costs().flat_map(|cost| cost.uncounted.clone()).collect();
        uncounted.sort();
        uncounted.dedup();
        Self {
            way: way.name.clone(),
            steps: way.steps.len(),
            unknown_steps: way.steps.iter().filter(|step| step.unknown.is_some()).count(),
            budget_ms: way.budget_ms,
            ms: (!measured.is_empty()).then(|| measured.iter().sum()),
            measured_steps: measured.len(),
            lost_rows: is_known.then_some(lost),
            lost_at_least: lost,
            kept_rows: costs().map(|cost| cost.kept_rows).sum(),
            uncounted,
            asking_steps: asking().count(),
            people: asking().map(|approval| approval.quorum).max().unwrap_or_default(),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct WayPreview {
    pub name: String,
    pub budget_ms: Option<u64>,
    /// The steps of the way before whose failure leads to it. Without any, nothing but its name does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What of the present state is kept before a step that may lose some of it; `None` where no step does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_first: Option<String>,
    pub steps: Vec<StepPreview>,
}

#[derive(Debug, Serialize)]
pub struct StepPreview {
    pub name: String,
    pub kind: String,
    pub budget_ms: u64,
    /// What follows where it fails.
    pub on_failure: OnFailure,
    /// The kind of what takes it back where its way is unwound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// Who must agree before it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The exact SQL, requests or commands. Empty where they cannot be said yet.
    pub lines: Vec<String>,
    /// Why they cannot be said yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    #[serde(skip_serializing_if = "Cost::is_empty")]
    pub cost: Cost,
}

/// Shows what would be done; changes nothing.
///
/// # Errors
/// As for [`run`], before anything is opened.
pub fn preview<'a>(env: &'a Env, runs: &'a Runs, options: &'a Options) -> Boxed<'a, Result<Preview>> {
    Box::pin(foreseen(env, runs, options))
}

async fn foreseen(env: &Env, runs: &Runs, options: &Options) -> Result<Preview> {
    let ways = validated(env)?;
    let former = match options.again {
        true => former::look(env, runs).await?,
        false => None,
    };
    let (first, mut path) = choose(&ways, options, former.as_ref())?;
    nothing_is_ended(env, options, former.as_ref());
    let (mistakes, pinned) = both(env, &ways[first..]).await;
    // Where it cannot be shown, a mistake of the plan says more.
    let mut pinned = match (pinned, preflight::stops(&mistakes, &ways[first].name)) {
        (Err(_), Err(mistaken)) => return Err(mistaken),
        (pinned, _) => pinned?,
    };
    if let Some(former) = &former {
        path.push(format!("run {} ({}) is ended first", former.run, word(&former.standing(false))));
        same_as(env, &ways, &mut pinned.procedure, &former.state.procedure).await?;
    }
    // What is wrong with the plan says more.
    if !mistakes.iter().any(|one| one.sure) {
        has_something_to_do(&pinned.procedure)?;
    }
    let open = if former.is_none() { former::open(env, runs).await? } else { None };
    Ok(Preview { open, mistakes, ..show(env, runs, pinned, &options.because, path).await? })
}

/// Whoever means an open run learns that there is none, before anything begins.
fn nothing_is_ended(env: &Env, options: &Options, former: Option<&Journal>) {
    if options.again && former.is_none() {
        let said = "no run is open, so nothing is ended; this begins anew";
        env.say(Event::note("run.none-open", said));
    }
}

/// What a procedure would do, step by step.
pub(crate) async fn show(env: &Env, runs: &Runs, pinned: Pinned, because: &str, path: Path) -> Result<Preview> {
    let Pinned { procedure, kept } = pinned;
    let journal = Journal::imagined(procedure.clone(), env.named(), because)?;
    let mut shown = Vec::new();
    for (number, way) in procedure.ways.iter().enumerate() {
        let mut steps = Vec::new();
        for (place, step) in way.steps.iter().enumerate() {
            let context = steps::Context::imagined(env, runs, &journal, place).after(&way.steps[..place]);
            let preview = steps::preview(&context, &step.kind, &step.action).await;
            let (lines, unknown) = match preview {
                Ok(lines) => (lines, None),
                Err(failure) => (Vec::new(), Some(context.redacted(&failure.sentence()))),
            };
            let cost = match unknown {
                None => steps::cost(&context, &step.kind, &step.action).await,
                Some(_) => Cost::default(),
            };
            steps.push(StepPreview {
                name: step.name.clone(),
                kind: step.kind.clone(),
                budget_ms: step.budget.0,
                on_failure: step.on_failure,
                undo: step.undo.as_ref().map(|undo| undo.kind.clone()),
                approval: step.approval.clone(),
                lines,
                unknown,
                cost,
            });
        }
        let kept_first = keep::said(&kept, &way.name).map(str::to_owned);
        let budget_ms = way.budget.map(|budget| budget.0);
        let before = number.checked_sub(1).and_then(|before| procedure.ways.get(before));
        let after = before.map(follows::leading_on).unwrap_or_default();
        shown.push(WayPreview { name: way.name.clone(), budget_ms, after, kept_first, steps });
    }
    let chosen = procedure.ways.first().map(|way| way.name.clone()).unwrap_or_default();
    let in_short = shown.iter().map(InShort::of).collect();
    let (target, because) = (env.named(), because.to_owned());
    Ok(Preview { target, because, chosen, path, ways: shown, open: None, mistakes: Vec::new(), in_short })
}

/// Opens a run and executes it, once somebody has confirmed it.
///
/// # Errors
/// Where no way is meant, something is wrong with the plan's way, another run is open for this target, or the store cannot
/// be written. What a step meets is in the run, not here.
pub fn run<'a>(env: &'a Env, runs: &'a Runs, options: &'a Options) -> Boxed<'a, Result<Ended>> {
    Box::pin(work(env, runs, options))
}

#[tracing::instrument(name = "rollback", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, runs: &Runs, options: &Options) -> Result<Ended> {
    let ways = validated(env)?;
    let looked = match options.again {
        true => former::look(env, runs).await?,
        false => former::none(env, runs).await.map(|()| None)?,
    };
    let (first, path) = choose(&ways, options, looked.as_ref())?;
    nothing_is_ended(env, options, looked.as_ref());
    let (mistakes, pinned) = both(env, &ways[first..]).await;
    preflight::pass(env, &mistakes, &ways[first].name)?;
    let mut pinned = pinned?;
    let former = match &looked {
        Some(looked) => Some(Former::hold(runs, looked).await?),
        None => None,
    };
    let mut facts = json!({ "chosen": ways[first].name, "path": path, "kept_first": pinned.kept });
    let mut meant = Ok(());
    if let Some(former) = &former {
        facts["after"] = json!(former.journal.run);
        meant = same_as(env, &ways, &mut pinned.procedure, &former.journal.state.procedure).await;
    }
    if !options.evidence.is_null() {
        facts["evidence"] = options.evidence.clone();
    }
    let Pinned { mut procedure, kept } = pinned;
    if options.asks_first
        && let Some(step) = procedure.ways.first_mut().and_then(|way| way.steps.first_mut())
    {
        step.approval.get_or_insert(Approval { quorum: 1, expires: AGREED_WITHIN.into() });
    }
    let mut foreseen = Vec::new();
    // Whatever fails here, the former run is let go of.
    let asked = async {
        meant?;
        has_something_to_do(&procedure)?;
        let mut costs = if env.is_confirmed() { Vec::new() } else { costs(env, runs, &procedure, options).await? };
        foreseen.clone_from(&costs);
        let first = procedure.ways.first().and_then(|way| keep::said(&kept, &way.name));
        costs.splice(0..0, first.map(|what| format!("kept first: {what}")));
        costs.extend(former.iter().map(|former| format!("run {} is ended first", former.journal.run)));
        env.confirm(question("the way back of", env.claimed()?, &procedure, &costs))
    };
    let asked = asked.await;
    if let Some(former) = former {
        former.end(env, runs, asked.is_ok()).await?;
    }
    asked?;
    if !foreseen.is_empty() {
        facts["foreseen"] = json!(foreseen);
    }
    let (lease, journal) = runs.open(procedure, env.named(), &options.because, facts).await?;
    let run = journal.run.clone();
    let is_noted = ledger::link(env, runs, &run).await;
    let ended = Box::pin(execute(env, runs, lease, journal)).await;
    if !is_noted {
        ledger::link(env, runs, &run).await;
    }
    ended
}

/// What a former run meant is meant again: the migrations that it takes back, and the backup that it restores. Otherwise
/// what it has done already would be followed by what came before.
async fn same_as(env: &Env, ways: &[PlanWay], procedure: &mut Procedure, former: &Procedure) -> Result<()> {
    let standing = read(env).await?;
    let steps = procedure.ways.iter_mut().flat_map(|way| {
        let name = way.name.clone();
        way.steps.iter_mut().map(move |step| (name.clone(), step))
    });
    for (way, step) in steps {
        let known = former.ways.iter().filter(|one| one.name == way).flat_map(|one| &one.steps);
        let Some(known) = known.into_iter().find(|one| one.name == step.name && one.kind == step.kind) else {
            continue;
        };
        let planned = ways.iter().filter(|one| one.name == way).flat_map(|one| &one.steps);
        if step.kind == steps::UNDO {
            let mut wanted = steps::Undo::read(&step.action)?;
            wanted.same_as(&steps::Undo::read(&known.action)?, &standing);
            step.action = json!(wanted);
        } else if step.kind == steps::RESTORE
            && let Some(planned) = planned.into_iter().find(|one| one.name == step.name)
        {
            let mut wanted = steps::Restore::read(&step.action)?;
            wanted.same_as(&steps::Restore::read(&planned.with)?, &steps::Restore::read(&known.action)?);
            step.action = json!(wanted);
        }
    }
    Ok(())
}

/// A way that only undoes has nothing to do where nothing is applied, and that is no success.
fn has_something_to_do(procedure: &Procedure) -> Result<()> {
    let Some(way) = procedure.ways.first() else { return Ok(()) };
    let undoes = way.steps.iter().filter(|step| step.kind == steps::UNDO);
    let undoes = undoes.map(|step| steps::Undo::read(&step.action)).collect::<Result<Vec<_>>>()?;
    let is_idle = !undoes.is_empty() && undoes.iter().all(steps::Undo::is_empty);
    match is_idle && way.steps.iter().all(|step| steps::changes_nothing(&step.kind)) {
        true => Err(Refusal::NothingToUndo.into()),
        false => Ok(()),
    }
}

/// The migrations that stand, the newest first.
fn standing(records: &[store::Record]) -> impl Iterator<Item = i64> {
    let standing = records.iter().rev().filter(|one| !matches!(one.state, State::Undone | State::Adopted));
    standing.map(|one| one.number)
}

/// What the way that is begun with costs, a line each.
async fn costs(env: &Env, runs: &Runs, procedure: &Procedure, options: &Options) -> Result<Vec<String>> {
    let journal = Journal::imagined(procedure.clone(), env.named(), &options.because)?;
    let mut said = Vec::new();
    let steps = procedure.ways.first().map_or(&[] as &[Step], |way| &way.steps);
    for (place, step) in steps.iter().enumerate() {
        let context = steps::Context::imagined(env, runs, &journal, place).after(&steps[..place]);
        let cost = steps::cost(&context, &step.kind, &step.action).await;
        said.extend(cost.lines().into_iter().map(|line| format!("{}: {line}", step.name)));
    }
    Ok(said)
}

/// What somebody confirms: the steps of the way that is begun with, what they cost, and what follows where they fail.
pub(crate) fn question(what: &str, claimed: &str, procedure: &Procedure, costs: &[String]) -> String {
    let Some(first) = procedure.ways.first() else { return String::new() };
    let said: Vec<String> = first.steps.iter().map(said).collect();
    let follows = follows::clauses(&procedure.ways);
    let costs: String = costs.iter().map(|line| format!("\n  {line}")).collect();
    format!("{what} {claimed} ({}): {}{follows}{costs}", first.name, said.join(", "))
}

/// A step by its name, which migrations it takes back, and who must agree to it.
fn said(step: &Step) -> String {
    let numbers = step.action["numbers"].as_array().filter(|_| step.kind == steps::UNDO);
    let numbers = numbers.map(|numbers| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    let which = numbers.map(|numbers| match numbers.is_empty() {
        true => "nothing is applied".to_owned(),
        false => format!("migration {numbers}"),
    });
    let remarks: Vec<String> = which.into_iter().chain(step.approval.as_ref().map(agreement)).collect();
    if remarks.is_empty() { step.name.clone() } else { format!("{} ({})", step.name, remarks.join("; ")) }
}

/// The plan's ways, every step read by its kind; without any, the undo in place.
pub(crate) fn ways(env: &Env) -> Result<Vec<PlanWay>> {
    let ways = env.plan.as_deref().map(|plan: &Plan| plan.ways.clone()).unwrap_or_default();
    if ways.is_empty() {
        return Ok(vec![PlanWay::in_place()]);
    }
    steps::validate(env.plan()?)?;
    Ok(ways)
}

/// The same before a run is opened, with the checks that it may ask.
pub(crate) fn validated(env: &Env) -> Result<Vec<PlanWay>> {
    env.plan.as_deref().map(checks::of_plan).transpose()?;
    ways(env)
}

/// The place of the way that is begun with, and why that one.
fn choose(ways: &[PlanWay], options: &Options, former: Option<&Journal>) -> Result<(usize, Path)> {
    let names = || ways.iter().map(|way| way.name.clone()).collect::<Vec<_>>().join(", ");
    match &options.which {
        Which::Named(name) => {
            let place = ways.iter().position(|way| way.name == *name);
            let place = place.ok_or_else(|| {
                let advice = Remedy::Advice { text: format!("it has: {}, and auto chooses one", names()) };
                Refusal::usage(format!("the plan has no way {name:?}"), Some(advice))
            })?;
            Ok((place, vec![format!("way {name}: named")]))
        }
        Which::Unsaid | Which::Auto => {
            let stood =
                former.filter(|_| options.which == Which::Unsaid).map(|former| (former, former.state.current()));
            if let Some((former, stood)) = stood
                && let Some(place) = ways.iter().position(|way| way.name == stood.name)
            {
                return Ok((place, vec![format!("way {}: run {} stood there", stood.name, former.run)]));
            }
            let symptom = options.because.as_str();
            let mut path = Vec::new();
            let known: Vec<&str> = ways.iter().flat_map(|way| &way.symptoms).map(String::as_str).collect();
            let is_known = known.contains(&symptom);
            // A slip would begin with the wrong way.
            if let Some(meant) = backout_plan::nearest(symptom, known.iter().copied()).filter(|_| !is_known) {
                let said = format!("no way names the symptom {symptom:?} (did you mean {meant:?}?)");
                let known = known.iter().map(|one| (*one).to_owned()).collect();
                return Err(Refusal::usage(said, Some(Remedy::NameSymptom { known })).into());
            }
            for (place, way) in ways.iter().enumerate() {
                let name = &way.name;
                if way.symptoms.iter().any(|one| one == symptom) {
                    path.push(format!("way {name}: suffices for {symptom}"));
                    return Ok((place, path));
                }
                if !is_known {
                    path.push(format!("way {name}: the first one; no way names {symptom:?}"));
                    return Ok((place, path));
                }
                path.push(format!("way {name}: not for {symptom}"));
            }
            Err(Refusal::usage("the plan has no way", None).into())
        }
    }
}

/// What is wrong with the ways, and what they are about. Each may have to wait for a target that hangs, so at once.
async fn both(env: &Env, ways: &[PlanWay]) -> (Vec<Found>, Result<Pinned>) {
    tokio::join!(preflight::survey(env, ways), pinned(env, ways))
}

async fn pinned(env: &Env, ways: &[PlanWay]) -> Result<Pinned> {
    let (ways, kept) = pinned_ways(env, ways, None).await?;
    Ok(Pinned { procedure: Procedure { name: NAME.to_owned(), ways }, kept })
}

/// Pins what the ways are about: migrations by their numbers, or all that come `after` one; backups by their ids. What
/// may lose some of the present state has it kept first.
pub(crate) async fn pinned_ways(env: &Env, ways: &[PlanWay], after: Option<i64>) -> Result<(Vec<Way>, Vec<Kept>)> {
    let (mut pinned, mut all_kept, mut keeper) = (Vec::new(), Vec::new(), Keeper::default());
    let mut applied = Applied::default();
    for (place, way) in ways.iter().enumerate() {
        let mut steps = Vec::new();
        for step in &way.steps {
            let step = pin(env, step, after, &mut applied).await?;
            // A way that is perhaps never gone may lack its backup, or a server that answers: what comes before it, such
            // as flags, must not wait for that.
            if place == 0 && step.kind == steps::RESTORE {
                steps::Restore::read(&step.action)?.is_there()?;
            }
            if place == 0 && step.kind == steps::UNDO && after.is_none() {
                applied.must_be_known()?;
            }
            steps.push(step);
        }
        let kept = keeper.of(env, way).await?;
        if let Some(before) = kept.as_ref().and_then(|kept| kept.before) {
            steps.insert(before, keep::step(way));
        }
        all_kept.extend(kept);
        pinned.push(Way { name: way.name.clone(), budget: way.budget.map(|span| span.duration().into()), steps });
    }
    Ok((pinned, all_kept))
}

/// The migrations that stand, the newest first: read once.
#[derive(Default)]
pub(crate) struct Applied {
    read: Option<std::result::Result<Vec<i64>, String>>,
    failure: Option<Failure>,
}

impl Applied {
    async fn of(&mut self, env: &Env) -> &std::result::Result<Vec<i64>, String> {
        if self.read.is_none() {
            let read = read(env).await.map_err(|failure| {
                let why = failure.sentence();
                self.failure = Some(failure);
                why
            });
            self.read = Some(read);
        }
        self.read.get_or_insert_with(|| Ok(Vec::new()))
    }

    fn must_be_known(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

async fn read(env: &Env) -> Result<Vec<i64>> {
    let session = env.connect().await?;
    let records = store::records(&session).await.map_err(Failure::from)?;
    session.close().await;
    Ok(standing(&records).collect())
}

pub(crate) async fn pin(env: &Env, step: &PlanStep, after: Option<i64>, applied: &mut Applied) -> Result<Step> {
    let undo = match &step.undo {
        None => None,
        Some(undo) => {
            let action = action(env, &undo.kind, &undo.with, after, applied).await?;
            Some(Box::new(Reversal { kind: undo.kind.clone(), action }))
        }
    };
    let approval =
        (step.approve > 0).then(|| Approval { quorum: step.approve, expires: step.approve_within.duration().into() });
    Ok(Step {
        name: step.name.clone(),
        kind: step.kind.clone(),
        action: action(env, &step.kind, &step.with, after, applied).await?,
        budget: Millis::from(step.budget.duration()),
        retry: Retry { attempts: step.attempts, pause: step.pause.duration().into() },
        on_failure: match step.on_failure {
            StepFailure::Escalate => OnFailure::Escalate,
            StepFailure::Continue => OnFailure::Continue,
            StepFailure::Unwind => OnFailure::Unwind,
            StepFailure::Stop => OnFailure::Stop,
        },
        undo,
        approval,
        beforehand: false,
    })
}

/// What an undo takes back is decided now, by number: nobody's later migration is taken back with it. So is which backup
/// is restored.
async fn action(env: &Env, kind: &str, with: &Value, after: Option<i64>, applied: &mut Applied) -> Result<Value> {
    // What a release takes of it is the newest one by then.
    if kind == steps::RESTORE && after.is_none() {
        let mut wanted = steps::Restore::read(with)?;
        wanted.pin(env).await;
        return Ok(json!(wanted));
    }
    if kind != steps::UNDO {
        return Ok(with.clone());
    }
    let mut wanted = steps::Undo::read(with)?;
    if wanted.is_pinned() {
        return Ok(with.clone());
    }
    if let Some(after) = after {
        wanted.after(after);
        return Ok(json!(wanted));
    }
    wanted.pin(applied.of(env).await);
    Ok(json!(wanted))
}
