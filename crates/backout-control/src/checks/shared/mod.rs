//! What several kinds of check are made of.
//!
//! Must not know: any kind.

pub(in crate::checks) mod list;
pub(in crate::checks) mod named;
pub(crate) mod names;
pub(crate) mod reading;
pub(in crate::checks) mod resp;
