//! `backout serve`: flags, gates, webhooks and the API over HTTP, with the watch inside.

use backout_control::runs::Runs;
use backout_plan::Exit;
use backout_server::{Options, serve};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::telling;

/// Serve flags to applications and gates to proxies, take webhooks, answer the API, and watch
///
/// Prints its address on one line as soon as it listens. Several processes on one PostgreSQL store all answer, and one
/// of them watches.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to listen: an address with its port, or unix:PATH; without it, as the plan's [serve] says
    #[arg(long, value_name = "PLACE")]
    listen: Option<String>,
    /// Another name under which it is asked; others are refused. May be given several times
    #[arg(long = "allow-host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The origin of a page that may ask for flags, such as https://app.example; may be given several times
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// The header in which the proxy before a gate names the user
    #[arg(long, value_name = "NAME", default_value = "X-User-Key")]
    user_header: String,
    /// So many connections at once
    #[arg(long, value_name = "N", default_value_t = 12_000)]
    connections: usize,
    /// Watch nothing, although the plan has triggers
    #[arg(long)]
    no_watch: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    telling::check(&env)?;
    let user = context.user();
    let runs: Runs = context.runs(&env).await?;
    let options = Options {
        listen: args.listen.clone(),
        hosts: args.hosts.clone(),
        origins: args.origins.clone(),
        watch: args.no_watch.then_some(false),
        user_header: args.user_header.clone(),
        connections: args.connections.max(1),
        ..Options::of(&user)
    };
    let (ui, is_json) = (context.ui.clone(), context.global.json);
    let ready = move |address: &str| match is_json {
        true => ui.say(address),
        false => ui.out(address),
    };
    serve(env, runs, options, &ready).await?;
    context.ui.result(json!({ "served": true }));
    Ok(Exit::Ok)
}
