//! Connection URLs: `postgresql://user:password@host:port,host2/dbname?sslmode=require`.
//!
//! It must not repeat any part of the text in an error: where a password's special characters were not encoded, any
//! part may be a piece of it.

use super::parameter::{Draft, StringError};

/// Whether the text means to be a URL.
pub(super) fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':'))
    })
}

/// Schemes that are met in `DATABASE_URL` and are not PostgreSQL's wire protocol.
const OTHERS: [(&str, &str); 12] = [
    ("jdbc:postgresql", "leave jdbc: out and write user and password before the host"),
    ("prisma", "it goes to Prisma's proxy; use the direct connection string (often DIRECT_URL)"),
    ("prisma+postgres", "it goes to Prisma's proxy; use the direct connection string (often DIRECT_URL)"),
    ("mysql", "name another variable"),
    ("mariadb", "name another variable"),
    ("sqlite", "name another variable"),
    ("file", "name another variable"),
    ("mongodb", "name another variable"),
    ("mongodb+srv", "name another variable"),
    ("redis", "name another variable"),
    ("http", "it is a web address; the database's own address is needed"),
    ("https", "it is a web address; the database's own address is needed"),
];

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), StringError> {
    let (scheme, rest) = text.split_once("://").ok_or(StringError::Form)?;
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "postgres" | "postgresql" => {}
        other => match other.split_once('+') {
            Some(("postgres" | "postgresql", driver)) if !driver.is_empty() => {
                draft.notes.push("the driver's name in the connection string's scheme is ignored".to_owned());
            }
            _ => {
                return Err(match OTHERS.iter().find(|(name, _)| *name == other) {
                    Some((scheme, hint)) => StringError::Scheme { scheme, hint },
                    None => StringError::Form,
                });
            }
        },
    }

    // Like libpq, the user's part may hold a '?', and ends before the first '/'; like browsers, at the last '@', so
    // that a plain '@' in a password does no harm.
    let before_slash = &rest[..rest.find('/').unwrap_or(rest.len())];
    let (userinfo, after_user) = match before_slash.rfind('@') {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    let address_end = after_user.find(['/', '?']).unwrap_or(after_user.len());
    let (address, tail) = after_user.split_at(address_end);
    let (path, query) = match tail.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (tail, None),
    };
    let dbname = path.strip_prefix('/').unwrap_or(path);
    // With anything before the first '/', a later '@' may be where a password with a '/' in it ends, and what looks
    // like host, port and database may be its first part.
    if dbname.contains('@') || (!before_slash.is_empty() && query.is_some_and(|query| query.contains('@'))) {
        return Err(StringError::StrayAt);
    }

    if let Some(userinfo) = userinfo {
        let (user, password) = match userinfo.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (userinfo, None),
        };
        draft.set("user", &decode(user, "the user's name")?, false)?;
        if let Some(password) = password {
            draft.set("password", &decode(password, "the password")?, false)?;
        }
    }
    read_address(address, draft)?;
    draft.set("dbname", &decode(dbname, "the database's name")?, false)?;

    let Some(query) = query else { return Ok(()) };
    // A password with a plain '&' in it goes on as if it were the next parameter's name.
    let mut nameable = true;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(StringError::Unreadable)?;
        let name = decode(name, "a parameter's name")?;
        let name = match name.as_str() {
            "database" | "db" => "dbname",
            "username" => "user",
            other => other,
        };
        draft.set(name, &decode(value, "a parameter's value")?, nameable)?;
        nameable &= name != "password";
    }
    Ok(())
}

fn read_address(address: &str, draft: &mut Draft) -> Result<(), StringError> {
    if address.is_empty() {
        return Ok(());
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for one in address.split(',') {
        let (host, port) = if let Some(inner) = one.strip_prefix('[') {
            let (host, after) = inner.split_once(']').ok_or(StringError::Ipv6)?;
            // A zone (fe80::1%eth0) is not part of what an address may be checked by.
            let bare = host.split('%').next().unwrap_or(host);
            if bare.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(StringError::Ipv6);
            }
            match after {
                "" => (host.to_owned(), ""),
                after => (host.to_owned(), after.strip_prefix(':').ok_or(StringError::Port)?),
            }
        } else {
            let (host, port) = one.split_once(':').unwrap_or((one, ""));
            (decode(host, "the host")?, port)
        };
        if host.contains(',') {
            return Err(StringError::Unreadable);
        }
        if !port.is_empty() && port.parse::<u16>().is_err() {
            return Err(StringError::Port);
        }
        hosts.push(host);
        ports.push(port);
    }
    draft.set("host", &hosts.join(","), false)?;
    if ports.iter().any(|port| !port.is_empty()) {
        draft.set("port", &ports.join(","), false)?;
    }
    Ok(())
}

fn decode(text: &str, part: &'static str) -> Result<String, StringError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digit = |n: usize| after.get(n).and_then(|b| char::from(*b).to_digit(16));
        match (digit(0), digit(1)) {
            (Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).map_err(|_| StringError::Percent)?);
                rest = &after[2..];
            }
            _ => return Err(StringError::Percent),
        }
    }
    String::from_utf8(bytes).map_err(|_| StringError::Utf8 { part })
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub(super) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
