//! Names and schemas as they were: what came out of the archive, and what the migration renamed or moved.

use super::planner::Planner;
use crate::ddl;
use crate::order::rank;
use backout_schema::{Catalog, Class, ConstraintKind, Detail, Object, ObjectId, ident, qualified};
use std::collections::{BTreeMap, BTreeSet};

impl Planner<'_> {
    /// The sequence of a new identity goes with it, when its column is altered: others can need its name before.
    fn make_room_for_sequences(&mut self) {
        let taken = |o: &Object| {
            let wanted = |then: &Object| {
                then.id.class == Class::Relation
                    && then.id.sub == 0
                    && then.id != o.id
                    && then.name == o.name
                    && then.schema == o.schema
            };
            self.target.outside().any(wanted)
        };
        let going: Vec<ObjectId> = self
            .inverse
            .added
            .iter()
            .filter_map(|id| self.now.get(*id))
            .filter(|o| matches!(&o.detail, Detail::Sequence(s) if s.identity) && taken(o))
            .map(|o| o.id)
            .collect();
        for id in going {
            // One whose table or column is new has gone with that.
            let owner = match self.now.get(id).map(|o| &o.detail) {
                Some(Detail::Sequence(s)) => s.owned_by,
                _ => None,
            };
            if owner.is_none_or(|column| !self.target.contains(column)) {
                continue;
            }
            let about = self.now.identity(id);
            let between = format!("backout_renamed_{}_0", id.oid);
            self.step(format!("ALTER SEQUENCE {} RENAME TO {}", self.now.sql_name(id), ident(&between)), &about);
        }
    }

    /// Archived things return to their schemas, and everything gets its former name.
    pub(super) fn bring_back(&mut self, recreate: &BTreeSet<ObjectId>) {
        let mut ids: Vec<ObjectId> = self
            .inverse
            .removed
            .iter()
            .chain(&self.inverse.changed)
            .copied()
            .filter(|id| self.now.contains(*id) && self.target.contains(*id))
            // What is recreated is gone by now; a table steps aside under its former name.
            .filter(|id| {
                let kept = self.now.is_ours(*id) && !self.is_altered_part(*id);
                let of = ObjectId::relation(id.oid);
                let is_gone = |id: &ObjectId| recreate.contains(id) && !self.chosen.rebuilds.contains(id);
                !(is_gone(id) || id.sub != 0 && id.class == Class::Relation && is_gone(&of)) || kept
            })
            .collect();
        ids.sort_by_key(|id| {
            let object = self.target.get(*id);
            let of = object.filter(|o| o.is_column()).and_then(|_| self.target.get(ObjectId::relation(id.oid)));
            // Tables and views before their columns. Functions are called by the types of their arguments, and go before
            // those.
            let is_function = matches!(object.map(|o| &o.detail), Some(Detail::Function(_)));
            let turn = object.into_iter().chain(of).map(rank).max().unwrap_or(u8::MAX);
            (if is_function { 1 } else { turn }, id.sub != 0, *id)
        });
        self.make_room_for_sequences();
        // Names that others leave only later.
        let mut second: Vec<(String, String)> = Vec::new();
        // What those are called until then, which their parts must know.
        let mut between_names: BTreeMap<ObjectId, String> = BTreeMap::new();
        // Where things wait whose places in other schemas are left only later.
        let mut waiting: BTreeMap<ObjectId, String> = BTreeMap::new();
        let mut left: BTreeSet<ObjectId> = BTreeSet::new();
        let mut functions: Vec<(String, String)> = Vec::new();
        ids.retain(|id| id.class != Class::Schema);
        self.bring_schemas_back();
        let with_former = self.with_former_schemas();
        let today = with_former.as_ref().unwrap_or(self.now);
        for id in ids {
            let (Some(now), Some(then), Some(found)) = (today.get(id), self.target.get(id), self.now.get(id)) else {
                continue;
            };
            let about = self.target.identity(id);
            let after = self.inverse.after.get(id);
            // Somebody else's later rename or move stays.
            let mine = |n: &Option<String>, a: Option<&Option<String>>| a.is_none_or(|a| a == n);
            let mut sql = Vec::new();
            let mut schema = now.schema.clone();
            // Indexes move with their table, which has gone before them.
            if matches!(now.detail, Detail::Index(_)) {
                schema.clone_from(&then.schema);
            }
            if now.schema != then.schema
                && !matches!(now.detail, Detail::Index(_))
                && !self.moves_with_its_table(id)
                && mine(&found.schema, after.map(|a| &a.schema))
                && let Some(to) = &then.schema
            {
                // That of a table which goes is free by now.
                if matches!(&now.detail, Detail::Sequence(s) if s.owned_by.is_some_and(|c| self.target.contains(c))) {
                    sql.push(format!("ALTER SEQUENCE {} OWNED BY NONE", today.sql_name(id)));
                }
                if self.place_is_taken(today, id, to, &left) {
                    let room = format!("backout_between_{}_{}", self.options.number, waiting.len() + 1);
                    sql.push(format!("CREATE SCHEMA {room}"));
                    sql.extend(ddl::move_to_schema(today, id, &room));
                    let mut there = now.clone();
                    there.schema = Some(room.clone());
                    waiting.insert(id, room);
                    let there = Catalog::new(vec![there], Vec::new(), BTreeMap::new());
                    between_names.insert(id, there.sql_name(id));
                    second.extend(ddl::move_to_schema(&there, id, to).map(|sql| (sql, about.clone())));
                } else {
                    sql.extend(ddl::move_to_schema(today, id, to));
                }
                left.insert(id);
                schema = Some(to.clone());
            }
            if now.name != then.name
                && after.is_none_or(|a| a.name == now.name)
                // The constraint's name is its index's name.
                && !matches!(&now.detail, Detail::Index(i) if i.constraint.is_some())
                // Its parent renames it along.
                && !matches!(&now.detail, Detail::Column(c) if c.inherited)
                && !matches!(&now.detail, Detail::Constraint(c) if c.inherited && c.kind == ConstraintKind::Check)
            {
                let table = then.parent.map_or(String::new(), |p| {
                    between_names.get(&p).cloned().unwrap_or_else(|| self.target.sql_name(p))
                });
                // By the second round the table of a part has its former name.
                let last = then.parent.map_or(String::new(), |p| self.target.sql_name(p));
                let statement = if self.now.is_ours(id) {
                    // What comes out of the archive has a name that is nobody else's until all others have theirs.
                    let mut there = now.clone();
                    there.schema.clone_from(&then.schema);
                    let is_function = matches!(then.detail, Detail::Function(_));
                    if is_function {
                        there.detail.clone_from(&then.detail);
                    }
                    let there = Catalog::new(vec![there], Vec::new(), BTreeMap::new());
                    between_names.insert(id, there.sql_name(id));
                    let renamed = ddl::rename(&there, id, &last, &then.name).map(|sql| (sql, about.clone()));
                    if is_function { &mut functions } else { &mut second }.extend(renamed);
                    None
                } else if waiting.contains_key(&id)
                    || then.parent.is_some_and(|p| waiting.contains_key(&p) && id.sub == 0)
                {
                    // When it, or its table, is where it belongs.
                    let mut there = now.clone();
                    there.schema.clone_from(&then.schema);
                    let there = Catalog::new(vec![there], Vec::new(), BTreeMap::new());
                    second.extend(ddl::rename(&there, id, &last, &then.name).map(|sql| (sql, about.clone())));
                    None
                } else if self.is_taken_by_renamed(today, (id, now), &schema, &then.name, &BTreeSet::new()) {
                    let between = format!("backout_renamed_{}_{}", id.oid, id.sub);
                    let mut there = now.clone();
                    there.name.clone_from(&between);
                    there.schema.clone_from(&then.schema);
                    let there = Catalog::new(vec![there], Vec::new(), BTreeMap::new());
                    between_names.insert(id, there.sql_name(id));
                    second.extend(ddl::rename(&there, id, &last, &then.name).map(|sql| (sql, about.clone())));
                    ddl::rename(today, id, &table, &between)
                } else {
                    ddl::rename(today, id, &table, &then.name)
                };
                if let Some(statement) = statement {
                    // It may have moved in the line before.
                    let here = match (&now.schema, &schema) {
                        (Some(from), Some(to)) if from != to => {
                            statement.replacen(&qualified(from, &now.name), &qualified(to, &now.name), 1)
                        }
                        _ => statement,
                    };
                    sql.push(here);
                }
            }
            if let Detail::Sequence(s) = &then.detail
                && let (Some(column), false) = (s.owned_by, s.identity)
                && matches!(&now.detail, Detail::Sequence(n) if n.owned_by.is_none())
                && self.inverse.removed.contains(&id)
                && self.now.contains(column)
            {
                // OWNED BY follows with the alterations.
            }
            for statement in sql {
                self.step(statement, &about);
            }
        }
        for (statement, about) in second.into_iter().chain(functions) {
            self.step(statement, &about);
        }
        for room in waiting.into_values() {
            self.step(format!("DROP SCHEMA {room}"), "where something waited for its place");
        }
    }

    /// Whether a sequence belongs to the table that it belonged to.
    fn moves_with_its_table(&self, id: ObjectId) -> bool {
        let owner = |catalog: &Catalog| match catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Sequence(s)) => s.owned_by.map(|column| column.oid),
            _ => None,
        };
        owner(self.now).is_some() && owner(self.now) == owner(self.target)
    }

    /// Whether another thing that leaves only later has the name, in that schema, of this one or of what moves with it.
    fn place_is_taken(&self, today: &Catalog, id: ObjectId, schema: &str, left: &BTreeSet<ObjectId>) -> bool {
        let schema = Some(schema.to_owned());
        let owned =
            |o: &&Object| matches!(&o.detail, Detail::Sequence(s) if s.owned_by.is_some_and(|c| c.oid == id.oid));
        let along = today.parts(id).chain(today.objects().filter(owned)).map(|o| o.id).chain([id]);
        along.filter(|part| *part == id || part.class == Class::Relation && part.sub == 0).any(|part| {
            today.get(part).is_some_and(|o| self.is_taken_by_renamed(today, (part, o), &schema, &o.name, left))
        })
    }

    /// Whether another one of its kind has the name now, and gets another, those left out that have moved on already.
    fn is_taken_by_renamed(
        &self,
        today: &Catalog,
        (id, now): (ObjectId, &Object),
        schema: &Option<String>,
        name: &str,
        left: &BTreeSet<ObjectId>,
    ) -> bool {
        let owner = |o: &Object| match &o.detail {
            Detail::Sequence(s) => s.owned_by.map(|column| ObjectId::relation(column.oid)),
            _ => o.parent,
        };
        let has_left = |o: &Object| left.contains(&o.id) || owner(o).is_some_and(|table| left.contains(&table));
        let leaves = |o: &Object| {
            self.target
                .get(o.id)
                .is_some_and(|then| then.name != name || then.schema != *schema && then.schema.is_some())
        };
        // A key's name is that of its index, which is in the same schema as others' tables.
        let is_key = matches!(&now.detail, Detail::Constraint(c)
            if matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion));
        let is_relation = is_key || id.class == Class::Relation && id.sub == 0;
        let place = if is_key { self.target.schema_of(id).map(str::to_owned) } else { schema.clone() };
        let is_other = |o: &Object| {
            let alike = o.id.class == id.class && o.is_column() == now.is_column() && o.parent == now.parent;
            let relations = is_relation && o.id.class == Class::Relation && o.id.sub == 0;
            let own_index = matches!(&o.detail, Detail::Index(i) if i.constraint == Some(id));
            let there = alike && o.schema == *schema || relations && o.schema == place;
            o.id != id && !own_index && o.name == name && there && !has_left(o) && leaves(o)
        };
        today.outside().any(is_other)
    }
}
