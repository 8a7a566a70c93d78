//! Views that others need before they can be there themselves: first a view of the same columns without rows, which
//! the real one replaces. It breaks circles of views and functions. It also gives views back the order of their ids, by
//! which `pg_dump` decides which view of a loop it prints as a rule.

use super::planner::{Planner, StandIns};
use backout_schema::{Class, Detail, ObjectId, ident};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// Of what is created, in the order found so far: which views need a stand-in.
    pub(super) fn stand_ins(&self, ids: &BTreeSet<ObjectId>, order: &[ObjectId], cycle: &[ObjectId]) -> StandIns {
        let view = |id: &&ObjectId| matches!(self.target.get(**id).map(|o| &o.detail), Some(Detail::View(v)) if !v.materialized);
        let mut wanted: Vec<ObjectId> = cycle.iter().filter(view).copied().collect();
        let views: Vec<ObjectId> = order.iter().filter(view).copied().collect();
        // A view that stands on a key makes pg_dump go in circles.
        let on_key = |id: &ObjectId| self.target.needs(*id).any(|d| d.to.class == Class::Constraint);
        if !views.is_sorted() && views.iter().any(on_key) {
            wanted.extend(views);
        }
        wanted.into_iter().filter_map(|id| Some((id, self.stands_in_of(id, ids)?))).collect()
    }

    /// What must be there for the columns of a view; nothing if that is another view.
    fn stands_in_of(&self, view: ObjectId, ids: &BTreeSet<ObjectId>) -> Option<Vec<ObjectId>> {
        let mut types: BTreeSet<&str> = BTreeSet::new();
        for column in self.target.columns(view) {
            if let Detail::Column(c) = &column.detail {
                types.insert(c.data_type.split(['(', '[']).next().unwrap_or_default());
            }
        }
        let mut needed = Vec::new();
        for id in ids {
            let Some(object) = self.target.get(*id) else { continue };
            let is_type = matches!(object.detail, Detail::Type(_) | Detail::Table(_) | Detail::View(_));
            if is_type && types.contains(self.target.sql_name(*id).as_str()) {
                if matches!(object.detail, Detail::View(_)) {
                    return None;
                }
                needed.push(*id);
            }
        }
        Some(needed)
    }

    /// Those that the object needs; before the first of the views that only want their order, all of these.
    pub(super) fn make_stand_ins(&mut self, id: ObjectId) {
        let is_one = self.progress.creation.stand_ins.contains_key(&id);
        let mut due: Vec<ObjectId> = self
            .progress
            .creation
            .stand_ins
            .keys()
            .copied()
            .filter(|view| !self.progress.stand_ins_made.contains(view))
            .filter(|view| is_one || self.target.needs(id).any(|d| self.target.root(d.to) == *view))
            .collect();
        // What the columns are made of is created in their turn: a view alone must not run ahead of it.
        due.retain(|view| {
            let there = |of: &ObjectId| self.now.contains(*of) || self.progress.arrived.contains(of);
            self.progress.creation.stand_ins[view].iter().all(there)
        });
        for view in due {
            let about = self.target.identity(view);
            let columns: Vec<String> = self
                .target
                .columns(view)
                .into_iter()
                .filter_map(|column| match &column.detail {
                    Detail::Column(c) => {
                        let collate = c.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
                        Some(format!("NULL::{}{collate} AS {}", c.data_type, ident(&column.name)))
                    }
                    _ => None,
                })
                .collect();
            self.step(format!("CREATE VIEW {} AS SELECT {}", self.target.sql_name(view), columns.join(", ")), &about);
            self.progress.stand_ins_made.insert(view);
        }
        self.progress.arrived.insert(id);
    }
}
