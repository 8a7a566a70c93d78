//! Names and schemas as they were: what came out of the archive, and what the migration renamed or moved.

use super::planner::Planner;
use crate::ddl;
use crate::order::rank;
use backout_schema::{Catalog, Class, ConstraintKind, Detail, Object, ObjectId, ident, qualified};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the moves so far.
#[derive(Default)]
struct Moves {
    /// Names that others leave only later, and those of functions after the types of their arguments.
    second: Vec<(String, String)>,
    functions: Vec<(String, String)>,
    /// What those are called until then, which their parts must know.
    between_names: BTreeMap<ObjectId, String>,
    /// Where things wait whose places in other schemas are left only later.
    waiting: BTreeMap<ObjectId, String>,
    /// What has gone to another schema.
    left: BTreeSet<ObjectId>,
    /// What this is done with.
    done: BTreeSet<ObjectId>,
    /// Names that are nobody else's, for what cannot go to its schema under the name that it has.
    aside: BTreeMap<ObjectId, String>,
}

/// A catalog of one object: names are looked up in it.
fn alone(object: Object) -> Catalog {
    Catalog::new(vec![object], Vec::new(), BTreeMap::new())
}

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
        let ids = self.in_the_order_of_names(recreate);
        self.make_room_for_sequences();
        self.bring_schemas_back();
        let with_former = self.with_former_schemas();
        let mut moves = Moves::default();
        for id in ids {
            self.bring_one_back(id, with_former.as_ref().unwrap_or(self.now), &mut moves);
            moves.done.insert(id);
        }
        for (statement, about) in moves.second.into_iter().chain(moves.functions) {
            self.step(statement, &about);
        }
        for room in moves.waiting.into_values() {
            self.step(format!("DROP SCHEMA {room}"), "where something waited for its place");
        }
    }

    /// What may have another name or schema than it had: tables and views before their columns. Functions are called by
    /// the types of their arguments, and go before those.
    fn in_the_order_of_names(&self, recreate: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        // What is recreated is gone by now; a table steps aside under its former name.
        let is_gone = |id: &ObjectId| recreate.contains(id) && !self.chosen.rebuilds.contains(id);
        let is_there = |id: &ObjectId| {
            let kept = self.now.is_ours(*id) && !self.is_altered_part(*id);
            let of = ObjectId::relation(id.oid);
            !(is_gone(id) || id.sub != 0 && id.class == Class::Relation && is_gone(&of)) || kept
        };
        let touched = self.inverse.removed.iter().chain(&self.inverse.changed).copied();
        let mut ids: Vec<ObjectId> = touched
            .filter(|id| id.class != Class::Schema && self.now.contains(*id) && self.target.contains(*id))
            .filter(is_there)
            .collect();
        ids.sort_by_key(|id| {
            let object = self.target.get(*id);
            let of = object.filter(|o| o.is_column()).and_then(|_| self.target.get(ObjectId::relation(id.oid)));
            let is_function = matches!(object.map(|o| &o.detail), Some(Detail::Function(_)));
            let turn = object.into_iter().chain(of).map(rank).max().unwrap_or(u8::MAX);
            (if is_function { 1 } else { turn }, id.sub != 0, *id)
        });
        ids
    }

    /// `today` has schemas under their former names.
    fn bring_one_back(&mut self, id: ObjectId, today: &Catalog, moves: &mut Moves) {
        let (Some(now), Some(then), Some(found)) = (today.get(id), self.target.get(id), self.now.get(id)) else {
            return;
        };
        let after = self.inverse.after.get(id);
        let mut sql = Vec::new();
        let mut schema = now.schema.clone();
        // Indexes move with their table, which has gone before them.
        if matches!(now.detail, Detail::Index(_)) {
            schema.clone_from(&then.schema);
        } else if now.schema != then.schema
            && !self.moves_with_its_table(id)
            // Somebody else's later rename or move stays.
            && after.is_none_or(|a| a.schema == found.schema)
            && let Some(to) = &then.schema
        {
            sql.extend(self.move_back(now, to, today, moves));
            schema = Some(to.clone());
        }
        if now.name != then.name
            && after.is_none_or(|a| a.name == now.name)
            // The constraint's name is its index's name.
            && !matches!(&now.detail, Detail::Index(i) if i.constraint.is_some())
            // Its parent renames it along, unless it has left that one.
            && !matches!((&now.detail, &then.detail), (Detail::Column(n), Detail::Column(t)) if n.inherited && t.inherited)
            && !self.is_renamed_with_the_whole(now, then)
            && !matches!(&now.detail, Detail::Constraint(c) if c.inherited && c.kind == ConstraintKind::Check)
        {
            sql.extend(self.rename_back((now, then), &schema, today, moves));
        }
        let about = self.target.identity(id);
        for statement in sql {
            self.step(statement, &about);
        }
    }

    /// Whether it is a partition's trigger that the server renames along (from 15 on).
    fn is_renamed_with_the_whole(&self, now: &Object, then: &Object) -> bool {
        let table = now.parent.and_then(|table| self.now.get(table)).map(|o| &o.detail);
        let (Detail::Trigger(trigger), Some(Detail::Table(table))) = (&now.detail, table) else { return false };
        let alike = |o: &Object| {
            let is_trigger = matches!(o.detail, Detail::Trigger(_)) && o.name == now.name;
            is_trigger && self.target.get(o.id).is_some_and(|o| o.name == then.name)
        };
        trigger.inherited && table.partition_of.is_some_and(|whole| self.now.parts(whole).any(alike))
    }

    /// Moves it to its schema, or to where it waits while its place is not free.
    fn move_back(&self, now: &Object, to: &str, today: &Catalog, moves: &mut Moves) -> Vec<String> {
        let id = now.id;
        let mut sql = Vec::new();
        // That of a table which goes is free by now.
        if matches!(&now.detail, Detail::Sequence(s) if s.owned_by.is_some_and(|c| self.target.contains(c))) {
            sql.push(format!("ALTER SEQUENCE {} OWNED BY NONE", today.sql_name(id)));
        }
        let waits = self.place_is_taken(today, id, to, &moves.left);
        let (mut now, mut found) = (now, today);
        let renamed;
        if self.name_is_anothers(now, to, waits, moves) {
            let aside = format!("backout_renamed_{}_{}", id.oid, id.sub);
            sql.extend(ddl::rename(today, id, "", &aside));
            renamed = alone(Object { name: aside.clone(), ..now.clone() });
            moves.aside.insert(id, aside);
            (now, found) = (renamed.get(id).unwrap_or(now), &renamed);
        }
        if waits {
            let room = format!("backout_between_{}_{}", self.options.number, moves.waiting.len() + 1);
            sql.push(format!("CREATE SCHEMA {room}"));
            sql.extend(ddl::move_to_schema(found, id, &room));
            let there = alone(Object { schema: Some(room.clone()), ..now.clone() });
            moves.waiting.insert(id, room);
            moves.between_names.insert(id, there.sql_name(id));
            moves.second.extend(ddl::move_to_schema(&there, id, to).map(|sql| (sql, self.target.identity(id))));
        } else {
            sql.extend(ddl::move_to_schema(found, id, to));
        }
        moves.left.insert(id);
        sql
    }

    /// Renames it, or gives it a name that is nobody else's until all others have theirs.
    fn rename_back(
        &self,
        (now, then): (&Object, &Object),
        schema: &Option<String>,
        today: &Catalog,
        moves: &mut Moves,
    ) -> Option<String> {
        let id = now.id;
        let about = self.target.identity(id);
        let table = then
            .parent
            .map_or(String::new(), |p| moves.between_names.get(&p).cloned().unwrap_or_else(|| self.target.sql_name(p)));
        // By the second round the table of a part has its former name.
        let last = then.parent.map_or(String::new(), |p| self.target.sql_name(p));
        let there = Object { schema: then.schema.clone(), ..now.clone() };
        let waits = |id: &ObjectId| moves.waiting.contains_key(id);
        if let Some(aside) = moves.aside.get(&id) {
            let there = alone(Object { name: aside.clone(), ..there });
            moves.between_names.insert(id, there.sql_name(id));
            moves.second.extend(ddl::rename(&there, id, &last, &then.name).map(|sql| (sql, about)));
            return None;
        }
        let statement = if self.now.is_ours(id) {
            // What comes out of the archive has such a name already.
            let is_function = matches!(then.detail, Detail::Function(_));
            let detail = if is_function { then.detail.clone() } else { now.detail.clone() };
            let there = alone(Object { detail, ..there });
            moves.between_names.insert(id, there.sql_name(id));
            let renamed = ddl::rename(&there, id, &last, &then.name).map(|sql| (sql, about));
            if is_function { &mut moves.functions } else { &mut moves.second }.extend(renamed);
            return None;
        } else if waits(&id) || id.sub == 0 && then.parent.as_ref().is_some_and(waits) {
            // When it, or its table, is where it belongs.
            let renamed = ddl::rename(&alone(there), id, &last, &then.name);
            moves.second.extend(renamed.map(|sql| (sql, about)));
            return None;
        } else if self.is_taken_by_renamed(today, (id, now), schema, &then.name, &BTreeSet::new()) {
            let between = format!("backout_renamed_{}_{}", id.oid, id.sub);
            let there = alone(Object { name: between.clone(), ..there });
            moves.between_names.insert(id, there.sql_name(id));
            moves.second.extend(ddl::rename(&there, id, &last, &then.name).map(|sql| (sql, about)));
            ddl::rename(today, id, &table, &between)
        } else {
            ddl::rename(today, id, &table, &then.name)
        };
        // It may have moved in the line before.
        match (&now.schema, schema) {
            (Some(from), Some(to)) if from != to => {
                Some(statement?.replacen(&qualified(from, &now.name), &qualified(to, &now.name), 1))
            }
            _ => statement,
        }
    }

    /// Whether another thing has, in that schema, the name that this one has now and that it loses; or gets it while this
    /// one waits.
    fn name_is_anothers(&self, now: &Object, schema: &str, waits: bool, moves: &Moves) -> bool {
        let is_renamed = self.target.get(now.id).is_some_and(|then| then.name != now.name);
        let is_kind = matches!(now.id.class, Class::Relation | Class::Type | Class::Function) && now.id.sub == 0;
        let is_there = |then: &Object| {
            let unchanged = |o: &Object| o.name == then.name && o.schema == then.schema;
            moves.done.contains(&then.id) || self.now.get(then.id).is_some_and(unchanged)
        };
        let is_other = |then: &Object| {
            let alike = then.id.class == now.id.class && then.id.sub == 0 && then.id != now.id;
            let has_it = alike && then.name == now.name && then.schema.as_deref() == Some(schema);
            has_it && self.now.contains(then.id) && (waits || is_there(then))
        };
        is_renamed && is_kind && self.target.outside().any(is_other)
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
