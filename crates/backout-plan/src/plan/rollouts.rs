//! Flags that more and more people get, stage by stage: `[[rollout]]` with its `[[rollout.stage]]`.
//!
//! It must not know which flags there are, what a check asks, or when a stage is reached.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flaw::Flaw;
use super::places::Places;
use super::read::{Extra, Reader, Section};
use super::watching::{called, each, names, unknown};
use super::{Plan, PlanError, Span};
use crate::visible::is_plain;

/// A variant of a flag that more and more people get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRollout {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The name of the flag.
    #[schemars(length(min = 1))]
    pub flag: String,
    /// The variant that they get.
    #[schemars(length(min = 1))]
    pub variant: String,
    /// The key of the context that tells people apart, for stages in percent.
    #[serde(default = "targeting_key")]
    #[schemars(length(min = 1))]
    pub by: String,
    /// The key of the context that has a person's groups.
    #[serde(default = "group")]
    #[schemars(length(min = 1))]
    pub group_by: String,
    /// What becomes of the flag where a stage does not hold.
    #[serde(default)]
    pub on_failure: RolloutFailure,
    /// In the order in which they are reached.
    #[serde(rename = "stage")]
    #[schemars(length(min = 1))]
    pub stages: Vec<PlanStage>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What becomes of a flag where a stage does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutFailure {
    /// It is what it was before the rollout.
    #[default]
    Back,
    /// It stays as the stage has it.
    Hold,
}

/// One stage: who gets the variant, and what must hold before the next one. One of `percent`, `groups` and `everybody`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanStage {
    /// So many of a hundred. Whoever has it already keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub percent: Option<u8>,
    /// Whoever is in one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Everybody: the last stage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub everybody: bool,
    /// How long it is watched before the next one.
    pub hold: Span,
    /// Checks of the plan, by name, at the beginning and at the end of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// Triggers of the plan, by name, that must be healthy at the end: without data is not enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<String>,
    /// Whether somebody approves it first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask: bool,
}

fn targeting_key() -> String {
    "targetingKey".to_owned()
}

fn group() -> String {
    "group".to_owned()
}

impl PlanRollout {
    /// Who has the variant at a stage, counted from 0: as large a share and all groups of the stages up to it. Whoever is
    /// in stays in.
    pub fn reached(&self, stage: usize) -> Reached<'_> {
        let upto = &self.stages[..self.stages.len().min(stage + 1)];
        let mut groups: Vec<&str> = Vec::new();
        for group in upto.iter().flat_map(|one| &one.groups) {
            if !groups.contains(&group.as_str()) {
                groups.push(group);
            }
        }
        Reached {
            everybody: upto.iter().any(|one| one.everybody),
            percent: upto.iter().filter_map(|one| one.percent).max(),
            groups,
        }
    }
}

/// Who has the variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached<'r> {
    pub everybody: bool,
    pub percent: Option<u8>,
    pub groups: Vec<&'r str>,
}

impl std::fmt::Display for PlanStage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.percent {
            Some(percent) => write!(f, "{percent} %"),
            None if self.everybody => f.write_str("everybody"),
            None => f.write_str(&self.groups.join(", ")),
        }
    }
}

impl Plan {
    /// The rollout of this name.
    pub fn rollout(&self, name: &str) -> Option<&PlanRollout> {
        self.rollouts.iter().find(|one| one.name == name)
    }

    /// What is wrong with a rollout, as a problem of the file at the key that it is about.
    pub fn rollout_problem(&self, rollout: &PlanRollout, flaw: &Flaw) -> PlanError {
        self.problem_at(rollout.places.find(&flaw.path), format!("rollout {:?}", rollout.name), flaw)
    }
}

/// `is_served`: whether the plan names the file of flags.
pub(super) fn rollouts(reader: &mut Reader<'_>, root: &mut Section<'_, '_>, is_served: bool) -> Vec<PlanRollout> {
    let rollouts = each(reader, root, "rollout", |one: &mut PlanRollout, places| one.places = places);
    let mut found = Vec::new();
    names("rollout", rollouts.iter().map(|one| (&*one.name, &one.places)), &mut found);
    // Whoever cannot be read is there all the same, and has been reported.
    let (checks, triggers) = (called(root, "verify"), called(root, "trigger"));
    for rollout in &rollouts {
        let mut say = |flaw: Flaw| found.push((rollout.places.find(&flaw.path), flaw));
        rollout.flaws(&mut say);
        if !is_served {
            let said = format!("rollout {:?}: nobody serves the flag {:?}", rollout.name, rollout.flag);
            say(Flaw::at(&["flag"], said).value(&*rollout.flag).hint("write [serve] with flags = \"flags.json\""));
        }
        let mut before = 0;
        for (place, stage) in rollout.stages.iter().enumerate() {
            let place = place.to_string();
            let under = |flaw: Flaw| flaw.under(&["stage", &place]);
            stage.flaws(&rollout.name, &mut |flaw| say(under(flaw)));
            stage.unknown(&checks, &triggers, &mut |flaw| say(under(flaw)));
            if let Some(percent) = stage.percent {
                if percent < before {
                    let said = format!("rollout {:?}: {percent} percent after {before}", rollout.name);
                    let hint = "a share may not fall: it would be taken from people who have it";
                    say(under(Flaw::at(&["percent"], said).value(percent.to_string()).hint(hint)));
                }
                before = before.max(percent);
            }
        }
    }
    for ((line, column), flaw) in found {
        let Flaw { said, value, suggestion, hint, .. } = flaw;
        reader.problem_in(line, column, said, Extra { value, suggestion, hint });
    }
    rollouts
}

impl PlanRollout {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let own = |said: &str| format!("rollout {:?}: {said}", self.name);
        let named = [("flag", &self.flag), ("variant", &self.variant), ("by", &self.by), ("group_by", &self.group_by)];
        for (key, value) in named {
            if value.trim().is_empty() || !is_plain(value) {
                say(Flaw::at(&[key], own(&format!("{value:?} cannot be its {key}"))).value(value));
            }
        }
        if self.stages.is_empty() {
            say(Flaw::at(&["stage"], own("it has no stage")).hint("write [[rollout.stage]] with percent and hold"));
        }
        let last = self.stages.iter().position(|stage| stage.everybody);
        if let Some(place) = last.map(|last| last + 1).filter(|place| *place < self.stages.len()) {
            let said = own("everybody has it before this stage");
            say(Flaw::at(&["stage", &place.to_string()], said).hint("put the stage for everybody last"));
        }
    }
}

impl PlanStage {
    fn flaws(&self, rollout: &str, say: &mut dyn FnMut(Flaw)) {
        let own = |said: &str| format!("rollout {rollout:?}: {said}");
        let given =
            [("percent", self.percent.is_some()), ("groups", !self.groups.is_empty()), ("everybody", self.everybody)];
        let given: Vec<&str> = given.iter().filter(|(_, is_given)| *is_given).map(|(key, _)| *key).collect();
        match given.as_slice() {
            [_] => {}
            [] => say(Flaw::at(&[], own("nobody is in this stage")).hint("write percent, groups or everybody = true")),
            several => {
                let said = own(&format!("a stage is either for {}", several.join(" or for ")));
                say(Flaw::at(&[several[1]], said).hint("write one of them; who has it already keeps it"));
            }
        }
        if let Some(percent) = self.percent.filter(|percent| !(1..=100).contains(percent)) {
            let said = own(&format!("{percent} percent of all are nobody, or more than everybody"));
            say(Flaw::at(&["percent"], said).value(percent.to_string()).hint("write a number from 1 to 100"));
        }
        for (place, group) in self.groups.iter().enumerate() {
            if group.trim().is_empty() || !is_plain(group) {
                let said = own(&format!("{group:?} cannot be the name of a group"));
                say(Flaw::at(&["groups", &place.to_string()], said).value(group));
            }
        }
        if self.hold.is_zero() {
            let flaw = Flaw::at(&["hold"], own("hold is 0, so nothing would be seen of it")).value("0");
            say(flaw.hint("write for example 30m"));
        }
    }

    /// Checks and triggers that there are not.
    fn unknown(&self, checks: &[&str], triggers: &[&str], say: &mut dyn FnMut(Flaw)) {
        let lists = [("checks", "check", &self.checks, checks), ("triggers", "trigger", &self.triggers, triggers)];
        for (key, what, all, known) in lists {
            for (place, name) in all.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
                say(unknown(&[key, &place.to_string()], what, name, known));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLED: &str = r#"version = 1
[targets.p]
[serve]
flags = "flags.json"
[[verify]]
name = "p0"
that = { sql = "SELECT true" }
[[source]]
name = "requests"
ask.sql = { query = "SELECT 1" }
every = "10s"
[[trigger]]
name = "errors"
source = "requests"
measure = "last"
over = "1m"
above = 1
[[rollout]]
name = "cards"
flag = "client-cards"
variant = "on"
[[rollout.stage]]
groups = ["staff", "beta"]
hold = "30m"
checks = ["p0"]
[[rollout.stage]]
percent = 5
hold = "1h"
triggers = ["errors"]
[[rollout.stage]]
percent = 25
hold = "1d"
ask = true
[[rollout.stage]]
everybody = true
hold = "1h"
"#;

    #[test]
    fn stages_in_their_order() {
        let plan = Plan::parse("backout.toml", ROLLED).unwrap();
        let rollout = plan.rollout("cards").unwrap();
        assert_eq!((&*rollout.by, &*rollout.group_by), ("targetingKey", "group"));
        assert_eq!(rollout.on_failure, RolloutFailure::Back);
        let said: Vec<String> = rollout.stages.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["staff, beta", "5 %", "25 %", "everybody"]);
        let reached = |stage| rollout.reached(stage);
        let groups = vec!["staff", "beta"];
        assert_eq!(reached(0), Reached { everybody: false, percent: None, groups: groups.clone() });
        assert_eq!(reached(2), Reached { everybody: false, percent: Some(25), groups });
        assert!(reached(3).everybody && reached(9).everybody);
        let problem = plan.rollout_problem(rollout, &Flaw::at(&["stage", "1", "percent"], "no"));
        assert_eq!((problem.line, problem.column), (27, 1));
        // What was begun is kept as it is read.
        let kept = serde_json::to_string(rollout).unwrap();
        let read: PlanRollout = serde_json::from_str(&kept).unwrap();
        assert_eq!((read.stages, read.name), (rollout.stages.clone(), rollout.name.clone()));
        let bare = Plan::parse("backout.toml", "version = 1\n[targets.p]\n").unwrap();
        assert_eq!(plan.hash_of_matter(), bare.hash_of_matter());
    }

    /// What is written, and instead of it; then the line, the value and the suggestion of the problem.
    type Slip = (&'static str, &'static str, usize, Option<&'static str>, Option<&'static str>);

    #[test]
    fn what_cannot_be_rolled_out_is_named() {
        let slips: &[Slip] = &[
            ("percent = 5", "percent = 30", 31, Some("25"), None),
            ("percent = 5", "percent = 0", 27, Some("0"), None),
            ("percent = 5", "percent = 101\n", 27, Some("101"), None),
            ("percent = 5", "percent = 300", 27, Some("rollout.stage.1.percent"), None),
            ("percent = 5", "percnt = 5", 27, Some("percnt"), Some("percent")),
            ("percent = 5", "", 26, None, None),
            ("percent = 5", "percent = 5\neverybody = true", 28, None, None),
            ("groups = [\"staff\", \"beta\"]", "groups = [\"staff\", \"\"]", 23, Some(""), None),
            ("hold = \"1h\"\ntriggers", "hold = \"0\"\ntriggers", 28, Some("0"), None),
            ("hold = \"1h\"\ntriggers", "hold = \"5\"\ntriggers", 28, Some("rollout.stage.1.hold"), None),
            ("hold = \"1d\"", "", 30, Some("rollout.stage.2"), None),
            ("checks = [\"p0\"]", "checks = [\"p1\"]", 25, Some("p1"), Some("p0")),
            ("triggers = [\"errors\"]", "triggers = [\"error\"]", 29, Some("error"), Some("errors")),
            ("flags = \"flags.json\"", "", 20, Some("client-cards"), None),
            ("variant = \"on\"", "variant = \"\"", 21, Some(""), None),
            ("variant = \"on\"", "on_failure = \"stay\"\nvariant = \"on\"", 21, Some("stay"), None),
            ("name = \"cards\"", "name = \"\"", 19, Some(""), None),
        ];
        for (was, is, line, value, suggestion) in slips {
            assert!(ROLLED.contains(was), "{was}");
            let errors = Plan::parse("backout.toml", &ROLLED.replacen(was, is, 1)).unwrap_err();
            let error = errors.0.iter().find(|error| error.line == *line).unwrap_or_else(|| panic!("{is}: {errors}"));
            assert_eq!((error.value.as_deref(), error.suggestion.as_deref()), (*value, *suggestion), "{is}: {error}");
        }
        let twice = format!("{ROLLED}{}", &ROLLED[ROLLED.find("[[rollout]]").unwrap()..]);
        assert!(Plan::parse("backout.toml", &twice).unwrap_err().to_string().contains("two of [[rollout]]"));
        let after = format!("{ROLLED}[[rollout.stage]]\npercent = 50\nhold = \"1h\"\n");
        assert!(
            Plan::parse("backout.toml", &after).unwrap_err().to_string().contains("put the stage for everybody last")
        );
    }
}
