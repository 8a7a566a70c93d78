//! Rehearsal: the migration and its way back, on a clone, as a role with the target role's attributes,
//! judged by `pg_dump` and by fingerprints in the server.
//!
//! Two copies are made. On the twin the statements run as they are: what they leave is the expected
//! result. On the other the guarded migration runs, probe rows are written, and it is undone.
//!
//! In depth: `docs/internals/rehearse.md`.

mod certificate;
mod clone;
mod clone_error;
mod down;
mod estimate;
mod markdown;
mod oracle;
mod pieces;
mod probe;
mod sample;

pub use certificate::{Certificate, FORMAT, Facts, RoleAttributes};
use clone::Clones;
pub use clone::{Place, Prepared};
pub use clone_error::CloneError;
pub use down::WrittenDown;
pub use estimate::{Estimate, Sample};
pub use markdown::markdown;
pub use oracle::Oracle;
pub use sample::SampledTable;

use crate::boxed;
use crate::catalog::{CatalogError, read_catalog};
use crate::fingerprint::{self, Fingerprint};
use crate::migrate::{self, Event, Job, Lessons, MigrateError, Mode, Rules, TakenLock, Timing, Watch};
use crate::session::{ConnectOptions, DatabaseError, Session, SessionError, connect};
use crate::store::{self, StoreError};
use crate::undo::{self, UndoError, UndoRules};
use backout_plan::plan::Level;
use backout_plan::{ConnectionSettings, Verdict};
use backout_reversal::Inverse;
use backout_reversal::closure::{self, Scope};
use backout_schema::{Catalog, Detail, Object, ObjectId, hidden_by, qualified};
use backout_sql::script::Item;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use tokio_postgres::types::Type;

#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    #[error("making the clone")]
    Clone(#[from] CloneError),
    #[error("connecting to the clone")]
    Session(#[from] SessionError),
    #[error("{version}: the statements fail even as they are, without Backout")]
    Plain {
        version: String,
        location: String,
        statement: String,
        #[source]
        source: DatabaseError,
    },
    #[error("{version}: the migration")]
    Migrate {
        version: String,
        #[source]
        source: Box<MigrateError>,
    },
    #[error("{version}: the way back")]
    Undo {
        version: String,
        #[source]
        source: Box<UndoError>,
    },
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RehearseError {
    fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> RehearseError {
        move |source| RehearseError::Server { doing, source }
    }
}

/// One migration as it was rehearsed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RehearsedMigration {
    pub version: String,
    pub name: String,
    pub checksum: String,
    pub verdicts: Vec<Verdict>,
    /// What the plain statements leave: identity → digest, `absent` for what they remove.
    pub outcome: BTreeMap<String, String>,
    pub lessons: Lessons,
    pub removed: Vec<String>,
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub kept: Vec<String>,
    pub statements: Vec<Timing>,
    pub locks: Vec<TakenLock>,
    pub migrate_ms: f64,
    pub migrate_lock_ms: f64,
    pub undo_ms: f64,
    pub undo_lock_ms: f64,
    pub undo_tail_ms: f64,
    /// Tables into which a probe row was written before the undo, and where that was not possible.
    pub probed: Vec<String>,
    pub not_probed: Vec<String>,
    /// What came back differently than its verdict says: must be empty.
    pub problems: Vec<String>,
    pub notes: Vec<String>,
    /// What comes back narrower than it will be until then: rows written since may not fit it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_not_fit: Vec<String>,
    /// What the way back does that the project's authors wrote, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_down: Option<WrittenDown>,
    /// The times on all rows, where only a part of them was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
}

/// What to rehearse.
#[derive(Debug)]
pub struct Request<'a> {
    pub jobs: &'a [Job],
    pub rules: &'a Rules,
    pub level: Level,
    /// The size of a sample, in bytes.
    pub sample: u64,
    pub plan: &'a str,
    pub oracle: &'a Oracle,
}

/// Of a sample so much is rehearsed on as well, to see how times grow.
const SMALLER: u64 = 4;

/// Rehearses on a prepared clone, and returns the certificate.
pub async fn rehearse(
    target: &Session,
    prepared: &Prepared,
    request: &Request<'_>,
    watch: Watch<'_>,
) -> Result<Certificate, RehearseError> {
    let started = Instant::now();
    let before = read_catalog(target, false).await?;
    let role = RoleAttributes::read(target).await.map_err(RehearseError::server("reading the role's attributes"))?;
    let marker = store::recorded_identity(target).await?.map(|i| i.marker);
    let mut degraded = prepared.degraded.clone();
    let rules = Rules {
        large: large_tables(target, request.rules.hide_above)
            .await
            .map_err(RehearseError::server("measuring tables"))?,
        sizes: match request.level {
            Level::Full => BTreeMap::new(),
            _ => sizes(target).await.map_err(RehearseError::server("measuring tables"))?,
        },
        ..request.rules.clone()
    };
    let request = &Request { rules: &rules, ..*request };
    let wanted = (request.level == Level::Sampled).then_some(request.sample);
    let mut run = boxed(on_a_clone(prepared, request, wanted, watch)).await?;
    let mut sample = wanted.map(|bytes| Sample { bytes, tables: run.sampled, smaller: Vec::new() });
    if let Some(sample) = &mut sample {
        degraded.extend(in_part(sample));
        if !sample.is_whole() {
            watch(Event::Note(format!("once more on 1/{SMALLER} of the sample, to see how times grow")));
            let smaller = Some(sample.bytes / SMALLER);
            // It is about times alone: what was proven on more rows stays proven.
            let small = match boxed(on_a_clone(prepared, request, smaller, watch)).await {
                Ok(small) => small.kept(&mut sample.smaller),
                Err(error) => {
                    degraded.push(format!("how times grow is not known: on the smaller sample, {}", chain(&error)));
                    Vec::new()
                }
            };
            for (large, small) in run.migrations.iter_mut().zip(small) {
                let mut tables: BTreeSet<&str> = large.locks.iter().map(|lock| lock.table.as_str()).collect();
                tables.extend(run.rows.iter().map(String::as_str));
                let rows = sample.rows(&tables);
                large.estimate = Estimate::new(&small, large, rows);
                if large.estimate.is_none() && rows[1] < rows[2] {
                    large.notes.push("the sample is too small to see how times grow with the rows".to_owned());
                }
                let others = small.problems.into_iter().filter(|problem| !large.problems.contains(problem));
                let others: Vec<String> = others.map(|problem| format!("on the smaller sample: {problem}")).collect();
                large.problems.extend(others);
            }
        }
    }
    degraded.extend(run.notes);
    let whole = Inverse::between(&run.start, &run.end, &BTreeSet::new(), Vec::new());
    // The clone says what matters; names and texts are the target's own.
    let mut scope = Scope::of(&run.start, &whole);
    for table in run.rows {
        scope.add_rows(&table);
    }
    let closure = closure::closure(&before, &scope);
    if before.objects().count() == 0 {
        degraded.push("the target's catalog is empty".to_owned());
    }
    Ok(Certificate {
        format: FORMAT,
        made_at: Timestamp::now(),
        backout: env!("CARGO_PKG_VERSION").to_owned(),
        level: request.level,
        plan: request.plan.to_owned(),
        server_major: target.server_major(),
        role,
        target: marker,
        backup: None,
        sample,
        scope,
        closure,
        migrations: run.migrations,
        degraded,
        clone_ms: run.clone_ms,
        total_ms: started.elapsed().as_secs_f64() * 1e3,
    })
}

/// What one clone has shown.
struct OnAClone {
    migrations: Vec<RehearsedMigration>,
    /// The tables whose rows the migrations change.
    rows: BTreeSet<String>,
    start: Catalog,
    end: Catalog,
    sampled: Vec<SampledTable>,
    notes: Vec<String>,
    clone_ms: f64,
}

impl OnAClone {
    /// The migrations; of the clone it is kept what it was a sample of.
    fn kept(self, sampled: &mut Vec<SampledTable>) -> Vec<RehearsedMigration> {
        *sampled = self.sampled;
        self.migrations
    }
}

async fn on_a_clone(
    prepared: &Prepared,
    request: &Request<'_>,
    wanted: Option<u64>,
    watch: Watch<'_>,
) -> Result<OnAClone, RehearseError> {
    let started = Instant::now();
    let Clones { clone, twin, at_work, sampled, notes } = boxed(prepared.databases(wanted, watch)).await?;
    let options = ConnectOptions { application_name: Some("backout rehearsal".to_owned()), on_notice: None };
    let mut sessions = Sessions::open(&clone, &twin, &options).await?;
    let clone_ms = started.elapsed().as_secs_f64() * 1e3;
    let mut migrations = Vec::new();
    let mut rows: BTreeSet<String> = BTreeSet::new();
    let start = read_catalog(&sessions.plain, false).await?;
    for (place, job) in request.jobs.iter().enumerate() {
        watch(Event::Note(format!("rehearsing {}", job.version)));
        if place > 0 {
            // The probe rows of the one before must not be there.
            sessions.close().await;
            prepared.renew(&at_work).await?;
            sessions = Sessions::open(&clone, &twin, &options).await?;
        }
        let Sessions { session, witness, plain } = &sessions;
        let one = Rehearsal { session, witness, plain, request, clone: &clone, twin: &twin };
        let (rehearsed, written) = boxed(one.run(job, watch)).await?;
        migrations.push(rehearsed);
        rows.extend(written);
    }
    let end = read_catalog(&sessions.plain, false).await?;
    sessions.close().await;
    if wanted.is_some() {
        prepared.remove(&at_work).await?;
    }
    at_work.close().await;
    Ok(OnAClone { migrations, rows, start, end, sampled, notes, clone_ms })
}

/// Of which tables there are not all rows.
fn in_part(sample: &Sample) -> Option<String> {
    const FEW: usize = 6;
    let parts: Vec<&SampledTable> = sample.parts().collect();
    let few: Vec<String> =
        parts.iter().take(FEW).map(|t| format!("{} of some {} rows of {}", t.rows, t.of, t.table)).collect();
    let more = parts.len().saturating_sub(FEW);
    let more = if more == 0 { String::new() } else { format!(" and of {more} more tables") };
    (!parts.is_empty()).then(|| format!("the clone is a sample, with {}{more}", few.join(", ")))
}

/// How large the target's tables are.
async fn sizes(target: &Session) -> Result<BTreeMap<String, u64>, DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text, coalesce(pg_catalog.pg_table_size(c.oid), 0) FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384";
    let sized =
        |row: &tokio_postgres::Row| (qualified(row.get(0), row.get(1)), row.get::<_, i64>(2).try_into().unwrap_or(0));
    Ok(target.rows(sql).await?.iter().map(sized).collect())
}

/// The target's tables of at least this size, partitions counted with the whole: a clone may be without rows.
async fn large_tables(target: &Session, above: Option<u64>) -> Result<Option<BTreeSet<String>>, DatabaseError> {
    let Some(above) = above else { return Ok(None) };
    let rows = target
        .client
        .query_typed(
            "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid >= 16384 AND $1 <= \
             (SELECT sum(pg_catalog.pg_table_size(m)) FROM (SELECT c.oid UNION SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)) t(m))",
            &[(&i64::try_from(above).unwrap_or(i64::MAX), Type::INT8)],
        )
        .await?;
    Ok(Some(rows.iter().map(|row| qualified(row.get(0), row.get(1))).collect()))
}

/// Two on the clone, and one on the twin.
struct Sessions {
    session: Session,
    witness: Session,
    plain: Session,
}

impl Sessions {
    async fn open(
        clone: &ConnectionSettings,
        twin: &ConnectionSettings,
        options: &ConnectOptions,
    ) -> Result<Sessions, RehearseError> {
        let session = connect(clone, options).await?;
        let witness = connect(clone, options).await?;
        let plain = connect(twin, options).await?;
        let seen = store::seen_identity(&session).await?;
        store::initialise(&session, "rehearsal", &seen).await?;
        Ok(Sessions { session, witness, plain })
    }

    async fn close(self) {
        for session in [self.session, self.witness, self.plain] {
            session.close().await;
        }
    }
}

struct Rehearsal<'a> {
    session: &'a Session,
    witness: &'a Session,
    plain: &'a Session,
    request: &'a Request<'a>,
    clone: &'a ConnectionSettings,
    twin: &'a ConnectionSettings,
}

/// What must be in a table at the end, and over which columns.
struct Expectation {
    name: String,
    identity: String,
    columns: Vec<String>,
    before: Fingerprint,
    /// The partitioned table that it is a part of, or itself: probe rows are written there.
    whole: ObjectId,
    /// As the undo must leave it, where the table is still there in the same shape: as before, with the probe rows.
    expected: Option<Fingerprint>,
}

impl Rehearsal<'_> {
    /// The second part of the result: the tables whose rows the migration changes.
    async fn run(&self, job: &Job, watch: Watch<'_>) -> Result<(RehearsedMigration, Vec<String>), RehearseError> {
        let mut problems = Vec::new();
        let mut notes = Vec::new();
        let oracle = self.request.oracle;

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

        let dump_before = oracle.schema(self.clone).await?;
        let start = read_catalog(self.session, false).await?;
        let mut tables = self.fingerprints(&start).await?;

        watch(Event::Note("migrating".to_owned()));
        let mode = Mode {
            learn: true,
            lessons: None,
            locks: &[],
            expected: Some(&expected),
            certificate: None,
            without_certificate: None,
            backup: None,
            tolerate_loss: true,
        };
        let failed = |source| RehearseError::Migrate { version: job.version.clone(), source: Box::new(source) };
        let report =
            migrate::migrate(self.session, self.witness, job, self.request.rules, mode, watch).await.map_err(failed)?;
        notes.extend(report.notes.clone());
        let hidden: Vec<&str> = report.inverse.hidden.iter().map(|h| h.name.as_str()).collect();
        let ours = oracle::without_columns(&oracle.schema(self.clone).await?, &hidden);
        match oracle.differences(&oracle::without_columns(&oracle.schema(self.twin).await?, &hidden), &ours) {
            oracle::Differences::None => {}
            oracle::Differences::Clock(lines) => {
                notes.push(format!("names made from the clock differ between two runs: {lines}"));
            }
            oracle::Differences::Some(lines) => {
                problems.push(format!("the migrated schema is not what the plain statements leave: {lines}"));
            }
        }
        let middle = read_catalog(self.session, false).await?;
        self.compare_forward(&middle, &plain_after, &mut problems, &mut notes).await?;

        let left = self.rows_left(&middle, &start, &tables, &report.inverse).await?;
        watch(Event::Note("writing probe rows".to_owned()));
        let probes = probe::write(self.session, &start, &middle, &report.inverse.images).await;
        let probes = probes.map_err(RehearseError::server("writing probe rows"))?;
        self.after_probes(&middle, &start, &left, &mut tables).await?;

        watch(Event::Note("undoing".to_owned()));
        let records = store::records(self.session).await?;
        let record = records.iter().find(|r| r.number == report.number);
        let mut undone = None;
        if let Some(record) = record {
            let rules = UndoRules {
                lock_timeout: self.request.rules.lock_timeout,
                lock_retries: 3,
                lock_budget: None,
                accept_loss: Vec::new(),
                read_whole: false,
                choice: undo::Choice {
                    rebuild_below: self.request.rules.rebuild_below,
                    sizes: self.request.rules.sizes.clone(),
                    ..Default::default()
                },
            };
            match boxed(undo::undo(self.session, record, &rules, watch)).await {
                Ok(report) => {
                    problems.extend(report.conflicts.iter().map(|c| format!("{}: {}", c.object, c.problem)));
                    notes.extend(report.left.clone());
                    undone = Some(report);
                }
                Err(error) => problems.push(format!("the way back failed: {}", chain(&error))),
            }
        }
        let inexact = report.verdicts.iter().any(|v| !v.is_exact());
        if undone.is_some() {
            let back = oracle.schema(self.clone).await?;
            if let oracle::Differences::Some(lines) | oracle::Differences::Clock(lines) =
                oracle.differences(&dump_before, &back)
            {
                if inexact {
                    notes.push(format!("the schema that came back differs, as the verdict says: {lines}"));
                } else {
                    problems.push(format!("the schema that came back is not the former one: {lines}"));
                }
            }
            self.compare_back(&tables, &probes, &report.verdicts, &mut problems, &mut notes).await?;
            // The next migration stands on this one; and forward again after the way back must work.
            watch(Event::Note("migrating again".to_owned()));
            let mode = Mode { learn: false, lessons: Some(&report.lessons), expected: None, ..mode };
            if let Err(error) = migrate::migrate(self.session, self.witness, job, self.request.rules, mode, watch).await
            {
                problems.push(format!("migrating again after the undo failed: {}", chain(&error)));
            }
        }
        let locks = report.statements.iter().flat_map(|s| s.locks.clone()).collect();
        let inverse = &report.inverse;
        let mut written: Vec<String> = inverse.rows.iter().map(|r| r.table.clone()).collect();
        written.extend(
            inverse.images.iter().map(|i| i.what.clone()).filter(|what| inverse.rows.iter().all(|r| r.table != *what)),
        );
        let rehearsed = RehearsedMigration {
            version: job.version.clone(),
            name: job.name.clone(),
            checksum: job.checksum.clone(),
            verdicts: report.verdicts,
            may_not_fit: report.may_not_fit,
            outcome: expected,
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
            probed: probes.written.iter().map(|p| p.table.clone()).collect(),
            not_probed: probes.refused,
            problems,
            notes,
            written_down,
            estimate: None,
        };
        Ok((rehearsed, written))
    }

    async fn fingerprints(&self, catalog: &Catalog) -> Result<BTreeMap<ObjectId, Expectation>, RehearseError> {
        let mut tables = BTreeMap::new();
        for table in catalog.outside().filter(|o| o.holds_rows()) {
            let name = catalog.sql_name(table.id);
            let columns = fingerprint::columns(catalog, table.id);
            let Some(sql) = fingerprint::query(catalog, table.id, &name, &columns) else { continue };
            // A table that the role may not read keeps its rows unseen.
            if let Ok(before) = fingerprint::take(self.session, &sql).await {
                let identity = catalog.identity(table.id);
                let whole = whole(catalog, table.id);
                tables.insert(table.id, Expectation { name, identity, columns, before, whole, expected: None });
            }
        }
        Ok(tables)
    }

    /// Rows after the migration: as many as the plain statements left, and the same where nothing is random.
    async fn compare_forward(
        &self,
        ours: &Catalog,
        plain: &Catalog,
        problems: &mut Vec<String>,
        notes: &mut Vec<String>,
    ) -> Result<(), RehearseError> {
        for table in ours.outside().filter(|o| o.holds_rows()) {
            let Some(other) = table.schema.as_deref().and_then(|s| plain.relation(s, &table.name)) else { continue };
            let name = ours.sql_name(table.id);
            let mut columns = fingerprint::columns(ours, table.id);
            columns.retain(|name| hidden_by(name).is_none() || fingerprint::columns(plain, other.id).contains(name));
            let (Some(a), Some(b)) = (
                fingerprint::query(ours, table.id, &name, &columns),
                fingerprint::query(plain, other.id, &name, &columns),
            ) else {
                continue;
            };
            let (Ok(a), Ok(b)) = (fingerprint::take(self.session, &a).await, fingerprint::take(self.plain, &b).await)
            else {
                continue;
            };
            if a.rows != b.rows {
                problems.push(format!("{name} has {} rows, and {} after the plain statements", a.rows, b.rows));
            } else if a.sum != b.sum {
                notes.push(format!("{name}: values made by random functions or the clock differ between two runs"));
            }
        }
        Ok(())
    }

    /// Rows as the migration left them, of the tables that get their former ones back.
    async fn rows_left(
        &self,
        middle: &Catalog,
        start: &Catalog,
        tables: &BTreeMap<ObjectId, Expectation>,
        inverse: &Inverse,
    ) -> Result<BTreeMap<ObjectId, Fingerprint>, RehearseError> {
        let mut left = BTreeMap::new();
        for (id, table) in tables {
            let whole = whole(start, *id);
            if !inverse.images.iter().any(|image| image.table == whole) || !same_shape(start, middle, *id) {
                continue;
            }
            if let Some(sql) = fingerprint::query(middle, *id, &middle.sql_name(*id), &table.columns) {
                let fingerprint = fingerprint::take(self.session, &sql).await;
                left.insert(*id, fingerprint.map_err(RehearseError::server("reading rows"))?);
            }
        }
        Ok(left)
    }

    async fn after_probes(
        &self,
        middle: &Catalog,
        start: &Catalog,
        left: &BTreeMap<ObjectId, Fingerprint>,
        tables: &mut BTreeMap<ObjectId, Expectation>,
    ) -> Result<(), RehearseError> {
        for (id, table) in tables.iter_mut() {
            let Some(now) = middle.get(*id).filter(|_| !middle.is_ours(*id)) else { continue };
            if !same_shape(start, middle, *id) {
                continue;
            }
            if let Some(sql) = fingerprint::query(middle, *id, &middle.sql_name(now.id), &table.columns) {
                let since = fingerprint::take(self.session, &sql).await.ok();
                table.expected = match (since, left.get(id)) {
                    (Some(since), Some(left)) => table.before.with_added(left, &since),
                    (since, _) => since,
                };
            }
        }
        Ok(())
    }

    /// Rows after the undo: the former ones, and those written since where the table lived on.
    async fn compare_back(
        &self,
        tables: &BTreeMap<ObjectId, Expectation>,
        probes: &probe::Probes,
        verdicts: &[Verdict],
        problems: &mut Vec<String>,
        notes: &mut Vec<String>,
    ) -> Result<(), RehearseError> {
        let end = read_catalog(self.session, false).await?;
        let by_name: BTreeMap<String, ObjectId> =
            end.outside().filter(|o| o.holds_rows()).map(|o| (end.identity(o.id), o.id)).collect();
        let mut found: BTreeMap<ObjectId, i64> = BTreeMap::new();
        for table in tables.values() {
            let Some(id) = by_name.get(&table.identity) else {
                problems.push(format!("{} is not there", table.identity));
                continue;
            };
            let Some(sql) = fingerprint::query(&end, *id, &table.name, &table.columns) else { continue };
            let now =
                fingerprint::take(self.session, &sql).await.map_err(RehearseError::server("reading rows back"))?;
            let probed = i64::try_from(probes.written.iter().filter(|p| p.id == table.whole).count()).unwrap_or(0);
            let as_expected = match &table.expected {
                Some(expected) => now == *expected,
                None if now == table.before => true,
                // Its shape changed meanwhile: the number of rows must do, with the probe rows. Which partition they
                // went to is not known, so these are counted together.
                None if probed > 0 => {
                    let more = now.rows - table.before.rows;
                    *found.entry(table.whole).or_default() += more;
                    (1..=probed).contains(&more)
                }
                None => false,
            };
            if as_expected {
                continue;
            }
            let said = verdicts.iter().any(|v| match v {
                Verdict::Lossy { what, .. } | Verdict::Impossible { what, .. } => {
                    what == &table.identity || what.contains(&format!(" {}", table.name))
                }
                _ => false,
            });
            let what = format!(
                "{}: {} rows before, {} now{}",
                table.identity,
                table.before.rows,
                now.rows,
                if now.rows == table.before.rows + probed { ", with other values" } else { "" }
            );
            if said { notes.push(what) } else { problems.push(what) }
        }
        for probe in &probes.written {
            let changed = |of: &&Expectation| of.whole == probe.id && of.expected.is_none();
            if tables.values().any(|table| changed(&table)) && found.get(&probe.id).is_none_or(|rows| *rows != 1) {
                let rows = found.get(&probe.id).copied().unwrap_or(0);
                problems.push(format!("{}: of one probe row {rows} are there", probe.table));
            }
        }
        Ok(())
    }
}

/// The partitioned table that this one is a part of in the end, or itself.
fn whole(catalog: &Catalog, table: ObjectId) -> ObjectId {
    let mut whole = table;
    while let Some(Detail::Table(t)) = catalog.get(whole).map(|o| &o.detail)
        && let Some(parent) = t.partition_of
    {
        whole = parent;
    }
    whole
}

/// Whether a table has the columns that it had, of the same types.
fn same_shape(start: &Catalog, middle: &Catalog, table: ObjectId) -> bool {
    let same = |c: &&Object| middle.get(c.id).is_some_and(|m| m.name == c.name && m.detail == c.detail);
    !middle.is_ours(table) && start.columns(table).iter().all(same)
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

/// An error with all that is behind it, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
