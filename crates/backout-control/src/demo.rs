//! The whole story on a throwaway server, with measured times and a proof at the end.
//!
//! Must not know: anything that the other operations could not do; it calls the same functions.

mod pages;
mod stay;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use backout_plan::plan::Level;
use backout_plan::{ConnectionSettings, Plan};
use backout_postgres::catalog::read_catalog;
use backout_postgres::fingerprint::{self, Fingerprint};
use backout_postgres::migrate::{self, Job, Mode, Native, Report, Rules, units};
use backout_postgres::rehearse::{self, Certificate, Oracle, Prepared, Request};
use backout_postgres::sandbox::{Installation, Sandbox};
use backout_postgres::session::{DatabaseError, Session};
use backout_postgres::store;
use backout_reversal::Moved;
use backout_runbook::Status;
use backout_sql::layouts;
use backout_sql::script::{Dialect, no_includes, parse};
use serde::{Deserialize, Serialize};

use crate::event::{Event, Observer, Work};
use crate::failure::Refusal;
use crate::runs::{Journal, Runs};
use crate::{Boxed, Env, Failure, Result, Stop, rollback, servers};

pub use pages::{Pages, Seen};
pub use stay::{Ready, stay};

const PLATFORM: &str = include_str!("../../../demo/platform.sql");
const V1: &str = include_str!("../../../demo/v1.sql");
const DATA: &str = include_str!("../../../demo/data.sql");
const V2: &str = include_str!("../../../demo/migrations/20260107000000_v2.sql");
const CLIENT: &str = include_str!("../../../demo/client.sql");
const PLAN: &str = include_str!("../../../demo/backout.toml");
const FLAGS: &str = include_str!("../../../demo/flags.json");
const WRITES: &str = include_str!("../../../demo/v2-writes.sql");

const VERSION: &str = "20260107000000";
const FILE: &str = "demo/migrations/20260107000000_v2.sql";
const OWNER: &str = "app_owner";
const KEPT: [&str; 3] = ["users", "ai_usage_tracking", "usage_alerts"];
const DROPPED: [&str; 6] = ["meetings", "participants", "messages", "reactions", "files", "meeting_summaries"];

/// What the demo shows.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Multiplies the number of rows.
    pub scale: f64,
    /// Adds so many megabytes of text to the tables that the release drops.
    pub bulk_mb: u32,
    /// Without the rehearsal, which clones all rows.
    pub no_rehearsal: bool,
}

/// One step of the story. Times in milliseconds.
#[derive(Debug)]
pub enum Chapter {
    Up {
        version: String,
        ms: f64,
    },
    Running {
        tables: usize,
        rows: i64,
        bytes: i64,
        ms: f64,
        /// A client writes to it without pause.
        is_busy: bool,
    },
    /// With what the release's CASCADEs take from what stays.
    Rehearsed {
        certificate: Box<Certificate>,
        taken: Vec<String>,
    },
    Released {
        total_ms: f64,
        lock_ms: f64,
        tables: usize,
        schema: String,
    },
    Written {
        rows: i64,
    },
    /// The way back, as its journal has it.
    Back {
        journal: Box<Journal>,
        total_ms: f64,
        lock_ms: f64,
        pause_ms: f64,
    },
}

/// What came out.
#[derive(Debug, Serialize)]
pub struct Proof {
    pub rows: i64,
    #[serde(skip)]
    pub rows_back: i64,
    pub migrate_ms: f64,
    pub migrate_lock_ms: f64,
    pub undo_ms: f64,
    pub undo_lock_ms: f64,
    pub undo_tail_ms: f64,
    pub client_longest_pause_ms: f64,
    pub client_rows: i64,
    #[serde(skip)]
    pub client_rows_before: i64,
    pub client_errors: i64,
    pub schema_equal: bool,
    pub rows_equal: bool,
    pub client_rows_kept: bool,
    pub rows_put_aside: i64,
    pub certificate: Option<String>,
    /// The undone migration.
    #[serde(skip)]
    pub number: i64,
    /// All of it is as it should be.
    #[serde(skip)]
    pub holds: bool,
}

/// What is there when a story was told: the application, and a plan of its own, as long as somebody wants it.
#[derive(Debug)]
pub struct Stage {
    env: Env,
    server: Sandbox,
    /// Of the plan, where nobody named one.
    _folder: Option<tempfile::TempDir>,
}

impl Stage {
    /// What operations on it need. This observer hears them, and this wish ends them.
    pub fn env(&self, observer: Arc<dyn Observer>, stop: Stop) -> Env {
        Env { observer, stop, ..self.env.clone() }
    }

    /// Where its database answers.
    pub fn url(&self) -> String {
        self.server.url("demo", OWNER)
    }

    /// How long the trigger of its plan waits for a breach to last.
    pub fn trigger_waits(&self) -> Duration {
        let triggers = self.env.plan.iter().flat_map(|plan| &plan.triggers);
        triggers.map(|trigger| trigger.held.duration()).max().unwrap_or_default()
    }

    /// People ask for its pages from now on, through the gate at this address.
    pub fn pages<'a>(&'a self, address: &'a str) -> Boxed<'a, Result<Pages>> {
        Pages::start(&self.env, address)
    }

    /// A server that does not end in order is ended by its guardian.
    pub async fn end(self) {
        let _ = self.server.stop().await;
    }
}

/// Tells the story. `tell` hears each chapter when it is over.
pub fn run<'a>(
    env: &'a Env,
    options: Options,
    tell: &'a (dyn Fn(Chapter) + Sync),
) -> Boxed<'a, Result<(Proof, Stage)>> {
    Box::pin(work(env, options, tell))
}

#[tracing::instrument(name = "demo", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, options: Options, tell: &(dyn Fn(Chapter) + Sync)) -> Result<(Proof, Stage)> {
    let installation = servers::installation(env, None)?;
    let started = Instant::now();
    let server = servers::sandbox(env, &installation, true).await?;
    tell(Chapter::Up { version: installation.version.clone(), ms: since(started) });
    let oracle = Oracle { pg_dump: servers::program(&installation, "pg_dump")? };
    let story = Story { env, options, tell, server: &server, oracle, is_busy: true };
    let outcome = Box::pin(story.tell(&installation)).await;
    staged(server, outcome).await
}

/// The server stays where the story was told.
async fn staged<T>(server: Sandbox, told: Result<(T, Place)>) -> Result<(T, Stage)> {
    match told {
        Ok((told, Place { env, folder })) => Ok((told, Stage { env, server, _folder: folder })),
        Err(failure) => {
            let _ = server.stop().await;
            Err(failure)
        }
    }
}

/// Where the demo's plan lies, and what operations by it need.
struct Place {
    env: Env,
    folder: Option<tempfile::TempDir>,
}

struct Story<'a> {
    env: &'a Env,
    options: Options,
    tell: &'a (dyn Fn(Chapter) + Sync),
    server: &'a Sandbox,
    oracle: Oracle,
    is_busy: bool,
}

fn failed(doing: &'static str) -> impl FnOnce(DatabaseError) -> Failure {
    Failure::server(doing)
}

fn since(at: Instant) -> f64 {
    at.elapsed().as_secs_f64() * 1e3
}

impl Story<'_> {
    async fn tell(&self, installation: &Installation) -> Result<(Proof, Place)> {
        let settings = self.server.connection("demo", OWNER);
        let session = self.build().await?;
        let witness = self.env.open(&settings).await?;
        let client = Client::start(self.env, &settings).await?;

        let job = job()?;
        let rules = rules();
        let seen = store::seen_identity(&session).await?;
        store::initialise(&session, "demo", &seen).await?;
        let certificate = if self.options.no_rehearsal {
            None
        } else {
            Some(self.rehearse(installation, &session, &job, &rules).await?)
        };
        if let Some(certificate) = &certificate
            && !certificate.proven()
        {
            return Err(Refusal::failed("the rehearsal found problems", None).into());
        }

        let schema_before = self.dump(&settings).await?;
        let rows_before = self.fingerprints(&session, &DROPPED).await?;
        let report = self.release(&session, &witness, &job, &rules, certificate.as_ref()).await?;

        let written = client.count();
        session.batch(WRITES).await.map_err(failed("writing as V2 does"))?;
        let new_rows = self.new_rows(&session).await?;
        (self.tell)(Chapter::Written { rows: new_rows });

        client.forget_pauses();
        let (journal, place) = self.roll_back(&settings).await?;
        let undone = undone(&journal)?;
        let succeeded = journal.succeeded();
        let pause = client.longest_pause();
        let (total_ms, lock_ms) = (undone.total_ms, undone.lock_ms);
        (self.tell)(Chapter::Back { journal: Box::new(journal), total_ms, lock_ms, pause_ms: pause });
        let last = client.stop().await;

        let schema_after = self.dump(&settings).await?;
        let rows_after = self.fingerprints(&session, &DROPPED).await?;
        let total: i64 = rows_before.iter().map(|f| f.rows).sum();
        let back: i64 = rows_after.iter().map(|f| f.rows).sum();
        let kept = self.client_rows(&session).await?;
        let aside = put_aside(&session, &undone).await?;
        let schema_equal = schema_before == schema_after;
        let rows_equal = rows_before == rows_after;
        let writes_kept = kept >= last.committed;
        let proof = Proof {
            rows: total,
            rows_back: back,
            migrate_ms: report.total_ms,
            migrate_lock_ms: report.lock_ms,
            undo_ms: undone.total_ms,
            undo_lock_ms: undone.lock_ms,
            undo_tail_ms: undone.tail_ms,
            client_longest_pause_ms: pause,
            client_rows: last.committed,
            client_rows_before: written,
            client_errors: last.errors,
            schema_equal,
            rows_equal,
            client_rows_kept: writes_kept,
            rows_put_aside: aside,
            certificate: certificate.as_ref().map(Certificate::id),
            number: undone.number,
            holds: succeeded && schema_equal && rows_equal && writes_kept && aside == new_rows,
        };
        Ok((proof, place))
    }

    async fn release(
        &self,
        session: &Session,
        witness: &Session,
        job: &Job,
        rules: &Rules,
        certificate: Option<&Certificate>,
    ) -> Result<Report> {
        let rehearsed = certificate.and_then(|c| c.migrations.first());
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
        let report = Box::pin(migrate::migrate(session, witness, job, rules, mode, &|event: migrate::Event| {
            if let migrate::Event::Retry { .. } = &event {
                self.env.say(event.into());
            }
        }))
        .await?;
        let tables = report.moved.iter().filter(|m| m.identity.starts_with("table ")).count();
        (self.tell)(Chapter::Released {
            total_ms: report.total_ms,
            lock_ms: report.lock_ms,
            tables,
            schema: report.moved.first().map_or_else(String::new, |moved| moved.to_schema.clone()),
        });
        Ok(report)
    }

    /// `backout rollback --way auto --because errors`, with a plan, flags and a journal of its own.
    async fn roll_back(&self, settings: &ConnectionSettings) -> Result<(Journal, Place)> {
        let making = |source| Failure::file("making the demo's folder")(source);
        let folder =
            tempfile::Builder::new().prefix("backout-demo-").tempdir_in(&self.env.temporary).map_err(making)?;
        std::fs::write(folder.path().join("flags.json"), FLAGS).map_err(making)?;
        let plan = Plan::parse(&folder.path().join("backout.toml").display().to_string(), PLAN)?;
        let env = Env {
            target: plan.targets.get("demo").cloned(),
            plan: Some(Arc::new(plan)),
            settings: Ok(settings.clone()),
            claimed: Some("demo".to_owned()),
            confirmed: Some("demo".to_owned()),
            ..self.env.clone()
        };
        let runs = Runs::of(&env, "demo").await?;
        let options = rollback::Options {
            which: rollback::Which::Auto,
            because: "errors".to_owned(),
            ..rollback::Options::default()
        };
        let journal = rollback::run(&env, &runs, &options).await?.journal;
        Ok((journal, Place { env, folder: Some(folder) }))
    }

    async fn build(&self) -> Result<Session> {
        let started = Instant::now();
        let superuser = self.server.superuser().to_owned();
        let admin = self.env.open(&self.server.connection("postgres", &superuser)).await?;
        admin.batch("CREATE DATABASE demo").await.map_err(failed("creating the demo's database"))?;
        let platform = self.env.open(&self.server.connection("demo", &superuser)).await?;
        platform.batch(PLATFORM).await.map_err(failed("setting up the platform"))?;
        let session = self.env.open(&self.server.connection("demo", OWNER)).await?;
        session.batch(V1).await.map_err(failed("building V1"))?;
        session
            .batch(&format!("SET demo.scale = '{}'; SET demo.bulk_mb = '{}'", self.options.scale, self.options.bulk_mb))
            .await
            .map_err(failed("setting the size"))?;
        session.batch(DATA).await.map_err(failed("filling V1"))?;
        session.batch("ANALYZE").await.map_err(failed("gathering statistics"))?;
        let size = number(&session, "SELECT pg_database_size(current_database())").await?;
        let mut rows = 0;
        for table in DROPPED.iter().chain(&KEPT) {
            rows += number(&session, &format!("SELECT count(*) FROM {table}")).await?;
        }
        let (tables, ms) = (DROPPED.len() + KEPT.len(), since(started));
        (self.tell)(Chapter::Running { tables, rows, bytes: size, ms, is_busy: self.is_busy });
        Ok(session)
    }

    async fn rehearse(
        &self,
        installation: &Installation,
        session: &Session,
        job: &Job,
        rules: &Rules,
    ) -> Result<Certificate> {
        let place = rehearse::Place::Sandbox(Box::new(servers::sandbox(self.env, installation, false).await?));
        let restore = servers::program(installation, "pg_restore")?;
        let source = self.server.connection("demo", OWNER);
        let prepared = Prepared::new(session, source, place, self.oracle.pg_dump.clone(), restore, Level::Full).await?;
        let request = Request {
            jobs: std::slice::from_ref(job),
            rules,
            level: Level::Full,
            sample: 0,
            plan: "demo",
            oracle: &self.oracle,
        };
        self.env.say(Event::Begun { work: Work::Rehearsing });
        let watch = |event: migrate::Event| {
            if !matches!(event, migrate::Event::Echo(_) | migrate::Event::Note(_)) {
                self.env.say(event.into());
            }
        };
        let outcome = rehearse::rehearse(session, &prepared, &request, &watch).await;
        // The clone goes whatever came out.
        let _ = prepared.clean().await;
        self.env.say(Event::Idle);
        let certificate = outcome?;
        if let Some(m) = certificate.migrations.first() {
            let taken = m
                .removed
                .iter()
                .filter(|what| {
                    !what.starts_with("table ")
                        && (what.contains("public.users")
                            || KEPT.iter().any(|k| what.contains(k))
                            || what.starts_with("view "))
                })
                .cloned()
                .collect();
            (self.tell)(Chapter::Rehearsed { certificate: Box::new(certificate.clone()), taken });
        }
        Ok(certificate)
    }

    /// By `pg_dump`, which shares nothing with Backout's own reading.
    async fn dump(&self, settings: &ConnectionSettings) -> Result<String> {
        Ok(self.oracle.schema(settings).await?)
    }

    async fn fingerprints(&self, session: &Session, tables: &[&str]) -> Result<Vec<Fingerprint>> {
        let catalog = read_catalog(session, false).await?;
        let mut prints = Vec::new();
        for table in tables {
            let Some(object) = catalog.relation("public", table) else {
                return Err(Refusal::failed(format!("table {table} is not there"), None).into());
            };
            let columns = fingerprint::columns(&catalog, object.id);
            let name = catalog.sql_name(object.id);
            if let Some(sql) = fingerprint::query(&catalog, object.id, &name, &columns) {
                prints.push(fingerprint::take(session, &sql).await.map_err(failed("taking fingerprints"))?);
            }
        }
        Ok(prints)
    }

    async fn new_rows(&self, session: &Session) -> Result<i64> {
        let mut rows = 0;
        for table in ["clients", "meetings", "action_items", "embeddings"] {
            rows += number(session, &format!("SELECT count(*) FROM {table}")).await?;
        }
        Ok(rows)
    }

    async fn client_rows(&self, session: &Session) -> Result<i64> {
        number(session, "SELECT count(*) FROM usage_alerts WHERE metadata ->> 'source' = 'client'").await
    }
}

/// What the undo in the journal did.
#[derive(Debug, Deserialize)]
struct Undone {
    number: i64,
    lock_ms: f64,
    tail_ms: f64,
    total_ms: f64,
    moved_aside: Vec<Moved>,
}

fn undone(journal: &Journal) -> Result<Undone> {
    let facts = journal.state.steps.iter().find_map(|step| match &step.status {
        Status::Done { facts } => facts.get("undone")?.get(0),
        _ => None,
    });
    let read = facts.and_then(|facts| Undone::deserialize(facts).ok());
    read.ok_or_else(|| Refusal::failed("the way back did not undo the release", None).into())
}

/// How many rows the undo has put aside.
async fn put_aside(session: &Session, undone: &Undone) -> Result<i64> {
    let mut sum = 0;
    for moved in undone.moved_aside.iter().filter(|m| m.identity.starts_with("table ")) {
        let name = backout_schema::qualified(&moved.to_schema, &moved.kept_as);
        sum += number(session, &format!("SELECT count(*) FROM {name}")).await?;
    }
    Ok(sum)
}

async fn number(session: &Session, sql: &str) -> Result<i64> {
    let text = session.scalar(sql).await.map_err(failed("counting"))?;
    Ok(text.and_then(|n| n.parse().ok()).unwrap_or(0))
}

fn job() -> Result<Job> {
    let script = parse(FILE, V2, Dialect::Server, &mut no_includes)?;
    let units = units(&script, layouts::Mode::Script)?;
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
    async fn start(env: &Env, settings: &ConnectionSettings) -> Result<Client> {
        let session = env.open(settings).await?;
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
