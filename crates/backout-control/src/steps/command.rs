//! Runs a program: a list of arguments, no shell. Ended with all that it started when its time is over.
//!
//! Must not know: what the program is for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::mistake::{Look, Mistake};
use crate::outside::program::{Program, judged, line};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    /// The program and its arguments. `env:NAME` is not looked up here: arguments can be seen by everybody.
    argv: Vec<String>,
    /// What it finds in its environment beside ours; `env:NAME` is looked up.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Relative to the plan.
    #[serde(default)]
    dir: Option<String>,
    #[serde(default)]
    expect_code: i32,
    /// It may run again when nobody knows whether it ran.
    #[serde(default)]
    repeatable: bool,
    /// Another program that ends with 0 where it has done its work: how one tells after a crash.
    #[serde(default)]
    check: Vec<String>,
    /// It may change what is in the database, so the present state is kept before it. Nobody but its author knows.
    #[serde(default = "it_may")]
    writes_data: bool,
}

fn it_may() -> bool {
    true
}

impl Command {
    /// A program that may run again, and must end with 0.
    pub(super) fn of(argv: Vec<String>) -> Self {
        Self {
            argv,
            env: BTreeMap::new(),
            dir: None,
            expect_code: 0,
            repeatable: true,
            check: Vec::new(),
            writes_data: false,
        }
    }

    /// That it can never start, said of this key.
    pub(super) fn missing(&self, env: &crate::Env, key: &str) -> Vec<Mistake> {
        self.program(&self.argv).mistakes(env, key)
    }

    /// Runs it; anything but the code that is expected is trouble.
    pub(super) async fn done(&self, context: &Context<'_>) -> std::result::Result<Value, Trouble> {
        let done = self.run(context, &self.argv).await?;
        judged(&self.argv, self.expect_code, done)
    }

    fn program<'p>(&'p self, argv: &'p [String]) -> Program<'p> {
        Program { argv, env: &self.env, dir: self.dir.as_deref(), told: &[] }
    }

    async fn run(&self, context: &Context<'_>, argv: &[String]) -> std::result::Result<(i32, Value), Trouble> {
        let told = [
            ("BACKOUT_RUN", context.journal.run.clone()),
            ("BACKOUT_STEP", context.mark()),
            ("BACKOUT_FENCE", context.fence.to_string()),
        ];
        let program = Program { told: &told, ..self.program(argv) };
        program.run(&context.errand()).await
    }
}

impl Kind for Command {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(vec![line(&self.argv)]) })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = self.program(&self.argv).mistakes(look.env, "argv");
            if !self.check.is_empty() {
                let of_check = self.program(&self.check).mistakes(look.env, "check");
                found
                    .extend(of_check.into_iter().filter(|one| one.flaw.path.first().is_some_and(|key| key == "check")));
            }
            found
        })
    }

    fn writes_data(&self) -> bool {
        self.writes_data
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(self.done(context))
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            if !self.check.is_empty() {
                return Ok(match self.run(context, &self.check).await {
                    Ok((0, facts)) => Settled::Done(facts),
                    Ok(_) => Settled::NotBegun,
                    Err(trouble) => Settled::Failed(trouble),
                });
            }
            if self.repeatable {
                return Ok(Settled::NotBegun);
            }
            let why = format!("whether {} ran is not known: it has no check, and it may not run twice", self.argv[0]);
            Ok(Settled::Failed(Trouble::new(why, false)))
        })
    }
}
