//! Rolls a Deployment of Kubernetes back to an earlier revision with `kubectl`, and waits until it is rolled out.
//!
//! A rollback gives the old revision's template a new number, so the step remembers which ReplicaSet it means.
//!
//! Must not know: what runs there.

use serde::Deserialize;
use serde_json::{Value, json};

use super::command::Command;
use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::failure::Refusal;
use crate::mistake::{Look, Mistake};
use crate::outside::program::line;

const REVISION: &str = r"deployment\.kubernetes\.io/revision";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kubernetes {
    deployment: String,
    #[serde(default = "default_namespace")]
    namespace: String,
    /// The one before the current one, where it is not said.
    #[serde(default)]
    to_revision: Option<u64>,
    /// Of the kubeconfig.
    #[serde(default)]
    context: Option<String>,
    /// Relative to the plan; else what kubectl finds by itself.
    #[serde(default)]
    kubeconfig: Option<String>,
}

fn default_namespace() -> String {
    "default".to_owned()
}

/// A revision that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Revision {
    replica_set: String,
    number: u64,
}

impl Kubernetes {
    fn kubectl(&self, rest: &[&str]) -> Vec<String> {
        let mut argv = vec!["kubectl".to_owned()];
        // As `--name=value`, so that no value is taken for a flag.
        argv.extend(self.kubeconfig.iter().map(|file| format!("--kubeconfig={file}")));
        argv.extend(self.context.iter().map(|context| format!("--context={context}")));
        argv.push(format!("--namespace={}", self.namespace));
        argv.extend(rest.iter().map(|part| (*part).to_owned()));
        argv
    }

    fn undo(&self, to: u64) -> Vec<String> {
        self.kubectl(&["rollout", "undo", &format!("--to-revision={to}"), &self.named()])
    }

    fn named(&self) -> String {
        format!("deployment/{}", self.deployment)
    }

    /// What kubectl prints.
    async fn ask(&self, context: &Context<'_>, argv: Vec<String>) -> std::result::Result<String, Trouble> {
        let facts = Command::of(argv).done(context).await?;
        Ok(facts["stdout"].as_str().unwrap_or_default().to_owned())
    }

    /// All revisions that are kept, and the number of the current one.
    async fn revisions(&self, context: &Context<'_>) -> std::result::Result<(Vec<Revision>, u64), Trouble> {
        let path = format!("jsonpath={{.metadata.annotations.{REVISION}}}");
        let current = self.ask(context, self.kubectl(&["get", &self.named(), "-o", &path])).await?;
        let current = current.trim().parse().map_err(|_| {
            Trouble::new(format!("{} has no revision, so nothing was rolled out yet", self.named()), false)
        })?;
        let path = format!(
            "jsonpath={{range .items[*]}}{{.metadata.name}} {{.metadata.annotations.{REVISION}}} \
             {{.metadata.ownerReferences[?(@.controller==true)].name}}{{\"\\n\"}}{{end}}"
        );
        let list = self.ask(context, self.kubectl(&["get", "replicasets", "-o", &path])).await?;
        if list.contains("bytes more") {
            return Err(Trouble::new("there are too many replica sets in this namespace to be listed", false));
        }
        let revision = |line: &str| -> Option<Revision> {
            let mut parts = line.split_whitespace();
            let (name, number, owner) = (parts.next()?, parts.next()?, parts.next()?);
            let is_ours = owner == self.deployment;
            Some(Revision { replica_set: name.to_owned(), number: number.parse().ok()? }).filter(|_| is_ours)
        };
        Ok((list.lines().filter_map(revision).collect(), current))
    }

    /// The revision that is meant.
    fn meant(&self, all: &[Revision], current: u64) -> Result<Revision> {
        let found = match self.to_revision {
            Some(wanted) => all.iter().find(|one| one.number == wanted),
            None => all.iter().filter(|one| one.number < current).max_by_key(|one| one.number),
        };
        let kept = all.iter().map(|one| one.number.to_string()).collect::<Vec<_>>().join(", ");
        let which = self.to_revision.map_or("before the current one".to_owned(), |number| number.to_string());
        let missing =
            || Refusal::refused(format!("{} has no revision {which} any more; it has: {kept}", self.named()), None);
        Ok(found.cloned().ok_or_else(missing)?)
    }

    /// Whether everybody runs the revision of this replica set.
    async fn is_rolled_out(&self, context: &Context<'_>, replica_set: &str) -> std::result::Result<bool, Trouble> {
        let (all, current) = self.revisions(context).await?;
        if !is_current(&all, current, replica_set) {
            return Ok(false);
        }
        let path = "jsonpath={.metadata.generation} {.status.observedGeneration} {.spec.replicas} \
                    {.status.updatedReplicas} {.status.availableReplicas} {.status.replicas}";
        let text = self.ask(context, self.kubectl(&["get", &self.named(), "-o", path])).await?;
        let numbers: Vec<u64> = text.split(' ').map(|one| one.trim().parse().unwrap_or(0)).collect();
        Ok(match numbers[..] {
            [generation, seen, wanted, updated, available, all] => {
                seen >= generation && updated == wanted && available == wanted && all == wanted
            }
            _ => false,
        })
    }
}

fn is_current(all: &[Revision], current: u64, replica_set: &str) -> bool {
    all.iter().any(|one| one.replica_set == replica_set && one.number == current)
}

impl Kind for Kubernetes {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let undo = match self.to_revision {
                Some(to) => self.undo(to),
                None => self.kubectl(&["rollout", "undo", &self.named()]),
            };
            let status = self.kubectl(&["rollout", "status", &self.named()]);
            Ok(vec![line(&undo), line(&status)])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = Command::of(vec!["kubectl".to_owned()]).missing(look.env, "deployment");
            let config = self.kubeconfig.as_ref();
            found.extend(config.and_then(|file| look.file(&["kubeconfig"], std::path::Path::new(file))));
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let (all, current) = self.revisions(context).await?;
            let chosen = async { Ok(self.meant(&all, current)?.replica_set) };
            let replica_set = provider::chosen(context, chosen).await?;
            if !is_current(&all, current, &replica_set) {
                let gone = || Trouble::new(format!("replica set {replica_set} is gone"), false);
                let to = all.iter().find(|one| one.replica_set == replica_set).ok_or_else(gone)?;
                self.ask(context, self.undo(to.number)).await?;
            }
            // A little earlier than the budget ends, so that kubectl itself says why.
            let left = (context.left().as_millis() * 9 / 10).max(1000);
            let timeout = format!("--timeout={left}ms");
            let status = self.kubectl(&["rollout", "status", &timeout, &self.named()]);
            let said = self.ask(context, status).await?;
            Ok(json!({ "deployment": self.deployment, "replica_set": replica_set, "said": said }))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let Some(replica_set) = provider::kept(context).await? else { return Ok(Settled::NotBegun) };
            Ok(match self.is_rolled_out(context, &replica_set).await {
                Ok(true) => Settled::Done(json!({ "replica_set": replica_set })),
                // What is under way is waited for by the next attempt, which rolls nothing back twice.
                Ok(false) => Settled::NotBegun,
                Err(trouble) => Settled::Failed(trouble),
            })
        })
    }
}
