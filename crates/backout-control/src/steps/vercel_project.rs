//! The stop switch of a project on Vercel: paused, it answers 503 to everybody; and back.
//!
//! Must not know: why.

use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::mistake::{Look, Mistake};
use crate::values::{Token, VercelAccess};
use crate::{Failure, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VercelProject {
    project: String,
    #[serde(default)]
    team: Option<String>,
    #[serde(default = "Token::vercel")]
    token: Token,
    #[serde(default)]
    url: Option<String>,
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Pause,
    Unpause,
}

impl Action {
    fn name(self) -> &'static str {
        if self.pauses() { "pause" } else { "unpause" }
    }

    fn pauses(self) -> bool {
        self == Self::Pause
    }
}

impl VercelProject {
    fn access(&self) -> VercelAccess {
        VercelAccess {
            project: self.project.clone(),
            team: self.team.clone(),
            token: self.token.clone(),
            url: self.url.clone().unwrap_or_else(|| backout_connectors::vercel::BASE.to_owned()),
        }
    }
}

impl Kind for VercelProject {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let access = self.access();
            let base = access.url.trim_end_matches('/');
            Ok(vec![format!("POST {base}/v1/projects/{}/{}", self.project, self.action.name())])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { provider::of_vercel(look, &self.access()) })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let vercel = self.access().open(context.env, context.deadline)?;
            let project = vercel.project(&self.project).await.map_err(Failure::from)?;
            if project.paused != Some(self.action.pauses()) {
                vercel.pause(&project, self.action.pauses()).await.map_err(Failure::from)?;
            }
            Ok(json!({ "project": project.name, "paused": self.action.pauses() }))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let vercel = self.access().open(context.env, provider::look_until())?;
            let project = vercel.project(&self.project).await?;
            // Where it does not say, it may be asked for again.
            Ok(match project.paused == Some(self.action.pauses()) {
                true => Settled::Done(json!({ "paused": self.action.pauses() })),
                false => Settled::NotBegun,
            })
        })
    }
}
