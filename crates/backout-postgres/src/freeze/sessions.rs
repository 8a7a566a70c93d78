//! Other sessions of the database: who is there, and ending those that the role may end.
//!
//! Must not know: why.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::error::{FreezeError, doing};
use crate::session::Session;

/// How long sessions that were told to end are waited for.
const LEAVING: Duration = Duration::from_secs(10);
const ROUND: Duration = Duration::from_millis(20);

/// Whether the role may end a session.
const MAY_END: &str = "(pg_catalog.pg_has_role(a.usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') \
     AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.oid = a.usesysid))";

/// Clients of this database but this session and others of Backout by the same role. Of sessions that the role may not
/// look at the server does not say of what kind they are.
pub(super) const CLIENTS: &str = "a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL \
     AND coalesce(a.backend_type, 'client backend') = 'client backend' \
     AND NOT (coalesce(a.application_name, '') LIKE 'backout%' AND a.usesysid = (SELECT m.oid FROM pg_catalog.pg_roles m WHERE m.rolname = session_user))";

/// Somebody who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    pub pid: i32,
    pub role: String,
    pub application: String,
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pid, role, application } = self;
        if application.is_empty() {
            write!(f, "pid {pid} of {role}")
        } else {
            write!(f, "{application} (pid {pid} of {role})")
        }
    }
}

/// What ending came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ended {
    pub ended: usize,
    /// Those that the role may not end, or that did not end.
    pub remained: Vec<Other>,
}

/// The SQL that ends them, as it is shown.
pub(super) fn shown(since: Option<&str>) -> String {
    format!(
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE {CLIENTS}{} AND {MAY_END}",
        begun(since)
    )
}

fn begun(since: Option<&str>) -> String {
    since.map(|at| format!(" AND a.backend_start >= '{at}'::timestamptz")).unwrap_or_default()
}

/// Ends the others, those that began since a moment if there is one, and waits until they are gone.
pub(super) async fn end(session: &Session, since: Option<&str>) -> Result<Ended, FreezeError> {
    let failed = || doing("ending the sessions of others");
    let told = format!(
        "SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE {CLIENTS}{} AND {MAY_END}",
        begun(since)
    );
    let pids: Vec<i32> = session.rows(&told).await.map_err(failed())?.iter().map(|row| row.get(0)).collect();
    let list: Vec<String> = pids.iter().map(ToString::to_string).collect();
    let left = format!(
        "SELECT count(*)::text FROM pg_catalog.pg_stat_activity WHERE pid = ANY (ARRAY[{}]::int4[]) AND datname = pg_catalog.current_database()",
        list.join(", ")
    );
    let began = Instant::now();
    while !pids.is_empty() && session.scalar(&left).await.map_err(failed())?.as_deref() != Some("0") {
        if began.elapsed() > LEAVING {
            break;
        }
        tokio::time::sleep(ROUND).await;
    }
    // Whoever came back by now is under the new rights. A freeze names who stayed.
    let stayed = format!(
        "SELECT a.pid, coalesce(a.usename::text, '?'), coalesce(a.application_name, '') FROM pg_catalog.pg_stat_activity a \
         WHERE {CLIENTS}{} AND (NOT {MAY_END} OR a.pid = ANY (ARRAY[{}]::int4[])) ORDER BY a.pid",
        begun(since),
        list.join(", ")
    );
    let rows = session.rows(&stayed).await.map_err(failed())?;
    let other = |row: &tokio_postgres::Row| Other { pid: row.get(0), role: row.get(1), application: row.get(2) };
    let remained: Vec<Other> = rows.iter().map(other).collect();
    let gone = pids.iter().filter(|pid| !remained.iter().any(|other| other.pid == **pid)).count();
    Ok(Ended { ended: gone, remained })
}
