//! A dump run in a throwaway database, statement by statement, by a role that is no superuser.
//!
//! The superuser prepares, before any code of the dump is there, and helps with new owners: in a session of its own, with
//! statements that run no code. Must not know: where the server is from, and what becomes of the database.

use backout_postgres::sqlstate;
use std::collections::BTreeSet;
use std::path::Path;

use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, DatabaseError, Session, connect};
use backout_schema::{ident, literal};
use bytes::Bytes;
use futures_util::SinkExt;
use tokio::sync::mpsc;

use super::analysis::Analysis;
use super::cut::Piece;
use super::open::Dump;
use super::sort::{Route, Sorter, title};
use super::stand_in::{self, is_managed};
use super::{ImportError, sort};

/// Who loads. Nothing belongs to it in the end.
const LOADER: &str = "backout_import";
/// Pieces that wait for the server.
const AHEAD: usize = 4;

/// What is loaded, and where.
#[derive(Debug)]
pub struct Load<'a> {
    pub dumps: &'a [Dump],
    pub analysis: &'a Analysis,
    pub pg_restore: &'a Path,
    /// The empty database as the server's superuser, whose name no dump has, and who looks for names in pg_catalog only.
    pub admin: &'a ConnectionSettings,
    /// Who gets what the dump gives to nobody.
    pub owner: &'a str,
    /// Extensions to do without.
    pub without: &'a [String],
}

/// What was made beside the dump.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stands {
    pub said: Vec<String>,
}

/// Fills the database.
///
/// # Errors
/// At the first statement that fails, with its place. What is in the database by then is of no use.
pub async fn load(load: &Load<'_>, watch: &(dyn Fn(u64) + Sync)) -> Result<Stands, ImportError> {
    let options = ConnectOptions { application_name: Some("backout import".to_owned()), on_notice: None };
    let admin = connect(load.admin, &options).await?;
    let stands = prepare(&admin, load).await?;
    let settings = ConnectionSettings { user: Some(LOADER.to_owned()), options: None, ..load.admin.clone() };
    let loader = connect(&settings, &options).await?;
    let (sender, mut pieces) = mpsc::channel::<(usize, Piece)>(AHEAD);
    let (dumps, pg_restore) = (load.dumps.to_vec(), load.pg_restore.to_owned());
    let reading = tokio::task::spawn_blocking(move || -> Result<(), ImportError> {
        for (number, dump) in dumps.iter().enumerate() {
            dump.pieces(&pg_restore, &mut |piece| {
                sender.blocking_send((number, piece)).map_err(|_| ImportError::Stopped)
            })?;
        }
        Ok(())
    });
    let mut run = Run {
        load,
        admin,
        loader,
        sorter: Sorter::default(),
        made: load.analysis.managed_schemas().into_iter().map(str::to_owned).collect(),
        fresh: true,
        open: 0,
    };
    run.made.insert("public".to_owned());
    run.made.extend(load.analysis.extensions().values().flatten().cloned());
    let mut statements = 0;
    while let Some((number, piece)) = pieces.recv().await {
        let file = &load.dumps[number].name;
        match piece {
            Piece::Statement { line, text } if is_copy(&text) => {
                if let (Route::Refuse(what), _) = run.sorter.statement(&text) {
                    return Err(ImportError::Refused { file: file.clone(), line, what });
                }
                run.rows(file, line, &text, &mut pieces).await?;
            }
            Piece::Statement { line, text } => run.statement(file, line, &text).await?,
            Piece::Command { line, text } => {
                if let Route::Refuse(what) = run.sorter.command(&text) {
                    return Err(ImportError::Refused { file: file.clone(), line, what });
                }
            }
            Piece::Rows { .. } | Piece::RowsEnd { .. } => {}
        }
        statements += 1;
        if statements % 100 == 0 {
            watch(statements);
        }
    }
    reading.await.map_err(|_| ImportError::Stopped)??;
    run.end().await.map_err(ImportError::server("writing the last large object"))?;
    run.loader.close().await;
    run.admin.close().await;
    Ok(stands)
}

/// Takes the role that loaded away again, and gives what is left of it to the owner.
///
/// # Errors
/// When the server says no.
pub async fn settle(settings: &ConnectionSettings, owner: &str) -> Result<(), ImportError> {
    let admin = connect(settings, &ConnectOptions::default()).await?;
    let (loader, owner) = (ident(LOADER), ident(owner));
    let sql = format!("REASSIGN OWNED BY {loader} TO {owner}; DROP OWNED BY {loader}; DROP ROLE {loader}");
    admin.batch(&sql).await.map_err(ImportError::server("giving what nobody owns to its owner"))?;
    admin.close().await;
    Ok(())
}

/// Roles, extensions and stand-ins: all before any code of the dump is there.
async fn prepare(admin: &Session, load: &Load<'_>) -> Result<Stands, ImportError> {
    let analysis = load.analysis;
    let mut stands = Stands::default();
    let missing = missing_extensions(admin, load).await?;
    if !missing.is_empty() {
        return Err(ImportError::Extensions(missing));
    }
    let failed = || ImportError::server("preparing the throwaway database");
    let loader = ident(LOADER);
    admin.batch(&format!("CREATE ROLE {loader} LOGIN BYPASSRLS NOSUPERUSER")).await.map_err(failed())?;
    let mut roles = analysis.roles();
    roles.insert(load.owner);
    for role in roles {
        if load.admin.user.as_deref() == Some(role) || role == LOADER {
            let what = format!("it refers to the role {role}, whose name the throwaway server needs");
            let (file, line) = analysis.role_at(role).unwrap_or(("--owner", 0));
            return Err(ImportError::Refused { file: file.to_owned(), line, what });
        }
        let name = ident(role);
        match admin.batch(&format!("CREATE ROLE {name} NOLOGIN")).await {
            // The owner's was made with the database.
            Err(error) if !error.has_code(sqlstate::DUPLICATE_OBJECT) => return Err(failed()(error)),
            _ => {}
        }
        admin.batch(&format!("GRANT {name} TO {loader}")).await.map_err(failed())?;
    }
    for role in analysis.roles_not_made() {
        stands.said.push(format!("the role {}", sort::shown(role)));
    }
    if admin.server_major() < 15 {
        // From then on it belongs to the owner of the database, whoever that is.
        admin.batch(&format!("ALTER SCHEMA public OWNER TO {}", ident(load.owner))).await.map_err(failed())?;
    }
    let database = load.admin.database().unwrap_or_default();
    admin.batch(&format!("GRANT ALL ON DATABASE {} TO {loader}", ident(database))).await.map_err(failed())?;
    if admin.server_major() >= 15 {
        // Dumps of rows alone switch triggers off with it.
        admin.batch(&format!("GRANT SET ON PARAMETER session_replication_role TO {loader}")).await.map_err(failed())?;
    }
    let own = |sql: String| format!("SET ROLE {loader}; {sql}; RESET ROLE");
    for schema in analysis.managed_schemas() {
        for sql in stand_in::schema(schema) {
            admin.batch(&own(sql)).await.map_err(failed())?;
        }
        stands.said.push(format!("the schema {schema}"));
    }
    for (name, schema) in analysis.extensions() {
        if load.without.contains(name) || name == "plpgsql" {
            continue;
        }
        let place = match schema {
            Some(schema) if !schema.starts_with("pg_") => {
                admin.batch(&own(format!("CREATE SCHEMA IF NOT EXISTS {}", ident(schema)))).await.map_err(failed())?;
                format!(" SCHEMA {}", ident(schema))
            }
            _ => String::new(),
        };
        admin
            .batch(&format!("CREATE EXTENSION IF NOT EXISTS {}{place} CASCADE", ident(name)))
            .await
            .map_err(failed())?;
    }
    for (name, columns) in analysis.managed_tables() {
        admin.batch(&own(stand_in::table(name, columns))).await.map_err(failed())?;
        stands.said.push(format!("the table {}.{}", sort::shown(&name.0), sort::shown(&name.1)));
    }
    for name in analysis.publications() {
        admin.batch(&own(format!("CREATE PUBLICATION {}", ident(name)))).await.map_err(failed())?;
        stands.said.push(format!("the publication {}", sort::shown(name)));
    }
    Ok(stands)
}

async fn missing_extensions(admin: &Session, load: &Load<'_>) -> Result<Vec<String>, ImportError> {
    let wanted: Vec<String> =
        load.analysis.extensions().keys().filter(|name| !load.without.contains(name)).cloned().collect();
    let mut missing = Vec::new();
    for name in wanted {
        let sql = format!("SELECT name::text FROM pg_catalog.pg_available_extensions WHERE name = {}", literal(&name));
        if admin.scalar(&sql).await.map_err(ImportError::server("looking for the extensions"))?.is_none() {
            missing.push(name);
        }
    }
    Ok(missing)
}

/// The load while it goes.
struct Run<'a> {
    load: &'a Load<'a>,
    admin: Session,
    loader: Session,
    sorter: Sorter,
    /// Schemas that are there already.
    made: BTreeSet<String>,
    /// Nothing was made so far, so nothing can be dropped.
    fresh: bool,
    /// Large objects that are open, and with them a transaction.
    open: u32,
}

impl Run<'_> {
    async fn statement(&mut self, file: &str, line: u64, text: &str) -> Result<(), ImportError> {
        let (route, facts) = self.sorter.statement(text);
        // What fails in a transaction takes back what went before, so nothing of that is of no consequence.
        let in_transaction = self.open > 0;
        let outcome = match route {
            Route::Refuse(what) => return Err(ImportError::Refused { file: file.to_owned(), line, what }),
            Route::Skip => Ok(()),
            Route::Load => self.loader.batch(text).await,
            Route::Owner => self.owner(text).await,
            Route::Open => self.open(text).await,
            Route::Close => self.close(text).await,
            Route::End => self.end().await,
            Route::Act(Some(role)) => self.loader.batch(&format!("SET ROLE {}", ident(&role))).await,
            Route::Act(None) => self.loader.batch("RESET ROLE").await,
            Route::Member { roles, members } => self.member(&roles, &members).await,
        };
        if text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("create")) {
            self.fresh = false;
        }
        match outcome {
            Err(source) if in_transaction || !self.is_expected(text, &facts, &source) => {
                Err(ImportError::Statement { file: file.to_owned(), line, what: title(text), source })
            }
            _ => Ok(()),
        }
    }

    /// What fails in an empty database of this version, and is of no consequence there.
    fn is_expected(&self, text: &str, facts: &[sort::Fact], error: &DatabaseError) -> bool {
        let says = |fact: fn(&sort::Fact) -> bool| facts.iter().any(fact);
        let set = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("set "));
        // A setting that only a newer server knows.
        set && error.has_code(sqlstate::UNDEFINED_OBJECT)
            // What is dropped before it is made was never there.
            || self.fresh && says(|fact| matches!(fact, sort::Fact::Drop)) && (error.has_class("42") || error.has_code(sqlstate::INVALID_SCHEMA_NAME))
            // The database came with it, or it was made for an extension.
            || error.has_code(sqlstate::DUPLICATE_SCHEMA)
                && facts.iter().any(|fact| matches!(fact, sort::Fact::SchemaMade(name) if self.made.contains(name)))
            // A sequence of a table that is stood in for.
            || says(|fact| matches!(fact, sort::Fact::Setval)) && error.has_code(sqlstate::UNDEFINED_TABLE) && of_managed(text)
    }

    /// Opens a large object. What it is written by ends with the transaction, so that goes on until it is closed.
    async fn open(&mut self, text: &str) -> Result<(), DatabaseError> {
        if self.open == 0 {
            self.loader.batch("BEGIN").await?;
        }
        self.open += 1;
        self.loader.batch(text).await
    }

    async fn close(&mut self, text: &str) -> Result<(), DatabaseError> {
        self.loader.batch(text).await?;
        if self.open > 1 {
            self.open -= 1;
            return Ok(());
        }
        self.end().await
    }

    /// Ends the transaction, if there is one.
    async fn end(&mut self) -> Result<(), DatabaseError> {
        match std::mem::take(&mut self.open) {
            0 => Ok(()),
            _ => self.loader.batch("COMMIT").await,
        }
    }

    /// The server asks first whether the thing is ours to give and whether we may be who gets it, and last whether that
    /// one may create in the schema. A dump may say so later, or never: only then the superuser does it.
    async fn owner(&self, text: &str) -> Result<(), DatabaseError> {
        match self.loader.batch(text).await {
            Err(error)
                if self.open == 0
                    && error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE)
                    && ["permission denied for schema", "permission denied for database"]
                        .iter()
                        .any(|said| error.message.starts_with(said)) =>
            {
                // This way the server takes one statement only, whatever the text may look like.
                self.admin.execute(text, &[]).await.map(drop)
            }
            outcome => outcome,
        }
    }

    /// Among the roles of the dump only: those of the server would give it more than it may have.
    async fn member(&self, roles: &[String], members: &[String]) -> Result<(), DatabaseError> {
        let known = self.load.analysis.roles();
        for role in roles.iter().filter(|role| known.contains(role.as_str())) {
            for member in members.iter().filter(|member| known.contains(member.as_str())) {
                self.admin.batch(&format!("GRANT {} TO {}", ident(role), ident(member))).await?;
            }
        }
        Ok(())
    }

    /// COPY with the rows that follow.
    async fn rows(
        &mut self,
        file: &str,
        line: u64,
        text: &str,
        pieces: &mut mpsc::Receiver<(usize, Piece)>,
    ) -> Result<(), ImportError> {
        let failed = |source: tokio_postgres::Error| {
            let what = format!("{}, whose rows begin in the next line", title(text));
            ImportError::Statement { file: file.to_owned(), line, what, source: source.into() }
        };
        let sink = self.loader.copy_in::<Bytes>(text).await.map_err(failed)?;
        let mut sink = std::pin::pin!(sink);
        loop {
            match pieces.recv().await {
                Some((_, Piece::Rows { bytes, .. })) => sink.send(bytes).await.map_err(failed)?,
                Some((_, Piece::RowsEnd { .. })) => break,
                // The reader knows why it stopped.
                Some(_) | None => return Ok(()),
            }
        }
        sink.finish().await.map_err(failed)?;
        Ok(())
    }
}

fn is_copy(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("copy"))
}

/// Whether the first text in it names something in a schema of a platform.
fn of_managed(text: &str) -> bool {
    let name = text.split('\'').nth(1).unwrap_or_default();
    is_managed(name.split('.').next().unwrap_or_default().trim_matches('"'))
}
