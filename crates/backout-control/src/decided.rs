//! What followed the firing of a trigger, as events and the store have it.
//!
//! Must not know: how anything is decided, or done.

use backout_plan::plan::Act;
use backout_signals::tree::Asked;
use backout_signals::{Firing, Outcome};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What followed a firing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The trigger and since when it was breached: each firing once.
    pub id: String,
    pub at: Timestamp,
    pub firing: Firing,
    pub symptom: String,
    pub act: Act,
    pub outcome: Option<Outcome>,
    /// The branch of the tree that held, where the tree was asked.
    pub rule: Option<String>,
    pub path: Vec<Asked>,
    pub did: Did,
}

/// What was done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Did {
    /// Nothing yet.
    Begins,
    Notified,
    /// A run of this target was open, and has the evidence.
    Joined {
        run: String,
    },
    /// A run waits for somebody's approval.
    Asked {
        run: String,
    },
    /// A way back is gone.
    Runs {
        run: String,
    },
    /// A way back was gone, and ended like this.
    Ran {
        run: String,
        phase: String,
    },
    Watches {
        until: Timestamp,
    },
    ToMend {
        what: String,
    },
    /// Nothing is done in a dry run.
    Would {
        what: String,
    },
    Failed {
        why: String,
    },
}
