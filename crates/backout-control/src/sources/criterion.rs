//! A check that is asked over and over: an event each time that it does not hold.
//!
//! Must not know: what it asks.

use backout_signals::Observation;
use jiff::Timestamp;
use serde_json::Value;

use super::{Kind, Said};
use crate::Boxed;
use crate::checks::{Context, Criterion};
use crate::mistake::{Look, Mistake};

/// Where nothing answers, an address is what is wrong; of anything else nothing was seen then.
const ANSWERS_ITSELF: &[&str] = &["http", "redis", "rate-limit", "command"];

#[derive(Debug)]
pub(super) struct Asked(pub Criterion);

impl Kind for Asked {
    fn said(&self) -> String {
        self.0.said()
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { self.0.mistakes(look).await })
    }

    fn ask<'a>(&'a self, context: &'a Context<'a>, _: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async move {
            let held = self.0.holds(context).await;
            let now = Timestamp::now();
            match held {
                Ok(_) => Ok(vec![Observation::events(now, 0, Some(1))]),
                // What a check has seen is in its facts. Without any it has seen nothing, which is no breach.
                Err(trouble) if !trouble.facts.is_null() || ANSWERS_ITSELF.contains(&self.0.kind) => {
                    Ok(vec![Observation::events(now, 1, Some(1))])
                }
                Err(trouble) => Err(trouble),
            }
        })
    }
}
