//! A column goes back to its former type with its former values, where the type alone does not lead back to them.

use super::*;

impl Planner<'_> {
    /// A change of type that leads back by a cast: a value written since may be cut or rounded by it, without a word.
    /// It is put aside as it was.
    pub(super) fn put_misfits_aside(&mut self, id: ObjectId, sql: &str) {
        let table = ObjectId::relation(id.oid);
        let (Some(Detail::Column(then)), Some(Detail::Column(now)), Some(holder)) =
            (self.target.get(id).map(|o| &o.detail), self.now.get(id).map(|o| &o.detail), self.target.get(table))
        else {
            return;
        };
        let own = now.generated.is_none() && (now.local || !now.inherited);
        let changes_type = sql.contains(" TYPE ") && sql.contains(" USING ");
        if !holder.holds_rows() || !own || !changes_type || !may_cut(&now.data_type, &then.data_type) {
            return;
        }
        let (old, new) = (then.data_type.clone(), now.data_type.clone());
        let (about, full) = (self.target.identity(id), self.target.sql_name(table));
        let forced = matches!(&holder.detail, Detail::Table(t) if t.force_row_security);
        let schema = holder.schema.clone().unwrap_or_default();
        let column = self.target.column_name(id.oid, id.sub).map(ident).unwrap_or_default();
        // A column of the key may still be on its way.
        let there = |key: &Vec<i16>| key.iter().all(|n| self.now.contains(ObjectId::column(id.oid, *n)));
        let key: Vec<String> = row_key(&self.target, table)
            .filter(there)
            .unwrap_or_default()
            .iter()
            .filter_map(|n| self.target.column_name(id.oid, *n))
            .map(ident)
            .collect();
        let undone = self.undone_schema(&schema);
        let aside = qualified(&undone, &format!("type_{}_{}", id.oid, id.sub));
        let (columns, values): (Vec<String>, Vec<String>) = if key.is_empty() {
            (vec!["backout_row text".to_owned()], vec!["t::text".to_owned()])
        } else {
            (key.iter().map(|k| format!("{k} text")).collect(), key.iter().map(|k| format!("t.{k}::text")).collect())
        };
        self.plan
            .room
            .push(Step::new(format!("CREATE TABLE {aside} ({}, backout_value text)", columns.join(", ")), &about));
        if forced {
            self.step(format!("ALTER TABLE {full} NO FORCE ROW LEVEL SECURITY"), &about);
        }
        self.step(
            format!(
                "INSERT INTO {aside} SELECT {}, t.{column}::text FROM {full} t WHERE ((t.{column}::{old})::{new})::text IS DISTINCT FROM t.{column}::text",
                values.join(", ")
            ),
            &about,
        );
        if forced {
            self.step(format!("ALTER TABLE {full} FORCE ROW LEVEL SECURITY"), &about);
        }
        self.plan.looks.push(Look {
            count: format!("SELECT count(*) FROM {aside}"),
            otherwise: format!(
                "values of {about} that were written since do not fit its former type and were cut to it; they lie whole in {aside}"
            ),
            forced: None,
            if_none: Some(enums::drop_if_empty(&aside, &undone)),
        });
    }

    /// Each value cast by itself: one that does not cast is put aside, and gone from the row.
    pub(super) fn value_by_value(&mut self, id: ObjectId, sql: &str) -> Option<Fallback> {
        let table = ObjectId::relation(id.oid);
        let (change, _) = sql.split_once(" USING ").filter(|(change, _)| change.contains(" TYPE "))?;
        let (Detail::Column(then), Detail::Column(now)) =
            (self.target.get(id)?.detail.clone(), self.now.get(id)?.detail.clone())
        else {
            return None;
        };
        let about = self.target.identity(id);
        let schema = self.target.schema_of(table)?.to_owned();
        let column = ident(self.target.column_name(id.oid, id.sub)?);
        let back = cast(&format!("($2::{})", now.data_type), &now.data_type, &then.data_type);
        let key = row_key(&self.target, table).filter(|key| !key.contains(&id.sub)).unwrap_or_default();
        let names: Vec<String> = key.iter().filter_map(|n| self.target.column_name(id.oid, *n)).map(ident).collect();
        let row = format!("ROW({})::text", if names.is_empty() { column.clone() } else { names.join(", ") });
        let undone = self.undone_name(&schema);
        let (aside, function) = (
            qualified(&undone, &format!("misfits_{}_{}", id.oid, id.sub)),
            qualified(&undone, &format!("misfits_{}_{}_back", id.oid, id.sub)),
        );
        let body = format!(
            "BEGIN RETURN ({back})::text; EXCEPTION WHEN data_exception OR check_violation THEN \
             INSERT INTO {aside} (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END"
        );
        Some(Fallback {
            statements: vec![
                format!("CREATE SCHEMA IF NOT EXISTS {}", ident(&undone)),
                format!(
                    "CREATE TABLE {aside} (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)"
                ),
                format!(
                    "CREATE FUNCTION {function}(text, text) RETURNS text LANGUAGE plpgsql AS {}",
                    literal(&body).trim_start()
                ),
                format!("{change} USING {function}({row}, {column}::text)::{}", then.data_type),
                format!("DROP FUNCTION {function}(text, text)"),
            ],
            count: format!("SELECT count(*) FROM {aside}"),
            otherwise: format!(
                "values of {about} that were written since do not fit its former type; they lie in {aside}, by the key of their rows"
            ),
        })
    }

    /// The change of type, by a function that looks each value up: one that nobody has changed since is the former
    /// one, any other is cast, and one that cannot be cast is put aside.
    pub(super) fn retype(&mut self, id: ObjectId, sql: &str) -> Option<String> {
        let table = ObjectId::relation(id.oid);
        let copy = self.inverse.types.iter().find(|t| t.table == table && t.column == id.sub)?.clone();
        let (change, _) = sql.split_once(" USING ").filter(|(change, _)| change.contains(" TYPE "))?;
        let (Some(Detail::Column(then)), Some(Detail::Column(now))) =
            (self.target.get(id).map(|o| &o.detail), self.now.get(id).map(|o| &o.detail))
        else {
            return None;
        };
        let about = self.target.identity(id);
        let (function, aside) = (
            qualified(&copy.schema, &format!("{}_back", copy.name)),
            qualified(&copy.schema, &format!("{}_left", copy.name)),
        );
        let value = copy.key.len() + 1;
        let same: Vec<String> = copy.key.iter().zip(1..).map(|(k, n)| format!("c.{} = ${n}", ident(k))).collect();
        let arguments: Vec<String> = (1..=value).map(|n| format!("${n}")).collect();
        let columns: Vec<String> = copy.key.iter().map(|k| format!("{} text", ident(k))).collect();
        let back = cast(&format!("(${value}::{})", now.data_type), &now.data_type, &then.data_type);
        let forth = cast(&format!("({back})"), &then.data_type, &now.data_type);
        let body = format!(
            "DECLARE found_one text; \
             BEGIN \
             SELECT c.backout_old INTO found_one FROM {stored} c WHERE {same} AND c.backout_new IS NOT DISTINCT FROM ${value}; \
             IF FOUND THEN RETURN found_one; END IF; \
             BEGIN \
             IF ({back})::text IS NULL OR ({forth})::text = ${value} THEN RETURN ({back})::text; END IF; \
             EXCEPTION WHEN others THEN NULL; END; \
             INSERT INTO {aside} VALUES ({arguments}); \
             RETURN NULL; END",
            stored = qualified(&copy.schema, &copy.name),
            same = same.join(" AND "),
            arguments = arguments.join(", "),
        );
        self.plan
            .room
            .push(Step::new(format!("CREATE TABLE {aside} ({}, backout_value text)", columns.join(", ")), &about));
        self.plan.room.push(Step::new(
            format!(
                "CREATE FUNCTION {function}({}) RETURNS text LANGUAGE plpgsql AS {}",
                vec!["text"; value].join(", "),
                literal(&body).trim_start()
            ),
            &about,
        ));
        self.plan.closing.push(Step::new(format!("DROP FUNCTION {function}"), &about));
        self.plan.looks.push(Look {
            count: format!("SELECT count(*) FROM {aside}"),
            otherwise: format!(
                "values of {about} that were written since do not fit its former type; they lie in {aside}"
            ),
            forced: None,
            if_none: None,
        });
        let keys: Vec<String> = copy.key.iter().map(|k| format!("{}::text", ident(k))).collect();
        let column = self.target.column_name(id.oid, id.sub).map(ident).unwrap_or_default();
        Some(format!("{change} USING {function}({}, {column}::text)::{}", keys.join(", "), then.data_type))
    }
}

/// Whether a cast from one type to the other passes over what does not fit: among texts, among numbers and among
/// times. Elsewhere what does not fit is an error.
fn may_cut(from: &str, to: &str) -> bool {
    let family = |data_type: &str| {
        let name = data_type.split('(').next().unwrap_or_default().trim();
        match name {
            "text" | "character varying" | "character" => Some(0),
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Some(1),
            "date" | "timestamp" | "timestamp without time zone" | "timestamp with time zone" => Some(2),
            _ => None,
        }
    };
    // Whole numbers are not cut; one that is too large is an error.
    let whole = |name: &str| matches!(name, "smallint" | "integer" | "bigint");
    family(from).is_some() && family(from) == family(to) && !(whole(from) && whole(to))
}
