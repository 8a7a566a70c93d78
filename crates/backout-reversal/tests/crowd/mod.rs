//! Many objects that a case has nothing to do with.

use backout_schema::{Catalog, Class, Dependency, Detail, Object, ObjectId};

/// `public`, which every database has under the same id.
const PUBLIC: u32 = 2200;
/// Ids of one copy lie that far from those of the next.
const STRIDE: u32 = 100_000;

/// The catalog with so many copies of another one, each in a schema of its own.
pub fn beside(catalog: &Catalog, of: &Catalog, copies: usize) -> Catalog {
    let mut objects: Vec<Object> = catalog.objects().cloned().collect();
    let mut dependencies: Vec<Dependency> = catalog.dependencies().to_vec();
    let storage = catalog.objects().filter_map(|object| Some((object.id.oid, catalog.storage(object.id.oid)?)));
    let storage = storage.collect();
    for copy in (1u32..).take(copies) {
        let to = |id: ObjectId| match id.class {
            _ if id.oid == PUBLIC => ObjectId { oid: STRIDE * copy, ..id },
            _ if id.oid < 16_384 => id,
            _ => ObjectId { oid: id.oid + STRIDE * copy, ..id },
        };
        let mapped = of.subset(|object| object.id.class != Class::Database && object.name != "backout").map_ids(&to);
        dependencies.extend(mapped.dependencies());
        objects.extend(mapped.objects().cloned().map(|mut object| {
            let name = format!("s{copy}");
            match object.detail {
                Detail::Schema => object.name = name,
                _ => object.schema = object.schema.map(|_| name),
            }
            object
        }));
    }
    Catalog::new(objects, dependencies, storage)
}
