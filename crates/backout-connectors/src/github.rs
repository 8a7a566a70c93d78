//! GitHub's deployments: asked for by ref and environment, carried out by whoever listens, told by statuses.
//!
//! Facts: REST API "deployments" and "deployment statuses". A payload comes back as it was given, or as text.
//!
//! Must not know: what is deployed.

use backout_plan::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::client::Client;
use crate::{Result, ServiceError};

/// Where GitHub is, where the plan does not say.
pub const BASE: &str = "https://api.github.com";
/// The key of our mark in a payload.
const MARK: &str = "backout";

/// What is to be deployed where.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// A branch, tag or commit.
    pub reference: &'w str,
    pub environment: &'w str,
    pub description: &'w str,
    /// Known by it afterwards.
    pub mark: &'w str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub id: u64,
    pub mark: Option<String>,
}

/// The newest status of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `success`, `failure`, `error`, `inactive`, `in_progress`, `queued`, `pending`.
    pub state: String,
    pub description: String,
}

impl Status {
    /// Whether it is over, and how.
    pub fn outcome(&self) -> Option<bool> {
        match self.state.as_str() {
            // Inactive: it was there, and a later one took its place.
            "success" | "inactive" => Some(true),
            "failure" | "error" => Some(false),
            _ => None,
        }
    }
}

/// One repository.
#[derive(Debug, Clone)]
pub struct GitHub {
    client: Client,
    owner: String,
    name: String,
}

impl GitHub {
    /// `repository` is `owner/name`.
    ///
    /// # Errors
    /// [`ServiceError::Address`] where one of them cannot be.
    pub fn new(base: &str, repository: &str, token: Secret, deadline: Timestamp) -> Result<Self> {
        let wrong = || ServiceError::Address { base: repository.to_owned(), said: "write owner/name".to_owned() };
        let (owner, name) = repository.split_once('/').ok_or_else(wrong)?;
        if owner.is_empty() || name.is_empty() || name.contains('/') {
            return Err(wrong());
        }
        let client = Client::new(base, token, "application/vnd.github+json", deadline)?;
        Ok(Self { client, owner: owner.to_owned(), name: name.to_owned() })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Asks for a deployment. Required checks are not waited for: what is deployed was deployed before.
    ///
    /// # Errors
    /// Where GitHub refuses it, or only merged a branch instead.
    pub async fn deploy(&self, wanted: Wanted<'_>) -> Result<Deployment> {
        let body = json!({
            "ref": wanted.reference,
            "environment": wanted.environment,
            "description": wanted.description,
            "auto_merge": false,
            "required_contexts": [],
            "payload": { MARK: wanted.mark },
        });
        let made = self.client.post(&["repos", &self.owner, &self.name, "deployments"], &[], &body).await?;
        read(&made)
    }

    /// Those of an environment that carry this mark, the newest first.
    pub async fn marked(&self, environment: &str, mark: &str) -> Result<Vec<Deployment>> {
        let query = [("environment", environment), ("per_page", "100")];
        let list = self.client.get(&["repos", &self.owner, &self.name, "deployments"], &query).await?;
        let all: Result<Vec<Deployment>> = list.as_array().into_iter().flatten().map(read).collect();
        Ok(all?.into_iter().filter(|one| one.mark.as_deref() == Some(mark)).collect())
    }

    /// `None` where nobody has said anything yet.
    pub async fn status(&self, deployment: u64) -> Result<Option<Status>> {
        let id = deployment.to_string();
        let path = ["repos", &self.owner, &self.name, "deployments", &id, "statuses"];
        let list = self.client.get(&path, &[("per_page", "1")]).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(list.get(0).map(|one| Status { state: text(&one["state"]), description: text(&one["description"]) }))
    }
}

fn read(one: &Value) -> Result<Deployment> {
    let unreadable = || ServiceError::Unreadable {
        what: "a deployment".to_owned(),
        said: one["message"].as_str().unwrap_or("it has no id").to_owned(),
    };
    let payload = match &one["payload"] {
        // Some versions of the API give text.
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => other.clone(),
    };
    let mark = payload[MARK].as_str().map(str::to_owned);
    Ok(Deployment { id: one["id"].as_u64().ok_or_else(unreadable)?, mark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_both_forms() {
        let of = |payload: Value| read(&json!({ "id": 7, "payload": payload })).unwrap().mark;
        assert_eq!(of(json!({ "backout": "r/A/1" })).as_deref(), Some("r/A/1"));
        assert_eq!(of(json!("{\"backout\":\"r/A/1\"}")).as_deref(), Some("r/A/1"));
        assert_eq!(of(json!("")), None);
        assert!(read(&json!({ "message": "Auto-merged main into topic" })).is_err());
    }
}
