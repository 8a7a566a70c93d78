//! Values of enums under the names that they had before the migration.
//!
//! Must not know: what is planned of that.

use super::step::Step;
use crate::Relabelled;
use crate::inverse::Inverse;
use backout_schema::{Catalog, Detail, Object, Type, literal};
use std::borrow::Cow;
use std::sync::Arc;

/// The catalog with the values of enums under their former names, and what gives them those.
pub(super) fn with_former_labels<'c>(now: &'c Catalog, inverse: &Inverse) -> (Cow<'c, Catalog>, Vec<Step>) {
    if inverse.renamed_labels.is_empty() {
        return (Cow::Borrowed(now), Vec::new());
    }
    let mut steps = Vec::new();
    let objects: Vec<Arc<Object>> = now
        .shared()
        .map(|mut object| {
            let renamed: Vec<&Relabelled> = inverse.renamed_labels.iter().filter(|r| r.of == object.id).collect();
            if renamed.is_empty() {
                return object;
            }
            let (id, about) = (object.id, now.identity(object.id));
            let Detail::Type(Type::Enum { labels }) = &mut Arc::make_mut(&mut object).detail else { return object };
            let mut rename = |from: &str, to: &str| {
                let sql = format!(
                    "ALTER TYPE {} RENAME VALUE {} TO {}",
                    now.sql_name(id),
                    literal(from).trim_start(),
                    literal(to).trim_start()
                );
                steps.push(Step::new(sql, &about));
            };
            let places: Vec<(usize, &str)> = renamed
                .iter()
                .filter_map(|r| Some((labels.iter().position(|label| *label == r.label)?, r.then.as_str())))
                .collect();
            // Who has the name of another one first steps aside.
            for (_, then) in &places {
                if let Some(taken) = labels.iter().position(|label| label == then) {
                    let aside = format!("backout_{taken}");
                    rename(then, &aside);
                    labels[taken] = aside;
                }
            }
            for (place, then) in places {
                if labels[place] != then {
                    rename(&labels[place], then);
                    then.clone_into(&mut labels[place]);
                }
            }
            object
        })
        .collect();
    (Cow::Owned(Catalog::new(objects, now.dependencies().to_vec(), now.all_storage().clone())), steps)
}
