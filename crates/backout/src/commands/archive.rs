//! `backout archive`: what is kept of dropped things, how large it is and until when, and its removal.

use backout_control::archive::{self, Which};
use backout_plan::Exit;
use backout_postgres::archive::{Kept, Kind};
use clap::Subcommand;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{bytes, count, moment};

/// Show what is kept of dropped things, or remove it for good
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What is kept, how large it is and until when (the default)
    List,
    /// Remove what is kept of one migration at once, or all that is past its time
    ///
    /// A migration whose archive is purged cannot be undone any more.
    Purge {
        /// The migration's number, as `archive list` shows it
        #[arg(required_unless_present = "expired", conflicts_with = "expired")]
        number: Option<i64>,
        /// All that is past its time
        #[arg(long)]
        expired: bool,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    match &args.what {
        None | Some(What::List) => list(context, &archive::list(&env).await?),
        Some(What::Purge { number, .. }) => {
            let which = number.map_or(Which::Expired, Which::Of);
            let outcome = archive::purge(&env, which).await;
            let (purged, failure) = match outcome {
                Ok(purged) => (purged, None),
                Err(halted) => (halted.done, Some(halted.failure)),
            };
            if purged.is_empty() && failure.is_none() {
                context.ui.say("nothing is past its time");
            }
            show_purged(context, &purged);
            failure.map_or(Ok(Exit::Ok), |failure| Err(failure.into()))
        }
    }
}

fn list(context: &Context<'_>, kept: &[Kept]) -> Result<Exit, CommandError> {
    context.ui.result(json!({ "kept": kept }));
    if kept.is_empty() {
        context.ui.say("nothing is kept");
        return Ok(Exit::Ok);
    }
    let mut rows = Vec::new();
    for entry in kept {
        let mut what = Vec::new();
        for table in &entry.tables {
            let estimate = table.rows.map_or_else(|| "?".to_owned(), |rows| format!("~{rows}"));
            let holds = table.holds.clone().unwrap_or_else(|| "?".to_owned());
            what.push((holds, table.name.clone(), estimate, bytes(table.bytes)));
        }
        if entry.others > 0 || entry.tables.is_empty() {
            what.push((count(entry.others, "other object"), String::new(), String::new(), String::new()));
        }
        for (index, (holds, name, estimate, size)) in what.into_iter().enumerate() {
            let first = |text: String| if index == 0 { text } else { String::new() };
            rows.push(vec![
                first(entry.number.to_string()),
                first(kind(entry.kind).to_owned()),
                holds,
                first(entry.schema.clone()),
                name,
                estimate,
                size,
                first(entry.keep_until.map(moment).unwrap_or_default()),
            ]);
        }
    }
    context.ui.table(&["number", "kept as", "holds", "in schema", "table", "rows", "size", "kept until"], &rows);
    Ok(Exit::Ok)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Archive => "dropped",
        Kind::Undone => "set aside",
        Kind::Hidden => "hidden",
    }
}

fn show_purged(context: &Context<'_>, purged: &[Kept]) {
    context.ui.result(json!({ "purged": purged }));
    for kept in purged {
        let number = kept.tables.len() as i64;
        context.ui.out(match kept.kind {
            Kind::Hidden => format!("purged {} in {}", count(number, "hidden column"), kept.schema),
            Kind::Archive | Kind::Undone => format!("purged {} ({})", kept.schema, count(number, "table")),
        });
    }
}
