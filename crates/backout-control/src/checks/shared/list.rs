//! Checks with a name, a priority and a time that they must hold for, asked one after the other.
//!
//! Must not know: what any of them asks, or what follows.

use std::time::{Duration, Instant};

use backout_plan::Plan;
use backout_plan::plan::{PlanCheck, PlanErrors, Span};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::super::{Context, Criterion};
use crate::event::{Event, Work};
use crate::mistake::{Look, Mistake};

/// The last priority that decides; what comes after it is a warning.
const DECIDES: u8 = 1;
/// The last priority that there is.
const LAST: u8 = 3;

/// One check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub name: String,
    /// 0 to 3. What fails with 0 or 1 decides; the others are warnings.
    #[serde(default, deserialize_with = "priority")]
    pub priority: u8,
    /// It must hold all this time; 0 is once.
    #[serde(default, rename = "for")]
    pub held: Span,
    /// How often it is asked while it must hold.
    #[serde(default = "PlanCheck::default_every")]
    pub every: Span,
    /// How long one answer may take.
    #[serde(default = "PlanCheck::default_budget")]
    pub budget: Span,
    pub that: Criterion,
}

fn priority<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let priority = u8::deserialize(deserializer)?;
    if priority <= LAST {
        return Ok(priority);
    }
    Err(serde::de::Error::custom(format!("the priority {priority} is not one of 0 to {LAST}")))
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Passed,
    /// It does not hold, and its priority decides nothing.
    Warning,
    Failed,
    /// Somebody asked to stop first.
    NotAsked,
}

/// A check with what came of it. Without secrets.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub check: String,
    pub kind: &'static str,
    pub priority: u8,
    /// What was asked.
    pub asks: String,
    pub verdict: Verdict,
    /// Why it does not hold.
    pub failed: Option<String>,
    pub took_ms: f64,
    /// How often it was asked.
    pub asked: u32,
    pub facts: Value,
}

/// The checks of the plan.
///
/// # Errors
/// A problem for each that cannot be read, at its place in the file.
pub fn of_plan(plan: &Plan) -> Result<Vec<Check>, PlanErrors> {
    plan.validate_criteria(&|that| Criterion::read(that).map(drop))?;
    let made = |check: &PlanCheck| {
        let that = Criterion::read(&check.that).ok()?;
        let PlanCheck { name, priority, held, every, budget, .. } = check;
        let (name, priority) = (name.clone(), *priority);
        Some(Check { name, priority, held: *held, every: *every, budget: *budget, that })
    };
    Ok(plan.criteria.iter().filter_map(made).collect())
}

/// Asks all of them: one after the other, and then at once those that must hold for a time.
pub async fn all(checks: &[Check], context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    for check in checks {
        outcomes.push(match check.held.is_zero() {
            true => {
                context.env.say(Event::Begun { work: Work::Checking { check: check.name.clone() } });
                Some(check.ask(context).await)
            }
            false => None,
        });
    }
    let watched: Vec<(usize, &Check)> = checks.iter().enumerate().filter(|(_, check)| !check.held.is_zero()).collect();
    if !watched.is_empty() {
        let names = watched.iter().map(|(_, check)| check.name.as_str()).collect::<Vec<_>>().join(", ");
        context.env.say(Event::Begun { work: Work::Checking { check: names } });
    }
    let asked = join_all(watched.iter().map(|(_, check)| check.ask(context))).await;
    for ((place, _), outcome) in watched.iter().zip(asked) {
        outcomes[*place] = Some(outcome);
    }
    context.env.say(Event::Idle);
    outcomes.into_iter().flatten().collect()
}

impl Check {
    /// What it asks, on one line.
    pub fn said(&self) -> String {
        let held = if self.held.is_zero() { String::new() } else { format!(", for {}", self.held) };
        format!("P{} {}: {}{held}", self.priority, self.name, self.that.said())
    }

    /// What is wrong with it as it stands in the plan.
    pub(crate) async fn mistakes(&self, look: &Look<'_>) -> Vec<Mistake> {
        let found = self.that.mistakes(look).await;
        found.into_iter().map(|mistake| Mistake { is_light: self.priority > DECIDES, ..mistake }).collect()
    }

    /// Asks until it was seen to hold for its time, or once that it does not.
    async fn ask(&self, context: &Context<'_>) -> Outcome {
        let (began, mut since, mut asked) = (Instant::now(), None::<Instant>, 0_u32);
        let (mut failed, mut facts) = (None, Value::Null);
        let mut is_over = false;
        while !is_over {
            if context.env.stop.is_asked() {
                return self.outcome(context, began, asked, Err(None), facts);
            }
            asked += 1;
            let deadline = context.deadline.min(Timestamp::now() + self.budget.duration());
            match self.that.holds(&context.until(deadline)).await {
                Ok(seen) => {
                    facts = seen;
                    let held = since.get_or_insert_with(Instant::now).elapsed();
                    let left = self.held.duration().saturating_sub(held);
                    if left.is_zero() {
                        break;
                    }
                    if context.left() < left.min(self.every.duration()) {
                        failed = Some(format!("it holds, but there was no time to see that for {}", self.held));
                        is_over = true;
                    } else {
                        tokio::time::sleep(left.min(self.every.duration()).max(Duration::from_millis(10))).await;
                    }
                }
                Err(trouble) => {
                    let held = since.map(|since| format!(" (after it had held for {:.1?})", since.elapsed()));
                    failed = Some(format!("{}{}", trouble.why, held.unwrap_or_default()));
                    facts = trouble.facts;
                    is_over = true;
                }
            }
        }
        self.outcome(context, began, asked, failed.map_or(Ok(()), |why| Err(Some(why))), facts)
    }

    fn outcome(
        &self,
        context: &Context<'_>,
        began: Instant,
        asked: u32,
        held: Result<(), Option<String>>,
        facts: Value,
    ) -> Outcome {
        let verdict = match &held {
            Ok(()) => Verdict::Passed,
            Err(None) => Verdict::NotAsked,
            Err(Some(_)) if self.priority > DECIDES => Verdict::Warning,
            Err(Some(_)) => Verdict::Failed,
        };
        let redactor = context.redactor;
        Outcome {
            check: self.name.clone(),
            kind: self.that.kind,
            priority: self.priority,
            asks: redactor.text(&self.that.said()),
            verdict,
            failed: held.err().flatten().map(|why| redactor.text(&why)),
            took_ms: (began.elapsed().as_secs_f64() * 1e4).round() / 10.0,
            asked,
            facts: redactor.value(facts),
        }
    }
}
