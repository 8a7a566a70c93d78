//! Applies what is pending, so that it can be undone.
//!
//! Must not know: how a single migration runs.

use std::path::PathBuf;
use std::sync::Arc;

use backout_plan::Remedy;
use backout_postgres::migrate::{self, Job, MigrateError, Mode, Report, Rules, UnitKind};
use backout_postgres::session::DatabaseError;
use backout_postgres::store::{self, Record, State};
use backout_sql::script::Item;
use serde::Serialize;

use crate::applied::Applied;
use crate::event::{Event, Work};
use crate::failure::{Halted, Refusal};
use crate::folder::{Folder, Prepared, Standing};
use crate::gates::certificate::{Permit, Request};
use crate::gates::set_aside::Choice;
use crate::gates::{backup, certificate, frozen, identity, retry, set_aside, tool};
use crate::{Boxed, Env, Failure, Pair, Result, capture};

/// What is wanted, beyond the plan.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Up to this version, and no further.
    pub to: Option<String>,
    /// What undo need not bring back, by the names of the refusal.
    pub accept_loss: Vec<String>,
    /// Tables whose rows must not be kept when they are dropped.
    pub no_archive: Vec<String>,
    /// Why no rehearsal is wanted.
    pub without_certificate: Option<String>,
    /// Why no proven backup is wanted.
    pub without_backup: Option<String>,
    /// Why what was undone is applied again before the plan's conditions hold.
    pub retry: Option<String>,
    /// The file of a certificate that was made elsewhere.
    pub certificate: Option<PathBuf>,
    /// What becomes of what undos have set aside.
    pub aside: Choice,
}

/// What a run over several migrations came to.
#[derive(Debug, Default, Serialize)]
pub struct Done {
    pub target: Option<String>,
    pub applied: Vec<Arc<Applied>>,
    /// Versions that are still pending of those that were wanted.
    pub pending: Vec<String>,
    /// Somebody asked for a stop.
    #[serde(skip)]
    pub stopped: bool,
}

/// Applies the pending migrations.
///
/// # Errors
/// The refusals of the gates before anything is touched; what went wrong, with what was applied before it.
pub fn run<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, std::result::Result<Done, Halted<Done>>> {
    Box::pin(work(env, options))
}

#[tracing::instrument(name = "migrate", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, options: &Options) -> std::result::Result<Done, Halted<Done>> {
    let (plan, target) = (env.plan()?, env.target()?);
    let folder = Folder::read(plan)?;
    let pair = env.connect_pair().await?;
    frozen::refuse(&pair.session).await?;
    identity::pass(env, &pair.session).await?;
    store::lock_runs(&pair.session).await?;
    let standing = folder.standing(&pair.session).await?;
    tool::pass(&standing)?;
    tool::findings(&folder, &standing).into_iter().for_each(|finding| env.say(Event::Said(finding)));
    let places = chosen(&folder, &standing, options.to.as_deref())?;
    let nothing = Done { target: Some(target.name.clone()), ..Done::default() };
    if places.is_empty() {
        // A run that was killed right after its last COMMIT may have left some.
        let rules = env.migrate();
        let swept = migrate::sweep(&pair.session, rules.lock_timeout.duration(), rules.lock_retries).await;
        swept.map_err(MigrateError::server("removing triggers of Backout's own"))?;
        return Ok(nothing);
    }
    let prepared = folder.prepare(&places)?;
    tool::resumable(&standing, &prepared)?;
    retry::pass(env, &pair.session, &standing, &prepared, options.retry.as_deref()).await?;
    set_aside::pass(&pair.session, &prepared, options.aside).await?;
    let request = Request {
        session: &pair.session,
        plan,
        target,
        prepared: &prepared,
        file: options.certificate.as_deref(),
        without: options.without_certificate.as_deref(),
    };
    let mut permit = certificate::pass(request).await?;
    if let Some(reason) = &permit.without_certificate {
        env.say(Event::warning("certificate.without", format!("without a rehearsal: {reason}")));
    }
    permit.backup = backup::pass(env, &pair.session, &permit, options.without_backup.as_deref()).await?;
    folder.adopt(&pair.session, &standing.unknown_to_us).await?;
    let rules =
        Rules { no_archive: options.no_archive.clone(), accept_loss: options.accept_loss.clone(), ..env.rules() };
    pair.hear_notices();
    let reimport = options.aside == Choice::Reimport;
    let several = Several { env, folder: &folder, pair: &pair, rules: &rules, permit: &permit, reimport };
    let captured = capture::before(env, &pair.session).await;
    let outcome = several.run(&standing, &prepared, nothing).await;
    capture::follow(env, &pair.session, captured).await;
    outcome
}

/// The pending places, up to a version if one is given.
pub fn chosen(folder: &Folder, standing: &Standing, to: Option<&str>) -> Result<Vec<usize>> {
    let Some(to) = to else { return Ok(standing.pending.clone()) };
    let Some(last) = folder.migrations.iter().position(|migration| migration.version == to) else {
        let pending = standing.pending.iter().map(|place| folder.migrations[*place].version.clone()).collect();
        return Err(Refusal::NoSuchVersion { version: to.to_owned(), pending }.into());
    };
    Ok(standing.pending.iter().copied().filter(|place| *place <= last).collect())
}

/// One run over several files.
struct Several<'a> {
    env: &'a Env,
    folder: &'a Folder,
    pair: &'a Pair,
    rules: &'a Rules,
    permit: &'a Permit,
    reimport: bool,
}

impl Several<'_> {
    async fn run(
        &self,
        standing: &Standing,
        prepared: &[Prepared<'_>],
        mut done: Done,
    ) -> std::result::Result<Done, Halted<Done>> {
        let mut applied = standing.applied();
        let mut table_exists = standing.remembered.as_ref().is_some_and(|remembered| remembered.exists);
        for (index, one) in prepared.iter().enumerate() {
            let left = |from: usize| prepared[from..].iter().map(|one| one.migration.version.clone()).collect();
            done.pending = left(index);
            let outcome = async {
                let job = self.folder.job(&self.pair.session, one, standing, &applied, table_exists).await?;
                let job = Job { take_back: self.reimport, ..job };
                let resumed = standing.interrupted.as_ref().filter(|record| record.version == job.version);
                let report = self.one(&job, resumed).await?;
                Result::Ok(Arc::new(Applied::of(&job, report)))
            };
            let outcome = outcome.await;
            self.env.say(Event::Idle);
            match outcome {
                Ok(one) => {
                    applied.insert(one.report.version.clone());
                    self.env.say(Event::Applied(one.clone()));
                    done.applied.push(one);
                    done.pending = left(index + 1);
                }
                Err(failure) if done.applied.is_empty() => return Err(Halted { done, failure }),
                Err(failure) => {
                    let failure = partly(failure, done.applied.len());
                    return Err(Halted { done, failure });
                }
            }
            if let Err(failure) = self.fresh_session().await {
                return Err(Halted { done, failure });
            }
            table_exists = true;
            if self.env.stop.is_asked() && index + 1 < prepared.len() {
                done.stopped = true;
                return Ok(done);
            }
        }
        Ok(done)
    }

    /// Files without a tool are run by psql, each in a session of its own: what one sets, the next one does not see. A
    /// tool keeps its connection, and so do we for it. The run lock, which is the session's, stays.
    async fn fresh_session(&self) -> Result<()> {
        if self.folder.layout.history().is_some() {
            return Ok(());
        }
        let reset = self.pair.session.renew().await;
        reset.map_err(|source| {
            Failure::server("making the session new for the next file")(source)
                .with_exit(backout_plan::Exit::Interrupted)
        })
    }

    async fn one(&self, job: &Job, resumed: Option<&Record>) -> Result<Report> {
        let env = self.env;
        let rehearsed = self.permit.rehearsed.get(&job.version);
        let mode = Mode {
            learn: false,
            lessons: rehearsed.map(|rehearsed| &rehearsed.lessons),
            locks: rehearsed.map_or(&[], |rehearsed| rehearsed.locks.as_slice()),
            expected: rehearsed.map(|rehearsed| &rehearsed.expected),
            certificate: self.permit.certificate.as_deref(),
            without_certificate: self.permit.without_certificate.as_deref(),
            backup: self.permit.backup.as_deref(),
            tolerate_loss: false,
        };
        let watch = move |event: migrate::Event| env.say(event.into());
        let (session, witness) = (&self.pair.session, &self.pair.witness);
        let version = job.version.clone();
        let work = async {
            match resumed {
                Some(record) => {
                    env.say(Event::Begun { work: Work::Resuming { version, done: record.done, steps: record.steps } });
                    migrate::resume(session, witness, job, record, self.rules, mode, &watch).await
                }
                None => {
                    env.say(Event::Begun { work: Work::Migrating { version } });
                    migrate::migrate(session, witness, job, self.rules, mode, &watch).await
                }
            }
        };
        let safe_point = format!("after {}", job.version);
        match env.stop.guard(&*env.observer, &session.canceller(), &safe_point, work).await? {
            Ok(report) => Ok(report),
            Err(error) => Err(self.where_it_stands(job, error).await),
        }
    }

    /// What the target itself says after a failure: the truth about an unanswered COMMIT lies there.
    async fn where_it_stands(&self, job: &Job, error: MigrateError) -> Failure {
        use backout_plan::Exit;
        let lost = error.database_error().is_some_and(DatabaseError::is_connection_lost);
        let settled = match lost {
            true => settle(self.env, &job.version).await,
            false => {
                let records = store::records(&self.pair.session).await;
                records.map(|records| stands(&records, &job.version)).map_err(Failure::from)
            }
        };
        let failure = Failure::from(error);
        match settled {
            Err(_) => failure
                .with_exit(Exit::Interrupted)
                .remedy(Remedy::advice("the target does not answer, so whether the last COMMIT happened is unknown"))
                .remedy(Remedy::Status),
            Ok(Settled::Interrupted { done, steps, step, .. }) => {
                let step = step.map(|step| format!("; begun after it: {step}")).unwrap_or_default();
                let said = format!("{} is interrupted after step {done} of {steps}{step}", job.version);
                failure
                    .with_exit(Exit::Interrupted)
                    .remedy(Remedy::advice(said))
                    .remedy(Remedy::Migrate)
                    .remedy(Remedy::Undo)
            }
            Ok(Settled::Applied { number }) if lost => {
                let said =
                    format!("the connection broke after COMMIT: {} is applied as migration {number}", job.version);
                failure.with_exit(Exit::Interrupted).remedy(Remedy::advice(said))
            }
            Ok(_) => failure,
        }
    }
}

/// Where a migration stands by the target's own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "settled", rename_all = "kebab-case")]
pub enum Settled {
    /// Nothing of it is on record.
    Not,
    Interrupted {
        number: i64,
        done: i32,
        steps: i32,
        step: Option<String>,
    },
    Applied {
        number: i64,
    },
    Undone {
        number: i64,
    },
}

/// Asks the target itself where a migration stands, by a connection of its own: after a crash, or where the answer to a
/// COMMIT was lost.
pub async fn settle(env: &Env, version: &str) -> Result<Settled> {
    let session = env.connect().await?;
    Ok(stands(&store::records(&session).await?, version))
}

fn stands(records: &[Record], version: &str) -> Settled {
    let Some(record) = records.iter().rev().find(|record| record.version == version) else { return Settled::Not };
    let number = record.number;
    match record.state {
        State::Interrupted => {
            let step = record.step.clone();
            Settled::Interrupted { number, done: record.done, steps: record.steps, step }
        }
        State::Applied | State::Adopted => Settled::Applied { number },
        State::Undone | State::UndoTail => Settled::Undone { number },
    }
}

/// Earlier files of the run are applied and stay.
fn partly(failure: Failure, applied: usize) -> Failure {
    let noun = if applied == 1 { "migration" } else { "migrations" };
    failure
        .with_exit(backout_plan::Exit::Interrupted)
        .remedy(Remedy::advice(format!("{applied} {noun} before it in this run: applied, and can be undone")))
}

/// What would run, from the files alone.
#[derive(Debug, Serialize)]
pub struct Preview {
    pub target: String,
    pub would_apply: Vec<WouldApply>,
}

/// One migration that would run.
#[derive(Debug, Serialize)]
pub struct WouldApply {
    pub version: String,
    pub file: String,
    pub steps: usize,
    pub statements: Vec<WouldRun>,
}

/// One of its statements.
#[derive(Debug, Serialize)]
pub struct WouldRun {
    pub location: String,
    pub tag: String,
    /// From 1.
    pub step: usize,
    pub relations: Vec<String>,
    pub in_transaction: bool,
    pub sql: String,
}

/// What would run. Changes nothing.
pub fn preview<'a>(env: &'a Env, to: Option<&'a str>) -> Boxed<'a, Result<Preview>> {
    Box::pin(foreseen(env, to))
}

async fn foreseen(env: &Env, to: Option<&str>) -> Result<Preview> {
    let target = env.target()?;
    let folder = Folder::read(env.plan()?)?;
    let session = env.connect().await?;
    let identity = identity::look(&session, Some(&target.name)).await?;
    if !identity.verdict.is_same() {
        env.say(Event::note("identity.different", identity.verdict.to_string()));
    }
    let standing = folder.standing(&session).await?;
    tool::pass(&standing)?;
    tool::findings(&folder, &standing).into_iter().for_each(|finding| env.say(Event::Said(finding)));
    let prepared = folder.prepare(&chosen(&folder, &standing, to)?)?;
    tool::resumable(&standing, &prepared)?;
    let would_apply = prepared.iter().map(|one| would_apply(&folder, one)).collect();
    Ok(Preview { target: target.name.clone(), would_apply })
}

fn would_apply(folder: &Folder, one: &Prepared<'_>) -> WouldApply {
    let mut statements = Vec::new();
    for (index, unit) in one.units.iter().enumerate() {
        let in_transaction = !matches!(unit.kind, UnitKind::Outside(_));
        statements.extend(unit.items.iter().filter_map(Item::statement).map(|statement| WouldRun {
            location: statement.location.to_string(),
            tag: statement.analysis.tag.to_string(),
            step: index + 1,
            relations: statement.analysis.relations.iter().map(ToString::to_string).collect(),
            in_transaction,
            sql: statement.text.clone(),
        }));
    }
    WouldApply {
        version: one.migration.version.clone(),
        file: folder.file(one.migration),
        steps: one.units.len(),
        statements,
    }
}
