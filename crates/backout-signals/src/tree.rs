//! The decision tree, as the plan writes it: the first branch that holds says what follows, and all that was asked on the
//! way is kept.
//!
//! Must not know: how a way back is gone, or what a trigger measures.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree(pub Vec<Branch>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    pub name: String,
    pub when: When,
    pub then: Outcome,
}

/// All that is given must hold. A branch that asks nothing always does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// One of these.
    pub symptom: Vec<String>,
    /// One of these.
    pub trigger: Vec<String>,
    pub value_above: Option<f64>,
    pub people_at_least: Option<u64>,
    pub falling: Option<bool>,
    pub minutes_since_release_under: Option<u64>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    RollBack { way: String },
    Monitor { time: Duration },
    FixInPlace { what: String },
}

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub symptom: String,
    pub trigger: String,
    pub value: f64,
    pub people: u64,
    pub falling: bool,
    pub minutes_since_release: Option<u64>,
}

/// One branch that was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub branch: String,
    pub held: bool,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Nothing where no branch holds.
    pub outcome: Option<Outcome>,
    /// The branch that held.
    pub rule: Option<String>,
    pub path: Vec<Asked>,
}

impl Tree {
    pub fn decide(&self, facts: &Facts) -> Decision {
        let mut path = Vec::new();
        for branch in &self.0 {
            let against = branch.when.against(facts);
            let held = against.is_none();
            let why = against.unwrap_or_else(|| "all of it holds".to_owned());
            path.push(Asked { branch: branch.name.clone(), held, why });
            if held {
                return Decision { outcome: Some(branch.then.clone()), rule: Some(branch.name.clone()), path };
            }
        }
        Decision { outcome: None, rule: None, path }
    }
}

impl When {
    /// The first thing that does not hold.
    fn against(&self, facts: &Facts) -> Option<String> {
        let among = |wanted: &[String], is: &str| wanted.is_empty() || wanted.iter().any(|one| one == is);
        if !among(&self.symptom, &facts.symptom) {
            return Some(format!("the symptom is {:?}", facts.symptom));
        }
        if !among(&self.trigger, &facts.trigger) {
            return Some(format!("the trigger is {:?}", facts.trigger));
        }
        if let Some(above) = self.value_above.filter(|above| facts.value <= *above) {
            return Some(format!("{} is not above {above}", facts.value));
        }
        if let Some(least) = self.people_at_least.filter(|least| facts.people < *least) {
            return Some(format!("it happened to {} where {least} count", facts.people));
        }
        if let Some(falling) = self.falling.filter(|falling| facts.falling != *falling) {
            return Some(if falling { "it is not falling" } else { "it is falling" }.to_owned());
        }
        let under = self.minutes_since_release_under?;
        match facts.minutes_since_release {
            Some(since) if since < under => None,
            Some(since) => Some(format!("the release was {since} min ago")),
            None => Some("no release is known".to_owned()),
        }
    }
}
