//! A server with a plan, a store in a folder and no database.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use backout_control::event::Silent;
use backout_control::runs::Runs;
use backout_control::tokens::{self, Scope};
use backout_control::{Env, Stop};
use backout_plan::Plan;
use backout_postgres::sandbox::Surroundings;
use backout_server::{App, Options, Peer, begin, router, serve};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

pub const FLAGS: &str = r#"{ "flags": {
    "cards": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" },
    "search": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" },
    "later": { "state": "DISABLED", "variants": { "on": true }, "defaultVariant": "on" } } }"#;

pub const PLAN: &str = r#"version = 1
[targets.production]
url = "postgresql://nobody@127.0.0.1:1/none"
[serve]
flags = "flags.json"
[[gate]]
route = "/api/clients"
flag = "cards"
[[gate]]
route = "/clients"
flag = "cards"
redirect = "/soon"
[[gate]]
route = "/search"
flag = "search"
[[source]]
name = "events"
ask.webhook = { kind = "json", secret = "env:EVENTS_SECRET" }
[[source]]
name = "complaints"
ask.reports = { kind = "complaint" }
"#;

pub const SECRET: &str = "not known to anybody";

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

pub struct World {
    pub folder: TempDir,
    pub app: App,
    router: Router,
    _tasks: JoinSet<()>,
}

async fn made(folder: &TempDir, more: &str, options: Options) -> Result<(Env, Runs, Options)> {
    let path = folder.path();
    std::fs::write(path.join("flags.json"), FLAGS)?;
    let file = path.join("backout.toml").display().to_string();
    let plan = Plan::parse(&file, &format!("{PLAN}{more}")).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let variables = BTreeMap::from([("EVENTS_SECRET".to_owned(), SECRET.to_owned())]);
    let target = plan.target(Some("production")).context("a target")?.clone();
    let env = Env {
        settings: Ok("postgresql://nobody@127.0.0.1:1/none".parse().map_err(|_| anyhow::anyhow!("settings"))?),
        plan: Some(Arc::new(plan)),
        target: Some(target),
        claimed: None,
        confirmed: None,
        ask: Arc::new(|_, _| None),
        observer: Arc::new(Silent),
        stop: Stop::new(),
        variables: Arc::new(move |name| variables.get(name).cloned()),
        programs: Surroundings::new(None, None),
        temporary: std::env::temp_dir(),
    };
    let runs = Runs::of(&env, "server").await.map_err(|failure| anyhow::anyhow!(failure.sentence()))?;
    Ok((env, runs, options))
}

impl World {
    pub async fn new() -> Result<Self> {
        Self::with(Options::of("server")).await
    }

    pub async fn with(options: Options) -> Result<Self> {
        Self::planned("", options).await
    }

    /// With more in its plan.
    pub async fn planned(more: &str, options: Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (env, runs, options) = made(&folder, more, options).await?;
        let app = App::new(env, runs, options).await.map_err(|failure| anyhow::anyhow!(failure.sentence()))?;
        let tasks = begin(&app);
        Ok(Self { folder, router: router(app.clone()), app, _tasks: tasks })
    }

    /// A token for these scopes, known to the server.
    pub async fn token(&self, name: &str, scopes: &[Scope]) -> Result<String> {
        let scopes: BTreeSet<Scope> = scopes.iter().copied().collect();
        let secret = tokens::make(&self.app.runs, name, scopes, None, "test").await;
        let secret = secret.map_err(|failure| anyhow::anyhow!(failure.sentence()))?;
        while self.app.tokens.holder(&secret).is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(secret)
    }

    pub async fn send(&self, peer: Peer, request: Request<Body>) -> Result<Answer> {
        let mut request = request;
        request.extensions_mut().insert(peer);
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Answer { status: parts.status, headers: parts.headers, text })
    }

    /// From this machine, under its usual name.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:7300");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(Peer::Loopback, request.body(Body::from(body.to_owned()))?).await
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.ask("GET", path, &[], "").await
    }
}

/// A server that listens.
pub struct Listening {
    pub address: SocketAddr,
    pub stop: Stop,
    pub served: JoinHandle<std::result::Result<(), String>>,
    pub folder: TempDir,
}

pub async fn listening(options: Options) -> Result<Listening> {
    let folder = tempfile::tempdir()?;
    let options = Options { listen: Some("127.0.0.1:0".to_owned()), ..options };
    let (env, runs, options) = made(&folder, "", options).await?;
    let stop = env.stop.clone();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let served = tokio::spawn(async move {
        let ready = move |address: &str| drop(tell.send(address.to_owned()));
        serve(env, runs, options, &ready).await.map_err(|failure| failure.sentence())
    });
    let address = told.recv().await.context("it listens")?;
    let address = address.strip_prefix("http://").context("without TLS")?.parse()?;
    Ok(Listening { address, stop, served, folder })
}

/// Tries to listen there: what is said where it may not.
pub async fn served_at(place: &str) -> std::result::Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let options = Options { listen: Some(place.to_owned()), ..Options::of("server") };
    let (env, runs, options) = made(&folder, "", options).await.map_err(|error| error.to_string())?;
    serve(env, runs, options, &|_| {}).await.map_err(|failure| failure.sentence())
}
