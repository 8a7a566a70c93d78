//! An empty database, made as the backed-up one was: roles, encoding, locale, owner; and after the restore its settings
//! and what was granted on it.
//!
//! Must not know: what goes into it, and what becomes of it.

use backout_plan::Remedy;
use backout_postgres::ground::Ground;
use backout_postgres::session::{DatabaseError, Session};
use backout_postgres::sqlstate;
use backout_schema::{ident, literal};
use thiserror::Error;

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// A throwaway one: roles are made, a locale or an extension that is not there is stood in for.
    Ours,
    /// One that others use: nothing is made but the database.
    Theirs,
}

#[derive(Debug, Error)]
pub enum RoomError {
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("the server lacks {}, which the backup's objects belong to or are granted to: {}", if .0.len() == 1 { "a role" } else { "roles" }, .0.join(", "))]
    Roles(Vec<String>),
    #[error("the server lacks {}: {}", if .0.len() == 1 { "a tablespace of the backup" } else { "tablespaces of the backup" }, .0.join(", "))]
    Tablespaces(Vec<String>),
    #[error("the server lacks {}: {}", if .0.len() == 1 { "an extension of the backup" } else { "extensions of the backup" }, .0.join(", "))]
    Extensions(Vec<String>),
    #[error("the role may not create databases there")]
    NoDatabases,
    #[error("the name {name} has {} bytes, and a name has {room} at most: the server would cut it to another one", .name.len())]
    LongName { name: String, room: usize },
    #[error("there is a database {0} already")]
    Taken(String),
}

impl RoomError {
    fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing, source }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Roles(names) => {
                let each: Vec<String> = names.iter().map(|name| format!("CREATE ROLE {}", ident(name))).collect();
                let all = each.join("; ");
                vec![Remedy::advice(format!("a backup holds no passwords, so make them yourself: {all}"))]
            }
            Self::Tablespaces(_) => {
                vec![Remedy::advice("CREATE TABLESPACE them, as an administrator of that server")]
            }
            Self::Extensions(_) => vec![Remedy::advice("install their packages for that server")],
            Self::NoDatabases => vec![Remedy::advice("ALTER ROLE … CREATEDB"), Remedy::OtherRole],
            Self::LongName { .. } | Self::Taken(_) => vec![Remedy::OtherDatabaseName],
            Self::Server { .. } => Vec::new(),
        }
    }
}

/// Makes the database. The session is in another database of that server, as a role that may make databases.
///
/// # Errors
/// When the server lacks what the backup stands on, or does not let us.
pub async fn make(admin: &Session, ground: &Ground, name: &str, server: Server) -> Result<Vec<String>, RoomError> {
    let mut notes = Vec::new();
    let room =
        admin.scalar("SHOW max_identifier_length").await.map_err(RoomError::server("asking how long names are"))?;
    if let Some(room) = room.and_then(|room| room.parse().ok()).filter(|room| name.len() > *room) {
        return Err(RoomError::LongName { name: name.to_owned(), room });
    }
    match server {
        Server::Ours => {
            for sql in ground.make_roles() {
                match admin.batch(&sql).await {
                    // Its superuser may be called like one of them.
                    Err(error) if !error.has_code(sqlstate::DUPLICATE_OBJECT) => {
                        return Err(RoomError::server("making the roles")(error));
                    }
                    _ => {}
                }
            }
        }
        Server::Theirs => {
            let missing = missing_roles(admin, ground).await?;
            if !missing.is_empty() {
                return Err(RoomError::Roles(missing));
            }
        }
    }
    let rows = admin.rows("SELECT spcname::text FROM pg_catalog.pg_tablespace").await;
    let there: Vec<String> =
        rows.map_err(RoomError::server("looking for the tablespaces"))?.iter().map(|row| row.get(0)).collect();
    let missing: Vec<String> = ground.tablespaces.iter().filter(|name| !there.contains(name)).cloned().collect();
    match server {
        // In its own folder, which goes with it.
        Server::Ours => {
            for name in missing {
                // Two statements in one message are one transaction, which this cannot be in.
                for sql in [
                    "SET allow_in_place_tablespaces = on".to_owned(),
                    format!("CREATE TABLESPACE {} LOCATION ''", ident(&name)),
                ] {
                    admin.batch(&sql).await.map_err(RoomError::server("making the tablespaces"))?;
                }
            }
        }
        Server::Theirs if !missing.is_empty() => return Err(RoomError::Tablespaces(missing)),
        Server::Theirs => {}
    }
    // In a server of ours they are stood in for.
    let missing = if server == Server::Theirs { missing_extensions(admin, ground).await? } else { Vec::new() };
    if !missing.is_empty() {
        return Err(RoomError::Extensions(missing));
    }
    let owner = ident(&ground.owner);
    let space = ground.tablespace.as_ref().map(|name| format!(" TABLESPACE {}", ident(name))).unwrap_or_default();
    let create =
        |locale: &str| format!("CREATE DATABASE {} TEMPLATE template0 OWNER {owner}{space} {locale}", ident(name));
    match admin.batch(&create(&ground.locale())).await {
        Ok(()) => {}
        Err(error) if error.has_code(sqlstate::DUPLICATE_DATABASE) => return Err(RoomError::Taken(name.to_owned())),
        Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) && error.message.contains("create database") => {
            return Err(RoomError::NoDatabases);
        }
        // A locale that this machine does not have: sorting differs, the rows do not.
        Err(error)
            if server == Server::Ours
                && (error.has_code(sqlstate::WRONG_OBJECT_TYPE)
                    || error.has_code(sqlstate::INVALID_PARAMETER_VALUE)) =>
        {
            notes.push(format!("this machine lacks the locale {}: the sandbox sorts by C", ground.collate));
            let plain = "LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'";
            admin.batch(&create(plain)).await.map_err(RoomError::server("making the database"))?;
        }
        Err(error) => return Err(RoomError::server("making the database")(error)),
    }
    // Nobody else sees it half filled.
    let alone = format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", ident(name));
    admin.batch(&alone).await.map_err(RoomError::server("closing the new database"))?;
    Ok(notes)
}

/// What the database itself has: settings, comment, grants. What does not go is said.
///
/// # Errors
/// When the connection is lost.
pub async fn furnish(admin: &Session, ground: &Ground, name: &str) -> Result<Vec<String>, RoomError> {
    let mut notes = Vec::new();
    let open = format!("GRANT CONNECT ON DATABASE {} TO PUBLIC", ident(name));
    let open = ground.grants.is_none().then_some(open);
    for sql in ground.make_settings(name).into_iter().chain(ground.make_grants(name)).chain(open) {
        if let Err(error) = admin.batch(&sql).await {
            // A setting of a library that is not loaded there, or one for superusers.
            if error.code.is_none() {
                return Err(RoomError::server("giving the database its settings")(error));
            }
            // Values of settings may be secrets.
            let alters = sql.starts_with("ALTER ");
            let head = sql.split_once(" TO ").filter(|_| alters).map_or(sql.as_str(), |(head, _)| head);
            notes.push(format!("{head}: {error}"));
        }
    }
    Ok(notes)
}

async fn missing_roles(admin: &Session, ground: &Ground) -> Result<Vec<String>, RoomError> {
    let rows = admin.rows("SELECT rolname::text FROM pg_catalog.pg_roles").await;
    let rows = rows.map_err(RoomError::server("looking for the roles"))?;
    let there: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let used = ground.roles.iter().filter(|role| role.used && !there.contains(&role.name));
    Ok(used.map(|role| role.name.clone()).collect())
}

/// The extensions that this server does not have.
///
/// # Errors
/// When the server says no.
pub async fn missing_extensions(admin: &Session, ground: &Ground) -> Result<Vec<String>, RoomError> {
    let mut missing = Vec::new();
    for extension in &ground.extensions {
        let sql = format!(
            "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = {}",
            literal(&extension.name).trim_start()
        );
        if admin.scalar(&sql).await.map_err(RoomError::server("looking for the extensions"))?.is_none() {
            missing.push(extension.name.clone());
        }
    }
    Ok(missing)
}
