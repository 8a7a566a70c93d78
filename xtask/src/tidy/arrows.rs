//! Which crate may use which: a crate uses only those above it in [`TABLE`].
//!
//! Must not know: source text.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Problem;

/// From the lowest to the highest.
const TABLE: &[&str] = &[
    "backout-plan",
    "backout-sql",
    "backout-schema",
    "backout-signals",
    "backout-flags",
    "backout-runbook",
    "backout-reversal",
    "backout-postgres",
    "backout-backup",
    "backout-store",
    "backout-connectors",
    "backout-control",
    "backout-server",
    "backout",
];
/// May be used by the tests of any crate and by nothing that ships.
const TEST_ONLY: &[&str] = &["backout-testkit"];
/// Outside of the table: may use all of ours, as tests do, and is used by none.
const ABOVE_ALL: &[&str] = &["xtask"];

/// Crates without I/O, and with what I/O would come.
const PURE: &[&str] = &[
    "backout-plan",
    "backout-sql",
    "backout-schema",
    "backout-signals",
    "backout-flags",
    "backout-runbook",
    "backout-reversal",
];
const IO_CRATES: &[&str] = &[
    "tokio",
    "tokio-postgres",
    "async-std",
    "reqwest",
    "hyper",
    "rusqlite",
    "axum",
    "object_store",
    "socket2",
    "tempfile",
];
/// What single crates must not know beyond that.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("backout-schema", "pg_query", "the catalog's model never parses SQL"),
    ("backout-reversal", "pg_query", "parsing belongs to backout-sql"),
    ("backout-server", "tokio-postgres", "the server speaks to no database driver"),
];

/// One dependency of one workspace crate.
#[derive(Debug, Clone)]
pub(super) struct Arrow {
    from: String,
    to: String,
    /// For tests only.
    dev: bool,
}

/// Every dependency of the workspace's crates; a crate without any has an arrow to nothing.
pub(super) fn read(root: &Path) -> Result<Vec<Arrow>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let mut arrows = Vec::new();
    for package in packages {
        let from = package["name"].as_str().unwrap_or_default();
        arrows.push(Arrow { from: from.to_owned(), to: String::new(), dev: false });
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            arrows.push(Arrow {
                from: from.to_owned(),
                to: dependency["name"].as_str().unwrap_or_default().to_owned(),
                dev: dependency["kind"] == "dev",
            });
        }
    }
    Ok(arrows)
}

pub(super) fn check(arrows: &[Arrow]) -> Vec<Problem> {
    arrows
        .iter()
        .filter_map(|arrow| {
            let what = fault(arrow)?;
            Some(Problem { place: format!("crate {}", arrow.from), line: None, what })
        })
        .collect()
}

fn fault(Arrow { from, to, dev }: &Arrow) -> Option<String> {
    let rank = |name: &str| TABLE.iter().position(|entry| *entry == name);
    let is_ours = |name: &str| name == "xtask" || name == "backout" || name.starts_with("backout-");
    let (from, to) = (from.as_str(), to.as_str());
    if to.is_empty() {
        let known = rank(from).is_some() || TEST_ONLY.contains(&from) || ABOVE_ALL.contains(&from);
        return (!known).then(|| "is not in the table of crates (xtask/src/tidy/arrows.rs)".to_owned());
    }
    if !is_ours(to) {
        if let Some((.., why)) = FORBIDDEN.iter().find(|(f, t, _)| *f == from && *t == to && !dev) {
            return Some(format!("must not depend on {to}: {why}"));
        }
        let impure = PURE.contains(&from) && IO_CRATES.contains(&to) && !dev;
        return impure.then(|| format!("does no I/O and must not depend on {to}"));
    }
    if ABOVE_ALL.contains(&from) {
        return None;
    }
    if TEST_ONLY.contains(&to) {
        return (!dev).then(|| format!("uses {to} outside of its tests"));
    }
    if TEST_ONLY.contains(&from) {
        return ABOVE_ALL.contains(&to).then(|| format!("must not use {to}"));
    }
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) if to < from => None,
        _ => Some(format!("must not use {to}, which is not above it in the table of crates")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_that_pass_and_fail() {
        for (from, to, dev, fine) in [
            ("backout-sql", "backout-plan", false, true),
            ("backout-plan", "backout-sql", false, false),
            ("backout-plan", "backout-sql", true, false),
            ("backout", "backout-postgres", false, true),
            ("backout-postgres", "backout", false, false),
            ("backout-postgres", "backout-testkit", true, true),
            ("backout", "backout-testkit", false, false),
            ("backout-testkit", "backout-postgres", false, true),
            ("backout", "xtask", false, false),
            ("xtask", "backout-plan", false, true),
            ("xtask", "backout-testkit", false, true),
            ("backout-testkit", "xtask", false, false),
            ("backout-schema", "tokio", false, false),
            ("backout-schema", "tokio", true, true),
            ("backout-schema", "pg_query", false, false),
            ("backout-sql", "pg_query", false, true),
            ("backout-postgres", "tokio", false, true),
            ("backout-new", "", false, false),
            ("backout-new", "backout-plan", false, false),
            ("backout-plan", "", false, true),
        ] {
            let arrow = Arrow { from: from.to_owned(), to: to.to_owned(), dev };
            assert_eq!(check(&[arrow]).is_empty(), fine, "{from} → {to} (dev: {dev})");
        }
    }
}
