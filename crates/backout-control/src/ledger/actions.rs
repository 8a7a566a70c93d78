//! What is to be done in an incident, by whom and by when.
//!
//! Must not know: what it holds up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::own::{Own, What, Window};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionFacts {
    pub name: String,
    pub owner: String,
    pub added: Timestamp,
    pub due: Timestamp,
    pub window: Window,
    pub done: Option<Done>,
    pub overdue: bool,
}

/// That something is done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    pub at: Timestamp,
    pub by: String,
    pub note: String,
}

/// In the order in which they are due.
pub(crate) fn actions(own: &Own, now: Timestamp) -> Vec<ActionFacts> {
    let done = |name: &str| {
        own.entries.iter().find_map(|entry| match &entry.what {
            What::ActionDone { name: of, note } if of == name => {
                Some(Done { at: entry.at, by: entry.by.clone(), note: note.clone() })
            }
            _ => None,
        })
    };
    let added = own.entries.iter().filter_map(|entry| match &entry.what {
        What::ActionAdded { name, owner, due, window } => {
            let done = done(name);
            let overdue = done.is_none() && *due < now;
            let (name, owner) = (name.clone(), owner.clone());
            Some(ActionFacts { name, owner, added: entry.at, due: *due, window: *window, done, overdue })
        }
        _ => None,
    });
    let mut all: Vec<ActionFacts> = added.collect();
    all.sort_by_key(|action| (action.window, action.due));
    all
}
