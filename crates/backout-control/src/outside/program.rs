//! Runs a program: a list of arguments, no shell. Ended with all that it started when its time is over.
//!
//! Must not know: what the program is for.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use backout_plan::plan::Flaw;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Errand, Trouble, secrets};
use crate::Env;
use crate::mistake::Mistake;

/// How much of each stream is kept: its beginning.
const KEPT: usize = 64 * 1024;
/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// What is to run, and with what in its environment beside ours.
#[derive(Debug, Clone, Copy)]
pub struct Program<'p> {
    /// The program and its arguments. `env:NAME` is not looked up here: arguments can be seen by everybody.
    pub argv: &'p [String],
    /// `env:NAME` is looked up.
    pub env: &'p BTreeMap<String, String>,
    /// Relative to the plan.
    pub dir: Option<&'p str>,
    /// What it is told by its environment.
    pub told: &'p [(&'static str, String)],
}

/// A list of arguments as a shell would take it.
pub fn line(argv: &[String]) -> String {
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&b));
    let quoted = |text: &String| if plain(text) { text.clone() } else { format!("'{}'", text.replace('\'', r"'\''")) };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Whether it ended as it must.
///
/// # Errors
/// With its last words.
pub fn judged(argv: &[String], expected: i32, (code, facts): (i32, Value)) -> Result<Value, Trouble> {
    if code == expected {
        return Ok(facts);
    }
    let last = facts["stderr"].as_str().and_then(|said| said.trim_end().lines().last()).unwrap_or_default();
    let why = format!("{} ended with {code}: {last}", argv.first().map_or("it", String::as_str));
    Err(Trouble { why: why.trim_end_matches([':', ' ']).to_owned(), again: true, facts })
}

impl Program<'_> {
    /// Why it can never start: where its arguments stand under this key.
    pub(crate) fn mistakes(&self, env: &Env, key: &str) -> Vec<Mistake> {
        let mut found = secrets::unset_among(env, &["env"], self.env);
        let folder = self.dir.map_or(env.folder(), |dir| env.folder().join(dir));
        if let Some(dir) = self.dir.filter(|_| !folder.is_dir()) {
            let said = format!("the folder {} is not there", folder.display());
            found.push(Mistake::machine(Flaw::at(&["dir"], said).value(dir)));
            return found;
        }
        match self.argv.first() {
            None => found.push(Mistake::plan(Flaw::at(&[key], format!("{key} is empty")))),
            Some(name) if !self.is_there(env, name, &folder) => {
                let place = if name.contains('/') { "there" } else { "on the PATH" };
                let flaw = Flaw::at(&[key], format!("no program {name:?} that can be run is {place}")).value(name);
                found.push(Mistake::machine(flaw));
            }
            Some(_) => {}
        }
        found
    }

    /// Whether something can be run under this name, as it is looked for when it starts.
    fn is_there(&self, env: &Env, name: &str, folder: &Path) -> bool {
        if name.contains('/') {
            return can_run(&folder.join(name));
        }
        let own = self.env.get("PATH").and_then(|path| secrets::resolved(env, path).ok());
        // Without one nobody knows where the system looks.
        let Some(path) = own.or_else(|| (env.variables)("PATH")) else { return true };
        std::env::split_paths(&path).any(|one| can_run(&folder.join(one).join(name)))
    }

    /// Its exit code, and what it said.
    ///
    /// # Errors
    /// Where it does not start, or does not end in time.
    pub async fn run(&self, errand: &Errand<'_>) -> Result<(i32, Value), Trouble> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(Trouble::new("argv is empty", false));
        };
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that what it starts ends with it.
        command.process_group(0).kill_on_drop(true);
        let folder = errand.env.folder();
        let folder = self.dir.map_or(folder.clone(), |dir| folder.join(dir));
        if !folder.as_os_str().is_empty() {
            command.current_dir(folder);
        }
        for (name, value) in self.env {
            command.env(name, secrets::resolved(errand.env, value)?);
        }
        command.envs(self.told.iter().map(|(name, value)| (*name, value)));
        let mut child =
            command.spawn().map_err(|error| Trouble::new(format!("{program} does not start: {error}"), false))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let _end = EndAll(group);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        // A little earlier than the budget ends, so that there is time to end it.
        let left = errand.left().saturating_sub(GRACE.min(errand.left() / 4));
        let streams = async { tokio::join!(read(out), read(err)) };
        let work = async {
            let ((out, err), status) = tokio::join!(streams, child.wait());
            (status, out, err)
        };
        let timed = tokio::time::timeout(left, work).await;
        let Ok((status, out, err)) = timed else {
            if let Some(group) = group {
                kill_process_group(group, Signal::TERM).ok();
                // Whether it listens or not, it is gone afterwards.
                tokio::time::timeout(GRACE.min(errand.left() / 2), child.wait()).await.ok();
            }
            return Err(Trouble::new(format!("{program} did not end in time"), false));
        };
        let status = status.map_err(|error| Trouble::new(format!("{program}: {error}"), false))?;
        let code = status.code().unwrap_or(-1);
        Ok((code, json!({ "code": code, "stdout": out, "stderr": err })))
    }
}

fn can_run(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Ends a group of processes when it is dropped, however that comes about.
struct EndAll(Option<Pid>);

impl Drop for EndAll {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

/// The beginning of a stream; the rest is read, so that nobody waits for us, and dropped.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let (mut kept, mut more, mut buffer) = (Vec::new(), 0_usize, vec![0; 8192]);
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let room = (KEPT - kept.len()).min(read);
        kept.extend_from_slice(&buffer[..room]);
        more += read - room;
    }
    let text = String::from_utf8_lossy(&kept).into_owned();
    if more == 0 { text } else { format!("{text}\n… and {more} bytes more") }
}
