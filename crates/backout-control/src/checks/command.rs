//! A program that ends as it must.
//!
//! Must not know: what it looks at.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Boxed, Context, Held, Kind};
use crate::mistake::{Look, Mistake};
use crate::outside::program::{Program, judged, line};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    /// The program and its arguments, no shell.
    argv: Vec<String>,
    /// What it finds in its environment beside ours; `env:NAME` is looked up.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Relative to the plan.
    #[serde(default)]
    dir: Option<String>,
    #[serde(default)]
    expect_code: i32,
}

impl Kind for Command {
    fn said(&self) -> String {
        format!("{} ends with {}", line(&self.argv), self.expect_code)
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let program = Program { argv: &self.argv, env: &self.env, dir: self.dir.as_deref(), told: &[] };
            program.mistakes(look.env, "argv")
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let program = Program { argv: &self.argv, env: &self.env, dir: self.dir.as_deref(), told: &[] };
            judged(&self.argv, self.expect_code, program.run(&context.errand()).await?)
        })
    }
}
