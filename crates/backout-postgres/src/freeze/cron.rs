//! Jobs of the extension pg_cron: paused for a freeze, and active again after it.
//!
//! Must not know: what the jobs do. Only those are seen that the role may see, which are its own.

use super::error::{FreezeError, doing};
use crate::session::Session;

/// Whether the extension is there, and its own: code that anybody planted under its name is not called.
const THERE: &str = "SELECT count(*) = 2 AND bool_and(o.rolsuper OR o.rolname = current_user) FROM ( \
       SELECT c.relowner AS owner FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass('cron.job') AND c.relkind = 'r' \
       UNION ALL SELECT p.proowner FROM pg_catalog.pg_proc p \
         WHERE p.oid = pg_catalog.to_regprocedure('cron.alter_job(bigint,text,text,text,text,boolean)')) x \
     JOIN pg_catalog.pg_roles o ON o.oid = x.owner";

/// The active jobs of this database that the role may pause.
pub(super) async fn active(session: &Session) -> Result<Vec<i64>, FreezeError> {
    let there = session.scalar(THERE).await.map_err(doing("looking for pg_cron"))?;
    let readable = "SELECT pg_catalog.has_schema_privilege('cron', 'USAGE') AND pg_catalog.has_table_privilege('cron.job', 'SELECT')";
    if there.as_deref() != Some("t")
        || session.scalar(readable).await.map_err(doing("looking for pg_cron"))?.as_deref() != Some("t")
    {
        return Ok(Vec::new());
    }
    let sql = "SELECT jobid FROM cron.job WHERE active AND database = pg_catalog.current_database() ORDER BY jobid";
    let rows = session.rows(sql).await.map_err(doing("reading the jobs of pg_cron"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) fn alter(job: i64, active: bool) -> String {
    format!("SELECT cron.alter_job(job_id := {job}, active := {active})")
}

/// Of these jobs, those that are there and not active.
pub(super) async fn paused(session: &Session, jobs: &[i64]) -> Result<Vec<i64>, FreezeError> {
    if jobs.is_empty() || session.scalar(THERE).await.map_err(doing("looking for pg_cron"))?.as_deref() != Some("t") {
        return Ok(Vec::new());
    }
    let list: Vec<String> = jobs.iter().map(i64::to_string).collect();
    let sql = format!(
        "SELECT jobid FROM cron.job WHERE NOT active AND jobid = ANY (ARRAY[{}]::int8[]) ORDER BY jobid",
        list.join(", ")
    );
    let rows = session.rows(&sql).await.map_err(doing("reading the jobs of pg_cron"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
