//! Which connection string counts: `--url`, the plan's target, `DATABASE_URL`, the PG* variables, in this order.
//!
//! It must not read anything itself, and must not fall back silently: a target whose variable is not set is an error,
//! not a reason to try another database.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::connection::parameter::{Draft, StringError};
use crate::connection::{ConnectionSettings, Dotenv, form, parse_dotenv};
use crate::plan::{Target, TargetUrl};

/// Everything that may say something.
pub struct Inputs<'a> {
    /// `--url`.
    pub url_flag: Option<&'a str>,
    /// The target that the command names.
    pub target: Option<&'a Target>,
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The text of `.env`, if there is one.
    pub dotenv: Option<&'a str>,
}

/// A connection, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub settings: ConnectionSettings,
    pub origin: Origin,
    /// Where a password may still be found: read it, if it is there, and give its text to
    /// [`ConnectionSettings::take_password_from`]. `None` when a password is known.
    pub passfile: Option<PathBuf>,
    /// Worth telling: parameters that were ignored, parts that came from the environment.
    pub notes: Vec<String>,
}

/// Where a connection string was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `--url`
    Flag,
    /// The target's `url` in the plan.
    Target {
        name: String,
    },
    /// The variable that the target's `url` names.
    TargetVariable {
        name: String,
        variable: String,
        in_dotenv: bool,
    },
    DatabaseUrl {
        in_dotenv: bool,
    },
    /// `PGHOST` and its like.
    PgVariables,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    #[error(
        "finding the connection: nothing says which database; give --url, a target in backout.toml, DATABASE_URL, or \
         PGHOST, PGUSER and PGDATABASE"
    )]
    Nothing,
    #[error(
        "finding the connection of target {target}: its url is env:{variable}, and {variable} is not set, neither in \
         the environment nor in .env"
    )]
    VariableUnset { target: String, variable: String },
    #[error(
        "finding the connection: PGSERVICE is set, and service files are not supported; give the settings themselves"
    )]
    Service,
    #[error("using the connection string from {origin}")]
    String {
        origin: Origin,
        #[source]
        source: StringError,
    },
    #[error("using the PG* variables beside the connection from {origin}")]
    Variables {
        origin: Origin,
        #[source]
        source: StringError,
    },
}

/// Variables of libpq of which any one says that a database is meant.
const PLACES: [&str; 4] = ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER"];

/// Finds the connection. What a string leaves open is filled from the PG* variables, as libpq does.
///
/// # Errors
/// When nothing is given, when a variable that is named is not set, and when a string cannot be read. None of them
/// holds a password or any part of a string.
pub fn resolve(inputs: &Inputs<'_>) -> Result<Resolved, ConnectionError> {
    let get = |name: &str| (inputs.env)(name).filter(|value| !value.is_empty());
    let dotenv = inputs.dotenv.map(|text| parse_dotenv(text, inputs.env)).unwrap_or_default();
    let found = string(inputs, &get, &dotenv)?;
    let service = get("PGSERVICE").is_some();
    let (mut draft, origin) = match found {
        Some((text, origin)) => match form::read(&text) {
            Ok(draft) => (draft, origin),
            Err(source) => return Err(ConnectionError::String { origin, source }),
        },
        None if service => return Err(ConnectionError::Service),
        None if PLACES.iter().any(|name| get(name).is_some()) => (Draft::default(), Origin::PgVariables),
        None => return Err(ConnectionError::Nothing),
    };

    if service {
        draft.notes.push("PGSERVICE is set and ignored: service files are not supported".to_owned());
    }
    if !dotenv.unread_lines.is_empty() && origin.in_dotenv() {
        let lines: Vec<String> = dotenv.unread_lines.iter().map(ToString::to_string).collect();
        draft.notes.push(format!("lines that are not NAME=value were passed over in .env: {}", lines.join(", ")));
    }
    if let Some(ca_file) = inputs.target.and_then(|target| target.ca_file.clone()) {
        draft.default_ca_file(ca_file);
    }
    // What was filled in is no news where everything comes from the variables.
    let notes_before = draft.notes.len();
    if let Err(source) = draft.fill_from(inputs.env) {
        return Err(ConnectionError::Variables { origin, source });
    }
    if origin == Origin::PgVariables {
        draft.notes.truncate(notes_before);
    }

    let passfile = draft
        .passfile
        .clone()
        .or_else(|| get("PGPASSFILE").map(PathBuf::from))
        .or_else(|| get("HOME").map(|home| Path::new(&home).join(".pgpass")));
    let notes = std::mem::take(&mut draft.notes);
    match draft.finish() {
        Ok(settings) => {
            Ok(Resolved { passfile: passfile.filter(|_| settings.password.is_none()), settings, origin, notes })
        }
        Err(source) => Err(ConnectionError::String { origin, source }),
    }
}

fn string(
    inputs: &Inputs<'_>,
    get: &dyn Fn(&str) -> Option<String>,
    dotenv: &Dotenv,
) -> Result<Option<(String, Origin)>, ConnectionError> {
    if let Some(url) = inputs.url_flag {
        return Ok(Some((url.to_owned(), Origin::Flag)));
    }
    let variable = |name: &str| {
        get(name)
            .map(|value| (value, false))
            .or_else(|| dotenv.get(name).filter(|value| !value.is_empty()).map(|value| (value.to_owned(), true)))
    };
    if let Some(target) = inputs.target {
        match &target.url {
            Some(TargetUrl::Literal(url)) => {
                return Ok(Some((url.clone(), Origin::Target { name: target.name.clone() })));
            }
            Some(TargetUrl::Env(name)) => {
                let Some((value, in_dotenv)) = variable(name) else {
                    return Err(ConnectionError::VariableUnset { target: target.name.clone(), variable: name.clone() });
                };
                let origin = Origin::TargetVariable { name: target.name.clone(), variable: name.clone(), in_dotenv };
                return Ok(Some((value, origin)));
            }
            None => {}
        }
    }
    Ok(variable("DATABASE_URL").map(|(value, in_dotenv)| (value, Origin::DatabaseUrl { in_dotenv })))
}

impl Origin {
    fn in_dotenv(&self) -> bool {
        matches!(self, Self::DatabaseUrl { in_dotenv: true } | Self::TargetVariable { in_dotenv: true, .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--url"),
            Self::Target { name } => write!(f, "targets.{name}.url"),
            Self::TargetVariable { name, variable, .. } => write!(f, "{variable} (targets.{name}.url)"),
            Self::DatabaseUrl { .. } => f.write_str("DATABASE_URL"),
            Self::PgVariables => f.write_str("the PG* variables"),
        }?;
        if self.in_dotenv() { f.write_str(" in .env") } else { Ok(()) }
    }
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("url_flag", &self.url_flag.map(|_| crate::secret::REDACTED))
            .field("target", &self.target.map(|target| &target.name))
            .field("dotenv", &self.dotenv.map(|_| crate::secret::REDACTED))
            .finish_non_exhaustive()
    }
}
