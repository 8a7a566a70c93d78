//! Whom to call, and what is owed by when: `[people]` and `[[duty]]`.
//!
//! It must not know what has happened, or what time it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flaw::Flaw;
use super::places::Places;
use super::problem::PlanError;
use super::read::{Extra, Reader, Section};
use super::watching::{each, names, read, unknown};
use super::{Plan, PlanWay, Span};
use crate::visible::is_plain;

/// When a duty is one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanCondition {
    /// Whether somebody's rows were exposed.
    pub exposed: Option<bool>,
    /// One of these ways is gone.
    pub way: Vec<String>,
    /// One of these.
    pub severity: Vec<PlanSeverity>,
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanSeverity {
    Minor,
    Major,
    Critical,
}

/// What is owed within a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDuty {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// How long there is for it.
    pub within: Span,
    /// From when on.
    #[serde(default)]
    pub of: PlanBeginning,
    /// All that is given must hold; else it is not owed.
    #[serde(default)]
    pub when: PlanCondition,
    /// What it must contain, for whoever does it.
    #[serde(default)]
    pub checklist: Vec<String>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// From when on the time of a duty runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanBeginning {
    /// Somebody knew of it.
    #[default]
    Aware,
}

/// Whom to call, as it stands on the reference card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanPeople {
    pub on_call: Option<String>,
    pub phone: Option<String>,
    /// Who is next.
    pub escalation: Option<String>,
    /// Who decides.
    pub lead: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

impl PlanSeverity {
    /// As the plan has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

impl Plan {
    /// What is wrong with a duty, as a problem of the file at the key that it is about.
    pub fn duty_problem(&self, duty: &PlanDuty, flaw: &Flaw) -> PlanError {
        self.problem_at(duty.places.find(&flaw.path), format!("duty {:?}", duty.name), flaw)
    }
}

/// All of it, as it is in the file.
#[derive(Debug, Default)]
pub(super) struct Telling {
    pub(super) duties: Vec<PlanDuty>,
    pub(super) people: PlanPeople,
}

pub(super) fn telling(reader: &mut Reader<'_>, root: &mut Section<'_, '_>, ways: &[PlanWay]) -> Telling {
    let duties = each(reader, root, "duty", |one: &mut PlanDuty, places| one.places = places);
    let mut this = Telling { duties, ..Telling::default() };
    if let Some(value) = root.ask("people")
        && let Some((mut people, places)) = read::<PlanPeople>(reader, value, "people")
    {
        people.places = places;
        this.people = people;
    }
    let mut found = Vec::new();
    names("duty", this.duties.iter().map(|one| (&*one.name, &one.places)), &mut found);
    let mut known_ways: Vec<&str> = ways.iter().map(|way| way.name.as_str()).collect();
    if known_ways.is_empty() {
        // The way that every target has.
        known_ways.push("U");
    }
    for duty in &this.duties {
        let mut say = |flaw: Flaw| found.push((duty.places.find(&flaw.path), flaw));
        duty.flaws(&mut say);
        duty.when.flaws(&known_ways, &mut say);
    }
    this.people.flaws(&mut |flaw| found.push((this.people.places.find(&flaw.path), flaw)));
    for ((line, column), flaw) in found {
        let Flaw { said, value, suggestion, hint, .. } = flaw;
        reader.problem_in(line, column, said, Extra { value, suggestion, hint });
    }
    this
}

impl PlanCondition {
    fn flaws(&self, ways: &[&str], say: &mut dyn FnMut(Flaw)) {
        for (number, way) in self.way.iter().enumerate() {
            if !ways.contains(&way.as_str()) {
                say(unknown(&["when", "way", &number.to_string()], "way", way, ways));
            }
        }
    }
}

impl PlanDuty {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let own = |said: &str| format!("duty {:?}: {said}", self.name);
        if self.within.is_zero() {
            say(Flaw::at(&["within"], own("within is 0: it would be overdue at once")).value("0"));
        }
        for (number, item) in self.checklist.iter().enumerate() {
            let at = number.to_string();
            if item.trim().is_empty() || !is_plain(item) {
                say(Flaw::at(&["checklist", &at], own("an item of the checklist is one line of text")).value(item));
            }
            if self.checklist[..number].contains(item) {
                say(Flaw::at(&["checklist", &at], own(&format!("{item:?} is on the checklist twice"))).value(item));
            }
        }
    }
}

impl PlanPeople {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let all = [
            ("on_call", &self.on_call),
            ("phone", &self.phone),
            ("escalation", &self.escalation),
            ("lead", &self.lead),
        ];
        for (key, text) in all {
            if let Some(text) = text.as_deref().filter(|text| text.trim().is_empty() || !is_plain(text)) {
                say(Flaw::at(&[key], format!("people.{key} is one line of text")).value(text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::schema_json;

    const TOLD: &str = r##"version = 1
[targets.p]
[[way]]
name = "C"
[[way.step]]
name = "s"
do = "notify"
[[duty]]
name = "authority"
within = "72h"
when = { exposed = true, way = ["C"], severity = ["major", "critical"] }
checklist = ["nature of the breach", "contact point"]
[people]
on_call = "Anna"
phone = "+49 30 1"
"##;

    #[test]
    fn what_is_owed_and_whom_to_call() {
        let plan = Plan::parse("conf/backout.toml", TOLD).unwrap_or_else(|errors| panic!("{errors}"));
        let [duty] = plan.duties.as_slice() else { panic!("{:?}", plan.duties) };
        assert_eq!((duty.of, duty.checklist.len(), duty.within), (PlanBeginning::Aware, 2, Span::from_secs(259_200)));
        assert_eq!(duty.when.severity, [PlanSeverity::Major, PlanSeverity::Critical]);
        assert_eq!(plan.people.on_call.as_deref(), Some("Anna"));
        assert_eq!(plan.duty_problem(duty, &Flaw::at(&["checklist", "1"], "no")).column, 38);
        let names: Vec<&str> = duty.when.severity.iter().map(|severity| severity.name()).collect();
        assert_eq!(serde_json::to_value(&duty.when.severity).unwrap(), serde_json::json!(names));
    }

    /// What is written, and instead of it; then the line, the value and the suggestion of the problem.
    type Slip = (&'static str, &'static str, usize, Option<&'static str>, Option<&'static str>);

    #[test]
    fn what_cannot_be_owed_is_named() {
        let slips: &[Slip] = &[
            ("way = [\"C\"]", "way = [\"D\"]", 11, Some("D"), Some("C")),
            ("[\"major\", \"critical\"]", "[\"major\", \"critcal\"]", 11, Some("critcal"), Some("critical")),
            ("within = \"72h\"", "within = \"0\"", 10, Some("0"), None),
            ("\"contact point\"]", "\"nature of the breach\"]", 12, Some("nature of the breach"), None),
            ("\"contact point\"]", "\"\"]", 12, Some(""), None),
            ("on_call = \"Anna\"", "on_cal = \"Anna\"", 14, Some("on_cal"), Some("on_call")),
            ("phone = \"+49 30 1\"", "phone = \"\"", 15, Some(""), None),
        ];
        for (was, is, line, value, suggestion) in slips {
            assert!(TOLD.contains(was), "{was}");
            let errors = Plan::parse("backout.toml", &TOLD.replacen(was, is, 1)).unwrap_err();
            let error = &errors.0[0];
            let found = (error.line, error.value.as_deref(), error.suggestion.as_deref());
            assert_eq!(found, (*line, *value, *suggestion), "{is}: {errors}");
        }
    }

    #[test]
    fn the_documentation_explains_every_key() {
        let page = include_str!("../../../../docs/plan.md");
        let schema = schema_json();
        for (name, section) in [("PlanCondition", "duty.when"), ("PlanDuty", "duty"), ("PlanPeople", "people")] {
            assert_eq!(schema["$defs"][name]["additionalProperties"], false, "{name}");
            for key in schema["$defs"][name]["properties"].as_object().unwrap().keys() {
                let row = format!("| `{section}.{key}` |");
                assert!(page.lines().any(|line| line.starts_with(&row)), "docs/plan.md has no row for {section}.{key}");
            }
        }
    }

    /// Nothing of it changes what a rehearsal has shown.
    #[test]
    fn no_certificate_depends_on_what_is_owed() {
        let bare = Plan::parse("backout.toml", "version = 1\n[targets.p]\n").unwrap();
        assert_eq!(Plan::parse("backout.toml", TOLD).unwrap().hash_of_matter(), bare.hash_of_matter());
    }
}
