//! `backout rows`: which transactions changed a table, and taking back what some of them did.
//!
//! Must not know: how changes are captured or merged.

use backout_backup::capture::rows::TakenBack;
use backout_control::rows::{self, When, stays};
use backout_plan::Exit;
use backout_plan::plan::Span;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{count, moment};

/// Look at captured changes of rows, and take some of them back
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the transactions that changed a table, the newest first
    Log {
        #[command(flatten)]
        which: Which,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Give rows their former values back, without a restore
    ///
    /// What was changed since in other columns and rows stays. Where a value was changed again, the later one stays,
    /// and is listed. Triggers of the application act as on any other change.
    Undo {
        #[command(flatten)]
        which: Which,
        /// Only say what would become of it
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which changes.
#[derive(Debug, clap::Args)]
struct Which {
    /// The table, as schema.table; for several, name it again
    #[arg(long = "table", alias = "tables", value_name = "TABLE", required = true)]
    tables: Vec<String>,
    /// Since a moment (2026-01-02T03:04:05Z) or for a time (15m)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Until a moment, or until so long ago
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only those of this transaction; for several, name it again
    #[arg(long = "txid", value_name = "NUMBER")]
    transactions: Vec<u64>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    match &args.what {
        What::Log { which, limit } => {
            let all = rows::log(&env, &which.meant()?, *limit).await?;
            show_log(context, &all);
        }
        What::Undo { which, dry_run: true } => said(context, &rows::preview(&env, &which.meant()?).await?, true),
        What::Undo { which, dry_run: false } => said(context, &rows::undo(&env, &which.meant()?).await?, false),
    }
    Ok(Exit::Ok)
}

impl Which {
    fn meant(&self) -> Result<rows::Which, CommandError> {
        let at = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| time(text).ok_or_else(|| not_a_time(name, text))).transpose()
        };
        Ok(rows::Which {
            tables: super::tables(&self.tables)?,
            since: at("--since", &self.since)?,
            until: at("--until", &self.until)?,
            transactions: self.transactions.clone(),
        })
    }
}

fn time(text: &str) -> Option<When> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(When::At(at));
    }
    let span: Span = text.parse().ok()?;
    Some(When::Ago(span.duration()))
}

fn not_a_time(name: &str, text: &str) -> CommandError {
    CommandError::new(Exit::Usage, format!("{name} {text:?} is no time"))
        .hint("a moment such as 2026-01-02T03:04:05Z, or how long ago: 15m, 2h, 1d")
}

fn show_log(context: &Context<'_>, all: &[rows::Logged]) {
    let ui = context.ui;
    ui.result(json!({ "transactions": all }));
    if all.is_empty() {
        ui.say("no change is captured there");
        return;
    }
    let line = |logged: &rows::Logged| {
        let one = &logged.transaction;
        let truncated = if one.truncated { "emptied" } else { "" };
        vec![
            logged.table.clone(),
            one.xid.to_string(),
            moment(one.at),
            one.inserted.to_string(),
            one.updated.to_string(),
            one.deleted.to_string(),
            truncated.to_owned(),
        ]
    };
    let lines: Vec<Vec<String>> = all.iter().map(line).collect();
    ui.table(&["table", "transaction", "at", "inserted", "updated", "deleted", ""], &lines);
}

fn said(context: &Context<'_>, all: &[TakenBack], is_dry: bool) {
    let ui = context.ui;
    ui.result(json!({ "dry_run": is_dry, "tables": all }));
    for table in all {
        let would = if is_dry { "would get" } else { "got" };
        let mut parts = vec![format!("{} {would} former values", count(table.set as i64, "row"))];
        if table.brought > 0 {
            parts.push(format!("{} {} back", table.brought, if is_dry { "would come" } else { "came" }));
        }
        if table.removed > 0 {
            parts.push(format!("{} that came {} again", table.removed, if is_dry { "would go" } else { "went" }));
        }
        ui.out(format!("{}: {}", table.table, parts.join(", ")));
        if table.conflicts > 0 {
            ui.out(format!("{} in part or whole:", stays(table.conflicts)));
            let rows: Vec<Vec<String>> =
                table.listed.iter().take(20).map(|row| vec![row.key.clone(), row.why.clone()]).collect();
            ui.table(&["key", ""], &rows);
            if table.conflicts > 20 {
                ui.out(format!("… and {} more; --json lists up to 1,000", table.conflicts - 20));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_moments_or_how_long_ago() {
        let moment = "2026-01-02T03:00:00Z";
        for (text, expected) in [
            (moment, moment.parse().ok().map(When::At)),
            ("15m", Some(When::Ago(Duration::from_secs(900)))),
            ("1d", Some(When::Ago(Duration::from_secs(86_400)))),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }
}
