//! Outside services, one a file: what they are asked, and what their answers say.
//!
//! Must not know: databases, decisions, why anything is asked.

mod client;
pub mod github;
pub mod inbound;
pub mod prometheus;
pub mod tell;
pub mod traces;
pub mod vercel;

pub use client::{Client, ServiceError};

pub type Result<T> = std::result::Result<T, ServiceError>;
