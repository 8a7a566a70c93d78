//! Services of a test's own: a small HTTP server, and a real Redis.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// What a request was.
#[derive(Debug, Default)]
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    /// The how many-th of its line it is, from 1.
    pub number: usize,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// An answer: status, more headers, body.
pub type Answer = (u16, String, String);

/// Serves until the test's process ends.
pub fn http(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let (answer, seen) = (Arc::new(answer), Arc::new(std::sync::Mutex::new(Vec::<String>::new())));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, seen) = (answer.clone(), seen.clone());
            thread::spawn(move || {
                // Whoever hangs up is done.
                serve(stream, &*answer, &seen).ok();
            });
        }
    });
    Ok(address)
}

fn serve(
    stream: TcpStream,
    answer: &(dyn Fn(&Request) -> Answer + Send + Sync),
    seen: &std::sync::Mutex<Vec<String>>,
) -> Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
    loop {
        let mut request = Request::default();
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        request.line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            request.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length: usize = request.header("content-length").parse().unwrap_or(0);
        reader.read_exact(&mut vec![0; length])?;
        {
            let mut seen = seen.lock().map_err(|_| anyhow::anyhow!("a request panicked"))?;
            seen.push(request.line.clone());
            request.number = seen.iter().filter(|line| **line == request.line).count();
        }
        let (status, headers, body) = answer(&request);
        write!(writer, "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())?;
    }
}

/// A real Redis server with a password. Dropping it ends it.
#[derive(Debug)]
pub struct Redis {
    process: Child,
    folder: tempfile::TempDir,
    pub port: u16,
    pub tls_port: u16,
}

/// Ports that nobody else has at the moment.
fn free_ports() -> Result<(u16, u16)> {
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}

/// The program: as the caller says, else where packages put it.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BACKOUT_TEST_REDIS") {
        return Some(named.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join("redis-server")).find(|program| program.is_file())
}

impl Redis {
    pub const PASSWORD: &str = "pa55/w%rd";

    /// Starts one. `None` where it is not installed; continuous integration says that it is.
    pub fn start() -> Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        // Somebody may take a port between looking and listening.
        for _ in 0..5 {
            if let Some(started) = Self::attempt(&program)? {
                return Ok(Some(started));
            }
        }
        bail!("{} does not start", program.display())
    }

    fn attempt(program: &Path) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let file = |name: &str| folder.path().join(name).display().to_string();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args([
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-keyout",
                &file("key.pem"),
                "-out",
                &file("ca.pem"),
            ])
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (port, tls_port) = free_ports()?;
        let mut process = Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--tls-port", &tls_port.to_string()])
            .args(["--tls-cert-file", &file("ca.pem"), "--tls-key-file", &file("key.pem")])
            .args(["--tls-ca-cert-file", &file("ca.pem"), "--tls-auth-clients", "no"])
            .args(["--save", "", "--appendonly", "no", "--requirepass", Self::PASSWORD, "--dir", &file("")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let is_ready = lines.map_while(Result::ok).any(|line| line.contains("Ready to accept connections"));
        if !is_ready {
            process.wait()?;
            return Ok(None);
        }
        Ok(Some(Self { process, folder, port, tls_port }))
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers after a while, every tenth time after a long one.
pub fn slow_now_and_then(count: &AtomicUsize, slow: Duration) -> Answer {
    if count.fetch_add(1, Ordering::Relaxed) % 10 == 9 {
        thread::sleep(slow);
    }
    (200, String::new(), "ok".to_owned())
}
