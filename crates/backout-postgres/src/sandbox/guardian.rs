//! The two small shells that keep a sandbox server from outliving whoever started it.
//!
//! A process that is killed with SIGKILL cannot clean up, but the kernel closes its files. So the *guardian* (running
//! as the server's account) is the server's parent and holds the reading end of a pipe whose writing end is ours: end
//! of file means that we are gone, however that happened, and it ends the server. Its standard output is the pipe that
//! the *janitor* (running as us, so that it may remove the folder) reads: end of file there means that the guardian is
//! gone, and it removes the folder. Nothing polls, and no process id is ever trusted without a check.
//!
//! Must not know: how the server is configured.

use std::fs::File;
use std::io::{self, PipeWriter};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::account::Account;

/// Written by the guardian when a program has ended: its name and its status.
pub(super) const ENDED: &str = "ended";

/// `$1` folder, `$2` folder of the programs, `$3` port, `$4` the template or nothing, `$5`… further arguments for initdb.
///
/// A template is one file, so that whatever clears a folder for temporary files takes all of it or nothing, and it has its
/// name only when it is complete. Whoever can make the folder of that name with `.new` makes it; where
/// its maker was killed, another one tries after ten minutes.
///
/// The signal goes to the process group, which is the guardian's own: whatever runs at that moment, initdb or the
/// server, gets it, and no number can have been given to somebody else meanwhile. It is repeated since a program that
/// was just being started may have missed it. The shell itself gets a signal of its own: what was ignored when it
/// was started, as SIGQUIT is in the background of a script, it cannot trap.
const GUARDIAN: &str = r#"
umask 077
closing=
trap closing=1 QUIT USR1
trap 'closing=1; kill -QUIT 0' HUP INT TERM
folder=$1 bin=$2 port=$3 template=$4
shift 4
exec 3<&0
(
    trap : HUP INT TERM QUIT
    while read -r _; do :; done
    while kill -USR1 $$ 2>/dev/null; do
        kill -QUIT 0
        sleep 0.2 2>/dev/null || sleep 1
    done
) <&3 3<&- >/dev/null 2>&1 &
watcher=$!
run() {
    name=$1 log=$2
    shift 2
    [ -z "$closing" ] || return 1
    "$bin/$name" "$@" </dev/null >>"$log" 2>&1 3<&- &
    child=$!
    # A trapped signal interrupts `wait`; the child is not reaped until `wait` has said so.
    while wait "$child"; status=$?; kill -0 "$child" 2>/dev/null; do :; done
    [ "$name $status" != "initdb 0" ] || return 0
    echo "$name $status" >"$folder/ended.new" && mv "$folder/ended.new" "$folder/ended"
    return 1
}
cluster() {
    if [ -n "$template" ] && [ -f "$template" ]; then
        tar -xf "$template" -C "$folder" 2>>"$folder/initdb.log" && [ -e "$folder/whole" ] && return 0
        echo "$template is not whole, and is made anew" >>"$folder/initdb.log"
        rm -rf "$folder/data" "$template"
    fi
    run initdb "$folder/initdb.log" -D "$folder/data" "$@" || return 1
    [ -n "$template" ] && [ ! -e "$template" ] || return 0
    find "$template.new" -prune -mmin +10 -exec rm -rf {} + 2>/dev/null
    mkdir "$template.new" 2>/dev/null || return 0
    : >"$folder/whole"
    tar -cf "$template.new/data" -C "$folder" data whole 2>/dev/null && mv "$template.new/data" "$template"
    rm -rf "$template.new"
}
cluster "$@" &&
    rm -f "$folder/password" &&
    cat "$folder/settings.conf" >>"$folder/data/postgresql.conf" &&
    run postgres "$folder/server.log" -D "$folder/data" -k "$folder/s" -p "$port"
# The folder, with the log in it, stays for as long as the owner does.
while [ -z "$closing" ]; do wait "$watcher"; done
"#;

/// `$1` folder, `$2` its name before it was complete. A server is still there only if the guardian itself was killed.
const JANITOR: &str = r#"
trap '' HUP INT TERM QUIT
while read -r _; do :; done
[ -n "$1" ] && [ -n "$2" ] || exit 1
is_ours() {
    if [ -e /proc/self/cwd ]; then
        [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]
    else
        case "$(ps -o args= -p "$pid")" in *"$1/data"*) true ;; *) false ;; esac
    fi
}
if [ -f "$1/data/postmaster.pid" ] && read -r pid <"$1/data/postmaster.pid"; then
    while is_ours "$1"; do kill -QUIT "$pid"; sleep 0.2 || sleep 1; done
fi
rm -rf -- "$1" "$2" || { sleep 1; rm -rf -- "$1" "$2"; }
"#;

/// How long ending a server may take before we stop waiting for it (the guardian goes on).
const PATIENCE: Duration = Duration::from_secs(60);

/// What a cluster is made of.
#[derive(Debug)]
pub(super) struct Cluster<'a> {
    /// The data folder that it is a copy of, and that it becomes where there is none yet.
    pub(super) template: Option<&'a Path>,
    /// Further arguments for initdb.
    pub(super) initdb: &'a [String],
}

/// A janitor at work, without a guardian yet. Dropping it removes the folder.
#[derive(Debug)]
pub(super) struct Janitor {
    process: Child,
    /// The only writing end, until the guardian has it.
    alive: PipeWriter,
    folder: PathBuf,
}

impl Janitor {
    /// Starts before there is anything to guard: from here on, a death of ours leaves nothing. The folder has its
    /// `new` name now and will have the name `folder`.
    pub(super) fn start(new: &Path, folder: &Path) -> io::Result<Self> {
        let (end, alive) = io::pipe()?;
        let process = shell(JANITOR, "backout-sandbox-janitor", folder)
            .arg(new)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir("/")
            .stdin(end)
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { process, alive, folder: folder.to_path_buf() })
    }

    /// Starts the guardian, which makes the cluster and runs its server.
    pub(super) fn guard(
        self,
        bin: &Path,
        port: u16,
        cluster: &Cluster<'_>,
        account: Option<Account>,
        lock: File,
    ) -> io::Result<Guardian> {
        let Self { process, alive, folder } = self;
        let mut path = bin.as_os_str().to_owned();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let mut command = shell(GUARDIAN, "backout-sandbox-guardian", &folder);
        command.arg(bin).arg(port.to_string());
        command.arg(cluster.template.unwrap_or(Path::new(""))).args(cluster.initdb);
        command.env("PATH", path).env("HOME", &folder).current_dir(&folder);
        command.stdin(Stdio::piped()).stdout(alive);
        if let Some(account) = account {
            // With a user id given, the standard library drops root's supplementary groups as well.
            command.uid(account.uid).gid(account.gid);
        }
        let guardian = command.spawn()?;
        Ok(Guardian { guardian, janitor: process, folder, _lock: lock })
    }
}

fn shell(script: &str, name: &str, folder: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script, name])
        .arg(folder)
        // Nothing of our environment matters to the server, and some of it (PGDATA, passwords) must not reach it.
        .env_clear()
        .env("LC_ALL", "C")
        // Ctrl-C at the terminal is for us: we end the server in order.
        .process_group(0)
        .stderr(Stdio::null());
    command
}

/// A running guardian. Dropping it ends the server, and waits until its folder is gone.
#[derive(Debug)]
pub(super) struct Guardian {
    guardian: Child,
    janitor: Child,
    folder: PathBuf,
    /// Holds the lock that tells sweepers that the owner lives.
    _lock: File,
}

impl Guardian {
    /// Ends the server. True if server and folder are gone.
    pub(super) fn close(&mut self) -> bool {
        drop(self.guardian.stdin.take());
        let deadline = Instant::now() + PATIENCE;
        let gone = reap(&mut self.janitor, deadline) && reap(&mut self.guardian, deadline);
        gone && !self.folder.exists()
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.close();
    }
}

/// Waits for a child with a limit, which the standard library has not: asks again, less and less often.
fn reap(child: &mut Child, deadline: Instant) -> bool {
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(pause),
            Ok(None) | Err(_) => return false,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
