//! How to reach a database: where the connection string comes from, and what it says.
//!
//! It must not connect, read the environment or read files: variables come from a function that is handed in, and the
//! texts of `.env` and `~/.pgpass` are handed in too. No error and no `Debug` output ever holds a password, nor a
//! part of a connection string that could not be read.

mod dotenv;
pub(crate) mod form;
mod keyword;
pub(crate) mod parameter;
mod passfile;
mod url;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::secret::Secret;

pub use dotenv::{Dotenv, parse_dotenv};
pub use parameter::StringError;
pub use passfile::password_for;

/// Everything that a connection needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// In the order in which they are tried. Never empty.
    pub hosts: Vec<Host>,
    /// `None`: the name of the operating system's user.
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// `None`: the user's name. See [`ConnectionSettings::database`].
    pub dbname: Option<String>,
    pub ssl_mode: SslMode,
    /// Certificates of authorities. `None`: those of the operating system.
    pub root_cert: Option<PathBuf>,
    /// Command-line options for the server: `-c search_path=app`.
    pub options: Option<String>,
    pub application_name: Option<String>,
    /// For each host. `None`: as long as the operating system allows.
    pub connect_timeout: Option<Duration>,
    pub channel_binding: ChannelBinding,
    /// Only a server that accepts writes will do.
    pub needs_primary: bool,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    Tcp {
        host: String,
        port: u16,
    },
    /// The folder that holds the socket.
    Socket {
        path: PathBuf,
        port: u16,
    },
}

/// How far TLS is demanded, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SslMode {
    Disable,
    /// TLS if the server offers it; nothing is checked.
    Prefer,
    /// TLS; the certificate is not checked.
    Require,
    /// TLS; the certificate must come from a known authority.
    VerifyCa,
    /// TLS; as `VerifyCa`, and it must be that host's.
    VerifyFull,
}

/// Whether the login is bound to the TLS channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChannelBinding {
    Disable,
    #[default]
    Prefer,
    Require,
}

/// PostgreSQL's port where none is said.
pub const DEFAULT_PORT: u16 = 5432;

/// Where a server's socket may lie when no host is said: Debian and Fedora, then the upstream default and macOS.
pub const SOCKET_DIRS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

impl ConnectionSettings {
    /// The database's name: as said, else the user's name, else nothing (the operating system knows).
    pub fn database(&self) -> Option<&str> {
        self.dbname.as_deref().or(self.user.as_deref())
    }

    /// `host:port/dbname`; several hosts with commas. Never holds user or password.
    pub fn endpoint(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        match self.database() {
            Some(database) => format!("{}/{database}", hosts.join(",")),
            None => hosts.join(","),
        }
    }

    /// A URL to show, with `***` in the place of the password.
    pub fn display_url(&self) -> String {
        let mut out = String::from("postgresql://");
        if let Some(user) = &self.user {
            out.push_str(&url::encode(user));
        }
        if self.password.is_some() {
            out.push_str(":***");
        }
        if self.user.is_some() || self.password.is_some() {
            out.push('@');
        }
        let hosts: Vec<String> = self
            .hosts
            .iter()
            .map(|host| match host {
                Host::Tcp { .. } => host.to_string(),
                Host::Socket { path, port } => format!("{}:{port}", url::encode(&path.to_string_lossy())),
            })
            .collect();
        out.push_str(&hosts.join(","));
        if let Some(dbname) = &self.dbname {
            out.push('/');
            out.push_str(&url::encode(dbname));
        }
        out.push_str("?sslmode=");
        out.push_str(self.ssl_mode.name());
        out
    }

    /// Takes the password from a password file's text, if none is known yet. Tells whether it was found.
    ///
    /// With several hosts the first line that fits any of them counts, hosts in their order.
    pub fn take_password_from(&mut self, passfile: &str) -> bool {
        if self.password.is_some() {
            return false;
        }
        let database = self.database().map(str::to_owned);
        let found =
            self.hosts.iter().find_map(|host| password_for(passfile, host, database.as_deref(), self.user.as_deref()));
        self.password = found;
        self.password.is_some()
    }
}

/// Reads a URL or a `key=value` string on its own, without any environment.
impl FromStr for ConnectionSettings {
    type Err = StringError;

    fn from_str(text: &str) -> Result<Self, StringError> {
        form::read(text)?.finish()
    }
}

impl SslMode {
    /// As libpq writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl Host {
    /// This machine: a socket, or an address that never leaves it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Tcp { host, .. } => {
                host.eq_ignore_ascii_case("localhost")
                    || host.parse::<std::net::IpAddr>().is_ok_and(|address| match address {
                        std::net::IpAddr::V4(v4) => v4.is_loopback(),
                        std::net::IpAddr::V6(v6) => {
                            v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
                        }
                    })
            }
        }
    }

    pub fn port(&self) -> u16 {
        match self {
            Self::Tcp { port, .. } | Self::Socket { port, .. } => *port,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { path, port } => write!(f, "{}:{port}", path.display()),
        }
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
