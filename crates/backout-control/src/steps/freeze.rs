//! Stops all writes to the target, and proves it. The target's own record says whether that happened.
//!
//! Must not know: how writes are stopped.

use backout_plan::plan::Span;
use backout_postgres::freeze::Uncovered;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::cost::Cost;
use crate::freeze::{self, IfWritten, Options};
use crate::{Env, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Freeze {
    /// How long it is watched that nothing is written.
    #[serde(default)]
    watch: Option<Span>,
    /// Go on although some may still write.
    #[serde(default)]
    accept: bool,
    /// What follows where something is written all the same.
    #[serde(default)]
    if_written: IfWritten,
}

impl Kind for Freeze {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let preview = freeze::preview(context.env).await?;
            let mut lines = preview.statements;
            lines.extend(preview.uncovered.iter().map(|one| format!("-- {}", not_stopped(one))));
            lines.extend(preview.remarks.iter().map(|remark| format!("-- {remark}")));
            let watch = self.watch.map_or(freeze::WATCH, |watch| watch.duration());
            lines.push(format!("-- watched for {}", backout_plan::wording::span(watch)));
            Ok(lines)
        })
    }

    /// What it does not stop is what whoever decides must know, however long the statements are.
    fn cost<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Cost>> {
        Box::pin(async move {
            let preview = freeze::preview(context.env).await?;
            Ok(Cost { unlike: preview.uncovered.iter().map(not_stopped).collect(), ..Cost::default() })
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            // The run was confirmed when it was opened.
            let env = Env { confirmed: Some(context.env.claimed()?.to_owned()), ..context.env.clone() };
            let options = Options {
                accept: self.accept,
                watch: self.watch.map_or(freeze::WATCH, |watch| watch.duration()),
                if_written: self.if_written,
                who: context.runs.who.clone(),
                because: format!("run {}", context.journal.run),
            };
            match freeze::run(&env, &options).await {
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
            // What was not watched to its end is frozen once more, which covers the same and watches.
            let standing = freeze::settle(context.env).await?;
            let calm = standing.filter(|one| one.evidence.as_ref().is_some_and(|evidence| evidence.is_calm()));
            Ok(match calm {
                Some(standing) => Settled::Done(json!({ "frozen": standing.number, "evidence": standing.evidence })),
                None => Settled::NotBegun,
            })
        })
    }
}

fn not_stopped(one: &Uncovered) -> String {
    format!("not stopped: {}: {}", one.what, one.why)
}
