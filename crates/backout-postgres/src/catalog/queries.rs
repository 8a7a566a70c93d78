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
    pub others: String,
    pub dependencies: &'static str,
    pub parts: &'static str,
    pub catalogs: &'static str,
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
                 CASE WHEN am.amname <> 'heap' THEN am.amname::text END, ts.spcname::text, c.relreplident::text, c.relrowsecurity, c.relforcerowsecurity, \
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
                 {target}, CASE WHEN a.attoptions IS NULL THEN ARRAY[]::text[] ELSE ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\\_%') END, a.attislocal, a.attinhcount > 0, {not_null_name} \
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid \
                 LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum \
                 LEFT JOIN pg_catalog.pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = a.attnum \
                 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {{user}} AND {{among a.attrelid}}",
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
            constraints: expand(
                "SELECT k.oid, k.conname::text, k.contype::text, k.conrelid, k.contypid, k.conindid, k.confrelid, pg_catalog.pg_get_constraintdef(k.oid), \
                 k.convalidated, k.condeferrable, coalesce(k.conkey::int[], ARRAY[]::int[]), coalesce(k.confkey::int[], ARRAY[]::int[]), \
                 k.conparentid <> 0 OR (NOT k.conislocal), {comment pg_constraint k} \
                 FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace \
                 WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND {user} \
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
            functions: expand(
                "SELECT p.oid, n.nspname::text, p.proname::text, pg_catalog.pg_get_userbyid(p.proowner)::text, p.proacl::text[], {comment pg_proc p}, p.prokind::text, \
                 pg_catalog.pg_get_function_identity_arguments(p.oid), \
                 pg_catalog.pg_get_function_arguments(p.oid) || ' -> ' || coalesce(pg_catalog.pg_get_function_result(p.oid), ''), l.lanname::text, \
                 CASE WHEN p.prokind = 'a' THEN (SELECT md5(a::text) FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid) ELSE pg_catalog.pg_get_functiondef(p.oid) END, p.proleakproof \
                 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
                 WHERE {user} AND {free pg_proc p} AND {among p.oid} \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')",
            ),
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
            dependencies: DEPENDENCIES,
            parts: PARTS,
            catalogs: CATALOGS,
        }
    }
}

/// Kinds that are noticed but not taken apart: one digest of the catalog row each.
fn others() -> String {
    // (catalog, digest of a row, extra filter)
    let kinds = [
        (
            "pg_operator",
            "oprowner, oprleft, oprright, oprresult, oprcode, oprrest, oprjoin, oprcom, oprnegate, oprcanmerge, oprcanhash",
        ),
        ("pg_opclass", "opcowner, opcmethod, opcfamily, opcintype, opcdefault, opckeytype"),
        ("pg_opfamily", "opfowner, opfmethod"),
        ("pg_amop", "amopfamily, amoplefttype, amoprighttype, amopstrategy, amopopr"),
        ("pg_amproc", "amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc"),
        ("pg_cast", "castsource, casttarget, castfunc, castcontext, castmethod"),
        ("pg_collation", "collowner, collprovider, collisdeterministic, collcollate, collctype"),
        ("pg_conversion", "conowner, conforencoding, contoencoding, conproc, condefault"),
        ("pg_language", "lanowner, lanpltrusted, lanplcallfoid, laninline, lanvalidator, lanacl"),
        ("pg_am", "amhandler, amtype"),
        ("pg_transform", "trftype, trflang, trffromsql, trftosql"),
        (
            "pg_ts_config",
            "cfgowner, cfgparser, ARRAY(SELECT (m.maptokentype, m.mapseqno, m.mapdict)::text FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = x.oid ORDER BY 1)",
        ),
        ("pg_ts_dict", "dictowner, dicttemplate, dictinitoption"),
        ("pg_ts_parser", "prsstart, prstoken, prsend, prsheadline, prslextype"),
        ("pg_ts_template", "tmplinit, tmpllexize"),
        ("pg_foreign_data_wrapper", "fdwowner, fdwhandler, fdwvalidator, fdwacl, fdwoptions"),
        ("pg_foreign_server", "srvowner, srvfdw, srvtype, srvversion, srvacl, srvoptions"),
    ];
    let mut parts: Vec<String> = kinds
        .iter()
        .map(|(catalog, digest)| {
            let every = |template: &str| expand(template, false);
            every(&format!(
                "SELECT '{catalog}'::text, x.oid, md5(ROW({digest})::text) FROM pg_catalog.{catalog} x WHERE x.oid >= 16384 AND {{free {catalog} x}}"
            ))
        })
        .collect();
    // pg_user_mapping and pg_subscription are closed to ordinary users; their public parts are enough.
    parts.push("SELECT 'pg_user_mapping'::text, x.umid, md5(ROW(x.srvid, x.umuser, x.umoptions)::text) FROM pg_catalog.pg_user_mappings x".to_owned());
    parts.push("SELECT 'pg_subscription'::text, x.oid, md5(ROW(x.subowner, x.subenabled, x.subpublications)::text) FROM pg_catalog.pg_subscription x WHERE x.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())".to_owned());
    parts.push("SELECT 'pg_largeobject_metadata'::text, x.oid, md5(ROW(x.lomowner, x.lomacl)::text) FROM pg_catalog.pg_largeobject_metadata x".to_owned());
    let union = parts.join(" UNION ALL ");
    format!(
        "SELECT o.catalog, o.oid, o.digest, i.type, i.identity FROM ({union}) o (catalog, oid, digest), \
         LATERAL pg_catalog.pg_identify_object(('pg_catalog.' || o.catalog)::regclass, o.oid, 0) i \
         UNION ALL SELECT 'pg_db_role_setting', s.setrole, array_to_string(s.setconfig, E'\\n'), 'database setting', \
         CASE WHEN s.setrole = 0 THEN 'all roles' ELSE 'role ' || pg_catalog.pg_get_userbyid(s.setrole) END \
         FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
    )
}

/// Raw edges among user objects; the reader replaces the parts that nobody names by what they are
/// parts of, which is far cheaper there than here.
const DEPENDENCIES: &str = "SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype::text \
     FROM pg_catalog.pg_depend d WHERE d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 'pg_catalog.pg_namespace'::regclass) \
     AND d.deptype IN ('n', 'a', 'i', 'P', 'S', 'e')";

/// Rules of views, row types, array types and multiranges with what they are parts of.
const PARTS: &str = "SELECT 'pg_rewrite'::regclass::oid, w.oid, 'pg_class'::regclass::oid, w.ev_class FROM pg_catalog.pg_rewrite w WHERE w.rulename = '_RETURN' AND w.oid >= 16384 \
     UNION ALL SELECT 'pg_type'::regclass, ty.oid, 'pg_class'::regclass, ty.typrelid FROM pg_catalog.pg_type ty JOIN pg_catalog.pg_class c ON c.oid = ty.typrelid WHERE c.relkind <> 'c' AND ty.oid >= 16384 \
     UNION ALL SELECT 'pg_class'::regclass, c.oid, 'pg_type'::regclass, c.reltype FROM pg_catalog.pg_class c WHERE c.relkind = 'c' AND c.oid >= 16384 \
     UNION ALL SELECT 'pg_type'::regclass, ty.typarray, 'pg_type'::regclass, ty.oid FROM pg_catalog.pg_type ty WHERE ty.typarray >= 16384 \
     UNION ALL SELECT 'pg_type'::regclass, r.rngmultitypid, 'pg_type'::regclass, r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngmultitypid >= 16384";

/// The object ids of the system catalogs themselves.
const CATALOGS: &str = "SELECT c.oid, c.relname::text FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'";
