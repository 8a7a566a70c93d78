//! Rows are written down with the names that the values of enums have at that time. Where one gets another name, what
//! was written down gets it too: so all of it can be read by the names that the migration leaves.

use super::{Item, MigrateError, Run};
use backout_reversal::{column_called, enums_of, with_labels};
use backout_schema::{Catalog, Class as Kind, ObjectId, ident, qualified};
use backout_sql::analysis::Class;
use std::collections::BTreeMap;

/// Whether it can give values of enums other names.
pub(super) fn may_rename(item: &Item) -> bool {
    match item {
        Item::Statement(statement) => {
            statement.analysis.tag == "ALTER TYPE" || matches!(statement.analysis.class, Class::Code)
        }
        Item::Generate(_) => true,
        _ => false,
    }
}

type Renamed = BTreeMap<ObjectId, Vec<(String, String)>>;

impl Run<'_> {
    /// Gives what was kept as text the names that values have got since this was last asked.
    pub(super) async fn follow_labels(&mut self) -> Result<(), MigrateError> {
        if self.unit.first_labels.is_empty() {
            return Ok(());
        }
        let sql = "SELECT e.enumtypid, e.oid, e.enumlabel::text FROM pg_catalog.pg_enum e";
        let rows = self.session.rows(sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        let mut now = BTreeMap::new();
        for row in rows {
            now.insert(row.get::<_, u32>(1), (ObjectId::new(Kind::Type, row.get(0)), row.get::<_, String>(2)));
        }
        let then = std::mem::replace(&mut self.unit.present_labels, now);
        let mut renamed: Renamed = BTreeMap::new();
        for (oid, (of, label)) in &self.unit.present_labels {
            if let Some((_, former)) = then.get(oid).filter(|(_, former)| former != label) {
                renamed.entry(*of).or_default().push((former.clone(), label.clone()));
            }
        }
        let exchanged =
            |list: &Vec<(String, String)>| list.iter().any(|(from, _)| list.iter().any(|(_, to)| to == from));
        self.unit.labels_in_doubt |= renamed.values().any(exchanged);
        let watched = self.watched.values().filter_map(|w| w.image.as_ref());
        let mut statements = Vec::new();
        for image in self.unit.images.iter().chain(watched).filter(|_| !renamed.is_empty()) {
            let set = image.columns.iter().filter(|c| c.as_text).filter_map(|c| {
                let column = column_called(&self.before, image.table, &c.name)?;
                set_labels(&self.before, column, &ident(&c.name), &renamed)
            });
            let set: Vec<String> = set.collect();
            if !set.is_empty() {
                statements.push(format!("UPDATE {} SET {}", qualified(&image.schema, &image.name), set.join(", ")));
            }
        }
        if !renamed.is_empty() && !self.unit.types.is_empty() {
            let catalog = self.catalog_now().await?;
            for copy in &self.unit.types {
                let column = ObjectId::column(copy.table.oid, copy.column);
                if let Some(set) = set_labels(&catalog, column, "backout_new", &renamed) {
                    statements.push(format!("UPDATE {} SET {set}", qualified(&copy.schema, &copy.name)));
                }
            }
        }
        if statements.is_empty() { Ok(()) } else { self.own(&statements.join("; ")).await }
    }
}

fn set_labels(catalog: &Catalog, column: ObjectId, name: &str, renamed: &Renamed) -> Option<String> {
    let (enums, is_array) = enums_of(catalog, column);
    let pairs: Vec<(&str, &str)> = renamed
        .iter()
        .filter(|(of, _)| enums.contains(of))
        .flat_map(|(_, list)| list)
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    (!pairs.is_empty()).then(|| format!("{name} = {}", with_labels(name, is_array, &pairs)))
}
