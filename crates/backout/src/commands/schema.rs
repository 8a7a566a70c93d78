//! `backout schema`: the plan file's JSON Schema, for editors.

use backout_plan::Exit;

use crate::context::Context;
use crate::error::CommandError;

/// Print the JSON Schema of backout.toml
///
/// Editors that know TOML complete and check the plan with it.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let mut schema = backout_plan::plan::schema_json();
    backout_control::checks::into_schema(&mut schema);
    backout_control::sources::into_schema(&mut schema);
    backout_control::tell::into_schema(&mut schema);
    context.ui.out(format!("{schema:#}"));
    context.ui.result(schema);
    Ok(Exit::Ok)
}
