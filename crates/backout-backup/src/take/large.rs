//! Large objects: what they are, and their bytes as rows of id, offset and page.

use backout_postgres::session::Session;
use backout_schema::{ident, literal};

use super::worker::{Shared, keep, stream};
use super::{DEFINITIONS_LEVEL, TakeError};
use crate::copied::PAGES;
use crate::manifest::LargeObjects;
use crate::seal;
use crate::stream::Form;

const OBJECTS: &str = "SELECT m.oid, pg_catalog.pg_get_userbyid(m.lomowner)::text, pg_catalog.obj_description(m.oid, 'pg_largeobject') \
     FROM pg_catalog.pg_largeobject_metadata m ORDER BY 1";

const GRANTS: &str = "SELECT m.oid, CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee)::text END, a.privilege_type::text, a.is_grantable \
     FROM pg_catalog.pg_largeobject_metadata m, pg_catalog.aclexplode(m.lomacl) a WHERE a.grantee <> m.lomowner ORDER BY 1, 2, 3";

/// All that there are; `None` where there is none.
pub async fn take(session: &Session, shared: &Shared) -> Result<Option<LargeObjects>, TakeError> {
    let failed = || TakeError::server("reading the large objects");
    let objects = session.rows(OBJECTS).await.map_err(failed())?;
    if objects.is_empty() {
        return Ok(None);
    }
    let mut sql = String::new();
    for row in &objects {
        let (oid, owner): (u32, String) = (row.get(0), row.get(1));
        sql.push_str(&format!(
            "SELECT pg_catalog.lo_create({oid});\nALTER LARGE OBJECT {oid} OWNER TO {};\n",
            ident(&owner)
        ));
        if let Some(comment) = row.get::<_, Option<String>>(2) {
            sql.push_str(&format!("COMMENT ON LARGE OBJECT {oid} IS {};\n", literal(&comment)));
        }
    }
    for row in session.rows(GRANTS).await.map_err(failed())? {
        let (oid, grantee): (u32, Option<String>) = (row.get(0), row.get(1));
        let grantee = grantee.map_or("PUBLIC".to_owned(), |name| ident(&name));
        let option = if row.get::<_, bool>(3) { " WITH GRANT OPTION" } else { "" };
        sql.push_str(&format!("GRANT {} ON LARGE OBJECT {oid} TO {grantee}{option};\n", row.get::<_, String>(2)));
    }
    let definitions = keep(shared, "schema/large.sql", seal::pack(sql.as_bytes(), DEFINITIONS_LEVEL)?).await?;
    let (fingerprint, chunks) = stream(shared, session, "large objects", PAGES, Form::Binary, "data/large").await?;
    Ok(Some(LargeObjects { count: objects.len() as u64, definitions, fingerprint, chunks }))
}
