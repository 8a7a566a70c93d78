//! A PostgreSQL server for tests, shared by all tests of one program or a test's own.
//!
//! Must not know: what is tested on it.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use backout_postgres::sandbox::{Installation, Sandbox, SandboxOptions, Servers, Surroundings};
use backout_postgres::session::{ConnectOptions, Session, connect};

use crate::TestDatabase;

/// A running server; see [`TestServer::shared`].
#[derive(Debug)]
pub struct TestServer {
    sandbox: Sandbox,
    databases: AtomicU32,
}

impl TestServer {
    /// The server of this test program, started by whoever asks first. Nothing drops a static, but its guardian sees
    /// the program's end and removes it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<TestServer> = OnceLock::new();
        SHARED.get_or_init(|| {
            let mut options = Self::options().expect("a PostgreSQL server is installed");
            // For tests of replication slots; the others do not notice.
            let logical = [("wal_level", "logical"), ("max_replication_slots", "40"), ("max_wal_senders", "40")];
            // With hundreds of databases, one worker after the other would be started all the time.
            let settings = logical.into_iter().chain([("autovacuum", "off"), ("jit", "off"), ("max_wal_size", "1GB")]);
            options.settings.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
            Self::own(options).expect("the test server starts")
        })
    }

    /// A server of the caller's own, which ends when it is dropped.
    pub fn own(options: SandboxOptions) -> Result<Self> {
        // A thread of its own, since a runtime cannot block inside another one and tests have theirs.
        let starting = std::thread::spawn(move || -> Result<Sandbox> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Ok(runtime.block_on(Sandbox::start(options))?)
        });
        let sandbox = starting.join().map_err(|_| anyhow::anyhow!("the starting thread panicked"))??;
        Ok(Self { sandbox, databases: AtomicU32::new(0) })
    }

    /// The usual options, to change before [`TestServer::own`]. `BACKOUT_TEST_PG_BIN` names another installation than
    /// the first one found.
    pub fn options() -> Result<SandboxOptions> {
        Ok(SandboxOptions::new(root(), Self::installation()?))
    }

    /// The programs of the server that tests use.
    pub fn installation() -> Result<Installation> {
        let pg_bin = std::env::var_os("BACKOUT_TEST_PG_BIN").map(Into::into);
        let servers = Servers::find(&Surroundings::new(pg_bin, std::env::var_os("PATH")))?;
        Ok(servers.preferred().clone())
    }

    /// The cluster itself.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// A new, empty database, owned by a new role that is not a superuser. Both get the name with a number behind it, so
    /// that tests which run at once never meet; a name that would leave the number no room is cut.
    pub async fn database(&self, name: &str) -> Result<TestDatabase<'_>> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = numbered(name, number);
        let owner = format!("{name}{OWNER}");
        let session = self.superuser("postgres").await?;
        session.batch(&format!("CREATE ROLE {} LOGIN NOSUPERUSER", quoted(&owner))).await?;
        let create = format!("CREATE DATABASE {} OWNER {} TEMPLATE template0", quoted(&name), quoted(&owner));
        session.batch(&create).await.with_context(|| create.clone())?;
        session.close().await;
        Ok(TestDatabase::new(self, name, owner))
    }

    /// A session as the cluster's superuser.
    pub async fn superuser(&self, database: &str) -> Result<Session> {
        let settings = self.sandbox.connection(database, self.sandbox.superuser());
        Ok(connect(&settings, &ConnectOptions::default()).await?)
    }
}

/// Where tests have their files. Memory, where there is plenty: each database is hundreds of files, which are made and
/// removed again all the time.
pub fn root() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    const PLENTY: u64 = 8 << 30;
    let is_plenty = |found: &rustix::fs::StatVfs| found.f_bavail.saturating_mul(found.f_frsize) >= PLENTY;
    match rustix::fs::statvfs(MEMORY) {
        Ok(found) if is_plenty(&found) => PathBuf::from(MEMORY),
        _ => std::env::temp_dir(),
    }
}

/// What the owner's name has behind the database's.
const OWNER: &str = "_owner";

/// The name with the number behind it, short enough that the owner's name is kept whole: the server cuts what is longer
/// than 63 bytes, and nobody finds it under the name that was given.
fn numbered(name: &str, number: u32) -> String {
    let number = format!("_{number}");
    let room = 63 - OWNER.len() - number.len();
    let end = (0..=room.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{number}", &name[..end])
}

/// An identifier in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{OWNER, numbered};

    #[test]
    fn names_leave_room_for_their_number_and_their_owner() {
        assert_eq!(numbered("short", 7), "short_7");
        for number in [0, 999, 1000, u32::MAX] {
            let long = numbered(&"ä".repeat(40), number);
            assert!(long.len() + OWNER.len() <= 63, "{long}");
            assert!(long.ends_with(&format!("_{number}")), "{long}");
        }
    }
}
