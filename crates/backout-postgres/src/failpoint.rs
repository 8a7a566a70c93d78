//! Named places where a test can kill the process, to prove that nothing is lost there, or halt it, to let another one
//! pass.
//!
//! Only debug builds have them. The list of all names is made from the source by the tests, which
//! assert that each one is hit.

use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
struct Armed {
    name: String,
    log: Option<PathBuf>,
    then: Then,
}

/// What happens at the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// As `kill -9` would.
    Kill,
    /// Until somebody sends SIGCONT.
    Halt,
}

static HALTED: AtomicBool = AtomicBool::new(false);
static ARMED: OnceLock<Armed> = OnceLock::new();

/// Arms one failpoint for the life of the process. `log` receives its name when it is hit.
pub fn arm(name: String, log: Option<PathBuf>, then: Then) {
    // A second call changes nothing: the first one is what the test asked for.
    let _ = ARMED.set(Armed { name, log, then });
}

/// Kills or halts the process on the spot, if this failpoint is armed.
pub fn hit(name: &str) {
    if !cfg!(debug_assertions) {
        return;
    }
    let Some(armed) = ARMED.get().filter(|armed| armed.name == name) else {
        return;
    };
    if let Some(log) = &armed.log {
        // The test reads this file; without it the hit goes unnoticed and the test fails. Appended in one write: another
        // thread that comes here as well must not empty what this one wrote before the process dies.
        let file = std::fs::OpenOptions::new().append(true).create(true).open(log);
        let _ = file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
    }
    if armed.then == Then::Halt {
        // Once: others may come by here as well, and whoever sends SIGCONT does so once.
        if HALTED.swap(true, Ordering::Relaxed) {
            return;
        }
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        return;
    }
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    std::process::abort();
}

/// Marks a failpoint. Names are unique in the source.
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        $crate::failpoint::hit($name)
    };
}
