//! `backout runs`: the newest runs of the store.

use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::moment;

/// List the runs: releases and rollbacks, under way and over
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the newest N
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let list = context.runs(&env).await?.look(args.limit).await?;
    context.ui.result(json!({ "runs": list }));
    if list.is_empty() {
        context.ui.say("there is no run yet");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|one| {
            let summary = &one.summary;
            vec![
                summary.run.clone(),
                summary.procedure.clone(),
                summary.target.clone().unwrap_or_default(),
                one.word().to_owned(),
                moment(summary.opened),
                summary.opener.clone(),
                summary.holder.clone().unwrap_or_default(),
                one.waits.clone(),
            ]
        })
        .collect();
    context.ui.table(&["run", "what", "target", "state", "opened", "by", "held by", ""], &rows);
    Ok(Exit::Ok)
}
