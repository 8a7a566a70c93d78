//! Waits until a criterion holds, and has held for a time without a break.
//!
//! Must not know: what the criterion is about.

use std::time::{Duration, Instant};

use backout_runbook::procedure::Millis;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::checks::Criterion;
use crate::mistake::{Look, Mistake};

/// How often it is asked, where the plan does not say.
const EVERY: Millis = Millis(1000);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    until: Criterion,
    /// How long it must hold; 0 is once.
    #[serde(default, rename = "for_ms")]
    held: Millis,
    #[serde(default = "every", rename = "every_ms")]
    every: Millis,
}

fn every() -> Millis {
    EVERY
}

impl Kind for Wait {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let held = self.held.duration();
            let how = if held.is_zero() { "it holds".to_owned() } else { format!("it holds for {held:?}") };
            Ok(vec![format!("wait until {how}: {}", self.until.said())])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let found = self.until.mistakes(look).await;
            found.into_iter().map(|one| one.under(&["until"])).collect()
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let (began, mut since, mut asked) = (Instant::now(), None::<Instant>, 0_u32);
            loop {
                asked += 1;
                let last = match self.until.holds(&context.question()).await {
                    Ok(_) => {
                        let held = since.get_or_insert_with(Instant::now).elapsed();
                        if held >= self.held.duration() {
                            let ms = began.elapsed().as_secs_f64() * 1e3;
                            return Ok(json!({ "after_ms": ms, "asked": asked }));
                        }
                        "it holds, but not for long enough".to_owned()
                    }
                    Err(trouble) => {
                        since = None;
                        trouble.why
                    }
                };
                let pause = self.every.duration().max(Duration::from_millis(10));
                // The last answer says more than that time is up.
                if context.left() <= pause {
                    let facts = json!({ "asked": asked });
                    return Err(Trouble { why: format!("it did not hold in time: {last}"), again: false, facts });
                }
                tokio::time::sleep(pause).await;
            }
        })
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        // Waiting changes nothing: it begins again.
        Box::pin(async { Ok(Settled::NotBegun) })
    }
}
