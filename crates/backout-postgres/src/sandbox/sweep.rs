//! Removes what dead owners left behind in a folder of sandboxes.
//!
//! The guardian normally does this; a sweep is for what it cannot survive, such as a machine that lost its power.
//! A sandbox belongs to whoever holds the lock on its `owner.lock`; the kernel releases it with the process. The folder
//! has its final name only once the lock is held, so that two starts at once never take each other's.
//!
//! Must not know: how to start a server.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

/// The file whose lock tells that the owner lives.
pub(super) const LOCK: &str = "owner.lock";
/// Names of complete sandboxes start with this.
pub(super) const PREFIX: &str = "backout-";
/// Names of folders that are not locked yet.
pub(super) const NEW_PREFIX: &str = ".backout-new-";

/// A folder without its final name is a matter of microseconds; one this old was left by a crash.
const ABANDONED: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(15);

/// Takes the lock of a new sandbox.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = File::from(rustix::fs::open(folder.join(LOCK), flags, Mode::RUSR | Mode::WUSR)?);
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// Removes every sandbox of ours in `root` whose owner is dead and returns their folders. What cannot be removed is
/// left for the next sweep: a start must not fail because of somebody's leftovers.
pub(super) fn sweep(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            let folder = entry.path();
            let swept = if name.starts_with(PREFIX) {
                sweep_one(&folder)
            } else {
                name.starts_with(NEW_PREFIX) && is_abandoned(&folder) && fs::remove_dir_all(&folder).is_ok()
            };
            swept.then_some(folder)
        })
        .collect()
}

fn sweep_one(folder: &Path) -> bool {
    // The folder may be somebody else's, made to look like ours: only a lock file that we made counts.
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let Ok(file) = rustix::fs::open(folder.join(LOCK), flags, Mode::empty()).map(File::from) else { return false };
    if !file.metadata().is_ok_and(|meta| meta.is_file() && meta.uid() == geteuid().as_raw()) {
        return false;
    }
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return false;
    }
    let deadline = Instant::now() + PATIENCE;
    if let Some(pid) = running_postmaster(folder) {
        // SIGQUIT ends a server at once, without writing its buffers to files that go next anyway.
        if kill_process(pid, Signal::QUIT).is_err() || !wait_for_end(pid, deadline) {
            return false;
        }
    }
    // The guardian or janitor of the dead owner may be removing the same files at this moment.
    loop {
        match fs::remove_dir_all(folder) {
            Ok(()) => return true,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => return true,
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            Err(_) => return false,
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|meta| {
        meta.uid() == geteuid().as_raw()
            && meta.modified().is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > ABANDONED))
    })
}

/// The postmaster of this sandbox, if its process id file names a process that really works in its data folder.
fn running_postmaster(folder: &Path) -> Option<Pid> {
    let data = folder.join("data");
    let mut text = String::new();
    let file = rustix::fs::open(data.join("postmaster.pid"), OFlags::RDONLY | OFlags::NOFOLLOW, Mode::empty()).ok()?;
    File::from(file).take(4096).read_to_string(&mut text).ok()?;
    let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
    let is_ours = if Path::new("/proc/self/cwd").exists() {
        fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).is_ok_and(|cwd| cwd == data)
    } else {
        Command::new("ps")
            .args(["-o", "args=", "-p", &pid.as_raw_nonzero().to_string()])
            .stdin(Stdio::null())
            .output()
            .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*data.to_string_lossy()))
    };
    is_ours.then_some(pid)
}

fn wait_for_end(pid: Pid, deadline: Instant) -> bool {
    loop {
        match test_kill_process(pid) {
            Err(Errno::SRCH) => return true,
            // Nobody reaps the zombie of a dead parent in a container without an init; it holds nothing any more.
            _ if is_zombie(pid) => return true,
            _ if Instant::now() >= deadline => return false,
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn is_zombie(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_behind(root: &Path, name: &str) -> PathBuf {
        let folder = root.join(name);
        fs::create_dir_all(folder.join("data")).unwrap();
        drop(lock(&folder).unwrap());
        folder
    }

    /// A process that another test is just starting holds copies of our files until it is another program, and so the
    /// lock for a moment longer.
    fn sweep_until_found(root: &Path) -> Vec<PathBuf> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let swept = sweep(root);
            if !swept.is_empty() || Instant::now() > deadline {
                return swept;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn only_dead_owners_of_ours_are_swept() {
        let root = tempfile::tempdir().unwrap();
        let dead = left_behind(root.path(), "backout-dead");
        let alive = root.path().join("backout-alive");
        fs::create_dir(&alive).unwrap();
        let held = lock(&alive).unwrap();
        let foreign = root.path().join("backout-without-lock");
        fs::create_dir(&foreign).unwrap();
        let other = left_behind(root.path(), "something-else");
        let starting = left_behind(root.path(), ".backout-new-1");

        assert_eq!(sweep_until_found(root.path()), [dead]);
        assert!(alive.exists() && foreign.exists() && other.exists() && starting.exists());
        drop(held);
        assert_eq!(sweep_until_found(root.path()), [alive]);
    }

    #[test]
    fn a_process_that_only_has_the_number_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let folder = left_behind(root.path(), "backout-dead");
        let mut bystander = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        fs::write(folder.join("data/postmaster.pid"), format!("{}\n", bystander.id())).unwrap();
        assert_eq!(sweep_until_found(root.path()), [folder]);
        assert_eq!(bystander.try_wait().unwrap(), None, "still running");
        drop(bystander.stdin.take());
        bystander.wait().unwrap();
    }
}
