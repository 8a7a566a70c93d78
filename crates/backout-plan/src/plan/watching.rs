//! What is watched after a release: `[[source]]`, `[[trigger]]`, `[watch]` and the decision tree of `[[decide]]`.
//!
//! It must not know what kinds of source there are; whoever does checks `ask` by [`Plan::validate_sources`].

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::de::DeValue;

use super::flaw::{Flaw, read_value};
use super::number::Number;
use super::places::Places;
use super::problem::{PlanError, PlanErrors};
use super::read::{Extra, Reader, Section};
use super::ways::json;
use super::{Plan, PlanWay, Span};
use crate::nearest::nearest;
use crate::visible::is_plain;

/// Who says how things are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanSource {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// One kind and what it needs.
    pub ask: Value,
    /// How often it is asked. A source that speaks by itself has none.
    #[serde(default)]
    pub every: Option<Span>,
    /// How long one answer may take.
    #[serde(default = "PlanSource::default_budget")]
    pub budget: Span,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What of a source is too much, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTrigger {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The name of a source.
    pub source: String,
    pub measure: PlanMeasure,
    /// The window that is measured.
    pub over: Span,
    /// One of these three.
    #[serde(default)]
    pub above: Option<Number>,
    #[serde(default)]
    pub below: Option<Number>,
    #[serde(default)]
    pub times_baseline: Option<Number>,
    /// How long without a break.
    #[serde(default, rename = "for")]
    pub held: Span,
    /// Samples in the window; with fewer nothing is concluded.
    #[serde(default = "one")]
    pub at_least: u64,
    /// Where a breach ends; the limit itself where it is not said.
    #[serde(default)]
    pub clears_at: Option<Number>,
    /// How long after a firing there is no other one.
    #[serde(default = "ten_minutes")]
    pub cool_down: Span,
    /// How long the source may say nothing; 0 for as long as it likes.
    #[serde(default)]
    pub silent_after: Option<Span>,
    /// What speaks against acting at once.
    #[serde(default)]
    pub vetoes: Vec<PlanVeto>,
    /// How long a veto holds it back.
    #[serde(default = "ten_minutes")]
    pub veto_for: Span,
    /// A sequential test instead of the limit, for shares.
    #[serde(default)]
    pub sequential: Option<PlanSequential>,
    /// What is wrong, as the ways name it; the trigger's name where it is not said.
    #[serde(default)]
    pub symptom: Option<String>,
    /// The way back that it asks for. Without it the decision tree says, and then the cheapest way for the symptom.
    #[serde(default)]
    pub way: Option<String>,
    #[serde(default)]
    pub act: Act,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What is made of what the source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanMeasure {
    Count,
    PerMinute,
    PerHour,
    Ratio,
    P50,
    P95,
    P99,
    Mean,
    Sum,
    Last,
    Max,
    People,
    Absence,
}

/// What speaks against acting at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PlanVeto {
    /// It is less than this, and falling.
    Falling { below: Number },
    /// It happened to fewer people.
    FewPeople { under: u64 },
    /// Unless one of these triggers is breached too.
    NotCritical { unless: Vec<String> },
    /// It is a false alarm, for this reason.
    Known { reason: String },
}

/// Shares of events when all is well and when it must be noticed, and how often the test may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanSequential {
    pub p0: Number,
    pub p1: Number,
    pub alpha: Number,
    pub beta: Number,
}

/// What follows a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It is said and recorded.
    #[default]
    Notify,
    /// A run is opened, and waits until somebody approves it.
    Ask,
    /// The way back is gone.
    Auto,
}

/// How long is watched, and what must hold after a way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanWatch {
    /// After a migration or a release.
    pub bake: Span,
    /// After a way back.
    pub bake_rollback: Span,
    /// What must come true after a way back; else the next way follows.
    pub success: Vec<PlanSuccess>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What must come true after a way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanSuccess {
    /// The name of a trigger, whose measure counts.
    pub trigger: String,
    pub below: Number,
    pub within: Span,
}

/// One branch of the decision tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanBranch {
    #[schemars(length(min = 1))]
    pub name: String,
    #[serde(default)]
    pub when: PlanWhen,
    pub then: PlanThen,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// All that is given must hold; without anything it always does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanWhen {
    /// One of these.
    pub symptom: Vec<String>,
    /// One of these.
    pub trigger: Vec<String>,
    pub value_above: Option<Number>,
    pub people_at_least: Option<u64>,
    pub falling: Option<bool>,
    pub minutes_since_release_under: Option<u64>,
}

/// What a branch leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PlanThen {
    /// This way back is gone.
    Way(String),
    /// It is watched for longer.
    Monitor(Span),
    /// People mend this, and nothing is taken back.
    Fix(String),
}

impl PlanSource {
    fn default_budget() -> Span {
        Span::from_secs(5)
    }
}

impl PlanTrigger {
    /// What is wrong, as the ways name it.
    pub fn symptom(&self) -> &str {
        self.symptom.as_deref().unwrap_or(&self.name)
    }
}

impl Default for PlanWatch {
    fn default() -> Self {
        let half_an_hour = Span::from_secs(30 * 60);
        Self { bake: half_an_hour, bake_rollback: half_an_hour, success: Vec::new(), places: Places::default() }
    }
}

fn one() -> u64 {
    1
}

fn ten_minutes() -> Span {
    Span::from_secs(600)
}

impl Plan {
    /// Checks what each source is asked against what kinds there are.
    ///
    /// # Errors
    /// A problem for each that `check` objects to, at the key that is wrong.
    pub fn validate_sources(&self, check: &dyn Fn(&Value) -> Result<(), Flaw>) -> Result<(), PlanErrors> {
        let problem = |one: &PlanSource| Some(self.source_problem(one, &check(&one.ask).err()?.under(&["ask"])));
        let problems: Vec<PlanError> = self.sources.iter().filter_map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(PlanErrors(problems)) }
    }

    /// What is wrong with a source, as a problem of the file at the key that it is about.
    pub fn source_problem(&self, source: &PlanSource, flaw: &Flaw) -> PlanError {
        self.problem_at(source.places.find(&flaw.path), format!("source {:?}", source.name), flaw)
    }

    /// The same of a trigger.
    pub fn trigger_problem(&self, trigger: &PlanTrigger, flaw: &Flaw) -> PlanError {
        self.problem_at(trigger.places.find(&flaw.path), format!("trigger {:?}", trigger.name), flaw)
    }

    /// The source of a trigger.
    pub fn source_of(&self, trigger: &PlanTrigger) -> Option<&PlanSource> {
        self.sources.iter().find(|source| source.name == trigger.source)
    }
}

/// All of it, as it is in the file.
#[derive(Debug, Default)]
pub(super) struct Watching {
    pub(super) sources: Vec<PlanSource>,
    pub(super) triggers: Vec<PlanTrigger>,
    pub(super) watch: PlanWatch,
    pub(super) branches: Vec<PlanBranch>,
}

pub(super) fn watching(reader: &mut Reader<'_>, root: &mut Section<'_, '_>, ways: &[PlanWay]) -> Watching {
    let mut this = Watching {
        sources: each(reader, root, "source", |one: &mut PlanSource, places| one.places = places),
        triggers: each(reader, root, "trigger", |one: &mut PlanTrigger, places| one.places = places),
        watch: PlanWatch::default(),
        branches: each(reader, root, "decide", |one: &mut PlanBranch, places| one.places = places),
    };
    if let Some(value) = root.ask("watch")
        && let Some((mut watch, places)) = read::<PlanWatch>(reader, value, "watch")
    {
        watch.places = places;
        this.watch = watch;
    }
    let mut found = Vec::new();
    names("source", this.sources.iter().map(|one| (&*one.name, &one.places)), &mut found);
    names("trigger", this.triggers.iter().map(|one| (&*one.name, &one.places)), &mut found);
    names("branch of [[decide]]", this.branches.iter().map(|one| (&*one.name, &one.places)), &mut found);
    // Whoever cannot be read is there all the same, and has been reported.
    let (sources, triggers) = (called(root, "source"), called(root, "trigger"));
    let mut known: Vec<&str> = ways.iter().map(|way| way.name.as_str()).collect();
    if known.is_empty() {
        // The way that every target has.
        known.push("U");
    }
    for source in &this.sources {
        source.flaws(&mut |flaw| found.push((source.places.find(&flaw.path), flaw)));
    }
    for trigger in &this.triggers {
        trigger.flaws(&sources, &triggers, &known, &mut |flaw| found.push((trigger.places.find(&flaw.path), flaw)));
    }
    for trigger in &this.triggers {
        if let Some(source) = this.sources.iter().find(|source| source.name == trigger.source) {
            trigger.pace(source, &mut |flaw| found.push((trigger.places.find(&flaw.path), flaw)));
        }
    }
    this.watch.flaws(&triggers, &mut |flaw| found.push((this.watch.places.find(&flaw.path), flaw)));
    let rest = this.branches.iter().skip_while(|branch| branch.when != PlanWhen::default());
    if let (Some(last), Some(after)) = (rest.clone().next(), rest.clone().nth(1)) {
        let said = format!("{:?} is never come to: {:?} before it always holds", after.name, last.name);
        let hint = "give that one a `when`, or put it last";
        found.push((after.places.find(&["name".to_owned()]), Flaw::at(&[], said).value(&*after.name).hint(hint)));
    }
    for branch in &this.branches {
        branch.flaws(&triggers, &known, &mut |flaw| found.push((branch.places.find(&flaw.path), flaw)));
    }
    for ((line, column), flaw) in found {
        let Flaw { said, value, suggestion, hint, .. } = flaw;
        reader.problem_in(line, column, said, Extra { value, suggestion, hint });
    }
    this
}

/// Every one of `[[key]]` that can be read.
pub(super) fn each<T: DeserializeOwned>(
    reader: &mut Reader<'_>,
    root: &mut Section<'_, '_>,
    key: &'static str,
    place: fn(&mut T, Places),
) -> Vec<T> {
    // Whether it is a list of tables is said by whoever asks for sections.
    reader.sections(root, key);
    let Some(DeValue::Array(items)) = root.ask(key).map(|value| value.get_ref()) else { return Vec::new() };
    let mut all = Vec::new();
    for item in items.iter().filter(|item| item.get_ref().is_table()) {
        let Some((mut one, places)) = read::<T>(reader, item, key) else { continue };
        place(&mut one, places);
        all.push(one);
    }
    all
}

/// The names of all of `[[key]]`.
pub(super) fn called<'d>(root: &mut Section<'d, '_>, key: &'static str) -> Vec<&'d str> {
    let Some(DeValue::Array(items)) = root.ask(key).map(|value| value.get_ref()) else { return Vec::new() };
    items.iter().filter_map(|item| item.get_ref().as_table()?.get("name")?.get_ref().as_str()).collect()
}

pub(super) fn read<T: DeserializeOwned>(
    reader: &mut Reader<'_>,
    value: &toml::Spanned<DeValue<'_>>,
    what: &str,
) -> Option<(T, Places)> {
    reader.as_section(value, what.to_owned())?;
    let whole = reader.place(value.span().start);
    let places = Places::of(reader, whole, value);
    match read_value::<T>(&json(value)) {
        Ok(read) => Some((read, places)),
        Err(Flaw { path, said, value, suggestion, hint }) => {
            let (line, column) = places.find(&path);
            let dotted = path.iter().fold(what.to_owned(), |all, part| format!("{all}.{part}"));
            let extra = Extra { value: value.or(Some(dotted.clone())), suggestion, hint };
            reader.problem_in(line, column, format!("{dotted}: {said}"), extra);
            None
        }
    }
}

pub(super) type Found = ((usize, usize), Flaw);

pub(super) fn names<'n>(what: &str, all: impl Iterator<Item = (&'n str, &'n Places)>, found: &mut Vec<Found>) {
    let mut seen = BTreeSet::new();
    for (name, places) in all {
        let at = places.find(&["name".to_owned()]);
        if name.trim().is_empty() || !is_plain(name) {
            let hint = "names stand in lists, logs and reports: letters and no line ends";
            found.push((at, Flaw::at(&[], format!("{name:?} cannot be the name of a {what}")).value(name).hint(hint)));
        }
        if !seen.insert(name) {
            found.push((at, Flaw::at(&[], format!("two of [[{what}]] are called {name:?}")).value(name)));
        }
    }
}

pub(super) fn unknown(path: &[&str], what: &str, name: &str, known: &[&str]) -> Flaw {
    let flaw = Flaw::at(path, format!("there is no {what} {name:?}")).value(name);
    Flaw {
        suggestion: nearest(name, known.iter().copied()).map(str::to_owned),
        ..flaw.meant(name, known.iter().copied())
    }
}

impl PlanSource {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let zero = |span: Option<Span>| span.is_some_and(Span::is_zero);
        for (key, span) in [("every", self.every), ("budget", Some(self.budget))] {
            if zero(span) {
                say(Flaw::at(&[key], format!("source {:?}: {key} is 0", self.name)).value("0"));
            }
        }
        if self.ask.as_object().is_none_or(|kinds| kinds.len() != 1) {
            let said = format!("source {:?}: ask needs one kind and what it needs", self.name);
            say(Flaw::at(&["ask"], said).hint("write for example ask.sql = { query = \"SELECT count(*) FROM jobs\" }"));
        }
    }
}

impl PlanMeasure {
    /// Whether nothing can be less than 0 of it.
    fn is_of_things(self) -> bool {
        matches!(self, Self::Count | Self::PerMinute | Self::PerHour | Self::Ratio | Self::People | Self::Absence)
    }
}

impl PlanTrigger {
    fn own(&self, said: &str) -> String {
        format!("trigger {:?}: {said}", self.name)
    }

    fn flaws(&self, sources: &[&str], triggers: &[&str], ways: &[&str], say: &mut dyn FnMut(Flaw)) {
        if !sources.contains(&self.source.as_str()) {
            say(unknown(&["source"], "source", &self.source, sources));
        }
        if let Some(way) = self.way.as_deref().filter(|way| !ways.contains(way)) {
            say(unknown(&["way"], "way", way, ways));
        }
        let limits = [("above", self.above), ("below", self.below), ("times_baseline", self.times_baseline)];
        let given: Vec<&str> = limits.iter().filter(|(_, limit)| limit.is_some()).map(|(key, _)| *key).collect();
        match given.as_slice() {
            [_] => {}
            [] => say(Flaw::at(&[], self.own("it needs a limit")).hint("write above, below or times_baseline")),
            several => {
                let said = self.own(&format!("it has {} limits: {}", several.len(), several.join(", ")));
                say(Flaw::at(&[several[1]], said).hint("write one of them"));
            }
        }
        if self.over.is_zero() {
            say(Flaw::at(&["over"], self.own("over is 0, and nothing happens in no time")).value("0"));
        }
        let is_share = self.measure == PlanMeasure::Ratio;
        if let Some(above) = self.above.filter(|above| is_share && !(0.0..1.0).contains(&above.get())) {
            let said = self.own(&format!("a ratio lies between 0 and 1, and {} can't be passed", above.get()));
            say(Flaw::at(&["above"], said).value(above.get().to_string()).hint("5 % is 0.05"));
        }
        if let Some(below) = self
            .below
            .filter(|below| (self.measure.is_of_things() && below.get() <= 0.0) || (is_share && below.get() > 1.0))
        {
            let said = if below.get() > 0.0 { "always below" } else { "never below" };
            let said = self.own(&format!("what it measures is {said} {}", below.get()));
            say(Flaw::at(&["below"], said).value(below.get().to_string()));
        }
        if let Some(times) = self.times_baseline.filter(|times| times.get() <= 0.0) {
            let said = self.own("times_baseline is how many times what is usual it may come to");
            say(Flaw::at(&["times_baseline"], said).value(times.get().to_string()).hint("write for example 2.5"));
        }
        if let Some(clears) = self.clears_at {
            let is_beyond = self.above.is_some_and(|above| clears.get() > above.get())
                || self.below.is_some_and(|below| clears.get() < below.get());
            if is_beyond {
                say(Flaw::at(&["clears_at"], self.own("it would clear before it is breached"))
                    .value(clears.get().to_string()));
            }
        }
        if self.sequential.is_some() && !is_share {
            say(Flaw::at(&["sequential"], self.own("a sequential test is for measure = \"ratio\"")));
        }
        if let Some(test) = self.sequential {
            let PlanSequential { p0, p1, alpha, beta } = test;
            let is_share = |number: Number| number.get() > 0.0 && number.get() < 1.0;
            if ![p0, p1, alpha, beta].into_iter().all(is_share) || p0.get() >= p1.get() {
                let said = self.own("p0, p1, alpha and beta lie between 0 and 1, and p0 below p1");
                say(Flaw::at(&["sequential"], said));
            }
        }
        self.flaws_of_vetoes(triggers, say);
    }

    fn flaws_of_vetoes(&self, triggers: &[&str], say: &mut dyn FnMut(Flaw)) {
        for (number, veto) in self.vetoes.iter().enumerate() {
            let number = number.to_string();
            let mut never = |kind: &str, key: &str, value: &str| {
                let said = self.own(&format!("{kind}.{key} is {value}, so the veto never holds"));
                say(Flaw::at(&["vetoes", &number, kind, key], said).value(value));
            };
            match veto {
                PlanVeto::FewPeople { under: 0 } => never("few_people", "under", "0"),
                PlanVeto::Falling { below } if self.measure.is_of_things() && below.get() <= 0.0 => {
                    never("falling", "below", &below.get().to_string());
                }
                PlanVeto::Known { reason } if reason.trim().is_empty() => {
                    let said = self.own("a known false alarm needs a reason");
                    say(Flaw::at(&["vetoes", &number, "known", "reason"], said).value(reason));
                }
                PlanVeto::NotCritical { unless } => {
                    for other in unless.iter().filter(|other| !triggers.contains(&other.as_str())) {
                        say(unknown(&["vetoes", &number, "not_critical", "unless"], "trigger", other, triggers));
                    }
                }
                _ => {}
            }
        }
    }

    /// What does not go with how often its source is asked.
    fn pace(&self, source: &PlanSource, say: &mut dyn FnMut(Flaw)) {
        let Some(every) = source.every.filter(|every| !every.is_zero()) else { return };
        let spans = [
            ("over", Some(self.over), "the window would be empty between two answers"),
            ("silent_after", self.silent_after, "it would count as silent between two answers"),
        ];
        for (key, span, why) in spans {
            let Some(span) = span.filter(|span| !span.is_zero() && *span < every) else { continue };
            let said = format!(
                "trigger {:?}: {key} ({span}) is shorter than source {:?} is asked ({every}): {why}",
                self.name, source.name
            );
            say(Flaw::at(&[key], said).value(span.to_string()));
        }
    }
}

impl PlanWatch {
    fn flaws(&self, triggers: &[&str], say: &mut dyn FnMut(Flaw)) {
        for (number, success) in self.success.iter().enumerate() {
            let number = number.to_string();
            if !triggers.contains(&success.trigger.as_str()) {
                say(unknown(&["success", &number, "trigger"], "trigger", &success.trigger, triggers));
            }
            if success.within.is_zero() {
                let said = "watch.success: within is 0, and nothing comes true in no time";
                say(Flaw::at(&["success", &number, "within"], said).value("0"));
            }
        }
    }
}

impl PlanBranch {
    fn flaws(&self, triggers: &[&str], ways: &[&str], say: &mut dyn FnMut(Flaw)) {
        if let PlanThen::Way(way) = &self.then
            && !ways.contains(&way.as_str())
        {
            say(unknown(&["then", "way"], "way", way, ways));
        }
        let own = |said: &str| format!("branch {:?}: {said}", self.name);
        match &self.then {
            PlanThen::Monitor(time) if time.is_zero() => {
                say(Flaw::at(&["then", "monitor"], own("monitor is 0: nobody would look again")).value("0"));
            }
            PlanThen::Fix(what) if what.trim().is_empty() => {
                say(Flaw::at(&["then", "fix"], own("fix says what is to be mended")).value(what));
            }
            _ => {}
        }
        for (number, trigger) in self.when.trigger.iter().enumerate() {
            if !triggers.contains(&trigger.as_str()) {
                say(unknown(&["when", "trigger", &number.to_string()], "trigger", trigger, triggers));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::WATCHED;

    /// What could be read and never does what was meant: line and value of its problem.
    #[test]
    fn what_never_does_what_was_meant_is_named() {
        let limit = "above = 0.05";
        let slips: &[(&str, &str, usize, &str)] = &[
            (limit, "below = 0", 17, "0"),
            (limit, "below = 1.5", 17, "1.5"),
            (limit, "times_baseline = 0", 17, "0"),
            (limit, "above = 1", 17, "1"),
            (limit, "above = \"5%\"", 17, "trigger.above"),
            (limit, "above = 0.05\nsequential = { p0 = 0.2, p1 = 0.1, alpha = 0.01, beta = 0.05 }", 18, ""),
            (limit, "above = 0.05\nsilent_after = \"5s\"", 18, "5s"),
            ("over = \"5m\"", "over = \"5s\"", 16, "5s"),
            ("under = 3", "under = 0", 19, "0"),
            ("falling = { below = 0.05 }", "falling = { below = 0 }", 19, "0"),
            ("falling = { below = 0.05 }", "known = { reason = \" \" }", 19, " "),
            (
                "falling = { below = 0.05 }",
                "known = { reason = \"a\" }, falling = { below = 1 }",
                19,
                "trigger.vetoes.0",
            ),
            ("ask.sql = { query = \"SELECT 1\" }", "ask = {}", 10, ""),
            ("ask.sql = { query = \"SELECT 1\" }", "ask = \"sql\"", 10, ""),
            ("within = \"2m\"", "within = \"0\"", 24, "0"),
            ("{ monitor = \"10m\" }", "{ monitor = \"0\" }", 31, "0"),
            ("{ monitor = \"10m\" }", "{ fix = \"\" }", 31, ""),
            ("{ monitor = \"10m\" }", "{ monitor = \"10m\", fix = \"x\" }", 31, "decide.then"),
            ("{ monitor = \"10m\" }", "{ wait = \"10m\" }", 31, "decide.then"),
            ("when = { symptom = [\"data-exposure\"] }\n", "", 29, "else"),
            ("symptom = [\"data-exposure\"]", "symptoms = [\"data-exposure\"]", 27, "symptoms"),
        ];
        for (was, is, line, value) in slips {
            assert!(WATCHED.contains(was), "{was}");
            let errors = Plan::parse("backout.toml", &WATCHED.replacen(was, is, 1)).unwrap_err();
            let [error] = errors.0.as_slice() else { panic!("{is}: {errors}") };
            assert_eq!(error.line, *line, "{is}: {error:?}");
            assert!(value.is_empty() || error.value.as_deref() == Some(*value), "{is}: {error:?}");
        }
        for fine in
            ["below = 1", "above = 0", "times_baseline = 2.5", "above = 0.05\nclears_at = 0.03\nsilent_after = \"0\""]
        {
            let text = WATCHED.replacen(limit, fine, 1);
            assert!(Plan::parse("backout.toml", &text).is_ok(), "{fine}");
        }
    }

    #[test]
    fn the_documentation_shows_a_plan_that_is_watched() {
        let page = include_str!("../../../../docs/plan.md");
        let mut examples = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let example = examples.find(|text| text.contains("[[trigger]]")).unwrap();
        let plan = Plan::parse("docs/plan.md", &format!("version = 1\n[targets.p]\n{example}"));
        let plan = plan.unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!((plan.sources.len(), plan.triggers.len(), plan.decide.len(), plan.gates.len()), (1, 1, 2, 1));
    }

    /// Nothing of it changes what a rehearsal has shown.
    #[test]
    fn no_certificate_depends_on_what_is_watched() {
        let bare = Plan::parse("backout.toml", "version = 1\n[targets.p]\n").unwrap();
        assert_eq!(Plan::parse("backout.toml", WATCHED).unwrap().hash_of_matter(), bare.hash_of_matter());
    }
}
