//! A real Prometheus that asks one service, often.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::example::ask;

/// Dropping it ends it.
#[derive(Debug)]
pub struct Prometheus {
    process: Child,
    _folder: tempfile::TempDir,
    pub url: String,
}

/// The program: as the caller says, else where packages put it. Continuous integration says it.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BACKOUT_TEST_PROMETHEUS") {
        return Some(named.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join("prometheus")).find(|program| program.is_file())
}

impl Prometheus {
    /// Asks this address for `/metrics` five times a second. `None` where it is not installed.
    pub fn start(service: &str) -> Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        // Somebody may take a port between looking and listening.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let folder = tempfile::tempdir()?;
            let target = service.trim_start_matches("http://");
            let configured = format!(
                "global: {{ scrape_interval: 200ms, scrape_timeout: 200ms }}\nscrape_configs:\n- job_name: service\n  \
                 static_configs: [{{ targets: [\"{target}\"] }}]\n"
            );
            let file = folder.path().join("prometheus.yml");
            fs::write(&file, configured)?;
            let mut process = Command::new(&program)
                .arg(format!("--config.file={}", file.display()))
                .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .with_context(|| program.display().to_string())?;
            let url = format!("http://127.0.0.1:{port}");
            let began = Instant::now();
            while process.try_wait()?.is_none() && began.elapsed() < Duration::from_secs(30) {
                if ask("GET", &format!("{url}/-/ready"), "", "").is_ok_and(|(status, _)| status == 200) {
                    return Ok(Some(Self { process, _folder: folder, url }));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            process.kill().ok();
            process.wait().ok();
        }
        bail!("{} does not start", program.display())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
