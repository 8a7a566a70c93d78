//! The demo's application, rehearsed on a clone, migrated and undone, judged by `pg_dump`.

use crate::harness::{OURS, job, rules, same};
use anyhow::{Context, Result};
use backout_plan::plan::Level;
use backout_postgres::migrate::{self, Event, Mode};
use backout_postgres::rehearse::{Oracle, Place, Prepared, Request, markdown, rehearse};
use backout_postgres::sandbox::{Sandbox, SandboxOptions};
use backout_postgres::store;
use backout_postgres::undo::{self, UndoRules};
use backout_testkit::TestServer;
use std::time::Duration;

const PLATFORM: &str = include_str!("../../../../demo/platform.sql");
const V1: &str = include_str!("../../../../demo/v1.sql");
const DATA: &str = include_str!("../../../../demo/data.sql");
const V2: &str = include_str!("../../../../demo/migrations/20260107000000_v2.sql");
const WRITES: &str = include_str!("../../../../demo/v2-writes.sql");
const KEPT: &[&str] = &["users", "ai_usage_tracking", "usage_alerts"];
const DROPPED: &[&str] = &["meetings", "participants", "messages", "reactions", "files", "meeting_summaries"];

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_goes_forth_and_back() -> Result<()> {
    let server = TestServer::own(TestServer::options()?)?;
    let db = server.database("demo").await?;
    db.run_as_superuser(PLATFORM)?;
    db.psql_as("app_owner", V1).map(drop)?;
    db.psql_as("app_owner", &format!("SET demo.scale = '0.05';\n{DATA}")).map(drop)?;
    let session = db.client_as("app_owner").await?;
    let witness = db.client_as("app_owner").await?;
    let seen = store::seen_identity(&session).await?;
    store::initialise(&session, "demo", &seen).await?;

    let job = job("20260107000000", V2)?;
    let installation = TestServer::installation()?;
    let tool = |name: &str| installation.program(name).with_context(|| format!("no {name}"));
    let folder = std::env::temp_dir();
    let sandbox = Sandbox::start(SandboxOptions {
        superuser: "backout_sandbox".to_owned(),
        from_template: true,
        ..SandboxOptions::new(folder, installation.clone())
    })
    .await?;
    let prepared = Prepared::new(
        &session,
        db.settings_as("app_owner"),
        Place::Sandbox(Box::new(sandbox)),
        tool("pg_dump")?,
        tool("pg_restore")?,
        Level::Full,
    )
    .await?;
    let oracle = Oracle { pg_dump: tool("pg_dump")? };
    let rules = rules();
    let request = Request {
        jobs: std::slice::from_ref(&job),
        rules: &rules,
        level: Level::Full,
        sample: 0,
        plan: "p",
        oracle: &oracle,
    };
    let certificate = rehearse(&session, &prepared, &request, &|_: Event| {}).await?;
    prepared.clean().await?;
    let text = markdown(&certificate);
    anyhow::ensure!(certificate.proven(), "{text}");
    anyhow::ensure!(certificate.migrations[0].verdicts.is_empty(), "{text}");

    let before = db.dump_schema(OURS)?;
    let rows = |tables: &[&str]| -> Result<Vec<Vec<String>>> { tables.iter().map(|t| db.sorted_copy(t)).collect() };
    let (kept, dropped) = (rows(KEPT)?, rows(DROPPED)?);
    let rehearsed = &certificate.migrations[0];
    let mode = Mode {
        learn: false,
        lessons: Some(&rehearsed.lessons),
        locks: &rehearsed.locks,
        expected: Some(&rehearsed.outcome),
        certificate: Some("c"),
        without_certificate: None,
        backup: None,
        tolerate_loss: false,
    };
    migrate::migrate(&session, &witness, &job, &rules, mode, &|_: Event| {}).await.map_err(|e| {
        anyhow::anyhow!(
            "{e} {:?} {:?}",
            e.database_error().map(ToString::to_string),
            e.place().map(|p| p.statement.clone())
        )
    })?;
    db.psql_as("app_owner", WRITES).map(drop)?;
    let records = store::records(&session).await?;
    let undo_rules = UndoRules {
        lock_timeout: Duration::from_millis(500),
        lock_retries: 3,
        lock_budget: None,
        accept_loss: Vec::new(),
        read_whole: false,
        measure: false,
        choice: undo::Choice { rebuild_below: u64::MAX, ..Default::default() },
    };
    let report = undo::undo(&session, &records[0], &undo_rules, &|_: Event| {}).await?;
    println!("undo: lock {:.1} ms, total {:.1} ms, {} steps", report.lock_ms, report.total_ms, report.steps);
    same("back", &before, &db.dump_schema(OURS)?)?;
    anyhow::ensure!(dropped == rows(DROPPED)?, "the dropped tables' rows differ");
    for (table, (was, is)) in KEPT.iter().zip(kept.iter().zip(rows(KEPT)?)) {
        anyhow::ensure!(is.len() >= was.len(), "{table} lost rows");
    }
    Ok(())
}
