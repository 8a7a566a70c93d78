//! Runs PostgreSQL's grammar.
//!
//! Must not know: what a statement means.

use std::thread;

use pg_query::protobuf::{Node, RawStmt};

/// Trees are read and walked recursively. Memory is taken only as it is used.
const STACK: usize = 256 << 20;

/// PostgreSQL's `no` to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub message: String,
    /// In characters from 1.
    pub position: Option<u32>,
}

/// Whether two texts are the same statement once `adapt` has changed the first one's tree.
pub(super) fn same_after(before: &str, after: &str, adapt: impl Fn(&mut Node) -> bool + Sync) -> bool {
    on_large_stack(|| {
        let (Ok(mut before), Ok(after)) = (tree(before), tree(after)) else { return false };
        adapt(&mut before) && before == after
    })
    .unwrap_or(false)
}

pub(super) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Refusal> {
    let refusal = |message: String| Refusal { message, position: None };
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .name("sql-grammar".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map_err(|source| refusal(format!("no thread could be started for the parser: {source}")))?;
        worker.join().map_err(|_| refusal("the parser failed on this statement".to_owned()))
    })
}

pub(super) fn tree(text: &str) -> Result<Node, String> {
    match pg_query::parse(text, 0) {
        Ok(parsed) => {
            let mut statements = parsed.protobuf.stmts;
            match (statements.pop(), statements.is_empty()) {
                (Some(RawStmt { stmt: Some(node), .. }), true) => Ok(*node),
                _ => Err("this is not one statement".to_owned()),
            }
        }
        Err(pg_query::Error::Parse(message)) => Err(message),
        Err(other) => Err(other.to_string()),
    }
}
