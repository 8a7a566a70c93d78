//! Has PostgreSQL's grammar judge what was read, and says where and why it refuses a statement.

use super::reader::{Draft, Raw};
use super::{CopyIn, Dialect, Item, Problem, Script, ScriptError, Statement, locate};
use crate::analysis::{self, Refusal};
use crate::lexer::{TokenKind, meant_tokens};

pub(super) fn judge(found: Vec<Raw>, dialect: Dialect) -> (Script, Vec<ScriptError>) {
    let texts: Vec<&str> = found
        .iter()
        .filter_map(|raw| match raw {
            Raw::Statement(draft) | Raw::Copy(draft, _) | Raw::Generate(draft) => Some(draft.text.as_str()),
            Raw::Echo { .. } | Raw::Error(_) => None,
        })
        .collect();
    let mut analyses = analysis::analyse_all(&texts).into_iter();
    let mut script = Script::default();
    let mut errors = Vec::new();
    for raw in found {
        let (draft, make): (Draft, Box<dyn FnOnce(Statement) -> Item>) = match raw {
            Raw::Error(error) => {
                errors.push(error);
                continue;
            }
            Raw::Echo { text, location } => {
                script.items.push(Item::Echo { text, location });
                continue;
            }
            Raw::Statement(draft) => (draft, Box::new(Item::Statement)),
            Raw::Generate(draft) => (draft, Box::new(Item::Generate)),
            Raw::Copy(draft, data) => (draft, Box::new(|statement| Item::Copy(CopyIn { statement, data }))),
        };
        // One verdict was made for each draft, in the same order.
        match analyses.next() {
            Some(Ok(analysis)) => {
                let Draft { text, location, origins } = draft;
                script.items.push(make(Statement { text, location, analysis, origins }));
            }
            Some(Err(refusal)) => errors.push(refused(draft, refusal, dialect)),
            None => {}
        }
    }
    (script, errors)
}

fn refused(draft: Draft, refusal: Refusal, dialect: Dialect) -> ScriptError {
    let Refusal { message, position } = refusal;
    let location = match position {
        Some(position) => locate(&draft.text, &draft.origins, position as usize),
        None => draft.location.clone(),
    };
    let hint = hint(&draft, &message, position, location.line, dialect);
    ScriptError { location, problem: Box::new(Problem::Grammar { message }), statement: Some(draft.text), hint }
}

/// What only stands inside PL/pgSQL.
const PLPGSQL: &[&str] =
    &["raise", "perform", "if", "elsif", "loop", "while", "for", "foreach", "return", "exception", "assert", "exit"];

/// Words that begin a statement and rarely stand anywhere else at the beginning of a line.
const STARTS: &[&str] = &[
    "alter", "begin", "call", "comment", "commit", "copy", "create", "delete", "do", "drop", "grant", "insert",
    "refresh", "revoke", "rollback", "select", "truncate", "update", "vacuum", "with",
];

fn hint(draft: &Draft, message: &str, position: Option<u32>, line: u32, dialect: Dialect) -> Option<String> {
    let text = &draft.text;
    let tokens = meant_tokens(text).ok()?;
    let first = tokens.first()?.text(text).to_ascii_lowercase();
    let at = position.and_then(|position| text.char_indices().nth(position as usize - 1)).map(|(byte, _)| byte);
    let index = at.and_then(|at| tokens.iter().position(|token| token.start == at));
    if PLPGSQL.contains(&first.as_str()) && index.is_none_or(|index| index == 0) {
        let word = first.to_ascii_uppercase();
        let echo = match (first.as_str(), dialect) {
            ("raise", Dialect::Psql) => ", or use \\echo",
            _ => "",
        };
        return Some(format!("{word} is PL/pgSQL: wrap it in DO $$ BEGIN … END $${echo}"));
    }
    let index = index?;
    let token = tokens[index];
    if token.is_symbol(text, ":")
        && let Some(name) =
            tokens.get(index + 1).filter(|name| name.start == token.end && name.kind != TokenKind::Symbol)
    {
        let name = name.text(text).trim_matches(['\'', '"']);
        return Some(match dialect {
            Dialect::Psql => format!("the psql variable {name} is not set: add \\set {name} VALUE before it"),
            Dialect::Server => {
                format!(":{name} looks like a psql variable; this file goes to the server as it is: write the value")
            }
        });
    }
    let word = token.text(text).to_ascii_lowercase();
    let previous = index.checked_sub(1).map(|index| tokens[index])?;
    let begins_line = text[previous.end..token.start].contains('\n');
    if token.kind == TokenKind::Word
        && STARTS.contains(&word.as_str())
        && begins_line
        && message.starts_with("syntax error")
    {
        return Some(format!("a semicolon seems to be missing before line {line}"));
    }
    None
}
