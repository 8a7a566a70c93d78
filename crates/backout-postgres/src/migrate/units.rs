//! A script's items, cut into transactions.
//!
//! A file without transaction commands is one transaction; its own BEGIN and COMMIT decide otherwise.
//! What cannot run inside a transaction stands alone.

use super::{guards, runs};
use backout_sql::analysis::{AlterKind, Class, Outside, TransactionCommand};
use backout_sql::layouts::Mode;
use backout_sql::script::{Item, Script, Statement};

/// A part of a file that happens as a whole or not at all.
#[derive(Clone, Debug)]
pub struct Unit {
    pub kind: UnitKind,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub enum UnitKind {
    Transaction,
    /// One statement outside any transaction, and what it is.
    Outside(Outside),
}

/// A script that cannot be run in guarded units.
#[derive(Debug, thiserror::Error)]
#[error("{location}: {problem}")]
pub struct UnitError {
    pub location: String,
    pub statement: String,
    pub problem: String,
    pub hint: String,
}

fn refuse(statement: &Statement, problem: impl Into<String>, hint: impl Into<String>) -> UnitError {
    UnitError {
        location: statement.location.to_string(),
        statement: statement.text.clone(),
        problem: problem.into(),
        hint: hint.into(),
    }
}

/// Statements whose effect can be read back from the catalog, or that may be repeated.
pub(super) fn leaves_a_trace(outside: &Outside) -> bool {
    matches!(
        outside,
        Outside::CreateIndexConcurrently { .. }
            | Outside::DropIndexConcurrently { .. }
            | Outside::Reindex { .. }
            | Outside::Vacuum { .. }
    )
}

/// Whether a part of a file may destroy or change what the archive is to have.
pub(super) fn may_keep(item: &Item) -> bool {
    match item {
        Item::Statement(statement) => match &statement.analysis.class {
            Class::Ddl(ddl) => ddl.drop.is_some() || ddl.truncates || ddl.alters.iter().any(may_destroy),
            Class::Additive | Class::Session(_) | Class::Transaction(_) => false,
            _ => true,
        },
        Item::Echo { .. } => false,
        Item::Copy(_) | Item::Generate(_) => true,
    }
}

pub(super) fn may_destroy(alter: &AlterKind) -> bool {
    matches!(
        alter,
        AlterKind::DropColumn(_)
            | AlterKind::AlterType(_)
            | AlterKind::DropConstraint(_)
            | AlterKind::Generated(_)
            | AlterKind::Other(_)
            | AlterKind::Replace
    )
}

/// Cuts a script into what is committed together, as its tool would: `mode` is the transactions that the tool makes
/// around it. Inside one of those a BEGIN is a warning, and what no COMMIT of the file ends, the tool's own does.
pub fn units(script: &Script, mode: Mode) -> Result<Vec<Unit>, UnitError> {
    let separate = mode == Mode::NoTransaction;
    let by_tool = matches!(mode, Mode::PerFile | Mode::AllInOne);
    let begins = |item: &Item| {
        matches!(
            item.statement().map(|s| &s.analysis.class),
            Some(Class::Transaction(TransactionCommand::Begin { .. }))
        )
    };
    let commits = |item: &Item| {
        matches!(
            item.statement().map(|s| &s.analysis.class),
            Some(Class::Transaction(TransactionCommand::Commit { .. }))
        )
    };
    let controlled = script.items.iter().any(begins) && (!by_tool || script.items.iter().any(commits));
    let mut units: Vec<Unit> = Vec::new();
    let mut open: Vec<Item> = Vec::new();
    let mut inside: Option<Statement> = None;
    let close = |open: &mut Vec<Item>, units: &mut Vec<Unit>| {
        if open.iter().any(runs) {
            units.push(Unit { kind: UnitKind::Transaction, items: std::mem::take(open) });
        } else if let Some(unit) = units.last_mut() {
            unit.items.append(open);
        }
    };
    for item in &script.items {
        let Some(statement) = item.statement() else {
            open.push(item.clone());
            continue;
        };
        // Said before anything runs: the transactions before it would be committed by then.
        if let Class::Session(command) = &statement.analysis.class
            && let Some((problem, hint)) = guards::forbidden(command)
        {
            return Err(refuse(statement, problem, hint));
        }
        match &statement.analysis.class {
            Class::Transaction(TransactionCommand::Begin { options }) => {
                if !controlled && options.is_empty() {
                    continue;
                }
                if let Some(first) = &inside {
                    return Err(refuse(
                        statement,
                        format!("BEGIN inside the transaction that began at {}", first.location),
                        "PostgreSQL has no nested transactions; use SAVEPOINT",
                    ));
                }
                if !options.is_empty() {
                    return Err(refuse(
                        statement,
                        format!("a transaction with {} cannot be guarded", options.join(" ")),
                        "guards must see what others commit meanwhile: leave the options out",
                    ));
                }
                close(&mut open, &mut units);
                inside = Some(statement.clone());
            }
            Class::Transaction(TransactionCommand::Commit { chain }) => {
                if *chain {
                    return Err(refuse(statement, "COMMIT AND CHAIN is not supported", "use COMMIT and BEGIN"));
                }
                if inside.take().is_none() && controlled {
                    return Err(refuse(statement, "COMMIT without BEGIN", "remove it, or put BEGIN before it"));
                }
                close(&mut open, &mut units);
            }
            Class::Transaction(TransactionCommand::Rollback { .. }) => {
                return Err(refuse(
                    statement,
                    "ROLLBACK in a migration: it would take back what the lines before did, and go on",
                    "remove it; a failure rolls back by itself",
                ));
            }
            Class::Transaction(
                command @ (TransactionCommand::Prepare(_)
                | TransactionCommand::CommitPrepared(_)
                | TransactionCommand::RollbackPrepared(_)),
            ) => {
                let _ = command;
                return Err(refuse(statement, "prepared transactions cannot be guarded", "use BEGIN and COMMIT"));
            }
            Class::Transaction(TransactionCommand::RollbackTo(_)) => {
                return Err(refuse(
                    statement,
                    "ROLLBACK TO in a migration takes back what was kept before it",
                    "leave it out",
                ));
            }
            Class::OutsideTransaction(outside) if !leaves_a_trace(outside) => {
                return Err(refuse(
                    statement,
                    format!(
                        "{} runs outside a transaction, and nothing tells after a crash whether it happened",
                        statement.analysis.tag
                    ),
                    "run it by hand, outside the migration",
                ));
            }
            Class::OutsideTransaction(outside) => {
                if let Some(first) = &inside {
                    return Err(refuse(
                        statement,
                        format!(
                            "{} cannot run inside a transaction, and one began at {}",
                            statement.analysis.tag, first.location
                        ),
                        "put it into a file of its own",
                    ));
                }
                close(&mut open, &mut units);
                let mut items = std::mem::take(&mut open);
                items.push(item.clone());
                units.push(Unit { kind: UnitKind::Outside(outside.clone()), items });
            }
            _ => {
                open.push(item.clone());
                // Outside BEGIN each statement commits by itself, if the file has transactions at all.
                let alone = separate || (controlled && inside.is_none());
                let session = matches!(statement.analysis.class, Class::Session(_));
                if alone && !session {
                    close(&mut open, &mut units);
                }
            }
        }
    }
    if let Some(first) = inside.filter(|_| !by_tool) {
        return Err(refuse(
            &first,
            "BEGIN without COMMIT",
            "its tool would lose what comes after it: add COMMIT at the end of the file",
        ));
    }
    close(&mut open, &mut units);
    if units.is_empty() {
        // A file without statements is still a migration, which the tool records.
        units.push(Unit { kind: UnitKind::Transaction, items: open });
    }
    Ok(units)
}
