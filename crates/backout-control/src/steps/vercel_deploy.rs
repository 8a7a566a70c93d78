//! Moves production on Vercel to another deployment, or deploys its code anew, and waits until it is there.
//!
//! Must not know: why.

use backout_connectors::vercel::{Move, Project, Vercel, is_under_way};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::mistake::{Look, Mistake};
use crate::values::{Token, VercelAccess};
use crate::{Failure, Result};

/// What is chosen when the step begins.
const PREVIOUS_GOOD: &str = "previous-good";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VercelDeploy {
    project: String,
    #[serde(default)]
    team: Option<String>,
    #[serde(default = "Token::vercel")]
    token: Token,
    #[serde(default)]
    url: Option<String>,
    action: Action,
    /// An id, `dpl_…`, or `previous-good`: the production deployment before the one of now.
    #[serde(default = "previous_good")]
    deployment: String,
    #[serde(default)]
    every_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Rollback,
    Promote,
    Redeploy,
}

fn previous_good() -> String {
    PREVIOUS_GOOD.to_owned()
}

impl VercelDeploy {
    fn access(&self) -> VercelAccess {
        VercelAccess {
            project: self.project.clone(),
            team: self.team.clone(),
            token: self.token.clone(),
            url: self.url.clone().unwrap_or_else(|| backout_connectors::vercel::BASE.to_owned()),
        }
    }

    fn moves(&self) -> Option<Move> {
        match self.action {
            Action::Rollback => Some(Move::Rollback),
            Action::Promote => Some(Move::Promote),
            Action::Redeploy => None,
        }
    }

    /// The deployment that is meant, which is there and can be used.
    async fn choose(&self, vercel: &Vercel, project: &Project) -> Result<String> {
        if self.deployment == PREVIOUS_GOOD {
            // What is deployed anew, without another being named, is what production is.
            return match (self.action, project.current()) {
                (Action::Redeploy, Some(current)) => Ok(current.to_owned()),
                _ => Ok(vercel.previous_good(project).await?.id),
            };
        }
        let one = vercel.deployment(&self.deployment).await?;
        if !one.is_ready() {
            let said = format!("deployment {} is no place to go back to: {}", one.id, one.why());
            return Err(crate::failure::Refusal::refused(said, None).into());
        }
        Ok(one.id)
    }
}

impl Kind for VercelDeploy {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let access = self.access();
            let base = access.url.trim_end_matches('/').to_owned();
            let line = async {
                let vercel = access.open(context.env, provider::look_until())?;
                let project = vercel.project(&self.project).await?;
                let id = match provider::kept(context).await? {
                    Some(kept) => kept,
                    None => self.choose(&vercel, &project).await?,
                };
                Ok(match self.moves() {
                    Some(what) => format!("POST {base}/{}", what.path(&project.id, &id).join("/")),
                    None => {
                        let body = json!({ "deploymentId": id, "name": project.name, "target": "production" });
                        format!("POST {base}/v13/deployments?forceNew=1 {body}")
                    }
                })
            };
            Ok(vec![provider::known(line).await])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { provider::of_vercel(look, &self.access()) })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let vercel = self.access().open(context.env, context.deadline)?;
            let project = vercel.project(&self.project).await.map_err(Failure::from)?;
            let from = project.current().map(str::to_owned);
            let id = provider::chosen(context, self.choose(&vercel, &project)).await?;
            let every = provider::every(self.every_ms);
            let to = match self.moves() {
                Some(what) => {
                    vercel.move_to(&self.project, what, &id, every).await.map_err(Failure::from)?;
                    id
                }
                None => {
                    let mark = context.mark();
                    let made = vercel.redeploy_until_ready(&self.project, Some(&id), &mark, every).await;
                    made.map_err(Failure::from)?.id
                }
            };
            Ok(json!({ "project": project.name, "from": from, "deployment": to }))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let vercel = self.access().open(context.env, provider::look_until())?;
            let Some(id) = provider::kept(context).await? else { return Ok(Settled::NotBegun) };
            let project = vercel.project(&self.project).await?;
            let is_there = match self.moves() {
                Some(_) => (project.current() == Some(&*id) && !is_under_way(&project)).then_some(id),
                None => {
                    let made = vercel.marked(&project, &context.mark()).await?;
                    made.into_iter().find(|one| project.current() == Some(&*one.id)).map(|one| one.id)
                }
            };
            // What is only asked for is waited for by the next attempt, which asks for nothing twice.
            Ok(is_there.map_or(Settled::NotBegun, |id| Settled::Done(json!({ "deployment": id }))))
        })
    }
}
