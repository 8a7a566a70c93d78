//! Runs a program: a list of arguments, no shell. Ended with all that it started when its time is over.
//!
//! Must not know: what the program is for.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Boxed, Context, Kind, Settled, Trouble, secrets};
use crate::Result;

/// How much of each stream is kept: its beginning.
const KEPT: usize = 64 * 1024;
/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    /// The program and its arguments. `env:NAME` is not looked up here: arguments can be seen by everybody.
    argv: Vec<String>,
    /// What it finds in its environment beside ours; `env:NAME` is looked up.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Relative to the plan.
    #[serde(default)]
    dir: Option<String>,
    #[serde(default)]
    expect_code: i32,
    /// It may run again when nobody knows whether it ran.
    #[serde(default)]
    repeatable: bool,
    /// Another program that ends with 0 where it has done its work: how one tells after a crash.
    #[serde(default)]
    check: Vec<String>,
}

impl Command {
    /// A program that may run again, and must end with 0.
    pub(super) fn of(argv: Vec<String>) -> Self {
        Self { argv, env: BTreeMap::new(), dir: None, expect_code: 0, repeatable: true, check: Vec::new() }
    }

    pub(super) fn line(argv: &[String]) -> String {
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&b))
        };
        let quoted =
            |text: &String| if plain(text) { text.clone() } else { format!("'{}'", text.replace('\'', r"'\''")) };
        argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// Runs it; anything but the code that is expected is trouble.
    pub(super) async fn done(&self, context: &Context<'_>) -> std::result::Result<Value, Trouble> {
        let (code, facts) = self.run(context, &self.argv).await?;
        if code == self.expect_code {
            return Ok(facts);
        }
        let last = facts["stderr"].as_str().and_then(|said| said.trim_end().lines().last()).unwrap_or_default();
        let why = format!("{} ended with {code}: {last}", self.argv[0]);
        Err(Trouble { why, again: true, facts })
    }

    async fn run(&self, context: &Context<'_>, argv: &[String]) -> std::result::Result<(i32, Value), Trouble> {
        let Some((program, arguments)) = argv.split_first() else { return Err(Trouble::new("argv is empty", false)) };
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that what it starts ends with it.
        command.process_group(0).kill_on_drop(true);
        let folder = context.env.folder();
        let folder = self.dir.as_ref().map_or(folder.clone(), |dir| folder.join(dir));
        if !folder.as_os_str().is_empty() {
            command.current_dir(folder);
        }
        for (name, value) in &self.env {
            command.env(name, secrets::resolved(context.env, value)?);
        }
        let mark = context.mark();
        command.env("BACKOUT_RUN", &context.journal.run).env("BACKOUT_STEP", mark);
        command.env("BACKOUT_FENCE", context.fence.to_string());
        let mut child =
            command.spawn().map_err(|error| Trouble::new(format!("{program} does not start: {error}"), false))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let _end = EndAll(group);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        // A little earlier than the budget ends, so that there is time to end it.
        let left = context.left().saturating_sub(GRACE.min(context.left() / 4));
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
                tokio::time::timeout(GRACE.min(context.left() / 2), child.wait()).await.ok();
            }
            return Err(Trouble::new(format!("{program} did not end in time"), false));
        };
        let status = status.map_err(|error| Trouble::new(format!("{program}: {error}"), false))?;
        let code = status.code().unwrap_or(-1);
        Ok((code, json!({ "code": code, "stdout": out, "stderr": err })))
    }
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

impl Kind for Command {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(vec![Self::line(&self.argv)]) })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(self.done(context))
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            if !self.check.is_empty() {
                return Ok(match self.run(context, &self.check).await {
                    Ok((0, facts)) => Settled::Done(facts),
                    Ok(_) => Settled::NotBegun,
                    Err(trouble) => Settled::Failed(trouble),
                });
            }
            if self.repeatable {
                return Ok(Settled::NotBegun);
            }
            let why = format!("whether {} ran is not known: it has no check, and it may not run twice", self.argv[0]);
            Ok(Settled::Failed(Trouble::new(why, false)))
        })
    }
}
