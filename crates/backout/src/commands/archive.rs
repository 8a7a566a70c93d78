//! `backout archive`: what is kept of dropped things, how large it is and until when, and its removal.

use backout_plan::Exit;
use backout_postgres::archive::{self, Kept, Kind};
use backout_postgres::store;
use clap::Subcommand;
use serde_json::json;

use crate::context::{Context, Notices, Project};
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
    let project = context.project()?;
    match &args.what {
        None | Some(What::List) => list(context, &project).await,
        Some(What::Purge { number, .. }) => purge(context, &project, *number).await,
    }
}

async fn list(context: &Context<'_>, project: &Project) -> Result<Exit, CommandError> {
    let session = context.connect(project).await?;
    let mut kept = archive::contents(&session).await?;
    archive::explain(&session, &mut kept).await?;
    context.ui.result(json!({ "kept": kept }));
    if kept.is_empty() {
        context.ui.say("nothing is kept");
        return Ok(Exit::Ok);
    }
    let mut rows = Vec::new();
    for entry in &kept {
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
        Kind::Undone => "put aside",
        Kind::Hidden => "hidden",
    }
}

async fn purge(context: &Context<'_>, project: &Project, number: Option<i64>) -> Result<Exit, CommandError> {
    let claimed = context.claimed_name(project)?;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    store::lock_runs(&pair.session).await?;
    let now = jiff::Timestamp::now();
    let kept = archive::contents(&pair.session).await?;
    let chosen: Vec<&Kept> = kept
        .iter()
        .filter(|kept| match number {
            Some(number) => kept.number == number,
            None => kept.keep_until.is_some_and(|until| until < now),
        })
        .collect();
    let mut numbers: Vec<i64> = chosen.iter().map(|kept| kept.number).collect();
    numbers.dedup();
    if numbers.is_empty() {
        context.ui.result(json!({ "purged": [] }));
        return match number {
            Some(number) => Err(archive::ArchiveError::Nothing { number }.into()),
            None => {
                context.ui.say("nothing is past its time");
                Ok(Exit::Ok)
            }
        };
    }
    let (columns, tables): (Vec<&Kept>, Vec<&Kept>) = chosen.iter().partition(|kept| kept.kind == Kind::Hidden);
    let number = |kept: &[&Kept]| kept.iter().map(|kept| kept.tables.len()).sum::<usize>() as i64;
    let mut things = vec![count(number(&tables), "table")];
    if !columns.is_empty() {
        things.push(count(number(&columns), "hidden column"));
    }
    let size: i64 = chosen.iter().flat_map(|kept| &kept.tables).map(|table| table.bytes).sum();
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    context.confirm(
        &format!(
            "purging what is kept of migration {} in {claimed} removes {} ({}) for good; what it dropped cannot be brought back then",
            list.join(", "),
            things.join(" and "),
            bytes(size)
        ),
        &claimed,
    )?;
    let lock_timeout = project.migrate_rules().lock_timeout.duration();
    let mut purged = Vec::new();
    for number in numbers {
        let gone = archive::purge(&pair.session, number, lock_timeout).await;
        purged.extend(gone?);
        context.ui.result(json!({ "purged": purged }));
    }
    for kept in &purged {
        let number = kept.tables.len() as i64;
        context.ui.out(match kept.kind {
            Kind::Hidden => format!("purged {} in {}", count(number, "hidden column"), kept.schema),
            Kind::Archive | Kind::Undone => format!("purged {} ({})", kept.schema, count(number, "table")),
        });
    }
    Ok(Exit::Ok)
}
