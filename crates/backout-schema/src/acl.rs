//! Access privileges as the catalog stores them: an ordered array of `grantee=letters/grantor`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One entry of an access-privileges array. The order of entries matters: `pg_dump` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AclItem {
    /// Empty for PUBLIC.
    pub grantee: String,
    pub privileges: Vec<Privilege>,
    pub grantor: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Privilege {
    pub letter: char,
    pub grantable: bool,
}

impl Privilege {
    /// The privilege's name in GRANT, if this version of Backout knows the letter.
    pub fn keyword(self) -> Option<&'static str> {
        Some(match self.letter {
            'r' => "SELECT",
            'a' => "INSERT",
            'w' => "UPDATE",
            'd' => "DELETE",
            'D' => "TRUNCATE",
            'x' => "REFERENCES",
            't' => "TRIGGER",
            'm' => "MAINTAIN",
            'X' => "EXECUTE",
            'U' => "USAGE",
            'C' => "CREATE",
            'T' => "TEMPORARY",
            'c' => "CONNECT",
            's' => "SET",
            'A' => "ALTER SYSTEM",
            _ => return None,
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("reading an access privilege: {0:?} is not of the form grantee=letters/grantor")]
pub struct ParseAclError(pub String);

impl FromStr for AclItem {
    type Err = ParseAclError;

    fn from_str(text: &str) -> Result<AclItem, ParseAclError> {
        let bad = || ParseAclError(text.to_owned());
        let (grantee, rest) = role(text).ok_or_else(bad)?;
        let rest = rest.strip_prefix('=').ok_or_else(bad)?;
        let (letters, grantor) = rest.split_once('/').ok_or_else(bad)?;
        let (grantor, end) = role(grantor).ok_or_else(bad)?;
        if !end.is_empty() {
            return Err(bad());
        }
        let mut privileges: Vec<Privilege> = Vec::new();
        for c in letters.chars() {
            match (c, privileges.last_mut()) {
                ('*', Some(last)) => last.grantable = true,
                ('*', None) => return Err(bad()),
                (letter, _) => privileges.push(Privilege { letter, grantable: false }),
            }
        }
        Ok(AclItem { grantee, privileges, grantor })
    }
}

/// A role name, quoted or not, and what follows it.
fn role(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['=', '/']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let quote = rest.find('"')?;
        name.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, rest)),
        }
    }
}

impl fmt::Display for AclItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |role: &str| {
            if role.is_empty() || role.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                role.to_owned()
            } else {
                format!("\"{}\"", role.replace('"', "\"\""))
            }
        };
        write!(f, "{}=", name(&self.grantee))?;
        for p in &self.privileges {
            write!(f, "{}{}", p.letter, if p.grantable { "*" } else { "" })?;
        }
        write!(f, "/{}", name(&self.grantor))
    }
}

impl Serialize for AclItem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AclItem {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<AclItem, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for text in ["anon=arwdDxt/postgres", "=r/app_owner", "\"we\"\"ird =\"=r*w/\"x/y\"", "app=U*C*/app"] {
            assert_eq!(text.parse::<AclItem>().unwrap().to_string(), text);
        }
        let item: AclItem = "\"we\"\"ird =\"=r*w/\"x/y\"".parse().unwrap();
        assert_eq!(item.grantee, "we\"ird =");
        assert_eq!(item.grantor, "x/y");
        assert!(item.privileges[0].grantable && !item.privileges[1].grantable);
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for text in ["", "a", "a=r", "\"a=r/b", "a=*r/b", "a=r/\"b\"c"] {
            assert!(text.parse::<AclItem>().is_err(), "{text}");
        }
    }
}
