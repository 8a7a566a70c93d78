//! Rows that nothing tells apart: a copy of whole rows finds those it came from by all that they hold, and among those
//! that are alike by their number.
//!
//! Must not know: in which order columns come back.

use super::draft::Phase;
use super::planner::Planner;
use super::step::{Look, Step, Write};
use crate::inverse::{ColumnCopy, RowImages};
use backout_schema::{Column, Detail, Object, ObjectId, ident, qualified};

/// What a copy of whole rows is called where it is joined.
pub(super) const OF_WHOLE_ROWS: &str = "w";
/// How [`Planner::numbered`] rows `t` are called.
pub(super) const BY_PLACE: (&str, &str, &str) = ("t", "backout_text", "backout_place");

impl Planner<'_> {
    /// All that tells rows apart, as one text.
    fn text_of_row(&self, copy: &ColumnCopy, there: &[String], alias: &str, is_kept: bool) -> String {
        let column = |name: &String| match is_kept {
            true => self.kept_key(copy, alias, name),
            false => format!("{alias}.{}", ident(name)),
        };
        let columns: Vec<String> = copy.key.iter().filter(|name| there.contains(name)).map(column).collect();
        format!("ROW({})::text", columns.join(", "))
    }

    /// Rows of a table with that text, and a number among those that are alike.
    pub(super) fn numbered(&self, copy: &ColumnCopy, there: &[String], source: &str, picked: &str) -> String {
        let is_kept = source == qualified(&copy.schema, &copy.name);
        let text = self.text_of_row(copy, there, "i", is_kept);
        format!(
            "SELECT {picked}, {text} AS backout_text, pg_catalog.row_number() OVER (PARTITION BY {text}) AS backout_place \
             FROM {source} i"
        )
    }

    /// The kept rows as `alias`, joined to rows that are numbered alike: their alias, text and place.
    pub(super) fn whole_join(
        &self,
        copy: &ColumnCopy,
        there: &[String],
        alias: &str,
        (row, text, place): (&str, &str, &str),
    ) -> String {
        let kept = qualified(&copy.schema, &copy.name);
        format!(
            " LEFT JOIN ({}) {alias} ON {alias}.backout_text = {row}.{text} AND {alias}.backout_place = {row}.{place}",
            self.numbered(copy, there, &kept, "i.*")
        )
    }

    /// Rows `m` that come to a table, numbered beyond those that are there and like them.
    pub(super) fn numbered_beyond(
        &self,
        copy: &ColumnCopy,
        there: &[String],
        rows: &str,
        table: &str,
        (text, place): (&str, &str),
    ) -> String {
        let (of_row, of_table) = (self.text_of_row(copy, there, "m", false), self.text_of_row(copy, there, "i", false));
        format!(
            "(SELECT m.*, {of_row} AS {text}, coalesce(e.n, 0) + pg_catalog.row_number() OVER (PARTITION BY {of_row}) AS {place} FROM {rows} \
             LEFT JOIN (SELECT {of_table} AS backout_text, count(*) AS n FROM ONLY {table} i GROUP BY 1) e ON e.backout_text = {of_row}) m"
        )
    }

    /// Fills a column that came back at the end of its table, where nothing tells the rows apart.
    pub(super) fn fill_by_whole_rows(&mut self, object: &Object, column: &Column, copy: &ColumnCopy, about: &str) {
        if self.progress.filled.contains(&object.id) {
            return;
        }
        let table = ObjectId::relation(object.id.oid);
        let full = self.target.sql_name(table);
        let rows_are_back = self.waits_for_rows(object.id);
        // All at once: each UPDATE can put rows that are alike so far into another order.
        let mut set = vec![format!("{} = {}", ident(&object.name), self.kept_value(copy, OF_WHOLE_ROWS, column))];
        let with_it = |c: &&ColumnCopy| {
            c.table == table && (&c.schema, &c.name, c.whole.is_some()) == (&copy.schema, &copy.name, true)
        };
        for other in self.inverse.columns.iter().filter(with_it).filter(|_| !rows_are_back) {
            let id = ObjectId::column(table.oid, other.column);
            let is_new = id != object.id && self.progress.to_fill.contains(&id);
            if let Some(Object { name, detail: Detail::Column(column), .. }) = self.target.get(id).filter(|_| is_new) {
                set.push(format!("{} = {}", ident(name), self.kept_value(other, OF_WHOLE_ROWS, column)));
                self.progress.filled.insert(id);
            }
        }
        let has_values = |id: ObjectId| match rows_are_back {
            true => !self.waits_for_rows(id) || self.progress.filled.contains(&id),
            false => self.now.contains(id),
        };
        let there: Vec<String> = self
            .target
            .columns(table)
            .iter()
            .filter(|c| has_values(c.id) && !matches!(&c.detail, Detail::Column(c) if c.generated.is_some()))
            .map(|c| c.name.clone())
            .collect();
        let update = format!(
            "UPDATE ONLY {full} u SET {} FROM ({}) t{} WHERE u.ctid = t.backout_at",
            set.join(", "),
            self.numbered(copy, &there, &format!("ONLY {full}"), "i.ctid AS backout_at"),
            self.whole_join(copy, &there, OF_WHOLE_ROWS, BY_PLACE),
        );
        self.undisturbed(table, Write::UpdateOnly, Step::new(update, about));
        self.look_for_others(copy, &full);
    }

    /// Rows without a key that were changed since cannot be told from others.
    pub(super) fn look_for_others(&mut self, copy: &ColumnCopy, full: &str) {
        let table = copy.table;
        let rows_are_back = self.waits_for_rows(ObjectId::column(table.oid, copy.column));
        let kept = qualified(&copy.schema, &copy.name);
        let mut names: Vec<&String> = copy.key.iter().chain(&copy.whole).collect();
        names.sort();
        let list = names.iter().map(|name| format!("i.{}", ident(name))).collect::<Vec<_>>().join(", ");
        let of_kept = names.iter().map(|name| self.kept_key(copy, "i", name)).collect::<Vec<_>>().join(", ");
        // Rows that the migration itself took out afterwards return later.
        let of_later = |image: &&RowImages| {
            !rows_are_back
                && image.table == table
                && copy.whole.as_ref().is_some_and(|w| !image.columns.iter().any(|c| c.name == *w))
        };
        let later: i64 = self
            .inverse
            .images
            .iter()
            .filter(of_later)
            .filter_map(|image| self.options.images.get(&image.name))
            .map(|sum| sum.old_only)
            .sum();
        let count = format!(
            "SELECT greatest(count(*) - {later}, 0) FROM (SELECT ROW({of_kept})::text FROM {kept} i EXCEPT ALL SELECT ROW({list})::text FROM ONLY {full} i) d"
        );
        let look = Look {
            count,
            otherwise: format!(
                "rows of {full} were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in {kept}"
            ),
            forced: self.is_forced(table).then(|| full.to_owned()),
            if_none: None,
        };
        let phase = if rows_are_back { self.draft.phase() } else { Phase::Look };
        let step = Step::asking(look, "rows that nothing tells apart");
        if rows_are_back || !self.draft.of(phase).contains(&step) {
            self.draft.push_to(phase, step);
        }
    }
}
