//! `backout backup keygen`: a key that signs backups.

use std::path::PathBuf;

use backout_control::keygen;
use backout_plan::Exit;
use serde_json::json;

use crate::error::CommandError;
use crate::ui::Ui;

/// Make a key that signs backups: the secret half goes into a file, the public one is printed
///
/// The plan says what to do with them: `backup.sign_with` names the file, or a variable with what is in it, and
/// `backup.signed_by` the public keys whose signature a backup must have before anything of it is used.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(args: &Args, ui: &Ui) -> Result<Exit, CommandError> {
    let signer = keygen::run(&args.file)?;
    // The plan's paths begin at the plan, and this one at the current folder.
    let file = std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone());
    let plan = format!("[backup]\nsigned_by = [\"{signer}\"]\nsign_with = {}", toml_text(&file.display().to_string()));
    ui.result(json!({ "file": file, "public_key": signer, "plan": plan }));
    ui.out(format!("public key: {signer}"));
    ui.out(format!("the secret half is in {}: keep it from those who may write to the backups", args.file.display()));
    ui.out(format!("in the plan, where the file may also be a variable (env:BACKOUT_SIGNING_KEY):\n\n{plan}"));
    Ok(Exit::Ok)
}

/// A text as TOML writes it.
fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
