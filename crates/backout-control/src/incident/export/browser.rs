//! A document printed to PDF by a browser that is installed here.
//!
//! Must not know: what a document is about.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use backout_plan::Remedy;

use crate::failure::Refusal;
use crate::{Env, Failure, Result};

/// The variable that names a browser.
const NAMED: &str = "BACKOUT_BROWSER";
/// Those that print without a window, by the names that systems give them.
const KNOWN: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "chrome-headless-shell",
    "microsoft-edge",
];
/// A long record has some hundred pages.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn printed(env: &Env, html: &str) -> Result<Vec<u8>> {
    let browser = find(env)?;
    let folder = tempfile::Builder::new().prefix("backout-print-").tempdir_in(&env.temporary);
    let folder = folder.map_err(Failure::file("making a folder to print in"))?;
    let (page, to) = (folder.path().join("page.html"), folder.path().join("page.pdf"));
    std::fs::write(&page, html).map_err(Failure::file("writing the page to print"))?;
    let mut command = tokio::process::Command::new(&browser);
    command
        .args([
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
        ])
        .args(["--no-pdf-header-footer", "--print-to-pdf-no-header", "--disable-dev-shm-usage"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--print-to-pdf={}", to.display()));
    // It refuses to shut itself in for root; the page has no script and asks for nothing.
    if rustix::process::geteuid().is_root() {
        command.arg("--no-sandbox");
    }
    command.arg(format!("file://{}", page.display()));
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).output();
    let said = match tokio::time::timeout(PATIENCE, child).await {
        Ok(done) => done.map_err(Failure::file(format!("starting {}", browser.display())))?,
        Err(_) => {
            let said = format!("{} has not printed within {} s", browser.display(), PATIENCE.as_secs());
            return Err(Refusal::failed(said, None).into());
        }
    };
    let pdf = std::fs::read(&to).unwrap_or_default();
    if !pdf.starts_with(b"%PDF-") {
        let said = String::from_utf8_lossy(&said.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        let said = format!("{} has printed nothing: {}", browser.display(), backout_plan::visible::on_one_line(last));
        return Err(Refusal::failed(said, Some(remedy())).into());
    }
    Ok(pdf)
}

fn remedy() -> Remedy {
    Remedy::advice(format!(
        "install Chromium or Chrome, or name one by the variable {NAMED}; HTML can be printed by any browser"
    ))
}

fn find(env: &Env) -> Result<PathBuf> {
    if let Some(named) = (env.variables)(NAMED) {
        let named = PathBuf::from(named);
        return match is_program(&named) {
            true => Ok(named),
            false => {
                let said = format!("{NAMED} names {}, and that is no program", named.display());
                Err(Refusal::usage(said, Some(remedy())).into())
            }
        };
    }
    let path = (env.variables)("PATH").unwrap_or_default();
    let found = KNOWN.iter().flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)));
    found
        .into_iter()
        .find(|path| is_program(path))
        .ok_or_else(|| Refusal::failed("no browser is here that could print a PDF", Some(remedy())).into())
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
