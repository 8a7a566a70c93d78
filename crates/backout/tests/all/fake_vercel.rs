//! A stand-in for Vercel's REST API, over real HTTP. It keeps to what the vendor's own clients and documents say: the
//! test that drives it by these clients is what makes it worth anything (`vercel_clients.rs`).
//!
//! What goes on in the background there (a build, addresses that move) goes on here with every request that looks at it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};

use crate::http::{Reply, Request, listen};

/// The vendor's client takes none with a hyphen.
pub const TOKEN: &str = "tok3nOfVercel";
pub const PROJECT: &str = "prj_shop";
const ACCOUNT: &str = "team_shop";
/// How often a build or a move of addresses is looked at before it is done.
const LOOKS: u32 = 2;

/// What is answered instead of the truth, once.
#[derive(Debug, Clone)]
pub struct Fault {
    pub method: &'static str,
    /// A part of the path.
    pub path: &'static str,
    pub status: u16,
    /// In seconds.
    pub retry_after: Option<u32>,
    /// It is carried out all the same, as where an answer is lost.
    pub acts: bool,
}

#[derive(Debug, Clone)]
struct Variable {
    id: String,
    key: String,
    value: String,
    kind: String,
    target: Vec<String>,
    updated: u64,
}

#[derive(Debug, Clone)]
pub struct Deployment {
    pub id: String,
    pub state: &'static str,
    pub meta: Value,
    /// The variables of production that it was built with.
    pub variables: BTreeMap<String, String>,
    created: u64,
    looks: u32,
    fails: bool,
}

#[derive(Debug, Clone)]
struct AliasRequest {
    from: String,
    to: String,
    status: &'static str,
    at: u64,
    kind: &'static str,
    looks: u32,
}

#[derive(Debug, Default)]
pub struct State {
    clock: u64,
    variables: Vec<Variable>,
    pub deployments: Vec<Deployment>,
    /// The newest deployment that became production by itself or by a promotion.
    built: String,
    asked: Option<AliasRequest>,
    rolled_back: bool,
    pub paused: bool,
    pub requests: Vec<Request>,
    pub faults: Vec<Fault>,
    /// Builds and moves do not go on.
    pub held: bool,
    /// The next deployments fail to build.
    pub builds_fail: u32,
    pub unknown: Vec<String>,
}

/// The server. It ends with the process that runs the tests.
#[derive(Debug, Clone)]
pub struct Fake {
    state: Arc<Mutex<State>>,
    pub url: String,
}

impl Fake {
    /// With three deployments of production, the newest being it, and no variables.
    pub fn start() -> Result<Self> {
        let state: Arc<Mutex<State>> = Arc::default();
        let serving = state.clone();
        let url = listen(move |request| serving.lock().unwrap_or_else(PoisonError::into_inner).answer(request))?;
        let fake = Self { state, url };
        fake.reset()?;
        Ok(fake)
    }

    /// As it was when it was started.
    pub fn reset(&self) -> Result<()> {
        let mut state = self.state();
        *state = State::default();
        // The vendor's client takes what is older than minutes for over.
        state.clock = std::time::UNIX_EPOCH.elapsed()?.as_millis() as u64;
        for number in 1..=3 {
            state.deploy(format!("dpl_{number}"), json!({}));
            let last = state.deployments.len() - 1;
            state.deployments[last].state = "READY";
            state.built = format!("dpl_{number}");
        }
        Ok(())
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which deployment is production, and whether the project is paused.
    pub fn stands(&self) -> (String, bool) {
        let state = self.state();
        (state.production(), state.paused)
    }

    /// How often this was asked for.
    pub fn count(&self, method: &str, part: &str) -> usize {
        self.state().requests.iter().filter(|one| one.method == method && one.path.contains(part)).count()
    }
}

type Answer = (u16, Value);

fn error(status: u16, code: &str, message: &str) -> Answer {
    (status, json!({ "error": { "code": code, "message": message } }))
}

impl State {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// The deployment that production's addresses show.
    pub fn production(&self) -> String {
        match &self.asked {
            Some(asked) if asked.status == "succeeded" && asked.at > self.created(&self.built) => asked.to.clone(),
            Some(asked) if asked.status == "succeeded" && self.rolled_back => asked.to.clone(),
            _ => self.built.clone(),
        }
    }

    /// Production is this deployment, as where it was built last.
    pub fn is_built(&mut self, id: &str) {
        id.clone_into(&mut self.built);
    }

    fn created(&self, id: &str) -> u64 {
        self.deployments.iter().find(|one| one.id == id).map_or(0, |one| one.created)
    }

    /// What production was built with.
    pub fn variable_in_production(&self, key: &str) -> Option<String> {
        let id = self.production();
        self.deployments.iter().find(|one| one.id == id)?.variables.get(key).cloned()
    }

    /// A variable's value as it is stored, for production.
    pub fn variable(&self, key: &str) -> Option<String> {
        let found = self.variables.iter().find(|one| one.key == key && one.target.iter().any(|t| t == "production"));
        found.map(|one| one.value.clone())
    }

    pub fn has(&mut self, key: &str, value: &str, kind: &str, target: &[&str]) {
        let updated = self.tick();
        let id = format!("env_{}", self.clock);
        let target: Vec<String> = target.iter().map(|target| (*target).to_owned()).collect();
        self.variables.retain(|one| one.key != key || one.target != target);
        let (key, value, kind) = (key.to_owned(), value.to_owned(), kind.to_owned());
        self.variables.push(Variable { id, key, value, kind, target, updated });
    }

    fn deploy(&mut self, id: String, meta: Value) {
        let created = self.tick();
        let production = self.variables.iter().filter(|one| one.target.iter().any(|target| target == "production"));
        let variables = production.map(|one| (one.key.clone(), one.value.clone())).collect();
        let fails = self.builds_fail > 0;
        self.builds_fail = self.builds_fail.saturating_sub(1);
        self.deployments.push(Deployment { id, state: "QUEUED", meta, variables, created, looks: 0, fails });
    }

    fn answer(&mut self, request: Request) -> Reply {
        self.requests.push(request.clone());
        let is_hit = |fault: &Fault| fault.method == request.method && request.path.contains(fault.path);
        if let Some(at) = self.faults.iter().position(is_hit) {
            let fault = self.faults.remove(at);
            if fault.acts {
                self.route(&request);
            }
            // Some services repeat what they were sent.
            let message = format!("failed for {}", request.token.unwrap_or_default());
            let (status, body) = error(fault.status, "fault", &message);
            return Reply { status, body, retry_after: fault.retry_after };
        }
        if request.token.as_deref() != Some(TOKEN) {
            let said = json!({ "error": { "code": "forbidden", "message": "Not authorized", "invalidToken": true } });
            return Reply::new(403, said);
        }
        let (status, body) = self.route(&request);
        Reply::new(status, body)
    }

    fn route(&mut self, request: &Request) -> Answer {
        let path = request.path.trim_start_matches('/').to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let is_known = |project: &str| project == PROJECT || project == "shop";
        match (request.method.as_str(), &parts[..]) {
            ("GET", ["v2", "user"]) => (
                200,
                json!({ "user": {
                "id": "usr_1", "email": "a@example.com", "name": "a", "username": "a", "version": "northstar",
                "defaultTeamId": ACCOUNT, "limited": false } }),
            ),
            ("GET", ["teams" | "v2", team @ ..]) if team.len() <= 2 && path.contains("team") => {
                let one = json!({ "id": ACCOUNT, "slug": "shop", "name": "shop", "createdAt": 1, "creatorId": "usr_1",
                    "avatar": null, "membership": { "role": "OWNER", "confirmed": true } });
                match path.contains(ACCOUNT) {
                    true => (200, one),
                    false => (200, json!({ "teams": [one], "pagination": { "count": 1, "next": null, "prev": null } })),
                }
            }
            (_, ["v1" | "v9" | "v10", "projects", project, ..]) if !is_known(project) => {
                error(404, "not_found", "Project not found.")
            }
            ("GET", ["v9" | "v10", "projects", _]) => (200, self.project()),
            ("GET", ["v9" | "v10", "projects", _, "env"]) => {
                let decrypt = request.query.get("decrypt").is_some_and(|decrypt| decrypt == "true");
                let wanted = request.query.get("target");
                let meant = self.variables.iter().filter(|one| wanted.is_none_or(|wanted| one.target.contains(wanted)));
                (200, json!({ "envs": meant.map(|one| shown(one, decrypt)).collect::<Vec<_>>() }))
            }
            ("GET", ["v1", "projects", _, "env", id]) => match self.variables.iter().find(|one| one.id == *id) {
                Some(one) => (200, shown(one, true)),
                None => error(404, "not_found", "The environment variable was not found"),
            },
            ("POST", ["v10", "projects", _, "env"]) => self.set(request),
            ("PATCH", ["v9" | "v10", "projects", _, "env", id]) => {
                let at = self.tick();
                let Some(one) = self.variables.iter_mut().find(|one| one.id == *id) else {
                    return error(404, "not_found", "The environment variable was not found");
                };
                if one.kind == "sensitive" && request.body["type"].as_str().is_some_and(|kind| kind != "sensitive") {
                    return error(
                        400,
                        "bad_request",
                        "You cannot change the type of a Sensitive Environment Variable.",
                    );
                }
                if let Some(value) = request.body["value"].as_str() {
                    value.clone_into(&mut one.value);
                }
                if let Some(kind) = request.body["type"].as_str() {
                    kind.clone_into(&mut one.kind);
                }
                one.updated = at;
                (200, shown(one, false))
            }
            ("DELETE", ["v9" | "v10", "projects", _, "env", id]) => {
                let Some(at) = self.variables.iter().position(|one| one.id == *id) else {
                    return error(404, "not_found", "The environment variable was not found");
                };
                let gone = self.variables.remove(at);
                (200, shown(&gone, false))
            }
            ("POST", ["v1", "projects", _, what @ ("pause" | "unpause")]) => {
                self.paused = *what == "pause";
                (200, Value::Null)
            }
            ("POST", ["v1" | "v9", "projects", _, "rollback", id]) => self.ask("rollback", id),
            ("POST", ["v10", "projects", _, "promote", id]) => self.ask("promote", id),
            ("GET", ["v6" | "v7", "deployments"]) => self.list(&request.query),
            ("GET", ["projects", _, "custom-environments"]) => (200, json!({ "environments": [] })),
            ("GET", ["v13", "deployments", id]) => {
                let id = id.trim_end_matches(".vercel.app");
                self.look_at(id);
                match self.deployments.iter().find(|one| one.id == *id || one.id.replace('_', "-") == *id) {
                    Some(one) => (200, self.in_full(one)),
                    None => error(404, "not_found", "The deployment was not found"),
                }
            }
            ("POST", ["v13", "deployments"]) => {
                let of = request.body["deploymentId"].as_str().unwrap_or_default().to_owned();
                if !self.deployments.iter().any(|one| one.id == of) {
                    return error(404, "not_found", "The deployment was not found");
                }
                if request.body["name"].as_str().is_none() {
                    return error(400, "bad_request", "Invalid request: missing required property `name`.");
                }
                let id = format!("dpl_{}", self.deployments.len() + 1);
                self.deploy(id.clone(), request.body["meta"].clone());
                (200, self.deployments.last().map(|one| self.in_full(one)).unwrap_or_default())
            }
            _ => {
                self.unknown.push(format!("{} {}", request.method, request.path));
                error(404, "not_found", "Not found")
            }
        }
    }

    fn set(&mut self, request: &Request) -> Answer {
        let text = |name: &str| request.body[name].as_str().map(str::to_owned);
        let target: Vec<String> = match &request.body["target"] {
            Value::String(one) => vec![one.clone()],
            other => other.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        };
        let (Some(key), Some(value), Some(kind), false) = (text("key"), text("value"), text("type"), target.is_empty())
        else {
            return error(400, "bad_request", "Invalid request: missing required property.");
        };
        if kind == "sensitive" && target.iter().any(|target| target == "development") {
            return error(
                400,
                "bad_request",
                "You cannot set a Sensitive Environment Variable's target to development.",
            );
        }
        let at = self.tick();
        let overlaps = |one: &&mut Variable| one.key == key && one.target.iter().any(|of| target.contains(of));
        if let Some(there) = self.variables.iter_mut().find(overlaps) {
            let is_same = there.target.len() == target.len() && target.iter().all(|of| there.target.contains(of));
            let upsert = request.query.get("upsert").is_some_and(|upsert| upsert == "true");
            if !upsert || !is_same {
                let message = format!("The variable \"{key}\" is already set for the target(s)");
                return error(400, "ENV_CONFLICT", &message);
            }
            there.value = value;
            there.kind = kind;
            there.updated = at;
            let shown = shown(there, false);
            return (201, json!({ "created": shown, "failed": [] }));
        }
        let one = Variable { id: format!("env_{at}"), key, value, kind, target, updated: at };
        let shown = shown(&one, false);
        self.variables.push(one);
        (201, json!({ "created": shown, "failed": [] }))
    }

    fn ask(&mut self, kind: &'static str, id: &str) -> Answer {
        let Some(one) = self.deployments.iter().find(|one| one.id == id) else {
            return error(404, "not_found", "The deployment was not found");
        };
        if one.state != "READY" {
            return error(400, "bad_request", "The deployment is not ready");
        }
        if self.asked.as_ref().is_some_and(|asked| matches!(asked.status, "pending" | "in-progress")) {
            return error(409, "conflict", "Another alias request is in progress");
        }
        let (from, at) = (self.production(), self.tick());
        self.asked = Some(AliasRequest { from, to: id.to_owned(), status: "pending", at, kind, looks: 0 });
        (201, Value::Null)
    }

    /// What goes on there goes on with every look.
    fn look_at(&mut self, id: &str) {
        let (rolled_back, held) = (self.rolled_back, self.held);
        let Some(one) = self.deployments.iter_mut().find(|one| one.id == id) else { return };
        if matches!(one.state, "QUEUED" | "BUILDING") && !held {
            one.looks += 1;
            one.state = match (one.looks > LOOKS, one.fails) {
                (false, _) => "BUILDING",
                (true, true) => "ERROR",
                (true, false) => "READY",
            };
            // Production that was rolled back stays where it is.
            if one.state == "READY" && !rolled_back {
                self.built = id.to_owned();
            }
        }
    }

    fn project(&mut self) -> Value {
        if let Some(asked) = &mut self.asked
            && matches!(asked.status, "pending" | "in-progress")
            && !self.held
        {
            asked.looks += 1;
            asked.status = if asked.looks > LOOKS { "succeeded" } else { "in-progress" };
            if asked.status == "succeeded" {
                self.rolled_back = asked.kind == "rollback";
            }
        }
        let asked = self.asked.as_ref().map(|asked| {
            json!({ "fromDeploymentId": asked.from, "toDeploymentId": asked.to, "jobStatus": asked.status,
                "requestedAt": asked.at, "type": asked.kind })
        });
        let built = self.deployments.iter().find(|one| one.id == self.built);
        let target = built.map(|one| {
            json!({ "id": one.id, "createdAt": one.created, "createdIn": "sfo1", "creator": null,
                "deploymentHostname": "shop", "name": "shop", "plan": "pro", "private": true, "readyState": one.state,
                "target": "production", "type": "LAMBDAS", "url": format!("{}.vercel.app", one.id.replace('_', "-")),
                "alias": ["shop.vercel.app"], "aliasAssigned": one.created })
        });
        let rolled_back = self.rolled_back.then(|| json!({}));
        json!({
            "id": PROJECT, "name": "shop", "accountId": ACCOUNT, "alias": [], "directoryListing": false,
            "nodeVersion": "22.x", "deploymentExpiration": {}, "paused": self.paused, "createdAt": 1, "updatedAt": 1,
            "defaultResourceConfig": { "functionDefaultRegions": [] },
            "resourceConfig": { "functionDefaultRegions": [] },
            "targets": { "production": target }, "lastAliasRequest": asked, "lastRollbackTarget": rolled_back,
        })
    }

    fn list(&mut self, query: &BTreeMap<String, String>) -> Answer {
        let is_meant = |one: &&Deployment| {
            query.iter().all(|(name, wanted)| match name.strip_prefix("meta-") {
                Some(key) => one.meta[key] == *wanted,
                None => match name.as_str() {
                    "state" => wanted.split(',').any(|state| state == one.state),
                    "target" => wanted == "production",
                    "projectId" => wanted == PROJECT,
                    _ => true,
                },
            })
        };
        let mut list: Vec<Value> = self.deployments.iter().filter(is_meant).map(|one| self.shown(one)).collect();
        list.reverse();
        (200, json!({ "deployments": list, "pagination": { "count": list.len(), "next": null, "prev": null } }))
    }

    /// By itself it says otherwise than in a list whether it has its addresses.
    fn in_full(&self, one: &Deployment) -> Value {
        let mut shown = self.shown(one);
        let has_addresses = shown["aliasAssigned"] != json!(false);
        shown["aliasAssignedAt"] = shown["aliasAssigned"].take();
        shown["aliasAssigned"] = json!(has_addresses);
        shown["projectSettings"] = json!({});
        shown["isInConcurrentBuildsQueue"] = json!(false);
        shown["isInSystemBuildsQueue"] = json!(false);
        shown
    }

    fn shown(&self, one: &Deployment) -> Value {
        let has_addresses = one.state == "READY" && (!self.rolled_back || one.id == self.production());
        let url = format!("{}.vercel.app", one.id.replace('_', "-"));
        json!({
            "id": one.id, "uid": one.id, "name": "shop", "projectId": PROJECT, "ownerId": ACCOUNT, "url": url,
            "readyState": one.state, "state": one.state, "status": one.state, "created": one.created,
            "createdAt": one.created, "meta": one.meta, "target": "production", "type": "LAMBDAS", "version": 2,
            "aliasAssigned": if has_addresses { json!(one.created) } else { json!(false) }, "alias": [],
            "isRollbackCandidate": one.state == "READY", "creator": { "uid": "usr_1", "username": "a" },
            "inspectorUrl": format!("https://vercel.com/shop/shop/{}", one.id), "regions": ["sfo1"], "routes": null,
            "public": false, "plan": "pro", "bootedAt": one.created, "buildingAt": one.created, "env": [],
            "build": { "env": [] }, "createdIn": "sfo1", "buildSkipped": false, "inspectorUrls": [],
            "errorMessage": (one.state == "ERROR").then_some("Command \"npm run build\" exited with 1"),
            "project": { "id": PROJECT, "name": "shop" },
        })
    }
}

/// A variable as an answer has it. Sensitive values are never given back; others are sealed in lists.
fn shown(one: &Variable, decrypt: bool) -> Value {
    let (value, decrypted) = match one.kind.as_str() {
        "plain" => (one.value.clone(), true),
        "sensitive" => (String::new(), false),
        _ if decrypt => (one.value.clone(), true),
        _ => ("eyJ2IjoidjIiLCJlcGsiOnt9fQ==".to_owned(), false),
    };
    json!({ "id": one.id, "key": one.key, "value": value, "type": one.kind, "target": one.target,
        "decrypted": decrypted, "createdAt": one.updated, "updatedAt": one.updated, "configurationId": null,
        "securityIssues": [] })
}
