//! Who may go on: one gate a file. Each answers with what lets through, or with a [`Refusal`](crate::Refusal).
//!
//! Must not know: what the operation behind it does.

pub mod backup;
pub mod certificate;
pub mod frozen;
pub mod identity;
pub mod retry;
pub mod set_aside;
pub mod signature;
pub mod tool;
