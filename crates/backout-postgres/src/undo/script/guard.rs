//! What a script is bound to: the database, the record of the migration, and the tables as they were when it was written.
//!
//! Must not know: what the undo does.

use super::words::text as quoted;
use super::{Undo, text};
use crate::session::{DatabaseError, Session};
use crate::store::{IDS, RUN_LOCK, Record, State};
use backout_schema::{Catalog, Class, Detail, ObjectId};

/// The digest of what undoing needs, in the record `m`.
pub(super) const RECORDED: &str = "pg_catalog.md5(coalesce(m.inverse, ''))";

/// Triggers of Backout's own that a killed run has left.
pub(super) const SWEEP: &str = "DECLARE one text;
BEGIN
  FOR one IN SELECT format('%I.%I()', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname ~ '^backout_archive_' AND p.proname ~ '^backout_rows_' AND pg_has_role(p.proowner, 'USAGE') LOOP
    EXECUTE 'DROP FUNCTION IF EXISTS ' || one || ' CASCADE';
  END LOOP;
END";

const RELATION: &str = "SELECT md5(concat_ws(';', n.nspname, c.relname, c.relkind, c.relowner::regrole, c.relacl, c.relrowsecurity, c.relforcerowsecurity,
      c.relpersistence, c.reloptions, pg_get_expr(c.relpartbound, c.oid), CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
      CASE WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END,
      (SELECT concat_ws(',', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle) FROM pg_sequence s WHERE s.seqrelid = c.oid),
      (SELECT string_agg(concat_ws(',', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
         a.attcollation, a.attacl, pg_get_expr(d.adbin, d.adrelid)), ';' ORDER BY a.attnum)
       FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
      (SELECT string_agg(concat_ws(',', o.conrelid, o.conname, pg_get_constraintdef(o.oid), o.convalidated), ';' ORDER BY o.conrelid, o.conname)
       FROM pg_constraint o WHERE o.conrelid = c.oid OR o.confrelid = c.oid),
      (SELECT string_agg(concat_ws(',', pg_get_indexdef(i.indexrelid), i.indisvalid), ';' ORDER BY i.indexrelid) FROM pg_index i WHERE i.indrelid = c.oid),
      (SELECT string_agg(concat_ws(',', pg_get_triggerdef(t.oid), t.tgenabled), ';' ORDER BY t.tgname) FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
      (SELECT string_agg(pg_get_ruledef(r.oid), ';' ORDER BY r.rulename) FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'),
      (SELECT string_agg(concat_ws(',', p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)), ';'
         ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = c.oid),
      (SELECT string_agg(concat_ws(',', h.inhrelid, h.inhparent), ';' ORDER BY h.inhrelid, h.inhparent) FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)),
      (SELECT string_agg(DISTINCT r.ev_class::text, ';') FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
       WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND r.ev_class <> c.oid)))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = k.id";

const FUNCTION: &str = "SELECT md5(concat_ws(';', p.pronamespace::regnamespace, p.proname, p.proowner::regrole, p.proacl, p.prokind, p.prosrc, p.probin, p.proconfig,
      p.provolatile, p.prosecdef, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid))) FROM pg_proc p WHERE p.oid = k.id";

const TYPE: &str = "SELECT md5(concat_ws(';', t.typnamespace::regnamespace, t.typname, t.typowner::regrole, t.typacl, t.typtype, t.typnotnull, t.typdefault, format_type(t.typbasetype, t.typtypmod),
      (SELECT string_agg(e.enumlabel, ';' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
      (SELECT string_agg(concat_ws(',', o.conname, pg_get_constraintdef(o.oid), o.convalidated), ';' ORDER BY o.conname) FROM pg_constraint o WHERE o.contypid = t.oid)))
    FROM pg_type t WHERE t.oid = k.id";

/// How the objects of a class are looked at.
fn digest_of(class: Class) -> Option<String> {
    match class {
        Class::Relation => Some(RELATION.to_owned()),
        Class::Function => Some(FUNCTION.to_owned()),
        Class::Type => Some(TYPE.to_owned()),
        // It has no id of its own.
        Class::DatabaseSetting | Class::Database => None,
        _ => Some(format!("SELECT 'is there' FROM {} x WHERE x.oid = k.id", class.catalog())),
    }
}

/// An object as it was when the script was written.
#[derive(Debug)]
pub(super) struct Shape {
    class: Class,
    oid: u32,
    identity: String,
    digest: String,
}

/// Looks at these, as far as they are there.
pub(super) async fn shapes(
    session: &Session,
    now: &Catalog,
    ids: &[ObjectId],
    texts: &str,
) -> Result<Vec<Shape>, DatabaseError> {
    session.batch(&format!("BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; {texts}")).await?;
    let mut shapes = Vec::new();
    for id in ids.iter().filter(|id| now.contains(**id)) {
        let Some(digest) = digest_of(id.class) else { continue };
        let found = session.scalar(&format!("SELECT ({digest}) FROM (SELECT {}::oid AS id) k", id.oid)).await?;
        let identity = now.identity(*id);
        shapes.extend(found.map(|digest| Shape { class: id.class, oid: id.oid, identity, digest }));
    }
    session.batch("COMMIT").await?;
    Ok(shapes)
}

/// Code that fails where one of them is not what it was.
pub(super) fn unchanged(shapes: &[Shape]) -> Option<String> {
    let mut classes: Vec<Class> = shapes.iter().map(|shape| shape.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let looks: Vec<String> = classes
        .into_iter()
        .filter_map(|class| Some((class, digest_of(class)?)))
        .map(|(class, digest)| {
            let of_class = shapes.iter().filter(|shape| shape.class == class);
            let known: Vec<String> = of_class
                .map(|shape| {
                    format!("    ({}::oid, {}, {})", shape.oid, quoted(&shape.identity), quoted(&shape.digest))
                })
                .collect();
            format!(
                "SELECT k.what FROM (VALUES\n{}) AS k (id, what, was) WHERE k.was IS DISTINCT FROM (\n    {digest})",
                known.join(",\n")
            )
        })
        .collect();
    let all = looks.join("\n  UNION ALL ");
    (!looks.is_empty()).then(|| {
        format!(
            "DECLARE other text;\nBEGIN\n  SELECT string_agg(u.what, ', ') INTO other FROM (\n  {all}) u;\n  \
             IF other IS NOT NULL THEN RAISE EXCEPTION USING MESSAGE = 'changed since this script was written: ' || other,\n    \
             HINT = 'Nothing was done. psql -v accept_changes=1 goes on all the same.'; END IF;\nEND"
        )
    })
}

/// Code that fails where tables that the undo brings back or changes do not have the columns that they should have, or
/// new ones are still there.
pub(super) fn arrived(undo: &Undo, roots: &std::collections::BTreeSet<ObjectId>) -> Option<String> {
    let (now, then) = (&undo.now, &undo.then);
    let (mut columns, mut tables, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for id in roots.iter().filter(|id| id.class == Class::Relation) {
        let object = then.get(*id).filter(|_| !then.is_ours(*id));
        let Some((object, schema)) = object.and_then(|o| Some((o, o.schema.as_ref()?))) else {
            let left = now.get(*id).filter(|o| !now.is_ours(*id) && o.parent.is_none());
            let named = left.and_then(|o| Some((o.schema.as_ref()?, &o.name)));
            // Another one may have its name then.
            gone.extend(
                named
                    .filter(|(schema, name)| then.relation(schema, name).is_none())
                    .map(|(schema, name)| format!("({})", quoted(&backout_schema::qualified(schema, name)))),
            );
            continue;
        };
        if object.parent.is_some() || then.columns(*id).is_empty() {
            continue;
        }
        tables.push(format!("({}, {})", quoted(schema), quoted(&object.name)));
        for column in then.columns(*id) {
            let Detail::Column(of) = &column.detail else { continue };
            let words = [schema, &object.name, &column.name, &of.data_type].map(|word| quoted(word));
            columns.push(format!("    ({})", words.join(", ")));
        }
    }
    let mut looks = Vec::new();
    const IS: &str = "SELECT n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a \
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped";
    if !columns.is_empty() {
        let known = columns.join(",\n");
        let tables = tables.join(", ");
        looks.push(format!(
            "SELECT format('%I.%I.%I %s', m.s, m.r, m.c, m.t) FROM (VALUES\n{known}) AS m (s, r, c, t)\n    \
             WHERE (m.s, m.r, m.c, m.t) NOT IN ({IS})"
        ));
        looks.push(format!(
            "SELECT format('%I.%I.%I too much', i.s, i.r, i.c) FROM ({IS} AND (n.nspname, c.relname) IN (VALUES {tables})) AS i (s, r, c, t)\n    \
             WHERE (i.s, i.r, i.c, i.t) NOT IN (VALUES\n{known})"
        ));
    }
    if !gone.is_empty() {
        looks.push(format!(
            "SELECT g.name || ' still there' FROM (VALUES {}) AS g (name) WHERE to_regclass(g.name) IS NOT NULL",
            gone.join(", ")
        ));
    }
    let all = looks.join("\n  UNION ALL ");
    (!looks.is_empty()).then(|| {
        format!(
            "DECLARE unlike text;\nBEGIN\n  SELECT string_agg(u.what, ', ') INTO unlike FROM (\n  {all}) u (what);\n  \
             IF unlike IS NOT NULL THEN RAISE EXCEPTION USING MESSAGE = 'the result is not what was before, so nothing was changed: ' || unlike; END IF;\nEND"
        )
    })
}

/// Where the scripts belong.
#[derive(Debug)]
pub(super) struct Here {
    pub database: String,
    marker: String,
    /// Empty where this role may not read it.
    system: String,
    ids: String,
}

impl Here {
    pub async fn look(session: &Session) -> Result<Self, DatabaseError> {
        // Some providers close this function.
        let system = session.scalar("SELECT system_identifier::text FROM pg_catalog.pg_control_system()").await;
        Ok(Self {
            database: text(session, "SELECT pg_catalog.current_database()::text").await?,
            marker: text(session, "SELECT marker::text FROM backout.target").await?,
            system: system.ok().flatten().unwrap_or_default(),
            ids: text(session, &format!("SELECT {IDS}")).await?,
        })
    }

    /// Code that fails where this is not the database, or not the moment.
    pub fn check(&self, record: &Record, undo: &Undo) -> String {
        let (number, state) = (record.number, quoted(record.state.name()));
        let (done, recorded) = (record.done, quoted(&undo.recorded));
        let undoable = match record.state {
            State::UndoTail => "m.state = 'undo_tail'".to_owned(),
            _ => format!("m.state = 'undo_tail' OR m.state = {state} AND m.done = {done} AND {RECORDED} = {recorded}"),
        };
        let system = match self.system.is_empty() {
            true => String::new(),
            false => format!(
                "  IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN\n    \
                 IF (SELECT system_identifier::text FROM pg_control_system()) <> {} THEN RAISE EXCEPTION 'this is another server than the one that the script was written for'; END IF;\n  END IF;\n",
                quoted(&self.system)
            ),
        };
        format!(
            "DECLARE frozen boolean := false;
BEGIN
  IF to_regclass('backout.target') IS NULL OR to_regclass('backout.migration') IS NULL THEN RAISE EXCEPTION 'Backout has no record in this database'; END IF;
  IF current_database() <> {database} OR (SELECT marker::text FROM backout.target) IS DISTINCT FROM {marker} THEN
    RAISE EXCEPTION USING MESSAGE = 'this is not the database that the script was written for, which is ' || {database}; END IF;
{system}  IF {IDS} IS DISTINCT FROM {ids} THEN
    RAISE EXCEPTION 'this is a copy by dump and restore of the database that the script was written for'; END IF;
  IF current_user <> {role} THEN RAISE EXCEPTION USING MESSAGE = 'connect as role ' || {role}; END IF;
  IF to_regclass('backout.freeze') IS NOT NULL THEN
    EXECUTE 'SELECT EXISTS (SELECT FROM backout.freeze WHERE state <> ''thawed'')' INTO frozen; END IF;
  IF frozen THEN RAISE EXCEPTION 'writes are frozen by Backout: what it took has to be given back first'; END IF;
  IF NOT pg_try_advisory_lock({RUN_LOCK}) THEN RAISE EXCEPTION 'another run of Backout works on this database'; END IF;
  IF EXISTS (SELECT FROM backout.migration m WHERE m.number > {number} AND m.state <> 'undone') THEN
    RAISE EXCEPTION 'a newer migration has to be taken back first'; END IF;
  IF NOT EXISTS (SELECT FROM backout.migration m WHERE m.number = {number} AND ({undoable})) THEN
    RAISE EXCEPTION 'migration {number} is not what it was when the script was written: it is undone, or was run again'; END IF;
END",
            database = quoted(&self.database),
            marker = quoted(&self.marker),
            ids = quoted(&self.ids),
            role = quoted(&undo.role),
        )
    }
}
