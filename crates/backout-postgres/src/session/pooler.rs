//! Recognises a transaction pooler between us and the server: what we do needs a session of its own.
//!
//! Must not know: what the session would be for.

use std::time::Duration;

use backout_plan::{ConnectionSettings, Host};

use super::{ConnectOptions, DatabaseError, Session, SessionError, connect};

/// A pooler that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooler {
    pub evidence: PoolerEvidence,
    /// The address tells whose pooler it is, and so what to use instead.
    pub known: Option<KnownPooler>,
}

/// What gave it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolerEvidence {
    /// Two connections open at once were served by the same server process, which no server does.
    SharedBackend,
    /// One connection was served by two server processes in turn.
    ChangingBackend,
    /// Its answer to our startup or to BEGIN was a pooler's.
    Refusal,
    /// Only the address: a well-known one that pools by transaction.
    Address,
}

/// A provider's pooler that is known by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPooler {
    /// Such as `Supabase's transaction pooler`.
    pub name: &'static str,
    /// Whether an address like this pools by transaction for sure.
    pub certain: bool,
    /// `host:port` to use instead, where the address tells.
    pub instead: Option<String>,
    /// What to do, as a sentence.
    pub advice: String,
}

/// Opens two connections and looks whether the sessions are really ours. `None`: they are.
///
/// A direct server never serves two open connections by one process. Behind a transaction pooler either they share
/// one while both are idle, or the first is given another process while the second holds one in a transaction.
pub async fn pooler_suspected(settings: &ConnectionSettings) -> Result<Option<Pooler>, SessionError> {
    let known = settings.hosts.iter().find_map(|host| match host {
        Host::Tcp { host, port } => known_pooler(host, *port),
        Host::Socket { .. } => None,
    });
    let options = ConnectOptions::default();
    let connected = async {
        let first = connect(settings, &options).await?;
        let second = connect(settings, &options).await?;
        Ok((first, second))
    };
    let evidence = match connected.await {
        Ok((first, second)) => observe(&first, &second).await,
        Err(SessionError::Connect { reason: super::Refusal::StartupOption { .. }, .. }) => {
            Some(PoolerEvidence::Refusal)
        }
        Err(error) => return Err(error),
    };
    let by_address = known.as_ref().is_some_and(|known| known.certain).then_some(PoolerEvidence::Address);
    Ok(evidence.or(by_address).map(|evidence| Pooler { evidence, known }))
}

/// Whether an address is a provider's pooler that works by transaction, or may.
pub fn known_pooler(host: &str, port: u16) -> Option<KnownPooler> {
    let host = host.to_ascii_lowercase();
    let instead = |name, instead: String, what: &str| {
        let advice = format!("Use {instead} instead, {what}.");
        Some(KnownPooler { name, certain: true, instead: Some(instead), advice })
    };
    if port == 6543 && host.ends_with(".pooler.supabase.com") {
        return instead("Supabase's transaction pooler", format!("{host}:5432"), "the session pooler");
    }
    if port == 6543 && host.starts_with("db.") && host.ends_with(".supabase.co") {
        return instead("Supabase's dedicated pooler", format!("{host}:5432"), "the database itself");
    }
    if let Some((endpoint, region)) = host.split_once("-pooler.")
        && host.ends_with(".neon.tech")
    {
        return instead("Neon's pooler", format!("{endpoint}.{region}:{port}"), "the compute itself");
    }
    let (name, advice) = match port {
        6432 => ("PgBouncer's or Odyssey's usual port", "Use the port of the server itself, usually 5432."),
        6543 => ("Supavisor's usual port", "Use the session port, usually 5432."),
        25061 => ("DigitalOcean's pooler", "Use the cluster's own port, usually 25060."),
        _ => return None,
    };
    Some(KnownPooler { name, certain: false, instead: None, advice: advice.to_owned() })
}

const PID: &str = "SELECT pg_backend_pid()";
/// A pooler with a single server connection lets the other client wait; that it waits is the sign.
const WAIT: Duration = Duration::from_secs(3);

async fn observe(first: &Session, second: &Session) -> Option<PoolerEvidence> {
    let (Ok(a1), Ok(b1)) = (first.scalar(PID).await, second.scalar(PID).await) else { return None };
    if a1 == b1 {
        return Some(PoolerEvidence::SharedBackend);
    }
    if let Err(error) = second.batch("BEGIN").await {
        return refuses_transactions(&error).then_some(PoolerEvidence::Refusal);
    }
    let b2 = second.scalar(PID).await.ok()?;
    let a2 = tokio::time::timeout(WAIT, first.scalar(PID)).await;
    let evidence = match a2 {
        Ok(Ok(a2)) if a2 == b2 => Some(PoolerEvidence::SharedBackend),
        Ok(Ok(a2)) if a2 != a1 || b2 != b1 => Some(PoolerEvidence::ChangingBackend),
        Err(_) => Some(PoolerEvidence::SharedBackend),
        Ok(_) => None,
    };
    // Nothing was done; if this fails, the connection's end rolls back all the same.
    let _ = second.batch("ROLLBACK").await;
    evidence
}

fn refuses_transactions(error: &DatabaseError) -> bool {
    error.message.contains("pooling mode") || error.message.contains("transaction blocks not allowed")
}
