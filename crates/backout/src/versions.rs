//! What `backout env` and `backout flags` have in common: the history of values, and the way back to a version.

use std::time::Duration;

use backout_control::Env;
use backout_control::runs::Runs;
use backout_control::values::{self, Identity, Options, Place, Plan, Side, Until, Version};
use backout_plan::Exit;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Ui, moment};

/// How long changing values may take; deploying anew may take longer.
const WITHIN: Duration = Duration::from_secs(120);
const DEPLOYED_WITHIN: Duration = Duration::from_secs(900);

/// Which state is wanted.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Wanted {
    /// Back to what the versions up to this one gave; 0 is before the first one
    #[arg(long, value_name = "VERSION")]
    to: Option<u64>,
    /// Back to what was there when this version was made
    #[arg(long, value_name = "VERSION")]
    before: Option<u64>,
}

impl Wanted {
    pub fn until(&self) -> Until {
        match (self.to, self.before) {
            (Some(version), _) => Until::After(version),
            (None, before) => Until::Before(before.unwrap_or_default()),
        }
    }

    /// The version that is named.
    pub fn version(&self) -> u64 {
        self.to.or(self.before).unwrap_or_default()
    }
}

pub fn deadline(deploys: bool) -> Timestamp {
    Timestamp::now() + if deploys { DEPLOYED_WITHIN } else { WITHIN }
}

/// All versions of a kind, of one name where it is given.
pub async fn history(context: &Context<'_>, kind: &str, name: Option<&str>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let mut all = values::versions(&runs, None).await?;
    all.retain(|one| one.kind == kind);
    if let Some(name) = name {
        all.iter_mut().for_each(|one| one.edits.retain(|edit| edit.name == name));
        all.retain(|one| !one.edits.is_empty());
    }
    context.ui.result(json!({ "versions": all }));
    if all.is_empty() {
        context.ui.say("nothing is on record");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = all.iter().flat_map(rows).collect();
    context.ui.table(&["version", "when", "by", "where", "name", "was", "became", "step", "notes"], &rows);
    Ok(Exit::Ok)
}

fn rows(version: &Version) -> Vec<Vec<String>> {
    let mut notes = Vec::new();
    if !version.kept {
        notes.push("values not kept");
    }
    if !version.done {
        notes.push("not seen to the end");
    }
    let row = |(place, edit): (usize, &values::Edit)| {
        let first = |text: String| if place == 0 { text } else { String::new() };
        vec![
            first(version.version.to_string()),
            first(moment(version.at)),
            first(version.by.clone()),
            first(version.place.clone()),
            edit.name.clone(),
            edit.former.to_string(),
            edit.now.to_string(),
            first(version.step.clone().unwrap_or_default()),
            first(notes.join(", ")),
        ]
    };
    version.edits.iter().enumerate().map(row).collect()
}

/// What somebody asks to bring back.
#[derive(Debug)]
pub struct Back<'b> {
    pub wanted: &'b Wanted,
    pub names: &'b [String],
    pub identity: Option<&'b str>,
    pub dry_run: bool,
    pub redeploy: bool,
    /// Asked for the target's name first.
    pub confirm: bool,
}

/// Shows what comes back, and brings it back.
pub async fn revert(ui: &Ui, env: &Env, runs: &Runs, place: &Place, back: Back<'_>) -> Result<Exit, CommandError> {
    let deadline = deadline(back.redeploy);
    let identity = Identity::named(env, back.identity)?;
    let options = Options { until: back.wanted.until(), names: back.names.to_vec(), identity };
    let plan = values::plan(env, runs, place, &options, deadline).await?;
    if back.dry_run {
        ui.result(json!({ "would": plan }));
        show(ui, &plan);
        return Ok(Exit::Ok);
    }
    if plan.changes.iter().all(|change| change.is_there) && !back.redeploy {
        ui.result(json!({ "reverted": plan, "version": null }));
        ui.say(format!("{} is as it was then", plan.place));
        return Ok(Exit::Ok);
    }
    if back.confirm {
        let names: Vec<&str> = plan.changes.iter().map(|change| change.name.as_str()).collect();
        env.confirm(format!("former values of {} in {}", names.join(", "), plan.place))?;
    }
    let applied = values::revert(env, runs, place, &plan, None, deadline).await?;
    let mark = format!("by hand/{}/{}", applied.version.unwrap_or_default(), Timestamp::now());
    let deployment = match back.redeploy {
        true => values::redeploy(env, place, &mark, deadline).await?,
        false => None,
    };
    ui.result(json!({ "reverted": plan, "version": applied.version, "deployment": deployment }));
    show(ui, &plan);
    if let Some(version) = applied.version {
        ui.out(format!("{}: as it was then, which is version {version}", plan.place));
    }
    match (&deployment, place) {
        (Some(deployment), _) => ui.out(format!("deployment {deployment} is production")),
        (None, Place::Vercel(_)) => {
            ui.warn("new values reach new deployments only");
            ui.hint("--redeploy builds production's code anew");
        }
        _ => {}
    }
    Ok(Exit::Ok)
}

fn show(ui: &Ui, plan: &Plan) {
    if plan.changes.is_empty() {
        ui.say(format!("{} is as it was then", plan.place));
        return;
    }
    let row = |change: &values::Change| {
        let mut notes = Vec::new();
        if change.is_there {
            notes.push("is so already");
        } else if change.changed_since {
            notes.push("changed by others since");
        }
        let of = match change.side {
            Side::Given => format!("given by version {}", change.of),
            Side::Before => format!("before version {}", change.of),
        };
        vec![change.name.clone(), change.to.to_string(), of, notes.join(", ")]
    };
    let rows: Vec<Vec<String>> = plan.changes.iter().map(row).collect();
    ui.table(&["name", "becomes", "which is", "notes"], &rows);
}
