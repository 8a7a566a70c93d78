//! A restored database takes the place of the live one: both get their new names in one transaction, whose locks are
//! the fence. Killed anywhere, either the old or the new one is live under the name, and nobody is shut out.
//!
//! Must not know: what is in either.

use backout_plan::Remedy;
use backout_postgres::sqlstate;
use std::time::{Duration, Instant};

use backout_postgres::freeze::FreezeError;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};
use serde::Serialize;
use thiserror::Error;

/// How long sessions are ended before it is given up. The server itself waits five seconds for them.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two rounds of ending sessions.
const ROUND: Duration = Duration::from_millis(5);
/// How long sessions may take to leave before the locks are asked for. The server looks for them ten times a second
/// only, and who comes too late costs everybody a tenth.
const LEAVING: Duration = Duration::from_millis(100);

/// Which databases, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap<'a> {
    /// The one that is live.
    pub live: &'a str,
    /// The one that takes its place.
    pub new: &'a str,
    /// What the live one is called afterwards.
    pub kept: &'a str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Swapped {
    /// For how long nobody could connect.
    pub fence_ms: f64,
    /// Sessions that were ended.
    pub ended: u64,
    pub attempts: u32,
}

#[derive(Debug, Error)]
pub enum SwapError {
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    /// What kept writers out is gone, and the names are as they were: what was written since is to be replayed again.
    #[error("sessions came in while the databases were exchanged")]
    Again,
    #[error("the connection was lost while the databases were exchanged, and so is whether they were")]
    Unknown {
        kept: String,
        #[source]
        source: DatabaseError,
    },
    #[error("sessions in {live} do not end: {}", if .who.is_empty() { "they are gone by now".to_owned() } else { .who.join(", ") })]
    Occupied {
        live: String,
        who: Vec<String>,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Freeze(#[from] FreezeError),
}

impl SwapError {
    /// What is done between the locks and the new names failed.
    pub fn finishing(source: DatabaseError) -> Self {
        Self::Server { doing: "finishing what is in the new database", source }
    }

    fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing, source }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            Self::Occupied { who, .. } if who.iter().any(|line| line.contains("prepared transaction")) => {
                "COMMIT PREPARED or ROLLBACK PREPARED them first".to_owned()
            }
            Self::Occupied { .. } => "the role may end its own sessions and those of roles that it is a member of (or \
                 all, with pg_signal_backend); the live database is as it was"
                .to_owned(),
            Self::Server { source, .. } if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => {
                "renaming a database takes its owner, and CREATEDB".to_owned()
            }
            Self::Unknown { kept, .. } => format!(
                "if there is a database {kept} now, they were, and that is the former one; if not, nothing has changed"
            ),
            Self::Server { .. } | Self::Again | Self::Freeze(_) => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}

/// A database of the server that is neither of the two, for the sessions that rename.
///
/// # Errors
/// When the server says no.
pub async fn elsewhere(session: &Session, swap: &Swap<'_>) -> Result<Option<String>, SwapError> {
    let quoted = |name: &str| literal(name).trim_start().to_owned();
    let sql = format!(
        "SELECT datname::text FROM pg_catalog.pg_database WHERE datallowconn AND pg_catalog.has_database_privilege(datname, 'CONNECT') \
         AND datname NOT IN ({}, {}) ORDER BY datname <> 'postgres', datname = 'template1', datname LIMIT 1",
        quoted(swap.live),
        quoted(swap.new)
    );
    session.scalar(&sql).await.map_err(SwapError::server("looking for a database to rename from"))
}

/// What is in the live database that ending sessions does not move.
///
/// # Errors
/// When the server says no.
pub async fn obstacles(session: &Session, swap: &Swap<'_>) -> Result<Vec<String>, SwapError> {
    let sql = format!(
        "SELECT pg_catalog.format('prepared transaction %s of %s', gid, owner) FROM pg_catalog.pg_prepared_xacts WHERE database = {0} \
         UNION ALL SELECT pg_catalog.format('%s (pid %s) of role %s, which this role may not end', coalesce(nullif(application_name, ''), backend_type), pid, usename) \
         FROM pg_catalog.pg_stat_activity WHERE datname = {0} AND pid <> pg_catalog.pg_backend_pid() \
           AND backend_type IN ('client backend', 'walsender') AND NOT ({MAY_END})",
        literal(swap.live).trim_start()
    );
    let rows = session.rows(&sql).await.map_err(SwapError::server("asking who is there"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Whether the role may end a session.
const MAY_END: &str = "pg_catalog.pg_has_role(usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') \
     AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE oid = usesysid)";

/// Exchanges the names. Both sessions are in a third database; `helper` ends the sessions that are in the way while
/// `admin` waits for them with the locks in hand.
///
/// # Errors
/// When sessions do not end, or a rename is refused: then everything is as it was.
pub async fn swap(admin: &Session, helper: &Session, swap: &Swap<'_>) -> Result<Swapped, SwapError> {
    swap_after(admin, helper, swap, &[], async { Ok(()) }).await
}

/// Exchanges the names, and does something in between: when nobody can come into the live database any more, and only
/// the sessions in `held` are in the two. They must end with it.
///
/// # Errors
/// As [`swap`]; and [`SwapError::Again`] where the names could not be exchanged after it.
pub async fn swap_after(
    admin: &Session,
    helper: &Session,
    swap: &Swap<'_>,
    held: &[i32],
    between: impl Future<Output = Result<(), SwapError>>,
) -> Result<Swapped, SwapError> {
    let started = Instant::now();
    let (mut attempts, mut ended) = (0, 0);
    // Before the locks: whoever leaves now is not waited for later.
    loop {
        ended += end_sessions(helper, swap, held).await?;
        if is_empty(helper, swap, held).await? || started.elapsed() > LEAVING {
            break;
        }
        tokio::time::sleep(ROUND / 5).await;
    }
    let mut between = Some(between);
    loop {
        attempts += 1;
        let fence = Instant::now();
        let rename = rename(admin, swap);
        let mut rename = std::pin::pin!(rename);
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut rename => break outcome,
                () = tokio::time::sleep(ROUND) => {
                    ended += end_sessions(helper, swap, held).await?;
                    if between.is_some() && !held.is_empty() && is_alone(helper, admin.backend_pid(), swap, held).await?
                        && let Some(between) = between.take()
                    {
                        between.await?;
                    }
                }
            }
        };
        match outcome {
            Ok(()) => {
                return Ok(Swapped { fence_ms: fence.elapsed().as_secs_f64() * 1e3, ended, attempts });
            }
            Err(SwapError::Server { source, .. }) if source.has_code(sqlstate::OBJECT_IN_USE) => {
                let _ = admin.batch("ROLLBACK").await;
                if between.is_none() && !held.is_empty() {
                    return Err(SwapError::Again);
                }
                if started.elapsed() > PATIENCE {
                    let who = occupants(helper, swap).await?;
                    return Err(SwapError::Occupied { live: swap.live.to_owned(), who, source });
                }
            }
            // The server may have done it all the same.
            Err(SwapError::Server { doing, source }) if source.is_connection_lost() => {
                return match came_about(helper, admin.backend_pid(), swap).await {
                    Some(true) => Ok(Swapped { fence_ms: fence.elapsed().as_secs_f64() * 1e3, ended, attempts }),
                    Some(false) => Err(SwapError::Server { doing, source }),
                    None => Err(SwapError::Unknown { kept: swap.kept.to_owned(), source }),
                };
            }
            Err(error) => {
                let _ = admin.batch("ROLLBACK").await;
                return Err(error);
            }
        }
    }
}

/// Whether the names were exchanged by a session that nothing is heard of any more, once the server is through with it.
/// None where that cannot be asked.
async fn came_about(helper: &Session, admin: i32, swap: &Swap<'_>) -> Option<bool> {
    let lost = Instant::now();
    let there = format!("SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = {admin})");
    while helper.scalar(&there).await.ok()?.as_deref() == Some("t") {
        // It waits for a client that is gone: a server notices that late, and so it is told.
        if lost.elapsed() > PATIENCE {
            helper.batch(&format!("SELECT pg_catalog.pg_terminate_backend({admin})")).await.ok()?;
        }
        if lost.elapsed() > 2 * PATIENCE {
            return None;
        }
        tokio::time::sleep(ROUND).await;
    }
    let exchanged = format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = {}) AND NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = {})",
        literal(swap.kept).trim_start(),
        literal(swap.new).trim_start()
    );
    Some(helper.scalar(&exchanged).await.ok()?.as_deref() == Some("t"))
}

/// Whether `admin` keeps everybody out of the live database, and nobody is in the two but the held ones.
async fn is_alone(helper: &Session, admin: i32, swap: &Swap<'_>, held: &[i32]) -> Result<bool, SwapError> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.objid \
           WHERE l.pid = {admin} AND l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass \
             AND l.mode = 'AccessExclusiveLock' AND l.granted AND d.datname = {})",
        literal(swap.live).trim_start()
    );
    let locked = helper.scalar(&sql).await.map_err(SwapError::server("asking who is there"))?;
    Ok(locked.as_deref() == Some("t") && is_empty(helper, swap, held).await?)
}

/// Whether nobody is in the two but the held ones. The server itself sends its autovacuum workers away.
async fn is_empty(helper: &Session, swap: &Swap<'_>, held: &[i32]) -> Result<bool, SwapError> {
    let sql = format!(
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname IN ({}, {}) AND backend_type IS DISTINCT FROM 'autovacuum worker' AND {})",
        literal(swap.live).trim_start(),
        literal(swap.new).trim_start(),
        but(held)
    );
    let empty = helper.scalar(&sql).await.map_err(SwapError::server("asking who is there"))?;
    Ok(empty.as_deref() == Some("t"))
}

/// All processes but these.
fn but(held: &[i32]) -> String {
    let pids: Vec<String> = held.iter().map(ToString::to_string).collect();
    format!("pid <> ALL (ARRAY[{}]::int4[])", pids.join(", "))
}

async fn rename(admin: &Session, swap: &Swap<'_>) -> Result<(), SwapError> {
    let failed = || SwapError::server("exchanging the names");
    backout_postgres::failpoint!("swap.before");
    admin.batch("BEGIN; SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0").await.map_err(failed())?;
    let first = format!("ALTER DATABASE {} RENAME TO {}", ident(swap.live), ident(swap.kept));
    admin.batch(&first).await.map_err(failed())?;
    backout_postgres::failpoint!("swap.between");
    let second = format!("ALTER DATABASE {} RENAME TO {}", ident(swap.new), ident(swap.live));
    admin.batch(&second).await.map_err(failed())?;
    backout_postgres::failpoint!("swap.before_commit");
    admin.batch("COMMIT").await.map_err(failed())?;
    backout_postgres::failpoint!("swap.after");
    Ok(())
}

/// Ends who is in one of the two, as far as the role may.
async fn end_sessions(helper: &Session, swap: &Swap<'_>, held: &[i32]) -> Result<u64, SwapError> {
    let sql = format!(
        "SELECT count(pg_catalog.pg_terminate_backend(pid))::text FROM pg_catalog.pg_stat_activity \
         WHERE datname IN ({}, {}) AND pid <> pg_catalog.pg_backend_pid() AND backend_type IN ('client backend', 'walsender') AND {} AND ({MAY_END})",
        literal(swap.live).trim_start(),
        literal(swap.new).trim_start(),
        but(held)
    );
    let ended = helper.scalar(&sql).await.map_err(SwapError::server("ending the sessions"))?;
    Ok(ended.and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// Who is still there.
async fn occupants(helper: &Session, swap: &Swap<'_>) -> Result<Vec<String>, SwapError> {
    let sql = format!(
        "SELECT pg_catalog.format('%s (pid %s, role %s)', coalesce(nullif(application_name, ''), backend_type), pid, usename) \
         FROM pg_catalog.pg_stat_activity WHERE datname IN ({0}, {1}) AND pid <> pg_catalog.pg_backend_pid() \
         UNION ALL SELECT pg_catalog.format('prepared transaction %s', gid) FROM pg_catalog.pg_prepared_xacts WHERE database IN ({0}, {1})",
        literal(swap.live).trim_start(),
        literal(swap.new).trim_start()
    );
    let rows = helper.rows(&sql).await.map_err(SwapError::server("asking who is there"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
