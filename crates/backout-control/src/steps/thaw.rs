//! Lets writes go on, with the rights as they were. The target's own record says whether that happened.
//!
//! Must not know: how rights come back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::{Env, Result, freeze, thaw};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thaw {}

impl Kind for Thaw {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            Ok(match thaw::preview(context.env).await? {
                Some(preview) => preview.statements,
                None => vec!["what a freeze has taken by then is given back exactly; nothing is frozen now".to_owned()],
            })
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let env = Env { confirmed: Some(context.env.claimed()?.to_owned()), ..context.env.clone() };
            match thaw::run(&env, &context.runs.who).await {
                Ok(done) => Ok(json!(done)),
                Err(halted) => {
                    let mut trouble = Trouble::from(halted.failure);
                    trouble.facts = json!(halted.done);
                    Err(trouble)
                }
            }
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            Ok(match freeze::settle(context.env).await? {
                None => Settled::Done(json!({ "frozen": false })),
                Some(_) => Settled::NotBegun,
            })
        })
    }
}
