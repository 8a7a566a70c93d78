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
    let mut cut = Cut {
        separate: mode == Mode::NoTransaction,
        controlled: script.items.iter().any(begins) && (!by_tool || script.items.iter().any(commits)),
        units: Vec::new(),
        open: Vec::new(),
        inside: None,
    };
    for item in &script.items {
        match item.statement() {
            Some(statement) => cut.statement(item, statement)?,
            None => cut.open.push(item.clone()),
        }
    }
    if let Some(first) = cut.inside.take().filter(|_| !by_tool) {
        return Err(refuse(
            &first,
            "BEGIN without COMMIT",
            "its tool would lose what comes after it: add COMMIT at the end of the file",
        ));
    }
    cut.close();
    if cut.units.is_empty() {
        // A file without statements is still a migration, which the tool records.
        cut.units.push(Unit { kind: UnitKind::Transaction, items: cut.open });
    }
    Ok(cut.units)
}

/// A script as far as it is cut.
struct Cut {
    /// Each statement is committed by itself.
    separate: bool,
    /// The file's own BEGIN and COMMIT decide.
    controlled: bool,
    units: Vec<Unit>,
    /// What belongs to the next unit.
    open: Vec<Item>,
    /// The BEGIN that no COMMIT has ended.
    inside: Option<Statement>,
}

impl Cut {
    /// Ends a unit.
    fn close(&mut self) {
        if self.open.iter().any(runs) {
            self.units.push(Unit { kind: UnitKind::Transaction, items: std::mem::take(&mut self.open) });
        } else if let Some(unit) = self.units.last_mut() {
            unit.items.append(&mut self.open);
        }
    }

    fn statement(&mut self, item: &Item, statement: &Statement) -> Result<(), UnitError> {
        // Said before anything runs: the transactions before it would be committed by then.
        if let Class::Session(command) = &statement.analysis.class
            && let Some((problem, hint)) = guards::forbidden(command)
        {
            return Err(refuse(statement, problem, hint));
        }
        match &statement.analysis.class {
            Class::Transaction(TransactionCommand::Begin { options }) => self.begin(statement, options),
            Class::Transaction(TransactionCommand::Commit { chain }) => self.commit(statement, *chain),
            Class::Transaction(TransactionCommand::Rollback { .. }) => Err(refuse(
                statement,
                "ROLLBACK in a migration: it would take back what the lines before did, and go on",
                "remove it; a failure rolls back by itself",
            )),
            Class::Transaction(
                TransactionCommand::Prepare(_)
                | TransactionCommand::CommitPrepared(_)
                | TransactionCommand::RollbackPrepared(_),
            ) => Err(refuse(statement, "prepared transactions cannot be guarded", "use BEGIN and COMMIT")),
            Class::Transaction(TransactionCommand::RollbackTo(_)) => {
                Err(refuse(statement, "ROLLBACK TO in a migration takes back what was kept before it", "leave it out"))
            }
            Class::OutsideTransaction(outside) if !leaves_a_trace(outside) => Err(refuse(
                statement,
                format!(
                    "{} runs outside a transaction, and nothing tells after a crash whether it happened",
                    statement.analysis.tag
                ),
                "run it by hand, outside the migration",
            )),
            Class::OutsideTransaction(outside) => self.outside(item, statement, outside),
            _ => {
                self.open.push(item.clone());
                // Outside BEGIN each statement commits by itself, if the file has transactions at all.
                let alone = self.separate || (self.controlled && self.inside.is_none());
                let session = matches!(statement.analysis.class, Class::Session(_));
                if alone && !session {
                    self.close();
                }
                Ok(())
            }
        }
    }

    fn begin(&mut self, statement: &Statement, options: &[String]) -> Result<(), UnitError> {
        if !self.controlled && options.is_empty() {
            return Ok(());
        }
        if let Some(first) = &self.inside {
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
        self.close();
        self.inside = Some(statement.clone());
        Ok(())
    }

    fn commit(&mut self, statement: &Statement, chain: bool) -> Result<(), UnitError> {
        if chain {
            return Err(refuse(statement, "COMMIT AND CHAIN is not supported", "use COMMIT and BEGIN"));
        }
        if self.inside.take().is_none() && self.controlled {
            return Err(refuse(statement, "COMMIT without BEGIN", "remove it, or put BEGIN before it"));
        }
        self.close();
        Ok(())
    }

    fn outside(&mut self, item: &Item, statement: &Statement, outside: &Outside) -> Result<(), UnitError> {
        if let Some(first) = &self.inside {
            return Err(refuse(
                statement,
                format!(
                    "{} cannot run inside a transaction, and one began at {}",
                    statement.analysis.tag, first.location
                ),
                "put it into a file of its own",
            ));
        }
        self.close();
        let mut items = std::mem::take(&mut self.open);
        items.push(item.clone());
        self.units.push(Unit { kind: UnitKind::Outside(outside.clone()), items });
        Ok(())
    }
}
