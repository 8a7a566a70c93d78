//! What the tests of all crates stand on: throwaway servers and databases, a load that writes all the time, and runs of
//! the built `backout` binary that can be killed at a chosen point.
//!
//! What judges here is not ours: `psql` and `pg_dump` read the databases. Must not know: the catalog reader, or how
//! migrations work. Only tests use this crate.

mod binary;
mod database;
mod pgbench;
mod server;

pub use binary::{Backout, FailpointRun, Halted, Run, Running, binary_path};
pub use database::TestDatabase;
pub use pgbench::{Pgbench, PgbenchReport};
pub use server::{TestServer, root};
