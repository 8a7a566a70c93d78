//! What a message can speak of: the table of variables, and the struct that holds them.
//!
//! Nobody types a figure: each comes out of the journal, the watch, or the plan.
//!
//! Must not know: templates, or how any of it was found out.

use backout_plan::plan::PlanOccasion;
use jiff::Timestamp;
use serde::Serialize;

/// One thing that a template can name.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// `run.steps` is a list, `run.steps[].name` a part of each of its items.
    pub name: &'static str,
    pub kind: Kind,
    pub need: Need,
    /// In which messages it is there; nothing for all of them.
    pub only: Option<Only>,
    pub unit: &'static str,
    pub meaning: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// One of these.
    Word(&'static [&'static str]),
    Number,
    Time,
    /// True or false.
    Truth,
    /// A list of texts.
    Texts,
    /// A list of items with parts.
    Records,
}

/// Whether it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Always,
    /// A template asks by `is known`, or says what stands there otherwise.
    Optional,
    /// It is known wherever this one is.
    With(&'static str),
}

/// Messages that have something which others have not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    Affected,
    On(PlanOccasion),
}

/// When a message is made, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub on: PlanOccasion,
    /// For one user whose rows were exposed.
    pub affected: bool,
}

impl Only {
    pub fn is(self, moment: Moment) -> bool {
        match self {
            Self::Affected => moment.affected,
            Self::On(on) => moment.on == on,
        }
    }

    /// How the plan says it.
    pub fn said(self) -> String {
        match self {
            Self::Affected => "audience = \"affected\"".to_owned(),
            Self::On(on) => format!("on = {:?}", on.name()),
        }
    }
}

impl Kind {
    /// As the documentation has it.
    pub fn said(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Word(words) => words.join(", "),
            Self::Number => "number".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Truth => "true or false".to_owned(),
            Self::Texts => "list of texts".to_owned(),
            Self::Records => "list".to_owned(),
        }
    }
}

pub(super) const SEVERITIES: &[&str] = &["minor", "major", "critical"];
const STATUSES: &[&str] = &["open", "resolved"];
const SIDES: &[&str] = &["above", "below"];
const TRENDS: &[&str] = &["falling", "rising", "steady"];
pub(super) const MEASURES: &[&str] = &[
    "count",
    "per-minute",
    "per-hour",
    "ratio",
    "p50",
    "p95",
    "p99",
    "mean",
    "sum",
    "last",
    "max",
    "people",
    "absence",
];
const PHASES: &[&str] = &["running", "paused", "unwinding", "stopped", "aborted", "taken-back", "succeeded", "failed"];
const STATES: &[&str] = &[
    "not begun",
    "pending",
    "not approved",
    "waits for approval",
    "begun",
    "done",
    "failed",
    "skipped",
    "being taken back",
    "taken back",
    "not taken back",
];
const LINES: &[&str] = &["incident", "signal", "decision", "run", "approval", "note", "action", "duty", "message"];
const WINDOWS: &[&str] = &["0-30min", "30-120min", "1-7days"];
const DUTY_STATES: &[&str] = &["running", "overdue", "done", "done-late"];

const fn always(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Variable {
    Variable { name, kind, need: Need::Always, only: None, unit, meaning }
}

const fn maybe(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Variable {
    Variable { name, kind, need: Need::Optional, only: None, unit, meaning }
}

impl Variable {
    const fn with(self, other: &'static str) -> Self {
        Self { need: Need::With(other), ..self }
    }

    const fn only(self, only: Only) -> Self {
        Self { only: Some(only), ..self }
    }
}

const AFFECTED: Only = Only::Affected;
const ASKED: Only = Only::On(PlanOccasion::Asked);
const CHANGED: Only = Only::On(PlanOccasion::WayChanged);
const FAILED: Only = Only::On(PlanOccasion::Failed);
const OVERDUE: Only = Only::On(PlanOccasion::Overdue);

use Kind::{Number, Records, Text, Texts, Time, Truth, Word};

/// All of them.
pub const VARIABLES: &[Variable] = &[
    always("now", Time, "", "when the message is made"),
    maybe("target", Text, "", "the target's name"),
    always("incident.id", Text, "", "its name: the day, and which of that day"),
    always("incident.title", Text, "", "what it is called"),
    always("incident.severity", Word(SEVERITIES), "", "how bad it is"),
    always("incident.status", Word(STATUSES), "", "whether it is over"),
    always("incident.opened", Time, "", "when it was opened"),
    maybe("incident.because", Text, "", "why it is over"),
    maybe("incident.url", Text, "", "where people read about it: `[incident] url`"),
    maybe("detected", Time, "", "when the first trigger fired"),
    always("aware", Time, "", "from when on deadlines count"),
    maybe("started", Time, "", "when the first way back began"),
    maybe("ended", Time, "", "when the last way back had come to its end"),
    maybe("downtime_minutes", Number, "minutes", "how long writes were stopped, as measured"),
    maybe("next_update_minutes", Number, "minutes", "how often the same place hears more"),
    maybe("trigger.name", Text, "", "the trigger that fired"),
    maybe("trigger.measure", Word(MEASURES), "", "what it measures").with("trigger.name"),
    maybe("trigger.side", Word(SIDES), "", "on which side of the limit is too much").with("trigger.name"),
    maybe("trigger.limit", Number, "as measured", "its limit").with("trigger.name"),
    maybe("trigger.value", Number, "as measured", "what was measured when it fired").with("trigger.name"),
    maybe("trigger.held_minutes", Number, "minutes", "how long it had been too much").with("trigger.name"),
    maybe("trigger.people", Number, "people", "to how many it happened").with("trigger.name"),
    maybe("value.now", Number, "as measured", "the same measure at the last look").with("value.at"),
    maybe("value.trend", Word(TRENDS), "", "where it is going").with("value.at"),
    maybe("value.at", Time, "", "when that was"),
    maybe("way.name", Text, "", "the way back that is gone"),
    maybe("way.text", Text, "", "its steps, in one line").with("way.name"),
    maybe("way.eta_minutes", Number, "minutes", "what is left of it, as rehearsed or budgeted"),
    always("changed.from", Text, "", "the way that did not suffice").only(CHANGED),
    always("changed.because", Text, "", "why it did not").only(CHANGED),
    maybe("run.id", Text, "", "the run"),
    maybe("run.phase", Word(PHASES), "", "where it stands").with("run.id"),
    maybe("run.took_minutes", Number, "minutes", "how long it has taken").with("run.id"),
    always("run.steps", Records, "", "the steps of the way, in their order"),
    always("run.steps[].name", Text, "", "its name"),
    always("run.steps[].status", Word(STATES), "", "where it stands"),
    maybe("run.steps[].took_minutes", Number, "minutes", "how long it took"),
    maybe("run.steps[].ended", Time, "", "when it ended"),
    always("run.next", Records, "", "the steps that are still to come"),
    always("run.next[].name", Text, "", "its name"),
    always("run.next[].budget_minutes", Number, "minutes", "how long it may take"),
    maybe("failure.step", Text, "", "the step that failed").only(FAILED),
    always("failure.why", Text, "", "why").only(FAILED),
    always("asked.step", Text, "", "the step that waits").only(ASKED),
    always("asked.approvals", Number, "people", "how many must agree").only(ASKED),
    always("asked.given", Number, "people", "how many have").only(ASKED),
    always("asked.until", Time, "", "until when").only(ASKED),
    maybe("affected.users", Number, "users", "whose rows others could see"),
    maybe("affected.rows", Number, "rows", "how many rows of theirs").with("affected.users"),
    maybe("affected.exact", Truth, "", "otherwise there may be more").with("affected.users"),
    maybe("exposed.from", Time, "", "since when they could be seen"),
    maybe("exposed.to", Time, "", "until when").with("exposed.minutes"),
    maybe("exposed.minutes", Number, "minutes", "how long that was"),
    maybe("lost.rows", Number, "rows", "rows that did not come back, as counted"),
    maybe("people.on_call", Text, "", "of the plan: who is called first"),
    maybe("people.phone", Text, "", "of the plan: under which number"),
    maybe("people.escalation", Text, "", "of the plan: who is next"),
    maybe("people.lead", Text, "", "of the plan: who decides"),
    always("timeline", Records, "", "what has happened, the oldest first"),
    always("timeline[].time", Time, "", "when"),
    always("timeline[].kind", Word(LINES), "", "what it is about"),
    maybe("timeline[].who", Text, "", "who wrote it down"),
    always("timeline[].text", Text, "", "what"),
    always("actions", Records, "", "what people are to do"),
    always("actions[].name", Text, "", "what"),
    always("actions[].owner", Text, "", "who"),
    always("actions[].due", Time, "", "by when"),
    always("actions[].window", Word(WINDOWS), "", "when after the beginning"),
    always("actions[].done", Truth, "", "whether it is done"),
    always("duties", Records, "", "what is owed within a time"),
    always("duties[].name", Text, "", "what"),
    always("duties[].due", Time, "", "by when"),
    always("duties[].state", Word(DUTY_STATES), "", "where it stands"),
    always("duty.name", Text, "", "the duty that is overdue").only(OVERDUE),
    always("duty.due", Time, "", "when it was due").only(OVERDUE),
    always("duty.within_hours", Number, "hours", "how long there was for it").only(OVERDUE),
    always("duty.overdue_minutes", Number, "minutes", "how long ago that was").only(OVERDUE),
    always("duty.open", Texts, "", "what of its checklist is not done").only(OVERDUE),
    maybe("user.name", Text, "", "the reader's name").only(AFFECTED),
    always("user.rows", Number, "rows", "rows of the reader that others could see").only(AFFECTED),
    always("user.tables", Records, "", "the same for each table").only(AFFECTED),
    always("user.tables[].name", Text, "", "the table").only(AFFECTED),
    always("user.tables[].rows", Number, "rows", "rows of the reader in it").only(AFFECTED),
];

/// The variable of this name.
pub fn variable(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|one| one.name == name)
}

/// What is known when a message is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    pub now: Timestamp,
    pub target: Option<String>,
    pub incident: Incident,
    pub detected: Option<Timestamp>,
    pub aware: Timestamp,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub downtime_minutes: Option<f64>,
    pub next_update_minutes: Option<f64>,
    #[serde(serialize_with = "group")]
    pub trigger: Option<Trigger>,
    #[serde(rename = "value", serialize_with = "group")]
    pub reading: Option<Reading>,
    pub way: Way,
    #[serde(serialize_with = "group")]
    pub changed: Option<Changed>,
    pub run: Run,
    #[serde(serialize_with = "group")]
    pub failure: Option<Failed>,
    #[serde(serialize_with = "group")]
    pub asked: Option<Asked>,
    #[serde(serialize_with = "group")]
    pub affected: Option<Affected>,
    pub exposed: Exposed,
    pub lost: Lost,
    pub people: People,
    pub timeline: Vec<Line>,
    pub actions: Vec<Action>,
    pub duties: Vec<Duty>,
    #[serde(serialize_with = "group")]
    pub duty: Option<Overdue>,
    #[serde(serialize_with = "group")]
    pub user: Option<User>,
}

/// What is there as a whole or not at all. Where it is not, each of its parts is none.
fn group<G: Group + Serialize, S: serde::Serializer>(group: &Option<G>, serializer: S) -> Result<S::Ok, S::Error> {
    match group {
        Some(group) => group.serialize(serializer),
        None => serializer.collect_map(G::PARTS.iter().map(|part| (*part, ()))),
    }
}

trait Group {
    const PARTS: &'static [&'static str];
}

macro_rules! group {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $part:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize)]
        pub struct $name { $($(#[$of])* pub $part: $kind,)* }

        impl Group for $name {
            const PARTS: &'static [&'static str] = &[$(stringify!($part)),*];
        }
    };
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Incident {
    pub id: String,
    pub title: String,
    pub severity: String,
    pub status: String,
    pub opened: Timestamp,
    pub because: Option<String>,
    pub url: Option<String>,
}

group! {
    Trigger {
        name: String,
        measure: String,
        side: String,
        limit: f64,
        value: f64,
        held_minutes: f64,
        people: u64,
    }
}

group! {
    /// What the trigger measures, at the last look.
    Reading {
        now: f64,
        trend: String,
        at: Timestamp,
    }
}

/// `text` is there where `name` is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Way {
    pub name: Option<String>,
    pub text: Option<String>,
    pub eta_minutes: Option<f64>,
}

group! {
    Changed {
        from: String,
        because: String,
    }
}

/// `phase` and `took_minutes` are there where `id` is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Run {
    pub id: Option<String>,
    pub phase: Option<String>,
    pub took_minutes: Option<f64>,
    pub steps: Vec<Step>,
    pub next: Vec<Next>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub name: String,
    pub status: String,
    pub took_minutes: Option<f64>,
    pub ended: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Next {
    pub name: String,
    pub budget_minutes: f64,
}

group! {
    Failed {
        step: Option<String>,
        why: String,
    }
}

group! {
    Asked {
        step: String,
        approvals: u64,
        given: u64,
        until: Timestamp,
    }
}

group! {
    Affected {
        users: u64,
        rows: u64,
        exact: bool,
    }
}

/// `to` is there where `minutes` is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Exposed {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub minutes: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lost {
    pub rows: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct People {
    pub on_call: Option<String>,
    pub phone: Option<String>,
    pub escalation: Option<String>,
    pub lead: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub time: Timestamp,
    pub kind: String,
    pub who: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Action {
    pub name: String,
    pub owner: String,
    pub due: Timestamp,
    pub window: String,
    pub done: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duty {
    pub name: String,
    pub due: Timestamp,
    pub state: String,
}

group! {
    Overdue {
        name: String,
        due: Timestamp,
        within_hours: f64,
        overdue_minutes: f64,
        open: Vec<String>,
    }
}

group! {
    /// The one who reads it.
    User {
        name: Option<String>,
        rows: u64,
        tables: Vec<Rows>,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rows {
    pub name: String,
    pub rows: u64,
}
