//! What an outside service sends by itself, as `backout serve` has taken it.
//!
//! Must not know: how a message arrives, or whether it is the sender's.

use backout_connectors::inbound::{self, Wanted};
use backout_plan::plan::Flaw;
use backout_signals::{Observation, Said as What};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Kind, Said, digest};
use crate::Boxed;
use crate::checks::Context;
use crate::mistake::{Look, Mistake};
use crate::outside::secrets;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Whose message it is: `sentry`, `alertmanager`, …
    pub kind: String,
    /// `env:NAME`: what signs it.
    pub secret: String,
    #[serde(default, rename = "where")]
    labels: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    bad: Option<String>,
    #[serde(default)]
    of: Option<String>,
    #[serde(default)]
    who: Option<String>,
}

impl Webhook {
    fn wanted(&self) -> Wanted {
        let Self { labels, value, bad, of, who, .. } = self.clone();
        Wanted { labels, value, bad, of, who }
    }
}

impl Kind for Webhook {
    fn said(&self) -> String {
        let labels = self.labels.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>();
        match labels.is_empty() {
            true => format!("messages of {}", self.kind),
            false => format!("messages of {} with {}", self.kind, labels.join(", ")),
        }
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found: Vec<Mistake> = secrets::unset(look.env, &["secret"], &self.secret).into_iter().collect();
            if !inbound::kinds().any(|kind| kind == self.kind) {
                let flaw = Flaw::at(&["kind"], format!("there is no kind of webhook {:?}", self.kind));
                found.push(Mistake::plan(flaw.value(&self.kind).meant(&self.kind, inbound::kinds())));
            }
            if !self.secret.starts_with("env:") {
                let flaw =
                    Flaw::at(&["secret"], "a secret does not stand in a plan").hint("write secret = \"env:NAME\"");
                found.push(Mistake::plan(flaw));
            }
            found
        })
    }

    fn ask<'a>(&'a self, _: &'a Context<'a>, _: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn heard(&self, body: &[u8], at: Timestamp) -> Option<Observation> {
        let said = inbound::says(&self.kind, body, at, &self.wanted());
        let said =
            said.unwrap_or_else(|why| Some(Observation::failed(at, format!("a message of {}: {why}", self.kind))));
        // As with reports and rows: they are told apart, and not named in what is kept.
        said.map(|one| match one.said {
            What::Events { count, of, who } => {
                let who = who.iter().map(|name| digest(name)).collect();
                Observation { said: What::Events { count, of, who }, ..one }
            }
            _ => one,
        })
    }

    fn webhook(&self) -> Option<&Webhook> {
        Some(self)
    }
}
