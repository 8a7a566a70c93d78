//! Makes a key that signs backups.
//!
//! Must not know: where the plan says that it is.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use backout_backup::signing::SigningKey;
use backout_plan::Signer;

use crate::{Failure, Result};

/// Writes a new secret key into a file that is not there yet, and that nobody else may read; gives the public one.
pub fn run(file: &Path) -> Result<Signer> {
    let writing = || format!("writing {}", file.display());
    let (key, secret) = SigningKey::generate()?;
    let signer = key.signer();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut to = made.map_err(Failure::given(writing()))?;
    let text = format!(
        "# Signs backups of Backout. Who has this key can make backups that pass for yours.\n\
         # Its public half: {signer}\n{}\n",
        secret.expose()
    );
    let written = to.write_all(text.as_bytes()).and_then(|()| to.sync_all());
    if written.is_err() {
        // Half a key is of no use to anybody.
        let _ = std::fs::remove_file(file);
    }
    written.map_err(Failure::file(writing()))?;
    Ok(signer)
}
