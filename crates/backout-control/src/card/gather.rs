//! What a card is made of, looked up: what cannot be, is said on it, so that a page can be printed whatever fails.
//!
//! Must not know: what the page looks like.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use backout_plan::Plan;
use backout_postgres::rehearse::Certificate;
use backout_postgres::session::Session;
use backout_postgres::store::{self, Record};
use jiff::Timestamp;

use super::facts::{Facts, Proven, Rehearsed, Went};
use super::{Applied, Card, Gone, Script, shell, undo_sql};
use crate::rollback::{self, Which};
use crate::runs::Runs;
use crate::status::shelved;
use crate::{Boxed, Env, Failure, Result};

/// Whoever prints a page does not wait for a bucket that does not answer.
const ANSWERS: Duration = Duration::from_secs(30);

/// So many runs are looked at for the times of ways that were gone.
const RUNS: u32 = 100;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the undo is written as plain SQL.
    pub undo_sql: Option<PathBuf>,
}

/// Makes the card. Writes nothing but the scripts.
///
/// # Errors
/// Without a plan or a target; where the scripts were asked for and cannot be written.
pub fn make<'a>(env: &'a Env, runs: Option<&'a Runs>, options: &'a Options) -> Boxed<'a, Result<Card>> {
    Box::pin(work(env, runs, options))
}

async fn work(env: &Env, runs: Option<&Runs>, options: &Options) -> Result<Card> {
    let (plan, now) = (env.plan()?, Timestamp::now());
    let mut facts = Facts {
        plan,
        target: env.target()?.name.clone(),
        now,
        backout: env!("CARGO_PKG_VERSION").to_owned(),
        applied: Vec::new(),
        rehearsed: None,
        proven: None,
        preview: None,
        went: BTreeMap::new(),
        gone: Gone::default(),
        unknown: Vec::new(),
    };
    let of_target = match env.connect().await {
        Ok(session) => {
            let done = target(env, &session, options, &mut facts).await;
            session.close().await;
            done
        }
        Err(failure) => Err(failure),
    };
    if let Err(failure) = of_target {
        if options.undo_sql.is_some() {
            return Err(failure);
        }
        let said = failure.sentence();
        facts.gone.unknown = Some(said.clone());
        facts.unknown.push(said);
    }
    if let Some(runs) = runs {
        let looked = ways(env, runs, plan, &mut facts).await;
        facts.unknown.extend(looked.err().map(|failure| failure.sentence()));
    }
    facts.unknown.sort();
    facts.unknown.dedup();
    Ok(facts.card())
}

/// What the target itself says.
async fn target(env: &Env, session: &Session, options: &Options, facts: &mut Facts<'_>) -> Result<()> {
    let standing = undo_sql::records(session).await?;
    let certificates = store::certificates(session).await?;
    let read = |body: &String| serde_json::from_str::<Certificate>(body).ok();
    for record in &standing {
        let body = certificates.iter().find(|(id, _)| Some(id) == record.certificate.as_ref()).map(|(_, body)| body);
        let rehearsed = body.and_then(read).and_then(|one| of_record(&one, record));
        let at = record.finished_at.unwrap_or(record.started_at);
        facts.applied.push((Applied { number: record.number, version: record.version.clone(), at }, rehearsed));
    }
    let newest = crate::gates::certificate::newest(session, facts.plan).await?;
    facts.rehearsed = newest.map(|one| Rehearsed {
        id: one.id(),
        at: one.made_at,
        migrate_ms: one.migrations.iter().map(|of| of.migrate_ms).sum(),
        undo_ms: one.migrations.iter().map(|of| of.undo_ms).sum(),
        undo_lock_ms: one.migrations.iter().map(|of| of.undo_lock_ms).fold(0.0, f64::max),
    });
    match tokio::time::timeout(ANSWERS, shelved(env, session)).await {
        Ok(Ok(backups)) => {
            let proven = backups.proven().and_then(|one| Some((one.id.clone(), one.manifest()?.at, one.proof()?)));
            facts.proven = proven.map(|(id, taken, proof)| Proven {
                id,
                taken,
                at: proof.at,
                ms: proof.restore_ms + proof.compare_ms,
            });
        }
        Ok(Err(failure)) => facts.unknown.push(failure.sentence()),
        Err(_) => facts.unknown.push("the backups' place does not answer".to_owned()),
    }
    scripts(env, session, &standing, options, facts).await
}

/// Times of this migration alone.
fn of_record(certificate: &Certificate, record: &Record) -> Option<Rehearsed> {
    let one = certificate.migrations.iter().find(|one| one.version == record.version)?;
    Some(Rehearsed {
        id: certificate.id(),
        at: certificate.made_at,
        migrate_ms: one.migrate_ms,
        undo_ms: one.undo_ms,
        undo_lock_ms: one.undo_lock_ms,
    })
}

async fn scripts(
    env: &Env,
    session: &Session,
    standing: &[Record],
    options: &Options,
    facts: &mut Facts<'_>,
) -> Result<()> {
    let written = match undo_sql::write(env, session, standing, facts.now).await {
        Ok(written) => written,
        Err(failure) if options.undo_sql.is_none() => {
            facts.gone.unknown = Some(failure.sentence());
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    let files = match &options.undo_sql {
        Some(folder) => undo_sql::put(folder, &written)?,
        None => Vec::new(),
    };
    facts.gone.folder = options.undo_sql.as_ref().map(|folder| folder.display().to_string());
    facts.gone.scripts = written
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let file = files.get(place).map_or_else(|| undo_sql::file(place, &one), |path| path.display().to_string());
            Script {
                command: format!("psql -X -f {} \"$DATABASE_URL\"", shell(&file)),
                number: one.number,
                version: one.version,
                refused: one.refused,
                notes: one.notes.into_iter().filter(|note| stands_on_the_page(note)).collect(),
            }
        })
        .collect();
    Ok(())
}

/// The other notes stand in the file.
fn stands_on_the_page(note: &str) -> bool {
    note.starts_with("Does not come back") || note.starts_with(undo_sql::NOT_WRITTEN)
}

/// What the ways would cost now, and what they took when they were gone.
async fn ways(env: &Env, runs: &Runs, plan: &Plan, facts: &mut Facts<'_>) -> Result<()> {
    for seen in runs.list(RUNS).await? {
        let is_over = seen.procedure == rollback::NAME && seen.phase == "succeeded";
        if !is_over || seen.target.as_deref() != Some(facts.target.as_str()) {
            continue;
        }
        let Ok(journal) = runs.read(&seen.run).await else { continue };
        // One that came over another way took longer than its own.
        let name = journal.state.current().name.clone();
        if journal.succeeded() && journal.state.way == 0 && !facts.went.contains_key(&name) {
            let (at, ms) = (journal.state.opened, journal.took().as_secs_f64() * 1e3);
            facts.went.insert(name, Went { run: journal.run, at, ms });
        }
    }
    let Some(first) = plan.ways.first() else { return Ok(()) };
    let which = Which::Named(first.name.clone());
    let options = rollback::Options { which, ..rollback::Options::default() };
    match rollback::preview(env, runs, &options).await {
        Ok(preview) => facts.preview = Some(preview),
        // Where nothing is applied, a way back has nothing to do.
        Err(_) if facts.applied.is_empty() => {}
        Err(failure) => return Err(not_counted(failure)),
    }
    Ok(())
}

fn not_counted(failure: Failure) -> Failure {
    failure.remedy(backout_plan::Remedy::advice("what the ways would cost is not counted"))
}
