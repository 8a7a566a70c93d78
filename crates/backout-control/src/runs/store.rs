//! Where the plan has its runs journaled.
//!
//! Must not know: what runs are about.

use backout_plan::ConnectionSettings;
use backout_plan::plan::{RunStore, TargetUrl};
use backout_store::Store;

use super::Runs;
use crate::failure::Refusal;
use crate::{Env, Failure, Result};

impl Runs {
    /// The store that the plan names, or the file beside the plan.
    ///
    /// # Errors
    /// Where it cannot be opened, or what it is named by is not set.
    pub async fn of(env: &Env, user: &str) -> Result<Self> {
        let model = env.plan.as_ref().map(|plan| plan.store.clone()).unwrap_or_default();
        let holder = format!("{}#{}", machine(), std::process::id());
        Ok(Self { store: open(env, &model).await?, who: who(user), holder, held_for: super::HELD_FOR })
    }

    /// The same where there is one already: for what only looks. A file is not made.
    ///
    /// # Errors
    /// As for [`Runs::of`].
    pub async fn there(env: &Env, user: &str) -> Result<Option<Self>> {
        let model = env.plan.as_ref().map(|plan| plan.store.clone()).unwrap_or_default();
        match model.url.is_none() && !env.folder().join(&model.file).exists() {
            true => Ok(None),
            false => Self::of(env, user).await.map(Some),
        }
    }
}

/// Who somebody is, for every record: `anna@laptop`.
pub fn who(user: &str) -> String {
    format!("{user}@{}", machine())
}

async fn open(env: &Env, model: &RunStore) -> Result<Store> {
    let Some(url) = &model.url else {
        return Store::file(&env.folder().join(&model.file)).await.map_err(Failure::from);
    };
    let url = match url {
        TargetUrl::Literal(url) => url.clone(),
        TargetUrl::Env(name) => (env.variables)(name)
            .ok_or_else(|| Refusal::usage(format!("store.url is env:{name}, and {name} is not set"), None))?,
    };
    let settings: ConnectionSettings =
        url.parse().map_err(|error| Refusal::usage(format!("store.url: {error}"), None))?;
    Store::server(&settings).await.map_err(Failure::from)
}

/// What this machine calls itself. A `#` would be taken for the end of it.
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().replace('#', "-")
}
