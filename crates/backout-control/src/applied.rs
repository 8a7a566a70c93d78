//! What one migration did, for whoever watches and for the record.

use backout_plan::Verdict;
use backout_postgres::migrate::{Job, Report};
use backout_reversal::Hidden;
use backout_schema::ObjectId;
use serde::Serialize;

/// One migration that was applied.
#[derive(Debug, Serialize)]
pub struct Applied {
    #[serde(flatten)]
    pub report: Report,
    pub file: String,
    pub kept: Vec<Kept>,
    pub hidden: Vec<Hidden>,
    /// The worst of the report's.
    pub verdict: Verdict,
}

/// Something that was kept instead of being dropped.
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    pub what: String,
    pub schema: String,
    /// Of what was copied. What was moved is not counted.
    pub rows: Option<i64>,
}

impl Applied {
    pub(crate) fn of(job: &Job, report: Report) -> Self {
        let kept = kept(&report);
        let hidden = report.inverse.hidden.clone();
        let verdict = Verdict::worst(&report.verdicts);
        Self { file: job.file.clone(), kept, hidden, verdict, report }
    }
}

fn kept(report: &Report) -> Vec<Kept> {
    let before = &report.inverse.before;
    let moved = report.moved.iter().map(|moved| Kept {
        what: moved.identity.clone(),
        schema: moved.to_schema.clone(),
        rows: None,
    });
    let columns = report.inverse.columns.iter().map(|copy| Kept {
        what: before.identity(ObjectId::column(copy.table.oid, copy.column)),
        schema: copy.schema.clone(),
        rows: Some(copy.rows),
    });
    let tables = report.inverse.tables.iter().map(|copy| Kept {
        what: before.identity(copy.table),
        schema: copy.schema.clone(),
        rows: Some(copy.rows),
    });
    let types = report.inverse.types.iter().map(|copy| Kept {
        what: before.identity(ObjectId::column(copy.table.oid, copy.column)),
        schema: copy.schema.clone(),
        rows: Some(copy.rows),
    });
    let images = report.inverse.images.iter().map(|image| Kept {
        what: format!("the changed rows of {}", image.what),
        schema: image.schema.clone(),
        rows: None,
    });
    let mut kept: Vec<Kept> = moved.chain(columns).chain(tables).chain(types).chain(images).collect();
    // Of a column without any values there is no copy.
    kept.retain(|kept| !kept.schema.is_empty());
    kept.sort_by(|a, b| a.schema.cmp(&b.schema));
    kept
}
