//! Checks that are asked from outside: `[[verify]]`, as they stand in the plan.
//!
//! It must not know what a kind of check asks; whoever does checks `that` by [`Plan::validate_criteria`].

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::flaw::Flaw;
use super::places::Places;
use super::problem::{PlanError, PlanErrors};
use super::read::{At, Extra, Reader, Section};
use super::ways::{json, named};
use super::{Plan, Span, SpanError};

/// One check, which `backout verify` and steps of ways back ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCheck {
    /// How it is reported. Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// 0 to 3. What fails with 0 or 1 decides; 2 and 3 are warnings.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3))]
    pub priority: u8,
    /// How long it must hold without a break; 0 is once.
    #[serde(default, rename = "for")]
    pub held: Span,
    /// How often it is asked meanwhile.
    #[serde(default = "PlanCheck::default_every")]
    pub every: Span,
    /// How long one answer may take.
    #[serde(default = "PlanCheck::default_budget")]
    pub budget: Span,
    /// What must hold: one kind and what it needs.
    pub that: Value,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

impl PlanCheck {
    pub fn default_every() -> Span {
        Span::from_secs(1)
    }

    pub fn default_budget() -> Span {
        Span::from_secs(60)
    }
}

impl Plan {
    /// Checks what each of them asks against what kinds there are.
    ///
    /// # Errors
    /// A problem for each that `check` objects to, at the key that is wrong.
    pub fn validate_criteria(&self, check: &dyn Fn(&Value) -> Result<(), Flaw>) -> Result<(), PlanErrors> {
        let problem = |one: &PlanCheck| Some(self.check_problem(one, &check(&one.that).err()?));
        let problems: Vec<PlanError> = self.criteria.iter().filter_map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(PlanErrors(problems)) }
    }

    /// What is wrong with a check, as a problem of the file at the key that it is about.
    pub fn check_problem(&self, check: &PlanCheck, flaw: &Flaw) -> PlanError {
        self.problem_at(check.places.find(&flaw.path), format!("check {:?}", check.name), flaw)
    }
}

pub(super) fn criteria(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Vec<PlanCheck> {
    let mut checks: Vec<PlanCheck> = Vec::new();
    for mut section in reader.sections(root, "verify") {
        let check = one(reader, &mut section);
        reader.finish(&section);
        let Some((name, check)) = check else { continue };
        if checks.iter().any(|other| other.name == check.name) {
            let extra = Extra::value(check.name.clone()).hint("the name is how it is reported");
            reader.problem(&name.at, format!("two checks are called {:?}", check.name), extra);
        }
        checks.push(check);
    }
    checks
}

fn one(reader: &mut Reader<'_>, section: &mut Section<'_, '_>) -> Option<(At<String>, PlanCheck)> {
    let name = named(reader, section, "a check");
    let priority = reader.number(section, "priority", 3).map_or(0, |number| u8::try_from(number.value).unwrap_or(0));
    let mut span = |key| -> Option<At<Span>> { reader.parsed(section, key, SpanError::suggestion) };
    let (held, every, budget) = (span("for"), span("every"), span("budget"));
    for (key, written) in [("every", &every), ("budget", &budget)] {
        if let Some(written) = written.as_ref().filter(|written| written.value.is_zero()) {
            reader.problem(&written.at, format!("verify.{key} is 0"), Extra::value("0"));
        }
    }
    let hint = "write for example that = { sql = \"SELECT count(*) > 0 FROM users\" }";
    let that = match section.ask("that") {
        None => {
            let extra = Extra::default().hint(hint);
            reader.problem(&section.at, "a check needs what must hold (that)", extra);
            None
        }
        Some(value) if !value.get_ref().is_table() => {
            reader.problem(&value.span(), "that must be a table", Extra::default().hint(hint));
            None
        }
        Some(value) => {
            let whole = reader.place(value.span().start);
            Some((json(value), Places::of(reader, whole, value)))
        }
    };
    let (name, (that, places)) = (name?, that?);
    let held = held.map_or(Span::ZERO, |span| span.value);
    let every = every.map_or(PlanCheck::default_every(), |span| span.value);
    let budget = budget.map_or(PlanCheck::default_budget(), |span| span.value);
    let check = PlanCheck { name: name.value.clone(), priority, held, every, budget, that, places };
    Some((name, check))
}
