//! Flags that several processes serve from one store: what changes a file changes them for all, before it counts as done.
//!
//! Must not know: who serves them, or why a flag is changed.

use backout_store::StoreError;

use super::files;
use super::place::Place;
use crate::runs::Runs;
use crate::{Env, Result};

/// Where processes on one store share their flags.
pub const SHARED_FLAGS: &str = "flags/current";

/// Shares the file of flags that the plan serves, if it is the place of a change and processes share one.
///
/// # Errors
/// Where the file cannot be read, or the store not be written.
pub(crate) async fn share(env: &Env, runs: &Runs, place: &Place) -> Result<()> {
    let (Some(plan), Place::Flags(file)) = (&env.plan, place) else { return Ok(()) };
    let file = env.folder().join(file);
    if plan.store.url.is_none() || plan.serve.flags.as_ref() != Some(&file) {
        return Ok(());
    }
    loop {
        let text = files::read(&file)?;
        let there = runs.store.document(SHARED_FLAGS).await?;
        if there.as_ref().is_some_and(|there| there.body == text.as_bytes()) {
            return Ok(());
        }
        match runs.store.put(SHARED_FLAGS, there.map(|there| there.version), text.as_bytes()).await {
            Ok(_) => return Ok(()),
            // Somebody was faster: a process that serves the file takes theirs over, or has shared this one.
            Err(StoreError::Changed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
