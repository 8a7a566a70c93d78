//! A load that writes while something else happens: the real pgbench with a script of the test.
//!
//! Must not know: what happens meanwhile.

use std::io::Read;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::TestDatabase;

/// A running pgbench. Dropping it kills it.
#[derive(Debug)]
pub struct Pgbench {
    process: Child,
    _folder: tempfile::TempDir,
}

/// What pgbench reports at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct PgbenchReport {
    /// Transactions that were committed.
    pub transactions: u64,
    /// Per second, without the time to connect.
    pub tps: f64,
    /// The slowest client's errors and everything else on standard error.
    pub messages: String,
}

impl Pgbench {
    /// Starts `clients` connections as the owner, each running the script over and over, and waits until the first
    /// transaction can be seen in the server's statistics or activity.
    pub async fn start(database: &TestDatabase<'_>, script: &str, clients: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("script.sql");
        std::fs::write(&file, script)?;
        let mut command = database.tool("pgbench", database.owner())?;
        // The end of this duration is an alarm signal, which `stop` sends early: pgbench then ends in order.
        command.args(["--no-vacuum", "--time=86400", "--jobs=1"]);
        command.arg(format!("--client={clients}")).arg("--file").arg(&file);
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut pgbench = Self { process, _folder: folder };
        let watcher = database.superuser().await?;
        let running = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench' AND datname = '{}' AND query <> ''",
            database.name()
        );
        let deadline = Instant::now() + Duration::from_secs(20);
        while watcher.scalar(&running).await?.as_deref() == Some("0") {
            if pgbench.process.try_wait()?.is_some() || Instant::now() > deadline {
                bail!(
                    "pgbench did not start: {}",
                    pgbench.stop().map_or_else(|error| error.to_string(), |r| r.messages)
                );
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(pgbench)
    }

    /// Ends it after the transactions that are under way, and reads its report.
    pub fn stop(mut self) -> Result<PgbenchReport> {
        if self.process.try_wait()?.is_none() {
            let pid = Pid::from_raw(i32::try_from(self.process.id())?).context("pgbench has no process id")?;
            kill_process(pid, Signal::ALARM)?;
        }
        let mut messages = String::new();
        let mut report = String::new();
        if let (Some(mut stdout), Some(mut stderr)) = (self.process.stdout.take(), self.process.stderr.take()) {
            let reader = std::thread::spawn(move || {
                let mut text = String::new();
                stderr.read_to_string(&mut text).map(|_| text)
            });
            stdout.read_to_string(&mut report)?;
            messages = reader.join().map_err(|_| anyhow::anyhow!("reading pgbench's messages panicked"))??;
        }
        let status = self.process.wait()?;
        let Some(transactions) = number_after(&report, "number of transactions actually processed: ") else {
            bail!("pgbench ended with {status} and no report:\n{report}{messages}");
        };
        // Left out of the report where nothing was committed.
        let tps = number_after(&report, "tps = ").unwrap_or(0.0);
        // A count far below 2^53, printed as digits.
        Ok(PgbenchReport { transactions: transactions as u64, tps, messages })
    }
}

impl Drop for Pgbench {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn number_after(report: &str, label: &str) -> Option<f64> {
    let rest = report.lines().find_map(|line| line.strip_prefix(label))?;
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.parse().ok()
}
