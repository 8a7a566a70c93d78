//! `backout flags`: the flags of a file, switched by hand and brought back to any version.

mod rollout;

use std::collections::BTreeMap;
use std::path::PathBuf;

use backout_control::values::{self, Place};
use backout_plan::Exit;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::error::CommandError;
use crate::hints::quoted;
use crate::versions::{self, Back, Wanted};

/// Show flags, switch them for everybody, or bring former definitions back
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The file of flags in flagd's format, relative to the plan; the one that the plan's steps change by default
    #[arg(long, value_name = "FILE", global = true)]
    file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Each flag's state, the variant that it has by default, and whether some get another one (the default)
    List,
    /// Give everybody a variant, at once: the flag is enabled, and nobody is targeted any more
    Set {
        /// NAME=VARIANT
        #[arg(required = true, value_name = "NAME=VARIANT", value_parser = pair)]
        flags: Vec<(String, String)>,
        /// Show what would change; change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print each flag as a variable, for an application that reads nothing but its environment
    ///
    /// A flag that is disabled is left out: the application's own default holds.
    Env {
        /// What each name begins with, such as ENABLE_
        #[arg(long, default_value = "", value_parser = beginning)]
        prefix: String,
        /// For whom the flags are evaluated: NAME=VALUE, such as targetingKey=worker-1
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        context: Vec<(String, String)>,
    },
    /// Which flags were changed, when, by whom and how
    History {
        /// This flag alone
        name: Option<String>,
    },
    /// Bring flags back to what they were at a version, targeting included
    ///
    /// That makes a version of its own.
    Revert {
        /// These flags alone
        names: Vec<String>,
        #[command(flatten)]
        wanted: Wanted,
        /// Show what would come back; change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Go through the stages of a rollout of the plan
    Rollout {
        #[command(subcommand)]
        what: rollout::What,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, variant) = text.rsplit_once('=').ok_or("write NAME=VARIANT")?;
    if name.is_empty() || variant.is_empty() {
        return Err("write NAME=VARIANT".to_owned());
    }
    Ok((name.to_owned(), variant.to_owned()))
}

fn beginning(text: &str) -> Result<String, String> {
    let fits = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits { Ok(text.to_owned()) } else { Err("letters, digits and _ alone".to_owned()) }
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    if let Some(What::History { name }) = &args.what {
        return versions::history(context, "flags", name.as_deref()).await;
    }
    if let Some(What::Rollout { what }) = &args.what {
        return rollout::run(what, context).await;
    }
    let env = context.env()?;
    let file = values::file_of_flags(args.file.as_deref(), &values::of_plan(&env))?;
    match &args.what {
        None | Some(What::List | What::History { .. } | What::Rollout { .. }) => {
            let flags = values::flags(&env.folder().join(&file))?;
            ui.result(json!({ "file": file, "flags": flags }));
            let row = |flag: &values::Flag| {
                let targeting = if flag.targeting { "some get another one" } else { "" };
                let cells = [&flag.name, &flag.state, &flag.default_variant, &flag.variants.join(", ")];
                cells.into_iter().cloned().chain([targeting.to_owned()]).collect()
            };
            let rows: Vec<Vec<String>> = flags.iter().map(row).collect();
            ui.table(&["flag", "state", "default", "variants", "targeting"], &rows);
            Ok(Exit::Ok)
        }
        Some(What::Set { flags, dry_run }) => {
            let runs = context.runs(&env).await?;
            let (set, deadline) = (BTreeMap::from_iter(flags.iter().cloned()), versions::deadline(false));
            if *dry_run {
                let edits = values::would_switch(&env, &runs, &file, &set, deadline).await?;
                ui.result(json!({ "would": edits }));
                for edit in &edits {
                    ui.out(format!("{}: {} would become {}", edit.name, edit.former, edit.now));
                }
                return Ok(Exit::Ok);
            }
            let applied = values::switch(&env, &runs, &file, &set, deadline).await?;
            ui.result(json!(applied));
            match applied.version {
                Some(version) => ui.out(format!("{} switched, which is version {version}", applied.changed.join(", "))),
                None => ui.say("they are so already"),
            }
            Ok(Exit::Ok)
        }
        Some(What::Env { prefix, context: about }) => {
            let about: Map<String, Value> = about.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let now = Timestamp::now();
            let variables = values::variables(&env.folder().join(&file), prefix, &Value::Object(about), now)?;
            // Whatever a value is, a shell that reads the line runs nothing of it.
            variables.iter().for_each(|one| ui.out(format!("{}={}", one.name, quoted(&one.value))));
            ui.result(json!({ "file": file, "variables": variables }));
            Ok(Exit::Ok)
        }
        Some(What::Revert { names, wanted, dry_run }) => {
            let runs = context.runs(&env).await?;
            // Asking would take longer than switching; --dry-run shows it.
            let back = Back { wanted, names, identity: None, dry_run: *dry_run, redeploy: false, confirm: false };
            versions::revert(ui, &env, &runs, &Place::Flags(file), back).await
        }
    }
}
