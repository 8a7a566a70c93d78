//! Named places where a test can kill the process, to prove that nothing is lost there.
//!
//! Only debug builds have them. The list of all names is made from the source by the tests, which
//! assert that each one is hit.

use std::path::PathBuf;
use std::sync::OnceLock;

#[derive(Debug)]
struct Armed {
    name: String,
    log: Option<PathBuf>,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Arms one failpoint for the life of the process. `log` receives its name when it is hit.
pub fn arm(name: String, log: Option<PathBuf>) {
    // A second call changes nothing: the first one is what the test asked for.
    let _ = ARMED.set(Armed { name, log });
}

/// Kills the process on the spot, as `kill -9` would, if this failpoint is armed.
pub fn hit(name: &str) {
    if !cfg!(debug_assertions) {
        return;
    }
    let Some(armed) = ARMED.get().filter(|armed| armed.name == name) else {
        return;
    };
    if let Some(log) = &armed.log {
        // The test reads this file; without it the hit goes unnoticed and the test fails.
        let _ = std::fs::write(log, name);
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
