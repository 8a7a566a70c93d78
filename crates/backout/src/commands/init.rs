//! `backout init`: writes the plan from a live database and a migrations folder, and takes over what is applied.

use std::path::PathBuf;

use backout_control::init::{self, Options};
use backout_plan::Exit;
use backout_plan::plan::{Target, TargetUrl};
use serde_json::json;

use crate::context::{Context, PLAN_FILE};
use crate::error::CommandError;
use crate::ui::count;

/// The name of the first target where none is said.
const FIRST_TARGET: &str = "production";

/// Write backout.toml from a live database and a migrations folder
///
/// Makes Backout's own schema in the target and takes over what the team's tool has applied already.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The migrations' folder [default: found by the usual names]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The tool whose layout the folder has [default: detected]
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,
    /// For a folder without a tool's history: the migrations up to this version are applied already
    #[arg(long, value_name = "VERSION")]
    applied_to: Option<String>,
    /// Ways back to begin with, for you to edit: plain, meetsolis (an application on Vercel and Supabase) or aias (code,
    /// database, flags)
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Replace a plan that is there
    #[arg(long)]
    force: bool,
    /// Print the plan; write nothing, neither here nor in the target
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let file = context.global.plan.clone().unwrap_or_else(|| PathBuf::from(PLAN_FILE));
    if file.exists() && !args.force && !args.dry_run {
        return Err(CommandError::new(Exit::Refused, format!("{} is there already", file.display()))
            .hint("--force replaces it; --dry-run prints the new one"));
    }
    let name = context.global.target.clone().or_else(|| context.global.yes.clone());
    let options = Options {
        file,
        target: name.unwrap_or_else(|| FIRST_TARGET.to_owned()),
        url_env: "DATABASE_URL".to_owned(),
        dir: args.dir.clone(),
        layout: args.layout.clone(),
        applied_to: args.applied_to.clone(),
        force: args.force,
        template: args.template.clone(),
    };
    let Options { file, target, .. } = &options;
    // The connection as it is now; the plan will find it in the variable.
    let mut env = context.env_of(None, None);
    env.claimed = Some(target.clone());
    let prepared = init::prepare(&env, &options).await?;
    let taken_over = count(prepared.adopt.len() as i64, "migration");
    ui.result(json!({
        "plan": file.display().to_string(), "text": prepared.text, "target": target, "layout": prepared.layout,
        "dry_run": args.dry_run, "taken_over": prepared.adopt, "pending": prepared.pending,
        "fill_in": prepared.fill_in.iter().map(|one| json!({ "line": one.line, "column": one.column, "text": one.text })).collect::<Vec<_>>(),
    }));
    if args.dry_run {
        ui.out(prepared.text.trim_end());
        ui.say(format!("would write {} and take over {taken_over} as history", file.display()));
        if prepared.is_new {
            ui.say(format!("would make the schema \"backout\" in {}", prepared.endpoint));
        }
        return Ok(Exit::Ok);
    }
    init::run(&env, &options, &prepared).await?;
    ui.out(format!(
        "wrote {}: {} of layout {}",
        file.display(),
        count(prepared.migrations as i64, "migration"),
        prepared.layout
    ));
    if !prepared.adopt.is_empty() {
        let applied = count(prepared.adopt.len() as i64, "applied migration");
        ui.out(format!("taken over as history: {applied}"));
    }
    ui.out(format!("pending: {}", prepared.pending.len()));
    if !prepared.heavy.is_empty() {
        ui.hint("say in [protect] which tables must survive every migration; the largest are named there in a comment");
    }
    if !prepared.fill_in.is_empty() {
        ui.out("to be filled in by you:");
        for one in &prepared.fill_in {
            ui.out(format!("  {}:{}: {}", file.display(), one.line, one.text));
        }
        ui.hint("a rollback is refused until they are; `backout doctor` lists what is left");
    }
    hint_at_url(context, &options);
    Ok(Exit::Ok)
}

/// The plan reads a variable, and it may not be there yet.
fn hint_at_url(context: &Context<'_>, options: &Options) {
    let (name, variable) = (options.target.clone(), &options.url_env);
    let target = Target { name, url: Some(TargetUrl::Env(variable.clone())), ..Target::default() };
    let elsewhere = context.global.url.is_some() && std::env::var_os(variable).is_none();
    if elsewhere || context.env_of(None, Some(target)).settings.is_err() {
        context.ui.hint(format!("the plan reads the connection string from {variable}: set it, or put it into .env"));
    }
}
