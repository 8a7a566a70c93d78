//! What capturing costs on this server, measured on a table of its own that nobody else sees.
//!
//! Must not know: what is captured here.

use backout_postgres::session::{DatabaseError, Session};
use jiff::Timestamp;
use serde::Serialize;

use super::install::{CHANGE_COLUMNS, functions, triggers};
use super::{CaptureError, Depth, KeyColumn, Source, Way};

/// What the tables and functions of the measurement are in: they go with its transaction.
const SCHEMA: &str = "pg_temp";
const TABLE: &str = "pg_temp.backout_probe";
/// Rows that are changed at once, and how often: the fastest time is the one that nobody disturbed.
const ROWS: u32 = 2000;
const ROUNDS: u32 = 3;

/// Microseconds for each changed row, within the server.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Of the change itself, where nothing is captured.
    pub change: f64,
    /// What `keys` adds to it.
    pub keys: f64,
    /// What `images` adds to it.
    pub images: f64,
    /// Rows that are changed here in a second, over all the time that the server counts.
    pub rate: Option<f64>,
}

/// Measures it, in a transaction that is taken back: temporary tables, and nothing of the application's. `None` where
/// the role may not make any.
///
/// # Errors
/// When the connection breaks.
pub async fn cost(session: &Session) -> Result<Option<Cost>, CaptureError> {
    let failed = || CaptureError::server("measuring what capture costs");
    session.batch("BEGIN").await.map_err(failed())?;
    let measured = measure(session).await;
    session.batch("ROLLBACK").await.map_err(failed())?;
    Ok(measured.ok())
}

async fn measure(session: &Session) -> Result<Cost, DatabaseError> {
    let make = format!(
        "SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '10s';
         CREATE TEMPORARY TABLE backout_probe (id bigint PRIMARY KEY, email text, note text, at timestamptz);
         INSERT INTO {TABLE} SELECT i, 'somebody' || i || '@example.com', pg_catalog.repeat('n', 80), pg_catalog.now()
           FROM pg_catalog.generate_series(1, {ROWS}) i;
         CREATE TEMPORARY TABLE change ({CHANGE_COLUMNS}); CREATE TEMPORARY SEQUENCE step"
    );
    session.batch(&make).await?;
    let plain = fastest(session).await?;
    let mut with = [0.0; 2];
    for (place, depth) in [Depth::Keys, Depth::Images].into_iter().enumerate() {
        let probing = session.plain_savepoint("backout_depth").await?;
        let source = probe(depth);
        for sql in functions(&source, SCHEMA).into_iter().chain(triggers(&source, TABLE, SCHEMA)) {
            session.batch(&sql).await?;
        }
        with[place] = fastest(session).await?;
        probing.take_back().await?;
    }
    let sql = "SELECT ((tup_inserted + tup_updated + tup_deleted) / greatest(1, extract(epoch FROM \
               pg_catalog.now() - coalesce(stats_reset, pg_catalog.pg_postmaster_start_time()))))::float8::text \
               FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()";
    let rate = session.scalar(sql).await?.and_then(|text| text.parse().ok());
    let added = |time: f64| (time - plain).max(0.0);
    Ok(Cost { change: plain, keys: added(with[0]), images: added(with[1]), rate })
}

/// Microseconds for each row, of the fastest round.
async fn fastest(session: &Session) -> Result<f64, DatabaseError> {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let change = format!(
            "DO $$ DECLARE began timestamptz := pg_catalog.clock_timestamp(); BEGIN
               UPDATE {TABLE} SET at = began;
               PERFORM pg_catalog.set_config('backout.took', extract(epoch FROM pg_catalog.clock_timestamp() - began)::text, true);
             END $$"
        );
        session.batch(&change).await?;
        let took = session.scalar("SELECT pg_catalog.current_setting('backout.took')").await?;
        best = best.min(took.and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY));
    }
    Ok(best * 1e6 / f64::from(ROWS))
}

fn probe(depth: Depth) -> Source {
    Source {
        number: 0,
        oid: 0,
        schema: SCHEMA.to_owned(),
        name: "backout_probe".to_owned(),
        depth,
        way: Way::Keyed,
        key: vec![KeyColumn {
            name: "id".to_owned(),
            send: "pg_catalog.int8send".to_owned(),
            equal: "OPERATOR(pg_catalog.=)".to_owned(),
        }],
        columns: Vec::new(),
        since: String::new(),
        at: Timestamp::UNIX_EPOCH,
        triggers: Vec::new(),
    }
}
