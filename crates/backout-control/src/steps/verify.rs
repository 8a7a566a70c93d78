//! Asks several checks: its own, or those of the plan. What has one of the first two priorities decides.
//!
//! Must not know: what is done about it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::checks::{self, Check, Verdict};
use crate::event::Event;
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
        match Value::deserialize(deserializer)? {
            Value::String(text) if text == "plan" => Ok(Self::Plans),
            list @ Value::Array(_) => serde_json::from_value(list).map(Self::Own).map_err(D::Error::custom),
            _ => Err(D::Error::custom("checks is a list, or \"plan\" for those of the plan")),
        }
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
