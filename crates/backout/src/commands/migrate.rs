//! `backout migrate`: applies what is pending, so that it can be taken back.

use std::path::PathBuf;

use backout_plan::{Exit, Verdict};
use backout_postgres::migrate::{self, Event, Job, MigrateError, Mode, Report, Rules, UnitKind};
use backout_postgres::reimport;
use backout_postgres::session::Session;
use backout_postgres::store::{self, Record, State};
use backout_schema::ObjectId;
use backout_sql::script::Item;
use serde::Serialize;
use serde_json::{Value, json};

use super::backup::gate::backup_gate;
use super::capture;
use crate::context::{Context, GateRequest, Notices, Pair, Permit, Project};
use crate::error::CommandError;
use crate::interrupt::Interrupt;
use crate::migrations::{Folder, Prepared, Standing};
use crate::rehearsal::certificate_gate;
use crate::ui::{Paint, Ui, count, duration};

/// Apply the pending migrations, so that they can be undone
///
/// What a migration drops is moved into an archive; what would be lost otherwise is refused unless --accept-loss names it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Up to this version, and no further
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Show what would run; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Something that undo will not bring back, as the refusal names it
    #[arg(long, value_name = "NAME")]
    accept_loss: Vec<String>,
    /// A table whose rows must not be kept when it is dropped (personal data)
    #[arg(long, value_name = "TABLE")]
    no_archive: Vec<String>,
    /// Go without a rehearsal; the reason is recorded and shown
    #[arg(long, value_name = "REASON")]
    without_certificate: Option<String>,
    /// Go without a proven backup; the reason is recorded and shown
    #[arg(long, value_name = "REASON")]
    without_backup: Option<String>,
    /// The certificate of a rehearsal that was made elsewhere
    #[arg(long, value_name = "FILE", conflicts_with = "without_certificate")]
    certificate: Option<PathBuf>,
    /// Bring back what undoing these migrations before put aside, in their transactions
    #[arg(long, conflicts_with = "leave_aside")]
    reimport: bool,
    /// Leave what undoing these migrations before put aside where it is
    #[arg(long)]
    leave_aside: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    let (plan, target) = (project.plan()?, project.target()?);
    let folder = Folder::read(plan)?;
    if args.dry_run {
        return dry_run(args, context, &project, &folder).await;
    }
    let notices = Notices::default();
    let pair = context.connect_pair(&project, notices.clone()).await?;
    context.identify(&pair.session, &target.name).await?;
    store::lock_runs(&pair.session).await?;
    let standing = folder.standing(&pair.session).await?;
    tool_agrees(&standing)?;
    warn(context.ui, &folder, &standing);
    let places = chosen(&folder, &standing, args.to.as_deref())?;
    if places.is_empty() {
        // A run that was killed right after its last COMMIT may have left some.
        let rules = project.migrate_rules();
        let swept = migrate::sweep(&pair.session, rules.lock_timeout.duration(), rules.lock_retries).await;
        swept.map_err(MigrateError::server("removing triggers of Backout's own"))?;
        context.ui.say("nothing is pending");
        context.ui.result(json!({ "target": target.name, "applied": [], "pending": [] }));
        return Ok(Exit::Ok);
    }
    let prepared = folder.prepare(&places)?;
    resumable(&standing, &prepared)?;
    choose_about_what_is_aside(args, &pair.session, &prepared).await?;
    let mut permit = certificate_gate(GateRequest {
        session: &pair.session,
        plan,
        target,
        prepared: &prepared,
        file: args.certificate.as_deref(),
        without: args.without_certificate.as_deref(),
    })
    .await?;
    if let Some(reason) = &permit.without_certificate {
        context.ui.warn(format!("without a rehearsal: {reason}"));
    }
    permit.backup = backup_gate(context, &project, &pair.session, &permit, args.without_backup.as_deref()).await?;
    folder.adopt(&pair.session, &standing.unknown_to_us).await?;
    let rules = rules(&project, args);
    // Before the first statement: a migration may change any setting of the session.
    notices.take();
    let run = Run {
        context,
        project: &project,
        folder: &folder,
        pair: &pair,
        rules: &rules,
        permit: &permit,
        notices: &notices,
        reimport: args.reimport,
    };
    let captured = capture::before(context, &pair.session).await;
    let outcome = run.all(&standing, &prepared).await;
    capture::follow(context, &project, &pair.session, captured).await;
    outcome
}

fn rules(project: &Project, args: &Args) -> Rules {
    Rules {
        no_archive: args.no_archive.clone(),
        accept_loss: args.accept_loss.clone(),
        ..crate::rehearsal::rules(project)
    }
}

/// The pending places up to `--to`.
pub(super) fn chosen(folder: &Folder, standing: &Standing, to: Option<&str>) -> Result<Vec<usize>, CommandError> {
    let Some(to) = to else { return Ok(standing.pending.clone()) };
    let Some(last) = folder.migrations.iter().position(|migration| migration.version == to) else {
        let pending: Vec<&str> =
            standing.pending.iter().map(|place| folder.migrations[*place].version.as_str()).collect();
        return Err(CommandError::new(Exit::Usage, format!("there is no migration of version {to:?}"))
            .hint(format!("pending: {}", if pending.is_empty() { "nothing".to_owned() } else { pending.join(", ") })));
    };
    Ok(standing.pending.iter().copied().filter(|place| *place <= last).collect())
}

/// What the team's own tool would refuse, we refuse.
fn tool_agrees(standing: &Standing) -> Result<(), CommandError> {
    if let Some(record) = standing.records.iter().rev().find(|record| record.state == State::UndoTail) {
        return Err(CommandError::new(
            Exit::Refused,
            format!("the undo of migration {} ({}) has work left", record.number, record.version),
        )
        .hint("`backout undo` finishes it"));
    }
    let refusals = standing.remembered.iter().flat_map(|remembered| &remembered.refusals);
    match CommandError::all(refusals.map(|reason| CommandError::new(Exit::Refused, reason))) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn warn(ui: &Ui, folder: &Folder, standing: &Standing) {
    for mismatch in standing.remembered.iter().flat_map(|remembered| &remembered.edited) {
        ui.warn(format!("{} was edited after it was applied", mismatch.path.display()));
    }
    for version in &standing.taken_back {
        ui.warn(format!("{version} is on record as applied, and the tool's history says that it is not"));
    }
    for place in &standing.out_of_order {
        ui.warn(format!(
            "{} comes before migrations that are applied already",
            folder.file(&folder.migrations[*place])
        ));
    }
    if !standing.unknown_to_us.is_empty() {
        let number = count(standing.unknown_to_us.len() as i64, "migration");
        ui.say(format!("note: {number} that the tool applied by itself are taken over as history"));
    }
}

/// An interrupted migration goes on only as the file that it was.
fn resumable(standing: &Standing, prepared: &[Prepared<'_>]) -> Result<(), CommandError> {
    let Some(record) = &standing.interrupted else { return Ok(()) };
    let at = format!(
        "migration {} ({}) was interrupted after step {} of {}",
        record.number, record.version, record.done, record.steps
    );
    let back = "`backout undo` takes back what it did";
    let Some(first) = prepared.first().filter(|one| one.migration.version == record.version) else {
        let file = prepared.iter().any(|one| one.migration.version == record.version);
        let why = if file { "other migrations come before it now" } else { "its file is not there any more" };
        return Err(CommandError::new(Exit::Refused, format!("{at}, and {why}")).hint(back));
    };
    let steps = i32::try_from(first.units.len()).unwrap_or(i32::MAX);
    if first.migration.checksum != record.checksum || steps != record.steps {
        return Err(CommandError::new(Exit::Refused, format!("{at}, and its file was changed since"))
            .hint(format!("put the file back as it was to go on, or {back}")));
    }
    Ok(())
}

/// Rows that an undo of the same migration put aside are neither forgotten nor brought back without a word.
async fn choose_about_what_is_aside(
    args: &Args,
    session: &Session,
    prepared: &[Prepared<'_>],
) -> Result<(), CommandError> {
    if args.reimport || args.leave_aside {
        return Ok(());
    }
    let is_pending = |version: &str| prepared.iter().any(|one| one.migration.version == version);
    let waiting = reimport::waiting(session, is_pending).await?;
    let list: Vec<String> = waiting.iter().map(|one| format!("{} ({})", one.what, count(one.rows, "row"))).collect();
    if list.is_empty() {
        return Ok(());
    }
    Err(CommandError::new(Exit::Refused, format!("an undo has put aside what was written here: {}", cut(&list)))
        .hint("`--reimport` brings it back in the migration's transaction, `--leave-aside` leaves it where it is"))
}

/// One run over several files.
struct Run<'a> {
    context: &'a Context<'a>,
    project: &'a Project,
    folder: &'a Folder,
    pair: &'a Pair,
    rules: &'a Rules,
    permit: &'a Permit,
    notices: &'a Notices,
    reimport: bool,
}

impl Run<'_> {
    async fn all(&self, standing: &Standing, prepared: &[Prepared<'_>]) -> Result<Exit, CommandError> {
        let ui = self.context.ui;
        let interrupt = Interrupt::new();
        let mut applied = standing.applied();
        let mut table_exists = standing.remembered.as_ref().is_some_and(|remembered| remembered.exists);
        let mut reports: Vec<Value> = Vec::new();
        for (index, one) in prepared.iter().enumerate() {
            let job = self.folder.job(&self.pair.session, one, standing, &applied, table_exists).await?;
            let job = Job { take_back: self.reimport, ..job };
            let resumed = standing.interrupted.as_ref().filter(|record| record.version == job.version);
            let outcome = self.one(&job, resumed, &interrupt).await;
            ui.end();
            let document = |reports: &[Value], from: usize| {
                let pending: Vec<&str> = prepared[from..].iter().map(|one| one.migration.version.as_str()).collect();
                json!({ "target": self.project.target_name(), "applied": reports, "pending": pending })
            };
            match outcome {
                Ok(report) => {
                    show(ui, &job, &report);
                    reports.push(report_json(&job, &report));
                    ui.result(document(&reports, index + 1));
                    applied.insert(job.version.clone());
                    self.fresh_session().await?;
                    table_exists = true;
                }
                Err(error) => {
                    ui.result(document(&reports, index));
                    return Err(if reports.is_empty() { error } else { partly(error, reports.len()) });
                }
            }
            if interrupt.is_asked() && index + 1 < prepared.len() {
                let left = prepared.len() - index - 1;
                ui.say(format!("stopped, as asked: {} left", count(left as i64, "migration")));
                return Ok(Exit::Interrupted);
            }
        }
        Ok(Exit::Ok)
    }

    /// Files without a tool are run by psql, each in a session of its own: what one sets, the next one does not see. A
    /// tool keeps its connection, and so do we for it. The run lock, which is the session's, stays.
    async fn fresh_session(&self) -> Result<(), CommandError> {
        if self.folder.layout.history().is_some() {
            return Ok(());
        }
        let reset = self.pair.session.renew().await;
        reset.map_err(|source| {
            CommandError::of(Exit::Interrupted, &source).during("making the session new for the next file")
        })
    }

    async fn one(&self, job: &Job, resumed: Option<&Record>, interrupt: &Interrupt) -> Result<Report, CommandError> {
        let ui = self.context.ui;
        let mode = Mode {
            learn: false,
            lessons: self.permit.lessons.get(&job.version),
            locks: self.permit.locks.get(&job.version).map_or(&[], Vec::as_slice),
            expected: self.permit.expected.get(&job.version),
            certificate: self.permit.certificate.as_deref(),
            without_certificate: self.permit.without_certificate.as_deref(),
            backup: self.permit.backup.as_deref(),
            tolerate_loss: false,
        };
        let notices = self.notices;
        let watch = move |event: Event| {
            notices.take().iter().for_each(|notice| ui.notice(notice));
            ui.event(event);
        };
        let (session, witness) = (&self.pair.session, &self.pair.witness);
        let work = async {
            match resumed {
                Some(record) => {
                    ui.begin(&format!("going on with {} after step {} of {}", job.version, record.done, record.steps));
                    migrate::resume(session, witness, job, record, self.rules, mode, &watch).await
                }
                None => {
                    ui.begin(&format!("migrating {}", job.version));
                    migrate::migrate(session, witness, job, self.rules, mode, &watch).await
                }
            }
        };
        let safe_point = format!("after {}", job.version);
        let outcome = interrupt.watch(ui, &session.canceller(), &safe_point, work).await?;
        self.notices.take().iter().for_each(|notice| ui.notice(notice));
        match outcome {
            Ok(report) => Ok(report),
            Err(error) => Err(self.where_it_stands(job, error).await),
        }
    }

    /// What the target itself says after a failure: the truth about an unanswered COMMIT lies there.
    async fn where_it_stands(&self, job: &Job, error: MigrateError) -> CommandError {
        let lost = error.database_error().is_some_and(backout_postgres::session::DatabaseError::is_connection_lost);
        let records = if lost {
            match self.context.connect(self.project).await {
                Ok(session) => store::records(&session).await.map_err(CommandError::from),
                Err(error) => Err(error),
            }
        } else {
            store::records(&self.pair.session).await.map_err(CommandError::from)
        };
        let error = CommandError::from(error);
        let Ok(records) = records else {
            return error.with_exit(Exit::Interrupted).hint(
                "the target does not answer, so whether the last COMMIT happened is unknown: `backout status` says it",
            );
        };
        match records.iter().rev().find(|record| record.version == job.version) {
            Some(record) if record.state == State::Interrupted => {
                let step = record.step.as_ref().map(|step| format!("; begun after it: {step}")).unwrap_or_default();
                error.with_exit(Exit::Interrupted).hint(format!(
                    "{} is interrupted after step {} of {}{step}. `backout migrate` goes on, `backout undo` takes back what was done",
                    job.version, record.done, record.steps
                ))
            }
            Some(record) if record.state == State::Applied && lost => error.with_exit(Exit::Interrupted).hint(format!(
                "the connection broke after COMMIT: {} is applied as migration {}",
                job.version, record.number
            )),
            _ => error,
        }
    }
}

/// Earlier files of the run are applied and stay.
fn partly(error: CommandError, applied: usize) -> CommandError {
    error
        .with_exit(Exit::Interrupted)
        .hint(format!("{} before it in this run: applied, and can be undone", count(applied as i64, "migration")))
}

/// What a migration did, in words.
fn show(ui: &Ui, job: &Job, report: &Report) {
    ui.out(format!(
        "{} {} as migration {}: locks held {}, {} in all{}",
        ui.paint_out(Paint::Good, "applied"),
        job.version,
        report.number,
        duration(report.lock_ms),
        duration(report.total_ms),
        if report.attempts > 1 { format!(", {} attempts", report.attempts) } else { String::new() }
    ));
    let kept = kept(report);
    let mut schemas: Vec<&str> = kept.iter().map(|one| one.schema.as_str()).collect();
    schemas.dedup();
    for schema in schemas {
        let there = kept.iter().filter(|one| one.schema == schema).map(|one| match one.rows {
            Some(rows) => format!("{} ({})", one.what, count(rows, "row")),
            None => one.what.clone(),
        });
        ui.out(format!("  kept in {schema}: {}", cut(&there.collect::<Vec<_>>())));
    }
    let removed: Vec<String> =
        report.removed.iter().filter(|what| !kept.iter().any(|one| one.what == **what)).cloned().collect();
    for (label, what) in [("removed", &removed), ("added", &report.added), ("changed", &report.changed)] {
        if !what.is_empty() {
            ui.out(format!("  {label}: {}", cut(what)));
        }
    }
    if report.verdicts.is_empty() {
        ui.out("  undo: exact");
    }
    for verdict in &report.verdicts {
        ui.out(format!("  undo: {verdict}"));
    }
    for back in &report.reimported {
        let left = match (&back.reason, back.left) {
            (Some(reason), left) => format!("; {} in {}: {reason}", stay(left), back.stored),
            (None, 0) => String::new(),
            (None, left) => {
                format!("; {} in {}: what they belong to is gone or was changed since", stay(left), back.stored)
            }
        };
        ui.out(format!("  brought back: {} ({}){left}", back.what, count(back.rows, "row")));
    }
    for note in &report.notes {
        ui.out(format!("  note: {note}"));
    }
}

fn stay(rows: i64) -> String {
    format!("{} {}", count(rows, "row"), if rows == 1 { "stays" } else { "stay" })
}

/// One thing that lies in the archive.
#[derive(Debug, Serialize)]
struct KeptThing {
    what: String,
    schema: String,
    /// Of what was copied. What was moved is not counted.
    rows: Option<i64>,
}

fn kept(report: &Report) -> Vec<KeptThing> {
    let before = &report.inverse.before;
    let moved = report.moved.iter().map(|moved| KeptThing {
        what: moved.identity.clone(),
        schema: moved.to_schema.clone(),
        rows: None,
    });
    let columns = report.inverse.columns.iter().map(|copy| KeptThing {
        what: before.identity(ObjectId::column(copy.table.oid, copy.column)),
        schema: copy.schema.clone(),
        rows: Some(copy.rows),
    });
    let tables = report.inverse.tables.iter().map(|copy| KeptThing {
        what: before.identity(copy.table),
        schema: copy.schema.clone(),
        rows: Some(copy.rows),
    });
    let types = report.inverse.types.iter().map(|copy| KeptThing {
        what: before.identity(ObjectId::column(copy.table.oid, copy.column)),
        schema: copy.schema.clone(),
        rows: Some(copy.rows),
    });
    let images = report.inverse.images.iter().map(|image| KeptThing {
        what: format!("the changed rows of {}", image.what),
        schema: image.schema.clone(),
        rows: None,
    });
    let mut kept: Vec<KeptThing> = moved.chain(columns).chain(tables).chain(types).chain(images).collect();
    // Of a column without any values there is no copy.
    kept.retain(|kept| !kept.schema.is_empty());
    kept.sort_by(|a, b| a.schema.cmp(&b.schema));
    kept
}

/// A list for people; `--json` has all of it.
fn cut(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn report_json(job: &Job, report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap_or_default();
    value["file"] = json!(job.file);
    value["kept"] = json!(kept(report));
    value["hidden"] = json!(report.inverse.hidden);
    value["verdict"] = json!(Verdict::worst(&report.verdicts));
    value
}

/// What would run, from the files alone.
async fn dry_run(args: &Args, context: &Context<'_>, project: &Project, folder: &Folder) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let target = project.target()?;
    let session = context.connect(project).await?;
    let identity = context.look(&session, Some(&target.name)).await?;
    if !identity.verdict.is_same() {
        ui.say(format!("note: {}", identity.verdict));
    }
    let standing = folder.standing(&session).await?;
    tool_agrees(&standing)?;
    warn(ui, folder, &standing);
    let prepared = folder.prepare(&chosen(folder, &standing, args.to.as_deref())?)?;
    resumable(&standing, &prepared)?;
    let mut list = Vec::new();
    for one in &prepared {
        let steps = one.units.len();
        ui.out(format!("{} ({}): {}", one.migration.version, folder.file(one.migration), count(steps as i64, "step")));
        let mut statements = Vec::new();
        for (index, unit) in one.units.iter().enumerate() {
            let outside = matches!(unit.kind, UnitKind::Outside(_));
            if steps > 1 {
                let how = if outside { "outside a transaction" } else { "a transaction" };
                ui.out(format!("  step {} of {steps}, {how}", index + 1));
            }
            for statement in unit.items.iter().filter_map(Item::statement) {
                let named: Vec<String> = statement.analysis.relations.iter().map(ToString::to_string).collect();
                ui.out(format!("  {} {} {}", statement.location, statement.analysis.tag, named.join(", ")).trim_end());
                statements.push(json!({
                    "location": statement.location.to_string(), "tag": statement.analysis.tag, "step": index + 1,
                    "relations": named, "in_transaction": !outside, "sql": statement.text,
                }));
            }
        }
        list.push(json!({
            "version": one.migration.version, "file": folder.file(one.migration), "steps": steps, "statements": statements,
        }));
    }
    if prepared.is_empty() {
        ui.say("nothing is pending");
    } else {
        ui.hint("`backout rehearse` says what would be destroyed and whether it can be undone");
    }
    ui.result(json!({ "target": target.name, "would_apply": list }));
    Ok(Exit::Ok)
}
