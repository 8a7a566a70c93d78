//! Sessions against real servers, a real PgBouncer and real certificates.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use backout_plan::Secret;

use super::*;
use crate::sandbox::{Sandbox, SandboxOptions, Servers, Surroundings};

struct Server {
    sandbox: Sandbox,
    _root: tempfile::TempDir,
}

async fn server(tcp: bool) -> Server {
    let root = tempfile::Builder::new().prefix("bo-test-").tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let servers = Servers::find(&Surroundings::new(None, std::env::var_os("PATH"))).unwrap();
    let mut options = SandboxOptions::new(root.path(), servers.preferred().clone());
    options.tcp = tcp;
    Server { sandbox: Sandbox::start(options).await.unwrap(), _root: root }
}

impl Server {
    fn socket(&self) -> ConnectionSettings {
        self.sandbox.connection("postgres", "postgres")
    }

    fn tcp(&self) -> ConnectionSettings {
        self.sandbox.tcp_connection("postgres").unwrap()
    }
}

async fn open(settings: &ConnectionSettings) -> Session {
    connect(settings, &ConnectOptions::default()).await.unwrap()
}

async fn refusal(settings: &ConnectionSettings) -> Refusal {
    match connect(settings, &ConnectOptions::default()).await {
        Err(error @ SessionError::Connect { .. }) => {
            assert!(!error.remedies().is_empty(), "nothing can be done about: {error}");
            let SessionError::Connect { reason, .. } = error else { unreachable!() };
            reason
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_session_tells_what_the_server_said() {
    let server = server(false).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    let options = ConnectOptions {
        application_name: Some("backout test".to_owned()),
        on_notice: Some(Arc::new(move |notice: &Notice| ear.lock().unwrap().push(notice.to_string()))),
    };
    let session = connect(&server.socket(), &options).await.unwrap();
    assert!(session.server_major() >= 13 && session.server_version() / 10_000 == session.server_major());
    assert_eq!(session.scalar("SELECT pg_backend_pid()").await.unwrap(), Some(session.backend_pid().to_string()));
    assert_eq!(session.scalar("SHOW application_name").await.unwrap().as_deref(), Some("backout test"));
    assert_eq!(session.scalar("SELECT NULL").await.unwrap(), None);

    session.batch("DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two' USING hint = 'h'; END $$").await.unwrap();
    let notices: Vec<String> = session.take_notices().iter().map(ToString::to_string).collect();
    assert_eq!(notices, ["NOTICE: one", "WARNING: two\n  hint: h"]);
    assert_eq!(*heard.lock().unwrap(), notices);
    assert!(session.take_notices().is_empty());

    let error = session.batch("SELECT 'é', nonsense").await.unwrap_err();
    assert_eq!((error.code.as_deref(), error.position), (Some("42703"), Some(13)));
    assert_eq!(error.to_string(), "column \"nonsense\" does not exist (SQLSTATE 42703)");
    assert!(!error.is_retryable() && !error.is_connection_lost());

    let error = session.batch("DO $$ BEGIN EXECUTE 'SELECT nonsense'; END $$").await.unwrap_err();
    assert_eq!(error.internal, Some(("SELECT nonsense".to_owned(), 8)));
    assert!(error.where_.as_ref().unwrap().contains("line 1 at EXECUTE"));

    session.batch("CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0))").await.unwrap();
    let error = session.batch("INSERT INTO t VALUES (0)").await.unwrap_err();
    assert_eq!((error.table.as_deref(), error.constraint.as_deref()), (Some("t"), Some("c")));
    assert!(error.detail.is_some());
}

#[tokio::test]
async fn failures_are_told_apart() {
    let server = server(false).await;
    let (one, two) = (open(&server.socket()).await, open(&server.socket()).await);
    one.batch("CREATE TABLE t ()").await.unwrap();
    one.batch("BEGIN; LOCK TABLE t").await.unwrap();
    let error = two.batch("SET lock_timeout = 20; LOCK TABLE t").await.unwrap_err();
    assert!(error.is_retryable() && error.is_lock_timeout() && !error.is_cancelled(), "{error}");

    let canceller = two.canceller();
    let waiting = two.batch("SET lock_timeout = 0; LOCK TABLE t");
    let cancelling = async {
        // A request that comes before the statement cancels nothing, so it is sent until the statement waits.
        while one.scalar("SELECT 1 FROM pg_locks WHERE NOT granted").await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        canceller.cancel().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(waiting, cancelling);
    let error = outcome.unwrap_err();
    assert!(error.is_cancelled() && !error.is_retryable(), "{error}");

    one.batch(&format!("SELECT pg_terminate_backend({})", two.backend_pid())).await.unwrap();
    let mut outcome = two.batch("SELECT 1").await;
    if outcome.is_ok() {
        outcome = two.batch("SELECT pg_sleep(5)").await;
    }
    let error = outcome.unwrap_err();
    assert!(error.is_connection_lost(), "{error:?}");
    assert!(two.batch("SELECT 1").await.unwrap_err().is_connection_lost());
}

#[tokio::test]
async fn a_dropped_session_lets_go_of_its_locks() {
    let server = server(false).await;
    let watcher = open(&server.socket()).await;
    watcher.batch("CREATE TABLE t ()").await.unwrap();
    for orderly in [true, false] {
        let session = open(&server.socket()).await;
        session.batch("BEGIN; LOCK TABLE t").await.unwrap();
        if orderly {
            session.close().await;
        } else {
            drop(session);
        }
        watcher.batch("SET lock_timeout = '5s'; BEGIN; LOCK TABLE t; ROLLBACK").await.unwrap();
    }
}

#[tokio::test]
async fn each_refusal_has_its_own_words() {
    let server = server(true).await;
    open(&server.tcp()).await;
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = |host: &str, port| vec![Host::Tcp { host: host.to_owned(), port }];
    let user = || "postgres".to_owned();
    let cases = [
        (
            ConnectionSettings { hosts: at("127.0.0.1", closed), ..server.tcp() },
            Refusal::NothingListens { where_: format!("127.0.0.1:{closed}") },
        ),
        (
            ConnectionSettings { hosts: at("no-such-host.invalid", 5432), ..server.tcp() },
            Refusal::UnknownHost { where_: "no-such-host.invalid:5432".to_owned() },
        ),
        (
            ConnectionSettings {
                hosts: vec![Host::Socket { path: "/nonexistent".into(), port: 1 }],
                ..server.socket()
            },
            Refusal::NoSocket { path: "/nonexistent/.s.PGSQL.1".to_owned() },
        ),
        (
            ConnectionSettings { password: Some(Secret::new("guess")), ..server.tcp() },
            Refusal::WrongPassword { user: user() },
        ),
        (ConnectionSettings { password: None, ..server.tcp() }, Refusal::PasswordMissing { user: user() }),
        (
            ConnectionSettings { dbname: Some("nothing".to_owned()), ..server.tcp() },
            Refusal::NoSuchDatabase { database: "nothing".to_owned() },
        ),
        (
            ConnectionSettings { user: Some("nobody here".to_owned()), ..server.socket() },
            Refusal::NoSuchRole { user: "nobody here".to_owned() },
        ),
        (ConnectionSettings { ssl_mode: SslMode::Require, ..server.tcp() }, Refusal::TlsNotOffered),
    ];
    for (settings, expected) in cases {
        assert_eq!(refusal(&settings).await, expected);
    }
    // Something that accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = ConnectionSettings {
        hosts: at("127.0.0.1", silent.local_addr().unwrap().port()),
        connect_timeout: Some(Duration::from_millis(300)),
        ..server.tcp()
    };
    let error = connect(&settings, &ConnectOptions::default()).await.unwrap_err();
    assert!(matches!(error, SessionError::Timeout { .. }) && !error.remedies().is_empty(), "{error}");
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn tls_modes_check_what_they_promise() {
    let server = server(true).await;
    let made = tempfile::tempdir().unwrap();
    fs::write(made.path().join("good.ext"), "subjectAltName=DNS:localhost\n").unwrap();
    for ca in ["ca", "other"] {
        openssl(
            made.path(),
            &format!(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={ca} -addext basicConstraints=critical,CA:TRUE -keyout {ca}.key -out {ca}.crt"
            ),
        );
    }
    openssl(made.path(), "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr");
    openssl(
        made.path(),
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile good.ext -out server.crt",
    );
    let data = server.sandbox.data_dir();
    let owner = fs::metadata(&data).unwrap();
    for name in ["server.key", "server.crt"] {
        fs::copy(made.path().join(name), data.join(name)).unwrap();
        fs::set_permissions(data.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        chown(data.join(name), Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let session = open(&server.socket()).await;
    session.batch("ALTER SYSTEM SET ssl = on").await.unwrap();
    session.batch("SELECT pg_reload_conf()").await.unwrap();

    let settings = |host: &str, ssl_mode, ca: Option<&str>| ConnectionSettings {
        hosts: vec![Host::Tcp { host: host.to_owned(), port: server.sandbox.port() }],
        ssl_mode,
        root_cert: ca.map(|name| made.path().join(name)),
        ..server.tcp()
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while connect(&settings("localhost", SslMode::Require, None), &ConnectOptions::default()).await.is_err() {
        assert!(Instant::now() < deadline, "the server does not offer TLS");
    }
    for (host, mode, ca, encrypted) in [
        ("localhost", SslMode::Disable, None, Some("f")),
        ("localhost", SslMode::Prefer, None, Some("t")),
        ("127.0.0.1", SslMode::Require, None, Some("t")),
        ("127.0.0.1", SslMode::Require, Some("ca.crt"), Some("t")),
        ("127.0.0.1", SslMode::Require, Some("other.crt"), None),
        ("127.0.0.1", SslMode::VerifyCa, Some("ca.crt"), Some("t")),
        ("localhost", SslMode::VerifyCa, Some("other.crt"), None),
        ("localhost", SslMode::VerifyFull, Some("ca.crt"), Some("t")),
        ("127.0.0.1", SslMode::VerifyFull, Some("ca.crt"), None),
        ("localhost", SslMode::VerifyFull, Some("other.crt"), None),
    ] {
        let what = format!("{host} {mode:?} {ca:?}");
        let settings = settings(host, mode, ca);
        if let Some(encrypted) = encrypted {
            let session = open(&settings).await;
            let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            assert_eq!(session.scalar(sql).await.unwrap().as_deref(), Some(encrypted), "{what}");
            session.canceller().cancel().await.unwrap();
        } else {
            let reason = refusal(&settings).await;
            assert!(matches!(reason, Refusal::Certificate { .. }), "{what}: {reason:?}");
        }
    }
    for (name, text) in [("absent.crt", None), ("empty.crt", Some("not a certificate\n"))] {
        if let Some(text) = text {
            fs::write(made.path().join(name), text).unwrap();
        }
        let settings = settings("localhost", SslMode::VerifyFull, Some(name));
        let error = connect(&settings, &ConnectOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains(name) && !error.remedies().is_empty(), "{error}");
    }
}

#[test]
fn addresses_of_poolers() {
    for (host, port, certain, instead) in [
        ("aws-0-eu-central-1.pooler.supabase.com", 6543, true, Some("aws-0-eu-central-1.pooler.supabase.com:5432")),
        ("db.abcdef.supabase.co", 6543, true, Some("db.abcdef.supabase.co:5432")),
        ("ep-cool-1-pooler.eu-central-1.aws.neon.tech", 5432, true, Some("ep-cool-1.eu-central-1.aws.neon.tech:5432")),
        ("db.internal", 6432, false, None),
        ("x.db.ondigitalocean.com", 25061, false, None),
    ] {
        let known = known_pooler(host, port).unwrap_or_else(|| panic!("{host}:{port}"));
        assert_eq!((known.certain, known.instead.as_deref()), (certain, instead), "{host}:{port}");
    }
    for (host, port) in [
        ("aws-0-eu-central-1.pooler.supabase.com", 5432),
        ("db.abcdef.supabase.co", 5432),
        ("ep-cool-1.eu-central-1.aws.neon.tech", 5432),
        ("my-pooler.example.org", 5432),
        ("localhost", 5432),
    ] {
        assert_eq!(known_pooler(host, port), None, "{host}:{port}");
    }
}

struct Bouncer {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Bouncer {
    /// `None` where PgBouncer is not installed.
    async fn start(server: &Server, settings: &str) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists())?;
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={} port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\n{settings}\n",
            server.sandbox.socket_dir().display(),
            server.sandbox.port(),
        );
        fs::write(&file, text).unwrap();
        // It refuses to run as root as well, and must be able to use the sandbox's socket.
        let owner = fs::metadata(server.sandbox.folder()).unwrap();
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if rustix::process::geteuid().is_root() {
            for path in [folder.path(), &file] {
                chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
            }
            command.uid(owner.uid()).gid(owner.gid());
        }
        let bouncer = Self { process: command.spawn().unwrap(), port, _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "pgbouncer does not answer");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(bouncer)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test]
async fn transaction_poolers_are_recognised_and_nothing_else() {
    let server = server(true).await;
    assert_eq!(pooler_suspected(&server.tcp()).await.unwrap(), None, "the server itself");
    assert_eq!(pooler_suspected(&server.socket()).await.unwrap(), None, "the server itself");
    let mut tried = 0;
    for (mode, suspected) in [
        ("pool_mode = transaction", true),
        ("pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 3", true),
        ("pool_mode = transaction\ndefault_pool_size = 1", true),
        ("pool_mode = statement", true),
        ("pool_mode = session", false),
    ] {
        let Some(bouncer) = Bouncer::start(&server, mode).await else { break };
        let hosts = vec![Host::Tcp { host: "127.0.0.1".to_owned(), port: bouncer.port }];
        let settings = ConnectionSettings { hosts, ssl_mode: SslMode::Disable, ..server.tcp() };
        let found = pooler_suspected(&settings).await.unwrap();
        assert_eq!(found.is_some(), suspected, "{mode}: {found:?}");
        if suspected {
            let with_options = ConnectionSettings { options: Some("-c work_mem=1MB".to_owned()), ..settings };
            assert!(matches!(refusal(&with_options).await, Refusal::StartupOption { .. }), "{mode}");
        }
        tried += 1;
    }
    assert!(tried == 5 || tried == 0, "{tried} of 5 kinds tried");
}
