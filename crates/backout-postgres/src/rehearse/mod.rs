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
mod forth_and_back;
mod markdown;
mod oracle;
mod pieces;
mod probe;
mod rows;
mod sample;

pub use certificate::{Certificate, FORMAT, Facts, RoleAttributes};
use clone::Clones;
pub use clone::{Place, Prepared};
pub use clone_error::CloneError;
pub use down::WrittenDown;
pub use estimate::{Estimate, Sample};
use forth_and_back::Rehearsal;
pub use markdown::markdown;
pub use oracle::Oracle;
pub use sample::SampledTable;

use crate::boxed;
use crate::catalog::{CatalogError, read_catalog};
use crate::migrate::{Event, Job, Lessons, MigrateError, Rules, Timing, Watch};
use crate::session::{ConnectOptions, DatabaseError, Session, SessionError, connect};
use crate::store::{self, StoreError};
use crate::undo::{StatementTiming, UndoError};
use backout_plan::plan::Level;
use backout_plan::{ConnectionSettings, Remedy, Verdict};
use backout_reversal::Inverse;
use backout_reversal::closure::{self, Scope};
use backout_schema::{Catalog, TableLock, qualified};
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
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            RehearseError::Clone(error) => error.remedies(),
            RehearseError::Session(error) => error.remedies(),
            RehearseError::Plain { source, .. } => source.hint.iter().map(Remedy::advice).collect(),
            RehearseError::Migrate { source, .. } => source.remedies(),
            RehearseError::Undo { source, .. } => source.remedies(),
            RehearseError::Store(error) => error.remedies(),
            RehearseError::Server { .. } | RehearseError::Catalog(_) => Vec::new(),
        }
    }

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
    pub locks: Vec<TableLock>,
    pub migrate_ms: f64,
    pub migrate_lock_ms: f64,
    pub undo_ms: f64,
    pub undo_lock_ms: f64,
    pub undo_tail_ms: f64,
    /// Under the locks, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo_statements: Vec<StatementTiming>,
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
    let rules = measured(target, request).await?;
    let request = &Request { rules: &rules, ..*request };
    let wanted = (request.level == Level::Sampled).then_some(request.sample);
    let mut run = boxed(on_a_clone(prepared, request, wanted, watch)).await?;
    let mut sample =
        wanted.map(|bytes| Sample { bytes, tables: std::mem::take(&mut run.sampled), smaller: Vec::new() });
    if let Some(sample) = &mut sample {
        degraded.extend(in_part(sample));
        if !sample.is_whole() {
            degraded.extend(on_less(prepared, request, watch, sample, &mut run).await);
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

/// The plan's rules, with the sizes that only the target knows.
async fn measured(target: &Session, request: &Request<'_>) -> Result<Rules, RehearseError> {
    Ok(Rules {
        large: large_tables(target, request.rules.hide_above)
            .await
            .map_err(RehearseError::server("measuring tables"))?,
        sizes: match request.level {
            Level::Full => BTreeMap::new(),
            _ => sizes(target).await.map_err(RehearseError::server("measuring tables"))?,
        },
        ..request.rules.clone()
    })
}

/// Once more on less of the sample: each migration gets an estimate of its times on all rows. What is not known by it.
async fn on_less(
    prepared: &Prepared,
    request: &Request<'_>,
    watch: Watch<'_>,
    sample: &mut Sample,
    run: &mut OnAClone,
) -> Option<String> {
    watch(Event::Note(format!("once more on 1/{SMALLER} of the sample, to see how times grow")));
    let smaller = Some(sample.bytes / SMALLER);
    // It is about times alone: what was proven on more rows stays proven.
    let (small, unknown) = match boxed(on_a_clone(prepared, request, smaller, watch)).await {
        Ok(small) => (small.kept(&mut sample.smaller), None),
        Err(error) => {
            let unknown = format!("how times grow is not known: on the smaller sample, {}", chain(&error));
            (Vec::new(), Some(unknown))
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
    unknown
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
