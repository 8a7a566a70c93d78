//! Vercel: variables of a project, deployments, which of them production is, and the stop switch.
//!
//! Facts, from the REST API and the vendor's own client: a rollback and a promotion are only asked for, and told by
//! `lastAliasRequest`; values of type `sensitive` are never given back; an upsert whose targets are not exactly those
//! of the variable that is there is an `ENV_CONFLICT`; new values reach new deployments only.
//!
//! Must not know: what a variable is for, or when one goes back.

use std::time::Duration;

use backout_plan::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::{Result, ServiceError};

/// Where Vercel is, where the plan does not say.
pub const BASE: &str = "https://api.vercel.com";
/// The name of our mark in a deployment's metadata, and of the deployment whose code it has.
const MARK: &str = "backoutStep";
const SAME_CODE_AS: &str = "backoutOf";
/// The type whose values are never given back.
pub const SENSITIVE: &str = "sensitive";

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub paused: Option<bool>,
    #[serde(default)]
    targets: Option<Targets>,
    #[serde(default)]
    pub last_alias_request: Option<AliasRequest>,
    /// There while production was rolled back: then new deployments do not become production by themselves.
    #[serde(default)]
    last_rollback_target: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Targets {
    #[serde(default)]
    production: Option<Target>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    id: String,
    #[serde(default)]
    created_at: Option<f64>,
}

/// What was last asked of production's addresses.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasRequest {
    #[serde(default)]
    pub from_deployment_id: Option<String>,
    pub to_deployment_id: String,
    /// `pending`, `in-progress`, `succeeded`, `failed`, `skipped`.
    pub job_status: String,
    #[serde(default)]
    requested_at: Option<f64>,
    /// `promote`, `rollback`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Project {
    /// The deployment that production is.
    pub fn current(&self) -> Option<&str> {
        let built = self.targets.as_ref().and_then(|targets| targets.production.as_ref());
        let asked = self.last_alias_request.as_ref().filter(|asked| asked.job_status == "succeeded");
        match (asked, built) {
            (Some(asked), Some(built)) => {
                // A later deployment takes the addresses by itself, unless production was rolled back.
                let is_later = built.created_at > asked.requested_at;
                Some(if is_later && !self.is_rolled_back() { &built.id } else { &asked.to_deployment_id })
            }
            (Some(asked), None) => Some(&asked.to_deployment_id),
            (None, built) => built.map(|built| built.id.as_str()),
        }
    }

    pub fn is_rolled_back(&self) -> bool {
        self.last_rollback_target.as_ref().is_some_and(|target| !target.is_null())
    }
}

/// A variable, without its value.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    pub id: String,
    pub key: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "one_or_many")]
    pub target: Vec<String>,
    #[serde(default)]
    pub git_branch: Option<String>,
    #[serde(default)]
    pub custom_environment_ids: Vec<String>,
    #[serde(default)]
    updated_at: Option<f64>,
}

impl Variable {
    pub fn is_sensitive(&self) -> bool {
        self.kind == SENSITIVE
    }

    /// Changes with every change of the variable, by whomever.
    pub fn state(&self) -> String {
        format!("{}@{}", self.id, self.updated_at.unwrap_or_default())
    }

    fn is_for_one_of(&self, targets: &[String]) -> bool {
        self.git_branch.is_none() && self.target.iter().any(|target| targets.contains(target))
    }

    fn is_for_exactly(&self, targets: &[String]) -> bool {
        self.custom_environment_ids.is_empty()
            && self.target.len() == targets.len()
            && targets.iter().all(|target| self.target.contains(target))
    }
}

/// Which variable of a key is meant for some targets.
///
/// # Errors
/// The targets of those that are shared with others, which a change would reach as well.
pub fn meant<'v>(
    variables: &'v [Variable],
    key: &str,
    targets: &[String],
) -> std::result::Result<Option<&'v Variable>, Vec<String>> {
    let mut found = variables.iter().filter(|one| one.key == key && one.is_for_one_of(targets));
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(one), None) if one.is_for_exactly(targets) => Ok(Some(one)),
        (Some(one), _) => Err(one.target.iter().chain(&one.custom_environment_ids).cloned().collect()),
    }
}

/// In lists some fields have two names, and both are there.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub struct Deployment {
    pub id: String,
    pub ready_state: String,
    created_at: Option<f64>,
    meta: Map<String, Value>,
    alias_assigned: Value,
    is_rollback_candidate: Option<bool>,
    error_message: Option<String>,
}

impl TryFrom<Value> for Deployment {
    type Error = &'static str;

    fn try_from(value: Value) -> std::result::Result<Self, Self::Error> {
        let first = |names: &[&str]| names.iter().map(|name| &value[*name]).find(|one| !one.is_null());
        let text = |names: &[&str]| first(names).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id: text(&["id", "uid"]).ok_or("it has no id")?,
            ready_state: text(&["readyState", "state"]).ok_or("it has no state")?,
            created_at: first(&["createdAt", "created"]).and_then(Value::as_f64),
            meta: value["meta"].as_object().cloned().unwrap_or_default(),
            alias_assigned: value["aliasAssigned"].clone(),
            is_rollback_candidate: value["isRollbackCandidate"].as_bool(),
            error_message: text(&["errorMessage"]),
        })
    }
}

impl Deployment {
    pub fn is_ready(&self) -> bool {
        self.ready_state == "READY"
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.ready_state.as_str(), "ERROR" | "CANCELED" | "DELETED")
    }

    fn has_addresses(&self) -> bool {
        !matches!(&self.alias_assigned, Value::Null | Value::Bool(false))
    }

    pub fn why(&self) -> String {
        self.error_message.clone().unwrap_or_else(|| format!("it is {}", self.ready_state.to_lowercase()))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.meta.get(name).and_then(Value::as_str)
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Some_ {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Some_::deserialize(deserializer)? {
        Some_::One(one) => vec![one],
        Some_::Many(many) => many,
    })
}

/// Which way production's addresses move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Rollback,
    Promote,
}

impl Move {
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Promote => "promote",
        }
    }

    /// The request, as a path.
    pub fn path<'p>(self, project: &'p str, deployment: &'p str) -> [&'p str; 5] {
        let version = match self {
            Self::Rollback => "v1",
            Self::Promote => "v10",
        };
        [version, "projects", project, self.name(), deployment]
    }
}

/// One team's projects, or one person's.
#[derive(Debug, Clone)]
pub struct Vercel {
    client: Client,
    team: Option<String>,
}

impl Vercel {
    /// # Errors
    /// [`ServiceError::Address`].
    pub fn new(base: &str, team: Option<String>, token: Secret, deadline: Timestamp) -> Result<Self> {
        Ok(Self { client: Client::new(base, token, "application/json", deadline)?, team })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The query that every request has.
    fn query<'q>(&'q self, more: &[(&'q str, &'q str)]) -> Vec<(&'q str, &'q str)> {
        self.team.iter().map(|team| ("teamId", team.as_str())).chain(more.iter().copied()).collect()
    }

    pub async fn project(&self, project: &str) -> Result<Project> {
        let query = self.query(&[("rollbackInfo", "true")]);
        parsed("a project", self.client.get(&["v9", "projects", project], &query).await?)
    }

    /// All variables of a project. Values are left where they are.
    pub async fn variables(&self, project: &str) -> Result<Vec<Variable>> {
        let mut answer = self.client.get(&["v10", "projects", project, "env"], &self.query(&[])).await?;
        parsed("the variables of a project", answer["envs"].take())
    }

    /// A variable's value, where it can be read.
    pub async fn value(&self, project: &str, variable: &Variable) -> Result<Option<Secret>> {
        if variable.is_sensitive() {
            return Ok(None);
        }
        let path = ["v1", "projects", project, "env", &variable.id];
        let answer = self.client.get(&path, &self.query(&[])).await?;
        // What could not be decrypted is not the value.
        let is_plain = variable.kind == "plain" || answer["decrypted"] == json!(true);
        Ok(answer["value"].as_str().filter(|_| is_plain).map(Secret::from))
    }

    /// Gives a variable a value: the one that is there, or a new one of this type.
    pub async fn set(
        &self,
        project: &str,
        there: Option<&Variable>,
        key: &str,
        value: &Secret,
        kind: Option<&str>,
        targets: &[String],
    ) -> Result<()> {
        match there {
            Some(there) => {
                let mut body = json!({ "value": value.expose() });
                if let Some(kind) = kind {
                    body["type"] = json!(kind);
                }
                let path = ["v9", "projects", project, "env", &there.id];
                self.client.patch(&path, &self.query(&[]), &body).await.map(drop)
            }
            None => {
                let kind = kind.unwrap_or("encrypted");
                let body = json!({ "key": key, "value": value.expose(), "type": kind, "target": targets });
                let query = self.query(&[("upsert", "true")]);
                let answer = self.client.post(&["v10", "projects", project, "env"], &query, &body).await?;
                match answer["failed"].get(0) {
                    None => Ok(()),
                    Some(failed) => Err(ServiceError::Status {
                        what: format!("setting {key}"),
                        status: 400,
                        said: format!(" {}", failed["error"]["code"].as_str().unwrap_or("it failed")),
                    }),
                }
            }
        }
    }

    /// Takes a variable out. One that is gone by now is no error.
    pub async fn unset(&self, project: &str, variable: &Variable) -> Result<()> {
        let path = ["v9", "projects", project, "env", &variable.id];
        match self.client.delete(&path, &self.query(&[])).await {
            Err(error) if error.status() == Some(404) => Ok(()),
            other => other.map(drop),
        }
    }

    pub async fn deployment(&self, id: &str) -> Result<Deployment> {
        parsed("a deployment", self.client.get(&["v13", "deployments", id], &self.query(&[])).await?)
    }

    async fn deployments(&self, project: &str, more: &[(&str, &str)]) -> Result<Vec<Deployment>> {
        let mut query = self.query(&[("projectId", project), ("limit", "100")]);
        query.extend(more);
        let mut answer = self.client.get(&["v6", "deployments"], &query).await?;
        parsed("deployments", answer["deployments"].take())
    }

    /// Those that carry this mark, the newest first.
    pub async fn marked(&self, project: &Project, mark: &str) -> Result<Vec<Deployment>> {
        let name = format!("meta-{MARK}");
        let found = self.deployments(&project.id, &[(&name, mark)]).await?;
        // A server that does not know the filter gives all of them.
        Ok(found.into_iter().filter(|one| one.text(MARK) == Some(mark)).collect())
    }

    /// The production deployment before the one that is production now. One that was only built again, to read other
    /// variables, counts as the one that it was built from.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn previous_good(&self, project: &Project) -> Result<Deployment> {
        let none = |said: &str| ServiceError::Unreadable { what: project.name.clone(), said: said.to_owned() };
        let current = project.current().ok_or_else(|| none("nothing is in production"))?;
        let list = self.deployments(&project.id, &[("target", "production"), ("state", "READY")]).await?;
        let origin = |mut id: String| {
            // As often as there are deployments; rings cannot be.
            for _ in &list {
                match list.iter().find(|one| one.id == id).and_then(|one| one.text(SAME_CODE_AS)) {
                    Some(of) => id = of.to_owned(),
                    None => break,
                }
            }
            id
        };
        let of = origin(current.to_owned());
        let age = list.iter().find(|one| one.id == of).and_then(|one| one.created_at);
        let age = age.ok_or_else(|| none("what is in production now is not among the newest deployments"))?;
        let is_before = |one: &&Deployment| {
            one.is_ready()
                && one.created_at.is_some_and(|created| created < age)
                && one.is_rollback_candidate != Some(false)
                && origin(one.id.clone()) != of
        };
        let newest = list
            .iter()
            .filter(is_before)
            .max_by(|a, b| a.created_at.partial_cmp(&b.created_at).unwrap_or(std::cmp::Ordering::Equal));
        newest.cloned().ok_or_else(|| none("there is no production deployment before the current one"))
    }

    /// Builds the code of a deployment anew, for production.
    pub async fn redeploy(&self, project: &Project, of: &str, mark: &str) -> Result<Deployment> {
        let body = json!({
            "deploymentId": of,
            "name": project.name,
            "target": "production",
            "meta": { MARK: mark, SAME_CODE_AS: of, "action": "redeploy" },
        });
        let query = self.query(&[("forceNew", "1")]);
        parsed("a deployment", self.client.post(&["v13", "deployments"], &query, &body).await?)
    }

    /// Asks that production's addresses move. That it was asked for is not that it was done.
    pub async fn ask(&self, project: &Project, what: Move, deployment: &str) -> Result<()> {
        let path = what.path(&project.id, deployment);
        self.client.post(&path, &self.query(&[]), &json!({})).await.map(drop)
    }

    pub async fn pause(&self, project: &Project, pause: bool) -> Result<()> {
        let path = ["v1", "projects", &project.id, if pause { "pause" } else { "unpause" }];
        self.client.post(&path, &self.query(&[]), &json!({})).await.map(drop)
    }

    /// Moves production to a deployment and waits until it is there. What was asked for already is only waited for.
    ///
    /// # Errors
    /// Where Vercel says that it failed, or the time is over.
    pub async fn move_to(&self, project: &str, what: Move, deployment: &str, every: Duration) -> Result<()> {
        let mut asked = false;
        loop {
            let now = patient(self.project(project).await, &self.client, every)?;
            if let Some(now) = now {
                match now.last_alias_request.as_ref().filter(|one| one.to_deployment_id == deployment) {
                    _ if now.current() == Some(deployment) && !is_under_way(&now) => return Ok(()),
                    Some(one) if matches!(one.job_status.as_str(), "pending" | "in-progress") => asked = true,
                    Some(one) if asked && matches!(one.job_status.as_str(), "failed" | "skipped") => {
                        let said = format!(" the {} of {deployment} was {}", what.name(), one.job_status);
                        return Err(ServiceError::Status { what: now.name, status: 500, said });
                    }
                    _ if asked => {}
                    // Where nobody knows whether it arrived, the next look says so.
                    _ => asked = patient(self.ask(&now, what, deployment).await, &self.client, every)?.is_some(),
                }
            }
            self.wait(every, || format!("the {} to {deployment}", what.name())).await?;
        }
    }

    /// Builds production's code anew and waits until it is production. What carries the mark already is only waited for.
    ///
    /// # Errors
    /// Where it fails to build, or the time is over.
    pub async fn redeploy_until_ready(
        &self,
        project: &str,
        of: Option<&str>,
        mark: &str,
        every: Duration,
    ) -> Result<Deployment> {
        let there = self.project(project).await?;
        let begun = self.marked(&there, mark).await?.into_iter().find(|one| !one.has_failed());
        let id = match begun {
            Some(begun) => begun.id,
            None => {
                let nothing = || ServiceError::Unreadable {
                    what: there.name.clone(),
                    said: "nothing is in production that could be deployed anew".to_owned(),
                };
                let of = of.or_else(|| there.current()).ok_or_else(nothing)?;
                self.redeploy(&there, of, mark).await?.id
            }
        };
        loop {
            if let Some(now) = patient(self.deployment(&id).await, &self.client, every)? {
                if now.has_failed() {
                    return Err(ServiceError::Status { what: id, status: 500, said: format!(" {}", now.why()) });
                }
                if now.is_ready() {
                    if there.is_rolled_back() {
                        // It does not become production by itself then.
                        self.move_to(project, Move::Promote, &id, every).await?;
                        return Ok(now);
                    }
                    if now.has_addresses() {
                        return Ok(now);
                    }
                }
            }
            self.wait(every, || format!("deployment {id}")).await?;
        }
    }

    async fn wait(&self, every: Duration, what: impl Fn() -> String) -> Result<()> {
        if !self.client.has_time_for(every) {
            let said = "it was not done in time; it may still go on".to_owned();
            return Err(ServiceError::Unreachable { what: what(), said });
        }
        tokio::time::sleep(every).await;
        Ok(())
    }
}

/// Whether production's addresses are being moved.
pub fn is_under_way(project: &Project) -> bool {
    let asked = project.last_alias_request.as_ref();
    asked.is_some_and(|one| matches!(one.job_status.as_str(), "pending" | "in-progress"))
}

/// An answer, or nothing where asking again may help and there is time.
fn patient<T>(answer: Result<T>, client: &Client, every: Duration) -> Result<Option<T>> {
    match answer {
        Err(error) if error.is_passing() && client.has_time_for(every) => Ok(None),
        other => other.map(Some),
    }
}

fn parsed<T: serde::de::DeserializeOwned>(what: &str, answer: Value) -> Result<T> {
    // The text of the error could repeat a value.
    serde_json::from_value(answer).map_err(|error| ServiceError::Unreadable {
        what: what.to_owned(),
        said: match error.classify() {
            serde_json::error::Category::Data => "it lacks something".to_owned(),
            _ => "it is no document".to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(asked: Value, rolled_back: Value) -> Project {
        serde_json::from_value(json!({
            "id": "prj_1", "name": "shop", "targets": { "production": { "id": "dpl_3", "createdAt": 300 } },
            "lastAliasRequest": asked, "lastRollbackTarget": rolled_back,
        }))
        .unwrap()
    }

    #[test]
    fn production_is_what_was_last_given_its_addresses() {
        let asked = |status: &str, at: u32| json!({ "toDeploymentId": "dpl_1", "fromDeploymentId": "dpl_3", "jobStatus": status, "requestedAt": at, "type": "rollback" });
        for (asked, rolled_back, expected) in [
            (Value::Null, Value::Null, "dpl_3"),
            (asked("succeeded", 400), json!({}), "dpl_1"),
            (asked("in-progress", 400), Value::Null, "dpl_3"),
            (asked("failed", 400), Value::Null, "dpl_3"),
            // Deployed later, and nothing holds it back.
            (asked("succeeded", 200), Value::Null, "dpl_3"),
            (asked("succeeded", 200), json!({}), "dpl_1"),
        ] {
            assert_eq!(project(asked.clone(), rolled_back).current(), Some(expected), "{asked}");
        }
    }

    #[test]
    fn a_variable_that_others_share_is_not_changed() {
        let variable =
            |id: &str, target: Value| json!({ "id": id, "key": "A", "type": "plain", "target": target, "value": "v" });
        let read = |all: Value| serde_json::from_value::<Vec<Variable>>(all).unwrap();
        let production = ["production".to_owned()];
        let own = read(json!([variable("1", json!(["preview"])), variable("2", json!("production"))]));
        assert_eq!(meant(&own, "A", &production).unwrap().map(|one| one.id.as_str()), Some("2"));
        assert!(meant(&own, "B", &production).unwrap().is_none());
        let shared = read(json!([variable("1", json!(["preview", "production"]))]));
        assert_eq!(meant(&shared, "A", &production).unwrap_err(), ["preview", "production"]);
    }
}
