//! The exchange of two databases where the connection does not hold, and restores by roles that may little.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};

use crate::project::{PLAN, Project};

/// When the wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// COMMIT goes through, its answer does not.
    Answer,
    /// COMMIT does not go through.
    Commit,
}

/// Stands between a program and its server, and cuts the connection that exchanges databases at its COMMIT.
struct Wire {
    folder: tempfile::TempDir,
    cuts: Arc<AtomicU32>,
}

impl Wire {
    /// `server` is the folder of the server's socket.
    fn new(server: PathBuf, port: &str, cut: Cut) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let name = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(folder.path().join(&name))?;
        let cuts = Arc::new(AtomicU32::new(0));
        let (to, seen) = (server.join(name), cuts.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (to, seen) = (to.clone(), seen.clone());
                std::thread::spawn(move || carry(client, &to, cut, &seen));
            }
        });
        Ok(Self { folder, cuts })
    }
}

/// Both ways, until one of them ends.
fn carry(mut client: UnixStream, to: &PathBuf, cut: Cut, cuts: &Arc<AtomicU32>) -> Option<()> {
    let mut server = UnixStream::connect(to).ok()?;
    let (mut back, mut out) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let (closing, seen) = (client.try_clone().ok()?, cuts.clone());
    let cutting = Arc::new(AtomicU32::new(0));
    let is_cut = cutting.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(length) = back.read(&mut buffer) {
            // The server has answered, and nobody hears it.
            if is_cut.load(Ordering::SeqCst) == 1 {
                seen.fetch_add(1, Ordering::SeqCst);
                break;
            }
            if length == 0 || out.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = closing.shutdown(Shutdown::Both);
    });
    let (mut buffer, mut renames) = ([0; 1 << 16], 0);
    while let Ok(length) = client.read(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..length]);
        renames += text.matches(" RENAME TO ").count();
        if renames == 2 && text.contains("COMMIT") {
            if cut == Cut::Commit {
                cuts.fetch_add(1, Ordering::SeqCst);
                break;
            }
            cutting.store(1, Ordering::SeqCst);
        }
        if length == 0 || server.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_commit_is_looked_after() -> Result<()> {
    for cut in [Cut::Answer, Cut::Commit] {
        let project = Project::new(&format!("lost_{cut:?}").to_lowercase()).await?;
        project.write("backout.toml", PLAN)?;
        project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
        project
            .database
            .run("CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 9)")?;
        let taken = project.json(&["backup", "take", "--yes", "production"], 0)?;
        let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
        project.database.run("DELETE FROM users WHERE id > 4")?;
        let settings = project.database.settings();
        let backout_plan::Host::Socket { path, port } = settings.hosts[0].clone() else { anyhow::bail!("no socket") };
        let wire = Wire::new(path, &port.to_string(), cut)?;
        let name = project.database.name();
        let url = format!(
            "postgresql://{}@/{name}?host={}&port={port}",
            project.database.owner(),
            wire.folder.path().display()
        );
        project.write(".env", &format!("DATABASE_URL={url}\n"))?;
        let run = project.command(&["restore", &id, "--yes", "production", "--other-source"])?.run()?;
        ensure!(wire.cuts.load(Ordering::SeqCst) == 1, "{cut:?}: it was cut once: {}", run.transcript());
        let rows = project.query("SELECT count(*) FROM users")?;
        match cut {
            Cut::Answer => {
                ensure!(run.code() == Some(0) && rows == "9", "{rows}: {}", run.transcript());
                ensure!(run.stdout.contains("is the restored one now"), "{}", run.transcript());
            }
            Cut::Commit => {
                ensure!(run.code() == Some(1) && rows == "4", "{rows}: {}", run.transcript());
                ensure!(run.stderr.contains("exchanging the names"), "{}", run.transcript());
            }
        }
        let others = project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_'"))?;
        for other in others.lines() {
            project.query(&format!("DROP DATABASE {other} WITH (FORCE)"))?;
        }
    }
    Ok(())
}

/// What belongs to somebody who may create things in its schema only after the grants, which come last.
#[tokio::test]
async fn owners_get_what_is_theirs_when_they_may_have_it() -> Result<()> {
    let project = Project::new("late_owners").await?;
    project.write("backout.toml", PLAN)?;
    let (owner, name) = (project.database.owner().to_owned(), project.database.name().to_owned());
    project.query(&format!(
        "CREATE ROLE {name}_other NOLOGIN; GRANT {name}_other TO {owner}; ALTER ROLE {owner} CREATEDB;
         CREATE SCHEMA s AUTHORIZATION {owner}; GRANT USAGE, CREATE ON SCHEMA s TO {name}_other;
         SET ROLE {name}_other; CREATE TYPE s.mood AS ENUM ('a'); CREATE TABLE s.t (id serial PRIMARY KEY, mood s.mood);
         CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW s.v AS SELECT id FROM s.t; INSERT INTO s.t (mood) VALUES ('a'); RESET ROLE;"
    ))?;
    let before = project.dump()?;
    let taken = project.json(&["backup", "take", "--yes", "production"], 0)?;
    let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
    project.database.run("DELETE FROM s.t")?;
    project.run(&["restore", &id, "--yes", "production"], 0)?;
    ensure!(project.dump()? == before && project.query("SELECT count(*) FROM s.t")? == "1");
    let kept = project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_'"))?;
    for other in kept.lines() {
        project.query(&format!("DROP DATABASE {other} WITH (FORCE)"))?;
    }
    Ok(())
}
