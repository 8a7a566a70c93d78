//! Which of its two forms a connection string has.
//!
//! Must not know: what is in either.

use super::parameter::{Draft, StringError};
use super::{keyword, url};

/// A URL or a `key=value` string.
pub(crate) fn read(text: &str) -> Result<Draft, StringError> {
    let text = text.trim();
    let mut draft = Draft::default();
    if url::is_url(text) {
        url::read(text, &mut draft)?;
    } else if text.contains('=') && !text.starts_with('=') {
        keyword::read(text, &mut draft)?;
    } else {
        return Err(StringError::Form);
    }
    Ok(draft)
}
