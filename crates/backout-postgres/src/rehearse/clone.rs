//! A copy of the target to rehearse on: roles, database, content, and a twin of it.
//!
//! The content goes through `pg_dump` and `pg_restore`, or, of a sample, the definitions do. What the role may not read
//! is left out and said, what the server here lacks is stood in for. Subscriptions are never copied: a clone must not
//! start to replicate.

use super::clone_error::CloneError;
use super::pieces::{DUMPS, Dump, Piece, yielding};
use super::sample::{self, SampledTable};
use crate::ground::{Extension, Ground};
use crate::migrate::{Event, Watch};
use crate::programs::command;
use crate::sandbox::Sandbox;
use crate::session::{ConnectOptions, DatabaseError, Session, connect};
use crate::sqlstate;
use crate::stand_in::{self, Unreadable};
use backout_plan::ConnectionSettings;
use backout_plan::plan::Level;
use backout_schema::{ident, literal};
use std::path::PathBuf;
use std::process::Stdio;

fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> CloneError {
    move |source| CloneError::Server { doing, source }
}

/// Where the clone lives.
#[derive(Debug)]
pub enum Place {
    /// A throwaway server of our own; its superuser does what the target's role may not.
    Sandbox(Box<Sandbox>),
    /// A server where the given settings may create databases: another one, or the target's own.
    Server(Box<ConnectionSettings>),
}

/// The two copies, with connections as the target's role.
pub(super) struct Clones {
    pub clone: ConnectionSettings,
    pub twin: ConnectionSettings,
    /// Must stay open for as long as they are used: on a server that is not ours it tells other rehearsals that
    /// somebody is at work here.
    pub at_work: Session,
    /// What of each table is there, of a sample.
    pub sampled: Vec<SampledTable>,
    /// What is to be said of them.
    pub notes: Vec<String>,
}

/// Everything needed to make the two copies.
#[derive(Debug)]
pub struct Prepared {
    pub place: Place,
    pub source: ConnectionSettings,
    pub pg_dump: PathBuf,
    pub pg_restore: PathBuf,
    pub level: Level,
    pub role: String,
    /// A database of the sandbox that is copied instead of the target.
    from: Option<String>,
    /// What of the target is not in the clone.
    pub degraded: Vec<String>,
    /// Tables that the role may not read, and those of which it sees but a part.
    unreadable: Vec<String>,
    restricted: Vec<String>,
    without_publications: bool,
    ground: Ground,
    names: (String, String),
}

async fn query(target: &Session, doing: &'static str, sql: &str) -> Result<Vec<tokio_postgres::Row>, CloneError> {
    target.query_typed(sql, &[]).await.map_err(|source| CloneError::Server { doing, source })
}

impl Prepared {
    /// Looks at the target: what there is to copy and what the role may read.
    pub async fn new(
        target: &Session,
        source: ConnectionSettings,
        place: Place,
        pg_dump: PathBuf,
        pg_restore: PathBuf,
        level: Level,
    ) -> Result<Prepared, CloneError> {
        let role =
            target.scalar("SELECT current_user").await.map_err(server("asking for the role"))?.unwrap_or_default();
        let mut prepared = Prepared {
            place,
            source,
            pg_dump,
            pg_restore,
            level,
            role,
            from: None,
            degraded: Vec::new(),
            unreadable: Vec::new(),
            restricted: Vec::new(),
            without_publications: false,
            ground: Ground::default(),
            names: names(target.backend_pid()),
        };
        prepared.look(target).await?;
        Ok(prepared)
    }

    /// The clone is a copy of this database, which lies in the same sandbox and has all that the target had then.
    #[must_use]
    pub fn copied_from(self, database: &str, notes: Vec<String>) -> Prepared {
        Prepared { from: Some(database.to_owned()), degraded: notes, ..self }
    }

    async fn look(&mut self, target: &Session) -> Result<(), CloneError> {
        self.ground = Ground::read(target).await.map_err(server("reading roles and settings"))?;
        let rows = query(
            target,
            "reading what may be read",
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), \
               pg_catalog.has_table_privilege(c.oid, 'SELECT'), \
               c.relrowsecurity AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')) \
                 AND NOT (SELECT rolbypassrls OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^backout(_|$)' \
             AND c.relkind <> 'S' ORDER BY 1",
        )
        .await?;
        // Only a superuser makes these; in a sandbox of ours there is one.
        let global = query(
            target,
            "reading the publications",
            "SELECT pubname::text FROM pg_catalog.pg_publication WHERE puballtables AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)",
        )
        .await?;
        if matches!(self.place, Place::Server(_)) && !global.is_empty() {
            self.without_publications = true;
            self.degraded.push(format!(
                "no publication is in the clone: one of them is FOR ALL TABLES, which the role {} may not make",
                self.role
            ));
        }
        for row in rows {
            let name: String = row.get(0);
            if !row.get::<_, bool>(1) {
                self.degraded.push(format!("{name} is not in the clone: the role {} may not read it", self.role));
                self.unreadable.push(name);
            } else if row.get::<_, bool>(2) && self.level != Level::Schema {
                self.degraded.push(format!(
                    "{name} is empty in the clone: its row security shows the role {} only a part",
                    self.role
                ));
                self.restricted.push(name);
            }
        }
        Ok(())
    }

    fn admin(&self, database: &str) -> ConnectionSettings {
        match &self.place {
            Place::Sandbox(sandbox) => sandbox.connection(database, sandbox.superuser()),
            Place::Server(settings) => ConnectionSettings { dbname: Some(database.to_owned()), ..(**settings).clone() },
        }
    }

    fn as_role(&self, database: &str) -> ConnectionSettings {
        match &self.place {
            Place::Sandbox(sandbox) => sandbox.connection(database, &self.role),
            Place::Server(settings) => ConnectionSettings { dbname: Some(database.to_owned()), ..(**settings).clone() },
        }
    }

    /// Makes the clone and its twin; of a sample, with so many bytes of rows.
    pub(super) async fn databases(&self, wanted: Option<u64>, watch: Watch<'_>) -> Result<Clones, CloneError> {
        let options = ConnectOptions { application_name: Some("backout rehearsal".to_owned()), on_notice: None };
        let maintenance = match &self.place {
            Place::Sandbox(_) => "postgres".to_owned(),
            Place::Server(settings) => settings.database().unwrap_or("postgres").to_owned(),
        };
        let admin = connect(&self.admin(&maintenance), &options).await?;
        let sandbox = matches!(self.place, Place::Sandbox(_));
        if sandbox {
            for sql in self.ground.make_roles() {
                match admin.batch(&sql).await {
                    Ok(()) => {}
                    // The sandbox's own superuser may be called like one of them, and a second clone meets all of them.
                    Err(error) if error.has_code(sqlstate::DUPLICATE_OBJECT) => {}
                    Err(source) => return Err(CloneError::Server { doing: "creating the roles", source }),
                }
            }
            // It must be able to connect here, whatever it may on the target.
            admin
                .batch(&format!("ALTER ROLE {} LOGIN", ident(&self.role)))
                .await
                .map_err(server("letting the role in"))?;
        }
        let (clone, twin) = (&self.names.0, &self.names.1);
        let mut sampled = Vec::new();
        let mut notes = Vec::new();
        if let Some(from) = &self.from {
            watch(Event::Note("copying what was restored".to_owned()));
            self.copied(&admin, from, clone).await?;
            self.without_ours(clone).await?;
        } else {
            let mut missing = Vec::new();
            for Extension { name, .. } in &self.ground.extensions {
                let sql = "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name =";
                let there = admin.scalar(&format!("{sql} {}", literal(name).trim_start())).await;
                if there.map_err(server("asking for extensions"))?.is_none() {
                    missing.push(name.clone());
                }
            }
            if !sandbox {
                sweep(&admin).await?;
                admin.scalar(&lock_of(clone)).await.map_err(server("saying that a rehearsal is at work"))?;
            }
            self.create(&admin, clone).await?;
            (sampled, notes) = self.content(clone, &missing, wanted, watch).await?;
            for sql in self.ground.make_settings(clone) {
                // A setting of an extension that is not loaded here is no reason to stop.
                let _ = admin.batch(&sql).await;
            }
        }
        self.copied(&admin, clone, twin).await?;
        Ok(Clones { clone: self.as_role(clone), twin: self.as_role(twin), at_work: admin, sampled, notes })
    }

    /// An empty database like the target's.
    async fn create(&self, admin: &Session, clone: &str) -> Result<(), CloneError> {
        let sandbox = matches!(self.place, Place::Sandbox(_));
        let owner = if sandbox { format!(" OWNER {}", ident(&self.ground.owner)) } else { String::new() };
        let create = format!("CREATE DATABASE {} TEMPLATE template0{owner} {}", ident(clone), self.ground.locale());
        if let Err(error) = admin.batch(&create).await {
            // A locale that this machine does not have: sorting differs, nothing that is proven here does.
            if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) {
                return Err(CloneError::NoDatabases(self.role.clone()));
            }
            if !error.has_code(sqlstate::WRONG_OBJECT_TYPE) && !error.has_code(sqlstate::INVALID_PARAMETER_VALUE) {
                return Err(CloneError::Server { doing: "creating the clone", source: error });
            }
            let plain = format!(
                "CREATE DATABASE {} TEMPLATE template0{owner} LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'",
                ident(clone)
            );
            admin.batch(&plain).await.map_err(server("creating the clone"))?;
        }
        Ok(())
    }

    /// Fills the clone from the target, by the shortest way that does; also what is to be said of it.
    async fn content(
        &self,
        clone: &str,
        missing: &[String],
        wanted: Option<u64>,
        watch: Watch<'_>,
    ) -> Result<(Vec<SampledTable>, Vec<String>), CloneError> {
        let options = ConnectOptions { application_name: Some("backout rehearsal".to_owned()), on_notice: None };
        let target = connect(&self.source, &options).await?;
        // It waits for pg_dump meanwhile, and a server that ends idle transactions would take the snapshot away.
        let open = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                    SET LOCAL search_path = ''; SET LOCAL idle_in_transaction_session_timeout = 0";
        target.batch(open).await.map_err(server("opening a snapshot"))?;
        let referred = match self.unreadable.is_empty() {
            true => Vec::new(),
            false => stand_in::unreadable(&target).await.map_err(server("reading what others refer to"))?,
        };
        let made = match wanted {
            None if missing.is_empty() && referred.is_empty() => {
                target.close().await;
                watch(Event::Note(match self.level {
                    Level::Schema => "cloning the schema".to_owned(),
                    _ => "cloning schema and rows".to_owned(),
                }));
                let only = if self.level == Level::Schema { vec!["--schema-only".to_owned()] } else { Vec::new() };
                self.copy(clone, &only).await?;
                return Ok((Vec::new(), Vec::new()));
            }
            wanted => self.in_pieces(&target, clone, missing, &referred, wanted, watch).await,
        };
        target.close().await;
        match (made, missing.first()) {
            // What is missing is the likeliest cause, and PostgreSQL's words tell what needs it.
            (Err(CloneError::Restore(said)), Some(name)) => Err(CloneError::Extension { name: name.clone(), said }),
            (made, _) => made,
        }
    }

    /// Definitions, what stands in for something, rows, and what is built over them.
    async fn in_pieces(
        &self,
        target: &Session,
        database: &str,
        missing: &[String],
        referred: &[Unreadable],
        wanted: Option<u64>,
        watch: Watch<'_>,
    ) -> Result<(Vec<SampledTable>, Vec<String>), CloneError> {
        let options = ConnectOptions { application_name: Some("backout rehearsal".to_owned()), on_notice: None };
        let snapshot = target.scalar("SELECT pg_catalog.pg_export_snapshot()").await;
        let snapshot = snapshot.map_err(server("exporting the snapshot"))?.unwrap_or_default();
        let of = format!("--snapshot={snapshot}");
        let mut arguments = self.arguments();
        arguments.push(of.clone());
        if self.level != Level::Full {
            arguments.push("--no-blobs".to_owned());
        }
        watch(Event::Note("cloning the schema".to_owned()));
        let into = self.admin(database);
        let dump = Dump::take(&self.pg_dump, &self.pg_restore, &self.source, &arguments, missing).await?;
        dump.restore(&into, Piece::Ground).await?;
        let clone = connect(&into, &options).await?;
        let mut notes = Vec::new();
        for name in missing {
            let extension = stand_in::Extension::read(target, name).await;
            if let Some(extension) = extension.map_err(server("reading what an extension brings"))? {
                let left = extension.make(&clone).await.map_err(server("standing in for an extension"))?;
                notes.push(extension.said(&left));
            }
        }
        dump.restore(&into, Piece::Definitions).await?;
        for table in referred {
            table.make(&clone, &self.role).await.map_err(server("standing in for a table that cannot be read"))?;
            notes.push(format!("{} is stood in for by the keys of it that others refer to", table.name));
        }
        let sampled = match wanted {
            Some(wanted) => {
                let (sampled, said) = sample::fill(target, &clone, wanted, &self.restricted, watch).await?;
                notes.extend(said);
                sampled
            }
            None if self.level == Level::Full => {
                watch(Event::Note("cloning the rows".to_owned()));
                self.copy(database, &["--section=data".to_owned(), of]).await?;
                Vec::new()
            }
            None => Vec::new(),
        };
        for table in referred {
            table.fill(&clone).await.map_err(server("standing in for rows that cannot be read"))?;
        }
        clone.close().await;
        watch(Event::Note("building indexes and checking keys".to_owned()));
        dump.restore(&into, Piece::OverRows).await?;
        Ok((sampled, notes))
    }

    /// A backup holds Backout's own schemas as well; a clone begins without.
    async fn without_ours(&self, database: &str) -> Result<(), CloneError> {
        let options = ConnectOptions { application_name: Some("backout rehearsal".to_owned()), on_notice: None };
        let session = connect(&self.admin(database), &options).await?;
        let rows = session.rows("SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname ~ '^backout'").await;
        let rows = rows.map_err(server("looking for what is Backout's own"))?;
        let ours = rows.iter().map(|row| row.get::<_, String>(0)).filter(|name| backout_schema::is_ours(name));
        let list = ours.map(|name| ident(&name)).collect::<Vec<_>>().join(", ");
        if !list.is_empty() {
            let sql = format!("SET client_min_messages = warning; DROP SCHEMA {list} CASCADE");
            session.batch(&sql).await.map_err(server("removing what is Backout's own"))?;
        }
        session.close().await;
        Ok(())
    }

    /// A database as another one is.
    async fn copied(&self, admin: &Session, from: &str, to: &str) -> Result<(), CloneError> {
        let sandbox = matches!(self.place, Place::Sandbox(_));
        let owner = if sandbox { format!(" OWNER {}", ident(&self.ground.owner)) } else { String::new() };
        let strategy = if admin.server_major() >= 15 { " STRATEGY file_copy" } else { "" };
        admin
            .batch(&format!("CREATE DATABASE {} TEMPLATE {}{owner}{strategy}", ident(to), ident(from)))
            .await
            .map_err(server("copying the clone"))?;
        for sql in self.ground.make_settings(to) {
            let _ = admin.batch(&sql).await;
        }
        Ok(())
    }

    /// Removes both, for others of another size. Nobody may be connected to either.
    pub(super) async fn remove(&self, admin: &Session) -> Result<(), CloneError> {
        for name in [&self.names.0, &self.names.1] {
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(name));
            admin.batch(&drop).await.map_err(server("removing the clone"))?;
        }
        Ok(())
    }

    /// Makes the clone anew from its twin, for the next migration: without the rows of probes. Nobody may be
    /// connected to either.
    pub(super) async fn renew(&self, admin: &Session) -> Result<(), CloneError> {
        let (clone, twin) = (&self.names.0, &self.names.1);
        let drop = format!("DROP DATABASE {} WITH (FORCE)", ident(clone));
        admin.batch(&drop).await.map_err(server("removing the clone"))?;
        self.copied(admin, twin, clone).await
    }

    /// What `pg_dump` is told whatever it dumps.
    fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = [
            "--format=custom",
            "--compress=0",
            "--no-password",
            "--no-subscriptions",
            "--exclude-schema=backout",
            "--exclude-schema=backout_archive_*",
            "--exclude-schema=backout_undone_*",
            "--exclude-schema=backout_replaced_*",
            // Triggers need its functions, and nobody its rows.
            "--exclude-table-data=backout_capture.change",
        ]
        .map(str::to_owned)
        .into();
        arguments.extend(self.unreadable.iter().map(|name| format!("--exclude-table={name}")));
        arguments.extend(self.restricted.iter().map(|name| format!("--exclude-table-data={name}")));
        if self.without_publications {
            arguments.push("--no-publications".to_owned());
        }
        arguments
    }

    async fn copy(&self, database: &str, more: &[String]) -> Result<(), CloneError> {
        let mut attempt = 1;
        loop {
            match self.copy_once(database, more, yielding(attempt)).await {
                // pg_dump sends nothing before it has locked and described everything.
                Err(CloneError::Dump(_)) if attempt < DUMPS && self.is_empty(database).await? => attempt += 1,
                done => return done,
            }
        }
    }

    async fn is_empty(&self, database: &str) -> Result<bool, CloneError> {
        let session = connect(&self.admin(database), &ConnectOptions::default()).await?;
        let count = session.scalar("SELECT count(*) FROM pg_catalog.pg_class WHERE oid >= 16384").await;
        session.close().await;
        Ok(count.map_err(server("looking into the clone"))?.as_deref() == Some("0"))
    }

    async fn copy_once(
        &self,
        database: &str,
        more: &[String],
        lock_wait: Option<&'static str>,
    ) -> Result<(), CloneError> {
        let mut dump = command(&self.pg_dump, &self.source);
        dump.args(self.arguments()).args(more).args(lock_wait).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ran = |program: &PathBuf| {
            let program = program.clone();
            move |source| CloneError::Program { program, source }
        };
        let mut dump = dump.spawn().map_err(ran(&self.pg_dump))?;
        let pipe: Stdio = match dump.stdout.take().map(TryInto::try_into) {
            Some(Ok(pipe)) => pipe,
            Some(Err(source)) => return Err(CloneError::Program { program: self.pg_dump.clone(), source }),
            None => Stdio::null(),
        };
        let mut restore = command(&self.pg_restore, &self.admin(database));
        restore
            .args(["--exit-on-error", "--no-password", &format!("--dbname={database}")])
            .stdin(pipe)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let restore = restore.output();
        let dumped = dump.wait_with_output();
        let (restored, dumped) = tokio::join!(restore, dumped);
        let dumped = dumped.map_err(ran(&self.pg_dump))?;
        if !dumped.status.success() {
            let text = String::from_utf8_lossy(&dumped.stderr).trim().to_owned();
            // pg_restore that went away first is the cause, not the effect.
            if !text.contains("Broken pipe") {
                return Err(CloneError::Dump(text));
            }
        }
        let restored = restored.map_err(ran(&self.pg_restore))?;
        if !restored.status.success() {
            return Err(CloneError::Restore(String::from_utf8_lossy(&restored.stderr).trim().to_owned()));
        }
        Ok(())
    }

    /// Removes what was made on a server that is not ours; stops the one that is.
    pub async fn clean(self) -> Result<(), CloneError> {
        if let Place::Server(settings) = &self.place {
            let admin = connect(settings, &ConnectOptions::default()).await?;
            for name in [&self.names.0, &self.names.1] {
                admin
                    .batch(&format!("DROP DATABASE IF EXISTS {}", ident(name)))
                    .await
                    .map_err(server("removing the rehearsal's databases"))?;
            }
            admin.close().await;
        }
        if let Place::Sandbox(sandbox) = self.place {
            // A sandbox that does not stop in order is removed by its guardian.
            let _ = sandbox.stop().await;
        }
        Ok(())
    }
}

/// What a rehearsal holds on a server that is not ours for as long as it uses the database of this name.
fn lock_of(clone: &str) -> String {
    format!("SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended({}, 0))", literal(clone).trim_start())
}

/// Removes the databases of rehearsals that were killed: nobody holds their lock.
async fn sweep(admin: &Session) -> Result<(), CloneError> {
    let sql = "SELECT datname::text FROM pg_catalog.pg_database WHERE datname ~ '^backout_rehearsal_[0-9]+(_twin)?$' \
               AND pg_catalog.pg_has_role(datdba, 'USAGE')";
    let rows = admin.rows(sql).await.map_err(server("looking for what killed rehearsals left"))?;
    for row in rows {
        let name: String = row.get(0);
        let clone = name.trim_end_matches("_twin");
        if admin.scalar(&lock_of(clone)).await.map_err(server("asking who uses a clone"))?.as_deref() == Some("t") {
            // Somebody else may just look into it; the next rehearsal comes by again.
            let _ = admin.batch(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(&name))).await;
            let unlock = lock_of(clone).replace("pg_try_advisory_lock", "pg_advisory_unlock");
            admin.scalar(&unlock).await.map_err(server("asking who uses a clone"))?;
        }
    }
    Ok(())
}

fn names(pid: i32) -> (String, String) {
    (format!("backout_rehearsal_{pid}"), format!("backout_rehearsal_{pid}_twin"))
}
