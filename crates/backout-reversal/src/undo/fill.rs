//! A table that is made anew gets its rows in one pass over the old one, joined with what was kept of the columns that
//! come back.
//!
//! Must not know: which tables are made anew.

use super::planner::Planner;
use super::remove;
use super::whole_rows::{BY_PLACE, OF_WHOLE_ROWS};
use crate::ddl::Unsupported;
use crate::inverse::{ColumnCopy, SequenceValue};
use backout_schema::{Column, Detail, Object, ObjectId, Sequence, ident, qualified};
use std::collections::{BTreeMap, BTreeSet};

/// No more than the builds of its indexes take afterwards.
const MORE_MEMORY: &str = "SELECT pg_catalog.set_config('backout.work_mem', pg_catalog.current_setting('work_mem'), true), \
     pg_catalog.set_config('work_mem', '256MB', true) \
     WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < pg_catalog.pg_size_bytes('256MB')";
const FORMER_MEMORY: &str = "SELECT pg_catalog.set_config('work_mem', pg_catalog.current_setting('backout.work_mem'), true) \
     WHERE pg_catalog.current_setting('backout.work_mem', true) <> ''";

/// What the new table is filled with.
#[derive(Default)]
struct Filling {
    /// The columns, and what each of them gets.
    names: Vec<String>,
    values: Vec<String>,
    /// Columns by name with their values, as far as nothing has to be joined for them any more.
    known: BTreeMap<String, String>,
    /// The others.
    pending: Vec<Pending>,
    /// Columns that come back and are computed, by which a copy may be found.
    computed: Vec<Computed>,
    /// Copies with the key of each row, under the names by which they are joined.
    keyed: Vec<(String, ColumnCopy)>,
    /// The copy of whole rows.
    whole: Option<ColumnCopy>,
}

/// A generated column: what it is computed from, as the expression names it.
struct Computed {
    /// Under which it is joined.
    alias: String,
    name: String,
    expression: String,
    data_type: String,
    from: Vec<String>,
}

impl Computed {
    /// A join that computes it out of values that are known by now; nothing while one of them is not.
    fn join(&self, known: &BTreeMap<String, String>) -> Option<String> {
        let value = |name: &String| Some(format!("{} AS {}", known.get(name)?, ident(name)));
        let values: Vec<String> = self.from.iter().map(value).collect::<Option<_>>()?;
        let computed = format!("({})::{} AS {}", self.expression, self.data_type, ident(&self.name));
        Some(format!(" CROSS JOIN LATERAL (SELECT {computed} FROM (SELECT {}) g) {}", values.join(", "), self.alias))
    }
}

/// A value that is known once its copy is joined.
struct Pending {
    alias: String,
    name: String,
    value: String,
}

fn joined_by<'p>(pending: &'p [Pending], alias: &'p str) -> impl Iterator<Item = (String, String)> + 'p {
    pending.iter().filter(move |one| one.alias == alias).map(|one| (one.name.clone(), one.value.clone()))
}

impl Planner<'_> {
    /// One pass over the old table, joined with what was kept of the columns that come back.
    pub(super) fn fill(
        &mut self,
        columns: &[Object],
        returning: &BTreeSet<ObjectId>,
        old: &str,
        full: &str,
        about: &str,
    ) {
        let mut filling = Filling::default();
        for object in columns {
            self.value_for(object, returning, &mut filling);
        }
        if filling.names.is_empty() {
            self.step(format!("INSERT INTO {full} SELECT FROM ONLY {old}"), about);
            return;
        }
        let is_keyed = filling.whole.is_none() && !filling.keyed.is_empty();
        let of_table = columns.first().map(|c| ObjectId::relation(c.id.oid));
        let by_index = is_keyed && of_table.is_some_and(|table| self.is_filled_by_key(table));
        // What was kept is sorted for it; in memory, if it is one copy of up to that size.
        let at_once = by_index && filling.keyed.len() == 1;
        if by_index {
            self.step("SET LOCAL enable_hashjoin = off".to_owned(), about);
        }
        if at_once {
            self.step(MORE_MEMORY.to_owned(), about);
        }
        let there: Vec<String> =
            columns.iter().filter(|c| !returning.contains(&c.id)).map(|c| c.name.clone()).collect();
        let (names, values, whole) = (filling.names.join(", "), filling.values.join(", "), filling.whole.clone());
        let from = self.filled_from(filling, &there, old);
        self.step(format!("INSERT INTO {full} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {from}"), about);
        if by_index {
            self.step("SET LOCAL enable_hashjoin = on".to_owned(), about);
        }
        if at_once {
            self.step(FORMER_MEMORY.to_owned(), about);
        }
        if let Some(copy) = &whole {
            self.look_for_others(copy, full);
        }
    }

    /// What a column of the new table gets. One that waits for rows, or is computed, gets nothing here.
    fn value_for(&mut self, object: &Object, returning: &BTreeSet<ObjectId>, filling: &mut Filling) {
        let Detail::Column(column) = &object.detail else { return };
        if column.generated.is_some() || self.waits_for_rows(object.id) {
            // What rows written since have may give none.
            if column.generated.is_some() && column.not_null && returning.contains(&object.id) {
                self.needs_values(ObjectId::relation(object.id.oid), &object.name);
            }
            if let Some(expression) = column.generated.clone().filter(|_| returning.contains(&object.id)) {
                let (name, data_type) = (object.name.clone(), column.data_type.clone());
                let (alias, from) = (format!("g{}", object.id.sub), self.computed_from(object.id));
                filling.computed.push(Computed { alias, name, expression, data_type, from });
            }
            return;
        }
        let name = ident(&object.name);
        let value = if returning.contains(&object.id) {
            let kept = self.kept_for(object, column, filling);
            if kept == "NULL" {
                filling.known.insert(object.name.clone(), kept.clone());
            }
            if column.not_null { self.never_null(object, column, kept) } else { kept }
        } else {
            filling.known.insert(object.name.clone(), format!("t.{name}"));
            format!("t.{name}")
        };
        filling.values.push(value);
        filling.names.push(name);
    }

    /// The value that was kept of a column that comes back, out of the copy that is joined for it.
    fn kept_for(&mut self, object: &Object, column: &Column, filling: &mut Filling) -> String {
        let copy = self.inverse.columns.iter().find(|c| c.table.oid == object.id.oid && c.column == object.id.sub);
        match copy {
            // There was no value to keep.
            Some(copy) if copy.key.is_empty() && copy.whole.is_none() => "NULL".to_owned(),
            Some(copy) => {
                let alias = match copy.whole {
                    Some(_) => OF_WHOLE_ROWS.to_owned(),
                    None => format!("c{}", object.id.sub),
                };
                let value = self.kept_value(copy, &alias, column);
                let name = object.name.clone();
                filling.pending.push(Pending { alias: alias.clone(), name, value: value.clone() });
                match copy.whole {
                    Some(_) => filling.whole = Some(copy.clone()),
                    None => filling.keyed.push((alias, copy.clone())),
                }
                value
            }
            None => {
                self.progress.empty_columns.insert(object.id);
                self.plan.unsupported.push(Unsupported {
                    object: self.target.identity(object.id),
                    reason: "its values were not kept; it comes back empty".into(),
                });
                "NULL".to_owned()
            }
        }
    }

    /// Rows written since get what an INSERT without the column would have given them.
    fn never_null(&mut self, object: &Object, column: &Column, value: String) -> String {
        let table = ObjectId::relation(object.id.oid);
        let default = self.target.parts(table).find_map(|p| match &p.detail {
            Detail::Default(d) if d.column == object.id.sub => Some(d.expression.clone()),
            _ => None,
        });
        match default {
            Some(expression) => format!("coalesce({value}, ({expression})::{})", column.data_type),
            None if column.identity.is_some() && self.inside_of(object.id).is_some() => {
                let number = self.next_numbers(object.id, &value).unwrap_or_default();
                format!("coalesce({value}, {number})")
            }
            None => {
                self.needs_values(table, &object.name);
                value
            }
        }
    }

    /// The old table with the copies joined to it. A column that went later may be the key by which an earlier one is
    /// found.
    fn filled_from(&self, filling: Filling, there: &[String], old: &str) -> String {
        let Filling { mut known, pending, mut keyed, mut computed, whole, .. } = filling;
        let mut from = format!("ONLY {old} t");
        if let Some(copy) = &whole {
            from = format!("({}) t", self.numbered(copy, there, &format!("ONLY {old}"), "i.*"));
            from.push_str(&self.whole_join(copy, there, OF_WHOLE_ROWS, BY_PLACE));
            known.extend(joined_by(&pending, OF_WHOLE_ROWS));
        }
        while !keyed.is_empty() {
            let found = |(_, copy): &(String, ColumnCopy)| {
                copy.key.iter().all(|k| known.contains_key(k) || self.new_key(copy, k).is_some())
            };
            let next = keyed.iter().position(found);
            // What a key is computed from came back itself.
            let join = |(place, one): (usize, &Computed)| Some((place, one.join(&known)?));
            if next.is_none()
                && let Some((place, join)) = computed.iter().enumerate().find_map(join)
            {
                let Computed { alias, name, .. } = computed.remove(place);
                from.push_str(&join);
                let value = format!("{alias}.{}", ident(&name));
                known.insert(name, value);
                continue;
            }
            let (alias, copy) = keyed.remove(next.unwrap_or(0));
            let on: Vec<String> = copy
                .key
                .iter()
                .map(|k| {
                    let new = self.new_key(&copy, k).map(|id| format!("t.{}", ident(&remove::kept_key_name(id))));
                    let value = new.or_else(|| known.get(k).cloned()).unwrap_or_else(|| format!("t.{}", ident(k)));
                    format!("{} = {value}", self.kept_key(&copy, &alias, k))
                })
                .collect();
            let kept = qualified(&copy.schema, &copy.name);
            from.push_str(&format!(" LEFT JOIN {kept} {alias} ON {}", on.join(" AND ")));
            known.extend(joined_by(&pending, &alias));
        }
        from
    }

    /// The columns that the expression of a generated column names.
    fn computed_from(&self, column: ObjectId) -> Vec<String> {
        let inputs = self.target.needs(column).map(|dependency| dependency.to);
        let inputs = inputs.filter(|input| input.class == column.class && input.oid == column.oid && input.sub > 0);
        let names: BTreeSet<String> =
            inputs.filter_map(|input| self.target.column_name(input.oid, input.sub)).map(str::to_owned).collect();
        names.into_iter().collect()
    }

    /// A table that is recreated and lies in the order of its key: that key's index leads through its rows once, which
    /// takes less than to hash what was kept.
    pub(super) fn is_filled_by_key(&self, table: ObjectId) -> bool {
        let stands_alone = match self.now.get(table).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.inherits.is_empty() && t.partition_of.is_none() && t.partition_key.is_none(),
            _ => false,
        };
        stands_alone
            && self.chosen.rebuilds.contains(&table)
            && self.options.in_order.contains(&table)
            && !self.inverse.images.iter().any(|image| image.table == table)
    }

    /// The sequence of an identity column that was kept: where it stood.
    fn inside_of(&self, column: ObjectId) -> Option<(&Sequence, &SequenceValue)> {
        self.inverse.sequences.iter().find_map(|value| match &self.target.get(value.sequence)?.detail {
            Detail::Sequence(s) if s.identity && s.owned_by == Some(column) => Some((s, value)),
            _ => None,
        })
    }

    /// Numbers for rows written since, which have none: those that the sequence would have given them.
    pub(super) fn next_numbers(&self, column: ObjectId, value: &str) -> Option<String> {
        let (sequence, stood) = self.inside_of(column)?;
        let before = if stood.is_called { "" } else { " - 1" };
        Some(format!(
            "{} + {} * (pg_catalog.row_number() OVER (PARTITION BY {value} IS NULL){before})",
            stood.last_value, sequence.increment
        ))
    }
}
