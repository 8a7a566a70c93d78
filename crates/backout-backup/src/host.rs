//! One server for all connections: where the settings name several hosts, the first one that answers as it must.
//!
//! A snapshot is of one server, and `pg_dump` takes one host.
//!
//! Must not know: what the connections are for.

use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, Session, SessionError, connect};

/// Connects, and gives the settings that lead to the same host again.
///
/// # Errors
/// When no host answers: what the last one said.
pub async fn settle(
    settings: &ConnectionSettings,
    application_name: &str,
) -> Result<(Session, ConnectionSettings), SessionError> {
    let options = ConnectOptions { application_name: Some(application_name.to_owned()), on_notice: None };
    let mut last = None;
    for host in &settings.hosts {
        let one = ConnectionSettings { hosts: vec![host.clone()], ..settings.clone() };
        match connect(&one, &options).await {
            Ok(session) => return Ok((session, one)),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error),
        None => Ok((connect(settings, &options).await?, settings.clone())),
    }
}
