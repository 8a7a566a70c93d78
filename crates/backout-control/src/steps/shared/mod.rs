//! What several kinds of step are made of.
//!
//! Must not know: any kind.

pub(in crate::steps) mod provider;
