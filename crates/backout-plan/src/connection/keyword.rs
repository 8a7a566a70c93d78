//! Connection strings of the form `host=db.example.com port=5432 password='it''s'`, as libpq reads them.
//!
//! It must not repeat any part of the text in an error once a password may have begun.

use super::parameter::{Draft, StringError, is_known, is_nearly_known};

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), StringError> {
    let mut chars = text.chars().peekable();
    // A text that only has a '=' in it may be a password in the wrong place, and a password with a blank in it and no
    // quotes goes on as if it were the next parameter's name.
    let (mut is_ours, mut had_password) = (false, false);
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(());
        }
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.next() != Some('=') {
            return Err(StringError::Unreadable);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = chars.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match chars.peek() {
                None if quoted => return Err(StringError::Quote),
                None => break,
                Some('\'') if quoted => {
                    chars.next();
                    break;
                }
                Some(c) if !quoted && c.is_whitespace() => break,
                Some('\\') => {
                    chars.next();
                    value.extend(chars.next());
                }
                Some(c) => {
                    value.push(*c);
                    chars.next();
                }
            }
        }
        draft.set(&name, &value, !had_password && (is_ours || is_nearly_known(&name)))?;
        is_ours |= is_known(&name);
        had_password |= name == "password";
    }
}
