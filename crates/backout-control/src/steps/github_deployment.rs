//! Asks GitHub for a deployment of a ref, and waits for whoever deploys to say that it succeeded.
//!
//! Must not know: who deploys, or how.

use backout_connectors::github::{self, GitHub, Status, Wanted};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::mistake::{Look, Mistake};
use crate::values::Token;
use crate::{Env, Failure, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GithubDeployment {
    /// `owner/name`.
    repository: String,
    /// A branch, tag or commit.
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default = "production")]
    environment: String,
    #[serde(default = "Token::github")]
    token: Token,
    #[serde(default = "base")]
    url: String,
    #[serde(default)]
    every_ms: Option<u64>,
}

fn production() -> String {
    "production".to_owned()
}

fn base() -> String {
    github::BASE.to_owned()
}

impl GithubDeployment {
    fn open(&self, env: &Env, deadline: Timestamp) -> Result<GitHub> {
        Ok(GitHub::new(&self.url, &self.repository, self.token.value(env)?, deadline)?)
    }

    /// The deployment that carries our mark and has not failed, with what is said of it.
    async fn begun(&self, github: &GitHub, mark: &str) -> Result<Option<(u64, Option<Status>)>> {
        for one in github.marked(&self.environment, mark).await? {
            let status = github.status(one.id).await?;
            if status.as_ref().and_then(Status::outcome) != Some(false) {
                return Ok(Some((one.id, status)));
            }
        }
        Ok(None)
    }
}

impl Kind for GithubDeployment {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let body = json!({ "ref": self.reference, "environment": self.environment });
            let base = self.url.trim_end_matches('/');
            Ok(vec![format!("POST {base}/repos/{}/deployments {body}", self.repository)])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            if let Err(failure) = self.token.value(look.env) {
                return Mistake::of(&["token"], &failure).into_iter().collect();
            }
            let opened = self.open(look.env, provider::look_until());
            opened.err().and_then(|failure| Mistake::of(&["repository"], &failure)).into_iter().collect()
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let (github, mark) = (self.open(context.env, context.deadline)?, context.mark());
            let id = match self.begun(&github, &mark).await? {
                Some((id, _)) => id,
                None => {
                    let description = format!("backout: {}", context.journal.state.procedure.name);
                    let wanted = Wanted {
                        reference: &self.reference,
                        environment: &self.environment,
                        description: &description,
                        mark: &mark,
                    };
                    github.deploy(wanted).await.map_err(Failure::from)?.id
                }
            };
            let every = provider::every(self.every_ms);
            loop {
                let status = match github.status(id).await {
                    Err(error) if error.is_passing() && github.client().has_time_for(every) => None,
                    other => other.map_err(Failure::from)?,
                };
                match status.as_ref().and_then(Status::outcome) {
                    Some(true) => return Ok(json!({ "deployment": id, "status": "success" })),
                    Some(false) => {
                        let said = status.map(|status| format!("{} {}", status.state, status.description));
                        let said = said.unwrap_or_default();
                        return Err(Trouble::new(format!("deployment {id}: {}", said.trim_end()), true));
                    }
                    None if !github.client().has_time_for(every) => {
                        let said = status.map_or("nobody has taken it up".to_owned(), |status| status.state);
                        return Err(Trouble::new(format!("deployment {id} was not done in time: {said}"), false));
                    }
                    None => tokio::time::sleep(every).await,
                }
            }
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let github = self.open(context.env, provider::look_until())?;
            // One that is under way is waited for by the next attempt, which asks for no second one.
            let begun = self.begun(&github, &context.mark()).await?;
            let done = begun.filter(|(_, status)| status.as_ref().and_then(Status::outcome) == Some(true));
            Ok(done.map_or(Settled::NotBegun, |(id, _)| Settled::Done(json!({ "deployment": id }))))
        })
    }
}
