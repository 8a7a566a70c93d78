//! Rules of the source tree that no compiler checks. A test runs them, so that they hold.
//!
//! Must not know: how to repair anything. It only says what is wrong and where.

mod arrows;
mod cycles;
mod sources;

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// One thing that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// Path below the workspace's root, or the name of a crate.
    pub(crate) place: String,
    /// Line from 1, if it is about one.
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.place, self.what),
            None => write!(f, "{}: {}", self.place, self.what),
        }
    }
}

/// A text file of the project.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path below the workspace's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Checks everything. The problems are sorted.
pub(crate) fn check(root: &Path) -> Result<Vec<Problem>> {
    let sources = read_sources(root)?;
    let mut problems = sources::check(&sources);
    problems.extend(cycles::check(&sources));
    problems.extend(arrows::check(&arrows::read(root)?));
    problems.sort();
    Ok(problems)
}

/// The project's files; those that are not UTF-8 are left out.
fn read_sources(root: &Path) -> Result<Vec<Source>> {
    let mut paths = match listed_by_git(root)? {
        Some(paths) => paths,
        None => found_by_walking(root)?,
    };
    paths.sort_unstable();
    paths.dedup();
    // A listed file that cannot be read as text is deleted or binary.
    Ok(paths
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(root.join(&path)).ok()?;
            Some(Source { path, text })
        })
        .collect())
}

/// The files that git knows or would add. `None` outside of a repository, as in an unpacked archive.
fn listed_by_git(root: &Path) -> Result<Option<Vec<String>>> {
    if !root.join(".git").exists() {
        return Ok(None);
    }
    let output = Command::new("git")
        // A build machine may have checked out as another user than it builds as; listing names is harmless.
        .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("cannot run git ls-files")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let listed = String::from_utf8(output.stdout).context("git ls-files printed a name that is not UTF-8")?;
    Ok(Some(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()))
}

/// Everything but build results and hidden folders of tools.
fn found_by_walking(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                let name = entry.file_name();
                if ![".git", ".backout", "target", "node_modules"].iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if let Ok(below) = path.strip_prefix(root) {
                found.push(below.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_and_a_walk_find_the_same_sources() {
        let root = crate::workspace_root();
        let is_source = |path: &String| path.ends_with(".rs");
        let mut walked: Vec<String> = found_by_walking(root).unwrap().into_iter().filter(is_source).collect();
        walked.sort_unstable();
        assert!(walked.iter().any(|path| path == "xtask/src/tidy.rs"));
        if let Some(listed) = listed_by_git(root).unwrap() {
            let missed: Vec<&String> = listed
                .iter()
                .filter(|path| is_source(path) && root.join(path).exists() && !walked.contains(path))
                .collect();
            assert!(missed.is_empty(), "{missed:?}");
        }
    }

    #[test]
    fn the_tree_is_tidy() {
        let problems = check(crate::workspace_root()).unwrap();
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
