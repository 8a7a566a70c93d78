//! `backout doctor`: what the target and this machine allow, and what is degraded, before anything is tried.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backout_backup::capture;
use backout_plan::{Exit, Finding, Severity};
use backout_postgres::doctor::{self, Observations};
use backout_postgres::sandbox::{Installation, Servers, Surroundings};
use backout_postgres::session::{Session, pooler_suspected};
use serde_json::json;

use crate::context::{Context, pooler_finding};
use crate::error::CommandError;
use crate::migrations::Folder;

/// Check what the target and this machine allow, and say what is degraded
///
/// Ends with 8 when a finding is an error: then something will be refused.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let project = context.project()?;
    let resolved = context.settings(&project)?;
    let session = context.open(&resolved.settings, None).await?;
    let mut findings = Vec::new();
    if let Some(pooler) = pooler_suspected(&resolved.settings).await? {
        findings.push(pooler_finding(&pooler, &resolved.settings));
    }
    let seen = doctor::observe(&session).await?;
    let protected = project.plan.as_ref().map(|plan| plan.protect.tables.clone()).unwrap_or_default();
    findings.extend(doctor::findings(&seen, &protected));
    let identity = context.look(&session, project.target_name()).await?;
    if identity.recorded.is_some() && !identity.verdict.is_same() {
        let mut finding = Finding::error("identity.different", identity.verdict.to_string());
        finding.hint = identity.verdict.hint();
        findings.push(finding);
    }
    if let Some(plan) = &project.plan {
        match Folder::read(plan) {
            Ok(folder) => {
                if let Err(error) = folder.standing(&session).await {
                    findings.push(Finding::error(
                        "migrations.history",
                        error.text(&str::to_owned).replacen("error: ", "", 1),
                    ));
                }
            }
            Err(error) => {
                findings
                    .push(Finding::error("migrations.folder", error.text(&str::to_owned).replacen("error: ", "", 1)));
            }
        }
    }
    findings.extend(programs(context.global.pg_bin.clone(), &seen));
    findings.extend(cost(&session).await?);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));

    ui.result(json!({
        "endpoint": identity.seen.endpoint,
        "connection_from": resolved.origin.to_string(),
        "observations": seen,
        "findings": findings,
    }));
    ui.out(format!("{}, by {}", identity.seen.endpoint, resolved.origin));
    ui.out(format!("PostgreSQL {}, as role {}", seen.server_version, seen.role));
    for finding in &findings {
        ui.finding(finding);
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 {
        return Ok(Exit::Attention);
    }
    ui.out(if findings.is_empty() { "nothing stands in the way" } else { "nothing will be refused" });
    Ok(Exit::Ok)
}

/// What capturing changes costs here, and takes of this database.
async fn cost(session: &Session) -> Result<Option<Finding>, CommandError> {
    let Some(cost) = capture::cost(session).await? else { return Ok(None) };
    let title = format!(
        "capturing a changed row adds {:.1} µs (keys) or {:.1} µs (images) to the {:.1} µs that the change takes here",
        cost.keys, cost.images, cost.change
    );
    let finding = Finding::note("capture.cost", title);
    let Some(rate) = cost.rate else { return Ok(Some(finding)) };
    // A core has a million microseconds a second.
    let share = |added: f64| rate * added / 1e4;
    Ok(Some(finding.detail(format!(
        "at {rate:.0} changed rows a second, the average so far: {:.1} % or {:.1} % of one core",
        share(cost.keys),
        share(cost.images)
    ))))
}

/// What a rehearsal on this machine needs.
fn programs(pg_bin: Option<PathBuf>, seen: &Observations) -> Vec<Finding> {
    let mut found = Vec::new();
    let servers = match Servers::find(&Surroundings::new(pg_bin, std::env::var_os("PATH"))) {
        Ok(servers) => servers,
        Err(error) => {
            found.push(
                Finding::warning("sandbox.programs", "rehearsals in a sandbox are not possible on this machine")
                    .detail(error.to_string())
                    .hint("or rehearse elsewhere: [rehearse] where = \"same-server\" or \"url\""),
            );
            return found;
        }
    };
    let installation = match servers.find_for(seen.server_major) {
        Ok(installation) => installation,
        Err(error) => {
            found.push(
                Finding::warning(
                    "sandbox.version",
                    format!("no PostgreSQL {} is installed here for rehearsals", seen.server_major),
                )
                .detail(error.to_string())
                .hint(format!(
                    "install it (Debian: apt install postgresql-{}), or name its folder with --pg-bin",
                    seen.server_major
                )),
            );
            return found;
        }
    };
    if installation.major != seen.server_major {
        found.push(
            Finding::warning(
                "sandbox.version",
                format!("rehearsals run on PostgreSQL {}, and the target is {}", installation.major, seen.server_major),
            )
            .detail("a certificate is bound to the major version")
            .hint(format!("install PostgreSQL {} here", seen.server_major)),
        );
    }
    if !installation.is_complete() {
        found.push(
            Finding::warning("sandbox.client", format!("{installation} lacks pg_dump, pg_restore or psql"))
                .hint("install the client package of the same version"),
        );
    }
    let Some(folder) = extension_folder(installation) else { return found };
    let missing: Vec<&str> = seen
        .extensions
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !folder.join(format!("{name}.control")).is_file())
        .collect();
    if !missing.is_empty() {
        found.push(
            Finding::warning("sandbox.extensions", format!("not available to a sandbox here: {}", missing.join(", ")))
                .detail("a rehearsal that needs one of them fails")
                .hint("install their packages, or rehearse elsewhere: [rehearse] where = \"same-server\" or \"url\""),
        );
    }
    found
}

/// Where an installation has its extensions' control files, if it can be told.
fn extension_folder(installation: &Installation) -> Option<PathBuf> {
    let told = installation.program("pg_config").and_then(|program| {
        let output = Command::new(program).arg("--sharedir").stdin(Stdio::null()).output().ok()?;
        Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    });
    let beside = installation.bin.parent().map(|home| home.join("share"));
    let usual = [
        told,
        beside.clone().map(|share| share.join("postgresql")),
        beside,
        Some(Path::new("/usr/share/postgresql").join(installation.major.to_string())),
        Some(PathBuf::from("/usr/share/pgsql")),
    ];
    usual
        .into_iter()
        .flatten()
        .map(|share| share.join("extension"))
        .find(|folder| folder.join("plpgsql.control").is_file())
}
