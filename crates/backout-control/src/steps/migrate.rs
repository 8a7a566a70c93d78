//! Applies what was pending when the run was opened. The target's own record says what of it is applied.
//!
//! Must not know: how a migration runs.

use backout_plan::plan::Flaw;
use backout_postgres::store::{self, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::folder::Folder;
use crate::gates::set_aside::Choice;
use crate::migrate::{self, Options};
use crate::mistake::{Look, Mistake};
use crate::{Env, Result};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Migrate {
    /// The versions, pinned when the run was opened.
    versions: Vec<String>,
    /// What undo need not bring back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accept_loss: Vec<String>,
    /// What becomes of what undos have set aside.
    #[serde(default, skip_serializing_if = "is_open")]
    aside: Choice,
    /// Why what was undone is applied again before the plan's conditions hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<String>,
}

fn is_open(choice: &Choice) -> bool {
    *choice == Choice::Ask
}

impl Migrate {
    /// All that is pending.
    pub(crate) async fn pending(
        env: &Env,
        accept_loss: Vec<String>,
        aside: Choice,
        retry: Option<String>,
    ) -> Result<Self> {
        let folder = Folder::read(env.plan()?)?;
        let session = env.connect().await?;
        let standing = folder.standing(&session).await?;
        session.close().await;
        let versions = standing.pending.iter().map(|place| folder.migrations[*place].version.clone()).collect();
        Ok(Self { versions, accept_loss, aside, retry })
    }

    /// What a step that was written down applies; nothing where it cannot be read.
    pub(super) fn versions_of(action: &Value) -> Vec<String> {
        serde_json::from_value::<Self>(action.clone()).map(|one| one.versions).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    pub(crate) fn has(&self, version: &str) -> bool {
        self.versions.iter().any(|one| one == version)
    }

    /// Those that are not applied yet.
    async fn open(&self, env: &Env) -> Result<Vec<&String>> {
        let session = env.connect().await?;
        let records = store::records(&session).await?;
        session.close().await;
        let is_applied = |version: &String| {
            let newest = records.iter().rev().find(|record| record.version == *version);
            newest.is_some_and(|record| matches!(record.state, State::Applied | State::Adopted))
        };
        Ok(self.versions.iter().filter(|version| !is_applied(version)).collect())
    }
}

impl Kind for Migrate {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let Some(last) = self.versions.last() else { return Ok(vec!["nothing is pending".to_owned()]) };
            let preview = migrate::preview(context.env, Some(last)).await?;
            let mut lines = Vec::new();
            for one in preview.would_apply {
                lines.push(format!("-- {} ({})", one.version, one.file));
                lines.extend(one.statements.into_iter().map(|statement| format!("{};", statement.sql)));
            }
            Ok(lines)
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let Ok(folder) = look.env.plan().and_then(Folder::read) else { return Vec::new() };
            let known = || folder.migrations.iter().map(|one| one.version.as_str());
            let missing = self.versions.iter().enumerate().filter(|(_, version)| !known().any(|one| one == **version));
            let mistake = |(number, version): (usize, &String)| {
                let path = ["versions", &number.to_string()];
                let flaw = Flaw::at(&path, format!("there is no migration of version {version:?}")).value(version);
                Mistake::machine(flaw.meant(version, known()))
            };
            missing.map(mistake).collect()
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let options = Options {
                to: self.versions.last().cloned(),
                accept_loss: self.accept_loss.clone(),
                aside: self.aside,
                retry: self.retry.clone(),
                ..Options::default()
            };
            if self.open(context.env).await?.is_empty() {
                return Ok(json!({ "applied": [] }));
            }
            match migrate::run(context.env, &options).await {
                Ok(done) if done.stopped => Err(Trouble::new("somebody asked for a stop", true)),
                Ok(done) => Ok(json!(done)),
                Err(halted) => {
                    let mut trouble = Trouble::from(halted.failure);
                    trouble.facts = json!(halted.done);
                    Err(trouble)
                }
            }
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // An interrupted one is gone on with.
            Ok(match self.open(context.env).await?.is_empty() {
                true => Settled::Done(json!({ "versions": self.versions })),
                false => Settled::NotBegun,
            })
        })
    }
}
