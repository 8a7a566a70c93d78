//! Rows before and after a migration, as SQL: what they sum up to.

use crate::inverse::{ImageColumn, RowImages};
use crate::undo::step::Write;
use backout_schema::{cast, ident, qualified};
use std::collections::BTreeMap;

impl RowImages {
    pub(in crate::undo) fn stored(&self) -> String {
        qualified(&self.schema, &self.name)
    }

    /// One statement changes a row once, so there is nothing to sum up.
    pub(in crate::undo) fn is_plain(&self) -> bool {
        self.fires <= 1 && !self.key.is_empty()
    }

    pub(in crate::undo) fn list(&self, alias: &str) -> String {
        self.columns.iter().map(|c| format!("{alias}{}", ident(&c.name))).collect::<Vec<_>>().join(", ")
    }

    /// A query for what is left when puts and takes are summed up: `backout_new`, `backout_count`, the columns.
    pub(in crate::undo) fn sum(&self) -> String {
        let (stored, list) = (self.stored(), self.list(""));
        if self.is_plain() {
            return format!("SELECT backout_new, 1::bigint AS backout_count, {list} FROM {stored}");
        }
        format!(
            "SELECT s.backout_sum > 0 AS backout_new, pg_catalog.abs(s.backout_sum) AS backout_count, {} \
             FROM (SELECT i.*, ROW({})::text AS backout_text, \
             pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) OVER w AS backout_sum, \
             pg_catalog.row_number() OVER w AS backout_place FROM {stored} i \
             WINDOW w AS (PARTITION BY ROW({})::text)) s \
             WHERE s.backout_place = 1 AND s.backout_sum <> 0",
            self.list("s."),
            self.list("i."),
            self.list("i.")
        )
    }

    /// A query for the [`ImageSum`]: four counts, then a flag for each column of [`RowImages::flagged`].
    pub fn sum_query(&self) -> String {
        let net = self.sum();
        if self.key.is_empty() {
            return format!(
                "WITH net AS ({net}) SELECT coalesce(pg_catalog.sum(backout_count) FILTER (WHERE NOT backout_new), 0)::bigint, \
                 coalesce(pg_catalog.sum(backout_count) FILTER (WHERE backout_new), 0)::bigint, 0::bigint, 0::bigint FROM net"
            );
        }
        let key: Vec<String> = self.key.iter().map(|k| format!("m.{0} = p.{0}", ident(k))).collect();
        // A new row may have no value in the key, when the key has gone before.
        let both = "p.backout_new IS NOT NULL AND m.backout_new IS NOT NULL";
        let mut sql = format!(
            "WITH net AS ({net}) SELECT count(*) FILTER (WHERE p.backout_new IS NULL), \
             count(*) FILTER (WHERE m.backout_new IS NULL), count(*) FILTER (WHERE {both}), \
             coalesce(pg_catalog.sum(p.backout_count) FILTER (WHERE {}), 0)::bigint",
            self.key.iter().map(|k| format!("p.{} IS NULL", ident(k))).collect::<Vec<_>>().join(" OR "),
        );
        for column in self.flagged() {
            let name = ident(&column.name);
            sql.push_str(&format!(
                ", coalesce(bool_or(m.{name}::text IS DISTINCT FROM p.{name}::text) FILTER (WHERE {both}), false)"
            ));
        }
        sql.push_str(&format!(
            " FROM (SELECT * FROM net WHERE NOT backout_new) m FULL JOIN (SELECT * FROM net WHERE backout_new) p ON {}",
            key.join(" AND ")
        ));
        sql
    }

    /// Rows `t` of the table, whose columns may have other names by now, that the undo takes or gives back what they
    /// had: that the migration put them there, or that they have in these columns what it wrote there in place of what
    /// fits `before`, a condition on their image `m`.
    pub(in crate::undo) fn leads_back(
        &self,
        columns: &[String],
        before: &str,
        name_of: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        if self.key.is_empty() {
            return None;
        }
        let same =
            |image: &str, k: &String| Some(format!("{image}.{}::text = t.{}::text", ident(k), ident(&name_of(k)?)));
        let is = |image: &str| Some(self.key.iter().map(|k| same(image, k)).collect::<Option<Vec<_>>>()?.join(" AND "));
        let (net, new, old) = (self.sum(), is("p")?, is("m")?);
        let of_row = format!("SELECT FROM ({net}) m WHERE NOT m.backout_new AND {old}");
        let there = format!("EXISTS (SELECT FROM ({net}) p WHERE p.backout_new AND {new}");
        // One that is there as it was put, that is: others can have come under its key, once that is gone.
        let as_put = |c: &ImageColumn| {
            let now = name_of(&c.name)?;
            Some(format!(" AND p.{}::text IS NOT DISTINCT FROM t.{}::text", ident(&c.name), ident(&now)))
        };
        let as_put: String = self.columns.iter().filter_map(as_put).collect();
        let mut found = format!("{there}{as_put} AND NOT EXISTS ({of_row}))");
        if columns.iter().all(|c| self.others().any(|other| other.name == *c)) {
            let unchanged = |c: &String| match name_of(c) {
                Some(now) => format!(" AND p.{}::text IS NOT DISTINCT FROM t.{}::text", ident(c), ident(&now)),
                // The column itself comes back, with what the migration left in it.
                None => String::new(),
            };
            let unchanged: String = columns.iter().map(unchanged).collect();
            found.push_str(&format!(" OR {there}{unchanged}) AND EXISTS ({of_row} AND {before})"));
        }
        Some(format!("({found})"))
    }

    /// That a row comes back whose columns have these values.
    pub(in crate::undo) fn returns(&self, columns: &[String], values: &[String]) -> Option<String> {
        if !columns.iter().all(|c| self.columns.iter().any(|other| other.name == *c)) {
            return None;
        }
        let pairs = columns.iter().zip(values).map(|(c, value)| format!(" AND m.{}::text = ({value})::text", ident(c)));
        Some(format!("EXISTS (SELECT FROM ({}) m WHERE NOT m.backout_new{})", self.sum(), pairs.collect::<String>()))
    }

    /// The columns that [`RowImages::sum_query`] has flags for: keys that are equal may be written in two ways.
    pub fn flagged(&self) -> impl Iterator<Item = &ImageColumn> {
        self.others().chain(self.columns.iter().filter(|c| self.key.contains(&c.name)))
    }

    /// The columns beside the key that may have changed.
    pub fn others(&self) -> impl Iterator<Item = &ImageColumn> {
        let set = |name: &String| self.set.as_ref().is_none_or(|set| set.contains(name));
        self.columns.iter().filter(move |c| !self.key.contains(&c.name) && set(&c.name))
    }
}

/// The images of a table, as SQL.
pub(in crate::undo) struct Images<'a> {
    pub(in crate::undo) of: &'a RowImages,
    pub(in crate::undo) table: String,
    /// Its own rows, not those of tables that inherit from it: or those of its partitions.
    pub(in crate::undo) rows: String,
    /// What changes them.
    pub(in crate::undo) update: Write,
    pub(in crate::undo) source: String,
    pub(in crate::undo) types: BTreeMap<String, String>,
    /// Columns whose values have other labels by now: the former label of `$v`.
    pub(in crate::undo) labels: BTreeMap<String, String>,
    pub(in crate::undo) key: Vec<&'a ImageColumn>,
}

impl Images<'_> {
    /// An image's value as the table's column has it.
    pub(in crate::undo) fn value(&self, alias: &str, column: &ImageColumn) -> String {
        let name = ident(&column.name);
        match self.types.get(&column.name).filter(|_| column.as_text) {
            Some(data_type) if self.labels.contains_key(&column.name) => {
                cast(&format!("({})", self.text(alias, column)), "text", data_type)
            }
            Some(data_type) => cast(&format!("{alias}.{name}"), "text", data_type),
            None => format!("{alias}.{name}"),
        }
    }

    /// The same as text.
    pub(in crate::undo) fn text(&self, alias: &str, column: &ImageColumn) -> String {
        let value = format!("{alias}.{}::text", ident(&column.name));
        self.labels.get(&column.name).map_or_else(|| value.clone(), |label| label.replace("$v", &value))
    }

    /// That a row of the table and an image have the same key.
    pub(in crate::undo) fn same_key(&self, row: &str, image: &str) -> String {
        let pairs = self.key.iter().map(|k| {
            let name = ident(&k.name);
            let cast = if k.as_text { "::text" } else { "" };
            format!("{row}.{name}{cast} = {image}.{name}")
        });
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// That two images have the same key.
    pub(in crate::undo) fn same_image(&self, one: &str, other: &str) -> String {
        let pairs = self.key.iter().map(|k| format!("{one}.{0} = {other}.{0}", ident(&k.name)));
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// Images of one side that have none of the other.
    pub(in crate::undo) fn only(&self, new: bool) -> String {
        let (source, not) = (&self.source, if new { "" } else { "NOT " });
        let other = if new { "NOT " } else { "" };
        format!(
            "SELECT i.* FROM {source} i WHERE {not}i.backout_new AND NOT EXISTS (SELECT FROM {source} o WHERE {other}o.backout_new AND {})",
            self.same_image("o", "i")
        )
    }

    /// A row of the table as text, to be held against [`Images::image_text`]. What is kept as text is compared as that:
    /// inside of a row a type writes its values in another way than its cast does (blanks at the end of `char`, `t` for
    /// `true`).
    pub(in crate::undo) fn row_text(&self, alias: &str) -> String {
        self.as_row(|column| {
            let text = if column.as_text { "::text" } else { "" };
            format!("{alias}.{}{text}", ident(&column.name))
        })
    }

    /// An image as text.
    pub(in crate::undo) fn image_text(&self, alias: &str) -> String {
        self.as_row(|column| match column.as_text {
            true => self.text(alias, column),
            false => format!("{alias}.{}", ident(&column.name)),
        })
    }

    fn as_row(&self, value: impl Fn(&ImageColumn) -> String) -> String {
        let values: Vec<String> = self.of.columns.iter().map(value).collect();
        format!("ROW({})::text", values.join(", "))
    }
}
