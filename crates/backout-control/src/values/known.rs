//! What a history says of the values of a place, and whether that is what is there.
//!
//! Must not know: how a value is written, or who changed it.

use super::history::{Known, digest};
use super::place::Place;
use super::{env_file, files, flagd};
use crate::Env;

/// What a history says of a value: as it is only where it is no secret.
pub(super) fn known(place: &Place, name: &str, text: Option<&str>) -> Known {
    match text {
        None => Known::Absent,
        Some(text) if place.is_open() => Known::Clear(text.to_owned()),
        Some(text) => Known::Digest(digest(&place.name(), name, text)),
    }
}

/// Whether that is there under this name, as far as a file beside the plan tells it.
pub(crate) fn is_there(env: &Env, place: &Place, name: &str, wanted: &Known) -> bool {
    let found = match place {
        Place::EnvFile(file) => files::read(&env.folder().join(file)).map(|text| env_file::get(&text, name)),
        Place::Flags(file) => {
            flagd::document(&env.folder().join(file)).map(|document| flagd::definition(&document, name))
        }
        Place::Vercel(_) => return true,
    };
    match found {
        Ok(text) => *wanted == known(place, name, text.as_deref()),
        Err(_) => true,
    }
}
