//! Deployments asked of GitHub, and of Kubernetes with kubectl itself, against stand-ins.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::http::{Reply, Request, listen};
use crate::project::{PLAN, Project};

const BACK: [&str; 3] = ["rollback", "--yes", "production"];
pub const TOKEN: &str = "tok3n-of-github";

async fn project(name: &str, steps: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}GITHUB_TOKEN={TOKEN}\n"))?;
    project.write("backout.toml", &format!("{PLAN}[[way]]\nname = \"A\"\n{steps}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// GitHub, as far as deployments go. What is deployed goes on with every look.
#[derive(Default)]
pub struct GitHub {
    pub deployments: Vec<Value>,
    looks: BTreeMap<u64, u32>,
    held: bool,
    fails: bool,
    /// Once, to a request that is not taken.
    limited: bool,
}

impl GitHub {
    pub fn answer(&mut self, request: &Request) -> Reply {
        if request.token.as_deref() != Some(TOKEN) {
            return Reply::new(401, json!({ "message": "Bad credentials" }));
        }
        let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            ("POST", ["repos", "o", "shop", "deployments"]) => {
                if std::mem::take(&mut self.limited) {
                    let said = json!({ "message": "You have exceeded a secondary rate limit." });
                    return Reply { status: 403, body: said, retry_after: Some(1) };
                }
                let mut made = request.body.clone();
                if made["ref"] == "gone" {
                    return Reply::new(422, json!({ "message": "No ref found for: gone" }));
                }
                made["id"] = json!(self.deployments.len() + 1);
                self.deployments.push(made.clone());
                Reply::new(201, made)
            }
            ("GET", ["repos", "o", "shop", "deployments"]) => {
                let wanted = request.query.get("environment");
                let of = |one: &&Value| wanted.is_none_or(|wanted| one["environment"] == **wanted);
                let list: Vec<Value> = self.deployments.iter().rev().filter(of).cloned().collect();
                Reply::new(200, json!(list))
            }
            ("GET", ["repos", "o", "shop", "deployments", id, "statuses"]) => {
                let looks = self.looks.entry(id.parse().unwrap_or_default()).or_default();
                *looks += u32::from(!self.held);
                let state = match (*looks, self.fails) {
                    (0 | 1, _) => return Reply::new(200, json!([])),
                    (2, _) => "in_progress",
                    (_, true) => "failure",
                    (_, false) => "success",
                };
                Reply::new(200, json!([{ "state": state, "description": "by the workflow" }]))
            }
            _ => Reply::new(404, json!({ "message": "Not Found" })),
        }
    }
}

#[tokio::test]
async fn a_deployment_on_github_is_asked_for_once_and_waited_for() -> Result<()> {
    let state: Arc<Mutex<GitHub>> = Arc::default();
    let serving = state.clone();
    let url = listen(move |request| serving.lock().unwrap_or_else(PoisonError::into_inner).answer(&request))?;
    let steps = format!(
        "[[way.step]]\nname = \"deploy\"\ndo = \"github-deployment\"\nbudget = \"20s\"\nwith = {{ repository = \"o/shop\", ref = \"v1.2\", url = \"{url}\", every_ms = 20 }}\n"
    );
    let project = project("github", &steps).await?;
    let state = || state.lock().unwrap_or_else(PoisonError::into_inner);
    state().limited = true;
    state().held = true;
    let mut running = project.command(&BACK)?.start()?;
    let until = Instant::now() + Duration::from_secs(30);
    while state().deployments.is_empty() {
        ensure!(Instant::now() < until && running.is_running()?, "{}", running.end()?.transcript());
        tokio::task::yield_now().await;
    }
    running.kill()?;
    state().held = false;
    project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
    assert_eq!(state().deployments.len(), 1);
    let made = state().deployments[0].clone();
    assert_eq!(
        (&made["ref"], &made["environment"], &made["auto_merge"]),
        (&json!("v1.2"), &json!("production"), &json!(false))
    );
    // Another run is another deployment; one that fails is told as it was said.
    state().fails = true;
    let failed = project.command(&BACK)?.run()?.expect_code(4);
    ensure!(failed.stderr.contains("failure by the workflow"), "{}", failed.transcript());
    ensure!(!failed.transcript().contains(TOKEN), "{}", failed.transcript());
    assert_eq!(state().deployments.len(), 2);
    project.run(&["run", "abort", "latest", "--because", "seen"], 0)?;
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace("v1.2", "gone"))?;
    let refused = project.command(&BACK)?.run()?.expect_code(4);
    ensure!(refused.stderr.contains("No ref found"), "{}", refused.transcript());
    Ok(())
}

/// As much of a Kubernetes API server as `kubectl get`, `rollout undo` and `rollout status` ask for, with the part of the
/// Deployment controller that numbers revisions.
pub struct Cluster {
    /// Name, revision and image of each ReplicaSet.
    sets: Vec<(String, u64, String)>,
    generation: u64,
    pub patches: u32,
    /// New pods do not come up.
    held: bool,
    pub unknown: Vec<String>,
}

impl Default for Cluster {
    /// Three revisions, of which the last one runs.
    fn default() -> Self {
        let set = |name: &str, revision, image: &str| (name.to_owned(), revision, image.to_owned());
        let sets = vec![set("shop-a", 1, "shop:1"), set("shop-b", 2, "shop:2"), set("shop-c", 3, "shop:3")];
        Self { sets, generation: 3, patches: 0, held: false, unknown: Vec::new() }
    }
}

/// Whether kubectl is there, which it must be where it is demanded.
pub fn has_kubectl() -> Result<bool> {
    let there = std::process::Command::new("kubectl").args(["version", "--client"]).output();
    let there = there.is_ok_and(|output| output.status.success());
    ensure!(there || std::env::var_os("BACKOUT_TEST_KUBECTL").is_none(), "kubectl is demanded, and not there");
    Ok(there)
}

/// How kubectl comes to the stand-in.
pub fn kubeconfig(url: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{ name: c, cluster: {{ server: \"{url}\" }} }}]\n\
         users: [{{ name: u, user: {{}} }}]\ncontexts: [{{ name: c, context: {{ cluster: c, user: u }} }}]\n"
    )
}

impl Cluster {
    pub fn image(&self) -> String {
        self.sets.iter().max_by_key(|one| one.1).map(|one| one.2.clone()).unwrap_or_default()
    }

    fn template(image: &str, hash: Option<&str>) -> Value {
        let mut labels = json!({ "app": "shop" });
        if let Some(hash) = hash {
            labels["pod-template-hash"] = json!(hash);
        }
        json!({ "metadata": { "labels": labels }, "spec": { "containers": [{ "name": "shop", "image": image }] } })
    }

    fn deployment(&self) -> Value {
        let newest = self.sets.iter().map(|one| one.1).max().unwrap_or_default();
        let ready = if self.held { 1 } else { 2 };
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "shop", "namespace": "web", "uid": "d-1", "generation": self.generation,
                "resourceVersion": "7", "annotations": { "deployment.kubernetes.io/revision": newest.to_string() } },
            "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "shop" } }, "template": Self::template(&self.image(), None) },
            "status": { "observedGeneration": self.generation, "replicas": 2, "updatedReplicas": 2,
                "availableReplicas": ready, "readyReplicas": ready,
                "conditions": [{ "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable" }] },
        })
    }

    fn replica_set(&self, (name, revision, image): &(String, u64, String)) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": { "name": name, "namespace": "web", "uid": name, "labels": { "app": "shop", "pod-template-hash": name },
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() },
                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "shop", "uid": "d-1", "controller": true }] },
            "spec": { "replicas": 0, "selector": { "matchLabels": { "app": "shop", "pod-template-hash": name } }, "template": Self::template(image, Some(name)) },
            "status": { "replicas": 0 },
        })
    }

    pub fn answer(&mut self, request: &Request) -> Reply {
        let list = |kind: &str, items: Vec<Value>| json!({ "apiVersion": "apps/v1", "kind": kind, "metadata": { "resourceVersion": "7" }, "items": items });
        let resource = |name: &str, kind: &str| {
            json!({ "name": name, "singularName": "", "namespaced": true, "kind": kind,
                "verbs": ["get", "list", "watch", "patch", "update"] })
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api") => Reply::new(200, json!({ "kind": "APIVersions", "versions": ["v1"] })),
            ("GET", "/api/v1") => {
                Reply::new(200, json!({ "kind": "APIResourceList", "groupVersion": "v1", "resources": [] }))
            }
            ("GET", "/apis") => {
                let version = json!({ "groupVersion": "apps/v1", "version": "v1" });
                let group = json!({ "name": "apps", "versions": [version], "preferredVersion": version });
                Reply::new(200, json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [group] }))
            }
            ("GET", "/apis/apps/v1") => {
                let all = [resource("deployments", "Deployment"), resource("replicasets", "ReplicaSet")];
                Reply::new(200, json!({ "kind": "APIResourceList", "groupVersion": "apps/v1", "resources": all }))
            }
            ("GET", "/apis/apps/v1/namespaces/web/deployments/shop") => Reply::new(200, self.deployment()),
            ("GET", "/apis/apps/v1/namespaces/web/deployments") => {
                Reply::new(200, list("DeploymentList", vec![self.deployment()]))
            }
            ("GET", "/apis/apps/v1/namespaces/web/replicasets") => {
                let all = self.sets.iter().map(|one| self.replica_set(one)).collect();
                Reply::new(200, list("ReplicaSetList", all))
            }
            ("PATCH", "/apis/apps/v1/namespaces/web/deployments/shop") => {
                let text = request.body.to_string();
                let next = self.sets.iter().map(|one| one.1).max().unwrap_or_default() + 1;
                if let Some(set) = self.sets.iter_mut().find(|one| text.contains(&format!("{:?}", one.2))) {
                    // The controller gives the template that is there already a new number.
                    set.1 = next;
                    self.patches += 1;
                    self.generation += 1;
                }
                Reply::new(200, self.deployment())
            }
            _ => {
                self.unknown.push(format!("{} {}", request.method, request.path));
                Reply::new(
                    404,
                    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "not found" }),
                )
            }
        }
    }
}

/// Which of the revisions everybody runs is asked of kubectl itself.
#[tokio::test]
async fn kubernetes_goes_back_to_a_revision_once() -> Result<()> {
    if !has_kubectl()? {
        return Ok(());
    }
    let state: Arc<Mutex<Cluster>> = Arc::default();
    let serving = state.clone();
    let url = listen(move |request| serving.lock().unwrap_or_else(PoisonError::into_inner).answer(&request))?;
    let steps = "[[way.step]]\nname = \"back\"\ndo = \"kubernetes\"\nbudget = \"20s\"\nwith = { deployment = \"shop\", namespace = \"web\", kubeconfig = \"kube.yaml\" }\n\
                 [[way]]\nname = \"first\"\n[[way.step]]\nname = \"back\"\ndo = \"kubernetes\"\nbudget = \"20s\"\nwith = { deployment = \"shop\", namespace = \"web\", kubeconfig = \"kube.yaml\", to_revision = 1 }\n\
                 [[way]]\nname = \"gone\"\n[[way.step]]\nname = \"back\"\ndo = \"kubernetes\"\nwith = { deployment = \"shop\", namespace = \"web\", kubeconfig = \"kube.yaml\", to_revision = 77 }\n";
    let project = project("kubernetes", steps).await?;
    project.write("kube.yaml", &kubeconfig(&url))?;
    let home = project.path("home").display().to_string();
    let command = |line: &[&str]| anyhow::Ok(project.command(line)?.env("HOME", &home));
    let state = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let seen = || {
        let state = state();
        (state.image(), state.patches)
    };
    let preview = command(&[&BACK[..], &["--dry-run"]].concat())?.run()?.expect_code(0);
    ensure!(preview.stdout.contains("rollout undo deployment/shop"), "{}", preview.transcript());
    let killed = command(&BACK)?.run_to_failpoint("run.acted.2")?;
    ensure!(killed.hit && killed.run.was_killed(), "{} {:?}", killed.run.transcript(), state().unknown);
    assert_eq!(seen(), ("shop:2".to_owned(), 1), "{}", killed.run.transcript());
    // Done again it would go back to 3.
    command(&["run", "resume", "latest", "--yes", "production"])?.run()?.expect_code(0);
    assert_eq!(seen(), ("shop:2".to_owned(), 1));
    command(&[&BACK[..], &["--way", "first"]].concat())?.run()?.expect_code(0);
    assert_eq!(state().image(), "shop:1");
    let gone = command(&[&BACK[..], &["--way", "gone"]].concat())?.run()?.expect_code(4);
    ensure!(gone.stderr.contains("no revision 77"), "{}", gone.transcript());
    Ok(())
}
