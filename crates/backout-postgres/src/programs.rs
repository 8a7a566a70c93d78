//! PostgreSQL's own programs, run against a database: nothing secret on their command line.

use std::path::Path;
use std::process::Stdio;

use backout_plan::{ConnectionSettings, Host};

/// What tells such a program how to connect.
pub fn environment(settings: &ConnectionSettings) -> Vec<(&'static str, String)> {
    let mut environment = vec![("PGTZ", "UTC".to_owned()), ("PGCLIENTENCODING", "UTF8".to_owned())];
    if let Some(host) = settings.hosts.first() {
        match host {
            Host::Tcp { host, port } => {
                environment.push(("PGHOST", host.clone()));
                environment.push(("PGPORT", port.to_string()));
            }
            Host::Socket { path, port } => {
                environment.push(("PGHOST", path.display().to_string()));
                environment.push(("PGPORT", port.to_string()));
            }
        }
    }
    if let Some(user) = &settings.user {
        environment.push(("PGUSER", user.clone()));
    }
    if let Some(database) = settings.database() {
        environment.push(("PGDATABASE", database.to_owned()));
    }
    if let Some(password) = &settings.password {
        environment.push(("PGPASSWORD", password.expose().to_owned()));
    }
    if let Some(options) = &settings.options {
        environment.push(("PGOPTIONS", options.clone()));
    }
    environment.push(("PGSSLMODE", settings.ssl_mode.name().to_owned()));
    if let Some(cert) = &settings.root_cert {
        environment.push(("PGSSLROOTCERT", cert.display().to_string()));
    }
    environment
}

/// A program that connects with these settings and with nothing that the environment says otherwise. It is killed when
/// nobody waits for it any more.
pub fn command(program: &Path, settings: &ConnectionSettings) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program);
    for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGOPTIONS", "PGSERVICE", "PGSSLMODE"] {
        command.env_remove(name);
    }
    command.envs(environment(settings)).stdin(Stdio::null()).kill_on_drop(true);
    command
}
