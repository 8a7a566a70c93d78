//! `backout token`: secrets that let programs and people in at the server.

use std::collections::BTreeSet;

use backout_control::Refusal;
use backout_control::tokens::{self, Scope};
use backout_plan::Exit;
use backout_plan::plan::Span;
use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::moment;

/// Make, list and take back the tokens that `backout serve` asks for
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token; its secret is printed once, and only a digest of it is kept
    Make {
        /// Who has it, as records name them
        name: String,
        /// What it serves for: read, plan, approve, execute
        #[arg(long = "scope", required = true, value_delimiter = ',', value_name = "SCOPE", value_parser = scope)]
        scopes: Vec<Scope>,
        /// How long it serves, such as 90d; without it, until it is taken back
        #[arg(long, value_name = "TIME")]
        expires: Option<Span>,
    },
    /// List the tokens, without their secrets
    List,
    /// Take a token back; running servers know within a second
    Revoke { name: String },
}

fn scope(text: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.map(Scope::name).join(", ");
    Scope::ALL.into_iter().find(|scope| scope.name() == text).ok_or_else(|| format!("it is one of: {}", known()))
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    match &args.what {
        What::Make { name, scopes, expires } => {
            let scopes: BTreeSet<Scope> = scopes.iter().copied().collect();
            let expires = expires.map(until).transpose()?;
            let secret = tokens::make(&runs, name, scopes, expires, &runs.who).await?;
            ui.result(json!({ "name": name, "secret": secret, "expires": expires }));
            ui.say("its secret, which is not shown again:");
            ui.out(secret);
        }
        What::List => {
            let all = tokens::list(&runs).await?;
            let shown: Vec<_> = all
                .iter()
                .map(|one| {
                    json!({
                        "name": one.name, "scopes": one.scopes, "made": one.made, "by": one.by, "expires": one.expires,
                    })
                })
                .collect();
            ui.result(json!({ "tokens": shown }));
            let row = |one: &tokens::Token| {
                let scopes: Vec<&str> = one.scopes.iter().map(|scope| scope.name()).collect();
                let expires = one.expires.map(moment).unwrap_or_default();
                vec![one.name.clone(), scopes.join(", "), moment(one.made), one.by.clone(), expires]
            };
            ui.table(&["token", "serves for", "made", "by", "expires"], &all.iter().map(row).collect::<Vec<_>>());
        }
        What::Revoke { name } => {
            tokens::revoke(&runs, name).await?;
            ui.result(json!({ "revoked": name }));
            ui.out(format!("{name} serves no more"));
        }
    }
    Ok(Exit::Ok)
}

fn until(time: Span) -> Result<Timestamp, CommandError> {
    let time = SignedDuration::try_from(time.duration()).ok();
    let until = time.and_then(|time| Timestamp::now().checked_add(time).ok());
    Ok(until.ok_or_else(|| backout_control::Failure::from(Refusal::usage("that is too long a time", None)))?)
}
