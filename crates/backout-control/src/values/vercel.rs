//! Variables of a project on Vercel, for some of its environments.
//!
//! Must not know: what was changed there before.

use std::collections::{BTreeMap, BTreeSet};

use backout_connectors::vercel::{self, Variable, Vercel};
use backout_plan::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::value::{Current, Wanted};
use crate::failure::Refusal;
use crate::{Env, Result};

/// What names a variable in the place of a value.
const NAMED: &str = "env:";

/// The variable that holds a token. A token itself is no such text, so none can stand in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

impl TryFrom<String> for Token {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        match text.strip_prefix(NAMED) {
            Some(name) if !name.is_empty() => Ok(Self(name.to_owned())),
            // It may be the token, so it is not repeated.
            _ => Err("a token is named as env:NAME, never written".to_owned()),
        }
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        format!("{NAMED}{}", token.0)
    }
}

impl Token {
    /// That of Vercel, as its own client calls it.
    pub fn vercel() -> Self {
        Self("VERCEL_TOKEN".to_owned())
    }

    pub fn github() -> Self {
        Self("GITHUB_TOKEN".to_owned())
    }

    /// # Errors
    /// Where the variable is not set.
    pub fn value(&self, env: &Env) -> Result<Secret> {
        let set = (env.variables)(&self.0).filter(|value| !value.trim().is_empty());
        let unset = || Refusal::usage(format!("{} is not set", self.0), None);
        Ok(Secret::from(set.ok_or_else(unset)?.trim()))
    }
}

fn base() -> String {
    vercel::BASE.to_owned()
}

fn production() -> Vec<String> {
    vec!["production".to_owned()]
}

/// A project, and how one gets to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VercelAccess {
    /// Its name or its id.
    pub project: String,
    #[serde(default)]
    pub team: Option<String>,
    #[serde(default = "Token::vercel")]
    pub token: Token,
    #[serde(default = "base")]
    pub url: String,
}

impl VercelAccess {
    /// # Errors
    /// Where the token is not set, or the address is none.
    pub fn open(&self, env: &Env, deadline: Timestamp) -> Result<Vercel> {
        Ok(Vercel::new(&self.url, self.team.clone(), self.token.value(env)?, deadline)?)
    }
}

/// The variables of a project for some environments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VercelPlace {
    #[serde(flatten)]
    pub access: VercelAccess,
    #[serde(default = "production")]
    pub targets: Vec<String>,
    /// What new variables are; those that are there stay what they are where it is not said.
    #[serde(default, rename = "type")]
    pub of_type: Option<String>,
}

impl VercelPlace {
    pub(super) fn name(&self) -> String {
        format!("vercel {} {}", self.access.project, self.targets.join("+"))
    }

    /// The variable of a name, where a change of it reaches these environments and no other.
    fn meant<'v>(&self, variables: &'v [Variable], name: &str) -> Result<Option<&'v Variable>> {
        vercel::meant(variables, name, &self.targets).map_err(|shared| {
            let said = format!(
                "{name} is one variable for {} on Vercel, and a change for {} alone would reach all of them",
                shared.join(", "),
                self.targets.join(", ")
            );
            let advice = "name all of them in targets, or make one for each there";
            Refusal::refused(said, Some(backout_plan::Remedy::advice(advice))).into()
        })
    }

    pub(super) async fn read(
        &self,
        env: &Env,
        names: &BTreeSet<String>,
        deadline: Timestamp,
    ) -> Result<BTreeMap<String, Current>> {
        let (vercel, project) = (self.access.open(env, deadline)?, &self.access.project);
        let variables = vercel.variables(project).await?;
        let mut found = BTreeMap::new();
        for name in names {
            let current = match self.meant(&variables, name)? {
                None => Current::Absent,
                Some(variable) => match vercel.value(project, variable).await? {
                    Some(value) => {
                        Current::Value { text: value.expose().to_owned(), of_type: Some(variable.kind.clone()) }
                    }
                    None => Current::Unreadable { of_type: variable.kind.clone(), state: variable.state() },
                },
            };
            found.insert(name.clone(), current);
        }
        Ok(found)
    }

    pub(super) async fn write(
        &self,
        env: &Env,
        wanted: &BTreeMap<String, Wanted>,
        deadline: Timestamp,
    ) -> Result<BTreeMap<String, String>> {
        let (vercel, project) = (self.access.open(env, deadline)?, &self.access.project);
        let variables = vercel.variables(project).await?;
        for (name, wanted) in wanted {
            match (self.meant(&variables, name)?, &wanted.text) {
                (there, Some(text)) => {
                    let kind = wanted.of_type.as_deref();
                    vercel.set(project, there, name, &Secret::from(text.as_str()), kind, &self.targets).await?;
                }
                (Some(there), None) => vercel.unset(project, there).await?,
                (None, None) => {}
            }
        }
        let variables = vercel.variables(project).await?;
        let mut states = BTreeMap::new();
        for name in wanted.keys() {
            if let Some(variable) = self.meant(&variables, name)? {
                states.insert(name.clone(), variable.state());
            }
        }
        Ok(states)
    }
}
