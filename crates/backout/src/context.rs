//! What a command stands on: the plan, `.env`, the connection, who answers questions and how to stop. The only place that
//! reads the environment for a command.
//!
//! Must not know: what the command is about to do.

use std::path::PathBuf;
use std::sync::Arc;

use backout_control::runs::{Runs, who};
use backout_control::{Env, Failure};
use backout_plan::connection::parse_dotenv;
use backout_plan::plan::Target;
use backout_plan::resolve::{Inputs, Origin, Resolved, resolve};
use backout_plan::{Exit, Plan, Secret};
use backout_postgres::sandbox::Surroundings;

use crate::error::CommandError;
use crate::global::Global;
use crate::interrupt;
use crate::ui::Ui;

/// The plan's name where none is given.
pub const PLAN_FILE: &str = "backout.toml";

/// Everything that a command is handed.
#[derive(Debug)]
pub struct Context<'a> {
    pub global: &'a Global,
    pub ui: &'a Arc<Ui>,
    /// What reads the arguments, for completions and the manual.
    pub definition: fn() -> clap::Command,
}

impl Context<'_> {
    /// What operations stand on, with the plan where there is one.
    pub fn env(&self) -> Result<Env, CommandError> {
        let plan = self.plan()?.map(Arc::new);
        let target = match &plan {
            Some(plan) => Some(self.target_of(plan)?.clone()),
            None => None,
        };
        Ok(self.env_of(plan, target))
    }

    /// The surroundings with this plan and target.
    pub fn env_of(&self, plan: Option<Arc<Plan>>, target: Option<Target>) -> Env {
        let folder = plan.as_ref().map(|plan| plan.folder()).unwrap_or_default();
        let resolved = self.resolve(&folder, target.as_ref());
        for note in resolved.iter().flat_map(|resolved| &resolved.notes) {
            self.ui.say(format!("note: {note}"));
        }
        let env = |name: &str| std::env::var(name).ok();
        let dotenv = std::fs::read_to_string(folder.join(".env")).ok().map(|text| parse_dotenv(&text, &env));
        let variable = move |name: &str| {
            let set = std::env::var(name).ok().filter(|value| !value.is_empty());
            set.or_else(|| dotenv.as_ref()?.get(name).map(str::to_owned))
        };
        let ui = self.ui.clone();
        Env {
            plan,
            target,
            settings: resolved.map(|resolved| resolved.settings),
            claimed: self.global.target.clone(),
            confirmed: self.global.yes.clone(),
            ask: Arc::new(move |question, word| ui.ask(question, word)),
            observer: self.ui.clone(),
            stop: interrupt::stop(),
            variables: Arc::new(variable),
            programs: Surroundings::new(self.global.pg_bin.clone(), std::env::var_os("PATH")),
            temporary: std::env::temp_dir(),
        }
    }

    /// Where runs are journaled, as whoever calls.
    pub async fn runs(&self, env: &Env) -> Result<Runs, CommandError> {
        Ok(Runs::of(env, &self.user()).await?)
    }

    /// The name of who calls.
    pub fn user(&self) -> String {
        let named = |name: &&str| std::env::var(name).ok().filter(|user| !user.is_empty());
        // Containers and schedulers often set neither.
        let id = rustix::process::getuid().as_raw();
        let listed = || account(&std::fs::read_to_string("/etc/passwd").ok()?, id);
        ["USER", "LOGNAME"].iter().find_map(named).or_else(listed).unwrap_or_else(|| format!("uid-{id}"))
    }

    /// Who calls, for every record: `anna@laptop`.
    pub fn who(&self) -> String {
        who(&self.user())
    }

    /// Which place said how to connect.
    pub fn origin(&self, env: &Env) -> Result<Origin, CommandError> {
        let resolved = self.resolve(&env.folder(), env.target.as_ref());
        Ok(resolved.map_err(Failure::from)?.origin)
    }

    /// Reads the plan where there is one. Naming one that is not there is an error; having none is not.
    fn plan(&self) -> Result<Option<Plan>, CommandError> {
        let Some(file) = self.plan_file() else { return Ok(None) };
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file).map_err(Failure::given(format!("reading the plan {name}")))?;
        let plan = Plan::parse(&name, &text).map_err(Failure::from)?;
        let known: Vec<&str> = backout_sql::layouts::LAYOUTS.iter().map(|layout| layout.name()).collect();
        plan.validate_layouts(&known).map_err(Failure::from)?;
        Ok(Some(plan))
    }

    fn target_of<'p>(&self, plan: &'p Plan) -> Result<&'p Target, CommandError> {
        let wanted = self.global.target.as_deref();
        let known = || plan.targets.keys().cloned().collect::<Vec<_>>().join(", ");
        match (plan.target(wanted), wanted) {
            (Some(target), _) => Ok(target),
            (None, Some(wanted)) => {
                let error = CommandError::new(Exit::Usage, format!("the plan has no target {wanted:?}"));
                Err(match plan.nearest_target(wanted) {
                    Some(meant) => error.hint(format!("did you mean {meant}?")),
                    None => error.hint(format!("it has: {}", known())),
                })
            }
            (None, None) => {
                Err(CommandError::new(Exit::Usage, "the plan has several targets, so the command must name one")
                    .hint(format!("--target with one of: {}", known())))
            }
        }
    }

    /// `--plan`, else the nearest one here or above. Relative, so that messages stay short.
    fn plan_file(&self) -> Option<PathBuf> {
        if let Some(named) = &self.global.plan {
            return Some(named.clone());
        }
        let here = std::env::current_dir().ok()?;
        let steps = here.ancestors().position(|folder| folder.join(PLAN_FILE).is_file())?;
        let mut path: PathBuf = std::iter::repeat_n("..", steps).collect();
        path.push(PLAN_FILE);
        Some(path)
    }

    /// How to connect, from all the places that may say so.
    fn resolve(
        &self,
        folder: &std::path::Path,
        target: Option<&Target>,
    ) -> Result<Resolved, backout_plan::resolve::ConnectionError> {
        let dotenv = std::fs::read_to_string(folder.join(".env")).ok();
        let target = target.cloned().map(|mut target| {
            target.ca_file = target.ca_file.map(|file| folder.join(file));
            target
        });
        let env = |name: &str| std::env::var(name).ok();
        let mut resolved = resolve(&Inputs {
            url_flag: self.global.url.as_ref().map(Secret::expose),
            target: target.as_ref(),
            env: &env,
            dotenv: dotenv.as_deref(),
        })?;
        if let Some(file) = &resolved.passfile
            && let Ok(text) = std::fs::read_to_string(file)
        {
            resolved.settings.take_password_from(&text);
        }
        Ok(resolved)
    }
}

/// The name of an account by its number, in the system's list.
fn account(list: &str, id: u32) -> Option<String> {
    let id = id.to_string();
    let of = |line: &str| {
        let mut parts = line.split(':');
        let (name, number) = (parts.next()?, parts.nth(1)?);
        (number == id).then(|| name.to_owned())
    };
    list.lines().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let list = "root:x:0:0:root:/root:/bin/bash\n# none\nanna:x:1000:1000::/home/anna:/bin/sh\n";
        for (id, name) in [(0, Some("root")), (1000, Some("anna")), (1, None)] {
            assert_eq!(account(list, id).as_deref(), name);
        }
    }
}
