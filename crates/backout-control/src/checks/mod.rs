//! What can be asked of a target and of what stands around it: one kind of check a file, and the table of them.
//!
//! A check holds or says why not. What cannot be seen (NULL, no rows, no right to look, a service that does not answer)
//! is a reason why not: nothing passes that was not seen.
//!
//! Must not know: runs, who asks, or what is done about it.

mod baseline;
mod command;
mod count_unchanged;
mod extension;
mod foreign_keys;
mod http;
mod impact;
mod indexes;
mod latency;
mod policies;
mod publication;
mod rate_limit;
mod recent_rows;
mod redis;
mod rls;
mod sequences;
mod shared;
mod sql;
mod tables;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use backout_plan::plan::{Flaw, read_value};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::Env;
use crate::baseline::Baseline;
use crate::mistake::{Look, Mistake};
use crate::outside::secrets::Redactor;
use crate::outside::{Errand, Trouble};

pub use shared::list::{Check, Outcome, Verdict, all, of_plan};
pub(crate) use shared::names::table;
pub(crate) use shared::reading;

/// Where a check stands, and what it may use.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    pub env: &'c Env,
    pub deadline: Timestamp,
    redactor: &'c Redactor,
    /// How things were, where somebody handed that in.
    baseline: Option<&'c Baseline>,
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Held = Result<Value, Trouble>;

/// One kind of check.
trait Kind: fmt::Debug + Send + Sync {
    /// What it asks, on one line, without secrets.
    fn said(&self) -> String;
    /// What is wrong with it as it stands in the plan, so that it could never hold; asks nothing of what it is about.
    fn mistakes<'a>(&'a self, _: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async { Vec::new() })
    }
    /// What was seen, where it holds; why not, where it does not.
    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held>;
}

type Made = Result<Arc<dyn Kind>, Flaw>;
type Make = fn(&Value) -> Made;

/// The kind that compares with a baseline as a whole.
pub(crate) const BASELINE: &str = "baseline";

/// Every kind by its name in a plan.
const KINDS: &[(&str, Make)] = &[
    (BASELINE, made::<baseline::AsBefore>),
    ("command", made::<command::Command>),
    ("count-unchanged", made::<count_unchanged::CountUnchanged>),
    ("extension", made::<extension::Extension>),
    ("foreign-keys", made::<foreign_keys::ForeignKeys>),
    ("http", made::<http::Asked>),
    ("impact", made::<impact::Impact>),
    ("indexes", made::<indexes::Indexes>),
    ("latency", made::<latency::Latency>),
    ("policies", made::<policies::Policies>),
    ("publication", made::<publication::Publication>),
    ("rate-limit", made::<rate_limit::RateLimit>),
    ("recent-rows", made::<recent_rows::RecentRows>),
    ("redis", made::<redis::Redis>),
    ("rls", made::<rls::Rls>),
    ("sequences", made::<sequences::Sequences>),
    ("sql", made::<sql::Sql>),
    ("tables", made::<tables::Tables>),
];

fn made<K: Kind + DeserializeOwned + 'static>(value: &Value) -> Made {
    Ok(Arc::new(read_value::<K>(value)?))
}

/// The names of all kinds.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// Something that holds or does not, as a plan writes it: `{ kind = … }`.
#[derive(Debug, Clone)]
pub struct Criterion {
    pub kind: &'static str,
    what: Arc<dyn Kind>,
}

impl Criterion {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, at its key.
    pub fn read(that: &Value) -> Result<Self, Flaw> {
        let known = || kinds().collect::<Vec<_>>().join(", ");
        let mut fields = that.as_object().into_iter().flatten();
        let (Some((name, what)), None) = (fields.next(), fields.next()) else {
            return Err(Flaw::at(&[], format!("a criterion is a table with one of: {}", known())));
        };
        let Some((kind, make)) = KINDS.iter().find(|(kind, _)| *kind == name) else {
            let flaw = Flaw::at(&[name.as_str()], format!("there is no check {name:?}; there are: {}", known()));
            return Err(Flaw { hint: None, ..flaw.value(name).meant(name, kinds()) });
        };
        let wrong = |flaw: Flaw| Flaw { said: format!("{name}: {}", flaw.said), ..flaw }.under(&[name.as_str()]);
        Ok(Self { kind, what: make(what).map_err(wrong)? })
    }

    /// What is wrong with it as it stands in the plan.
    pub(crate) async fn mistakes(&self, look: &Look<'_>) -> Vec<Mistake> {
        let found = self.what.mistakes(look).await;
        found.into_iter().map(|mistake| mistake.under(&[self.kind])).collect()
    }

    /// What it asks, on one line.
    pub fn said(&self) -> String {
        self.what.said()
    }

    /// What was seen, where it holds; why not, where it does not or where its time is over.
    ///
    /// # Errors
    /// Why it does not hold.
    pub async fn holds(&self, context: &Context<'_>) -> Held {
        let left = context.left();
        match tokio::time::timeout(left, self.what.holds(context)).await {
            Ok(held) => held,
            Err(_) => Err(Trouble::new(format!("there was no answer within {left:.1?}"), true)),
        }
    }
}

impl<'de> Deserialize<'de> for Criterion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let that = Value::deserialize(deserializer)?;
        Self::read(&that).map_err(serde::de::Error::custom)
    }
}

impl<'c> Context<'c> {
    pub(crate) fn new(
        env: &'c Env,
        deadline: Timestamp,
        redactor: &'c Redactor,
        baseline: Option<&'c Baseline>,
    ) -> Self {
        Self { env, deadline, redactor, baseline }
    }

    /// The same with another deadline.
    fn until(self, deadline: Timestamp) -> Self {
        Self { deadline, ..self }
    }

    /// For what is asked outside. A question is not known again by a mark: its answer must be one of now.
    pub(crate) fn errand(&self) -> Errand<'c> {
        Errand { env: self.env, deadline: self.deadline, mark: None }
    }

    /// The baseline that is handed in, else the one in this file, which is relative to the plan.
    fn baseline(&self, file: Option<&Path>) -> Result<Cow<'c, Baseline>, Trouble> {
        match (self.baseline, file) {
            (Some(baseline), _) => Ok(Cow::Borrowed(baseline)),
            (None, Some(file)) => Ok(Cow::Owned(Baseline::read(&self.env.folder().join(file))?)),
            (None, None) => Err(nothing("there is no baseline to compare with")),
        }
    }

    /// What is left of its time.
    fn left(&self) -> Duration {
        self.errand().left()
    }
}

/// What is wrong, all of it: the first ones as a sentence, and everything as facts.
fn found(findings: Vec<String>, mut facts: Value) -> Held {
    const SHOWN: usize = 12;
    if findings.is_empty() {
        return Ok(facts);
    }
    let mut why = findings.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if findings.len() > SHOWN {
        why.push_str(&format!("; and {} more", findings.len() - SHOWN));
    }
    facts["findings"] = json!(findings);
    Err(Trouble { why, again: true, facts })
}

/// Nothing was proven, however often it is asked.
fn nothing(why: impl Into<String>) -> Trouble {
    Trouble::new(format!("nothing is proven: {}", why.into()), false)
}

/// Tells the JSON Schema of the plan which kinds there are.
pub fn into_schema(schema: &mut Value) {
    let kinds: Map<String, Value> =
        kinds().map(|kind| (kind.to_owned(), json!({ "description": format!("docs/checks.md#{kind}") }))).collect();
    schema["$defs"]["PlanCheck"]["properties"]["that"] = json!({
        "description": "What must hold: one kind and what it needs.",
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": kinds
    });
}

#[cfg(test)]
mod tests;
