//! Who is asked how things are: one kind of source a file, and the table of them.
//!
//! A source says something or why it could not. What nobody saw is a failure of the source, never a good sign and never
//! a bad one.
//!
//! Must not know: triggers, or what is done about what was said.

mod cost;
mod criterion;
mod database;
mod prometheus;
mod reports;
mod sql;
mod webhook;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use backout_connectors::inbound::{Headers, Refused, otlp_json, rpc_status, unpacked};

use backout_connectors::inbound;
use backout_plan::Plan;
use backout_plan::plan::{Flaw, PlanErrors, PlanSource, read_value};
use backout_signals::Observation;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::checks::{self, Context, Criterion};
use crate::mistake::{Look, Mistake};
use crate::outside::Trouble;
use crate::{Boxed, Env};

pub(crate) use crate::outside::secrets::Redactor;
pub(crate) use reports::digest;
pub use reports::{Report, SOURCE as REPORTS};

type Said = Result<Vec<Observation>, Trouble>;

/// One kind of source.
trait Kind: fmt::Debug + Send + Sync {
    /// What it asks, on one line, without secrets.
    fn said(&self) -> String;
    /// What is wrong with it as it stands in the plan.
    fn mistakes<'a>(&'a self, _: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async { Vec::new() })
    }
    /// How things are. What must be known the next time lies in `cursor`.
    fn ask<'a>(&'a self, context: &'a Context<'a>, cursor: &'a mut Value) -> Boxed<'a, Said>;
    /// What a message means that lies in the inbox, for a source that is not asked.
    fn heard(&self, _: &[u8], _: Timestamp) -> Option<Observation> {
        None
    }
    /// The same where such messages come over the network.
    fn webhook(&self) -> Option<&webhook::Webhook> {
        None
    }
}

type Made = Result<Arc<dyn Kind>, Flaw>;
type Make = fn(&Value) -> Made;

/// Every kind that is not a check, by its name in a plan.
const KINDS: &[(&str, Make)] = &[
    ("cost", made::<cost::Cost>),
    ("database", made::<database::Database>),
    ("prometheus", made::<prometheus::Query>),
    (REPORTS, made::<reports::Reports>),
    ("sql", made::<sql::Sql>),
    (WEBHOOK, made::<webhook::Webhook>),
];

/// What a service sends by itself.
const WEBHOOK: &str = "webhook";

/// A check of the plan, by its name.
const CHECK: &str = "check";

fn made<K: Kind + DeserializeOwned + 'static>(value: &Value) -> Made {
    Ok(Arc::new(read_value::<K>(value)?))
}

/// The names of all kinds; a check is one too.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    let own = KINDS.iter().map(|(name, _)| *name);
    own.chain([CHECK]).chain(checks::kinds().filter(|kind| KINDS.iter().all(|(name, _)| name != kind)))
}

/// Why a message is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Doubt {
    #[error("nobody sends messages to this source")]
    NotSent,
    #[error("the secret of this source is not set")]
    NoSecret,
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Somebody who says how things are.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    pub kind: String,
    /// How often it is asked; nothing where it speaks by itself.
    pub every: Option<Duration>,
    budget: Duration,
    what: Arc<dyn Kind>,
}

impl Source {
    /// The sources of the plan.
    ///
    /// # Errors
    /// A problem for each that cannot be read, at its place in the file.
    pub fn of_plan(plan: &Plan) -> Result<Vec<Self>, PlanErrors> {
        plan.validate_sources(&|ask| read(plan, ask).map(drop))?;
        Ok(plan.sources.iter().filter_map(|source| Self::read(plan, source).ok()).collect())
    }

    fn read(plan: &Plan, source: &PlanSource) -> Result<Self, Flaw> {
        let (kind, what) = read(plan, &source.ask)?;
        let is_asked = ![REPORTS, WEBHOOK].contains(&kind.as_str());
        // What is not said is often enough for people, and seldom enough for what is asked.
        let usual = if kind == "rls" { 300 } else { 10 };
        let every = source.every.map_or(Duration::from_secs(usual), |every| every.duration());
        Ok(Self {
            name: source.name.clone(),
            kind,
            every: is_asked.then_some(every),
            budget: source.budget.duration(),
            what,
        })
    }

    /// What it asks, on one line.
    pub fn said(&self) -> String {
        self.what.said()
    }

    /// What is wrong with it as it stands in the plan.
    pub(crate) async fn mistakes(&self, look: &Look<'_>) -> Vec<Mistake> {
        let found = self.what.mistakes(look).await;
        // A check says by itself which kind it is.
        match KINDS.iter().any(|(name, _)| *name == self.kind) {
            true => found.into_iter().map(|mistake| mistake.under(&[self.kind.as_str()])).collect(),
            false => found,
        }
    }

    /// How things are. What fails, or takes longer than it may, is said by an observation as well.
    pub(crate) async fn ask(&self, env: &Env, redactor: &Redactor, cursor: &mut Value) -> Vec<Observation> {
        let begun = Timestamp::now();
        let deadline = begun.checked_add(self.budget).unwrap_or(begun);
        let context = Context::new(env, deadline, redactor, None);
        let said = tokio::time::timeout(self.budget, self.what.ask(&context, cursor)).await;
        match said {
            Ok(Ok(observations)) => observations,
            Ok(Err(trouble)) => vec![Observation::failed(Timestamp::now(), redactor.text(&trouble.why))],
            Err(_) => {
                vec![Observation::failed(Timestamp::now(), format!("there was no answer within {:.1?}", self.budget))]
            }
        }
    }

    /// Whose messages it hears.
    pub(crate) fn inbox(&self) -> &str {
        if self.kind == REPORTS { REPORTS } else { &self.name }
    }

    /// Whether a message is one of the service that this source hears: by what name the service calls it.
    ///
    /// # Errors
    /// Why it is not. Nobody outside should learn which reason it is.
    pub fn verified(&self, env: &Env, headers: Headers<'_>, raw: &[u8], now: Timestamp) -> Result<String, Doubt> {
        let webhook = self.what.webhook().ok_or(Doubt::NotSent)?;
        let secret = webhook.secret.strip_prefix("env:").and_then(|name| (env.variables)(name));
        let secret = secret.ok_or(Doubt::NoSecret)?;
        Ok(inbound::verify(&webhook.kind, secret.as_bytes(), headers, raw, now)?)
    }

    /// Whether its sender is an exporter of OTLP.
    pub fn is_otlp(&self) -> bool {
        self.what.webhook().is_some_and(|webhook| webhook.kind == inbound::OTLP)
    }

    /// What a message of the inbox means to it.
    pub(crate) fn heard(&self, body: &[u8], at: Timestamp) -> Option<Observation> {
        self.what.heard(body, at)
    }
}

/// Kind and what it needs.
fn read(plan: &Plan, ask: &Value) -> Result<(String, Arc<dyn Kind>), Flaw> {
    let mut fields = ask.as_object().into_iter().flatten();
    let (Some((name, what)), None) = (fields.next(), fields.next()) else {
        return Err(Flaw::at(&[], "a source is asked by a table with one kind").meant("", kinds()));
    };
    let wrong = |flaw: Flaw| Flaw { said: format!("{name}: {}", flaw.said), ..flaw }.under(&[name.as_str()]);
    if let Some((_, make)) = KINDS.iter().find(|(kind, _)| kind == name) {
        return Ok((name.clone(), make(what).map_err(wrong)?));
    }
    if name == CHECK {
        let wanted = what.as_str().unwrap_or_default();
        let names = || plan.criteria.iter().map(|check| check.name.as_str());
        let Some(check) = plan.criteria.iter().find(|check| check.name == wanted) else {
            let flaw = Flaw::at(&[CHECK], format!("the plan has no check {wanted:?}")).value(wanted);
            return Err(flaw.meant(wanted, names()));
        };
        let that = Criterion::read(&check.that).map_err(wrong)?;
        return Ok((that.kind.to_owned(), Arc::new(criterion::Asked(that))));
    }
    if checks::kinds().any(|kind| kind == name) {
        let that = Criterion::read(ask)?;
        return Ok((that.kind.to_owned(), Arc::new(criterion::Asked(that))));
    }
    let flaw = Flaw::at(&[name.as_str()], format!("there is no kind of source {name:?}")).value(name);
    let all = kinds().collect::<Vec<_>>().join(", ");
    let flaw = flaw.meant(name, kinds());
    Err(if flaw.suggestion.is_some() { flaw } else { flaw.hint(format!("there are: {all}")) })
}

/// Tells the JSON Schema of the plan which kinds there are.
pub fn into_schema(schema: &mut Value) {
    let kinds: Map<String, Value> =
        kinds().map(|kind| (kind.to_owned(), json!({ "description": format!("docs/sources.md#{kind}") }))).collect();
    schema["$defs"]["PlanSource"]["properties"]["ask"] = json!({
        "description": "One kind and what it needs.",
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": kinds
    });
}

#[cfg(test)]
mod tests;
