//! Messages that are to go out: each is put here first, and is taken from here to be sent, so that none is forgotten and
//! none goes twice because a process ended.
//!
//! Must not know: what stands in a message, or how a channel sends it.

use jiff::Timestamp;

use crate::StoreError;

/// A message that is to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// By which a second copy is recognised, over all channels.
    pub key: String,
    pub channel: String,
    /// What belongs together in a channel. It goes out in the order in which it was put here.
    pub thread: String,
    pub incident: String,
    pub body: Vec<u8>,
    /// It waits for somebody to approve it.
    pub held: bool,
    /// Not before, by the clock of whoever claims it. Each attempt that fails moves it.
    pub due: Timestamp,
}

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutState {
    /// Until somebody approves it.
    Held,
    /// It goes out when it is due.
    Waiting,
    /// Somebody sends it. Where the time has passed, nobody knows whether it arrived.
    Sending {
        by: String,
        until: Timestamp,
    },
    Sent,
    /// It is not tried again by itself.
    Dead {
        why: String,
    },
    /// Somebody decided that it is not to go out.
    Dropped {
        by: String,
        why: String,
    },
}

impl OutState {
    /// As the stores write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Sending { .. } => "sending",
            Self::Sent => "sent",
            Self::Dead { .. } => "dead",
            Self::Dropped { .. } => "dropped",
        }
    }

    /// The state of new messages.
    pub(crate) fn first(message: &NewMessage) -> Self {
        if message.held { Self::Held } else { Self::Waiting }
    }
}

/// A message on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutMessage {
    /// In the order in which they were put here.
    pub seq: u64,
    /// When it was put here, by the store's clock.
    pub at: Timestamp,
    pub message: NewMessage,
    pub state: OutState,
    /// How often it was claimed. Above one it may have arrived already.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last: Option<String>,
    /// When it was noted that it had arrived, by the store's clock.
    pub sent: Option<Timestamp>,
    /// What the channel told of it, for whatever follows in its thread.
    pub known: Option<Vec<u8>>,
    /// Who approved it.
    pub approved: Option<String>,
}

/// A state in columns, of which each state has some.
#[derive(Debug)]
pub(crate) struct StateColumns {
    pub state: String,
    pub holder: Option<String>,
    pub until: Option<Timestamp>,
    pub by: Option<String>,
    pub why: Option<String>,
}

impl StateColumns {
    /// Nothing where it is none that this version knows.
    pub(crate) fn read(self) -> Option<OutState> {
        Some(match self.state.as_str() {
            "held" => OutState::Held,
            "waiting" => OutState::Waiting,
            "sending" => OutState::Sending { by: self.holder?, until: self.until? },
            "sent" => OutState::Sent,
            "dead" => OutState::Dead { why: self.why? },
            "dropped" => OutState::Dropped { by: self.by?, why: self.why? },
            _ => return None,
        })
    }
}

/// What a person does to a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Approve,
    Drop,
    Revive,
}

impl Step {
    pub(crate) fn doing(self) -> &'static str {
        match self {
            Self::Approve => "approving a message",
            Self::Drop => "dropping a message",
            Self::Revive => "reviving a message",
        }
    }

    /// Why it was not done to the message of this key, which is in this state.
    pub(crate) fn refused(self, key: &str, state: Option<String>) -> StoreError {
        let key = key.to_owned();
        let Some(state) = state else { return StoreError::UnknownMessage(key) };
        let done = match self {
            Self::Approve => "approved",
            Self::Drop => "dropped",
            Self::Revive => "revived",
        };
        let state = if state == "sending" { "being sent".to_owned() } else { state };
        StoreError::MessageIs { key, state, done }
    }
}

/// In the order of [`OutMessage`].
pub(crate) const COLUMNS: &str = "seq, at, key, channel, thread, incident, body, held, due, state, holder, until, by, why, \
     attempts, last, sent, known, approved";

/// How an error calls a message.
pub(crate) fn called(seq: u64) -> String {
    format!("message {seq}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written_and_no_other_is() {
        let (by, why, until) = ("anna".to_owned(), "gone".to_owned(), Timestamp::UNIX_EPOCH);
        let states = [
            OutState::Held,
            OutState::Waiting,
            OutState::Sending { by: by.clone(), until },
            OutState::Sent,
            OutState::Dead { why: why.clone() },
            OutState::Dropped { by: by.clone(), why: why.clone() },
        ];
        let columns = |state: &str| StateColumns {
            state: state.to_owned(),
            holder: Some(by.clone()),
            until: Some(until),
            by: Some(by.clone()),
            why: Some(why.clone()),
        };
        for state in states {
            assert_eq!(columns(state.name()).read(), Some(state));
        }
        assert_eq!(columns("paused").read(), None);
        assert_eq!(StateColumns { until: None, ..columns("sending") }.read(), None);
    }
}
