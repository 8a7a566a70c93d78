//! PostgreSQL's own programs on this machine, and throwaway servers made of them.
//!
//! Must not know: what a throwaway server is for.

use std::path::PathBuf;

use backout_postgres::sandbox::{Installation, Sandbox, SandboxOptions, Servers};

use crate::failure::Refusal;
use crate::{Env, Result};

/// The name of the throwaway servers' superuser: no role of a target is called so.
const SUPERUSER: &str = "backout_sandbox";

/// PostgreSQL's programs, of the wanted major version or newer.
pub fn installation(env: &Env, major: Option<u32>) -> Result<Installation> {
    let servers = Servers::find(&env.programs)?;
    let found = match major {
        Some(major) => servers.find_for(major)?,
        None => servers.preferred(),
    };
    Ok(found.clone())
}

/// Starts a throwaway server. With `fsync` its files reach the disk, so that times are those of a real server.
pub async fn sandbox(env: &Env, installation: &Installation, fsync: bool) -> Result<Sandbox> {
    let mut options = SandboxOptions::new(env.temporary.clone(), installation.clone());
    options.superuser = SUPERUSER.to_owned();
    options.fsync = fsync;
    options.from_template = true;
    // Vacuum and statistics are not what is rehearsed, and this server lives for a minute.
    options.settings.push(("autovacuum".to_owned(), "off".to_owned()));
    Ok(Sandbox::start(options).await?)
}

/// One of PostgreSQL's client programs.
///
/// # Errors
/// [`Refusal::ProgramMissing`].
pub fn program(installation: &Installation, name: &str) -> Result<PathBuf> {
    let missing =
        || Refusal::ProgramMissing { folder: installation.bin.display().to_string(), program: name.to_owned() };
    installation.program(name).ok_or_else(|| missing().into())
}
