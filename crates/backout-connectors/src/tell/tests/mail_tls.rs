//! Mail over TLS against a real server, where `BACKOUT_TEST_SMTP` names it: certificates made here, and all that goes over
//! the wire is read.
//!
//! Whom this machine trusts is asked once a process, so each half is one of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use serde_json::json;

use super::super::*;
use super::mail::{Sink, header};
use super::{message, opened};

/// The folder of the certificates, in a process of a half.
const FOLDER: &str = "BACKOUT_TEST_MAIL_TLS";
/// As an address holds it, and as it is.
const LOGIN: &str = "user:p%40ss%3Aw%C3%B6rd%2F1";
const PASSWORD: &str = "p@ss:wörd/1";

/// Hands everything on, and keeps what the client has said.
struct Wire {
    port: u16,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    fn to(host: &str, sink: &Sink) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let (port, said) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<u8>>>::default());
        let (kept, to) = (said.clone(), format!("127.0.0.1:{}", sink.port));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&to).unwrap();
                let (mut from, mut back) = (client.try_clone().unwrap(), client);
                let (mut onward, mut answer) = (server.try_clone().unwrap(), server);
                let kept = kept.clone();
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(length @ 1..) = from.read(&mut bytes) {
                        kept.lock().unwrap().extend_from_slice(&bytes[..length]);
                        if onward.write_all(&bytes[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = onward.shutdown(std::net::Shutdown::Both);
                });
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut answer, &mut back);
                    let _ = back.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        Self { port, said }
    }

    /// What was said, in which nobody can read who logs in, nor a mail.
    fn read(&self) -> String {
        let said = String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned();
        let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for secret in [PASSWORD.to_owned(), encoded(PASSWORD), encoded(&format!("\0user\0{PASSWORD}"))] {
            assert!(!said.contains(&secret), "{said}");
        }
        assert!(!said.contains("AUTH") && !said.contains("MAIL FROM") && !said.contains("Subject"), "{said}");
        said
    }
}

fn mail(scheme: &str, login: &str, host: &str, port: u16) -> Channel {
    let server = format!("{scheme}://{login}@{host}:{port}");
    opened("mail", json!({ "server": server, "from": "a@b.example", "to": ["ops@x.example"] }))
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs one test of here in a process that trusts this certificate.
fn half(test: &str, folder: &Path, trusted: &str) {
    let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &name, "--nocapture"]).env(FOLDER, folder);
    let output = command.env("SSL_CERT_FILE", folder.join(trusted)).env_remove("SSL_CERT_DIR").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let is_run = said.contains("1 passed") && output.status.success();
    assert!(is_run, "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn mail_goes_by_tls_to_whom_this_machine_trusts() {
    if std::env::var_os("BACKOUT_TEST_SMTP").is_none() {
        return;
    }
    let made = tempfile::tempdir().unwrap();
    let folder = made.path();
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1,IP:127.0.0.2\n").unwrap();
    for ca in ["ca", "other"] {
        let basic = "-addext basicConstraints=critical,CA:TRUE";
        openssl(
            folder,
            &format!("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={ca} {basic} -keyout {ca}.key -out {ca}.crt"),
        );
    }
    openssl(folder, "req -newkey rsa:2048 -nodes -subj /CN=sink -keyout server.key -out server.csr");
    let signed = "-CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names";
    openssl(folder, &format!("x509 -req -in server.csr {signed} -out server.crt"));
    half("to_whom_is_trusted", folder, "ca.crt");
    half("to_whom_is_not_trusted", folder, "other.crt");
}

/// By both ways: from the first byte, and by STARTTLS, which is plain to 127.0.0.1 alone.
fn started(how: &str) -> Option<(Sink, Wire, &'static str, &'static str)> {
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER)?);
    let files = ["server.crt", "server.key"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let (scheme, host) = if how == "smtps" { ("smtps", "127.0.0.1") } else { ("smtp", "127.0.0.2") };
    let sink = if how == "plain" { Sink::with(&[])? } else { Sink::with(&[how, &files[0], &files[1]])? };
    let wire = Wire::to(host, &sink);
    Some((sink, wire, scheme, host))
}

#[tokio::test]
async fn to_whom_is_trusted() {
    for how in ["smtps", "starttls"] {
        let Some((mut sink, wire, scheme, host)) = started(how) else { return };
        mail(scheme, LOGIN, host, wire.port).send(&message(Phase::Start), None).await.unwrap();
        let one = sink.next();
        assert_eq!((one["to"].clone(), header(&one, "auto-submitted").len()), (json!(["ops@x.example"]), 1));
        let wrong = mail(scheme, "user:wr0ng-password", host, wire.port);
        let failure = wrong.send(&message(Phase::Start), None).await.unwrap_err();
        // No other attempt helps, and nothing of it is said.
        assert_eq!((failure.again, failure.may_have_arrived, failure.error.status()), (None, false, Some(535)));
        assert!(!failure.to_string().contains("wr0ng"), "{failure}");
        let said = wire.read();
        assert_eq!(said.contains("STARTTLS"), how == "starttls", "{said}");
    }
    // A server that has no TLS gets no password, and one of another name neither.
    let Some((_sink, wire, scheme, host)) = started("plain") else { return };
    let failure = mail(scheme, LOGIN, host, wire.port).send(&message(Phase::Start), None).await.unwrap_err();
    assert!(failure.to_string().contains("STARTTLS") && !failure.may_have_arrived, "{failure}");
    assert!(wire.read().contains("EHLO"));
    let Some((sink, ..)) = started("starttls") else { return };
    let wire = Wire::to("127.0.0.3", &sink);
    let failure = mail("smtp", LOGIN, "127.0.0.3", wire.port).send(&message(Phase::Start), None).await.unwrap_err();
    assert!(failure.to_string().contains("certificate") && !failure.may_have_arrived, "{failure}");
    assert!(wire.read().contains("STARTTLS"));
}

#[tokio::test]
async fn to_whom_is_not_trusted() {
    for how in ["smtps", "starttls"] {
        let Some((_sink, wire, scheme, host)) = started(how) else { return };
        let failure = mail(scheme, LOGIN, host, wire.port).send(&message(Phase::Start), None).await.unwrap_err();
        assert!(failure.to_string().contains("certificate") && !failure.may_have_arrived, "{failure}");
        assert!(!failure.to_string().contains("user") && !failure.to_string().contains("p@ss"), "{failure}");
        wire.read();
    }
}
