//! The protocol of Redis, as far as one command at a time goes: TCP or TLS, AUTH and SELECT from the address.
//!
//! Passwords go out by AUTH alone and are in no error.
//!
//! Must not know: what is asked.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use reqwest::Url;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::outside::secrets::percent_decoded;

/// Longer answers are no answer to a check.
const LONGEST: usize = 1 << 20;
/// Arrays in arrays.
const DEEPEST: usize = 8;

/// Where the server is, and who asks.
#[derive(Clone)]
pub(in crate::checks) struct Address {
    host: String,
    port: u16,
    is_secure: bool,
    user: Option<String>,
    password: Option<String>,
    database: Option<u32>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Address {
    /// Reads `redis://[user[:password]@]host[:port][/database]`.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub(in crate::checks) fn read(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("the address of Redis cannot be read: {error}"))?;
        let is_secure = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            _ => return Err("the address of Redis begins with redis:// or rediss://".to_owned()),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the address of Redis has no host")?;
        let path = url.path().trim_matches('/');
        let database = match path {
            "" => None,
            number => Some(number.parse().map_err(|_| "the database in the address of Redis is no number")?),
        };
        let user = Some(percent_decoded(url.username())).filter(|user| !user.is_empty());
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(6379),
            is_secure,
            user,
            password: url.password().map(percent_decoded),
            database,
        })
    }

    pub(in crate::checks) fn has_password(&self) -> bool {
        self.password.is_some()
    }
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::checks) enum Reply {
    Text(String),
    Error(String),
    Number(i64),
    Nil,
    List(Vec<Reply>),
}

impl Reply {
    pub(in crate::checks) fn value(&self) -> Value {
        match self {
            Self::Text(text) | Self::Error(text) => Value::from(text.clone()),
            Self::Number(number) => Value::from(*number),
            Self::Nil => Value::Null,
            Self::List(items) => items.iter().map(Self::value).collect(),
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection that is signed in.
pub(in crate::checks) struct Connection(BufReader<Box<dyn Stream>>);

impl Connection {
    /// Connects, signs in, and chooses the database.
    ///
    /// # Errors
    /// Why there is no connection.
    pub(in crate::checks) async fn open(address: &Address, ca_file: Option<&Path>) -> Result<Self, String> {
        let (host, port) = (address.host.as_str(), address.port);
        let no = |error: &dyn fmt::Display| format!("no connection to Redis at {host}:{port}: {error}");
        let plain = TcpStream::connect((host, port)).await.map_err(|error| no(&error))?;
        let stream: Box<dyn Stream> = match address.is_secure {
            false => Box::new(plain),
            true => {
                let config = trust(ca_file)?;
                let name = ServerName::try_from(host.to_owned()).map_err(|error| no(&error))?;
                let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
                Box::new(connector.connect(name, plain).await.map_err(|error| no(&error))?)
            }
        };
        let mut this = Self(BufReader::new(stream));
        if let Some(password) = &address.password {
            let auth: Vec<&str> =
                ["AUTH"].into_iter().chain(address.user.as_deref()).chain([password.as_str()]).collect();
            this.must(&auth, "signing in").await?;
        }
        if let Some(database) = address.database {
            this.must(&["SELECT", &database.to_string()], "choosing the database").await?;
        }
        Ok(this)
    }

    async fn must(&mut self, command: &[&str], doing: &str) -> Result<(), String> {
        match self.ask(command).await? {
            Reply::Text(ok) if ok == "OK" => Ok(()),
            Reply::Error(said) => Err(format!("{doing} at Redis: {said}")),
            _ => Err(format!("{doing} at Redis: this is no answer")),
        }
    }

    /// Sends a command and reads the answer.
    ///
    /// # Errors
    /// Where none comes, or something that is none.
    pub(in crate::checks) async fn ask(&mut self, command: &[&str]) -> Result<Reply, String> {
        let lost = |error: std::io::Error| format!("the connection to Redis broke: {error}");
        self.0.write_all(&request(command)).await.map_err(lost)?;
        self.0.flush().await.map_err(lost)?;
        reply(&mut self.0).await
    }
}

fn request(command: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", command.len()).into_bytes();
    for part in command {
        bytes.extend(format!("${}\r\n", part.len()).into_bytes());
        bytes.extend(part.as_bytes());
        bytes.extend(b"\r\n");
    }
    bytes
}

/// One whole answer.
async fn reply(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Result<Reply, String> {
    // Lists that are open: how many items are still to come, and those that are there.
    let mut open: Vec<(usize, Vec<Reply>)> = Vec::new();
    let mut left = LONGEST;
    loop {
        let mut one = match part(stream, &mut left).await? {
            Part::Whole(reply) => reply,
            Part::List(0) => Reply::List(Vec::new()),
            Part::List(number) if open.len() < DEEPEST => {
                open.push((number, Vec::new()));
                continue;
            }
            Part::List(_) => return Err("the answer of Redis is too deep".to_owned()),
        };
        loop {
            let Some((number, mut items)) = open.pop() else { return Ok(one) };
            items.push(one);
            if items.len() < number {
                open.push((number, items));
                break;
            }
            one = Reply::List(items);
        }
    }
}

enum Part {
    Whole(Reply),
    List(usize),
}

async fn part(stream: &mut (impl AsyncBufReadExt + Unpin), left: &mut usize) -> Result<Part, String> {
    let strange = || "what answers is no Redis server".to_owned();
    let line = line(stream, left).await?;
    let (kind, rest) = line.split_at_checked(1).ok_or_else(strange)?;
    let number = || rest.parse::<i64>().map_err(|_| strange());
    Ok(match kind {
        "+" => Part::Whole(Reply::Text(rest.to_owned())),
        "-" => Part::Whole(Reply::Error(rest.to_owned())),
        ":" => Part::Whole(Reply::Number(number()?)),
        "$" | "*" if number()? == -1 => Part::Whole(Reply::Nil),
        "$" => {
            let length = usize::try_from(number()?).ok().filter(|length| length + 2 <= *left).ok_or_else(strange)?;
            *left -= length + 2;
            let mut bytes = vec![0; length + 2];
            stream.read_exact(&mut bytes).await.map_err(|_| "the answer of Redis ends in the middle".to_owned())?;
            bytes.truncate(length);
            Part::Whole(Reply::Text(String::from_utf8_lossy(&bytes).into_owned()))
        }
        "*" => Part::List(usize::try_from(number()?).ok().filter(|number| number <= left).ok_or_else(strange)?),
        _ => return Err(strange()),
    })
}

/// A line without its end. No longer than what is left.
async fn line(stream: &mut (impl AsyncBufReadExt + Unpin), left: &mut usize) -> Result<String, String> {
    let mut bytes = Vec::new();
    let most = u64::try_from(*left).unwrap_or(u64::MAX);
    let read = stream.take(most).read_until(b'\n', &mut bytes).await;
    read.map_err(|error| format!("the connection to Redis broke: {error}"))?;
    *left = left.saturating_sub(bytes.len());
    match bytes.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None => Err("the answer of Redis ends in the middle".to_owned()),
    }
}

/// Whom a secure connection trusts: the authorities in the file, else those of the machine.
fn trust(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let added = match ca_file {
        Some(file) => {
            let text = std::fs::read(file).map_err(|error| format!("reading {}: {error}", file.display()))?;
            roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&text).filter_map(Result::ok)).0
        }
        None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs).0,
    };
    if added == 0 {
        return Err("there are no certificate authorities to verify Redis with; name them with ca_file".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<Reply, String> {
        reply(&mut BufReader::with_capacity(3, bytes)).await
    }

    #[tokio::test]
    async fn answers_are_read() {
        let text = |text: &str| Reply::Text(text.to_owned());
        for (bytes, expected) in [
            ("+PONG\r\n", text("PONG")),
            ("-ERR no\r\n", Reply::Error("ERR no".to_owned())),
            (":-7\r\n", Reply::Number(-7)),
            ("$-1\r\n", Reply::Nil),
            ("$0\r\n\r\n", text("")),
            ("$5\r\na\r\nbc\r\n", text("a\r\nbc")),
            ("*0\r\n", Reply::List(vec![])),
            ("*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", Reply::List(vec![Reply::List(vec![Reply::Number(1)]), text("x")])),
        ] {
            assert_eq!(read(bytes.as_bytes()).await, Ok(expected), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        let deep = "*1\r\n".repeat(40);
        for bytes in
            ["", "+PON", "HTTP/1.1 400\r\n", "$9\r\nabc", "$99999999999\r\n", ":x\r\n", "*-2\r\n", "\r\n", &deep]
        {
            assert!(read(bytes.as_bytes()).await.is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn addresses_are_read_and_not_repeated() {
        let address = Address::read("rediss://us%40r:p%2Fw@cache.example.com:6380/3").unwrap();
        assert_eq!((address.host.as_str(), address.port, address.is_secure), ("cache.example.com", 6380, true));
        assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("us@r"), Some("p/w")));
        assert_eq!(address.database, Some(3));
        assert!(!format!("{address:?}").contains("p/w"));
        let plain = Address::read("redis://[::1]").unwrap();
        assert_eq!((plain.host.as_str(), plain.port, plain.has_password()), ("::1", 6379, false));
        for wrong in ["secret", "http://h", "redis://h/secret", "redis://:secret@"] {
            let said = Address::read(wrong).unwrap_err();
            assert!(!said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn commands_are_written_by_their_bytes() {
        assert_eq!(request(&["GET", "ä"]), "*2\r\n$3\r\nGET\r\n$2\r\nä\r\n".as_bytes());
    }
}
