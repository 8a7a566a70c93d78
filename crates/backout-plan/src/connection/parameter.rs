//! The parameters of a connection, whatever form they were written in, and what they mean together.
//!
//! It must not know about URLs or keyword strings, and its errors must not repeat a value: only a parameter's name,
//! once it is sure to be one.

use std::path::PathBuf;
use std::time::Duration;

use super::{ChannelBinding, ConnectionSettings, DEFAULT_PORT, Host, SOCKET_DIRS, SslMode};
use crate::secret::Secret;

/// Why a connection string cannot be used. Holds names of parameters, never what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StringError {
    #[error("reading the connection string: it is neither a postgresql:// URL nor a list of key=value")]
    Form,
    #[error("reading the connection string: it is for {scheme}, not for PostgreSQL: {hint}")]
    Scheme { scheme: &'static str, hint: &'static str },
    #[error(
        "reading the connection string: there is an '@' after the first '/' or '?' of the address; in a name or a \
         password, special characters are written percent-encoded: / as %2F, @ as %40, ? as %3F, # as %23"
    )]
    StrayAt,
    #[error("reading the connection string: '%' is not followed by two hexadecimal digits; write % itself as %25")]
    Percent,
    #[error("reading the connection string: {part} is not valid UTF-8 when percent-decoded")]
    Utf8 { part: &'static str },
    #[error("reading the connection string: {part} holds a zero byte")]
    Zero { part: String },
    #[error("reading the connection string: the address in [brackets] is not an IPv6 address")]
    Ipv6,
    #[error(
        "reading the connection string: the port is not a number from 1 to 65535; if it is part of a password, its \
         special characters must be percent-encoded"
    )]
    Port,
    #[error("reading the connection string: {ports} ports are given for {hosts} hosts; give one, or one for each")]
    PortCount { hosts: usize, ports: usize },
    #[error("reading the connection string: the parameter {name:?} is not known{}", meant(suggestion.as_deref()))]
    Unknown { name: String, suggestion: Option<String> },
    #[error("reading the connection string: a parameter without a value, or one that is not known")]
    Unreadable,
    #[error("reading the connection string: a single quote is not closed")]
    Quote,
    #[error("reading the connection string: the parameter {name} is not supported: {hint}")]
    Unsupported { name: &'static str, hint: &'static str },
    #[error("reading the connection string: the value of {name} is not usable: it must be {expected}")]
    Value { name: &'static str, expected: &'static str },
}

fn meant(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}

/// Parameters as they were collected, before they are judged together.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    host: Option<String>,
    port: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    dbname: Option<String>,
    ssl_mode: Option<WrittenMode>,
    roots: Roots,
    options: Option<String>,
    application_name: Option<String>,
    connect_timeout: Option<Duration>,
    channel_binding: Option<ChannelBinding>,
    needs_primary: Option<bool>,
    pub(crate) passfile: Option<PathBuf>,
    pub(crate) notes: Vec<String>,
}

/// Whose signature on the server's certificate counts.
#[derive(Debug, Default)]
struct Roots {
    file: Option<PathBuf>,
    /// The authorities of the operating system, by name.
    of_system: bool,
    /// The CA file was given for this very database, not for all by the environment.
    is_for_this: bool,
}

impl Roots {
    fn is_given(&self) -> bool {
        self.file.is_some() || self.of_system
    }
}

/// `require` means more to libpq when there is a CA file, so the word itself is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WrittenMode {
    mode: SslMode,
    /// `sslmode=no-verify`: not to be raised by a CA file.
    as_is: bool,
}

const KNOWN: [&str; 15] = [
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "ssl",
    "sslrootcert",
    "options",
    "application_name",
    "fallback_application_name",
    "connect_timeout",
    "channel_binding",
    "target_session_attrs",
    "passfile",
];

/// Parameters of other drivers, of poolers and of platforms, that say nothing about which database is meant.
const IGNORED: [(&str, &str); 22] = [
    ("pgbouncer", "it tells Prisma that there is a pooler"),
    ("schema", "it is Prisma's default schema; migrations name theirs or set search_path"),
    ("connection_limit", "it sizes Prisma's pool"),
    ("pool_timeout", "it is for Prisma's pool"),
    ("pool_size", "it sizes an application's pool"),
    ("socket_timeout", "it is Prisma's"),
    ("statement_cache_size", "it is for a driver's cache"),
    ("prepared_statement_cache_size", "it is for a driver's cache"),
    ("sslaccept", "it is Prisma's; say sslmode=verify-full to have the certificate checked"),
    ("supa", "it is a platform's mark"),
    ("workaround", "it is a platform's mark"),
    ("uselibpqcompat", "it is for node-pg"),
    ("client_encoding", "UTF-8 is always used"),
    ("load_balance_hosts", "hosts are tried in their order"),
    ("gssencmode", "GSSAPI encryption is not used"),
    ("sslnegotiation", "TLS is negotiated in PostgreSQL's own way"),
    ("sslcompression", "TLS compression is not used"),
    ("sslsni", "the host's name is always sent"),
    ("keepalives", "the defaults are used"),
    ("keepalives_idle", "the defaults are used"),
    ("keepalives_interval", "the defaults are used"),
    ("keepalives_count", "the defaults are used"),
];

const UNSUPPORTED: [(&str, &str); 8] = [
    ("service", "write the host, user and database themselves"),
    ("servicefile", "write the host, user and database themselves"),
    ("hostaddr", "write the address as host"),
    ("sslcert", "client certificates cannot be used yet; use a password"),
    ("sslkey", "client certificates cannot be used yet; use a password"),
    ("sslpassword", "client certificates cannot be used yet; use a password"),
    ("sslidentity", "client certificates cannot be used yet; use a password"),
    ("replication", "it is for replication clients"),
];

impl Draft {
    /// Sets a parameter. `nameable`: the name is sure not to be a piece of a password.
    pub(crate) fn set(&mut self, name: &str, value: &str, nameable: bool) -> Result<(), StringError> {
        if value.contains('\0') {
            let part = if KNOWN.contains(&name) { name.to_owned() } else { "a parameter".to_owned() };
            return Err(StringError::Zero { part });
        }
        let filled = || Some(value.to_owned()).filter(|v| !v.is_empty());
        match name {
            "host" => self.host = filled(),
            "port" => self.port = filled(),
            "user" => self.user = filled(),
            "password" => self.password = filled().map(Secret::from),
            "dbname" => self.dbname = filled(),
            "options" => self.options = filled(),
            "application_name" => self.application_name = filled(),
            "fallback_application_name" => {
                self.application_name = self.application_name.take().or_else(filled);
            }
            "passfile" => self.passfile = filled().map(PathBuf::from),
            "sslmode" => self.ssl_mode = Some(self.written_mode(value)?),
            "ssl" => {
                let mode = match value.to_ascii_lowercase().as_str() {
                    "true" | "1" | "require" => SslMode::Require,
                    "false" | "0" => SslMode::Disable,
                    _ => return Err(StringError::Value { name: "ssl", expected: "true or false" }),
                };
                self.ssl_mode = Some(WrittenMode { mode, as_is: false });
            }
            "sslrootcert" if value == "system" => self.roots.of_system = true,
            "sslrootcert" => {
                self.roots.file = filled().map(PathBuf::from);
                self.roots.is_for_this = self.roots.file.is_some();
            }
            "connect_timeout" => self.connect_timeout = seconds(value)?,
            "channel_binding" => {
                self.channel_binding = Some(match value {
                    "disable" => ChannelBinding::Disable,
                    "prefer" => ChannelBinding::Prefer,
                    "require" => ChannelBinding::Require,
                    _ => {
                        let expected = "disable, prefer or require";
                        return Err(StringError::Value { name: "channel_binding", expected });
                    }
                });
            }
            "target_session_attrs" => {
                self.needs_primary = Some(match value {
                    "any" => false,
                    "read-write" | "primary" => true,
                    _ => {
                        let expected = "any, read-write or primary: only a primary can be changed";
                        return Err(StringError::Value { name: "target_session_attrs", expected });
                    }
                });
            }
            other => self.foreign(other, nameable)?,
        }
        Ok(())
    }

    fn foreign(&mut self, name: &str, nameable: bool) -> Result<(), StringError> {
        if let Some((name, why)) = IGNORED.iter().find(|(known, _)| *known == name) {
            self.notes.push(format!("the parameter {name} of the connection string is ignored: {why}"));
            return Ok(());
        }
        if let Some((name, hint)) = UNSUPPORTED.iter().find(|(known, _)| *known == name) {
            return Err(StringError::Unsupported { name, hint });
        }
        if !nameable || !looks_like_a_name(name) {
            return Err(StringError::Unreadable);
        }
        let suggestion = crate::nearest::nearest(name, KNOWN).map(str::to_owned);
        Err(StringError::Unknown { name: name.to_owned(), suggestion })
    }

    fn written_mode(&mut self, value: &str) -> Result<WrittenMode, StringError> {
        let (mode, as_is) = match value {
            "disable" => (SslMode::Disable, false),
            "allow" => {
                self.notes.push("sslmode=allow is taken as prefer: TLS wherever the server offers it".to_owned());
                (SslMode::Prefer, false)
            }
            "prefer" => (SslMode::Prefer, false),
            "require" => (SslMode::Require, false),
            "no-verify" => (SslMode::Require, true),
            "verify-ca" => (SslMode::VerifyCa, false),
            "verify-full" => (SslMode::VerifyFull, false),
            _ => {
                let expected = "disable, prefer, require, verify-ca or verify-full";
                return Err(StringError::Value { name: "sslmode", expected });
            }
        };
        Ok(WrittenMode { mode, as_is })
    }

    /// The plan's CA file counts where the connection string names none.
    pub(crate) fn default_ca_file(&mut self, path: PathBuf) {
        if !self.roots.is_given() {
            self.roots.file = Some(path);
            self.roots.is_for_this = true;
        }
    }

    /// Fills what was not said from libpq's variables, as libpq does.
    pub(crate) fn fill_from(&mut self, env: &dyn Fn(&str) -> Option<String>) -> Result<(), StringError> {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        for (name, variable, slot) in [
            ("host", "PGHOST", &mut self.host),
            ("port", "PGPORT", &mut self.port),
            ("dbname", "PGDATABASE", &mut self.dbname),
        ] {
            if slot.is_none()
                && let Some(value) = get(variable)
            {
                self.notes.push(format!("the connection's {name} is taken from {variable}"));
                *slot = Some(value);
            }
        }
        self.user = self.user.take().or_else(|| get("PGUSER"));
        self.password = self.password.take().or_else(|| get("PGPASSWORD").map(Secret::from));
        self.options = self.options.take().or_else(|| get("PGOPTIONS"));
        self.application_name = self.application_name.take().or_else(|| get("PGAPPNAME"));
        if !self.roots.is_given() {
            match get("PGSSLROOTCERT") {
                Some(system) if system == "system" => self.roots.of_system = true,
                other => self.roots.file = other.map(PathBuf::from),
            }
        }
        if self.ssl_mode.is_none()
            && let Some(mode) = get("PGSSLMODE")
        {
            self.ssl_mode = Some(self.written_mode(&mode)?);
        }
        if self.connect_timeout.is_none()
            && let Some(text) = get("PGCONNECT_TIMEOUT")
        {
            self.connect_timeout = seconds(&text)?;
        }
        if self.channel_binding.is_none()
            && let Some(value) = get("PGCHANNELBINDING")
        {
            self.set("channel_binding", &value, true)?;
        }
        if self.needs_primary.is_none()
            && let Some(value) = get("PGTARGETSESSIONATTRS")
        {
            self.set("target_session_attrs", &value, true)?;
        }
        Ok(())
    }

    /// Judges everything together.
    pub(crate) fn finish(self) -> Result<ConnectionSettings, StringError> {
        let hosts = hosts(self.host.as_deref(), self.port.as_deref())?;
        let all_local = hosts.iter().all(Host::is_local);
        let all_sockets = hosts.iter().all(|host| matches!(host, Host::Socket { .. }));
        let has_roots = self.roots.is_given();
        let ssl_mode = match self.ssl_mode {
            // libpq does the same: who has a CA file wants it used.
            Some(WrittenMode { mode: SslMode::Require, as_is: false }) if has_roots => SslMode::VerifyCa,
            Some(written) => written.mode,
            None if all_sockets => SslMode::Disable,
            None if self.roots.is_for_this || self.roots.of_system => SslMode::VerifyFull,
            None if all_local => SslMode::Disable,
            None if has_roots => SslMode::VerifyFull,
            None => SslMode::Require,
        };
        Ok(ConnectionSettings {
            // A migration on whichever of several hosts happens to answer would be one on a standby, now and then.
            needs_primary: self.needs_primary.unwrap_or(hosts.len() > 1 && !all_sockets),
            hosts,
            user: self.user,
            password: self.password,
            dbname: self.dbname,
            ssl_mode,
            root_cert: self.roots.file,
            options: self.options,
            application_name: self.application_name,
            connect_timeout: self.connect_timeout,
            channel_binding: self.channel_binding.unwrap_or_default(),
        })
    }
}

/// Lists of hosts and ports, paired as libpq does: one port for all, or one for each.
fn hosts(hosts: Option<&str>, ports: Option<&str>) -> Result<Vec<Host>, StringError> {
    let ports: Vec<u16> = match ports {
        None => vec![DEFAULT_PORT],
        Some(list) => list
            .split(',')
            .map(|port| match port.trim() {
                "" => Ok(DEFAULT_PORT),
                text => text.parse().ok().filter(|port| *port > 0).ok_or(StringError::Port),
            })
            .collect::<Result<_, _>>()?,
    };
    let Some(list) = hosts else {
        let [port] = ports.as_slice() else {
            return Err(StringError::PortCount { hosts: 1, ports: ports.len() });
        };
        return Ok(SOCKET_DIRS.iter().map(|dir| Host::Socket { path: PathBuf::from(dir), port: *port }).collect());
    };
    let names: Vec<&str> = list.split(',').map(str::trim).collect();
    if ports.len() > 1 && ports.len() != names.len() {
        return Err(StringError::PortCount { hosts: names.len(), ports: ports.len() });
    }
    Ok(names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let port = ports[if ports.len() == 1 { 0 } else { n }];
            match *name {
                "" => Host::Socket { path: PathBuf::from(SOCKET_DIRS[0]), port },
                // '@' starts an abstract socket's name.
                path if path.starts_with(['/', '@']) => Host::Socket { path: PathBuf::from(path), port },
                name => Host::Tcp { host: name.to_owned(), port },
            }
        })
        .collect())
}

/// libpq: whole seconds, 0 and less mean no limit.
fn seconds(text: &str) -> Result<Option<Duration>, StringError> {
    let seconds: i64 = text
        .trim()
        .parse()
        .map_err(|_| StringError::Value { name: "connect_timeout", expected: "a whole number of seconds" })?;
    Ok(u64::try_from(seconds).ok().filter(|s| *s > 0).map(Duration::from_secs))
}

pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// A slip in a parameter's name, rather than something else altogether.
pub(crate) fn is_nearly_known(name: &str) -> bool {
    crate::nearest::nearest(name, KNOWN).is_some()
}

fn looks_like_a_name(name: &str) -> bool {
    (1..=40).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}
