//! Where values are: a file beside the plan, or a project of a provider.
//!
//! Must not know: what was changed there before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::value::{Current, Wanted};
use super::vercel::VercelPlace;
use super::{env_file, files, flagd};
use crate::{Env, Result};

pub(super) const ENV: &str = "env";
pub(super) const FLAGS: &str = "flags";

/// Paths are relative to the plan.
#[derive(Debug, Clone)]
pub enum Place {
    EnvFile(PathBuf),
    Flags(PathBuf),
    Vercel(VercelPlace),
}

impl Place {
    /// As the history calls it.
    pub fn name(&self) -> String {
        match self {
            Self::EnvFile(file) | Self::Flags(file) => file.display().to_string(),
            Self::Vercel(place) => place.name(),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flags(_) => FLAGS,
            _ => ENV,
        }
    }

    /// Whether what is there may be shown and kept as it is.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Flags(_))
    }

    fn path(&self, env: &Env) -> Option<PathBuf> {
        match self {
            Self::EnvFile(file) | Self::Flags(file) => Some(env.folder().join(file)),
            Self::Vercel(_) => None,
        }
    }

    /// What is written for a value: in an environment file, the line that sets it.
    pub fn wanted(&self, name: &str, value: &str) -> Wanted {
        match self {
            Self::EnvFile(_) => Wanted::value(env_file::line(name, value)),
            Self::Flags(_) => Wanted::value(value),
            Self::Vercel(place) => Wanted { text: Some(value.to_owned()), of_type: place.of_type.clone() },
        }
    }

    /// What is there under these names.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn read(
        &self,
        env: &Env,
        names: &BTreeSet<String>,
        deadline: Timestamp,
    ) -> Result<BTreeMap<String, Current>> {
        let found = |text: Option<String>| match text {
            Some(text) => Current::Value { text, of_type: None },
            None => Current::Absent,
        };
        match self {
            Self::EnvFile(file) => {
                let text = files::read(&env.folder().join(file))?;
                Ok(names.iter().map(|name| (name.clone(), found(env_file::get(&text, name)))).collect())
            }
            Self::Flags(file) => {
                let document = flagd::document(&env.folder().join(file))?;
                Ok(names.iter().map(|name| (name.clone(), found(flagd::definition(&document, name)))).collect())
            }
            Self::Vercel(place) => place.read(env, names, deadline).await,
        }
    }

    /// Changes what is there, and says what the provider calls each state afterwards.
    pub(super) async fn write(
        &self,
        env: &Env,
        wanted: &BTreeMap<String, Wanted>,
        deadline: Timestamp,
    ) -> Result<BTreeMap<String, String>> {
        let texts = || wanted.iter().map(|(name, wanted)| (name.clone(), wanted.text.clone())).collect();
        match self {
            Self::EnvFile(file) => {
                let path = env.folder().join(file);
                let text = files::read(&path)?;
                files::replace(&path, &env_file::changed(&text, &texts()))?;
                Ok(BTreeMap::new())
            }
            Self::Flags(file) => {
                let path = env.folder().join(file);
                let document = flagd::document(&path)?;
                files::replace(&path, &flagd::changed(document, &texts())?)?;
                Ok(BTreeMap::new())
            }
            Self::Vercel(place) => place.write(env, wanted, deadline).await,
        }
    }

    /// Held from reading to writing.
    pub(super) async fn lock(&self, env: &Env) -> Result<Option<files::Lock>> {
        match self.path(env) {
            Some(path) => Ok(Some(files::Lock::of(&path).await?)),
            None => Ok(None),
        }
    }

    /// The place that a step of a plan changes, if it is of such a kind.
    pub fn of_step(kind: &str, with: &Value) -> Option<Self> {
        let file = |default: &str| {
            let file = with["file"].as_str().unwrap_or(default);
            (!file.is_empty()).then(|| Path::new(file).to_path_buf())
        };
        match kind {
            "env-file" => file(".env").map(Self::EnvFile),
            "flags" => file("").map(Self::Flags),
            "vercel-env" => serde_json::from_value(with.clone()).ok().map(Self::Vercel),
            _ => None,
        }
    }
}

/// All places that the plan's steps change: what a history says of a place is believed of these alone, since whoever may
/// write to the store could name any.
pub fn of_plan(env: &Env) -> Vec<Place> {
    let Some(plan) = &env.plan else { return Vec::new() };
    let steps = plan.ways.iter().flat_map(|way| &way.steps).chain(&plan.release.steps);
    let mut places: BTreeMap<(String, &'static str), Place> = BTreeMap::new();
    for step in steps {
        if let Some(place) = Place::of_step(&step.kind, &step.with) {
            places.entry((place.name(), place.kind())).or_insert(place);
        }
    }
    places.into_values().collect()
}
