//! Schemas have their former names before anything lies in them again.

use super::planner::Planner;
use backout_schema::{Catalog, Class, Detail, Object, ObjectId, ident};
use std::collections::BTreeMap;

impl Planner<'_> {
    /// A new schema that has the name of another one makes room; those that were renamed may have exchanged names.
    pub(super) fn bring_schemas_back(&mut self) {
        let room = self.new_schemas_in_the_way();
        for (id, name) in &room {
            let about = self.now.identity(*id);
            self.step(format!("ALTER SCHEMA {} RENAME TO {}", self.now.sql_name(*id), ident(name)), &about);
        }
        let renamed: Vec<(ObjectId, String, String)> = self
            .renamed_schemas()
            .filter(|(id, from, _)| self.inverse.after.get(*id).is_none_or(|after| after.name == *from))
            .collect();
        let mut second = Vec::new();
        for (id, from, to) in &renamed {
            let about = self.target.identity(*id);
            let rename = |from: &str, to: &str| format!("ALTER SCHEMA {} RENAME TO {}", ident(from), ident(to));
            if renamed.iter().any(|(_, other, _)| other == to) {
                let between = format!("backout_renamed_{}_0", id.oid);
                second.push((rename(&between, to), about.clone()));
                self.step(rename(from, &between), &about);
            } else {
                self.step(rename(from, to), &about);
            }
        }
        for (sql, about) in second {
            self.step(sql, &about);
        }
        self.create_schemas();
    }

    /// Schemas first: what lies in the archive returns to them.
    fn create_schemas(&mut self) {
        let missing: Vec<Object> = self
            .inverse
            .removed
            .iter()
            .filter(|id| id.class == Class::Schema && !self.now.contains(**id))
            .filter_map(|id| self.target.get(*id).cloned())
            .collect();
        for schema in missing {
            let about = self.target.identity(schema.id);
            self.step(format!("CREATE SCHEMA {}", ident(&schema.name)), &about);
            self.dress(&schema, &about);
        }
    }

    /// Which of them is called what, and shall be.
    fn renamed_schemas(&self) -> impl Iterator<Item = (ObjectId, String, String)> {
        let schemas = self.now.objects().filter(|o| matches!(o.detail, Detail::Schema));
        let former = |o: &Object| Some((o.id, o.name.clone(), self.target.get(o.id)?.name.clone()));
        schemas.filter_map(former).filter(|(_, now, then)| now != then)
    }

    /// What such are called until they go.
    pub(super) fn new_schemas_in_the_way(&self) -> Vec<(ObjectId, String)> {
        let is_wanted = |o: &Object| {
            let gets = |then: &Object| matches!(then.detail, Detail::Schema) && then.id != o.id && then.name == o.name;
            self.target.objects().any(gets)
        };
        let is_new = |o: &Object| matches!(o.detail, Detail::Schema) && !self.target.contains(o.id);
        let room = |o: &Object| (o.id, format!("backout_renamed_{}_0", o.id.oid));
        self.now.outside().filter(|o| is_new(o) && is_wanted(o)).map(room).collect()
    }

    /// By their names of now.
    pub(super) fn former_schemas(&self) -> BTreeMap<String, String> {
        let in_the_way = self.new_schemas_in_the_way();
        let room = in_the_way.into_iter().filter_map(|(id, name)| Some((self.now.get(id)?.name.clone(), name)));
        self.renamed_schemas().map(|(_, now, then)| (now, then)).chain(room).collect()
    }

    /// The catalog of now, with the former names of schemas, if some were renamed: what lies in them goes by those.
    pub(super) fn with_former_schemas(&self) -> Option<Catalog> {
        let former = self.former_schemas();
        if former.is_empty() {
            return None;
        }
        let objects: Vec<Object> = self.now.objects().map(|o| placed(&former, o)).collect();
        Some(Catalog::new(objects, self.now.dependencies().to_vec(), BTreeMap::new()))
    }
}

/// It, in the schema of its former name.
pub(super) fn placed(former: &BTreeMap<String, String>, object: &Object) -> Object {
    let mut placed = object.clone();
    if let Some(to) = placed.schema.as_ref().and_then(|from| former.get(from)) {
        let from = placed.schema.replace(to.clone()).unwrap_or_default();
        // Its name has the schema in it.
        if matches!(placed.detail, Detail::Other(_)) {
            placed.name = placed.name.replacen(&format!("{}.", ident(&from)), &format!("{}.", ident(to)), 1);
        }
    }
    placed
}
