//! What a foreign key says of two rows, for statements that look after it themselves.
//!
//! Must not know: why they do.

/// An expression over a row `k` of `pg_constraint`: the condition that the row called `child` refers to the one called
/// `parent`, compared as PostgreSQL compares them. Where their collations differ, that is by the parent's.
pub(crate) fn refers(child: &str, parent: &str) -> String {
    format!(
        "(SELECT pg_catalog.string_agg(pg_catalog.format('{parent}.%I%s OPERATOR(%I.%s) {child}.%I', pa.attname, \
           ' COLLATE ' || pg_catalog.quote_ident(ln.nspname) || '.' || pg_catalog.quote_ident(l.collname), n.nspname, o.oprname, ca.attname), ' AND ' ORDER BY x.place) \
         FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY x(child, parent, op, place) \
         JOIN pg_catalog.pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = x.child \
         JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = x.parent \
         JOIN pg_catalog.pg_operator o ON o.oid = x.op JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
         LEFT JOIN (pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace) \
           ON l.oid = pa.attcollation AND l.oid <> ca.attcollation)"
    )
}
