//! What every other crate may speak about: the plan file, connection strings, verdicts and findings, a
//! target's identity, exit codes, redacted secrets.
//!
//! Text goes in and values come out. The crate must not do I/O: no environment (it is handed in as a function),
//! no files (their text is handed in), no clock, no terminal. It knows nothing of databases or of our other crates.

pub mod connection;
pub mod exit;
pub mod identifier;
pub mod identity;
pub mod plan;
pub mod remedy;
pub mod resolve;
pub mod secret;
pub mod signer;
pub mod verdict;
pub mod visible;
pub mod wording;

mod nearest;

pub use connection::{ConnectionSettings, Host, SslMode};
pub use exit::Exit;
pub use identity::{IdentityVerdict, TargetIdentity};
pub use nearest::nearest;
pub use plan::{Plan, PlanError, PlanErrors};
pub use remedy::Remedy;
pub use secret::Secret;
pub use signer::Signer;
pub use verdict::{Finding, Severity, Unit, Verdict};
