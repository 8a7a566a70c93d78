//! Ways back: `[[way]]` with its `[[way.step]]`, as they stand in the plan.
//!
//! It must not know what a kind of step can do; whoever does checks `with` by [`Plan::validate_steps`].

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::flaw::Flaw;
use super::places::{Place, Places};
use super::problem::{PlanError, PlanErrors};
use super::read::{At, Choice, Extra, Reader, Section};
use super::{Plan, Span, SpanError};
use crate::visible::is_plain;

/// One way back, in the order in which one escalates to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanWay {
    /// How commands and journals call it: `A`, `U`, `B`, `C`, or another name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The symptoms for which this way suffices, such as `errors` or `wrong-data`.
    #[serde(rename = "for", default, skip_serializing_if = "Vec::is_empty")]
    pub symptoms: Vec<String>,
    /// How long all of it may take; then the next way follows.
    pub budget: Option<Span>,
    /// What of the present state is kept before a step that may lose some of it: one that does `sql`, or a `command` that
    /// says so. By default what is captured where that is all, and a backup otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    #[serde(rename = "step")]
    #[schemars(length(min = 1))]
    pub steps: Vec<PlanStep>,
}

/// What is kept of the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// A backup of everything.
    Backup,
    /// The rows that are captured anyway, with the backup that they began with.
    Captured,
    /// Nothing: no step of the way changes what is in the database.
    None,
}

impl Choice for Keep {
    const ALL: &'static [(&'static str, Self)] =
        &[("backup", Self::Backup), ("captured", Self::Captured), ("none", Self::None)];
}

/// What follows the migrations of a release. Where a step fails, the first way back follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanRelease {
    #[serde(rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PlanStep>,
}

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanStep {
    /// Each name once in a way.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The kind: `flags`, `command`, `http`, `sql`, `undo`, `wait`, `verify`, `notify`, …
    #[serde(rename = "do")]
    pub kind: String,
    /// What the kind needs.
    #[serde(default)]
    pub with: Value,
    /// How long it may take, all attempts together.
    #[serde(default = "PlanStep::default_budget")]
    pub budget: Span,
    /// How often it is tried.
    #[serde(default = "one")]
    pub attempts: u32,
    /// How long between two attempts.
    #[serde(default = "PlanStep::default_pause")]
    pub pause: Span,
    #[serde(default)]
    pub on_failure: StepFailure,
    /// How many people must approve it first.
    #[serde(default)]
    pub approve: u32,
    /// How long they are waited for.
    #[serde(default = "PlanStep::default_approval")]
    pub approve_within: Span,
    /// What takes it back where the way is unwound.
    pub undo: Option<PlanReversal>,
    /// Of its kind.
    #[serde(skip)]
    #[schemars(skip)]
    place: Place,
    #[serde(skip)]
    #[schemars(skip)]
    with_places: Places,
}

/// What takes a step back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanReversal {
    #[serde(rename = "do")]
    pub kind: String,
    #[serde(default)]
    pub with: Value,
    #[serde(skip)]
    #[schemars(skip)]
    place: Place,
    #[serde(skip)]
    #[schemars(skip)]
    with_places: Places,
}

/// Which action of a step something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its own.
    Own,
    /// What takes it back.
    Undo,
}

/// What follows a step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepFailure {
    /// The next way.
    #[default]
    Escalate,
    /// The next step.
    Continue,
    /// What was done is taken back.
    Unwind,
    /// A person decides.
    Stop,
}

impl Choice for StepFailure {
    const ALL: &'static [(&'static str, Self)] =
        &[("escalate", Self::Escalate), ("continue", Self::Continue), ("unwind", Self::Unwind), ("stop", Self::Stop)];
}

impl PlanWay {
    /// The way that every target has: the newest migration is undone in place.
    pub fn in_place() -> Self {
        let undo = PlanStep {
            name: "undo in place".to_owned(),
            kind: "undo".to_owned(),
            with: Value::Object(Map::new()),
            budget: PlanStep::default_budget(),
            attempts: 1,
            pause: PlanStep::default_pause(),
            on_failure: StepFailure::Stop,
            approve: 0,
            approve_within: PlanStep::default_approval(),
            undo: None,
            place: (0, 0),
            with_places: Places::default(),
        };
        Self { name: "U".to_owned(), symptoms: Vec::new(), budget: None, keep: None, steps: vec![undo] }
    }
}

fn one() -> u32 {
    1
}

impl PlanStep {
    fn default_budget() -> Span {
        Span::from_millis(60_000)
    }

    fn default_pause() -> Span {
        Span::from_millis(1_000)
    }

    fn default_approval() -> Span {
        Span::from_millis(15 * 60_000)
    }
}

impl Plan {
    /// Checks every step against what `kinds` there are and what they need.
    ///
    /// # Errors
    /// A problem for each step of another kind, and for each that `check` objects to: at the key that is wrong.
    pub fn validate_steps(
        &self,
        kinds: &[&str],
        check: &dyn Fn(&str, &Value) -> Result<(), Flaw>,
    ) -> Result<(), PlanErrors> {
        let mut problems = Vec::new();
        for step in self.ways.iter().flat_map(|way| &way.steps).chain(&self.release.steps) {
            for part in [Part::Own, Part::Undo] {
                let Some((kind, with)) = step.action(part) else { continue };
                if !kinds.contains(&kind) {
                    let said = format!("there is no kind of step {kind:?}");
                    let flaw = Flaw { said, ..Flaw::default() }.value(kind).meant(kind, kinds.iter().copied());
                    let flaw = match flaw.suggestion {
                        Some(_) => flaw,
                        None => flaw.hint(format!("there are: {}", kinds.join(", "))),
                    };
                    problems.push(self.problem_at(step.kind_place(part), format!("step {:?}", step.name), &flaw));
                } else if let Err(flaw) = check(kind, with) {
                    problems.push(self.step_problem(step, part, &flaw));
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(PlanErrors(problems)) }
    }

    /// What is wrong with a step, as a problem of the file at the key that it is about.
    pub fn step_problem(&self, step: &PlanStep, part: Part, flaw: &Flaw) -> PlanError {
        let (kind, undo) = match part {
            Part::Own => (step.kind.as_str(), ""),
            Part::Undo => (step.undo.as_ref().map_or("", |undo| undo.kind.as_str()), "undo: "),
        };
        let places = match (&step.undo, part) {
            (Some(undo), Part::Undo) => &undo.with_places,
            _ => &step.with_places,
        };
        self.problem_at(places.find(&flaw.path), format!("step {:?} ({undo}{kind})", step.name), flaw)
    }

    pub(super) fn problem_at(&self, (line, column): Place, what: String, flaw: &Flaw) -> PlanError {
        PlanError {
            file: self.source.file.clone(),
            line,
            column,
            value: flaw.value.clone().or_else(|| Some(what.clone())),
            message: format!("{what}: {}", flaw.said),
            suggestion: flaw.suggestion.clone(),
            hint: flaw.hint.clone(),
        }
    }
}

impl PlanStep {
    /// Kind and value of one of its actions.
    pub fn action(&self, part: Part) -> Option<(&str, &Value)> {
        match part {
            Part::Own => Some((&self.kind, &self.with)),
            Part::Undo => self.undo.as_ref().map(|undo| (undo.kind.as_str(), &undo.with)),
        }
    }

    fn kind_place(&self, part: Part) -> Place {
        match (&self.undo, part) {
            (Some(undo), Part::Undo) => undo.place,
            _ => self.place,
        }
    }
}

pub(super) fn ways(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Vec<PlanWay> {
    let mut ways: Vec<PlanWay> = Vec::new();
    for mut section in reader.sections(root, "way") {
        let name = named(reader, &mut section, "a way");
        let symptoms = reader.strings(&mut section, "for").into_iter().map(|one| one.value).collect();
        let budget: Option<At<Span>> = reader.parsed(&mut section, "budget", SpanError::suggestion);
        let keep = reader.choice(&mut section, "keep").map(|word| word.value);
        let mut steps: Vec<PlanStep> = Vec::new();
        for mut section in reader.sections(&mut section, "step") {
            let known: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
            steps.extend(step(reader, &mut section, &known));
            reader.finish(&section);
        }
        if steps.is_empty() {
            let extra = Extra::default().hint("write [[way.step]] below it");
            reader.problem(&section.at, "a way needs a step", extra);
        }
        reader.finish(&section);
        let Some(name) = name else { continue };
        if ways.iter().any(|way| way.name == name.value) {
            reader.problem(&name.at, format!("two ways are called {:?}", name.value), Extra::value(name.value.clone()));
        }
        ways.push(PlanWay { name: name.value, symptoms, budget: budget.map(|budget| budget.value), keep, steps });
    }
    ways
}

/// The steps that follow the migrations of a release.
pub(super) fn release(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> PlanRelease {
    let Some(mut section) = reader.section(root, "release") else { return PlanRelease::default() };
    let mut steps: Vec<PlanStep> = Vec::new();
    for mut section in reader.sections(&mut section, "step") {
        let known: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
        steps.extend(step(reader, &mut section, &known));
        reader.finish(&section);
    }
    reader.finish(&section);
    PlanRelease { steps }
}

pub(super) fn named(reader: &mut Reader<'_>, section: &mut Section<'_, '_>, what: &str) -> Option<At<String>> {
    if section.ask("name").is_none() {
        reader.problem(&section.at, format!("{what} needs a name"), Extra::default());
    }
    let name = reader.filled(section, "name")?;
    if !is_plain(&name.value) {
        let hint = "leave control characters and line ends out: names stand in lists, logs and reports";
        reader.problem(
            &name.at,
            format!("{:?} cannot be the name of {what}", name.value),
            Extra::value(name.value.clone()).hint(hint),
        );
    }
    Some(name)
}

fn step(reader: &mut Reader<'_>, section: &mut Section<'_, '_>, known: &[String]) -> Option<PlanStep> {
    let name = named(reader, section, "a step");
    if section.ask("do").is_none() {
        let extra = Extra::default().hint("write for example do = \"undo\"");
        reader.problem(&section.at, "a step needs what to do", extra);
    }
    let kind = reader.filled(section, "do");
    let place = kind.as_ref().map_or_else(|| reader.place(section.at.start), |kind| reader.place(kind.at.start));
    let (with, with_places) = with(reader, section, place);
    let mut span = |key, default: Span| -> Span {
        let found: Option<At<Span>> = reader.parsed(section, key, SpanError::suggestion);
        found.map_or(default, |span| span.value)
    };
    let budget = span("budget", PlanStep::default_budget());
    let pause = span("pause", PlanStep::default_pause());
    let approve_within = span("approve_within", PlanStep::default_approval());
    let mut number = |key, default| {
        let found = reader.number(section, key, 1000);
        found.map_or(default, |number| u32::try_from(number.value).unwrap_or(default))
    };
    let attempts = number("attempts", 1);
    let approve = number("approve", 0);
    let on_failure = reader.choice(section, "on_failure").map_or(StepFailure::default(), |word| word.value);
    let undo = reader.section(section, "undo").and_then(|mut section| {
        if section.ask("do").is_none() {
            let extra = Extra::default().hint("write for example undo = { do = \"revert\" }");
            reader.problem(&section.at, "an undo needs what to do", extra);
        }
        let kind = reader.filled(&mut section, "do");
        let place = kind.as_ref().map_or_else(|| reader.place(section.at.start), |kind| reader.place(kind.at.start));
        let (with, with_places) = self::with(reader, &mut section, place);
        reader.finish(&section);
        Some(PlanReversal { kind: kind?.value, with, place, with_places })
    });
    let (name, kind) = (name?, kind?);
    if known.contains(&name.value) {
        let message = format!("two steps of a way are called {:?}", name.value);
        reader.problem(&name.at, message, Extra::value(name.value.clone()));
    }
    if attempts == 0 {
        reader.problem(&section.at, format!("step {:?} is never tried", name.value), Extra::value("0"));
    }
    Some(PlanStep {
        name: name.value,
        kind: kind.value,
        with,
        budget,
        attempts,
        pause,
        on_failure,
        approve,
        approve_within,
        undo,
        place,
        with_places,
    })
}

/// A table of any shape, and where its keys stand. Nothing is an empty one, which stands where the kind does.
fn with(reader: &mut Reader<'_>, section: &mut Section<'_, '_>, kind: Place) -> (Value, Places) {
    let Some(value) = section.ask("with") else { return (Value::Object(Map::new()), Places::only(kind)) };
    if !value.get_ref().is_table() {
        let extra = Extra::default().hint("write with = { … }, or [way.step.with] below the step");
        reader.problem(&value.span(), "with must be a table", extra);
    }
    let whole = reader.place(value.span().start);
    (json(value), Places::of(reader, whole, value))
}

pub(super) fn json(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => items.iter().map(json).collect(),
        DeValue::Table(table) => table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value))).collect(),
    }
}
