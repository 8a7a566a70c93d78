//! Everything as in the baseline: the schema object by object, rows, what is in them, sequences.
//!
//! Must not know: how any of it is read.

use std::path::PathBuf;

use backout_plan::plan::{Flaw, TablePattern};
use serde::Deserialize;
use serde_json::json;

use super::shared::named::baseline;
use super::{Boxed, Context, Held, Kind, Trouble, found, nothing};
use crate::baseline::{Baseline, Scope};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AsBefore {
    /// Objects, with their definitions, owners, grants and comments.
    #[serde(default = "yes")]
    schema: bool,
    /// How many rows each table has.
    #[serde(default = "yes")]
    rows: bool,
    /// That they are the same rows.
    #[serde(default = "yes")]
    content: bool,
    /// That no sequence went back.
    #[serde(default = "yes")]
    sequences: bool,
    /// Tables whose rows do not matter.
    #[serde(default)]
    except: Vec<TablePattern>,
    /// A file that `--baseline` wrote, relative to the plan, where none is handed in.
    #[serde(default)]
    file: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

impl Kind for AsBefore {
    fn said(&self) -> String {
        let parts =
            [("schema", self.schema), ("rows", self.rows), ("content", self.content), ("sequences", self.sequences)];
        let parts: Vec<&str> = parts.iter().filter(|(_, is_asked)| *is_asked).map(|(part, _)| *part).collect();
        format!("{} as in the baseline", parts.join(", "))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found: Vec<Mistake> = Vec::new();
            found.extend(baseline(look, &["file"], self.file.as_deref()).err().map(|mistake| *mistake));
            let Self { schema, rows, content, sequences, .. } = self;
            if !(*schema || *rows || *content || *sequences) {
                found.push(Mistake::plan(Flaw::at(&[], "no part is asked for")));
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let mut then = context.baseline(self.file.as_deref())?.into_owned();
            let Self { schema, rows, content, sequences, except, .. } = self;
            if !(*schema || *rows || *content || *sequences) {
                return Err(nothing("no part is asked for"));
            }
            let scope = Scope { schema: *schema, rows: *rows || *content, sequences: *sequences };
            let mut now = Baseline::take(context.env, &scope).await.map_err(Trouble::from)?;
            for side in [&mut then, &mut now] {
                side.forget(except);
                if !content {
                    side.forget_content();
                }
            }
            let facts =
                json!({ "taken_at": then.taken_at, "tables": then.tables.len(), "objects": then.objects.len() });
            found(then.differences(&now, &scope), facts)
        })
    }
}
