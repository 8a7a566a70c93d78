//! A real nginx before the example service, configured as `docs/server.md` says.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::example::ask;

const DOCS: &str = include_str!("../../../../docs/server.md");

/// Dropping it ends it.
#[derive(Debug)]
pub struct Nginx {
    process: Child,
    _folder: tempfile::TempDir,
    pub url: String,
}

/// The program. `None` where nobody says; continuous integration does.
pub fn program() -> Option<PathBuf> {
    std::env::var_os("BACKOUT_TEST_NGINX").map(Into::into)
}

/// What users are told to write, with the addresses of this test.
fn locations(service: &str, gate: &str) -> Result<String> {
    let documented = DOCS.split_once("```nginx\n").and_then(|(_, rest)| rest.split_once("```"));
    let (documented, _) = documented.context("docs/server.md has a part for nginx")?;
    let written = documented.replace("http://127.0.0.1:7300", gate).replace("http://127.0.0.1:3000", service);
    if written.contains("127.0.0.1:7300") || written.contains("127.0.0.1:3000") || documented == written {
        bail!("the addresses of docs/server.md are others by now:\n{written}");
    }
    Ok(written)
}

impl Nginx {
    pub fn start(program: &PathBuf, service: &str, gate: &str) -> Result<Self> {
        // Somebody may take a port between looking and listening.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let folder = tempfile::tempdir()?;
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .iter()
                .map(|kind| format!("{kind}_temp_path {};\n", folder.path().join(kind).display()))
                .collect();
            let configured = format!(
                "pid {};\nerror_log stderr error;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}server {{\n\
                 listen 127.0.0.1:{port};\nlocation = /up {{ return 204; }}\n{}}}\n}}\n",
                folder.path().join("pid").display(),
                locations(service, gate)?
            );
            let file = folder.path().join("nginx.conf");
            fs::write(&file, configured)?;
            let mut process = Command::new(program)
                .arg("-c")
                .arg(&file)
                .arg("-p")
                .arg(folder.path())
                .args(["-e", "stderr", "-g", "daemon off; master_process off;"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .with_context(|| program.display().to_string())?;
            let url = format!("http://127.0.0.1:{port}");
            let began = Instant::now();
            while process.try_wait()?.is_none() && began.elapsed() < Duration::from_secs(30) {
                if ask("GET", &format!("{url}/up"), "", "").is_ok_and(|(status, _)| status == 204) {
                    return Ok(Self { process, _folder: folder, url });
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            process.kill().ok();
            process.wait().ok();
        }
        bail!("{} does not start", program.display())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It has ended already where these fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
