//! Asks several checks: its own, or those of the plan. What has one of the first two priorities decides.
//!
//! Must not know: what is done about it.

use std::fmt;

use backout_plan::plan::Flaw;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::checks::{self, Check, Verdict};
use crate::event::Event;
use crate::mistake::{Look, Mistake};
use crate::{Failure, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    #[serde(default)]
    checks: Whose,
}

#[derive(Debug, Clone, Default)]
enum Whose {
    /// `[[verify]]` of the plan here, whatever the plan had when the run was opened.
    #[default]
    Plans,
    Own(Vec<Check>),
}

impl<'de> Deserialize<'de> for Whose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(WhoseVisitor)
    }
}

struct WhoseVisitor;

impl<'de> Visitor<'de> for WhoseVisitor {
    type Value = Whose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or \"plan\" for those of the plan")
    }

    fn visit_str<E: Error>(self, text: &str) -> std::result::Result<Whose, E> {
        match text {
            "plan" => Ok(Whose::Plans),
            _ => Err(E::custom("checks is a list, or \"plan\" for those of the plan")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Whose, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Whose::Own)
    }
}

impl Verify {
    fn checks(&self, context: &Context<'_>) -> Result<Vec<Check>> {
        match &self.checks {
            Whose::Own(checks) => Ok(checks.clone()),
            Whose::Plans => Ok(checks::of_plan(context.env.plan()?).map_err(Failure::from)?),
        }
    }
}

impl Kind for Verify {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(self.checks(context)?.iter().map(Check::said).collect()) })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let Whose::Own(checks) = &self.checks else {
                // What is wrong with those of the plan is said where they stand.
                let none = look.env.plan.as_ref().is_none_or(|plan| plan.criteria.is_empty());
                let flaw = || {
                    Flaw::at(&["checks"], "there is nothing to check")
                        .hint("the plan has no [[verify]]: write some, or checks of its own")
                };
                return none.then(|| Mistake::plan(flaw())).into_iter().collect();
            };
            if checks.is_empty() {
                return vec![Mistake::plan(Flaw::at(&["checks"], "there is nothing to check"))];
            }
            let mut found = Vec::new();
            for (number, check) in checks.iter().enumerate() {
                let of_check = check.mistakes(look).await;
                let number = number.to_string();
                found.extend(of_check.into_iter().map(|one| one.under(&["checks", &number, "that"])));
            }
            found
        })
    }

    fn asks_the_plan(&self) -> bool {
        matches!(self.checks, Whose::Plans)
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let checks = self.checks(context)?;
            if checks.is_empty() {
                return Err(Trouble::new("there is nothing to check", false));
            }
            let outcomes = checks::all(&checks, &context.question()).await;
            let mut failed = Vec::new();
            for outcome in &outcomes {
                let why = outcome.failed.as_deref().unwrap_or("it was not asked: somebody stopped the run");
                let line = format!("{}: {why}", outcome.check);
                match outcome.verdict {
                    Verdict::Passed => {}
                    Verdict::Warning => {
                        let said = format!("P{} {line}", outcome.priority);
                        context.env.say(Event::warning("check.warning", said));
                    }
                    Verdict::Failed | Verdict::NotAsked => failed.push(line),
                }
            }
            let facts = json!({ "checks": outcomes });
            if failed.is_empty() { Ok(facts) } else { Err(Trouble { why: failed.join("; "), again: true, facts }) }
        })
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async { Ok(Settled::NotBegun) })
    }
}
