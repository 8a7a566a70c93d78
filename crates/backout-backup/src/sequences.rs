//! Where sequences stand, and how they are put there again.
//!
//! Must not know: whose sequences these are.

use backout_postgres::session::{DatabaseError, Session};
use backout_schema::ident;

use crate::manifest::Sequence;
use crate::sessions::LOCKS_AT_ONCE;

/// Where all sequences stand. They are not part of a snapshot: a number that was given out since is not given again.
/// Within a transaction, which keeps no lock on any of them.
pub async fn read(session: &Session) -> Result<Vec<Sequence>, DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND c.relpersistence <> 't' ORDER BY 1, 2";
    let mut names: Vec<(String, String)> = Vec::new();
    for row in session.rows(sql).await? {
        names.push((row.get(0), row.get(1)));
    }
    let mut found = Vec::new();
    let reading = session.plain_savepoint("backout_sequences").await?;
    for some in names.chunks(LOCKS_AT_ONCE) {
        let queries: Vec<String> = some
            .iter()
            .enumerate()
            .map(|(place, (schema, name))| {
                format!("SELECT {place}, last_value, is_called FROM {}.{}", ident(schema), ident(name))
            })
            .collect();
        for row in session.rows(&queries.join(" UNION ALL ")).await? {
            let place = usize::try_from(row.get::<_, i32>(0)).unwrap_or_default();
            let (schema, name) = some[place].clone();
            found.push(Sequence { schema, name, last_value: row.get(1), is_called: row.get(2) });
        }
        reading.start_over().await?;
    }
    reading.keep().await?;
    Ok(found)
}

/// What puts sequences where they stood.
pub fn setvals<'a>(sequences: impl IntoIterator<Item = &'a Sequence>) -> String {
    let each = sequences.into_iter().map(|sequence| {
        let name = backout_schema::qualified(&sequence.schema, &sequence.name);
        let (value, is_called) = (sequence.last_value, sequence.is_called);
        format!("SELECT pg_catalog.setval({}, {value}, {is_called})", backout_schema::literal(&name).trim_start())
    });
    each.collect::<Vec<_>>().join(";")
}
