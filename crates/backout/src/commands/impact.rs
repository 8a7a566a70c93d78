//! `backout impact`: what is exposed and to whom, since when, and what was written since.

use std::path::PathBuf;

use backout_control::impact::{self, Carry, From, Report, Table, Writes};
use backout_control::rows::When;
use backout_plan::Exit;
use backout_postgres::impact::{Seen, Since};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::events::rows_of;
use crate::ui::{Paint, Ui, count, moment};

/// Of those who see rows of others, so many are shown.
const SHOWN: usize = 10;

/// So many users can be asked.
const MOST: u64 = 100_000;

/// Count whose rows whom can see, since when, and what was written since; changes nothing
///
/// The plan's [impact] says whose rows are whose. Nobody, and each of its users (else each owner of rows, up to
/// max_users), looks as himself, at one snapshot, in a transaction that is rolled back: rows that somebody sees and does
/// not own are exposed. Ends with 8 where any are.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Count writes since a moment (2026-01-02T03:04:05Z) or for a time (15m) [default: the newest migration]
    #[arg(long, value_name = "TIME", conflicts_with = "migration")]
    since: Option<When>,
    /// Count writes since this migration, by its number
    #[arg(long, value_name = "NUMBER")]
    migration: Option<i64>,
    /// Write the ids of affected users into a file that is not there yet, for this user alone
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let from = match (args.since, args.migration) {
        (Some(when), _) => From::Moment(when),
        (None, Some(number)) => From::Migration(number),
        (None, None) => From::Newest,
    };
    let report = impact::run(&env, from).await?;
    if let Some(file) = &args.users {
        impact::write_users(&report, file)?;
    }
    let ui = context.ui;
    ui.result(json!(report));
    show(ui, &report);
    if let Some(file) = &args.users {
        ui.say(format!("{} in {}", count(report.affected_users as i64, "id"), file.display()));
    }
    let is_crossed = report.cross_owner.iter().any(|one| one.rows > 0);
    Ok(if report.exposed_rows > 0 || is_crossed { Exit::Attention } else { Exit::Ok })
}

/// Who was asked, where others were not; and how they are asked, too.
fn asked(report: &Report) -> Option<(String, String)> {
    let asked = report.users_asked;
    match report.users_known {
        Some(known) if known > asked as u64 => {
            let (most, all) = if known > MOST { (MOST, "more") } else { (known, "all of them") };
            Some((
                format!("the {asked} of {known} owners that were asked"),
                format!("`max_users = {most}` in [impact] asks {all}"),
            ))
        }
        Some(_) => None,
        None => Some((
            "the users that impact.users names".to_owned(),
            "without `users` in [impact] the owners of rows are asked".to_owned(),
        )),
    }
}

fn show(ui: &Ui, report: &Report) {
    let about = |is_exact: bool| if is_exact { "" } else { "at least " };
    let asked = asked(report);
    for table in &report.tables {
        let one = &table.exposure;
        let exposed = match (one.exposed_rows, &asked) {
            (0, Some((whom, _))) if !one.is_exact => {
                ui.paint_out(Paint::Warning, &format!("nothing exposed to {whom}"))
            }
            (0, _) => ui.paint_out(Paint::Good, "nothing exposed"),
            (rows, _) => {
                let owners = count(one.exposed_owners as i64, "owner");
                ui.paint_out(Paint::Bad, &format!("{}{} of {owners} exposed", about(one.is_exact), rows_of(rows)))
            }
        };
        let of = match (one.rows, one.owners) {
            (Some(rows), Some(owners)) => format!(", of {} of {}", rows_of(rows), count(owners as i64, "owner")),
            _ => String::new(),
        };
        let off = if one.is_table && !one.row_security { "; row-level security is off" } else { "" };
        ui.out(format!("{}: {exposed}{of}{off}", one.table));
        seen(ui, &one.seen);
        details(ui, table);
    }
    for absent in &report.absent {
        let at = absent.undone.map(|at| format!(" {}", moment(at))).unwrap_or_default();
        let (name, number, version) = (&absent.name, absent.number, &absent.version);
        let there = if absent.is_another { "another one is there" } else { "not there" };
        ui.out(format!("{name}: {there}; migration {number} ({version}), which made it, was undone{at}"));
        if let Some(stored) = &absent.stored {
            ui.out(format!("  its rows are in {stored}, where Backout's own role alone may look"));
        }
    }
    if report.tables.is_empty() && !report.absent.is_empty() {
        ui.out("nothing of what [impact] names is there, so nobody can see any of it");
        ui.hint(
            "applied again, `backout impact` counts it as before; `backout run show` has what a way back has counted",
        );
        return;
    }
    for cross in report.cross_owner.iter().filter(|cross| cross.rows + cross.ownerless > 0) {
        let ownerless = match cross.ownerless {
            0 => String::new(),
            rows => format!(", and {} where one side has no owner", rows_of(rows)),
        };
        ui.out(format!(
            "{} of {} belong to another one than what they refer to in {} ({}){ownerless}",
            rows_of(cross.rows),
            cross.table,
            cross.refers_to,
            cross.foreign_key
        ));
    }
    let (rows, users) = (rows_of(report.exposed_rows), count(report.affected_users as i64, "user"));
    let number = count(report.users_asked as i64, "user");
    let all = report.is_exact;
    match asked.filter(|_| !all) {
        None if all => ui.out(format!("together {rows} of {users} exposed; {number} asked")),
        None => ui.out(format!(
            "together at least {rows} of {users} exposed; {number} asked, and not all that they see could be told apart"
        )),
        Some((whom, how)) => {
            ui.out(match report.exposed_rows {
                0 => format!("together nothing exposed to {whom}; what others see is not known"),
                _ => format!("together at least {rows} of {users} exposed, to {whom} or to anon; others may see more"),
            });
            ui.hint(how);
        }
    }
}

fn seen(ui: &Ui, seen: &[Seen]) {
    let others: Vec<&Seen> = seen.iter().filter(|one| one.others > 0).collect();
    for one in others.iter().take(SHOWN) {
        let who = one.user.as_deref().map_or(one.by.to_owned(), |user| format!("{} {user}", one.by));
        let whose = match one.whose_is_unknown {
            true => "whose they are he may not read".to_owned(),
            false => format!("of {}", count(one.owners as i64, "other owner")),
        };
        ui.out(format!("  {who} sees {} that are not his, {whose}", rows_of(one.others)));
    }
    if others.len() > SHOWN {
        ui.out(format!("  … and {} more; --json lists all", others.len() - SHOWN));
    }
    for one in seen.iter().filter(|one| one.by != "anon") {
        if let Some(why) = &one.refused {
            let who = one.user.as_deref().unwrap_or(one.by);
            ui.out(format!("  {who} sees nothing: {why}"));
        }
    }
}

fn details(ui: &Ui, table: &Table) {
    let one = &table.exposure;
    match &table.since {
        Some(Since::Migration { number, version, at, undone, what }) => {
            let by = if *undone { "the undo of migration" } else { "migration" };
            ui.out(format!("  since {}: {by} {number} ({version}) {}", moment(*at), what.join(", ")));
        }
        Some(Since::Unknown { at_most, why }) => {
            let most = at_most.map(|at| format!(", at most since {}", moment(at))).unwrap_or_default();
            ui.out(format!("  since when is unknown{most}: {why}"));
        }
        None => {}
    }
    match (&one.orphans, &one.no_orphans) {
        (Some(orphans), _) => ui.out(format!(
            "  orphans: {} of {} who are not in {}; without an owner: {}",
            rows_of(orphans.rows),
            count(orphans.owners as i64, "owner"),
            orphans.looked_in,
            rows_of(orphans.ownerless)
        )),
        (None, Some(why)) => ui.out(format!("  orphans are unknown: {why}")),
        (None, None) => {}
    }
    let counts = |inserted: u64, updated: u64, deleted: u64| {
        format!("{inserted} inserted, {updated} updated, {deleted} deleted")
    };
    match &table.writes {
        Some(Writes::Capture(written)) => ui.out(format!(
            "  written since {}, as captured: {}{}",
            moment(written.from),
            counts(written.inserted, written.updated, written.deleted),
            if written.truncated { ", and it was emptied" } else { "" }
        )),
        Some(Writes::Made { rows, inserted, updated, deleted }) => ui.out(format!(
            "  made since, so all {} came since, also those that a migration brought back ({} by the server's count)",
            rows_of(*rows),
            counts(*inserted, *updated, *deleted)
        )),
        Some(Writes::Statistics { inserted, updated, deleted, since }) => {
            let since = since.map_or("since it was made".to_owned(), |since| format!("since {}", moment(since)));
            ui.out(format!(
                "  not captured; the server has counted {since}: {}",
                counts(*inserted, *updated, *deleted)
            ));
        }
        Some(Writes::Unknown { why }) => ui.out(format!("  what was written since is unknown: {why}")),
        None => {}
    }
    match &table.restore {
        Some(Carry::Replayable) => ui.out("  a restore can replay what was written since"),
        Some(Carry::NeedsMapping { why }) => ui.out(format!("  a replay into the former state needs a mapping: {why}")),
        Some(Carry::Impossible { why }) => ui.out(format!("  a restore brings none of it along: {why}")),
        None => {}
    }
}
