//! A whole catalog: objects by id, what depends on what, and their names.

use crate::object::*;
use crate::{ident, is_ours, qualified};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// `from` cannot exist without `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    pub from: ObjectId,
    pub to: ObjectId,
    pub kind: DependencyKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    /// Dropping `to` needs CASCADE.
    Normal,
    /// Dropping `to` drops `from` without being asked.
    Auto,
    /// `from` is a part of how `to` is made.
    Internal,
}

/// What a table occupies: estimates, never part of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// Changes when the table is rewritten or truncated.
    pub file: u32,
    /// Rows by the last ANALYZE or VACUUM, -1 if there was none.
    pub rows: f32,
    /// Bytes in the main fork, by the last ANALYZE or VACUUM.
    pub bytes: u64,
}

/// A catalog at one moment. A copy of it shares its objects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Parts")]
pub struct Catalog {
    objects: BTreeMap<ObjectId, Arc<Object>>,
    dependencies: Vec<Dependency>,
    storage: BTreeMap<u32, Storage>,
    children: BTreeMap<ObjectId, Vec<ObjectId>>,
    /// Positions in `dependencies`, sorted by `to`.
    by_target: Vec<usize>,
    /// What of it is Backout's own, once somebody has asked.
    ours: OnceLock<BTreeSet<ObjectId>>,
}

/// What is stored of a catalog; the rest follows from it.
#[derive(Deserialize)]
struct Parts {
    objects: Vec<Object>,
    dependencies: Vec<Dependency>,
    #[serde(default)]
    storage: BTreeMap<u32, Storage>,
}

impl From<Parts> for Catalog {
    fn from(parts: Parts) -> Catalog {
        Catalog::new(parts.objects, parts.dependencies, parts.storage)
    }
}

impl Serialize for Catalog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Parts<'c> {
            objects: Vec<&'c Object>,
            dependencies: &'c [Dependency],
            storage: &'c BTreeMap<u32, Storage>,
        }
        let objects = self.objects().collect();
        Parts { objects, dependencies: &self.dependencies, storage: &self.storage }.serialize(serializer)
    }
}

impl Catalog {
    pub fn new(
        objects: impl IntoIterator<Item = impl Into<Arc<Object>>>,
        dependencies: Vec<Dependency>,
        storage: BTreeMap<u32, Storage>,
    ) -> Catalog {
        let objects = objects.into_iter().map(Into::into);
        let mut objects: BTreeMap<ObjectId, Arc<Object>> = objects.map(|o: Arc<Object>| (o.id, o)).collect();
        // The server has default privileges in the order of its roles' ids, whatever was said first.
        for object in objects.values_mut().filter(|object| matches!(object.detail, Detail::DefaultAcl(_))) {
            if let Some(acl) = &mut Arc::make_mut(object).acl {
                acl.sort_by(|a, b| (&a.grantee, &a.grantor).cmp(&(&b.grantee, &b.grantor)));
            }
        }
        let mut dependencies = dependencies;
        dependencies.sort_unstable();
        dependencies.dedup();
        let mut children: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
        for object in objects.values() {
            if let Some(parent) = object.parent {
                children.entry(parent).or_default().push(object.id);
            }
        }
        let mut by_target: Vec<usize> = (0..dependencies.len()).collect();
        by_target.sort_by_key(|&i| (dependencies[i].to, dependencies[i].from));
        Catalog { objects, dependencies, storage, children, by_target, ours: OnceLock::new() }
    }

    pub fn get(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(&id).map(Arc::as_ref)
    }

    pub fn contains(&self, id: ObjectId) -> bool {
        self.objects.contains_key(&id)
    }

    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().map(Arc::as_ref)
    }

    /// The objects to make another catalog of, without a copy of each.
    pub fn shared(&self) -> impl Iterator<Item = Arc<Object>> {
        self.objects.values().cloned()
    }

    /// Objects outside Backout's own schemas.
    pub fn outside(&self) -> impl Iterator<Item = &Object> {
        self.objects().filter(|o| !self.is_ours(o.id))
    }

    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// What each table occupies, by the number of its relation.
    pub fn all_storage(&self) -> &BTreeMap<u32, Storage> {
        &self.storage
    }

    pub fn storage(&self, relation: u32) -> Option<Storage> {
        self.storage.get(&relation).copied()
    }

    /// The same catalog with other ids: of the objects, of what they name and of what depends on what. Texts stay.
    pub fn map_ids(self, to: &impl Fn(ObjectId) -> ObjectId) -> Catalog {
        let Catalog { objects, dependencies, storage, .. } = self;
        let edge = |d: Dependency| Dependency { from: to(d.from), to: to(d.to), kind: d.kind };
        Catalog::new(
            objects.into_values().map(|object| Arc::unwrap_or_clone(object).map_ids(to)),
            dependencies.into_iter().map(edge).collect(),
            storage,
        )
    }

    /// Columns, constraints, indexes, triggers … of a table; members of a publication.
    pub fn parts(&self, id: ObjectId) -> impl Iterator<Item = &Object> {
        self.children.get(&id).into_iter().flatten().filter_map(|id| self.get(*id))
    }

    /// Columns in their physical order.
    pub fn columns(&self, relation: ObjectId) -> Vec<&Object> {
        let mut columns: Vec<&Object> = self.parts(relation).filter(|o| o.is_column()).collect();
        columns.sort_by_key(|o| o.id.sub);
        columns
    }

    pub fn column_name(&self, relation: u32, number: i16) -> Option<&str> {
        self.get(ObjectId::column(relation, number)).map(|o| o.name.as_str())
    }

    /// What depends on `id` directly.
    pub fn dependents(&self, id: ObjectId) -> impl Iterator<Item = Dependency> + '_ {
        let start = self.by_target.partition_point(|&i| self.dependencies[i].to < id);
        self.by_target[start..].iter().map(|&i| self.dependencies[i]).take_while(move |d| d.to == id)
    }

    /// What `id` depends on directly.
    pub fn needs(&self, id: ObjectId) -> impl Iterator<Item = Dependency> + '_ {
        let start = self.dependencies.partition_point(|d| d.from < id);
        self.dependencies[start..].iter().copied().take_while(move |d| d.from == id)
    }

    /// The table (or view) that an object is a part of, or the object itself.
    pub fn root(&self, id: ObjectId) -> ObjectId {
        let mut id = id;
        while let Some(parent) = self.get(id).and_then(|o| o.parent) {
            id = parent;
        }
        id
    }

    /// The schema that an object lives in, through its table where it has one.
    pub fn schema_of(&self, id: ObjectId) -> Option<&str> {
        let object = self.get(self.root(id))?;
        match object.detail {
            Detail::Schema => Some(&object.name),
            _ => object.schema.as_deref(),
        }
    }

    /// It is Backout's own, or a part of something that is.
    pub fn is_ours(&self, id: ObjectId) -> bool {
        let find = || self.objects.keys().copied().filter(|id| self.is_found_ours(*id)).collect();
        self.ours.get_or_init(find).contains(&id)
    }

    fn is_found_ours(&self, id: ObjectId) -> bool {
        if self.schema_of(id).is_some_and(is_ours) {
            return true;
        }
        match self.get(id).map(|o| &o.detail) {
            // A membership of an archived table is not the publication's own matter any more.
            Some(Detail::PublicationTable(member)) => {
                let publication = self.get(id).and_then(|o| o.parent);
                self.schema_of(member.table).is_some_and(is_ours)
                    || publication.is_some_and(|id| self.is_found_ours(id))
            }
            // Which tables' changes are captured from the write-ahead log.
            Some(Detail::Publication(_)) => self.get(id).is_some_and(|o| o.name == "backout_capture"),
            _ => false,
        }
    }

    /// One of the triggers that write down what changes in a table. They come and go by themselves, and nothing else is
    /// different with them.
    pub fn is_capture(&self, id: ObjectId) -> bool {
        matches!(self.get(id).map(|o| &o.detail), Some(Detail::Trigger(t)) if t.definition.contains(" EXECUTE FUNCTION backout_capture."))
    }

    /// The name as SQL takes it: `public.users`, `public.f(integer)`, or the bare name of a part.
    pub fn sql_name(&self, id: ObjectId) -> String {
        let Some(object) = self.get(id) else {
            return id.to_string();
        };
        let name = match &object.schema {
            Some(schema) => qualified(schema, &object.name),
            None => ident(&object.name),
        };
        match &object.detail {
            Detail::Function(f) => format!("{name}({})", f.arguments),
            _ => name,
        }
    }

    /// A name that is the same in every database that has the same object: `table public.users`,
    /// `policy "own rows" on public.users`.
    pub fn identity(&self, id: ObjectId) -> String {
        let Some(object) = self.get(id) else {
            return id.to_string();
        };
        let noun = object.noun();
        match (&object.detail, object.parent) {
            (Detail::Column(_) | Detail::Default(_), Some(parent)) => {
                format!("{noun} {}.{}", self.sql_name(parent), ident(&object.name))
            }
            (Detail::PublicationTable(member), Some(parent)) => {
                format!("{} in publication {}", self.sql_name(member.table), self.sql_name(parent))
            }
            (Detail::PublicationSchema, Some(parent)) => {
                format!("schema {} in publication {}", ident(&object.name), self.sql_name(parent))
            }
            (Detail::Index(_), Some(_)) => format!("index {}", self.sql_name(id)),
            (_, Some(parent)) => {
                format!("{noun} {} on {}", ident(&object.name), self.sql_name(parent))
            }
            (Detail::DefaultAcl(d), None) => format!(
                "default privileges of {}{} on {}",
                ident(&d.role),
                d.in_schema.as_ref().map_or(String::new(), |s| format!(" in schema {}", ident(s))),
                d.object_type
            ),
            (Detail::Other(_), None) => format!("{noun} {}", object.name),
            (_, None) => format!("{noun} {}", self.sql_name(id)),
        }
    }

    /// The object with this identity, if there is one. Linear; build a map for many.
    pub fn find(&self, identity: &str) -> Option<&Object> {
        self.objects().find(|o| self.identity(o.id) == identity)
    }

    /// A table, view, sequence or index by name.
    pub fn relation(&self, schema: &str, name: &str) -> Option<&Object> {
        self.objects().find(|o| {
            o.id.class == Class::Relation && o.id.sub == 0 && o.name == name && o.schema.as_deref() == Some(schema)
        })
    }

    /// The same catalog with only the objects that `keep` accepts, and the dependencies among them.
    pub fn subset(&self, keep: impl Fn(&Object) -> bool) -> Catalog {
        let objects: Vec<Arc<Object>> = self.shared().filter(|o| keep(o)).collect();
        let kept: BTreeSet<ObjectId> = objects.iter().map(|o| o.id).collect();
        let dependencies =
            self.dependencies.iter().copied().filter(|d| kept.contains(&d.from) && kept.contains(&d.to)).collect();
        let storage = self
            .storage
            .iter()
            .filter(|(oid, _)| kept.contains(&ObjectId::relation(**oid)))
            .map(|(oid, s)| (*oid, *s))
            .collect();
        Catalog::new(objects, dependencies, storage)
    }

    /// Ids of everything that depends on any of `roots`, directly or not, with the roots.
    pub fn dependent_closure(&self, roots: impl IntoIterator<Item = ObjectId>) -> BTreeSet<ObjectId> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<ObjectId> = roots.into_iter().collect();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.dependents(id).map(|d| d.from));
                open.extend(self.parts(id).map(|o| o.id));
            }
        }
        seen
    }
}
