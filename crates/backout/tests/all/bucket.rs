//! A real S3 server of a test's own: moto, which `scripts/s3-server.sh` installs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use backout_backup::store::{Entry, S3, Store};
use backout_plan::Secret;

/// The server. Dropping it ends it, and what is in it.
#[derive(Debug)]
pub struct Bucket {
    process: Child,
    endpoint: String,
    /// Where backups go.
    pub place: String,
}

/// Where the server is: as the caller says, else where the script puts it.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BACKOUT_TEST_S3") {
        return Some(named.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let folders = std::fs::read_dir(target).ok()?.flatten();
    let installed = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("s3-server-"));
    installed.map(|folder| folder.path().join("bin/moto_server")).find(|program| program.is_file())
}

impl Bucket {
    /// Starts one with an empty bucket. `None` where the server is not installed; continuous integration says that it is.
    pub async fn start() -> Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        let mut process = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut lines = BufReader::new(process.stderr.take().context("no messages")?).lines();
        let mut said = String::new();
        let endpoint = loop {
            let Some(line) = lines.next().transpose()? else {
                let _ = process.wait();
                bail!("the S3 server did not start: {said}");
            };
            if let Some((_, address)) = line.split_once("Running on ") {
                break address.trim().to_owned();
            }
            said.push_str(&line);
        };
        // It goes on to talk of each request, and must not wait for somebody who listens.
        std::thread::spawn(move || lines.for_each(drop));
        let this = Self { process, endpoint, place: "s3://backups/of/tests".to_owned() };
        this.make("backups")?;
        Ok(Some(this))
    }

    /// Makes a bucket, by the plain request that does it.
    fn make(&self, bucket: &str) -> Result<()> {
        use std::io::{Read, Write};
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address)?;
        write!(stream, "PUT /{bucket} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Ok(())
    }

    /// What a `.env` says of it.
    pub fn env(&self) -> String {
        format!("AWS_ENDPOINT_URL={}\nAWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY=secret\n", self.endpoint)
    }

    fn store(&self) -> Result<Store> {
        let s3 = S3 {
            endpoint: Some(self.endpoint.clone()),
            access_key: Some("key".to_owned()),
            secret_key: Some(Secret::from("secret".to_owned())),
            ..S3::default()
        };
        Ok(Store::open(&self.place, &s3)?)
    }

    pub async fn list(&self, under: &str) -> Result<Vec<Entry>> {
        Ok(self.store()?.list(under).await?)
    }

    pub async fn read(&self, object: &str) -> Result<Vec<u8>> {
        Ok(self.store()?.get(object).await?)
    }

    pub async fn write(&self, object: &str, bytes: Vec<u8>) -> Result<()> {
        Ok(self.store()?.put(object, bytes).await?)
    }

    pub async fn remove(&self, object: &str) -> Result<()> {
        Ok(self.store()?.delete(object).await?)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
