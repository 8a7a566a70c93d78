//! Runs a piece of SQL as a migration on one database and with psql on its twin.

use anyhow::{Context, Result};
use backout_plan::Remedy;
use backout_plan::plan::TablePattern;
use backout_postgres::migrate::{self, Event, Job, MigrateError, Mode, Native, Report, Rules};
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_postgres::undo::{self, About, Script, UndoReport, UndoRules};
use backout_sql::layouts;
use backout_sql::script::{Dialect, no_includes, parse};
use backout_testkit::{TestDatabase, TestServer};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub const OURS: &[&str] = &["backout", "backout_archive_*", "backout_undone_*"];

pub fn rules() -> Rules {
    Rules {
        lock_timeout: Duration::from_millis(500),
        lock_retries: 20,
        lock_budget: None,
        rebuild_below: u64::MAX,
        hide_above: None,
        large: None,
        sizes: Default::default(),
        statement_timeout: Duration::ZERO,
        protect: Vec::new(),
        max_deleted_rows: 0,
        checks: Vec::new(),
        keep_archive: Duration::from_secs(86_400),
        no_archive: Vec::new(),
        accept_loss: Vec::new(),
    }
}

pub fn undo_rules() -> UndoRules {
    UndoRules {
        lock_timeout: Duration::from_millis(500),
        lock_retries: 5,
        lock_budget: None,
        choice: undo::Choice { rebuild_below: u64::MAX, ..Default::default() },
        accept_loss: Vec::new(),
        read_whole: true,
        measure: false,
    }
}

pub fn protecting(tables: &[&str]) -> Rules {
    let protect = tables.iter().map(|t| t.parse::<TablePattern>().expect("a pattern")).collect();
    Rules { protect, ..rules() }
}

pub fn mode() -> Mode<'static> {
    Mode {
        learn: true,
        lessons: None,
        locks: &[],
        expected: None,
        certificate: None,
        without_certificate: Some("a test"),
        backup: None,
        tolerate_loss: true,
    }
}

pub fn job(name: &str, sql: &str) -> Result<Job> {
    let script = parse(&format!("{name}.sql"), sql, Dialect::Psql, &mut no_includes)?;
    Ok(Job {
        version: name.to_owned(),
        name: name.to_owned(),
        layout: "plain".to_owned(),
        file: format!("{name}.sql"),
        checksum: String::new(),
        units: migrate::units(&script, layouts::Mode::Script)?,
        native: Native::default(),
        take_back: false,
        down: None,
    })
}

pub struct Bench<'a> {
    pub db: TestDatabase<'a>,
    pub session: Session,
    pub witness: Session,
}

impl<'a> Bench<'a> {
    pub async fn new(name: &str, before: &str) -> Result<Bench<'a>> {
        let db = TestServer::shared().database(name).await?;
        db.run(before).context("building the database")?;
        let (session, witness) = (db.client().await?, db.client().await?);
        let seen = store::seen_identity(&session).await?;
        store::initialise(&session, "test", &seen).await?;
        Ok(Bench { db, session, witness })
    }

    /// With sessions of the superuser's, who may do anything.
    pub async fn as_superuser(name: &str, before: &str) -> Result<Bench<'a>> {
        let mut bench = Bench::new(name, before).await?;
        (bench.session, bench.witness) = (bench.db.superuser().await?, bench.db.superuser().await?);
        Ok(bench)
    }

    /// Takes roles out of the cluster, which other tests share.
    pub fn forget_roles(&self, start: &str) -> Result<()> {
        self.db.run_as_superuser(&format!(
            "SELECT format('DROP OWNED BY %1$I; DROP ROLE %1$I', rolname) FROM pg_roles WHERE rolname ~ '^{start}' \\gexec"
        ))?;
        Ok(())
    }

    pub fn dump(&self) -> Result<String> {
        self.db.dump_schema(OURS)
    }

    pub async fn migrate(&self, name: &str, sql: &str) -> Result<Report, MigrateError> {
        self.migrate_with(name, sql, &rules(), mode()).await
    }

    pub async fn migrate_with(
        &self,
        name: &str,
        sql: &str,
        rules: &Rules,
        mode: Mode<'_>,
    ) -> Result<Report, MigrateError> {
        let job = job(name, sql).map_err(|e| MigrateError::Unsupported(format!("{e:#}")))?;
        migrate::migrate(&self.session, &self.witness, &job, rules, mode, &|_: Event| {}).await
    }

    /// Again, with what the undo set aside.
    pub async fn migrate_again(&self, name: &str, sql: &str) -> Result<Report> {
        let job = Job { take_back: true, ..job(name, sql)? };
        Ok(migrate::migrate(&self.session, &self.witness, &job, &rules(), mode(), &|_: Event| {}).await?)
    }

    /// What the plan of the undo follows from, into the folder that `HARVEST` names: the plans of these are tested
    /// without a server. See `crates/backout-reversal/tests/plans.rs`.
    pub async fn harvest(&self, name: &str) -> Result<()> {
        let Some(folder) = std::env::var_os("HARVEST") else { return Ok(()) };
        let records = store::records(&self.session).await?;
        let record = records.iter().rev().find(|r| r.state != store::State::Undone).context("nothing to undo")?;
        let given = undo::given(&self.session, record, &undo_rules().choice).await?;
        let text = serde_json::to_string(&given)?.replace(self.db.owner(), "app_owner").replace(self.db.name(), "app");
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.json")), text)?;
        Ok(())
    }

    pub async fn undo(&self) -> Result<UndoReport> {
        let records = store::records(&self.session).await?;
        let record = records.iter().rev().find(|r| r.state != store::State::Undone).context("nothing to undo")?;
        Ok(undo::undo(&self.session, record, &undo_rules(), &|_: Event| {}).await?)
    }

    /// What is written for when Backout is not at hand, as files for psql: of the newest `count`, newest first.
    pub async fn scripts(&self, count: usize) -> Result<Vec<Script>> {
        let mut records = store::records(&self.session).await?;
        records.retain(|r| r.state != store::State::Undone);
        records.reverse();
        records.truncate(count);
        let about = About {
            target: "test".to_owned(),
            backout: "0",
            at: jiff::Timestamp::UNIX_EPOCH,
            lock_timeout: Duration::from_millis(500),
            notes: Vec::new(),
        };
        Ok(undo::scripts(&self.session, &records, &undo_rules(), &about).await?)
    }

    /// The newest, by psql alone. Returns what the record says that it could not give back.
    pub async fn undo_by_psql(&self) -> Result<Vec<String>> {
        let scripts = self.scripts(1).await?;
        let script = scripts.first().context("nothing to undo")?;
        anyhow::ensure!(script.refused.is_none(), "cannot be said: {:?}", script.refused);
        self.db.run(&script.text).with_context(|| script.text.clone())?;
        let records = store::records(&self.session).await?;
        let record = records.iter().find(|r| r.number == script.number).context("its record")?;
        anyhow::ensure!(record.state == store::State::Undone, "it is {:?}", record.state);
        Ok(record.left.clone())
    }

    /// The newest `count`, newest first.
    pub async fn undo_last(&self, count: usize) -> Result<Vec<UndoReport>> {
        let mut records = store::records(&self.session).await?;
        records.retain(|r| r.state != store::State::Undone);
        records.reverse();
        records.truncate(count);
        let undone = undo::undo_all(&self.session, &records, &undo_rules(), &|_: Event| {}).await;
        undone.map_err(|halted| anyhow::Error::new(halted.error).context(format!("after {}", halted.done.len())))
    }
}

/// Runs each case, some at a time since each waits for psql and the server by turns, and tells all that failed. `CASE`
/// chooses those whose name has it.
pub fn each<C: Sync>(
    cases: impl Iterator<Item = C>,
    name: impl Fn(&C) -> &str + Sync,
    one: impl AsyncFn(&C) -> Result<()> + Sync,
) -> Result<()> {
    let only = std::env::var("CASE").ok();
    let cases: Vec<C> = cases.filter(|case| only.as_ref().is_none_or(|part| name(case).contains(part))).collect();
    assert!(!cases.is_empty(), "no case is called that");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = runtime.block_on(one(case)) {
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.push(format!("--- {}: {error:#}", name(case)));
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), cases.len(), failures.join("\n"));
    Ok(())
}

const AT_ONCE: usize = 2;

/// What can be done, in words: sentences as they are, the rest by its name.
pub fn advice(remedies: &[Remedy]) -> String {
    let said = |remedy: &Remedy| match remedy {
        Remedy::Advice { text } => text.clone(),
        Remedy::AcceptLoss { objects } => format!("AcceptLoss {}", objects.join(", ")),
        other => format!("{other:?}"),
    };
    remedies.iter().map(said).collect::<Vec<_>>().join("; ")
}

/// Two texts, with the lines that differ.
pub fn same(what: &str, left: &str, right: &str) -> Result<()> {
    if left == right {
        return Ok(());
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let only = |x: &[&str], y: &[&str]| -> String {
        x.iter().filter(|l| !y.contains(l)).take(12).map(|l| format!("\n    {l}")).collect()
    };
    anyhow::bail!("{what}\n  expected:{}\n  found:{}", only(&a, &b), only(&b, &a))
}
