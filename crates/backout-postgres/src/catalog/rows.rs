//! Rows of the catalog queries as values, one function for each kind of object.

use super::error::CatalogError;
use backout_schema::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// One row, read column by column from the left.
struct Reader<'a> {
    row: &'a Row,
    next: usize,
    what: &'static str,
}

impl<'a> Reader<'a> {
    fn new(row: &'a Row, what: &'static str) -> Reader<'a> {
        Reader { row, next: 0, what }
    }

    fn take<T: FromSql<'a>>(&mut self) -> Result<T, CatalogError> {
        let index = self.next;
        self.next += 1;
        self.row.try_get(index).map_err(|source| CatalogError::Decode { what: self.what, source })
    }

    fn letter(&mut self) -> Result<char, CatalogError> {
        Ok(self.take::<Option<&str>>()?.and_then(|s| s.chars().next()).unwrap_or(' '))
    }

    fn letter_or_none(&mut self) -> Result<Option<char>, CatalogError> {
        Ok(self.take::<Option<&str>>()?.and_then(|s| s.chars().next()))
    }

    fn acl(&mut self) -> Result<Option<Vec<AclItem>>, CatalogError> {
        let items: Option<Vec<String>> = self.take()?;
        Ok(items.map(|items| items.iter().map(|i| i.parse()).collect()).transpose()?)
    }

    fn numbers(&mut self) -> Result<Vec<i16>, CatalogError> {
        let numbers: Vec<i32> = self.take()?;
        Ok(numbers.into_iter().map(|n| n as i16).collect())
    }
}

#[derive(Default)]
pub(super) struct Builder {
    objects: Vec<Object>,
    storage: BTreeMap<u32, Storage>,
    parents: HashMap<u32, Vec<u32>>,
    /// Default expressions of generated columns are a part of the column.
    generated: HashMap<u32, ObjectId>,
    known: HashSet<ObjectId>,
}

impl Builder {
    fn add(&mut self, object: Object) {
        self.known.insert(object.id);
        self.objects.push(if matches!(object.detail, Detail::DefaultAcl(_)) {
            object
        } else {
            object.with_plain_acl()
        });
    }

    pub(super) fn inherits(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "inheritance");
            let child: u32 = r.take()?;
            self.parents.entry(child).or_default().push(r.take()?);
        }
        Ok(())
    }

    pub(super) fn schemas(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "schemas");
            self.add(Object {
                id: ObjectId::new(Class::Schema, r.take()?),
                schema: None,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: r.acl()?,
                comment: r.take()?,
                detail: Detail::Schema,
            });
        }
        Ok(())
    }

    pub(super) fn extensions(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "extensions");
            let object = Object {
                id: ObjectId::new(Class::Extension, r.take()?),
                schema: None,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: None,
                comment: None,
                detail: Detail::Extension(Extension { version: r.take()?, schema: r.take()?, relocatable: r.take()? }),
            };
            let comment = r.take()?;
            self.add(Object { comment, ..object });
        }
        Ok(())
    }

    pub(super) fn relations(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "relations");
            let oid: u32 = r.take()?;
            let mut object = Object {
                id: ObjectId::relation(oid),
                schema: r.take()?,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: r.acl()?,
                comment: r.take()?,
                detail: Detail::Schema,
            };
            let kind = r.letter()?;
            let persistence = r.letter()?;
            let options: Vec<String> = r.take()?;
            let toast_options: Vec<String> = r.take()?;
            let storage_method: Option<String> = r.take()?;
            let (access_method, foreign) = if kind == 'f' { (None, storage_method) } else { (storage_method, None) };
            let tablespace: Option<String> = r.take()?;
            let replica_identity = r.letter()?;
            let row_security: bool = r.take()?;
            let force_row_security: bool = r.take()?;
            let of_type: Option<String> = r.take()?;
            let partition_key: Option<String> = r.take()?;
            let partition_bound: Option<String> = r.take()?;
            let populated: bool = r.take()?;
            let definition: Option<String> = r.take()?;
            let storage = Storage { file: r.take()?, rows: r.take()?, bytes: r.take::<i64>()?.max(0) as u64 };
            let is_partition: bool = r.take()?;
            let parents: Vec<ObjectId> =
                self.parents.get(&oid).into_iter().flatten().map(|oid| ObjectId::relation(*oid)).collect();
            object.detail = match kind {
                'v' | 'm' => Detail::View(View {
                    materialized: kind == 'm',
                    definition: definition.unwrap_or_default(),
                    options,
                    populated,
                    tablespace,
                }),
                _ => Detail::Table(Table {
                    kind: match kind {
                        'p' => TableKind::Partitioned,
                        'f' => TableKind::Foreign,
                        _ => TableKind::Ordinary,
                    },
                    unlogged: persistence == 'u',
                    options,
                    toast_options,
                    access_method,
                    tablespace,
                    replica_identity,
                    row_security,
                    force_row_security,
                    of_type,
                    partition_key,
                    partition_of: parents.first().copied().filter(|_| is_partition),
                    partition_bound,
                    inherits: if is_partition { Vec::new() } else { parents },
                    foreign,
                }),
            };
            if kind == 'r' || kind == 'm' || kind == 'p' {
                self.storage.insert(oid, storage);
            }
            self.add(object);
        }
        Ok(())
    }

    pub(super) fn columns(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "columns");
            let relation: u32 = r.take()?;
            let number: i16 = r.take()?;
            let name: String = r.take()?;
            let acl = r.acl()?;
            let comment: Option<String> = r.take()?;
            let data_type = r.take()?;
            let collation = r.take()?;
            let not_null = r.take()?;
            let identity = r.letter_or_none()?;
            let generated = r.letter_or_none()?;
            let expression: Option<String> = r.take()?;
            let default_oid: Option<u32> = r.take()?;
            let id = ObjectId::column(relation, number);
            let parent = Some(ObjectId::relation(relation));
            let column = Column {
                data_type,
                collation,
                not_null,
                not_null_name: None,
                identity,
                generated: expression.clone().filter(|_| generated.is_some()),
                virtual_: generated == Some('v'),
                storage: r.letter_or_none()?,
                own_storage: None,
                compression: r.letter_or_none()?,
                statistics: r.take()?,
                options: r.take()?,
                local: r.take()?,
                inherited: r.take()?,
            };
            let column = Column { not_null_name: r.take()?, own_storage: r.letter_or_none()?, ..column };
            if let (Some(oid), Some(expression)) = (default_oid, expression) {
                if generated.is_some() {
                    self.generated.insert(oid, id);
                } else {
                    self.add(Object {
                        id: ObjectId::new(Class::Default, oid),
                        schema: None,
                        name: name.clone(),
                        parent,
                        owner: None,
                        acl: None,
                        comment: None,
                        detail: Detail::Default(ColumnDefault { column: number, expression }),
                    });
                }
            }
            self.add(Object {
                id,
                schema: None,
                name,
                parent,
                owner: None,
                acl,
                comment,
                detail: Detail::Column(column),
            });
        }
        Ok(())
    }

    pub(super) fn sequences(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "sequences");
            let mut object = Object {
                id: ObjectId::relation(r.take()?),
                schema: r.take()?,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: r.acl()?,
                comment: r.take()?,
                detail: Detail::Schema,
            };
            let mut sequence = Sequence {
                data_type: r.take()?,
                start: r.take()?,
                increment: r.take()?,
                minimum: r.take()?,
                maximum: r.take()?,
                cache: r.take()?,
                cycle: r.take()?,
                unlogged: r.letter()? == 'u',
                owned_by: None,
                identity: false,
            };
            if let (Some(table), Some(column)) = (r.take::<Option<u32>>()?, r.take::<Option<i32>>()?) {
                sequence.owned_by = Some(ObjectId::column(table, column as i16));
                sequence.identity = r.letter()? == 'i';
            }
            object.detail = Detail::Sequence(sequence);
            self.add(object);
        }
        Ok(())
    }

    pub(super) fn indexes(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "indexes");
            let id = ObjectId::relation(r.take()?);
            let parent = Some(ObjectId::relation(r.take()?));
            let schema = r.take()?;
            let name = r.take()?;
            let comment = r.take()?;
            let definition = r.take()?;
            let constraint: Option<u32> = r.take()?;
            let mut index = Index {
                definition,
                constraint: constraint.map(|oid| ObjectId::new(Class::Constraint, oid)),
                unique: r.take()?,
                valid: r.take()?,
                clustered: r.take()?,
                replica_identity: r.take()?,
                options: r.take()?,
                tablespace: r.take()?,
                partition_of: r.take::<Option<u32>>()?.map(ObjectId::relation),
                statistics: Vec::new(),
            };
            let numbers: Option<Vec<i32>> = r.take()?;
            let targets: Option<Vec<i32>> = r.take()?;
            index.statistics =
                numbers.unwrap_or_default().into_iter().map(|n| n as i16).zip(targets.unwrap_or_default()).collect();
            self.add(Object {
                id,
                schema,
                name,
                parent,
                owner: None,
                acl: None,
                comment,
                detail: Detail::Index(index),
            });
        }
        Ok(())
    }

    pub(super) fn constraints(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "constraints");
            let id = ObjectId::new(Class::Constraint, r.take()?);
            let name = r.take()?;
            let kind = r.letter()?;
            let table: u32 = r.take()?;
            let domain: u32 = r.take()?;
            let _index: u32 = r.take()?;
            let foreign: u32 = r.take()?;
            let definition = r.take()?;
            let validated = r.take()?;
            let deferrable = r.take()?;
            let columns = r.numbers()?;
            let foreign_columns = r.numbers()?;
            let inherited = r.take()?;
            let comment = r.take()?;
            self.add(Object {
                id,
                schema: None,
                name,
                parent: Some(if table != 0 { ObjectId::relation(table) } else { ObjectId::new(Class::Type, domain) }),
                owner: None,
                acl: None,
                comment,
                detail: Detail::Constraint(Constraint {
                    kind: match kind {
                        'p' => ConstraintKind::PrimaryKey,
                        'u' => ConstraintKind::Unique,
                        'x' => ConstraintKind::Exclusion,
                        'f' => ConstraintKind::ForeignKey,
                        _ => ConstraintKind::Check,
                    },
                    definition,
                    validated,
                    deferrable,
                    columns,
                    foreign_table: (foreign != 0).then(|| ObjectId::relation(foreign)),
                    foreign_columns,
                    inherited,
                    on_domain: domain != 0,
                }),
            });
        }
        Ok(())
    }

    pub(super) fn types(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "types");
            let mut object = Object {
                id: ObjectId::new(Class::Type, r.take()?),
                schema: r.take()?,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: r.acl()?,
                comment: r.take()?,
                detail: Detail::Schema,
            };
            let kind = r.letter()?;
            let labels: Option<Vec<String>> = r.take()?;
            let base: Option<String> = r.take()?;
            let not_null: bool = r.take()?;
            let default: Option<String> = r.take()?;
            let collation: Option<String> = r.take()?;
            let names: Option<Vec<String>> = r.take()?;
            let data_types: Option<Vec<String>> = r.take()?;
            let collations: Option<Vec<Option<String>>> = r.take()?;
            let comments: Option<Vec<Option<String>>> = r.take()?;
            let numbers: Option<Vec<i32>> = r.take()?;
            let detail = match kind {
                'e' => Type::Enum { labels: labels.unwrap_or_default() },
                'd' => Type::Domain { base: base.unwrap_or_default(), collation, not_null, default },
                'c' => Type::Composite {
                    attributes: names
                        .unwrap_or_default()
                        .into_iter()
                        .zip(data_types.unwrap_or_default())
                        .zip(collations.unwrap_or_default())
                        .zip(comments.unwrap_or_default())
                        .zip(numbers.unwrap_or_default())
                        .map(|((((name, data_type), collation), comment), number)| Attribute {
                            name,
                            data_type,
                            collation,
                            number: i16::try_from(number).unwrap_or_default(),
                            comment,
                        })
                        .collect(),
                },
                'r' => Type::Range {
                    subtype: r.take::<Option<String>>()?.unwrap_or_default(),
                    opclass: r.take()?,
                    collation: r.take()?,
                    canonical: r.take()?,
                    subtype_diff: r.take()?,
                    multirange: r.take()?,
                },
                _ => Type::Base,
            };
            object.detail = Detail::Type(detail);
            self.add(object);
        }
        Ok(())
    }

    pub(super) fn functions(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "functions");
            let mut object = Object {
                id: ObjectId::new(Class::Function, r.take()?),
                schema: r.take()?,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: r.acl()?,
                comment: r.take()?,
                detail: Detail::Schema,
            };
            object.detail = Detail::Function(Function {
                kind: match r.letter()? {
                    'p' => FunctionKind::Procedure,
                    'a' => FunctionKind::Aggregate,
                    'w' => FunctionKind::Window,
                    _ => FunctionKind::Function,
                },
                arguments: r.take()?,
                interface: r.take()?,
                language: r.take()?,
                definition: r.take::<Option<String>>()?.unwrap_or_default(),
                leakproof: r.take()?,
            });
            self.add(object);
        }
        Ok(())
    }

    fn part(&mut self, id: ObjectId, name: String, table: u32, comment: Option<String>, detail: Detail) {
        self.add(Object {
            id,
            schema: None,
            name,
            parent: Some(ObjectId::relation(table)),
            owner: None,
            acl: None,
            comment,
            detail,
        });
    }

    pub(super) fn triggers(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "triggers");
            let (oid, name, table) = (r.take()?, r.take()?, r.take()?);
            let trigger = Trigger { definition: r.take()?, enabled: r.letter()?, inherited: r.take()? };
            let comment = r.take()?;
            let id = ObjectId::new(Class::Trigger, oid);
            self.part(id, name, table, comment, Detail::Trigger(trigger));
        }
        Ok(())
    }

    pub(super) fn rules(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "rules");
            let (oid, name, table) = (r.take()?, r.take()?, r.take()?);
            let rule = Rule { definition: r.take()?, enabled: r.letter()? };
            let comment = r.take()?;
            let id = ObjectId::new(Class::Rule, oid);
            self.part(id, name, table, comment, Detail::Rule(rule));
        }
        Ok(())
    }

    pub(super) fn policies(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "policies");
            let (oid, name, table) = (r.take()?, r.take()?, r.take()?);
            let policy = Policy {
                command: r.letter()?,
                permissive: r.take()?,
                roles: r.take()?,
                using: r.take()?,
                check: r.take()?,
            };
            let comment = r.take()?;
            let id = ObjectId::new(Class::Policy, oid);
            self.part(id, name, table, comment, Detail::Policy(policy));
        }
        Ok(())
    }

    pub(super) fn statistics(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "statistics");
            let mut object = Object {
                id: ObjectId::new(Class::Statistics, r.take()?),
                schema: r.take()?,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: None,
                comment: None,
                detail: Detail::Statistics(Statistics { definition: r.take()?, target: r.take()? }),
            };
            object.parent = Some(ObjectId::relation(r.take()?));
            object.comment = r.take()?;
            self.add(object);
        }
        Ok(())
    }

    pub(super) fn publications(
        &mut self,
        publications: &[Row],
        tables: &[Row],
        schemas: &[Row],
    ) -> Result<(), CatalogError> {
        for row in publications {
            let mut r = Reader::new(row, "publications");
            let mut object = Object {
                id: ObjectId::new(Class::Publication, r.take()?),
                schema: None,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: None,
                comment: None,
                detail: Detail::Publication(Publication {
                    all_tables: r.take()?,
                    publish: r.take()?,
                    via_root: r.take()?,
                }),
            };
            object.comment = r.take()?;
            self.add(object);
        }
        for row in tables {
            let mut r = Reader::new(row, "publication tables");
            let id = ObjectId::new(Class::PublicationTable, r.take()?);
            let publication: u32 = r.take()?;
            let table = ObjectId::relation(r.take()?);
            self.add(Object {
                id,
                schema: None,
                name: String::new(),
                parent: Some(ObjectId::new(Class::Publication, publication)),
                owner: None,
                acl: None,
                comment: None,
                detail: Detail::PublicationTable(PublicationTable { table, columns: r.take()?, filter: r.take()? }),
            });
        }
        for row in schemas {
            let mut r = Reader::new(row, "publication schemas");
            let id = ObjectId::new(Class::PublicationSchema, r.take()?);
            let publication: u32 = r.take()?;
            self.add(Object {
                id,
                schema: None,
                name: r.take()?,
                parent: Some(ObjectId::new(Class::Publication, publication)),
                owner: None,
                acl: None,
                comment: None,
                detail: Detail::PublicationSchema,
            });
        }
        Ok(())
    }

    pub(super) fn event_triggers(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "event triggers");
            let mut object = Object {
                id: ObjectId::new(Class::EventTrigger, r.take()?),
                schema: None,
                name: r.take()?,
                parent: None,
                owner: r.take()?,
                acl: None,
                comment: None,
                detail: Detail::EventTrigger(EventTrigger {
                    event: r.take()?,
                    function: r.take()?,
                    enabled: r.letter()?,
                    tags: r.take()?,
                }),
            };
            object.comment = r.take()?;
            self.add(object);
        }
        Ok(())
    }

    pub(super) fn default_acls(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "default privileges");
            let id = ObjectId::new(Class::DefaultAcl, r.take()?);
            let role = r.take()?;
            let in_schema = r.take()?;
            let object_type = r.letter()?;
            let acl = r.acl()?;
            self.add(Object {
                id,
                schema: None,
                name: String::new(),
                parent: None,
                owner: None,
                acl,
                comment: None,
                detail: Detail::DefaultAcl(DefaultAcl { role, in_schema, object_type }),
            });
        }
        Ok(())
    }

    pub(super) fn others(&mut self, rows: &[Row]) -> Result<(), CatalogError> {
        for row in rows {
            let mut r = Reader::new(row, "other kinds");
            let catalog: &str = r.take()?;
            let Some(class) = Class::of_catalog(catalog) else {
                continue;
            };
            let id = ObjectId::new(class, r.take()?);
            let definition: Option<String> = r.take()?;
            let noun: Option<String> = r.take()?;
            let name: Option<String> = r.take()?;
            let made_by: Vec<String> = r.take()?;
            let schema: Option<String> = r.take()?;
            let owner: Option<String> = r.take()?;
            let comment: Option<String> = r.take()?;
            let acl = r.acl()?;
            let bare: Option<String> = r.take()?;
            // The statements name what a digest has by number.
            let definition = if made_by.is_empty() { definition } else { Some(String::new()) };
            self.add(Object {
                id,
                schema,
                name: name.unwrap_or_default(),
                parent: None,
                owner,
                acl,
                comment,
                detail: Detail::Other(Other {
                    noun: noun.unwrap_or_else(|| catalog.to_owned()),
                    definition: definition.unwrap_or_default(),
                    made_by,
                    bare,
                }),
            });
        }
        Ok(())
    }

    pub(super) fn finish(self, edges: &[Row], parts: &[Row], catalogs: &[Row]) -> Result<Catalog, CatalogError> {
        let mut classes: HashMap<u32, Class> = HashMap::new();
        for row in catalogs {
            let mut r = Reader::new(row, "system catalogs");
            let oid = r.take()?;
            if let Some(class) = Class::of_catalog(r.take()?) {
                classes.insert(oid, class);
            }
        }
        let mut wholes: HashMap<ObjectId, ObjectId> = HashMap::new();
        for row in parts {
            let mut r = Reader::new(row, "parts");
            let (class, oid, whole_class, whole): (u32, u32, u32, u32) = (r.take()?, r.take()?, r.take()?, r.take()?);
            if let (Some(c), Some(w)) = (classes.get(&class), classes.get(&whole_class)) {
                wholes.insert(ObjectId::new(*c, oid), ObjectId::new(*w, whole));
            }
        }
        for (default, column) in &self.generated {
            wholes.insert(ObjectId::new(Class::Default, *default), *column);
        }
        let mut raw = Vec::with_capacity(edges.len());
        for row in edges {
            let mut r = Reader::new(row, "dependencies");
            let (class, oid, sub): (u32, u32, i32) = (r.take()?, r.take()?, r.take()?);
            let (to_class, to_oid, to_sub): (u32, u32, i32) = (r.take()?, r.take()?, r.take()?);
            let kind = r.letter()?;
            let (Some(from), Some(to)) = (classes.get(&class), classes.get(&to_class)) else {
                continue;
            };
            let from = ObjectId { class: *from, oid, sub: sub as i16 };
            let to = ObjectId { class: *to, oid: to_oid, sub: to_sub as i16 };
            if kind == 'e' {
                wholes.insert(from, to);
            } else {
                raw.push((from, to, kind));
            }
        }
        // An array type of a table's row type is two steps from the table.
        let resolve = |mut id: ObjectId| {
            for _ in 0..4 {
                let whole = ObjectId { sub: 0, ..id };
                match wholes.get(&whole).or_else(|| wholes.get(&id)) {
                    Some(next) if next.class == Class::Relation && whole.class == Class::Relation => break,
                    Some(next) => id = *next,
                    None => break,
                }
            }
            id
        };
        let mut dependencies = Vec::with_capacity(raw.len());
        for (from, to, kind) in raw {
            let (from, to) = (resolve(from), resolve(to));
            if from != to && self.known.contains(&from) && self.known.contains(&to) {
                dependencies.push(Dependency {
                    from,
                    to,
                    kind: match kind {
                        'n' => DependencyKind::Normal,
                        'a' => DependencyKind::Auto,
                        _ => DependencyKind::Internal,
                    },
                });
            }
        }
        Ok(Catalog::new(self.objects, dependencies, self.storage))
    }
}
