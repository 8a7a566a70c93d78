//! One connection to one PostgreSQL server: TLS as asked for, notices kept, errors with all that the server said.
//!
//! Must not know: what the connection is for; where the settings came from.

mod database_error;
mod pooler;
mod refusal;
mod savepoint;
mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, future, io, path::PathBuf};

use backout_plan::Remedy;
use backout_plan::connection::{ChannelBinding, ConnectionSettings, Host, SslMode};
use bytes::Buf;
use futures_util::StreamExt;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio_postgres::config::{
    ChannelBinding as DriverChannelBinding, Config, SslMode as DriverSslMode, TargetSessionAttrs,
};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{
    AsyncMessage, CancelToken, Client, CopyInSink, CopyOutStream, Row, RowStream, SimpleQueryMessage, Statement,
    ToStatement,
};

pub use database_error::{DatabaseError, Notice, Report};
pub use pooler::{KnownPooler, Pooler, PoolerEvidence, known_pooler, pooler_suspected};
pub use refusal::Refusal;
pub use savepoint::Savepoint;

/// Limit for one host, handshakes included, when the settings have none.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// Notices kept for [`Session::take_notices`]; a migration that raises one for each row must not fill the memory.
const NOTICES_KEPT: usize = 10_000;
/// How often a server that works for us looks whether we are still there. Without it a statement goes on, and keeps its
/// locks, long after its client was killed. PostgreSQL 14 or newer; not on every platform.
const CLIENT_CHECK: &str = "500ms";
/// A freeze makes sessions read-only by a setting of the database. Backout goes on writing, to its own schemas.
const LIFT: &str = "SET default_transaction_read_only = off";
/// Whether that setting may be a freeze's: it is the database's own, and freezes are on record. Nothing of the record is
/// read, since whoever could have made it might have code run by that.
const FROZEN: &str = "SELECT source = 'database' AND EXISTS (SELECT FROM pg_catalog.pg_class c \
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'backout' AND c.relname = 'freeze') \
     FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'";
/// How long an orderly end of a connection may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Called for each notice as it arrives.
pub type NoticeListener = Arc<dyn Fn(&Notice) + Send + Sync>;

/// How to connect, beyond the settings.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// Shown in `pg_stat_activity`, unless the settings name one.
    pub application_name: Option<String>,
    /// Hears each notice while the statement that raises it still runs.
    pub on_notice: Option<NoticeListener>,
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("application_name", &self.application_name)
            .field("on_notice", &self.on_notice.as_ref().map(|_| "a listener"))
            .finish()
    }
}

/// An open connection. Dropping it closes it, and the server rolls an open transaction back.
pub struct Session {
    client: Client,
    backend_pid: i32,
    server_version: u32,
    endpoint: String,
    notices: Arc<Mutex<Notices>>,
    listener: Option<NoticeListener>,
    canceller: Canceller,
    /// Queries that the server keeps prepared, once it was said that it may.
    prepared: Mutex<Option<HashMap<String, Statement>>>,
    /// The server looks whether we are still there.
    is_watched: bool,
    /// The database is frozen, and this session may write all the same.
    is_lifted: bool,
    task: DriverTask,
}

impl Session {
    /// Process id of the server's side, as in `pg_stat_activity` and `pg_locks`.
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// `server_version_num`: 150018 for 15.18.
    pub fn server_version(&self) -> u32 {
        self.server_version
    }

    /// Major version of the server.
    pub fn server_major(&self) -> u32 {
        self.server_version / 10_000
    }

    /// `host:port/database`, without the password.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether the server notices within a second that this process is gone, also in the middle of a statement.
    pub fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Makes the session as it was when it began, but for advisory locks: settings, role and temporary tables go.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn renew(&self) -> Result<(), DatabaseError> {
        self.batch("RESET SESSION AUTHORIZATION; RESET ALL; DISCARD TEMP").await?;
        if self.is_lifted {
            self.batch(LIFT).await?;
        }
        if self.is_watched {
            self.batch(&format!("SET client_connection_check_interval = '{CLIENT_CHECK}'")).await?;
        }
        Ok(())
    }

    /// A setting for the open transaction that has the server look whether we are still there, whatever a statement has
    /// reset since; with a semicolon and a blank at the end. Empty where the server cannot look.
    pub fn watch_client(&self) -> String {
        if self.is_watched {
            format!("SET LOCAL client_connection_check_interval = '{CLIENT_CHECK}'; ")
        } else {
            String::new()
        }
    }

    /// The notices since the last call, oldest first.
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner).kept)
    }

    /// Runs SQL text as [`Session::batch`], and nobody hears its notices: they are handed to the caller, who knows
    /// later whether what they are about holds.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn batch_unheard(&self, sql: &str) -> Result<Vec<Notice>, DatabaseError> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).held = Some(Vec::new());
        let done = self.batch(sql).await;
        let held = self.notices.lock().unwrap_or_else(PoisonError::into_inner).held.take();
        done.map(|()| held.unwrap_or_default())
    }

    /// Has notices heard that were held back.
    pub fn tell(&self, notices: Vec<Notice>) {
        notices.into_iter().for_each(|notice| keep(&self.notices, self.listener.as_ref(), notice));
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// What cancels the statement that runs here, from any other task.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Runs SQL text of any number of statements by the simple protocol.
    pub async fn batch(&self, sql: &str) -> Result<(), DatabaseError> {
        self.traced("batch", sql.len(), async { Ok(self.client.batch_execute(sql).await?) }).await
    }

    /// Ends the open transaction. A cancel that was meant for the statement before and comes late does not keep it open.
    ///
    /// # Errors
    /// When the server says no, or has gone.
    pub async fn roll_back(&self) -> Result<(), DatabaseError> {
        match self.batch("ROLLBACK").await {
            Err(error) if error.is_cancelled() => self.batch("ROLLBACK").await,
            ended => ended,
        }
    }

    /// Tells whoever traces how long an exchange with the server took. Its text stays out: it may hold secrets. No bytes:
    /// it may be prepared.
    async fn traced<T>(
        &self,
        kind: &'static str,
        bytes: usize,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        let started = Instant::now();
        let done = work.await;
        let ms = started.elapsed().as_secs_f64() * 1e3;
        match &done {
            Ok(_) => tracing::trace!(pid = self.backend_pid(), kind, bytes, ms, "answered"),
            Err(error) => {
                tracing::debug!(pid = self.backend_pid(), kind, bytes, ms, code = error.code.as_deref(), "failed");
            }
        }
        done
    }

    /// The first column of the first row as text, by the simple protocol; `None` for NULL and for no row.
    pub async fn scalar(&self, sql: &str) -> Result<Option<String>, DatabaseError> {
        self.traced("scalar", sql.len(), async { Ok(first_value(&self.client, sql).await?) }).await
    }

    /// Lets the server keep what [`Session::rows`] asks prepared, so that nothing is parsed and planned while locks
    /// are held. Not for a connection that may go through a transaction pooler.
    pub fn keep_prepared(&self) {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.get_or_insert_default();
    }

    /// Begins anew with what is kept prepared: a statement may have thrown it away on the server's side.
    pub fn forget_prepared(&self) {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = prepared.as_mut() {
            prepared.clear();
        }
    }

    /// The rows of a query without parameters.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        self.traced("rows", sql.len(), self.answered(sql)).await
    }

    async fn answered(&self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        let known = {
            let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
            prepared.as_ref().map(|prepared| prepared.get(sql).cloned())
        };
        let statement = match known {
            None => return Ok(self.client.query_typed(sql, &[]).await?),
            Some(Some(statement)) => statement,
            Some(None) => {
                let statement = self.client.prepare(sql).await?;
                let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(prepared) = prepared.as_mut() {
                    prepared.insert(sql.to_owned(), statement.clone());
                }
                statement
            }
        };
        Ok(self.client.query(&statement, &[]).await?)
    }

    /// The rows of one statement whose parameters have these types: it is not prepared first.
    pub async fn query_typed(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.traced("query", sql.len(), async { Ok(self.client.query_typed(sql, parameters).await?) }).await
    }

    /// The rows of one statement, which the server prepares first: it says the types of the parameters.
    pub async fn query<T: ToStatement + Sync + ?Sized>(
        &self,
        statement: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.traced("query", 0, async { Ok(self.client.query(statement, parameters).await?) }).await
    }

    /// As [`Session::query`], where there is exactly one row.
    pub async fn query_one<T: ToStatement + Sync + ?Sized>(
        &self,
        statement: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, DatabaseError> {
        self.traced("query", 0, async { Ok(self.client.query_one(statement, parameters).await?) }).await
    }

    /// As [`Session::query`], where there is at most one row.
    pub async fn query_opt<T: ToStatement + Sync + ?Sized>(
        &self,
        statement: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DatabaseError> {
        self.traced("query", 0, async { Ok(self.client.query_opt(statement, parameters).await?) }).await
    }

    /// Runs one statement that the server prepares first, and says how many rows it reached.
    pub async fn execute<T: ToStatement + Sync + ?Sized>(
        &self,
        statement: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DatabaseError> {
        self.traced("execute", 0, async { Ok(self.client.execute(statement, parameters).await?) }).await
    }

    /// What the server answers to statements by the simple protocol: all values as text.
    pub async fn simple_query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, DatabaseError> {
        self.traced("simple", sql.len(), async { Ok(self.client.simple_query(sql).await?) }).await
    }

    /// Lets the server parse one statement and say what it takes and gives.
    pub async fn prepare(&self, sql: &str) -> Result<Statement, DatabaseError> {
        self.traced("prepare", sql.len(), async { Ok(self.client.prepare(sql).await?) }).await
    }

    /// The rows of a query, as they come. Their errors are the driver's.
    pub async fn stream(&self, sql: &str) -> Result<RowStream, tokio_postgres::Error> {
        let none: [&(dyn ToSql + Sync); 0] = [];
        self.client.query_raw(sql, none).await
    }

    /// What COPY TO STDOUT sends, as it comes. Its errors are the driver's.
    pub async fn copy_out(&self, sql: &str) -> Result<CopyOutStream, tokio_postgres::Error> {
        self.client.copy_out(sql).await
    }

    /// Takes what COPY FROM STDIN is to read. Its errors are the driver's.
    pub async fn copy_in<T: Buf + Send + 'static>(&self, sql: &str) -> Result<CopyInSink<T>, tokio_postgres::Error> {
        self.client.copy_in(sql).await
    }

    /// Runs one statement and says how many rows it reached.
    pub async fn reach(&self, sql: &str) -> Result<u64, DatabaseError> {
        let asked = async { Ok(self.client.simple_query(sql).await?) };
        let messages = self.traced("reach", sql.len(), asked).await?;
        Ok(messages.iter().map(|m| if let SimpleQueryMessage::CommandComplete(n) = m { *n } else { 0 }).sum())
    }

    /// Runs single statements in one message. The error comes with the place of the one that failed.
    pub async fn all(&self, statements: &[&str]) -> Result<(), (usize, DatabaseError)> {
        let Some(last) = statements.len().checked_sub(1) else { return Ok(()) };
        // A comment at the end of a statement must not swallow the semicolon.
        let answers = self.client.simple_query_raw(&statements.join("\n;\n")).await;
        let mut answers = std::pin::pin!(answers.map_err(|source| (0, source.into()))?);
        let mut done = 0;
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(SimpleQueryMessage::CommandComplete(_)) => done += 1,
                Ok(_) => {}
                Err(source) => {
                    // A place in the whole message says nothing about the statement.
                    return Err((done.min(last), DatabaseError::from(source).without_position()));
                }
            }
        }
        Ok(())
    }

    /// Closes the connection in order and waits until the driver has said so to the server.
    pub async fn close(self) {
        let Self { client, mut task, .. } = self;
        drop(client);
        // The task ends by itself once the client is gone. A server that does not answer must not hold us up.
        let _ = tokio::time::timeout(CLOSE_LIMIT, &mut task.0).await;
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("endpoint", &self.endpoint)
            .field("backend_pid", &self.backend_pid)
            .field("server_version", &self.server_version)
            .finish_non_exhaustive()
    }
}

/// Cancels whatever runs in one session.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    tls: tls::Connector,
}

impl Canceller {
    /// Asks the server to cancel. That the request was sent does not mean that anything was cancelled.
    pub async fn cancel(&self) -> Result<(), DatabaseError> {
        Ok(self.token.cancel_query(self.tls.clone()).await?)
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}

/// Connects, and learns the server's version and process id.
pub async fn connect(settings: &ConnectionSettings, options: &ConnectOptions) -> Result<Session, SessionError> {
    let endpoint = settings.endpoint();
    let tls = tls::connector(settings)?;
    let config = driver_config(settings, options);
    // The driver's own limit ends with the TCP handshake; a server that accepts and is silent needs this one.
    let hosts = u32::try_from(settings.hosts.len()).unwrap_or(u32::MAX).max(1);
    let limit = settings.connect_timeout.unwrap_or(CONNECT_LIMIT).saturating_mul(hosts);
    let failed = |source: tokio_postgres::Error| SessionError::Connect {
        endpoint: endpoint.clone(),
        reason: Refusal::of(&source, settings),
        source: source.into(),
    };
    let late = |_| SessionError::Timeout { endpoint: endpoint.clone(), seconds: limit.as_secs_f64() };
    let opening = async {
        let (client, mut connection) = config.connect(tls.clone()).await?;
        let notices = Arc::new(Mutex::new(Notices::default()));
        let sink = (notices.clone(), options.on_notice.clone());
        let task = DriverTask(tokio::spawn(async move {
            // The stream ends, or fails, with the connection; the client's calls then say so.
            while let Some(Ok(message)) = future::poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message {
                    keep(&sink.0, sink.1.as_ref(), Notice::from(&notice));
                }
            }
        }));
        // By the simple protocol: prepared statements do not pass through every pooler, and recognising one needs this.
        let row = first_row(
            &client,
            "SELECT pg_backend_pid(), current_setting('server_version_num'), current_setting('default_transaction_read_only')",
        )
        .await?;
        // Refused where the platform cannot look; then a killed client's statement ends when it ends.
        let watch = format!("SET client_connection_check_interval = '{CLIENT_CHECK}'");
        let is_watched = client.batch_execute(&watch).await.is_ok();
        let is_read_only = row.get(2).cloned().flatten().as_deref() == Some("on");
        let is_lifted = is_read_only && first_value(&client, FROZEN).await?.as_deref() == Some("t");
        if is_lifted {
            client.batch_execute(LIFT).await?;
        }
        Ok((client, task, notices, row, is_watched, is_lifted))
    };
    let (client, task, notices, row, is_watched, is_lifted) =
        tokio::time::timeout(limit, opening).await.map_err(late)?.map_err(failed)?;
    let number = |index: usize| row.get(index).cloned().flatten().and_then(|text| text.parse::<u32>().ok());
    let (Some(pid), Some(server_version)) = (number(0), number(1)) else {
        return Err(SessionError::NoVersion { endpoint });
    };
    let canceller = Canceller { token: client.cancel_token(), tls };
    Ok(Session {
        client,
        backend_pid: pid.cast_signed(),
        server_version,
        endpoint,
        notices,
        listener: options.on_notice.clone(),
        canceller,
        prepared: Mutex::default(),
        is_watched,
        is_lifted,
        task,
    })
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum SessionError {
    #[error("cannot connect to {endpoint}: {reason}")]
    Connect {
        endpoint: String,
        reason: Refusal,
        #[source]
        source: DatabaseError,
    },
    #[error("cannot connect to {endpoint}: no answer within {seconds} s")]
    Timeout { endpoint: String, seconds: f64 },
    #[error("{endpoint} does not tell its version; is it a PostgreSQL server?")]
    NoVersion { endpoint: String },
    #[error("cannot read the certificate authorities in {}", path.display())]
    ReadRootCert {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} holds no certificate that can be used (PEM is expected)", path.display())]
    EmptyRootCert { path: PathBuf },
    #[error("this machine has no certificate authorities to verify {endpoint} with: {problems}")]
    NoSystemRoots { endpoint: String, problems: String },
    #[error("cannot set TLS up for {endpoint}")]
    Tls {
        endpoint: String,
        #[source]
        source: rustls::Error,
    },
    #[error("cannot build the certificate check for {endpoint}")]
    Verifier {
        endpoint: String,
        #[source]
        source: rustls::client::VerifierBuilderError,
    },
}

impl SessionError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        self.hint().map(Remedy::advice).into_iter().collect()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Connect { reason, .. } => reason.hint(),
            Self::Timeout { .. } => Some(
                "Check host and port; a firewall that drops packets, or an IPv6-only host on a network without IPv6, looks like this."
                    .to_owned(),
            ),
            Self::NoSystemRoots { .. } | Self::EmptyRootCert { .. } | Self::ReadRootCert { .. } => {
                Some("Name the provider's CA file with `sslrootcert=FILE`, or use `sslmode=require` to encrypt without verifying.".to_owned())
            }
            Self::NoVersion { .. } | Self::Tls { .. } | Self::Verifier { .. } => None,
        }
    }
}

/// Aborts the driver's task when the session goes away by whatever path.
#[derive(Debug)]
struct DriverTask(JoinHandle<()>);

impl Drop for DriverTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the server has told.
#[derive(Debug, Default)]
struct Notices {
    kept: Vec<Notice>,
    /// Those of a statement whose notices nobody hears yet.
    held: Option<Vec<Notice>>,
}

fn keep(notices: &Mutex<Notices>, listener: Option<&NoticeListener>, notice: Notice) {
    let mut told = notices.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(held) = &mut told.held {
        if held.len() < NOTICES_KEPT {
            held.push(notice);
        }
        return;
    }
    if told.kept.len() < NOTICES_KEPT {
        told.kept.push(notice.clone());
    }
    drop(told);
    if let Some(listener) = listener {
        listener(&notice);
    }
}

fn driver_config(settings: &ConnectionSettings, options: &ConnectOptions) -> Config {
    let mut config = Config::new();
    for host in &settings.hosts {
        match host {
            Host::Tcp { host, port } => config.host(host).port(*port),
            Host::Socket { path, port } => config.host_path(path).port(*port),
        };
    }
    if let Some(user) = &settings.user {
        config.user(user);
    }
    if let Some(password) = &settings.password {
        config.password(password.expose());
    }
    if let Some(dbname) = &settings.dbname {
        config.dbname(dbname);
    }
    let mut at_start = settings.options.clone().unwrap_or_default();
    if settings.needs_primary {
        // What is asked of a server is whether it takes writes at all, which a frozen database does not change.
        at_start.push_str(" -c default_transaction_read_only=off");
    }
    if !at_start.is_empty() {
        config.options(at_start.trim_start());
    }
    if let Some(name) = settings.application_name.as_ref().or(options.application_name.as_ref()) {
        config.application_name(name);
    }
    // libpq ignores the mode on sockets, which never have TLS.
    let sockets_only = settings.hosts.iter().all(|host| matches!(host, Host::Socket { .. }));
    config
        .ssl_mode(match settings.ssl_mode {
            _ if sockets_only => DriverSslMode::Disable,
            SslMode::Disable => DriverSslMode::Disable,
            SslMode::Prefer => DriverSslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => DriverSslMode::Require,
        })
        .channel_binding(match settings.channel_binding {
            ChannelBinding::Disable => DriverChannelBinding::Disable,
            ChannelBinding::Prefer => DriverChannelBinding::Prefer,
            ChannelBinding::Require => DriverChannelBinding::Require,
        })
        .target_session_attrs(if settings.needs_primary {
            TargetSessionAttrs::ReadWrite
        } else {
            TargetSessionAttrs::Any
        })
        // A migration waits for minutes without a byte; a dead network must still be noticed.
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(4)
        .connect_timeout(settings.connect_timeout.unwrap_or(CONNECT_LIMIT));
    config
}

async fn first_row(client: &Client, sql: &str) -> Result<Vec<Option<String>>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect()),
        _ => None,
    });
    Ok(row.unwrap_or_default())
}

async fn first_value(client: &Client, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    Ok(first_row(client, sql).await?.into_iter().next().flatten())
}

#[cfg(test)]
mod tests;
