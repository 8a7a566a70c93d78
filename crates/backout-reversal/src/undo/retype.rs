//! A column goes back to its former type with its former values, where the type alone does not lead back to them.

use super::*;

impl Planner<'_> {
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
        let body = format!(
            "DECLARE found_one text; \
             BEGIN \
             SELECT c.backout_old INTO found_one FROM {stored} c WHERE {same} AND c.backout_new IS NOT DISTINCT FROM ${value}; \
             IF FOUND THEN RETURN found_one; END IF; \
             BEGIN \
             IF ((${value}::{new})::{old})::text IS NULL OR (((${value}::{new})::{old})::{new})::text = ${value} THEN \
             RETURN ((${value}::{new})::{old})::text; END IF; \
             EXCEPTION WHEN others THEN NULL; END; \
             INSERT INTO {aside} VALUES ({arguments}); \
             RETURN NULL; END",
            stored = qualified(&copy.schema, &copy.name),
            same = same.join(" AND "),
            new = now.data_type,
            old = then.data_type,
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
        });
        let name = |column: &str| ident(column);
        let keys: Vec<String> = copy.key.iter().map(|k| format!("{}::text", name(k))).collect();
        let column = self.target.column_name(id.oid, id.sub).map(ident).unwrap_or_default();
        Some(format!("{change} USING {function}({}, {column}::text)::{}", keys.join(", "), then.data_type))
    }
}
