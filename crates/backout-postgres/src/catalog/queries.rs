//! The catalog queries, one for each kind of object. Every schema is read, the
//! system's own and other sessions' temporary ones excepted; members of extensions are left out.

/// Schemas whose content is not the user's.
const NOT_SYSTEM: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// The setting that holds the ids of the scope.
pub(super) const SCOPE: &str = "backout.scope";

/// Replaces the shorthands used below.
///
/// `{user}`: the schema filter on `n`. `{free CLASS ALIAS}`: not a member of an extension.
/// `{comment CLASS ALIAS}`: the object's comment. `{among ID}`: true, or that the id is in the scope.
fn expand(template: &str, scoped: bool) -> String {
    let mut sql = template.replace("{user}", NOT_SYSTEM);
    while let Some(start) = sql.find('{') {
        let end = start + sql[start..].find('}').unwrap_or(0);
        let words: Vec<&str> = sql[start + 1..end].split(' ').collect();
        let (class, alias) = (words[1], words.last().copied().unwrap_or_default());
        let text = match words[0] {
            // A setting and no parameter: a query without parameters is planned once.
            "among" if scoped => format!("{alias} = ANY (pg_catalog.current_setting('{SCOPE}')::oid[])"),
            "among" => "true".to_owned(),
            "free" => format!(
                "NOT EXISTS (SELECT FROM pg_catalog.pg_depend belongs WHERE belongs.classid = 'pg_catalog.{class}'::regclass \
                 AND belongs.objid = {alias}.oid AND belongs.deptype = 'e')"
            ),
            _ => format!(
                "(SELECT description FROM pg_catalog.pg_description d WHERE d.objoid = {alias}.oid \
                 AND d.classoid = 'pg_catalog.{class}'::regclass AND d.objsubid = 0)"
            ),
        };
        sql.replace_range(start..=end, &text);
    }
    sql
}

/// The queries for one server version, in the order in which the reader decodes them.
#[derive(Debug)]
pub(super) struct Queries {
    pub schemas: String,
    pub extensions: String,
    pub relations: String,
    pub inherits: String,
    pub columns: String,
    pub sequences: String,
    pub indexes: String,
    pub constraints: String,
    pub types: String,
    pub functions: String,
    pub triggers: String,
    pub rules: String,
    pub policies: String,
    pub statistics: String,
    pub publications: String,
    pub publication_tables: String,
    pub publication_schemas: String,
    pub event_triggers: String,
    pub default_acls: String,
    /// One query a system catalog, for those that have rows of their own here.
    others: Vec<(&'static str, String)>,
    /// These three: what depends on what. Nobody asks that of a scope.
    pub dependencies: Option<&'static str>,
    pub parts: Option<&'static str>,
    pub catalogs: Option<&'static str>,
}

impl Queries {
    /// For everything, or for the objects of a scope: then relations and their parts, types and functions are
    /// only those whose ids the setting holds, and everything else is read as a whole.
    pub fn new(version: u32, scoped: bool) -> Queries {
        let expand = |template: &str| expand(template, scoped);
        let pg15 = version >= 150_000;
        let not_null_name = if version >= 180_000 {
            "(SELECT nn.conname::text FROM pg_catalog.pg_constraint nn WHERE a.attnotnull AND nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum])"
        } else {
            "NULL::text"
        };
        Queries {
            schemas: expand(
                "SELECT n.oid, n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text, n.nspacl::text[], {comment pg_namespace n} \
                 FROM pg_catalog.pg_namespace n WHERE {user} AND {free pg_namespace n}",
            ),
            extensions: expand(
                "SELECT x.oid, x.extname::text, pg_catalog.pg_get_userbyid(x.extowner)::text, x.extversion, n.nspname::text, \
                 x.extrelocatable, {comment pg_extension x} \
                 FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> 'plpgsql' OR x.oid >= 16384",
            ),
            relations: expand(
                "SELECT c.oid, n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, c.relacl::text[], {comment pg_class c}, \
                 c.relkind::text, c.relpersistence::text, coalesce(c.reloptions, '{}'), coalesce(t.reloptions, '{}'), \
                 CASE WHEN c.relkind = 'f' THEN (SELECT pg_catalog.md5(ROW(s.srvname, f.ftoptions, ARRAY(SELECT (a.attname, a.attfdwoptions)::text FROM pg_catalog.pg_attribute a \
                   WHERE a.attrelid = c.oid AND a.attfdwoptions IS NOT NULL ORDER BY a.attnum))::text) \
                   FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) \
                 WHEN am.amname <> 'heap' THEN am.amname::text END, ts.spcname::text, c.relreplident::text, c.relrowsecurity, c.relforcerowsecurity, \
                 CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END, \
                 CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END, \
                 CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END, c.relispopulated, \
                 CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END, \
                 c.relfilenode, c.reltuples, c.relpages::bigint * 8192, c.relispartition \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam \
                 LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace \
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {user} AND {free pg_class c} AND {among c.oid}"
                    .replace("'{}'", "ARRAY[]::text[]")
                    .as_str(),
            ),
            inherits: "SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i ORDER BY i.inhrelid, i.inhseqno".to_owned(),
            // Options that begin with pg_ are the server's own notes (15.20 keeps a view's column versions there).
            columns: expand(&format!(
                "SELECT a.attrelid, a.attnum, a.attname::text, a.attacl::text[], \
                 d.description, \
                 pg_catalog.format_type(a.atttypid, a.atttypmod), \
                 CASE WHEN a.attcollation <> 0 AND a.attcollation <> ty.typcollation THEN (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname) \
                   FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END, \
                 a.attnotnull, a.attidentity::text, a.attgenerated::text, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid), ad.oid, \
                 CASE WHEN a.attstorage <> ty.typstorage THEN a.attstorage::text END, nullif(a.attcompression::text, ''), \
                 {target}, CASE WHEN a.attoptions IS NULL THEN ARRAY[]::text[] ELSE ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\\_%') END, a.attislocal, a.attinhcount > 0, {not_null_name}, \
                 CASE WHEN a.attstorage <> ty.typstorage THEN ty.typstorage::text END \
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid \
                 LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum \
                 LEFT JOIN pg_catalog.pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = a.attnum \
                 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {{user}} AND {{free pg_class c}} AND {{among a.attrelid}}",
                target = "CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::int END",
            )),
            sequences: expand(
                "SELECT c.oid, n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, c.relacl::text[], {comment pg_class c}, \
                 pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, \
                 c.relpersistence::text, d.refobjid, d.refobjsubid, d.deptype::text \
                 FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 \
                   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') \
                 WHERE {user} AND {free pg_class c} AND {among c.oid}",
            ),
            // Joined, not looked up for each index: pg_constraint has no index on conindid.
            indexes: expand(
                "SELECT i.indexrelid, i.indrelid, n.nspname::text, c.relname::text, {comment pg_class c}, pg_catalog.pg_get_indexdef(i.indexrelid), \
                 k.oid, \
                 i.indisunique, i.indisvalid AND i.indisready, i.indisclustered, i.indisreplident, coalesce(c.reloptions, ARRAY[]::text[]), ts.spcname::text, \
                 (SELECT h.inhparent FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid), \
                 (SELECT array_agg(a.attnum::int ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0), \
                 (SELECT array_agg(a.attstattarget::int ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) \
                 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace \
                 LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') \
                 WHERE t.relkind IN ('r', 'p', 'm') AND {user} AND {free pg_class t} AND {among i.indrelid}",
            ),
            // A key into a partitioned table has a copy of itself for each partition there, which nobody made or names.
            constraints: expand(
                "SELECT k.oid, k.conname::text, k.contype::text, k.conrelid, k.contypid, k.conindid, k.confrelid, pg_catalog.pg_get_constraintdef(k.oid), \
                 k.convalidated, k.condeferrable, coalesce(k.conkey::int[], ARRAY[]::int[]), coalesce(k.confkey::int[], ARRAY[]::int[]), \
                 k.conparentid <> 0 OR (NOT k.conislocal), {comment pg_constraint k} \
                 FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace \
                 WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND {user} \
                 AND NOT (k.contype = 'f' AND k.conparentid <> 0 AND EXISTS (SELECT FROM pg_catalog.pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)) \
                 AND (k.conrelid = 0 OR {among k.conrelid} AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = k.conrelid AND {free pg_class c}))",
            ),
            types: expand(&format!(
                "SELECT ty.oid, n.nspname::text, ty.typname::text, pg_catalog.pg_get_userbyid(ty.typowner)::text, ty.typacl::text[], {{comment pg_type ty}}, ty.typtype::text, \
                 (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = ty.oid), \
                 CASE WHEN ty.typtype = 'd' THEN pg_catalog.format_type(ty.typbasetype, ty.typtypmod) END, ty.typnotnull, \
                 coalesce(pg_catalog.pg_get_expr(ty.typdefaultbin, 0), CASE WHEN ty.typdefault IS NOT NULL THEN pg_catalog.quote_literal(ty.typdefault) END), \
                 CASE WHEN ty.typcollation <> 0 AND ty.typtype = 'd' AND ty.typcollation <> bt.typcollation THEN (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname) \
                   FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = ty.typcollation) END, \
                 CASE WHEN ty.typtype = 'c' THEN ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = ty.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) END, \
                 CASE WHEN ty.typtype = 'c' THEN ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a WHERE a.attrelid = ty.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) END, \
                 CASE WHEN ty.typtype = 'c' THEN ARRAY(SELECT CASE WHEN a.attcollation <> 0 AND a.attcollation <> at.typcollation THEN pg_catalog.format('%I.%I', cn.nspname, co.collname) END \
                   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type at ON at.oid = a.atttypid LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation \
                   LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE a.attrelid = ty.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) END, \
                 CASE WHEN ty.typtype = 'c' THEN ARRAY(SELECT pg_catalog.col_description(a.attrelid, a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = ty.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) END, \
                 CASE WHEN ty.typtype = 'c' THEN ARRAY(SELECT a.attnum::int FROM pg_catalog.pg_attribute a WHERE a.attrelid = ty.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) END, \
                 pg_catalog.format_type(r.rngsubtype, NULL), \
                 (SELECT pg_catalog.format('%I.%I', ocn.nspname, oc.opcname) FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_namespace ocn ON ocn.oid = oc.opcnamespace WHERE oc.oid = r.rngsubopc AND NOT oc.opcdefault), \
                 (SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname) FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace \
                    WHERE co.oid = r.rngcollation AND co.collname <> 'default'), \
                 CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::regproc::text END, CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text END, \
                 (SELECT mt.typname::text FROM pg_catalog.pg_type mt WHERE mt.oid = {multirange}), ty.typrelid \
                 FROM pg_catalog.pg_type ty JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = ty.oid \
                 LEFT JOIN pg_catalog.pg_type bt ON bt.oid = ty.typbasetype LEFT JOIN pg_catalog.pg_type el ON el.typarray = ty.oid \
                 WHERE {{user}} AND {{free pg_type ty}} AND {{among ty.oid}} AND (ty.typtype IN ('e', 'd', 'r') OR (ty.typtype IN ('b', 'p') AND el.oid IS NULL) \
                   OR (ty.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = ty.typrelid AND c.relkind = 'c')))",
                multirange = "r.rngmultitypid",
            )),
            functions: expand(&format!(
                "SELECT p.oid, n.nspname::text, p.proname::text, pg_catalog.pg_get_userbyid(p.proowner)::text, p.proacl::text[], {{comment pg_proc p}}, p.prokind::text, \
                 coalesce(nullif(pg_catalog.pg_get_function_identity_arguments(p.oid), ''), CASE WHEN p.prokind = 'a' THEN '*' ELSE '' END), \
                 pg_catalog.pg_get_function_arguments(p.oid) || ' -> ' || coalesce(pg_catalog.pg_get_function_result(p.oid), ''), l.lanname::text, \
                 CASE WHEN p.prokind = 'a' THEN {} ELSE pg_catalog.pg_get_functiondef(p.oid) END, p.proleakproof \
                 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
                 WHERE {{user}} AND {{free pg_proc p}} AND {{among p.oid}} \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')",
                aggregate()
            )),
            triggers: expand(
                "SELECT g.oid, g.tgname::text, g.tgrelid, pg_catalog.pg_get_triggerdef(g.oid), g.tgenabled::text, g.tgparentid <> 0, {comment pg_trigger g} \
                 FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE (NOT g.tgisinternal OR (g.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.oid = g.tgconstraint AND k.contype = 'f'))) AND {user} AND {among g.tgrelid} \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = g.tgfoid AND fn.nspname ~ '^backout_archive_')",
            ),
            rules: expand(
                "SELECT w.oid, w.rulename::text, w.ev_class, pg_catalog.pg_get_ruledef(w.oid), w.ev_enabled::text, {comment pg_rewrite w} \
                 FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE w.rulename <> '_RETURN' AND {user} AND {among w.ev_class}",
            ),
            policies: expand(
                "SELECT p.oid, p.polname::text, p.polrelid, p.polcmd::text, p.polpermissive, \
                 ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.oid = ANY (p.polroles) ORDER BY array_position(p.polroles, r.oid)), \
                 pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), {comment pg_policy p} \
                 FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {user} AND {among p.polrelid}",
            ),
            statistics: expand(
                "SELECT s.oid, n.nspname::text, s.stxname::text, pg_catalog.pg_get_userbyid(s.stxowner)::text, pg_catalog.pg_get_statisticsobjdef(s.oid), \
                 CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::int END, s.stxrelid, {comment pg_statistic_ext s} \
                 FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE {user} AND {among s.stxrelid}",
            ),
            publications: expand(
                "SELECT p.oid, p.pubname::text, pg_catalog.pg_get_userbyid(p.pubowner)::text, p.puballtables, \
                 concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, \
                   CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END), p.pubviaroot, {comment pg_publication p} \
                 FROM pg_catalog.pg_publication p",
            ),
            publication_tables: if pg15 {
                "SELECT m.oid, m.prpubid, m.prrelid, \
                 CASE WHEN m.prattrs IS NOT NULL THEN ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs::int2[]) ORDER BY a.attnum) END, \
                 pg_catalog.pg_get_expr(m.prqual, m.prrelid) FROM pg_catalog.pg_publication_rel m".to_owned()
            } else {
                "SELECT m.oid, m.prpubid, m.prrelid, NULL::text[], NULL::text FROM pg_catalog.pg_publication_rel m".to_owned()
            },
            publication_schemas: if pg15 {
                "SELECT m.oid, m.pnpubid, n.nspname::text FROM pg_catalog.pg_publication_namespace m JOIN pg_catalog.pg_namespace n ON n.oid = m.pnnspid".to_owned()
            } else {
                "SELECT 0::oid, 0::oid, ''::text WHERE false".to_owned()
            },
            event_triggers: expand(
                "SELECT e.oid, e.evtname::text, pg_catalog.pg_get_userbyid(e.evtowner)::text, e.evtevent::text, e.evtfoid::regproc::text, e.evtenabled::text, \
                 coalesce(e.evttags, ARRAY[]::text[]), {comment pg_event_trigger e} FROM pg_catalog.pg_event_trigger e WHERE {free pg_event_trigger e}",
            ),
            default_acls: "SELECT d.oid, pg_catalog.pg_get_userbyid(d.defaclrole)::text, n.nspname::text, d.defaclobjtype::text, d.defaclacl::text[] \
                 FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace".to_owned(),
            others: others(),
            dependencies: (!scoped).then_some(DEPENDENCIES),
            parts: (!scoped).then_some(PARTS),
            catalogs: (!scoped).then_some(CATALOGS),
        }
    }
}

impl Queries {
    /// Kinds that are not taken apart, of the catalogs that [`PRESENT`] found rows in. The server would plan all of them
    /// longer than it reads everything else of a small database, and hardly any has such rows.
    pub(super) fn others(&self, present: &str) -> String {
        let is_there = |catalog: &str| catalog.is_empty() || present.split(' ').any(|one| one == catalog);
        let parts = self.others.iter().filter(|(catalog, _)| is_there(catalog)).map(|(_, sql)| sql.as_str());
        parts.collect::<Vec<_>>().join(" UNION ALL ")
    }
}

/// The catalogs of [`others`] that have rows of their own in this database, by their names.
pub(super) fn present() -> String {
    let kinds = kinds();
    let own = kinds.iter().map(|kind| (kind.catalog, "oid >= 16384"));
    // Whoever makes a large object may choose its number.
    let all = own.chain([("pg_subscription", "true"), ("pg_largeobject_metadata", "true")]);
    let cases: Vec<String> = all
        .map(|(catalog, which)| {
            format!("(SELECT '{catalog}' WHERE EXISTS (SELECT FROM pg_catalog.{catalog} WHERE {which}))")
        })
        .collect();
    format!("SELECT pg_catalog.concat_ws(' ', {})", cases.join(", "))
}

/// Kinds that are not taken apart: a digest of the catalog row each, and the statements that make it, where they are
/// known. Then those stand for it, as they name what the row has by number. Each by the catalog without which there are
/// none.
fn others() -> Vec<(&'static str, String)> {
    let mut parts: Vec<(&'static str, String)> = kinds().iter().map(|kind| (kind.catalog, kind.query())).collect();
    // pg_user_mapping and pg_subscription are closed to ordinary users; their public parts are enough. A large object
    // is one of pg_largeobject, for who names it.
    for (needs, catalog, class, select) in [
        (
            "pg_foreign_server",
            "pg_user_mapping",
            "pg_user_mapping",
            "SELECT x.umid, md5(ROW(x.srvid, x.umuser, x.umoptions)::text), NULL::text, NULL::text, NULL::text[], NULL::text FROM pg_catalog.pg_user_mappings x",
        ),
        (
            "pg_subscription",
            "pg_subscription",
            "pg_subscription",
            "SELECT x.oid, md5(ROW(x.subenabled, x.subpublications)::text), pg_catalog.pg_get_userbyid(x.subowner)::text, pg_catalog.obj_description(x.oid, 'pg_subscription'), NULL::text[], x.subname::text \
             FROM pg_catalog.pg_subscription x WHERE x.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
        ),
        (
            "pg_largeobject_metadata",
            "pg_largeobject_metadata",
            "pg_largeobject",
            "SELECT x.oid, ''::text, pg_catalog.pg_get_userbyid(x.lomowner)::text, pg_catalog.obj_description(x.oid, 'pg_largeobject'), x.lomacl::text[], NULL::text FROM pg_catalog.pg_largeobject_metadata x",
        ),
        (
            "",
            "pg_database",
            "pg_database",
            "SELECT x.oid, md5(ROW(x.datistemplate, x.datallowconn, x.datconnlimit, x.dattablespace)::text), pg_catalog.pg_get_userbyid(x.datdba)::text, \
             pg_catalog.shobj_description(x.oid, 'pg_database'), x.datacl::text[], x.datname::text FROM pg_catalog.pg_database x WHERE x.datname = current_database()",
        ),
    ] {
        let sql = format!(
            "SELECT '{catalog}'::text, y.oid, y.digest, i.type, i.identity, ARRAY[]::text[], NULL::text, y.owner, y.comment, y.acl, y.bare \
             FROM ({select}) y (oid, digest, owner, comment, acl, bare), {}",
            identified(class, "y.oid")
        );
        parts.push((needs, sql));
    }
    parts.push((
        "",
        "SELECT 'pg_db_role_setting', s.setrole, array_to_string(s.setconfig, E'\\n'), 'database setting', \
         CASE WHEN s.setrole = 0 THEN 'all roles' ELSE 'role ' || pg_catalog.pg_get_userbyid(s.setrole) END, ARRAY[]::text[], NULL::text, NULL::text, NULL::text, NULL::text[], NULL::text \
         FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
            .to_owned(),
    ));
    parts
}

fn identified(catalog: &str, oid: &str) -> String {
    format!("LATERAL pg_catalog.pg_identify_object('pg_catalog.{catalog}'::regclass, {oid}, 0) i")
}

fn kinds() -> Vec<Kind> {
    vec![
        Kind {
            owner: "oprowner",
            made: operator(),
            ..Kind::of("pg_operator", "oprleft, oprright, oprresult, oprcode, oprrest, oprjoin, oprcom, oprnegate, oprcanmerge, oprcanhash")
        },
        Kind {
            owner: "opcowner",
            bare: "opcname",
            made: operator_class(),
            ..Kind::of("pg_opclass", "opcmethod, opcfamily, opcintype, opcdefault, opckeytype")
        },
        Kind {
            owner: "opfowner",
            bare: "opfname",
            made: "'CREATE OPERATOR FAMILY ' || i.identity".to_owned(),
            ..Kind::of("pg_opfamily", "opfmethod")
        },
        // Those that are no part of a class, and of no extension's family.
        Kind {
            made: format!("{} || {OPERATOR_OF_FAMILY}", add_to_family("amopfamily")),
            of_family: "amopfamily",
            ..Kind::of("pg_amop", "amopfamily, amoplefttype, amoprighttype, amopstrategy, amopopr")
        },
        Kind {
            made: format!("{} || {FUNCTION_OF_FAMILY}", add_to_family("amprocfamily")),
            of_family: "amprocfamily",
            ..Kind::of("pg_amproc", "amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc")
        },
        Kind {
            made: "pg_catalog.format('CREATE CAST %s %s%s', i.identity, \
                   CASE x.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || x.castfunc::regprocedure::text WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END, \
                   CASE x.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END)"
                .to_owned(),
            ..Kind::of("pg_cast", "castsource, casttarget, castfunc, castcontext, castmethod")
        },
        Kind {
            owner: "collowner",
            bare: "collname",
            made: collation(),
            ..Kind::of("pg_collation", "collprovider, collisdeterministic, collcollate, collctype")
        },
        Kind {
            owner: "conowner",
            bare: "conname",
            made: "pg_catalog.format('CREATE %sCONVERSION %s FOR %L TO %L FROM %s', CASE WHEN x.condefault THEN 'DEFAULT ' ELSE '' END, i.identity, \
                   pg_catalog.pg_encoding_to_char(x.conforencoding), pg_catalog.pg_encoding_to_char(x.contoencoding), x.conproc::regproc::text)"
                .to_owned(),
            ..Kind::of("pg_conversion", "conforencoding, contoencoding, conproc, condefault")
        },
        Kind {
            owner: "lanowner",
            bare: "lanname",
            acl: "lanacl",
            made: "pg_catalog.format('CREATE %sLANGUAGE %s HANDLER %s%s%s', CASE WHEN x.lanpltrusted THEN 'TRUSTED ' ELSE '' END, i.identity, x.lanplcallfoid::regproc::text, \
                   ' INLINE ' || nullif(x.laninline, 0)::regproc::text, ' VALIDATOR ' || nullif(x.lanvalidator, 0)::regproc::text)"
                .to_owned(),
            ..Kind::of("pg_language", "lanpltrusted, lanplcallfoid, laninline, lanvalidator")
        },
        Kind {
            bare: "amname",
            made: "pg_catalog.format('CREATE ACCESS METHOD %s TYPE %s HANDLER %s', i.identity, CASE x.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, x.amhandler::text)"
                .to_owned(),
            ..Kind::of("pg_am", "amhandler, amtype")
        },
        Kind {
            made: "(SELECT pg_catalog.format('CREATE TRANSFORM FOR %s LANGUAGE %I (%s)', pg_catalog.format_type(x.trftype, NULL), l.lanname, pg_catalog.concat_ws(', ', \
                   'FROM SQL WITH FUNCTION ' || nullif(x.trffromsql::oid, 0)::regprocedure::text, 'TO SQL WITH FUNCTION ' || nullif(x.trftosql::oid, 0)::regprocedure::text)) \
                   FROM pg_catalog.pg_language l WHERE l.oid = x.trflang)"
                .to_owned(),
            ..Kind::of("pg_transform", "trftype, trflang, trffromsql, trftosql")
        },
        Kind {
            owner: "cfgowner",
            bare: "cfgname",
            made: text_search_configuration(),
            ..Kind::of(
                "pg_ts_config",
                "cfgparser, ARRAY(SELECT (m.maptokentype, m.mapseqno, m.mapdict)::text FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = x.oid ORDER BY 1)",
            )
        },
        Kind {
            owner: "dictowner",
            bare: "dictname",
            made: "(SELECT pg_catalog.format('CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %I.%I%s)', i.identity, tn.nspname, t.tmplname, coalesce(', ' || x.dictinitoption, '')) \
                   FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace WHERE t.oid = x.dicttemplate)"
                .to_owned(),
            ..Kind::of("pg_ts_dict", "dicttemplate, dictinitoption")
        },
        Kind {
            bare: "prsname",
            made: "pg_catalog.format('CREATE TEXT SEARCH PARSER %s (START = %s, GETTOKEN = %s, END = %s%s, LEXTYPES = %s)', i.identity, x.prsstart::text, x.prstoken::text, x.prsend::text, \
                   coalesce(', HEADLINE = ' || nullif(x.prsheadline::oid, 0)::regproc::text, ''), x.prslextype::text)"
                .to_owned(),
            ..Kind::of("pg_ts_parser", "prsstart, prstoken, prsend, prsheadline, prslextype")
        },
        Kind {
            bare: "tmplname",
            made: "pg_catalog.format('CREATE TEXT SEARCH TEMPLATE %s (%sLEXIZE = %s)', i.identity, coalesce('INIT = ' || nullif(x.tmplinit::oid, 0)::regproc::text || ', ', ''), x.tmpllexize::text)"
                .to_owned(),
            ..Kind::of("pg_ts_template", "tmplinit, tmpllexize")
        },
        Kind {
            owner: "fdwowner",
            bare: "fdwname",
            acl: "fdwacl",
            ..Kind::of("pg_foreign_data_wrapper", "fdwhandler, fdwvalidator, fdwoptions")
        },
        Kind {
            owner: "srvowner",
            bare: "srvname",
            acl: "srvacl",
            ..Kind::of("pg_foreign_server", "srvfdw, srvtype, srvversion, srvoptions")
        },
    ]
}

/// How a kind is read that is not taken apart. Columns of its catalog; what it does not have is empty.
struct Kind {
    catalog: &'static str,
    /// What makes it another, apart from its name, owner, privileges and comment.
    digest: &'static str,
    owner: &'static str,
    bare: &'static str,
    acl: &'static str,
    /// An expression: the statement that makes it.
    made: String,
    /// The operator family that it is a member of.
    of_family: &'static str,
}

impl Kind {
    /// All objects of the kind.
    fn query(&self) -> String {
        let Kind { catalog, digest, owner, bare, acl, made, of_family } = self;
        let column = |name: &str, data_type: &str| match name {
            "" => format!("NULL::{data_type}"),
            name => format!("x.{name}::{data_type}"),
        };
        let owner = match *owner {
            "" => "NULL::text".to_owned(),
            owner => format!("pg_catalog.pg_get_userbyid(x.{owner})::text"),
        };
        let made = if made.is_empty() { "NULL" } else { made };
        let free = match *of_family {
            "" => String::new(),
            family => format!(
                "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend f WHERE f.classid = 'pg_catalog.pg_opfamily'::regclass AND f.objid = x.{family} AND f.deptype = 'e')"
            ),
        };
        expand(
            &format!(
                "SELECT '{catalog}'::text, x.oid, md5(ROW({digest})::text), i.type, i.identity, pg_catalog.array_remove(ARRAY[{made}]::text[], NULL), (pg_catalog.parse_ident(i.schema))[1], \
                 {owner}, pg_catalog.obj_description(x.oid, '{catalog}'), {}, {} \
                 FROM pg_catalog.{catalog} x, {} WHERE x.oid >= 16384 AND {{free {catalog} x}} \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = x.oid AND d.deptype = 'i') {free}",
                column(acl, "text[]"),
                column(bare, "text"),
                identified(catalog, "x.oid")
            ),
            false,
        )
    }

    fn of(catalog: &'static str, digest: &'static str) -> Kind {
        Kind { catalog, digest, owner: "", bare: "", acl: "", made: String::new(), of_family: "" }
    }
}

/// `OPERATOR 1 <(integer, bigint)`, of a row of pg_amop that is called x.
const OPERATOR_OF_FAMILY: &str = "(SELECT pg_catalog.format('OPERATOR %s %I.%s (%s, %s)%s', x.amopstrategy, n.nspname, o.oprname, pg_catalog.format_type(x.amoplefttype, NULL), \
       pg_catalog.format_type(x.amoprighttype, NULL), ' FOR ORDER BY ' || (SELECT pg_catalog.format('%I.%I', sn.nspname, s.opfname) FROM pg_catalog.pg_opfamily s \
         JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = x.amopsortfamily)) \
     FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = x.amopopr)";

/// `FUNCTION 1 (integer, bigint) f(integer, bigint)`, of a row of pg_amproc that is called x.
const FUNCTION_OF_FAMILY: &str = "pg_catalog.format('FUNCTION %s (%s, %s) %s', x.amprocnum, pg_catalog.format_type(x.amproclefttype, NULL), \
     pg_catalog.format_type(x.amprocrighttype, NULL), x.amproc::oid::regprocedure::text)";

fn add_to_family(family: &str) -> String {
    format!(
        "(SELECT 'ALTER OPERATOR FAMILY ' || f.identity || ' ADD ' FROM pg_catalog.pg_identify_object('pg_catalog.pg_opfamily'::regclass, x.{family}, 0) f)"
    )
}

/// A class with the members that are parts of it.
fn operator_class() -> String {
    let members = |catalog: &str, written: &str| {
        format!(
            "SELECT {written} FROM pg_catalog.{catalog} x JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.{catalog}'::regclass AND p.objid = x.oid \
             WHERE p.refclassid = 'pg_catalog.pg_opclass'::regclass AND p.refobjid = k.oid AND p.deptype = 'i'"
        )
    };
    format!(
        "(SELECT pg_catalog.format('CREATE OPERATOR CLASS %I.%I%s FOR TYPE %s USING %I FAMILY %s AS %s', kn.nspname, k.opcname, CASE WHEN k.opcdefault THEN ' DEFAULT' ELSE '' END, \
           pg_catalog.format_type(k.opcintype, NULL), am.amname, (SELECT pg_catalog.format('%I.%I', fn.nspname, f.opfname) FROM pg_catalog.pg_opfamily f \
             JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace WHERE f.oid = k.opcfamily), \
           (SELECT pg_catalog.string_agg(m.text, ', ' ORDER BY m.place, m.text) FROM (SELECT 1, 'STORAGE ' || pg_catalog.format_type(coalesce(nullif(k.opckeytype, 0), k.opcintype), NULL) \
             WHERE k.opckeytype <> 0 OR NOT EXISTS ({operators}) AND NOT EXISTS ({functions}) \
             UNION ALL SELECT 2, o.* FROM ({operators}) o UNION ALL SELECT 3, f.* FROM ({functions}) f) m (place, text))) \
         FROM pg_catalog.pg_opclass k JOIN pg_catalog.pg_namespace kn ON kn.oid = k.opcnamespace JOIN pg_catalog.pg_am am ON am.oid = k.opcmethod WHERE k.oid = x.oid)",
        operators = members("pg_amop", OPERATOR_OF_FAMILY),
        functions = members("pg_amproc", FUNCTION_OF_FAMILY),
    )
}

fn operator() -> String {
    // An operator's own schema and name: the identity has its arguments as well.
    let name = |column: &str| {
        format!(
            "(SELECT pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = x.{column})"
        )
    };
    let option = |word: &str, value: String| format!("coalesce(', {word} = ' || {value}, '')");
    let type_of = |column: &str| format!("pg_catalog.format_type(nullif(x.{column}, 0), NULL)");
    let function = |column: &str| format!("nullif(x.{column}, 0)::regproc::text");
    format!(
        "(SELECT pg_catalog.format('CREATE OPERATOR %I.%s (FUNCTION = %s', n.nspname, x.oprname, x.oprcode::text) FROM pg_catalog.pg_namespace n WHERE n.oid = x.oprnamespace) \
         || {} || {} || {} || {} || {} || {} || CASE WHEN x.oprcanhash THEN ', HASHES' ELSE '' END || CASE WHEN x.oprcanmerge THEN ', MERGES' ELSE '' END || ')'",
        option("LEFTARG", type_of("oprleft")),
        option("RIGHTARG", type_of("oprright")),
        option("COMMUTATOR", name("oprcom")),
        option("NEGATOR", name("oprnegate")),
        option("RESTRICT", function("oprrest::oid")),
        option("JOIN", function("oprjoin::oid")),
    )
}

/// The columns for locales have other names from version to version.
fn collation() -> String {
    "(SELECT pg_catalog.format('CREATE COLLATION %s (PROVIDER = %s%s%s)', i.identity, \
       CASE j.c ->> 'collprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END, \
       CASE WHEN j.c ->> 'collprovider' = 'c' THEN pg_catalog.format(', LC_COLLATE = %L, LC_CTYPE = %L', j.c ->> 'collcollate', j.c ->> 'collctype') \
       ELSE pg_catalog.format(', LOCALE = %L', coalesce(j.c ->> 'colllocale', j.c ->> 'colliculocale', j.c ->> 'collcollate')) \
         || CASE WHEN j.c ->> 'collicurules' <> '' THEN pg_catalog.format(', RULES = %L', j.c ->> 'collicurules') ELSE '' END END, \
       CASE WHEN x.collisdeterministic THEN '' ELSE ', DETERMINISTIC = false' END) FROM (SELECT pg_catalog.to_jsonb(x)) j (c))"
        .to_owned()
}

fn text_search_configuration() -> String {
    "(SELECT pg_catalog.format('CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %I.%I)', i.identity, pn.nspname, p.prsname) \
       FROM pg_catalog.pg_ts_parser p JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace WHERE p.oid = x.cfgparser) \
     || coalesce((SELECT pg_catalog.string_agg(pg_catalog.format('; ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %I WITH %s', i.identity, m.alias, m.dicts), '' ORDER BY m.alias) \
       FROM (SELECT t.alias, pg_catalog.string_agg(pg_catalog.format('%I.%I', dn.nspname, d.dictname), ', ' ORDER BY m.mapseqno) AS dicts \
         FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.pg_ts_dict d ON d.oid = m.mapdict JOIN pg_catalog.pg_namespace dn ON dn.oid = d.dictnamespace, \
         LATERAL pg_catalog.ts_token_type(x.cfgparser) t WHERE m.mapcfg = x.oid AND t.tokid = m.maptokentype GROUP BY t.alias) m), '')"
        .to_owned()
}

/// The definition of an aggregate, which no function of the server prints.
fn aggregate() -> String {
    let function =
        |word: &str, column: &str| format!("coalesce(', {word} = ' || nullif(a.{column}::oid, 0)::regproc::text, '')");
    let number =
        |word: &str, column: &str| format!("CASE WHEN a.{column} > 0 THEN ', {word} = ' || a.{column} ELSE '' END");
    let modify = |word: &str, column: &str, of: &str| {
        format!(
            "CASE WHEN a.{of}::oid = 0 OR a.{column} = CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN '' ELSE ', {word} = ' || \
             CASE a.{column} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END"
        )
    };
    let parts = [
        function("FINALFUNC", "aggfinalfn"),
        "CASE WHEN a.aggfinalextra THEN ', FINALFUNC_EXTRA' ELSE '' END".to_owned(),
        modify("FINALFUNC_MODIFY", "aggfinalmodify", "aggfinalfn"),
        number("SSPACE", "aggtransspace"),
        function("COMBINEFUNC", "aggcombinefn"),
        function("SERIALFUNC", "aggserialfn"),
        function("DESERIALFUNC", "aggdeserialfn"),
        "coalesce(', INITCOND = ' || pg_catalog.quote_literal(a.agginitval), '')".to_owned(),
        function("MSFUNC", "aggmtransfn"),
        function("MINVFUNC", "aggminvtransfn"),
        "coalesce(', MSTYPE = ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), NULL), '')".to_owned(),
        number("MSSPACE", "aggmtransspace"),
        function("MFINALFUNC", "aggmfinalfn"),
        "CASE WHEN a.aggmfinalextra THEN ', MFINALFUNC_EXTRA' ELSE '' END".to_owned(),
        modify("MFINALFUNC_MODIFY", "aggmfinalmodify", "aggmfinalfn"),
        "coalesce(', MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval), '')".to_owned(),
        "coalesce((SELECT pg_catalog.format(', SORTOP = OPERATOR(%I.%s)', n2.nspname, o.oprname) FROM pg_catalog.pg_operator o \
         JOIN pg_catalog.pg_namespace n2 ON n2.oid = o.oprnamespace WHERE o.oid = a.aggsortop), '')"
            .to_owned(),
        "CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END".to_owned(),
        "CASE a.aggkind WHEN 'h' THEN ', HYPOTHETICAL' ELSE '' END".to_owned(),
    ];
    format!(
        "(SELECT pg_catalog.format('CREATE AGGREGATE %I.%I(%s) (SFUNC = %s, STYPE = %s', n.nspname, p.proname, \
         coalesce(nullif(pg_catalog.pg_get_function_arguments(p.oid), ''), '*'), a.aggtransfn::text, pg_catalog.format_type(a.aggtranstype, NULL)) \
         || {} || ')' FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid)",
        parts.join(" || ")
    )
}

/// Raw edges among user objects; the reader replaces the parts that nobody names by what they are
/// parts of, which is far cheaper there than here.
const DEPENDENCIES: &str = "SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype::text \
     FROM pg_catalog.pg_depend d WHERE d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 'pg_catalog.pg_namespace'::regclass) \
     AND d.deptype IN ('n', 'a', 'i', 'P', 'S', 'e')";

/// Rules of views, row types, array types, multiranges and the functions that make ranges, with what they are parts of.
const PARTS: &str = "SELECT 'pg_rewrite'::regclass::oid, w.oid, 'pg_class'::regclass::oid, w.ev_class FROM pg_catalog.pg_rewrite w WHERE w.rulename = '_RETURN' AND w.oid >= 16384 \
     UNION ALL SELECT 'pg_type'::regclass, ty.oid, 'pg_class'::regclass, ty.typrelid FROM pg_catalog.pg_type ty JOIN pg_catalog.pg_class c ON c.oid = ty.typrelid WHERE c.relkind <> 'c' AND ty.oid >= 16384 \
     UNION ALL SELECT 'pg_class'::regclass, c.oid, 'pg_type'::regclass, c.reltype FROM pg_catalog.pg_class c WHERE c.relkind = 'c' AND c.oid >= 16384 \
     UNION ALL SELECT 'pg_type'::regclass, ty.typarray, 'pg_type'::regclass, ty.oid FROM pg_catalog.pg_type ty WHERE ty.typarray >= 16384 \
     UNION ALL SELECT 'pg_type'::regclass, r.rngmultitypid, 'pg_type'::regclass, r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngmultitypid >= 16384 \
     UNION ALL SELECT d.classid, d.objid, d.refclassid, d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i' AND d.objid >= 16384";

/// The object ids of the system catalogs themselves.
const CATALOGS: &str = "SELECT c.oid, c.relname::text FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'";
