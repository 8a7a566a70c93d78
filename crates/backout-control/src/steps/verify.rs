//! Asks several criteria; what has the first priority decides.
//!
//! Must not know: what is done about it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::condition::Condition;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    checks: Vec<Check>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    name: String,
    /// 0 to 3. What fails with 0 or 1 fails the step; the others are in the record.
    #[serde(default)]
    priority: u8,
    that: Condition,
}

impl Kind for Verify {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let line = |check: &Check| format!("P{} {}: {}", check.priority, check.name, check.that.said());
            Ok(self.checks.iter().map(line).collect())
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            if self.checks.is_empty() {
                return Err(Trouble::new("there is nothing to check", false));
            }
            let (mut facts, mut failed) = (Vec::new(), Vec::new());
            for check in &self.checks {
                let outcome = check.that.holds(context).await;
                let why = outcome.err().map(|trouble| trouble.why);
                facts.push(json!({ "check": check.name, "priority": check.priority, "failed": why }));
                if let Some(why) = why.filter(|_| check.priority < 2) {
                    failed.push(format!("{}: {why}", check.name));
                }
            }
            let facts = json!({ "checks": facts });
            if failed.is_empty() { Ok(facts) } else { Err(Trouble { why: failed.join("; "), again: true, facts }) }
        })
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async { Ok(Settled::NotBegun) })
    }
}
