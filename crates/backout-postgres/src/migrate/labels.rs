//! Rows are written down with the names that the values of enums have at that time. Where one gets another name, what
//! was written down gets it too: so all of it can be read by the names that the migration leaves. What is of composite
//! types gets the attributes that these got.

use super::{Item, MigrateError, Run};
use backout_reversal::{ImageColumn, RowImages, column_called, enums_of, with_labels};
use backout_schema::{Catalog, Class as Kind, Detail, Object, ObjectId, Type, ident, qualified};
use backout_sql::analysis::Class;
use std::collections::BTreeMap;

/// Whether it can give values of enums other names, or types attributes.
pub(super) fn may_alter_types(item: &Item) -> bool {
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
    /// Gives what was kept as text what types have got since this was last asked.
    pub(super) async fn follow_types(&mut self) -> Result<(), MigrateError> {
        self.follow_labels().await?;
        self.follow_attributes().await
    }

    async fn follow_attributes(&mut self) -> Result<(), MigrateError> {
        let is_composite = |o: &Object| matches!(o.detail, Detail::Type(Type::Composite { .. }));
        if !self.origin.catalog.outside().any(is_composite) {
            return Ok(());
        }
        let sql = "SELECT c.reltype, count(a.attnum) FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_attribute a \
                   ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind = 'c' GROUP BY 1";
        let rows = self.env.session.rows(sql).await.map_err(MigrateError::server("reading composite types"))?;
        let now = rows.iter().map(|row| (row.get::<_, u32>(0), row.get::<_, i64>(1))).collect();
        let then = std::mem::replace(&mut self.gathered.present_attributes, now);
        let more: BTreeMap<ObjectId, String> = self
            .gathered
            .present_attributes
            .iter()
            .filter_map(|(oid, now)| Some((oid, now, then.get(oid).filter(|then| now > then && **then > 0)?)))
            .map(|(oid, now, then)| {
                let commas = (*then..*now).map(|_| ',').collect();
                (ObjectId::new(Kind::Type, *oid), commas)
            })
            .collect();
        let statements = self.of_images(|column, name| {
            let is_array = enums_of(&self.origin.catalog, column).1;
            let commas = self.origin.catalog.needs(column).find_map(|d| more.get(&d.to)).filter(|_| !is_array)?;
            Some(format!("{name} = pg_catalog.left({name}, -1) || '{commas})'"))
        });
        if more.is_empty() || statements.is_empty() { Ok(()) } else { self.env.own(&statements.join("; ")).await }
    }

    /// Statements that give columns of the images, as far as they hold texts, another value.
    fn of_images(&self, set: impl Fn(ObjectId, &str) -> Option<String>) -> Vec<String> {
        let watched = self.watches.tables.values().filter_map(|w| w.image.as_ref());
        let of_image = |image: &RowImages| {
            let of_column =
                |c: &ImageColumn| set(column_called(&self.origin.catalog, image.table, &c.name)?, &ident(&c.name));
            let list: Vec<String> = image.columns.iter().filter(|c| c.as_text).filter_map(of_column).collect();
            let stored = qualified(&image.schema, &image.name);
            (!list.is_empty()).then(|| format!("UPDATE {stored} SET {}", list.join(", ")))
        };
        self.gathered.images.iter().chain(watched).filter_map(of_image).collect()
    }

    /// The names that values have got.
    async fn follow_labels(&mut self) -> Result<(), MigrateError> {
        if self.gathered.labels.first.is_empty() {
            return Ok(());
        }
        let sql = "SELECT e.enumtypid, e.oid, e.enumlabel::text FROM pg_catalog.pg_enum e";
        let rows = self.env.session.rows(sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        let mut now = BTreeMap::new();
        for row in rows {
            now.insert(row.get::<_, u32>(1), (ObjectId::new(Kind::Type, row.get(0)), row.get::<_, String>(2)));
        }
        let then = std::mem::replace(&mut self.gathered.labels.present, now);
        let mut renamed: Renamed = BTreeMap::new();
        for (oid, (of, label)) in &self.gathered.labels.present {
            if let Some((_, former)) = then.get(oid).filter(|(_, former)| former != label) {
                renamed.entry(*of).or_default().push((former.clone(), label.clone()));
            }
        }
        let exchanged =
            |list: &Vec<(String, String)>| list.iter().any(|(from, _)| list.iter().any(|(_, to)| to == from));
        self.gathered.labels.in_doubt |= renamed.values().any(exchanged);
        let mut statements = self.of_images(|column, name| set_labels(&self.origin.catalog, column, name, &renamed));
        if !renamed.is_empty() && !self.gathered.types.is_empty() {
            let catalog = self.catalog_now().await?;
            for copy in &self.gathered.types {
                let column = ObjectId::column(copy.table.oid, copy.column);
                if let Some(set) = set_labels(&catalog, column, "backout_new", &renamed) {
                    statements.push(format!("UPDATE {} SET {set}", qualified(&copy.schema, &copy.name)));
                }
            }
        }
        if statements.is_empty() { Ok(()) } else { self.env.own(&statements.join("; ")).await }
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
