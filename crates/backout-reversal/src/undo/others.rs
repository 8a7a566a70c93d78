//! Operators, casts, collations, text search and the like: new ones make room and go, others get their former names.

use super::planner::Planner;
use super::schemas;
use crate::ddl;
use crate::order::creation_order;
use backout_schema::{Catalog, Class, Dependency, DependencyKind, Detail, Object, ObjectId, ident};
use std::collections::{BTreeMap, BTreeSet};

impl Planner<'_> {
    /// New ones that are called as others shall be, and old ones that have changed hands: what each is called until it
    /// goes, or gets its own name.
    pub(super) fn others_in_the_way(&mut self, going: &BTreeSet<ObjectId>) {
        let with_former = self.with_former_schemas();
        let today = with_former.as_ref().unwrap_or(self.now);
        let alike = |o: &Object, then: &Object| match (&o.detail, &then.detail) {
            (Detail::Other(is), Detail::Other(was)) => is.noun == was.noun && o.name == then.name,
            _ => false,
        };
        let leaves = |o: &Object| self.target.get(o.id).is_none_or(|then| then.name != o.name);
        let is_wanted = |o: &Object| self.target.outside().any(|then| then.id != o.id && alike(o, then));
        let mut wanted: Vec<ObjectId> = today
            .outside()
            .filter(|o| matches!(o.detail, Detail::Other(_)))
            .filter(|o| leaves(o) && is_wanted(o))
            .map(|o| o.id)
            .collect();
        // What is made of such a one goes with it.
        let mut place = 0;
        while let Some(id) = wanted.get(place).copied() {
            place += 1;
            let is_other = |id: &ObjectId| matches!(self.now.get(*id).map(|o| &o.detail), Some(Detail::Other(_)));
            let users = self.now.dependents(id).map(|d| d.from).filter(|user| going.contains(user) && is_other(user));
            let new: Vec<ObjectId> = users.filter(|user| !wanted.contains(user)).collect();
            wanted.extend(new);
        }
        let (order, cycle) = creation_order(self.now, &wanted.into_iter().collect());
        for id in order.into_iter().chain(cycle).rev() {
            let Some(object) = self.now.get(id).cloned() else { continue };
            let about = self.now.identity(id);
            if !self.target.contains(id) && !self.is_still_used(id, going) {
                if let Some(sql) = self.drop_of_other(&object, going) {
                    self.chosen.room_for_others.push((id, sql, about));
                }
                self.chosen.others_aside.insert(id, None);
                continue;
            }
            let Detail::Other(other) = &object.detail else { continue };
            let (Some(word), Some(schema)) = (other.keyword(), &object.schema) else { continue };
            let mut there = object.clone();
            let head = |schema: &str| format!("{}.", ident(schema));
            let sql = match &other.bare {
                Some(bare) => {
                    let between = format!("backout_renamed_{}_0", id.oid);
                    let (from, to) = (head(schema) + &ident(bare), head(schema) + &between);
                    there.name = object.name.replacen(&from, &to, 1);
                    if let Detail::Other(o) = &mut there.detail {
                        o.bare = Some(between.clone());
                    }
                    format!("ALTER {word} {} RENAME TO {between}", object.name)
                }
                None => {
                    let undone = self.undone_schema(schema);
                    there.name = object.name.replacen(&head(schema), &head(&undone), 1);
                    there.schema = Some(undone.clone());
                    format!("ALTER {word} {} SET SCHEMA {}", object.name, ident(&undone))
                }
            };
            self.chosen.room_for_others.push((id, sql, about));
            self.chosen.others_aside.insert(id, Some(there));
            // Columns that got it instead of one of its name look as if they had that still.
            if id.class == Class::Collation && !self.target.contains(id) {
                let stays = |user: &ObjectId| {
                    user.class == Class::Relation
                        && user.sub != 0
                        && !going.contains(user)
                        && !going.contains(&self.now.root(*user))
                        && !self.now.is_ours(*user)
                };
                self.chosen.same_name_types.extend(self.now.dependents(id).map(|d| d.from).filter(stays));
            }
        }
    }

    /// Whether something stands on it that neither goes nor is one of these.
    fn is_still_used(&self, id: ObjectId, going: &BTreeSet<ObjectId>) -> bool {
        let goes = |user: ObjectId| {
            let root = self.now.root(user);
            let steps_aside = self.now.get(root).is_some_and(Object::holds_rows);
            (going.contains(&user) || going.contains(&root)) && !steps_aside
        };
        let column_goes = |user: ObjectId| {
            going.contains(&user) && !going.contains(&self.now.root(user)) && !self.chosen.needed_keys.contains(&user)
        };
        self.now.dependents(id).any(|d| !goes(d.from) && !column_goes(d.from))
    }

    /// What such a thing is called, and where it lies, when schemas have their former names.
    fn other_at(&self, id: ObjectId) -> Option<Object> {
        let there = self.chosen.others_aside.get(&id).cloned().flatten().or_else(|| self.now.get(id).cloned())?;
        Some(schemas::placed(&self.former_schemas(), &there))
    }

    /// Before columns get their former collations.
    pub(super) fn others_to_their_places(&mut self, recreate: &BTreeSet<ObjectId>) {
        for id in self.inverse.changed.clone() {
            let stays = |o: &Object| matches!(o.detail, Detail::Other(_)) && !recreate.contains(&id);
            if self.now.get(id).is_some_and(stays) {
                let about = self.target.identity(id);
                self.other_to_its_place(id).into_iter().for_each(|sql| self.step(sql, &about));
            }
        }
    }

    /// RENAME and SET SCHEMA, for one that stays.
    fn other_to_its_place(&self, id: ObjectId) -> Vec<String> {
        let (Some(now), Some(then)) = (self.other_at(id), self.target.get(id)) else { return Vec::new() };
        let (Detail::Other(n), Detail::Other(b)) = (&now.detail, &then.detail) else { return Vec::new() };
        let (mut statements, mut is) = (Vec::new(), now.name.clone());
        let Some(head) = n.keyword().filter(|_| is != then.name).map(|word| format!("ALTER {word} ")) else {
            return statements;
        };
        if let (Some(from), Some(to)) = (&now.schema, &then.schema)
            && from != to
        {
            statements.push(format!("{head}{is} SET SCHEMA {}", ident(to)));
            is = is.replacen(&format!("{}.", ident(from)), &format!("{}.", ident(to)), 1);
        }
        if let (Some(from), Some(to)) = (&n.bare, &b.bare)
            && from != to
        {
            statements.push(format!("{head}{is} RENAME TO {}", ident(to)));
        }
        statements
    }

    /// They make room when what was recreated is gone, and that with it.
    pub(super) fn set_others_aside(&mut self, recreate: &BTreeSet<ObjectId>) {
        for (id, sql, about) in std::mem::take(&mut self.chosen.room_for_others) {
            if !recreate.contains(&id) {
                self.step(sql, &about);
            }
        }
    }

    /// New ones go last, when nothing is made of them any more.
    pub(super) fn drop_others(&mut self, going: &BTreeSet<ObjectId>) {
        let has_gone = |id: &ObjectId| matches!(self.chosen.others_aside.get(id), Some(None));
        let others: BTreeSet<ObjectId> = going
            .iter()
            .copied()
            .filter(|id| matches!(self.now.get(*id).map(|o| &o.detail), Some(Detail::Other(_))) && !has_gone(id))
            .collect();
        let (order, cycle) = creation_order(self.now, &others);
        for id in order.into_iter().chain(cycle).rev() {
            let Some(object) = self.other_at(id) else { continue };
            let about = self.now.identity(id);
            // New tables that step aside may be made of it.
            let kept = self.now.dependent_closure([id]).into_iter().any(|user| {
                let root = self.now.root(user);
                going.contains(&root) && self.now.get(root).is_some_and(Object::holds_rows)
            });
            let there = Catalog::new(vec![object.clone()], Vec::new(), BTreeMap::new());
            if let Some(schema) =
                ddl::schema_of_other(&there, id).filter(|_| kept && !self.goes_with_another(id, going))
            {
                let undone = self.undone_schema(&schema);
                if let Some(sql) = ddl::move_other(&there, id, &undone) {
                    self.step(sql, &about);
                    continue;
                }
            }
            if let Some(sql) = self.drop_of_other(&object, going) {
                self.step(sql, &about);
            }
        }
    }

    /// Parts of what goes go with it: a family's members, an extension's.
    fn goes_with_another(&self, id: ObjectId, going: &BTreeSet<ObjectId>) -> bool {
        let part_of = |d: &Dependency| {
            d.kind != DependencyKind::Normal && (going.contains(&d.to) || going.contains(&self.now.root(d.to)))
        };
        self.now.needs(id).any(|d| part_of(&d))
    }

    fn drop_of_other(&mut self, object: &Object, going: &BTreeSet<ObjectId>) -> Option<String> {
        if self.goes_with_another(object.id, going) {
            return None;
        }
        let there = Catalog::new(vec![object.clone()], Vec::new(), BTreeMap::new());
        match ddl::drop(&there, object.id, false) {
            Ok(drop) => Some(drop.sql),
            Err(reason) => {
                self.plan.unsupported.push(reason);
                None
            }
        }
    }
}
