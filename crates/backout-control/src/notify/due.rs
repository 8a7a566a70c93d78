//! Which messages of a plan an incident makes due: from its record and a moment alone, so the same is due whoever asks, and
//! asking twice makes no second message.
//!
//! Must not know: a clock, the store, or what a message says.

use backout_plan::Plan;
use backout_plan::plan::{PlanAudience, PlanCondition, PlanMessage, PlanOccasion};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::incident::{DutyState, Record, Severity};
use crate::runs::ROLLBACK;

/// What nobody has looked at for so long is not told any more: a plan that is new, or a process that was away for days,
/// surprises nobody with old news.
const LATE: SignedDuration = SignedDuration::from_hours(24);
/// The same of a duty that is overdue and not done: that is no old news.
const OVERDUE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a message follows, with what tells it from others of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Occasion {
    Opened,
    RunStarted {
        run: String,
    },
    /// So many times the message's `every` since the opening.
    Every {
        tick: u64,
    },
    /// The way of this number was begun; the one before did not suffice.
    WayChanged {
        run: String,
        way: usize,
    },
    RunEnded {
        run: String,
    },
    /// It ended, or it stands still until a person decides.
    Failed {
        run: String,
        stopped: bool,
    },
    Resolved {
        number: usize,
    },
    /// The question of this number of the run.
    Asked {
        run: String,
        question: usize,
    },
    Overdue {
        duty: String,
    },
}

/// A message of the plan has its occasion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happened {
    /// Where it stands in `Plan::messages`.
    pub(crate) message: usize,
    pub(crate) occasion: Occasion,
    pub(crate) at: Timestamp,
}

/// A user whose rows others could see, and whom the plan knows how to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    /// As the owner of rows has it. In no key, log or finding.
    pub(crate) user: String,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    /// Tables, with how many rows of his.
    pub(crate) tables: Vec<(String, u64)>,
}

/// A message that is to be in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) key: String,
    pub(crate) message: usize,
    pub(crate) channel: String,
    pub(crate) thread: String,
    pub(crate) occasion: Occasion,
    pub(crate) at: Timestamp,
    pub(crate) reader: Option<Reader>,
}

impl Occasion {
    /// As it stands in keys.
    pub(crate) fn named(&self) -> String {
        match self {
            Self::Opened => "opened".to_owned(),
            Self::RunStarted { run } => format!("run-started:{run}"),
            Self::Every { tick } => format!("every:{tick}"),
            Self::WayChanged { run, way } => format!("way-changed:{run}:{way}"),
            Self::RunEnded { run } => format!("run-ended:{run}"),
            Self::Failed { run, stopped: false } => format!("failed:{run}"),
            Self::Failed { run, stopped: true } => format!("stopped:{run}"),
            Self::Resolved { number } => format!("resolved:{number}"),
            Self::Asked { run, question } => format!("asked:{run}:{question}"),
            Self::Overdue { duty } => format!("overdue:{}", plain(duty)),
        }
    }

    /// The run that it is about.
    pub(crate) fn run(&self) -> Option<&str> {
        match self {
            Self::RunStarted { run }
            | Self::WayChanged { run, .. }
            | Self::RunEnded { run }
            | Self::Failed { run, .. }
            | Self::Asked { run, .. } => Some(run),
            Self::Opened | Self::Every { .. } | Self::Resolved { .. } | Self::Overdue { .. } => None,
        }
    }
}

/// All that has happened of what the plan's messages follow, in the order of time. Of what comes again and again only the
/// newest, and of what is asked only what is not answered.
pub(crate) fn happened(plan: &Plan, record: &Record, now: Timestamp) -> Vec<Happened> {
    let mut all: Vec<Happened> = Vec::new();
    for (number, message) in plan.messages.iter().enumerate() {
        let found = occasions(message, record, now);
        all.extend(found.into_iter().map(|(occasion, at)| Happened { message: number, occasion, at }));
    }
    // Where two happened at once, the plan's order counts.
    all.sort_by_key(|one| one.at);
    all
}

/// Why it is not told, for whoever previews it: a condition of the plan, or that it is long ago.
pub(crate) fn why_not(message: &PlanMessage, one: &Happened, record: &Record, now: Timestamp) -> Option<String> {
    if let Some(why) = unmet(&message.when, record) {
        return Some(why);
    }
    let most = if message.on == PlanOccasion::Overdue { OVERDUE_FOR } else { LATE };
    let late = now.duration_since(one.at) > most;
    late.then(|| format!("it is more than {} h ago, and nobody was told then", most.as_hours()))
}

/// What of a condition does not hold.
pub(crate) fn unmet(when: &PlanCondition, record: &Record) -> Option<String> {
    if let Some(exposed) = when.exposed.filter(|exposed| *exposed != record.exposed) {
        return Some(if exposed { "no data was exposed" } else { "data was exposed" }.to_owned());
    }
    let mut gone = record.runs.iter().flat_map(|run| &run.ways);
    if !when.way.is_empty() && !gone.any(|way| when.way.contains(&way.way)) {
        return Some(format!("way {} was not gone", when.way.join(", ")));
    }
    let mut levels = when.severity.iter().map(|level| Severity::from(*level));
    if !when.severity.is_empty() && !levels.any(|level| level == record.severity) {
        return Some(format!("the incident is {}", record.severity));
    }
    None
}

/// One message for each channel; for whoever is affected, one for each of them.
pub(crate) fn spread(message: &PlanMessage, one: &Happened, record: &Record, readers: &[Reader]) -> Vec<Due> {
    let mut all = Vec::new();
    for channel in &message.to {
        let base = key(&record.id, &message.name, &one.occasion, channel);
        let due = |key: String, thread: String, reader: Option<Reader>| Due {
            key,
            message: one.message,
            channel: channel.clone(),
            thread,
            occasion: one.occasion.clone(),
            at: one.at,
            reader,
        };
        match message.audience {
            PlanAudience::Channel => all.push(due(base, record.id.clone(), None)),
            // Nobody waits until somebody else's mail has gone, and no thread shows who else has one.
            PlanAudience::Affected => all.extend(readers.iter().map(|reader| {
                let user = digest(&record.id, &reader.user);
                due(format!("{base}/{user}"), format!("{}/{user}", record.id), Some(reader.clone()))
            })),
        }
    }
    all
}

/// The key of a message without its reader.
pub(crate) fn key(incident: &str, message: &str, occasion: &Occasion, channel: &str) -> String {
    format!("{}/{}/{}", before_occasion(incident, message), occasion.named(), plain(channel))
}

/// How all keys of a message begin.
pub(crate) fn before_occasion(incident: &str, message: &str) -> String {
    format!("{incident}/{}", plain(message))
}

/// No name can be taken for two parts of a key.
fn plain(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// Stands for a user where nobody may read who it is.
fn digest(incident: &str, user: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(incident.len().to_be_bytes());
    hasher.update(incident);
    hasher.update(user);
    hasher.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

fn occasions(message: &PlanMessage, record: &Record, now: Timestamp) -> Vec<(Occasion, Timestamp)> {
    match message.on {
        PlanOccasion::Opened => vec![(Occasion::Opened, record.opened)],
        PlanOccasion::Every => tick(message, record, now).into_iter().collect(),
        PlanOccasion::RunStarted => {
            let ways_back = record.runs.iter().filter(|run| run.procedure == ROLLBACK);
            ways_back.map(|run| (Occasion::RunStarted { run: run.run.clone() }, run.opened)).collect()
        }
        PlanOccasion::WayChanged => {
            let changes = |way: usize, run: &str| Occasion::WayChanged { run: run.to_owned(), way };
            let of = |run: &'_ crate::incident::record::RunFacts| {
                let later = run.ways.iter().enumerate().skip(1);
                later.map(|(number, way)| (changes(number, &run.run), way.since)).collect::<Vec<_>>()
            };
            record.runs.iter().flat_map(of).collect()
        }
        PlanOccasion::RunEnded => {
            let well = record.runs.iter().filter(|run| is_well(&run.phase));
            well.filter_map(|run| Some((Occasion::RunEnded { run: run.run.clone() }, run.ended?))).collect()
        }
        PlanOccasion::Failed => {
            let ended = record
                .runs
                .iter()
                .filter(|run| !is_well(&run.phase))
                .filter_map(|run| Some((Occasion::Failed { run: run.run.clone(), stopped: false }, run.ended?)));
            let stopped = record
                .runs
                .iter()
                .filter_map(|run| Some((Occasion::Failed { run: run.run.clone(), stopped: true }, run.stopped?)));
            ended.chain(stopped).collect()
        }
        PlanOccasion::Resolved => {
            let all = record.resolutions.iter().enumerate();
            all.map(|(number, one)| (Occasion::Resolved { number: number + 1 }, one.at)).collect()
        }
        PlanOccasion::Asked => {
            let of = |run: &'_ crate::incident::record::RunFacts| {
                let open = run.asked.iter().enumerate().filter(|(_, one)| one.open && one.until > now);
                open.map(|(number, one)| (Occasion::Asked { run: run.run.clone(), question: number }, one.at))
                    .collect::<Vec<_>>()
            };
            record.runs.iter().flat_map(of).collect()
        }
        PlanOccasion::Overdue => {
            let overdue = record.duties.iter().filter(|duty| duty.state == DutyState::Overdue);
            overdue.map(|duty| (Occasion::Overdue { duty: duty.name.clone() }, duty.due)).collect()
        }
    }
}

pub(crate) fn is_well(phase: &str) -> bool {
    ["succeeded", "taken-back"].contains(&phase)
}

/// The newest one, while the incident is open. What came and went while nobody looked, or while it was resolved, is not
/// made up for.
fn tick(message: &PlanMessage, record: &Record, now: Timestamp) -> Option<(Occasion, Timestamp)> {
    let every = message.every.map(|every| every.duration()).filter(|every| !every.is_zero())?;
    let since = record.resolutions.iter().filter_map(|one| one.reopened).max().unwrap_or(record.opened);
    // Nobody is told every few minutes that a way back is over.
    let mut ways_back = record.runs.iter().filter(|run| run.procedure == ROLLBACK).peekable();
    let is_over = ways_back.peek().is_some() && ways_back.all(|run| run.ended.is_some());
    if !record.open || is_over || now < record.opened {
        return None;
    }
    let passed = u128::try_from(now.duration_since(record.opened).as_millis()).ok()?;
    let tick = passed / every.as_millis().max(1);
    let after = i64::try_from(tick * every.as_millis()).ok()?;
    let at = record.opened.checked_add(SignedDuration::from_millis(after)).ok()?;
    (tick > 0 && at >= since).then(|| (Occasion::Every { tick: u64::try_from(tick).unwrap_or(u64::MAX) }, at))
}
