//! Runs of the built `backout` binary, also ones that are killed on the way.
//!
//! Must not know: what its commands mean.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// How long a run may take. Far more than any test's, so that a hang becomes a failure.
const LIMIT: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(3);

/// The built binary: the one that cargo built for this test, else the one in the folder above this test's.
pub fn binary_path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CARGO_BIN_EXE_backout") {
        return Ok(path.into());
    }
    let test = std::env::current_exe()?;
    let found = test.ancestors().skip(1).take(3).map(|folder| folder.join("backout")).find(|path| path.is_file());
    found.context("the `backout` binary is not built; run `cargo build -p backout`")
}

/// A command line of the binary, with an environment in which nothing of the caller's says where a database is.
#[derive(Debug)]
pub struct Backout {
    command: Command,
    folder: tempfile::TempDir,
}

/// How a run ended, and what it printed.
#[derive(Debug)]
pub struct Run {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// A run with a failpoint set.
#[derive(Debug)]
pub struct FailpointRun {
    /// Whether the process came to the failpoint. A test that does not look proves nothing.
    pub hit: bool,
    pub run: Run,
}

/// A run that goes on. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    run: Backout,
    child: Child,
}

/// A run that waits at a failpoint. Dropping it kills it.
#[derive(Debug)]
pub struct Halted {
    run: Backout,
    child: Child,
    pid: Pid,
}

impl Backout {
    /// The binary, to run in `folder`.
    pub fn new(folder: &Path) -> Result<Self> {
        Self::of(&binary_path()?, folder)
    }

    /// Another program in the same way.
    pub fn of(program: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null()).env("TMPDIR", crate::server::root());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PG") || text.starts_with("BACKOUT_") || text == "DATABASE_URL" {
                command.env_remove(&name);
            }
        }
        Ok(Self { command, folder: tempfile::tempdir()? })
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Runs to the end.
    pub fn run(mut self) -> Result<Run> {
        let mut child = self.spawn()?;
        let status = wait_for(&mut child, |_| false)?.context("the run did not end")?;
        self.read(status)
    }

    /// Runs until the failpoint and kills the process there with SIGKILL (unless it has done so itself).
    ///
    /// The binary appends the name of a failpoint to the file `BACKOUT_FAILPOINT_LOG` when it comes to the one that
    /// `BACKOUT_FAILPOINT` names.
    pub fn run_to_failpoint(mut self, name: &str) -> Result<FailpointRun> {
        let log = self.folder.path().join("failpoints");
        self.command.env("BACKOUT_FAILPOINT", name).env("BACKOUT_FAILPOINT_LOG", &log);
        let mut child = self.spawn()?;
        let is_hit = |log: &Path| fs::read_to_string(log).is_ok_and(|text| text.lines().any(|line| line == name));
        let status = match wait_for(&mut child, |_| is_hit(&log))? {
            Some(status) => status,
            None => kill(&mut child)?,
        };
        Ok(FailpointRun { hit: is_hit(&log), run: self.read(status)? })
    }

    /// Runs until the failpoint and leaves the process halted there.
    ///
    /// # Errors
    /// When it ended without coming there.
    pub fn halt_at_failpoint(mut self, name: &str) -> Result<Halted> {
        let log = self.folder.path().join("failpoints");
        self.command
            .env("BACKOUT_FAILPOINT", name)
            .env("BACKOUT_FAILPOINT_LOG", &log)
            .env("BACKOUT_FAILPOINT_HALT", "1");
        let mut child = self.spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id())?).context("the run has no process id")?;
        match wait_for(&mut child, |_| is_halted(pid).unwrap_or(false))? {
            Some(status) => bail!("it never came to {name}: {}", self.read(status)?.transcript()),
            None => Ok(Halted { run: self, child, pid }),
        }
    }

    /// Starts it and lets it run.
    pub fn start(mut self) -> Result<Running> {
        let child = self.spawn()?;
        Ok(Running { run: self, child })
    }

    /// Kills the process with SIGKILL after so long, unless it has ended by then.
    pub fn run_and_kill_after(mut self, after: Duration) -> Result<Run> {
        let mut child = self.spawn()?;
        let status = match wait_for(&mut child, |elapsed| elapsed >= after)? {
            Some(status) => status,
            None => kill(&mut child)?,
        };
        self.read(status)
    }

    /// Output goes to files: a process that is killed leaves no reader waiting for a grandchild.
    fn spawn(&mut self) -> Result<Child> {
        let stdout = File::create(self.folder.path().join("stdout"))?;
        let stderr = File::create(self.folder.path().join("stderr"))?;
        let command = self.command.stdout(stdout).stderr(stderr);
        command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))
    }

    fn read(&self, status: ExitStatus) -> Result<Run> {
        let text = |name: &str| -> Result<String> {
            Ok(String::from_utf8_lossy(&fs::read(self.folder.path().join(name))?).into_owned())
        };
        Ok(Run { status, stdout: text("stdout")?, stderr: text("stderr")? })
    }
}

impl Running {
    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// What it has said so far.
    pub fn stderr(&self) -> Result<String> {
        self.so_far("stderr")
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> Result<String> {
        self.so_far("stdout")
    }

    fn so_far(&self, name: &str) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.run.folder.path().join(name))?).into_owned())
    }

    /// Sends it SIGINT, as a terminal does.
    pub fn interrupt(&self) -> Result<()> {
        self.signal(Signal::INT)
    }

    /// Sends it SIGTERM, as whoever runs services does.
    pub fn terminate(&self) -> Result<()> {
        self.signal(Signal::TERM)
    }

    /// Halts it until it goes on, as a machine that sleeps.
    pub fn halt(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    pub fn go_on(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Whether it is halted.
    pub fn is_halted(&self) -> Result<bool> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("the run has no process id")?;
        is_halted(pid)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("the run has no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) -> Result<Run> {
        let status = kill(&mut self.child)?;
        self.run.read(status)
    }

    /// Waits for its end.
    pub fn end(&mut self) -> Result<Run> {
        let status = wait_for(&mut self.child, |_| false)?.context("the run did not end")?;
        self.run.read(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Halted {
    /// Lets it go on, and waits for its end.
    pub fn go_on(mut self) -> Result<Run> {
        kill_process(self.pid, Signal::CONT)?;
        let status = wait_for(&mut self.child, |_| false)?.context("the run did not end")?;
        self.run.read(status)
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Run {
    /// The exit code; `None` after a signal.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Whether it was killed with SIGKILL.
    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(Signal::KILL.as_raw())
    }

    /// Everything printed, for messages of failed assertions.
    pub fn transcript(&self) -> String {
        format!("{}\n--- stdout\n{}--- stderr\n{}", self.status, self.stdout, self.stderr)
    }

    /// Panics with the transcript unless the exit code is this.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{}", self.transcript());
        self
    }
}

/// Waits for the end (`Some`) or for the condition (`None`).
fn wait_for(child: &mut Child, condition: impl Fn(Duration) -> bool) -> Result<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if condition(began.elapsed()) {
            return Ok(None);
        }
        if began.elapsed() > LIMIT {
            kill(child)?;
            bail!("the run took more than {} s", LIMIT.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
}

fn is_halted(pid: Pid) -> Result<bool> {
    // Looked at only: whoever waits for the process's end still finds it.
    let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(pid), look)?.is_some())
}

fn kill(child: &mut Child) -> Result<ExitStatus> {
    child.kill()?;
    Ok(child.wait()?)
}
