//! `backout demo`: the whole story on a throwaway server, with measured times and a proof at the end.
//!
//! Must not know: anything that the other commands could not do; it calls the same functions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use backout_plan::plan::Level;
use backout_plan::{ConnectionSettings, Exit, Verdict};
use backout_postgres::catalog::read_catalog;
use backout_postgres::fingerprint::{self, Fingerprint};
use backout_postgres::migrate::{self, Event, Job, Mode, Native, Rules, units};
use backout_postgres::rehearse::{self, Oracle, Place, Prepared, Request};
use backout_postgres::sandbox::Sandbox;
use backout_postgres::session::{ConnectOptions, DatabaseError, Session, connect};
use backout_postgres::store::{self, State};
use backout_postgres::undo::{self, UndoRules};
use backout_sql::layouts;
use backout_sql::script::{Dialect, no_includes, parse};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::rehearsal;
use crate::ui::{bytes, duration};

const PLATFORM: &str = include_str!("../../../../demo/platform.sql");
const V1: &str = include_str!("../../../../demo/v1.sql");
const DATA: &str = include_str!("../../../../demo/data.sql");
const V2: &str = include_str!("../../../../demo/migrations/20260107000000_v2.sql");
const CLIENT: &str = include_str!("../../../../demo/client.sql");
const WRITES: &str = include_str!("../../../../demo/v2-writes.sql");

const VERSION: &str = "20260107000000";
const FILE: &str = "demo/migrations/20260107000000_v2.sql";
const OWNER: &str = "app_owner";
const KEPT: [&str; 3] = ["users", "ai_usage_tracking", "usage_alerts"];
const DROPPED: [&str; 6] = ["meetings", "participants", "messages", "reactions", "files", "meeting_summaries"];

/// Show the main job on a throwaway PostgreSQL: rehearse, migrate a busy database, undo, prove equality
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Multiplies the number of rows (1: 200,000 rows, about 60 MB)
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Adds so many megabytes of text to the tables that the release drops
    #[arg(long, default_value_t = 0, value_name = "MB")]
    bulk_mb: u32,
    /// Skip the rehearsal, which clones all rows
    #[arg(long)]
    no_rehearsal: bool,
    /// Leave the server running until Enter is pressed
    #[arg(long)]
    keep: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let installation = rehearsal::installation(context, None)?;
    let started = Instant::now();
    let server = rehearsal::sandbox(&installation, true).await?;
    ui.out(format!("A throwaway PostgreSQL {} is up ({}).", installation.version, since(started)));
    let story = Story {
        context,
        args,
        server: &server,
        oracle: Oracle { pg_dump: rehearsal::program(&installation, "pg_dump")? },
    };
    let outcome = Box::pin(story.tell(&installation)).await;
    if args.keep && outcome.is_ok() {
        ui.say(format!("psql '{}'   (Enter ends the server)", server.url("demo", OWNER)));
        let mut line = String::new();
        let _ = std::io::stdin().read_line(&mut line);
    }
    // A server that does not end in order is ended by its guardian.
    let _ = server.stop().await;
    outcome
}

struct Story<'a> {
    context: &'a Context<'a>,
    args: &'a Args,
    server: &'a Sandbox,
    oracle: Oracle,
}

fn failed(doing: &'static str) -> impl Fn(DatabaseError) -> CommandError {
    move |source| CommandError::of(Exit::Failed, &source).during(doing)
}

fn since(at: Instant) -> String {
    duration(at.elapsed().as_secs_f64() * 1e3)
}

async fn open(settings: &ConnectionSettings) -> Result<Session, CommandError> {
    Ok(connect(settings, &ConnectOptions { application_name: Some("backout demo".to_owned()), on_notice: None })
        .await?)
}

impl Story<'_> {
    async fn tell(&self, installation: &backout_postgres::sandbox::Installation) -> Result<Exit, CommandError> {
        let ui = self.context.ui;
        let settings = self.server.connection("demo", OWNER);
        let session = self.build().await?;
        let witness = open(&settings).await?;
        let client = Client::start(&settings).await?;

        let job = job()?;
        let rules = rules();
        let seen = store::seen_identity(&session).await?;
        store::initialise(&session, "demo", &seen).await?;
        let certificate = if self.args.no_rehearsal {
            None
        } else {
            Some(self.rehearse(installation, &session, &job, &rules).await?)
        };
        if let Some(certificate) = &certificate
            && !certificate.proven()
        {
            super::rehearse::show(ui, certificate);
            return Err(CommandError::new(Exit::Failed, "the rehearsal found problems"));
        }

        let schema_before = self.dump(&settings).await?;
        let rows_before = self.fingerprints(&session, &DROPPED).await?;
        let rehearsed = certificate.as_ref().and_then(|c| c.migrations.first());
        let mode = Mode {
            learn: false,
            lessons: rehearsed.map(|m| &m.lessons),
            locks: rehearsed.map_or(&[], |m| m.locks.as_slice()),
            expected: rehearsed.map(|m| &m.outcome),
            certificate: None,
            backup: None,
            without_certificate: certificate.is_none().then_some("the demo, without its rehearsal"),
            tolerate_loss: false,
        };
        let report = Box::pin(migrate::migrate(&session, &witness, &job, &rules, mode, &|event: Event| {
            if let Event::Retry { .. } = &event {
                ui.event(event);
            }
        }))
        .await?;
        let tables = report.moved.iter().filter(|m| m.identity.starts_with("table ")).count();
        ui.out(format!(
            "Released V2 on the live database in {} (locks held {}): {tables} dropped tables moved into {} instead.",
            duration(report.total_ms),
            duration(report.lock_ms),
            report.moved.first().map_or("the archive", |m| m.to_schema.as_str()),
        ));

        let written = client.count();
        session.batch(WRITES).await.map_err(failed("writing as V2 does"))?;
        let new_rows = self.new_rows(&session).await?;
        ui.out(format!("V2 runs: {new_rows} rows in its new tables, and new rows in the kept ones all the time."));

        ui.out("Then errors pour in. Undo:");
        let records = store::records(&session).await?;
        let record = records
            .iter()
            .rev()
            .find(|r| r.state == State::Applied)
            .ok_or_else(|| CommandError::new(Exit::Failed, "the migration is not on record"))?;
        let undo_rules = UndoRules {
            lock_timeout: rules.lock_timeout,
            lock_retries: 20,
            lock_budget: None,
            choice: undo::Choice { rebuild_below: 1 << 30, ..Default::default() },
            accept_loss: Vec::new(),
            read_whole: false,
        };
        client.forget_pauses();
        let undone = Box::pin(undo::undo(&session, record, &undo_rules, &|_: Event| {})).await?;
        let pause = client.longest_pause();
        ui.out(format!(
            "  back in {}: locks held {}, the rest (validating keys) blocked nobody; the client's longest pause was {}.",
            duration(undone.total_ms),
            duration(undone.lock_ms),
            duration(pause),
        ));
        let last = client.stop().await;

        let schema_after = self.dump(&settings).await?;
        let rows_after = self.fingerprints(&session, &DROPPED).await?;
        let total: i64 = rows_before.iter().map(|f| f.rows).sum();
        let back: i64 = rows_after.iter().map(|f| f.rows).sum();
        let kept = self.client_rows(&session).await?;
        let aside: i64 = {
            let mut sum = 0;
            for moved in undone.moved_aside.iter().filter(|m| m.identity.starts_with("table ")) {
                let name = backout_schema::qualified(&moved.to_schema, &moved.kept_as);
                sum += number(&session, &format!("SELECT count(*) FROM {name}")).await?;
            }
            sum
        };
        let schema_equal = schema_before == schema_after;
        let rows_equal = rows_before == rows_after;
        let writes_kept = kept >= last.committed;
        ui.out("Proof:");
        ui.out(format!(
            "  schema before and after, by pg_dump: {}",
            if schema_equal { "identical" } else { "DIFFERENT" }
        ));
        ui.out(format!(
            "  dropped tables: {back} of {total} rows back, fingerprints {}",
            if rows_equal { "equal" } else { "DIFFERENT" }
        ));
        ui.out(format!(
            "  kept tables: all {} rows that the client was told are written are there ({written} before the undo), {} client errors",
            last.committed, last.errors
        ));
        ui.out(format!("  V2's {aside} rows are not lost either: they lie in backout_undone_{}", undone.number));
        ui.result(json!({
            "rows": total, "migrate_ms": report.total_ms, "migrate_lock_ms": report.lock_ms, "undo_ms": undone.total_ms,
            "undo_lock_ms": undone.lock_ms, "undo_tail_ms": undone.tail_ms, "client_longest_pause_ms": pause,
            "client_rows": last.committed, "client_errors": last.errors, "schema_equal": schema_equal, "rows_equal": rows_equal,
            "client_rows_kept": writes_kept, "rows_put_aside": aside, "certificate": certificate.as_ref().map(rehearse::Certificate::id),
        }));
        if schema_equal && rows_equal && writes_kept && aside == new_rows {
            Ok(Exit::Ok)
        } else {
            Err(CommandError::new(Exit::Failed, "what came back is not what was there"))
        }
    }

    async fn build(&self) -> Result<Session, CommandError> {
        let started = Instant::now();
        let superuser = self.server.superuser().to_owned();
        let admin = open(&self.server.connection("postgres", &superuser)).await?;
        admin.batch("CREATE DATABASE demo").await.map_err(failed("creating the demo's database"))?;
        let platform = open(&self.server.connection("demo", &superuser)).await?;
        platform.batch(PLATFORM).await.map_err(failed("setting up the platform"))?;
        let session = open(&self.server.connection("demo", OWNER)).await?;
        session.batch(V1).await.map_err(failed("building V1"))?;
        session
            .batch(&format!("SET demo.scale = '{}'; SET demo.bulk_mb = '{}'", self.args.scale, self.args.bulk_mb))
            .await
            .map_err(failed("setting the size"))?;
        session.batch(DATA).await.map_err(failed("filling V1"))?;
        session.batch("ANALYZE").await.map_err(failed("gathering statistics"))?;
        let size = number(&session, "SELECT pg_database_size(current_database())").await?;
        let mut rows = 0;
        for table in DROPPED.iter().chain(&KEPT) {
            rows += number(&session, &format!("SELECT count(*) FROM {table}")).await?;
        }
        self.context.ui.out(format!(
            "The application V1 is running: {} tables, {rows} rows, {}; a client writes to users, ai_usage_tracking and usage_alerts without pause ({}).",
            DROPPED.len() + KEPT.len(),
            bytes(size),
            since(started)
        ));
        Ok(session)
    }

    async fn rehearse(
        &self,
        installation: &backout_postgres::sandbox::Installation,
        session: &Session,
        job: &Job,
        rules: &Rules,
    ) -> Result<rehearse::Certificate, CommandError> {
        let ui = self.context.ui;
        let place = Place::Sandbox(Box::new(rehearsal::sandbox(installation, false).await?));
        let restore = rehearsal::program(installation, "pg_restore")?;
        let source = self.server.connection("demo", OWNER);
        let prepared = Prepared::new(session, source, place, self.oracle.pg_dump.clone(), restore, Level::Full)
            .await
            .map_err(|source| CommandError::of(Exit::Failed, &source).hints(source.hint()))?;
        let request = Request {
            jobs: std::slice::from_ref(job),
            rules,
            level: Level::Full,
            sample: 0,
            plan: "demo",
            oracle: &self.oracle,
        };
        ui.begin("rehearsing");
        let watch = |event: Event| {
            if !matches!(event, Event::Echo(_) | Event::Note(_)) {
                ui.event(event);
            }
        };
        let outcome = rehearse::rehearse(session, &prepared, &request, &watch).await;
        // The clone goes whatever came out.
        let _ = prepared.clean().await;
        ui.end();
        let certificate = outcome?;
        if let Some(m) = certificate.migrations.first() {
            let word = match Verdict::worst(&m.verdicts) {
                Verdict::Exact => "exact",
                _ => "not exact",
            };
            ui.out(format!(
                "Rehearsed the release and its way back on a clone ({}): the way back is {word}; undo held its locks {}.",
                duration(certificate.total_ms),
                duration(m.undo_lock_ms)
            ));
            let cascade: Vec<&str> = m
                .removed
                .iter()
                .map(String::as_str)
                .filter(|what| {
                    !what.starts_with("table ")
                        && (what.contains("public.users")
                            || KEPT.iter().any(|k| what.contains(k))
                            || what.starts_with("view "))
                })
                .collect();
            if !cascade.is_empty() {
                ui.out(format!("  Its CASCADEs also take, from what stays: {}.", cascade.join("; ")));
            }
        }
        Ok(certificate)
    }

    /// By `pg_dump`, which shares nothing with Backout's own reading.
    async fn dump(&self, settings: &ConnectionSettings) -> Result<String, CommandError> {
        self.oracle.schema(settings).await.map_err(|source| CommandError::of(Exit::Failed, &source))
    }

    async fn fingerprints(&self, session: &Session, tables: &[&str]) -> Result<Vec<Fingerprint>, CommandError> {
        let catalog = read_catalog(session, false).await.map_err(|source| CommandError::of(Exit::Failed, &source))?;
        let mut prints = Vec::new();
        for table in tables {
            let Some(object) = catalog.relation("public", table) else {
                return Err(CommandError::new(Exit::Failed, format!("table {table} is not there")));
            };
            let columns = fingerprint::columns(&catalog, object.id);
            let name = catalog.sql_name(object.id);
            if let Some(sql) = fingerprint::query(&catalog, object.id, &name, &columns) {
                prints.push(fingerprint::take(session, &sql).await.map_err(failed("taking fingerprints"))?);
            }
        }
        Ok(prints)
    }

    async fn new_rows(&self, session: &Session) -> Result<i64, CommandError> {
        let mut rows = 0;
        for table in ["clients", "meetings", "action_items", "embeddings"] {
            rows += number(session, &format!("SELECT count(*) FROM {table}")).await?;
        }
        Ok(rows)
    }

    async fn client_rows(&self, session: &Session) -> Result<i64, CommandError> {
        number(session, "SELECT count(*) FROM usage_alerts WHERE metadata ->> 'source' = 'client'").await
    }
}

async fn number(session: &Session, sql: &str) -> Result<i64, CommandError> {
    let text = session.scalar(sql).await.map_err(failed("counting"))?;
    Ok(text.and_then(|n| n.parse().ok()).unwrap_or(0))
}

fn job() -> Result<Job, CommandError> {
    let script = parse(FILE, V2, Dialect::Server, &mut no_includes)?;
    let units = units(&script, layouts::Mode::Script)
        .map_err(|error| CommandError::of_statement(error.location, &error.statement, error.problem))?;
    Ok(Job {
        version: VERSION.to_owned(),
        name: "v2".to_owned(),
        layout: "supabase".to_owned(),
        file: FILE.to_owned(),
        checksum: String::new(),
        units,
        native: Native::default(),
        take_back: false,
        down: None,
    })
}

fn rules() -> Rules {
    Rules {
        lock_timeout: Duration::from_millis(500),
        lock_retries: 40,
        lock_budget: None,
        rebuild_below: 1 << 30,
        hide_above: None,
        large: None,
        sizes: Default::default(),
        statement_timeout: Duration::ZERO,
        protect: KEPT.iter().filter_map(|table| format!("public.{table}").parse().ok()).collect(),
        max_deleted_rows: 0,
        checks: Vec::new(),
        keep_archive: Duration::from_secs(30 * 86_400),
        no_archive: Vec::new(),
        accept_loss: Vec::new(),
    }
}

/// The application's own connection, which writes without pause.
struct Client {
    stop: Arc<AtomicBool>,
    committed: Arc<AtomicI64>,
    errors: Arc<AtomicI64>,
    /// Microseconds.
    pause: Arc<AtomicI64>,
    task: tokio::task::JoinHandle<()>,
}

struct Written {
    committed: i64,
    errors: i64,
}

impl Client {
    async fn start(settings: &ConnectionSettings) -> Result<Client, CommandError> {
        let session = open(settings).await?;
        let (stop, committed, errors, pause) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicI64::new(0)),
            Arc::new(AtomicI64::new(0)),
            Arc::new(AtomicI64::new(0)),
        );
        let shared = (stop.clone(), committed.clone(), errors.clone(), pause.clone());
        let task = tokio::spawn(async move {
            let (stop, committed, errors, pause) = shared;
            while !stop.load(Ordering::Relaxed) {
                let started = Instant::now();
                match session.batch(CLIENT).await {
                    Ok(()) => {
                        committed.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => {
                        errors.fetch_add(1, Ordering::Relaxed);
                        if error.is_connection_lost() || session.batch("ROLLBACK").await.is_err() {
                            break;
                        }
                    }
                }
                let micros = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
                pause.fetch_max(micros, Ordering::Relaxed);
            }
        });
        Ok(Client { stop, committed, errors, pause, task })
    }

    fn count(&self) -> i64 {
        self.committed.load(Ordering::Relaxed)
    }

    fn forget_pauses(&self) {
        self.pause.store(0, Ordering::Relaxed);
    }

    /// Milliseconds that one transaction took at most.
    fn longest_pause(&self) -> f64 {
        self.pause.load(Ordering::Relaxed) as f64 / 1e3
    }

    async fn stop(self) -> Written {
        self.stop.store(true, Ordering::Relaxed);
        // It ends after the transaction that it is in.
        let _ = self.task.await;
        Written { committed: self.committed.load(Ordering::Relaxed), errors: self.errors.load(Ordering::Relaxed) }
    }
}
