//! The way that rolls a Deployment back, with kubectl itself against a stand-in for the server: what is rolled back twice is
//! at the revision that one wanted to leave.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};

use super::{BACK, Journaled, Look, Scene, TELL};
use crate::http::listen;
use crate::providers_more::{Cluster, has_kubectl, kubeconfig};

const BACK_TO_TWO: &str = r#"
[[way]]
name = "A"
for = ["errors"]
keep = "none"
[[way.step]]
name = "roll back"
do = "kubernetes"
budget = "30s"
with = { deployment = "shop", namespace = "web", kubeconfig = "kube.yaml" }
"#;

/// The same taken back: a later step fails, and the newest revision runs again.
const AND_FORTH: &str = r#"
[[way]]
name = "A"
for = ["errors"]
keep = "none"
[[way.step]]
name = "roll back"
do = "kubernetes"
budget = "30s"
with = { deployment = "shop", namespace = "web", kubeconfig = "kube.yaml" }
undo = { do = "kubernetes", with = { deployment = "shop", namespace = "web", kubeconfig = "kube.yaml", to_revision = 3 } }
[[way.step]]
name = "never"
do = "verify"
budget = "30s"
on_failure = "unwind"
with = { checks = [{ name = "no", that = { sql = "SELECT false" } }] }
"#;

fn lock(cluster: &Mutex<Cluster>) -> MutexGuard<'_, Cluster> {
    cluster.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The way killed everywhere, which ends with `code`, this image and so many changes of the Deployment.
async fn rolled(name: &str, store: Journaled, plan: &str, code: i32, (image, patches): (&str, u32)) -> Result<()> {
    if !has_kubectl()? {
        return Ok(());
    }
    let cluster: Arc<Mutex<Cluster>> = Arc::default();
    let serving = cluster.clone();
    let url = listen(move |request| lock(&serving).answer(&request))?;
    let project = super::project(name, store, plan).await?;
    project.write("kube.yaml", &kubeconfig(&url))?;
    let mut scene = Scene::of(project, name, store).await?;
    scene.home = Some(scene.project.path("home").display().to_string());
    let again: Look<'_> = &|scene: &Scene| {
        *lock(&cluster) = Cluster::default();
        scene.project.write("told", "")
    };
    let settled: Look<'_> = &|_: &Scene| {
        let now = lock(&cluster);
        let seen = (now.image(), now.patches);
        ensure!(seen == (image.to_owned(), patches), "{seen:?}; not known: {:?}", now.unknown);
        Ok(())
    };
    scene.killed_everywhere(&BACK, code, again, settled)
}

async fn back(store: Journaled) -> Result<()> {
    rolled("kills_kube", store, &format!("{BACK_TO_TWO}{TELL}"), 0, ("shop:2", 1)).await
}

#[tokio::test]
async fn a_way_that_rolls_a_deployment_back() -> Result<()> {
    back(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_rolls_a_deployment_back_on_a_server() -> Result<()> {
    back(Journaled::Server).await
}

#[tokio::test]
async fn a_deployment_that_is_rolled_forth_again() -> Result<()> {
    rolled("kills_kube_forth", Journaled::File, AND_FORTH, 1, ("shop:3", 2)).await
}
