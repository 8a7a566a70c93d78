//! One migration on the clone: forth, with probe rows, and back; and its plain statements on the twin beside it.
//!
//! Must not know: how the clone is made, or what becomes of a certificate.

use super::{RehearseError, RehearsedMigration, Request, WrittenDown, chain, down, oracle, probe};
use crate::boxed;
use crate::catalog::read_catalog;
use crate::migrate::{self, Event, Job, Mode, Report, Watch};
use crate::session::{DatabaseError, Session};
use crate::store;
use crate::undo::{self, UndoReport, UndoRules};
use backout_plan::ConnectionSettings;
use backout_reversal::Inverse;
use backout_reversal::closure;
use backout_schema::Catalog;
use backout_sql::script::Item;
use std::collections::{BTreeMap, BTreeSet};

/// Where one migration is rehearsed.
pub(super) struct Rehearsal<'a> {
    pub session: &'a Session,
    pub witness: &'a Session,
    pub plain: &'a Session,
    pub request: &'a Request<'a>,
    pub clone: &'a ConnectionSettings,
    pub twin: &'a ConnectionSettings,
}

/// What is wrong with the way back, and what else is worth a word.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub problems: Vec<String>,
    pub notes: Vec<String>,
}

/// What the statements do as they are.
struct Plain {
    after: Catalog,
    /// Identity → digest.
    outcome: BTreeMap<String, String>,
    written_down: Option<WrittenDown>,
}

impl Rehearsal<'_> {
    /// The second part of the result: the tables whose rows the migration changes.
    pub async fn run(&self, job: &Job, watch: Watch<'_>) -> Result<(RehearsedMigration, Vec<String>), RehearseError> {
        let plain = self.as_they_are(job, watch).await?;
        let dump_before = self.request.oracle.schema(self.clone).await?;
        let start = read_catalog(self.session, false).await?;
        let mut tables = self.fingerprints(&start).await?;

        watch(Event::Note("migrating".to_owned()));
        let mode = Mode {
            learn: true,
            lessons: None,
            locks: &[],
            expected: Some(&plain.outcome),
            certificate: None,
            without_certificate: None,
            backup: None,
            tolerate_loss: true,
        };
        let failed = |source| RehearseError::Migrate { version: job.version.clone(), source: Box::new(source) };
        let report =
            migrate::migrate(self.session, self.witness, job, self.request.rules, mode, watch).await.map_err(failed)?;
        let mut findings = Findings { problems: Vec::new(), notes: report.notes.clone() };
        self.compare_schema_forward(&report, &mut findings).await?;
        let middle = read_catalog(self.session, false).await?;
        self.compare_forward(&middle, &plain.after, &mut findings).await?;

        let left = self.rows_left(&middle, &start, &tables, &report.inverse).await?;
        watch(Event::Note("writing probe rows".to_owned()));
        let probes = probe::write(self.session, &start, &middle, &report.inverse.images).await;
        let probes = probes.map_err(RehearseError::server("writing probe rows"))?;
        self.after_probes(&middle, &start, &left, &mut tables).await?;

        watch(Event::Note("undoing".to_owned()));
        let undone = self.undo(report.number, watch, &mut findings).await?;
        if undone.is_some() {
            self.compare_schema_back(&dump_before, &report, &mut findings).await?;
            self.compare_back(&tables, &probes, &report.verdicts, &mut findings).await?;
            // The next migration stands on this one; and forward again after the way back must work.
            watch(Event::Note("migrating again".to_owned()));
            let mode = Mode { learn: false, lessons: Some(&report.lessons), expected: None, ..mode };
            if let Err(error) = migrate::migrate(self.session, self.witness, job, self.request.rules, mode, watch).await
            {
                findings.problems.push(format!("migrating again after the undo failed: {}", chain(&error)));
            }
        }
        let written = written(&report.inverse);
        Ok((rehearsed(job, plain, report, undone, probes, findings), written))
    }

    /// On the twin; and the way back that the project has, where there is one.
    async fn as_they_are(&self, job: &Job, watch: Watch<'_>) -> Result<Plain, RehearseError> {
        watch(Event::Note("running the statements as they are".to_owned()));
        let plain_before = read_catalog(self.plain, false).await?;
        let rows_before = match &job.down {
            Some(_) => down::rows(self.plain, &plain_before).await,
            None => down::Rows::new(),
        };
        run_plain(self.plain, job).await?;
        let written_down = match &job.down {
            Some(script) => {
                watch(Event::Note("trying the way back that the project has".to_owned()));
                Some(down::judge(self.plain, script, &plain_before, &rows_before).await?)
            }
            None => None,
        };
        let plain_after = read_catalog(self.plain, false).await?;
        let expected = closure::outcome(&Inverse::between(&plain_before, &plain_after, &BTreeSet::new(), Vec::new()));
        Ok(Plain { after: plain_after, outcome: expected, written_down })
    }

    /// The schema after the migration is the one that the plain statements left.
    async fn compare_schema_forward(&self, report: &Report, findings: &mut Findings) -> Result<(), RehearseError> {
        let oracle = self.request.oracle;
        let hidden: Vec<&str> = report.inverse.hidden.iter().map(|h| h.name.as_str()).collect();
        let ours = oracle::without_columns(&oracle.schema(self.clone).await?, &hidden);
        match oracle.differences(&oracle::without_columns(&oracle.schema(self.twin).await?, &hidden), &ours) {
            oracle::Differences::None => {}
            oracle::Differences::Clock(lines) => {
                findings.notes.push(format!("names made from the clock differ between two runs: {lines}"));
            }
            oracle::Differences::Some(lines) => {
                findings.problems.push(format!("the migrated schema is not what the plain statements leave: {lines}"));
            }
        }
        Ok(())
    }

    /// Nothing, with the reason among the problems, where the way back fails.
    async fn undo(
        &self,
        number: i64,
        watch: Watch<'_>,
        findings: &mut Findings,
    ) -> Result<Option<UndoReport>, RehearseError> {
        let records = store::records(self.session).await?;
        let record = records.iter().find(|r| r.number == number);
        let mut undone = None;
        if let Some(record) = record {
            let rules = UndoRules {
                lock_timeout: self.request.rules.lock_timeout,
                lock_retries: 3,
                lock_budget: None,
                accept_loss: Vec::new(),
                read_whole: false,
                measure: true,
                choice: undo::Choice {
                    rebuild_below: self.request.rules.rebuild_below,
                    sizes: self.request.rules.sizes.clone(),
                    ..Default::default()
                },
            };
            match boxed(undo::undo(self.session, record, &rules, watch)).await {
                Ok(report) => {
                    findings.problems.extend(report.conflicts.iter().map(|c| format!("{}: {}", c.object, c.problem)));
                    findings.notes.extend(report.left.iter().map(ToString::to_string));
                    undone = Some(report);
                }
                Err(error) => findings.problems.push(format!("the way back failed: {}", chain(&error))),
            }
        }
        Ok(undone)
    }

    /// The schema after the undo is the one of before.
    async fn compare_schema_back(
        &self,
        dump_before: &str,
        report: &Report,
        findings: &mut Findings,
    ) -> Result<(), RehearseError> {
        let oracle = self.request.oracle;
        let inexact = report.verdicts.iter().any(|v| !v.is_exact());
        let back = oracle.schema(self.clone).await?;
        if let oracle::Differences::Some(lines) | oracle::Differences::Clock(lines) =
            oracle.differences(dump_before, &back)
        {
            if inexact {
                findings.notes.push(format!("the schema that came back differs, as the verdict says: {lines}"));
            } else {
                findings.problems.push(format!("the schema that came back is not the former one: {lines}"));
            }
        }
        Ok(())
    }
}

/// The tables whose rows a migration changes.
fn written(inverse: &Inverse) -> Vec<String> {
    let mut written: Vec<String> = inverse.rows.iter().map(|r| r.table.clone()).collect();
    written.extend(
        inverse.images.iter().map(|i| i.what.clone()).filter(|what| inverse.rows.iter().all(|r| r.table != *what)),
    );
    written
}

fn rehearsed(
    job: &Job,
    plain: Plain,
    report: Report,
    undone: Option<UndoReport>,
    probes: probe::Probes,
    findings: Findings,
) -> RehearsedMigration {
    let locks = report.statements.iter().flat_map(|s| s.locks.clone()).collect();
    RehearsedMigration {
        version: job.version.clone(),
        name: job.name.clone(),
        checksum: job.checksum.clone(),
        verdicts: report.verdicts,
        may_not_fit: report.may_not_fit,
        outcome: plain.outcome,
        lessons: report.lessons,
        removed: report.removed,
        added: report.added,
        changed: report.changed,
        kept: report.moved.iter().map(|m| m.identity.clone()).collect(),
        statements: report.statements,
        locks,
        migrate_ms: report.total_ms,
        migrate_lock_ms: report.lock_ms,
        undo_ms: undone.as_ref().map_or(0.0, |u| u.total_ms),
        undo_lock_ms: undone.as_ref().map_or(0.0, |u| u.lock_ms),
        undo_tail_ms: undone.as_ref().map_or(0.0, |u| u.tail_ms),
        undo_statements: undone.map_or_else(Vec::new, |u| u.statements),
        probed: probes.written.iter().map(|p| p.table.clone()).collect(),
        not_probed: probes.refused,
        problems: findings.problems,
        notes: findings.notes,
        written_down: plain.written_down,
        estimate: None,
    }
}

/// The statements as they are, each unit in a transaction.
async fn run_plain(session: &Session, job: &Job) -> Result<(), RehearseError> {
    for unit in &job.units {
        let transaction = matches!(unit.kind, migrate::UnitKind::Transaction);
        if transaction {
            session.batch("BEGIN").await.map_err(RehearseError::server("opening the transaction"))?;
        }
        for item in &unit.items {
            let Some(statement) = item.statement() else { continue };
            let failed = |source: DatabaseError| RehearseError::Plain {
                version: job.version.clone(),
                location: source
                    .position
                    .map_or_else(|| statement.location.clone(), |p| statement.locate(p))
                    .to_string(),
                statement: statement.text.clone(),
                source,
            };
            match item {
                Item::Copy(copy) => migrate::copy_in(session, copy).await.map_err(|source| RehearseError::Migrate {
                    version: job.version.clone(),
                    source: Box::new(source),
                })?,
                Item::Generate(_) => {
                    let generated = migrate::generated(session, statement).await.map_err(failed)?;
                    for sql in generated {
                        session.batch(&sql).await.map_err(failed)?;
                    }
                }
                _ => session.batch(&statement.text).await.map_err(failed)?,
            }
        }
        if transaction {
            session.batch("COMMIT").await.map_err(RehearseError::server("COMMIT"))?;
        }
    }
    Ok(())
}
