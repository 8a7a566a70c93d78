//! Where requests arrive: an address of this machine or a Unix socket, with TLS where it is wanted.
//!
//! Whoever sends slowly, or does not read what was asked for, is let go of.
//!
//! Must not know: what is asked.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use backout_control::{Failure, Refusal, Result};
use backout_plan::Remedy;
use backout_plan::plan::KeySource;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::app::{App, GRACE};
use crate::who::Peer;

/// How long a connection may take nothing of what is sent.
const STALLED: Duration = Duration::from_secs(30);
/// Heads are no longer than this.
const HEAD_BYTES: usize = 64 << 10;

/// A place that is listened at.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp { listener: TcpListener, address: SocketAddr, tls: Option<Tls> },
    Unix { listener: UnixListener, path: PathBuf },
}

#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Listener {
    /// Listens where the plan says, or as it was asked for.
    ///
    /// # Errors
    /// Where that is not on this machine and there is no TLS or no token, or somebody else listens there.
    pub(crate) async fn bind(app: &App) -> Result<Self> {
        let plan = app.env.plan()?;
        let place = app.options.listen.clone().unwrap_or_else(|| plan.serve.listen.clone());
        if let Some(path) = place.strip_prefix("unix:") {
            let path = app.env.folder().join(path);
            return unix(&path).map(|listener| Self::Unix { listener, path });
        }
        let address: SocketAddr = place.parse().map_err(|_| {
            let advice = Remedy::advice("write an address with its port, such as 127.0.0.1:7300, or unix:PATH");
            Refusal::usage(format!("{place:?} is no place to listen at"), Some(advice))
        })?;
        let tls = tls(app)?;
        if !address.ip().is_loopback() {
            let missing = match (app.tokens.any(), &tls) {
                (true, Some(_)) => None,
                (false, Some(_)) => Some("no token was made that serves now"),
                (true, None) => Some("there is no TLS"),
                (false, None) => Some("there is no TLS, and no token was made that serves now"),
            };
            if let Some(missing) = missing {
                let said = format!("{address} is reached from elsewhere, and {missing}");
                let advice = "listen at 127.0.0.1, or make a token and name serve.tls_cert and serve.tls_key";
                return Err(Refusal::refused(said, Some(Remedy::advice(advice))).into());
            }
        }
        let doing = || Failure::given(format!("listening at {address}"));
        let listener = TcpListener::bind(address).await.map_err(doing())?;
        let address = listener.local_addr().map_err(doing())?;
        Ok(Self::Tcp { listener, address, tls })
    }

    /// As a client is told it.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Tcp { address, tls: Some(_), .. } => format!("https://{address}"),
            Self::Tcp { address, .. } => format!("http://{address}"),
            Self::Unix { path, .. } => format!("unix:{}", path.display()),
        }
    }

    /// Answers until `asked`, and then for as long as requests take that are there.
    pub(crate) async fn answer(self, app: &App, router: Router, asked: impl Future<Output = ()>) {
        let room = Arc::new(Semaphore::new(app.options.connections));
        let mut connections = JoinSet::new();
        tokio::pin!(asked);
        loop {
            let accepted = async {
                // Who comes when it is full waits in the system's queue.
                let permit = room.clone().acquire_owned().await;
                (self.accept().await, permit)
            };
            tokio::select! {
                () = &mut asked => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                (accepted, permit) = accepted => match accepted {
                    Ok(accepted) => {
                        let served = accepted.served(router.clone(), app.clone());
                        connections.spawn(async move {
                            served.await;
                            drop(permit);
                        });
                    }
                    Err(error) => {
                        // As where too many files are open: some close.
                        tracing::warn!(%error, "a connection was not taken");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
        if let Self::Unix { path, .. } = &self {
            fs::remove_file(path).ok();
        }
        drop(self);
        app.close();
        let all = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("requests were left in the middle");
        }
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp { listener, tls, .. } => {
                let (stream, from) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let peer = if from.ip().to_canonical().is_loopback() { Peer::Loopback } else { Peer::Remote };
                Ok(Accepted { stream: Stream::Tcp(stream, tls.clone()), peer })
            }
            Self::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                Ok(Accepted { stream: Stream::Unix(stream), peer: Peer::Unix })
            }
        }
    }
}

struct Accepted {
    stream: Stream,
    peer: Peer,
}

enum Stream {
    Tcp(tokio::net::TcpStream, Option<Tls>),
    Unix(UnixStream),
}

impl Accepted {
    async fn served(self, router: Router, app: App) {
        match self.stream {
            Stream::Unix(stream) => served(stream, self.peer, router, app).await,
            Stream::Tcp(stream, None) => served(stream, self.peer, router, app).await,
            Stream::Tcp(stream, Some(Tls(tls))) => {
                if let Ok(Ok(stream)) = tokio::time::timeout(app.options.patience, tls.accept(stream)).await {
                    served(stream, self.peer, router, app).await;
                }
            }
        }
    }
}

/// One connection, to its end.
async fn served(stream: impl AsyncRead + AsyncWrite + Unpin + Send, peer: Peer, router: Router, app: App) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(Body::new))
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(app.options.patience).max_buf_size(HEAD_BYTES);
    let connection = server.serve_connection(TokioIo::new(Impatient { stream, stalled: None }), service);
    tokio::pin!(connection);
    let mut closing = app.closing();
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Ends where nothing of what is written is taken for too long.
struct Impatient<S> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    fn judged<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALLED)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, from);
        self.judged(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, from);
        self.judged(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.judged(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judged(context, polled)
    }
}

/// A socket that only the process's own user may use. One that a killed process left is taken over.
fn unix(path: &Path) -> Result<UnixListener> {
    let doing = || Failure::given(format!("listening at {}", path.display()));
    if fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket()) {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            let said = format!("somebody listens at {} already", path.display());
            return Err(Refusal::refused(said, None).into());
        }
        fs::remove_file(path).map_err(doing())?;
    }
    // Made beside under a name that nobody knows, so that nobody connects before its rights are set.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    fs::remove_file(&beside).ok();
    let listener = UnixListener::bind(&beside).map_err(doing())?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600)).map_err(doing())?;
    fs::rename(&beside, path).map_err(doing())?;
    Ok(listener)
}

/// As many connections as the system lets this process have.
pub(crate) fn allow_many() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "no more connections than usual");
    }
}

/// The plan's certificate and key.
fn tls(app: &App) -> Result<Option<Tls>> {
    let serve = &app.env.plan()?.serve;
    let (Some(certificate), Some(key)) = (&serve.tls_cert, &serve.tls_key) else { return Ok(None) };
    let read = |path: &Path| fs::read(path).map_err(Failure::given(format!("reading {}", path.display())));
    let wrong = |what: &str, why: String| Failure::from(Refusal::usage(format!("{what} cannot be used: {why}"), None));
    let pem = match key {
        KeySource::File(file) => read(&app.env.folder().join(file))?,
        KeySource::Env(name) => match (app.env.variables)(name) {
            Some(text) => text.into_bytes(),
            None => return Err(wrong("serve.tls_key", format!("{name} is not set"))),
        },
    };
    // The error of a key that cannot be read may show a part of it.
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| wrong("serve.tls_key", "there is no secret key in PEM".to_owned()))?;
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?).collect::<std::result::Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong("serve.tls_cert", error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("TLS", error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong("serve.tls_cert with serve.tls_key", error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Tls(TlsAcceptor::from(Arc::new(config)))))
}
