//! `backout evidence …`: rows exported as evidence, and imported again after the fix.

use std::path::{Path, PathBuf};

use backout_backup::evidence::{Act, Choice, Done, Evidence, Imported, State};
use backout_control::Env;
use backout_control::evidence::{self, ImportOptions, Options, Wanted};
use backout_plan::Exit;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CommandError;
use crate::events::{rows_of, size_of};
use crate::ui::{Ui, moment};

/// So many rows are listed as text.
const SHOWN: usize = 20;

/// Export rows as evidence (CSV with checksums), and import them again after the fix
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of all exports [default: .backout/evidence beside the plan]
    #[arg(long, global = true, value_name = "FOLDER")]
    to: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Export tables or a query as CSV, all at one snapshot, with a manifest of checksums
    ///
    /// Encrypted where backup.encrypt_to names recipients, signed where backup.sign_with names a key. Without a table or
    /// a query it is what the plan's [impact] names.
    Export {
        /// A table, as schema.table or schema.*; for several, name it again
        #[arg(long = "table", value_name = "TABLE", conflicts_with_all = ["impact", "sql"])]
        tables: Vec<String>,
        /// What the plan's [impact] names
        #[arg(long, conflicts_with = "sql")]
        impact: bool,
        /// The rows of a query
        #[arg(long, value_name = "QUERY", requires = "name")]
        sql: Option<String>,
        /// What the query is called
        #[arg(long, value_name = "NAME", requires = "sql")]
        name: Option<String>,
        /// Refuse where the plan names nobody to encrypt it for
        #[arg(long)]
        encrypt: bool,
    },
    /// Show the exports that are there, oldest first, also interrupted ones
    List,
    /// Show what an export holds, without any row
    Show {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Read every file of an export and compare it with its checksum; say who signed it
    Verify {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Import exported rows into the tables of now, in one transaction, with a report of conflicts
    ///
    /// Columns are found by name, rows by their key. Equal rows are left alone, missing ones are inserted, those that
    /// differ are conflicts. Rows that a table does not take go into a file with the reason. Triggers of the application
    /// are off meanwhile, so that rows come back exactly; sequences go on from the highest value. Ends with 8 where rows
    /// were left.
    Import {
        /// Its id, or the beginning of it
        id: String,
        /// Only this table; for several, name it again
        #[arg(long = "table", value_name = "TABLE")]
        tables: Vec<String>,
        /// What becomes of rows that are other ones now: refuse imports nothing, skip leaves them as they are, report
        /// does as well and writes both values into a file
        #[arg(long, value_name = "CHOICE", value_enum, default_value_t = OnConflict::Refuse)]
        on_conflict: OnConflict,
        /// Triggers of the application act on what is imported, as on any other insert
        #[arg(long)]
        fire_triggers: bool,
        /// Try it and roll it back
        #[arg(long)]
        dry_run: bool,
        /// The file of an age identity, for an export that is encrypted
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
    /// Remove an export for good
    Remove {
        /// Its whole id
        id: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnConflict {
    Refuse,
    Skip,
    Report,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let (env, ui) = (context.env()?, context.ui);
    let to = args.to.as_deref();
    match &args.what {
        What::Export { tables, sql, name, encrypt, .. } => {
            let wanted = match (sql, name) {
                (Some(sql), Some(name)) => Wanted::Query { name: name.clone(), sql: sql.clone() },
                _ if tables.is_empty() => Wanted::Impact,
                _ => Wanted::Tables(super::tables(tables)?),
            };
            let by = context.runs(&env).await?.who;
            let options = Options { wanted, to: args.to.clone(), encrypt: *encrypt, by, mark: None };
            let done = evidence::export(&env, &options).await?;
            let folder = evidence::folder(&env, to).join(&done.id);
            ui.result(json!({ "evidence": done, "folder": folder, "signature": done.signature }));
            show(ui, &done);
            ui.say(format!("in {}", folder.display()));
            Ok(Exit::Ok)
        }
        What::List => listed(ui, &env, to),
        What::Show { id } => {
            let found = evidence::find(&env, to, id)?;
            ui.result(
                json!({ "evidence": found, "signature": found.signature, "trusted": evidence::trusted(&env, &found) }),
            );
            show(ui, &found);
            Ok(Exit::Ok)
        }
        What::Verify { id } => verified(ui, &env, to, id),
        What::Import { id, tables, on_conflict, fire_triggers, dry_run, identity } => {
            let options = ImportOptions {
                id: id.clone(),
                tables: super::tables(tables)?,
                choice: match on_conflict {
                    OnConflict::Refuse => Choice::Refuse,
                    OnConflict::Skip => Choice::Skip,
                    OnConflict::Report => Choice::Report,
                },
                fire_triggers: *fire_triggers,
                dry_run: *dry_run,
                to: args.to.clone(),
                identity: identity.clone(),
                confirm: true,
                mark: None,
            };
            let done = evidence::import(&env, &options).await?;
            ui.result(json!(done));
            Ok(imported(ui, &done))
        }
        What::Remove { id } => {
            evidence::remove(&env, to, id)?;
            ui.result(json!({ "removed": id }));
            ui.out(format!("{id} is gone"));
            Ok(Exit::Ok)
        }
    }
}

fn listed(ui: &Ui, env: &Env, to: Option<&Path>) -> Result<Exit, CommandError> {
    let found = evidence::list(env, to)?;
    let folder = evidence::folder(env, to);
    let described = |one: &backout_backup::evidence::Standing| match &one.state {
        State::Whole(evidence) => json!({ "id": one.id, "state": "whole", "evidence": evidence,
            "signature": evidence.signature, "trusted": evidence::trusted(env, evidence) }),
        State::Interrupted => json!({ "id": one.id, "state": "interrupted" }),
        State::Damaged(why) => json!({ "id": one.id, "state": "damaged", "problem": why }),
    };
    ui.result(json!({ "folder": folder, "evidence": found.iter().map(described).collect::<Vec<Value>>() }));
    if found.is_empty() {
        ui.say(format!("there is no evidence in {}", folder.display()));
        return Ok(Exit::Ok);
    }
    let line = |one: &backout_backup::evidence::Standing| match &one.state {
        State::Whole(evidence) => vec![
            one.id.clone(),
            moment(evidence.at),
            evidence.target.clone().unwrap_or_else(|| evidence.endpoint.clone()),
            evidence.rows().to_string(),
            size_of(evidence.bytes()),
            evidence.parts.iter().map(|part| part.content.named()).collect::<Vec<_>>().join(", "),
        ],
        State::Interrupted => other(&one.id, "not whole: interrupted, or being taken"),
        State::Damaged(why) => other(&one.id, &format!("DAMAGED: {why}")),
    };
    ui.table(&["evidence", "taken at", "of", "rows", "size", "holds"], &found.iter().map(line).collect::<Vec<_>>());
    let is_damaged = found.iter().any(|one| matches!(one.state, State::Damaged(_)));
    Ok(if is_damaged { Exit::Attention } else { Exit::Ok })
}

fn verified(ui: &Ui, env: &Env, to: Option<&Path>, id: &str) -> Result<Exit, CommandError> {
    let found = evidence::find(env, to, id)?;
    let (problems, trusted) = evidence::verify(env, to, &found)?;
    ui.result(json!({ "id": found.id, "whole": problems.is_empty(), "problems": problems,
        "signature": found.signature, "trusted": trusted }));
    for problem in &problems {
        ui.out(format!("{}: DAMAGED: {}: {}", found.id, problem.file, problem.what));
    }
    if problems.is_empty() {
        ui.out(format!("{}: whole, {} of {}", found.id, rows_of(found.rows()), size_of(found.bytes())));
    }
    ui.out(format!("{}: {}{}", found.id, found.signature, if trusted { "" } else { ", which the plan does not take" }));
    Ok(if problems.is_empty() && trusted { Exit::Ok } else { Exit::Failed })
}

fn other(id: &str, said: &str) -> Vec<String> {
    vec![id.to_owned(), String::new(), String::new(), String::new(), String::new(), said.to_owned()]
}

fn show(ui: &Ui, evidence: &Evidence) {
    ui.out(format!("evidence   {}", evidence.id));
    ui.out(format!("taken at   {}, by {}", moment(evidence.at), evidence.by));
    let target = evidence.target.as_ref().map(|target| format!("{target} at ")).unwrap_or_default();
    ui.out(format!(
        "of         {target}{}, PostgreSQL {}, as role {}{}",
        evidence.endpoint,
        evidence.server,
        evidence.role,
        evidence.lsn.as_ref().map(|lsn| format!(", at {lsn}")).unwrap_or_default()
    ));
    ui.out(format!("signature  {}", evidence.signature));
    match evidence.recipients.is_empty() {
        true => ui.out("encrypted  no"),
        false => ui.out(format!("encrypted  for {}", evidence.recipients.join(", "))),
    }
    let line = |part: &backout_backup::evidence::Part| {
        vec![part.content.named(), part.rows.to_string(), size_of(part.bytes), part.file.clone(), part.sha256.clone()]
    };
    ui.table(&["of", "rows", "size", "file", "SHA-256"], &evidence.parts.iter().map(line).collect::<Vec<_>>());
}

fn imported(ui: &Ui, done: &Done) -> Exit {
    for table in &done.tables {
        one(ui, table, done.act);
    }
    for (file, what) in
        [(&done.reject_file, "rows that were not taken"), (&done.conflict_file, "both values of conflicts")]
    {
        if let Some(file) = file {
            ui.say(format!("{what}: {}", file.display()));
        }
    }
    let (conflicts, rejected) = evidence::left(done);
    match done.act {
        Act::Refused => {
            ui.warn("rows are other ones now, so nothing was imported");
            ui.hint("--on-conflict skip leaves these as they are and imports the others; report writes both values into a file as well");
            Exit::Refused
        }
        Act::Tried => {
            ui.say("only tried: nothing was imported");
            if conflicts + rejected > 0 { Exit::Attention } else { Exit::Ok }
        }
        Act::Imported if conflicts + rejected > 0 => Exit::Attention,
        Act::Imported => Exit::Ok,
    }
}

fn one(ui: &Ui, table: &Imported, act: Act) {
    let would = match act {
        Act::Imported => "inserted",
        _ => "would be inserted",
    };
    let mut parts = vec![format!("{} are the same", rows_of(table.same))];
    if act != Act::Refused {
        parts.push(format!("{} {would}", table.inserted));
    }
    parts.push(format!("{} conflict", table.conflicts));
    if table.rejected > 0 {
        parts.push(format!("{} not taken", table.rejected));
    }
    if table.left_out > 0 {
        parts.push(format!("{} left out by a trigger", table.left_out));
    }
    ui.out(format!("{}: of {}, {}", table.mapped.table, rows_of(table.rows), parts.join(", ")));
    for sequence in &table.sequences {
        ui.out(format!("  {sequence} goes on from there"));
    }
    if !table.silenced.is_empty() {
        ui.out(format!("  triggers that were off meanwhile: {}", table.silenced.join(", ")));
    }
    if !table.fired.is_empty() {
        ui.out(format!("  triggers that acted: {}", table.fired.join(", ")));
    }
    let conflict = |one: &backout_backup::evidence::Conflict| {
        let key: Vec<String> =
            one.key.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("NULL"))).collect();
        vec![key.join(", "), one.columns.join(", ")]
    };
    if !table.listed.is_empty() {
        let rows: Vec<Vec<String>> = table.listed.iter().take(SHOWN).map(conflict).collect();
        ui.table(&["key", "differs in"], &rows);
    }
    for reject in table.rejects.iter().take(SHOWN) {
        ui.out(format!("  row {}: {}", reject.row, reject.why));
    }
    let more = (table.conflicts as usize).saturating_sub(SHOWN) + (table.rejected as usize).saturating_sub(SHOWN);
    if more > 0 {
        ui.out(format!("  … and {more} more; --json lists up to 1,000 of each"));
    }
}
