//! Throwaway PostgreSQL clusters, for rehearsals, the demo and tests.
//!
//! A sandbox is one folder with a cluster, its private socket and a server that lives exactly as long as the value
//! here: it ends when that is dropped, when the process panics or exits, and when it is killed with SIGKILL.
//!
//! Must not know: what is rehearsed in it; the environment of the process (see [`Surroundings`]).

mod account;
mod guardian;
mod servers;
mod sweep;
mod template;

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use backout_plan::Secret;
use backout_plan::connection::{ChannelBinding, ConnectionSettings, Host, SslMode};
use thiserror::Error;
use tokio_postgres::NoTls;

use account::Account;
use guardian::{Cluster, Guardian, Janitor};
pub use servers::{Installation, OLDEST_MAJOR, Servers, ServersError, Surroundings};

/// How a server may take to answer its first connection. It takes about half a second on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(90);
/// Pause between two looks at whether the server answers.
const START_PAUSE: Duration = Duration::from_millis(10);
/// Port in the name of the private socket when TCP is off. Nothing listens on it.
const SOCKET_ONLY_PORT: u16 = 5432;
/// Attempts at finding a TCP port that nobody takes between our look and the server's.
const PORT_ATTEMPTS: usize = 5;
/// The address of a Unix socket holds this many bytes, without the final zero.
const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// What kind of sandbox to start.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Folder in which the sandbox makes its own folder. A short path, since a socket's path may have 107 bytes.
    pub root: PathBuf,
    /// The programs to run.
    pub installation: Installation,
    /// Listen on a free port of 127.0.0.1 as well, with a random password for the superuser.
    pub tcp: bool,
    /// Lines of `postgresql.conf`, which win over those of the sandbox.
    pub settings: Vec<(String, String)>,
    /// Name of the role that owns the cluster.
    pub superuser: String,
    /// Locale of the cluster; `C` exists everywhere.
    pub locale: String,
    /// Encoding of the template databases.
    pub encoding: String,
    /// Whether the server survives a crash of the machine. Of no use for what is thrown away, and slow.
    pub fsync: bool,
    /// The cluster may be a copy of one that was made before, which the root folder keeps. It has the other's system
    /// identifier. With TCP it is never one, since the password is made with the cluster.
    pub from_template: bool,
}

impl SandboxOptions {
    /// Socket only, UTF-8, locale `C`, superuser `postgres`, no fsync, made by `initdb`.
    pub fn new(root: impl Into<PathBuf>, installation: Installation) -> Self {
        Self {
            root: root.into(),
            installation,
            tcp: false,
            settings: Vec::new(),
            superuser: "postgres".to_owned(),
            locale: "C".to_owned(),
            encoding: "UTF8".to_owned(),
            fsync: false,
            from_template: false,
        }
    }
}

/// A running throwaway server.
#[derive(Debug)]
pub struct Sandbox {
    guardian: Guardian,
    folder: PathBuf,
    installation: Installation,
    port: u16,
    tcp: bool,
    superuser: String,
    password: Secret,
    swept: Vec<PathBuf>,
}

impl Sandbox {
    /// Removes what dead owners left in the root folder, makes a cluster and waits until its server answers.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        let account = Account::for_server();
        let root = prepare_root(&options, account)?;
        let to_sweep = root.clone();
        let swept = tokio::task::spawn_blocking(move || sweep::sweep(&to_sweep)).await.unwrap_or_default();
        let mut attempt = 1;
        loop {
            let mut sandbox = Self::launch(&options, &root, account)?;
            match sandbox.wait_until_ready().await {
                Ok(()) => {
                    sandbox.swept = swept;
                    return Ok(sandbox);
                }
                // Somebody else took the port between our look and the server's.
                Err(SandboxError::Ended { log, .. })
                    if options.tcp && attempt < PORT_ATTEMPTS && log.contains("could not bind") =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Folder of the private socket.
    pub fn socket_dir(&self) -> PathBuf {
        self.folder.join("s")
    }

    /// Port on 127.0.0.1 if TCP is on, and in the socket's name in any case.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the server listens on 127.0.0.1 too.
    pub fn has_tcp(&self) -> bool {
        self.tcp
    }

    /// The cluster's data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The sandbox's own folder; nothing of it remains in the end.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The programs that it runs.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The role that owns the cluster.
    pub fn superuser(&self) -> &str {
        &self.superuser
    }

    /// The superuser's password, which TCP connections need.
    pub fn password(&self) -> Secret {
        self.password.clone()
    }

    /// Sandboxes of dead owners that this start removed.
    pub fn swept(&self) -> &[PathBuf] {
        &self.swept
    }

    /// Settings that connect through the private socket, as any role, without a password.
    pub fn connection(&self, database: &str, user: &str) -> ConnectionSettings {
        ConnectionSettings {
            hosts: vec![Host::Socket { path: self.socket_dir(), port: self.port }],
            user: Some(user.to_owned()),
            password: None,
            dbname: Some(database.to_owned()),
            ssl_mode: SslMode::Disable,
            root_cert: None,
            options: None,
            application_name: None,
            connect_timeout: None,
            channel_binding: ChannelBinding::default(),
            needs_primary: false,
        }
    }

    /// Settings that connect over TCP as the superuser. `None` if TCP is off.
    pub fn tcp_connection(&self, database: &str) -> Option<ConnectionSettings> {
        self.tcp.then(|| ConnectionSettings {
            hosts: vec![Host::Tcp { host: "127.0.0.1".to_owned(), port: self.port }],
            password: Some(self.password.clone()),
            ..self.connection(database, &self.superuser)
        })
    }

    /// The socket's connection as a URL, for programs of others.
    pub fn url(&self, database: &str, user: &str) -> String {
        let folder = self.socket_dir();
        format!(
            "postgresql://{}@/{}?host={}&port={}",
            percent_encode(user),
            percent_encode(database),
            percent_encode(&folder.to_string_lossy()),
            self.port
        )
    }

    /// URL over TCP as the superuser, with the password in it. `None` if TCP is off.
    pub fn tcp_url(&self, database: &str) -> Option<String> {
        self.tcp.then(|| {
            format!(
                "postgresql://{}:{}@127.0.0.1:{}/{}",
                percent_encode(&self.superuser),
                self.password.expose(),
                self.port,
                percent_encode(database)
            )
        })
    }

    /// The end of the server's log.
    pub fn log(&self) -> String {
        tail(&self.folder.join("server.log"))
    }

    /// Ends the server and waits until its folder is gone. Dropping does the same, but blocks the thread.
    pub async fn stop(self) -> Result<(), SandboxError> {
        let Self { mut guardian, folder, .. } = self;
        let closed = tokio::task::spawn_blocking(move || guardian.close()).await;
        if closed.unwrap_or(false) { Ok(()) } else { Err(SandboxError::Stop { folder }) }
    }

    fn launch(options: &SandboxOptions, root: &Path, account: Option<Account>) -> Result<Self, SandboxError> {
        let port = if options.tcp { free_port().map_err(SandboxError::FreePort)? } else { SOCKET_ONLY_PORT };
        let password = random_hex().map(Secret::from).map_err(SandboxError::Password)?;
        let failed = |source| SandboxError::MakeFolder { root: root.to_path_buf(), source };

        let new = tempfile::Builder::new()
            .prefix(sweep::NEW_PREFIX)
            .rand_bytes(10)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(root)
            .map_err(failed)?;
        let lock = sweep::lock(new.path()).map_err(failed)?;
        fill_folder(new.path(), options, port, password.expose(), account).map_err(failed)?;
        let name = new.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = root.join(name.replacen(sweep::NEW_PREFIX, sweep::PREFIX, 1));
        let janitor = Janitor::start(new.path(), &folder)
            .map_err(|source| SandboxError::Guardian { folder: folder.clone(), source })?;
        fs::rename(new.path(), &folder).map_err(failed)?;
        // The folder has moved away from under the temporary one's name; there is nothing left for it to remove.
        let _ = new.keep();

        let mut initdb = vec![
            format!("--username={}", options.superuser),
            format!("--encoding={}", options.encoding),
            format!("--locale={}", options.locale),
            format!("--pwfile={}", folder.join("password").display()),
            "--auth-local=trust".to_owned(),
            "--auth-host=scram-sha-256".to_owned(),
        ];
        if !options.fsync {
            initdb.push("--no-sync".to_owned());
        }
        let template = template::place(options, root, account).filter(|_| !options.tcp);
        let cluster = Cluster { template: template.as_deref(), initdb: &initdb };
        let guardian = janitor
            .guard(&options.installation.bin, port, &cluster, account, lock)
            .map_err(|source| SandboxError::Guardian { folder: folder.clone(), source })?;
        Ok(Self {
            guardian,
            folder,
            installation: options.installation.clone(),
            port,
            tcp: options.tcp,
            superuser: options.superuser.clone(),
            password,
            swept: Vec::new(),
        })
    }

    async fn wait_until_ready(&self) -> Result<(), SandboxError> {
        let mut config = tokio_postgres::Config::new();
        config
            .host_path(self.socket_dir())
            .port(self.port)
            .user(&self.superuser)
            .dbname("postgres")
            .connect_timeout(Duration::from_secs(5));
        let socket = self.socket_dir().join(format!(".s.PGSQL.{}", self.port));
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if socket.exists() && config.connect(NoTls).await.is_ok() {
                return Ok(());
            }
            if let Ok(ended) = fs::read_to_string(self.folder.join(guardian::ENDED)) {
                let program = ended.split_whitespace().next().unwrap_or("postgres").to_owned();
                let log = if program == "initdb" { "initdb.log" } else { "server.log" };
                let log = tail(&self.folder.join(log));
                return Err(SandboxError::Ended { program, version: self.installation.version.clone(), log });
            }
            if Instant::now() >= deadline {
                return Err(SandboxError::NotReady { seconds: START_LIMIT.as_secs(), log: self.log() });
            }
            tokio::time::sleep(START_PAUSE).await;
        }
    }
}

/// Why a sandbox could not be started or ended.
#[derive(Debug, Error)]
pub enum SandboxError {
    #[error("cannot prepare the folder {} for sandboxes", root.display())]
    Root {
        root: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "the sandbox folder {} has too long a path: its socket would have {bytes} bytes and a socket may have {SOCKET_PATH_LIMIT}; choose a shorter one",
        root.display()
    )]
    PathTooLong { root: PathBuf, bytes: usize },
    #[error(
        "PostgreSQL cannot run as root, so the sandbox runs as another user (id {uid}), who may not enter {} on the way to {}; choose another folder or make it enterable (chmod o+x)",
        barrier.display(), path.display()
    )]
    Barred { uid: u32, barrier: PathBuf, path: PathBuf },
    #[error("cannot find a free TCP port on 127.0.0.1")]
    FreePort(#[source] io::Error),
    #[error("cannot read random bytes for a password")]
    Password(#[source] io::Error),
    #[error("cannot make a sandbox folder in {}", root.display())]
    MakeFolder {
        root: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot start the sandbox in {}", folder.display())]
    Guardian {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the sandbox did not start: {program} of PostgreSQL {version} ended:\n{log}")]
    Ended { program: String, version: String, log: String },
    #[error("the sandbox did not answer within {seconds} s; its log ends with:\n{log}")]
    NotReady { seconds: u64, log: String },
    #[error("the sandbox in {} could not be removed", folder.display())]
    Stop { folder: PathBuf },
}

/// Makes the root folder, and finds out early what would only show as a riddle in the server's log.
fn prepare_root(options: &SandboxOptions, account: Option<Account>) -> Result<PathBuf, SandboxError> {
    let failed = |source| SandboxError::Root { root: options.root.clone(), source };
    // Another user must be able to walk through, not to look around.
    let mode = if account.is_some() { 0o711 } else { 0o700 };
    fs::DirBuilder::new().recursive(true).mode(mode).create(&options.root).map_err(failed)?;
    let root = options.root.canonicalize().map_err(failed)?;
    let socket = root.join(format!("{}0123456789/s/.s.PGSQL.65535", sweep::PREFIX));
    let bytes = socket.as_os_str().len();
    if bytes > SOCKET_PATH_LIMIT {
        return Err(SandboxError::PathTooLong { root, bytes });
    }
    if let Some(account) = account {
        for path in [&root, &options.installation.bin] {
            if let Some(barrier) = account.barred_from(path) {
                return Err(SandboxError::Barred { uid: account.uid, barrier, path: path.clone() });
            }
        }
    }
    Ok(root)
}

/// Everything the guardian needs, readable by the server's account and by nobody else.
fn fill_folder(
    folder: &Path,
    options: &SandboxOptions,
    port: u16,
    password: &str,
    account: Option<Account>,
) -> io::Result<()> {
    let socket_dir = folder.join("s");
    fs::DirBuilder::new().mode(0o700).create(&socket_dir)?;
    let password_file = folder.join("password");
    write_private(&password_file, &format!("{password}\n"))?;
    let settings_file = folder.join("settings.conf");
    write_private(&settings_file, &settings(options, port))?;
    if let Some(Account { uid, gid }) = account {
        for path in [&socket_dir, &password_file, &settings_file] {
            chown(path, Some(uid), Some(gid))?;
        }
        chown(folder, Some(uid), Some(gid))?;
    }
    Ok(())
}

fn settings(options: &SandboxOptions, port: u16) -> String {
    let mut lines = vec![
        ("port", port.to_string()),
        ("listen_addresses", if options.tcp { "127.0.0.1" } else { "" }.to_owned()),
        // The folder keeps others out.
        ("unix_socket_permissions", "0700".to_owned()),
        ("logging_collector", "off".to_owned()),
        ("lc_messages", "C".to_owned()),
        ("max_connections", "100".to_owned()),
        ("shared_buffers", "128MB".to_owned()),
    ];
    if !options.fsync {
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            lines.push((name, "off".to_owned()));
        }
        // Fewer checkpoints while a clone is loaded.
        lines.push(("max_wal_size", "4GB".to_owned()));
    }
    let given = options.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
    // In this file the last line for a name wins.
    lines
        .into_iter()
        .chain(given)
        .map(|(name, value)| format!("{name} = '{}'\n", value.replace('\\', "\\\\").replace('\'', "''")))
        .collect()
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn random_hex() -> io::Result<String> {
    let mut bytes = [0_u8; 24];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The last lines of a log, or what kept us from reading it.
fn tail(path: &Path) -> String {
    match fs::read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(30)..].join("\n")
        }
        Err(error) => format!("(no log: {error})"),
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests;
