//! `backout flags rollout`: rollouts of the plan, begun and answered; a server carries them out.

use backout_control::rollout::{self, Move, Shown, ShownStage, Stands, Word};
use backout_control::runs::Runs;
use backout_plan::Exit;
use clap::Subcommand;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::moment;

#[derive(Debug, Subcommand)]
pub enum What {
    /// Begin a rollout of the plan: the server that leads goes through its stages
    Start {
        /// As the plan calls it
        name: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        because: String,
    },
    /// Where rollouts stand, stage by stage
    Status {
        /// This one alone
        name: Option<String>,
    },
    /// Agree to the stage that waits
    Approve(Named),
    /// Let it begin no further stage; what goes wrong meanwhile still stops it
    Pause(Named),
    /// Go on: the time of the pause is none of the stage's
    Resume(Named),
    /// End it: the flag goes back to what it was before
    Abort {
        #[command(flatten)]
        named: Named,
        /// The flag stays as the stage has it
        #[arg(long)]
        stay: bool,
    },
}

#[derive(Debug, clap::Args)]
pub struct Named {
    /// As the plan calls it
    name: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    because: String,
}

pub async fn run(what: &What, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let (named, word) = match what {
        What::Start { name, because } => {
            let state = rollout::start(&env, &runs, name, because).await?;
            context.ui.result(json!(Shown::of(&state)));
            context.ui.out(format!("rollout {name:?} begins"));
            return carried_out(context, &runs, env.claimed()?).await;
        }
        What::Status { name } => {
            let mut all = rollout::look(&env, &runs).await?;
            if let Some(name) = name {
                all.retain(|one| one.name == *name);
                if all.is_empty() {
                    return Err(CommandError::new(Exit::Usage, format!("there is no rollout {name:?}")));
                }
            }
            context.ui.result(json!({ "rollouts": all }));
            show(context, &all);
            return Ok(Exit::Ok);
        }
        What::Approve(named) => (named, Word::Approve),
        What::Pause(named) => (named, Word::Pause),
        What::Resume(named) => (named, Word::Resume),
        What::Abort { named, stay } => (named, Word::Abort { stays: *stay }),
    };
    let Named { name, because } = named;
    let Move { state, said, .. } = rollout::say(&env, &runs, name, word, because).await?;
    context.ui.result(json!(Shown::of(&state)));
    context.ui.out(format!("rollout {name:?}: {said}"));
    if state.is_over() { Ok(Exit::Ok) } else { carried_out(context, &runs, env.claimed()?).await }
}

/// Says where nobody is there to go on with it.
async fn carried_out(context: &Context<'_>, runs: &Runs, target: &str) -> Result<Exit, CommandError> {
    let seated = runs.store.seated(&rollout::leader(target)).await.map_err(backout_control::Failure::from)?;
    if seated.is_none() {
        context.ui.warn("no server leads now: it goes on as soon as one does");
        context.ui.hint("`backout serve` carries rollouts out");
    }
    Ok(Exit::Ok)
}

fn show(context: &Context<'_>, all: &[Shown]) {
    let ui = context.ui;
    if all.is_empty() {
        ui.say("the plan has no rollouts");
    }
    for one in all {
        let mut said = format!("{}: {} (flag {}, variant {})", one.name, one.stands.word(), one.flag, one.variant);
        if let (Some(begun), Some(by)) = (one.begun, &one.by) {
            said.push_str(&format!(", begun {} by {by}", moment(begun)));
        }
        ui.out(said);
        if let Some(why) = &one.why {
            ui.out(format!("  {why}{}", if one.back { "; the flag is what it was before" } else { "" }));
        }
        let rows: Vec<Vec<String>> =
            one.stages.iter().enumerate().map(|(place, stage)| row(one, stage, place)).collect();
        ui.table(&["stage", "who", "watched for", "checks", "triggers", "stands"], &rows);
    }
}

fn row(one: &Shown, stage: &ShownStage, place: usize) -> Vec<String> {
    let stands = match (stage.is_now, stage.passed, stage.switched) {
        (true, ..) => match one.until {
            Some(until) => format!("{} until {}", one.stands.word(), moment(until)),
            None => one.stands.word().to_owned(),
        },
        (_, Some(at), _) => format!("held until {}", moment(at)),
        (_, None, Some(_)) if one.stands == Stands::Stopped => "did not hold".to_owned(),
        (_, None, Some(_)) => "left".to_owned(),
        (_, None, None) if stage.ask => "asks somebody first".to_owned(),
        (_, None, None) => String::new(),
    };
    let place = (place + 1).to_string();
    vec![place, stage.who.clone(), stage.hold.to_string(), stage.checks.join(", "), stage.triggers.join(", "), stands]
}
