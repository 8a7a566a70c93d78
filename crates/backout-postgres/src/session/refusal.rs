//! Why a connection was refused, told apart so that each gets a hint of its own.
//!
//! Must not know: how to connect. It reads the driver's error and the settings that were used.

use crate::sqlstate;
use std::error::Error as _;
use std::fmt;
use std::io;

use backout_plan::{ConnectionSettings, Host};

/// The kind of refusal, with what a hint needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing listens there.
    NothingListens {
        where_: String,
    },
    /// The folder holds no such socket.
    NoSocket {
        path: String,
    },
    /// The socket may not be used by this user of the operating system.
    SocketForbidden {
        path: String,
    },
    /// The name has no address.
    UnknownHost {
        where_: String,
    },
    /// No route, or no answer to a packet.
    Unreachable {
        where_: String,
    },
    /// The server knows no such role, or the password is another one.
    WrongPassword {
        user: String,
    },
    /// The server wants a password and none was given.
    PasswordMissing {
        user: String,
    },
    /// `pg_hba.conf` has no line for this combination.
    NotAllowed {
        user: String,
        message: String,
    },
    /// The role does not exist (only told to those who are trusted otherwise).
    NoSuchRole {
        user: String,
    },
    NoSuchDatabase {
        database: String,
    },
    TooManyConnections {
        message: String,
    },
    /// Starting, shutting down or recovering.
    NotReady {
        message: String,
    },
    /// TLS was demanded and the server has none.
    TlsNotOffered,
    /// The server's certificate is not to be trusted.
    Certificate {
        problem: String,
    },
    /// Something between us and the server does not take our startup options.
    StartupOption {
        message: String,
    },
    /// Everything else, in the words of the server or the driver.
    Other {
        message: String,
    },
}

impl Refusal {
    pub(super) fn of(error: &tokio_postgres::Error, settings: &ConnectionSettings) -> Self {
        let user = settings.user.clone().unwrap_or_else(|| "(your user name)".to_owned());
        let where_ = || settings.hosts.iter().map(describe).collect::<Vec<_>>().join(", ");
        if let Some(said) = error.as_db_error() {
            let message = said.message().to_owned();
            return match said.code().code() {
                sqlstate::INVALID_PASSWORD => Self::WrongPassword { user },
                // A pooler answers in its own way; its codes are those of the protocol's early days.
                _ if message.contains("unsupported startup parameter") => Self::StartupOption { message },
                _ if message.contains("password authentication failed") => Self::WrongPassword { user },
                sqlstate::INVALID_AUTHORIZATION if message.contains("does not exist") => Self::NoSuchRole { user },
                sqlstate::INVALID_AUTHORIZATION => Self::NotAllowed { user, message },
                sqlstate::INVALID_CATALOG_NAME => {
                    Self::NoSuchDatabase { database: settings.dbname.clone().unwrap_or(user) }
                }
                sqlstate::TOO_MANY_CONNECTIONS => Self::TooManyConnections { message },
                sqlstate::CANNOT_CONNECT_NOW => Self::NotReady { message },
                _ => Self::Other { message },
            };
        }
        let Some(source) = error.source() else { return Self::Other { message: error.to_string() } };
        if let Some(source) = source.downcast_ref::<io::Error>() {
            if let Some(problem) = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return Self::Certificate { problem: problem.to_string() };
            }
            let socket = settings.hosts.iter().any(|host| matches!(host, Host::Socket { .. }));
            return match source.kind() {
                io::ErrorKind::ConnectionRefused => Self::NothingListens { where_: where_() },
                io::ErrorKind::NotFound if socket => Self::NoSocket { path: where_() },
                io::ErrorKind::PermissionDenied if socket => Self::SocketForbidden { path: where_() },
                io::ErrorKind::TimedOut
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown => Self::Unreachable { where_: where_() },
                _ if source.to_string().contains("lookup address") => Self::UnknownHost { where_: where_() },
                _ => Self::Other { message: source.to_string() },
            };
        }
        match source.to_string().as_str() {
            "password missing" => Self::PasswordMissing { user },
            "server does not support TLS" => Self::TlsNotOffered,
            message => Self::Other { message: message.to_owned() },
        }
    }

    /// What to do about it, as a sentence.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NothingListens { .. } => {
                "Check host and port, and that the server runs and listens there (listen_addresses)."
            }
            Self::NoSocket { .. } => {
                "Check the folder and the port; `SHOW unix_socket_directories` and `SHOW port` tell them."
            }
            Self::SocketForbidden { .. } => {
                "The socket belongs to another user of this machine; connect over TCP instead."
            }
            Self::UnknownHost { .. } => "Check the host's name for a misspelling.",
            Self::Unreachable { .. } => {
                "Check the network; an IPv6-only host needs IPv6 here (Supabase's session pooler has IPv4)."
            }
            Self::WrongPassword { .. } => {
                "Check user and password; in a URL, signs such as @ : / # in a password are written as %40 %3A %2F %23. A pooler wants the user as `postgres.PROJECT` at Supabase."
            }
            Self::PasswordMissing { .. } => "Give it in the URL, in PGPASSWORD or in ~/.pgpass.",
            Self::NotAllowed { message, .. } if message.contains("no encryption") => {
                "The server wants TLS: use `sslmode=require` or stronger."
            }
            Self::NotAllowed { .. } => "The server's pg_hba.conf has no line that lets this user in from here.",
            Self::NoSuchRole { .. } => "Check the user's name; `\\du` in psql lists the roles.",
            Self::NoSuchDatabase { .. } => "Check the database's name; `psql -l` lists them.",
            Self::TooManyConnections { .. } => "Close some sessions, or wait until the application needs fewer.",
            Self::NotReady { .. } => "Wait a moment and try again.",
            Self::TlsNotOffered => "If the network is trusted, say so with `sslmode=disable`.",
            Self::Certificate { .. } => {
                "Name the provider's CA file with `sslrootcert=FILE`, or use `sslmode=require` to encrypt without verifying."
            }
            Self::StartupOption { .. } => {
                "A connection pooler answers there; use the address of the server itself or of a session pooler."
            }
            Self::Other { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingListens { where_ } => write!(f, "nothing listens at {where_}"),
            Self::NoSocket { path } => write!(f, "there is no socket {path}"),
            Self::SocketForbidden { path } => write!(f, "the socket {path} may not be opened"),
            Self::UnknownHost { where_ } => write!(f, "no address is known for {where_}"),
            Self::Unreachable { where_ } => write!(f, "{where_} cannot be reached"),
            Self::WrongPassword { user } => write!(f, "the server does not accept this password for user \"{user}\""),
            Self::PasswordMissing { user } => {
                write!(f, "the server wants a password for user \"{user}\" and none is given")
            }
            Self::NotAllowed { message, .. } => f.write_str(message),
            Self::NoSuchRole { user } => write!(f, "there is no role \"{user}\""),
            Self::NoSuchDatabase { database } => write!(f, "there is no database \"{database}\""),
            Self::TooManyConnections { message } | Self::NotReady { message } => f.write_str(message),
            Self::TlsNotOffered => f.write_str("the server does not offer TLS, and the settings demand it"),
            Self::Certificate { problem } => write!(f, "the server's certificate was not accepted: {problem}"),
            Self::StartupOption { message } | Self::Other { message } => f.write_str(message),
        }
    }
}

fn describe(host: &Host) -> String {
    match host {
        Host::Tcp { .. } => host.to_string(),
        Host::Socket { path, port } => format!("{}/.s.PGSQL.{port}", path.display()),
    }
}
