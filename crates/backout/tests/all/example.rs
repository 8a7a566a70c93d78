//! The example service (`examples/meetsolis`) as a platform runs it: a process for each deployment, and the address of
//! production in front of them, which follows the stand-in for Vercel.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::fake_vercel::Fake;

/// Where the service and its releases are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/meetsolis")
}

/// The Python that has what the service needs. `None` where nobody says; continuous integration does.
pub fn python() -> Option<PathBuf> {
    std::env::var_os("BACKOUT_TEST_SERVICE").map(Into::into)
}

/// One process of the service. Dropping it ends it.
#[derive(Debug)]
pub struct Service {
    process: Child,
    pub url: String,
}

impl Service {
    /// `release` is a folder with pages, or a link to one; `flags` a file, or the address of a service that evaluates.
    pub fn start(python: &Path, release: &Path, variables: &Path, flags: impl AsRef<OsStr>) -> Result<Self> {
        let mut process = Command::new(python)
            .arg(folder().join("service.py"))
            .arg("--release")
            .arg(release)
            .arg("--env")
            .arg(variables)
            .arg("--flags")
            .arg(flags.as_ref())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut url = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut url)?;
        Ok(Self { process, url: url.trim().to_owned() })
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The status of an answer and its body.
pub fn ask(method: &str, url: &str, token: &str, body: &str) -> Result<(u16, Value)> {
    let (status, text) = asked(method, url, token, body)?;
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}

/// A page that is no JSON.
pub fn ask_text(url: &str) -> Result<String> {
    Ok(asked("GET", url, "", "")?.1)
}

fn asked(method: &str, url: &str, token: &str, body: &str) -> Result<(u16, String)> {
    let (at, path) = url.trim_start_matches("http://").split_once('/').context("a path")?;
    let mut stream = TcpStream::connect(at)?;
    let authorization = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let length = body.len();
    write!(stream, "{method} /{path} HTTP/1.0\r\nHost: {at}\r\n{authorization}Content-Length: {length}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split_whitespace().nth(1).and_then(|status| status.parse().ok()).context("a status")?;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Ok((status, body.to_owned()))
}

/// What each deployment is made of, and those that run.
#[derive(Debug)]
struct Built {
    python: PathBuf,
    files: PathBuf,
    /// Lines that every deployment's variables begin with.
    common: String,
    /// Of deployments that are there from the beginning. A later one has the code of the newest of them.
    releases: BTreeMap<String, &'static str>,
    running: BTreeMap<String, Service>,
}

impl Built {
    /// Where this deployment answers. It is started when somebody asks for it first.
    fn address(&mut self, fake: &Fake, id: &str) -> Result<String> {
        if !self.running.contains_key(id) {
            let variables = fake.state().deployments.iter().find(|one| one.id == id).map(|one| one.variables.clone());
            let of_build: String =
                variables.into_iter().flatten().map(|(name, value)| format!("{name}={value}\n")).collect();
            let file = self.files.join(format!("{id}.env"));
            fs::write(&file, format!("{}{of_build}", self.common))?;
            let release = self.releases.get(id).or_else(|| self.releases.values().next_back()).context("a release")?;
            let release = folder().join("releases").join(release);
            let service = Service::start(&self.python, &release, &file, self.files.join("flags.json"))?;
            self.running.insert(id.to_owned(), service);
        }
        let url = &self.running.get(id).context("it runs")?.url;
        Ok(url.trim_start_matches("http://").to_owned())
    }
}

/// A project on the platform: deployments, and which of them production is.
#[derive(Debug)]
pub struct Platform {
    pub fake: Fake,
    pub url: String,
    built: Arc<Mutex<Built>>,
}

impl Platform {
    /// `dpl_2` is of the release before, and `dpl_3`, which is production, of this one with these variables.
    /// `files` has the flags, and gets the variables.
    pub fn start(
        python: &Path,
        files: &Path,
        common: &str,
        releases: [&'static str; 2],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let fake = Fake::start()?;
        for (name, value) in variables {
            fake.state().has(name, value, "encrypted", &["production"]);
            if let Some(newest) = fake.state().deployments.last_mut() {
                newest.variables.insert((*name).to_owned(), (*value).to_owned());
            }
        }
        let releases = ["dpl_2", "dpl_3"].map(str::to_owned).into_iter().zip(releases).collect();
        let (python, files) = (python.to_owned(), files.to_owned());
        let built = Built { python, files, common: common.to_owned(), releases, running: BTreeMap::new() };
        let built = Arc::new(Mutex::new(built));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (served, known) = (fake.clone(), Arc::downgrade(&built));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // The test is over.
                let Some(built) = known.upgrade() else { return };
                let fake = served.clone();
                // Whoever hangs up is done.
                thread::spawn(move || pass(stream, &fake, &built).ok());
            }
        });
        Ok(Self { fake, url, built })
    }

    pub fn get(&self, path: &str, token: &str) -> Result<(u16, Value)> {
        ask("GET", &format!("{}{path}", self.url), token, "")
    }

    pub fn post(&self, path: &str, token: &str, body: &str) -> Result<(u16, Value)> {
        ask("POST", &format!("{}{path}", self.url), token, body)
    }

    /// What nobody is shown yet: this release, with all features on.
    pub fn preview(&self, release: &str) -> Result<Service> {
        let built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let file = built.files.join("preview.env");
        fs::write(&file, &built.common)?;
        let flags = built.files.join("flags.json");
        Service::start(&built.python, &folder().join("releases").join(release), &file, flags)
    }
}

/// Passes one request to what production is now.
fn pass(mut client: TcpStream, fake: &Fake, built: &Mutex<Built>) -> Result<()> {
    let (id, is_paused) = fake.stands();
    if is_paused {
        // Read whole first: an answer to what was not read is lost with the connection.
        for line in BufReader::new(client.try_clone()?).lines() {
            if line?.is_empty() {
                break;
            }
        }
        client.write_all(b"HTTP/1.0 503 X\r\nContent-Length: 0\r\n\r\n")?;
        return Ok(());
    }
    let address = built.lock().unwrap_or_else(PoisonError::into_inner).address(fake, &id)?;
    let mut service = TcpStream::connect(address)?;
    let (mut reading, mut writing) = (client.try_clone()?, service.try_clone()?);
    let sending = thread::spawn(move || std::io::copy(&mut reading, &mut writing));
    std::io::copy(&mut service, &mut client)?;
    client.shutdown(Shutdown::Both)?;
    drop(sending.join());
    Ok(())
}
