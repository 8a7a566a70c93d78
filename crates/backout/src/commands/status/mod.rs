//! `backout status`: where the target is, what is pending, and what needs attention.

mod restorable;

use backout_plan::{Exit, Finding, Severity};
use backout_postgres::archive::{self, Kept, Kind};
use backout_postgres::store::{Record, State};
use serde_json::json;

use super::history;
use crate::context::{Context, Identity};
use crate::error::CommandError;
use crate::migrations::{Folder, Standing};
use crate::rehearsal::certificate_state;
use crate::ui::{bytes, count, moment};
use restorable::Restorable;

/// Show where the target is, what is pending, and what needs attention
///
/// Ends with 8 when something does.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let project = context.project()?;
    let resolved = context.settings(&project)?;
    let session = context.open(&resolved.settings, None).await?;
    let identity = context.look(&session, project.target_name()).await?;
    let mut attention = Vec::new();
    identity_findings(&identity, &mut attention);

    let mut standing = Standing { records: backout_postgres::store::records(&session).await?, ..Standing::default() };
    let mut pending = Vec::new();
    if let Some(plan) = &project.plan {
        let folder = Folder::read(plan)?;
        standing = folder.standing(&session).await?;
        folder_findings(&folder, &standing, &mut attention);
        pending = standing
            .pending
            .iter()
            .map(|place| (folder.migrations[*place].version.clone(), folder.file(&folder.migrations[*place])))
            .collect();
        if let Some(target) = &project.target
            && !pending.is_empty()
        {
            let files: Vec<(String, String)> = standing
                .pending
                .iter()
                .map(|place| (folder.migrations[*place].version.clone(), folder.migrations[*place].checksum.clone()))
                .collect();
            attention.extend(certificate_state(&session, plan, target, &files).await?);
        }
    }
    let restorable = match &project.plan {
        Some(plan) => restorable::look(&project, plan, &session, !pending.is_empty(), &mut attention).await?,
        None => Restorable::default(),
    };
    let last = standing.last();
    record_findings(&standing.records, &mut attention);
    let kept = archive::contents(&session).await?;
    attention.extend(expired(&kept, jiff::Timestamp::now()));
    for dependent in archive::outside_dependents(&session, None).await? {
        attention.push(
            Finding::warning("archive.needed", format!("{} needs {}", dependent.object, dependent.needs))
                .detail("something outside Backout's schemas depends on something in them; purging would be refused")
                .hint("drop or change it, unless it is yours"),
        );
    }
    attention.sort_by_key(|finding| std::cmp::Reverse(finding.severity));

    let name = identity.recorded.as_ref().map(|recorded| recorded.name.as_str()).or(project.target_name());
    ui.result(json!({
        "target": name,
        "endpoint": identity.seen.endpoint,
        "connection_from": resolved.origin.to_string(),
        "server_version": session.server_version(),
        "recorded": identity.recorded,
        "identity": identity.verdict,
        "pending": pending.iter().map(|(version, file)| json!({ "version": version, "file": file })).collect::<Vec<_>>(),
        "last": last,
        "archive": kept,
        "backup": restorable.backup,
        "captured": restorable.captured,
        "replaced": restorable.replaced,
        "attention": attention,
    }));
    ui.out(format!(
        "target     {} at {}, by {}",
        name.unwrap_or("(not named yet)"),
        identity.seen.endpoint,
        resolved.origin
    ));
    if project.plan.is_some() {
        let list: Vec<&str> = pending.iter().map(|(version, _)| version.as_str()).collect();
        let list = if list.is_empty() { "nothing".to_owned() } else { format!("{}: {}", list.len(), shortened(&list)) };
        ui.out(format!("pending    {list}"));
    }
    let last = last.or(standing.records.last());
    ui.out(format!("last       {}", last.map_or_else(|| "nothing is on record".to_owned(), described)));
    if !kept.is_empty() {
        ui.out(format!("archive    {}", summary(&kept)));
    }
    for line in &restorable.lines {
        ui.out(line);
    }
    for finding in &attention {
        ui.finding(finding);
    }
    let calm = attention.iter().all(|finding| finding.severity == Severity::Note) && pending.is_empty();
    Ok(if calm { Exit::Ok } else { Exit::Attention })
}

fn identity_findings(identity: &Identity, found: &mut Vec<Finding>) {
    if identity.verdict.is_same() {
        return;
    }
    let mut finding = if identity.recorded.is_none() {
        Finding::warning("identity.first-contact", identity.verdict.to_string())
    } else {
        Finding::error("identity.different", identity.verdict.to_string())
    };
    finding.hint = identity.verdict.hint();
    found.push(finding);
}

fn folder_findings(folder: &Folder, standing: &Standing, found: &mut Vec<Finding>) {
    if let Some(remembered) = &standing.remembered {
        for reason in &remembered.refusals {
            found.push(
                Finding::error("tool.refuses", reason.clone())
                    .hint("settle it as the tool says; migrate refuses until then"),
            );
        }
        for mismatch in &remembered.edited {
            found.push(
                Finding::warning("tool.edited", format!("{} was edited after it was applied", mismatch.version))
                    .at(mismatch.path.display().to_string())
                    .hint("put the file back as it was; a change belongs into a new migration"),
            );
        }
        if !standing.unknown_to_us.is_empty() {
            let number = count(standing.unknown_to_us.len() as i64, "applied migration");
            found.push(
                Finding::note("tool.unknown", format!("{number} not on record with Backout"))
                    .detail("the tool applied them by itself; the next `backout migrate` takes them over as history"),
            );
        }
    }
    for version in &standing.taken_back {
        found.push(
            Finding::warning(
                "tool.taken-back",
                format!("{version} is on record as applied, and the tool says that it is not"),
            )
            .detail("somebody went back with the tool itself"),
        );
    }
    for place in &standing.out_of_order {
        found.push(
            Finding::warning(
                "migrations.order",
                format!("{} comes before applied migrations", folder.migrations[*place].version),
            )
            .at(folder.file(&folder.migrations[*place])),
        );
    }
}

fn record_findings(records: &[Record], found: &mut Vec<Finding>) {
    let copied = records.iter().filter(|record| record.copied && record.state == State::Applied);
    let copied: Vec<String> = copied.map(|record| record.number.to_string()).collect();
    if !copied.is_empty() {
        found.push(
            Finding::note("migration.copied", format!("migration {} cannot be undone here", copied.join(", ")))
                .detail("this database is a copy by dump and restore: objects have other ids than those on record")
                .hint("undo where it was migrated; what is migrated here from now on can be undone here"),
        );
    }
    for record in records {
        match record.state {
            State::Interrupted => {
                let step =
                    record.step.as_ref().map(|step| format!("; the step begun after it: {step}")).unwrap_or_default();
                found.push(
                    Finding::error(
                        "migration.interrupted",
                        format!(
                            "migration {} ({}) is interrupted after step {} of {}{step}",
                            record.number, record.version, record.done, record.steps
                        ),
                    )
                    .hint("`backout migrate` goes on, `backout undo` takes back what was done"),
                );
            }
            State::UndoTail => found.push(
                Finding::warning(
                    "undo.tail",
                    format!("the undo of migration {} ({}) has work left", record.number, record.version),
                )
                .detail("the former state is back; a validation or an index is still open")
                .hint("`backout undo` finishes it"),
            ),
            _ => {}
        }
    }
}

fn expired(kept: &[Kept], now: jiff::Timestamp) -> Option<Finding> {
    let mut numbers: Vec<String> = kept
        .iter()
        .filter(|kept| kept.keep_until.is_some_and(|until| until < now))
        .map(|kept| kept.number.to_string())
        .collect();
    numbers.dedup();
    (!numbers.is_empty()).then(|| {
        Finding::warning(
            "archive.expired",
            format!("what is kept of migration {} is past its time", numbers.join(", ")),
        )
        .hint("`backout archive purge --expired` removes it for good")
    })
}

fn described(record: &Record) -> String {
    let when = record.undone_at.or(record.finished_at).unwrap_or(record.started_at);
    let without = record
        .without_certificate
        .as_ref()
        .map(|reason| format!("; without certificate: {reason}"))
        .unwrap_or_default();
    format!("migration {} ({}): {}, {}{without}", record.number, record.version, history::state(record), moment(when))
}

fn summary(kept: &[Kept]) -> String {
    let (columns, schemas): (Vec<&Kept>, Vec<&Kept>) = kept.iter().partition(|kept| kept.kind == Kind::Hidden);
    let number = |kept: &[&Kept]| kept.iter().map(|kept| kept.tables.len()).sum::<usize>() as i64;
    let mut things = Vec::new();
    if !schemas.is_empty() {
        things.push(format!("{} in {}", count(number(&schemas), "table"), count(schemas.len() as i64, "schema")));
    }
    if !columns.is_empty() {
        things.push(count(number(&columns), "hidden column"));
    }
    let size: i64 = kept.iter().flat_map(|kept| &kept.tables).map(|table| table.bytes).sum();
    let until =
        kept.iter().filter_map(|kept| kept.keep_until).min().map(|at| format!(", the first until {}", moment(at)));
    format!("{}, {}{}", things.join(" and "), bytes(size), until.unwrap_or_default())
}

fn shortened(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
