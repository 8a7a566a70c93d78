//! `backout runs`: the newest runs of the store.

use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::moment;

/// List the runs: rollbacks, under way and over
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the newest N
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let list = context.runs(&env).await?.list(args.limit).await?;
    context.ui.result(json!({ "runs": list }));
    if list.is_empty() {
        context.ui.say("there is no run yet");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|one| {
            let target = one.target.clone().unwrap_or_default();
            let holder = one.holder.clone().unwrap_or_default();
            vec![
                one.run.clone(),
                one.procedure.clone(),
                target,
                one.phase.clone(),
                moment(one.opened),
                one.opener.clone(),
                holder,
            ]
        })
        .collect();
    context.ui.table(&["run", "what", "target", "state", "opened", "by", "held by"], &rows);
    Ok(Exit::Ok)
}
