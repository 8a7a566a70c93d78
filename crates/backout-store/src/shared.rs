//! What processes that watch share: documents, messages that arrived, and who acts for all.
//!
//! Must not know: what stands in a document or a message.

use jiff::Timestamp;

/// Something that is written over and over, such as the state of what is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// One more with each writing, from 1.
    pub version: u64,
    pub body: Vec<u8>,
}

/// Bodies of so many bytes are read at once, and the one that passes this.
pub(crate) const AT_ONCE: usize = 8 << 20;

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Whose it is: the name of a source.
    pub source: String,
    /// The sender's name for it, by which a second copy is recognised.
    pub id: String,
    pub at: Timestamp,
    pub body: Vec<u8>,
}

/// A message in the order in which they were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub seq: u64,
    pub message: Incoming,
}

/// The right to act for all, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub name: String,
    pub holder: String,
    /// Greater than that of everybody who sat there before.
    pub fence: u64,
    pub until: Timestamp,
}
