//! Files in which comment lines say where the way forward, the way back and long statements begin: what goose and
//! sql-migrate share.

use std::sync::Arc;

use crate::layouts::{Down, LayoutError, Migration};
use crate::lexer::meant_tokens;

/// What a comment line tells the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::layouts) enum Mark {
    Up,
    Down,
    Begin,
    End,
    /// Has been dealt with.
    Other,
    /// The tool stops there.
    Bad(String),
}

/// Cuts a file into its way forward and its way back. Lines of the other one are left empty, so that places stay
/// those of the file. Refuses what the tool refuses.
pub(in crate::layouts) fn cut(
    mut migration: Migration,
    tool: &str,
    mut mark: impl FnMut(&str) -> Option<Mark>,
) -> Result<Migration, LayoutError> {
    let text = Arc::clone(&migration.up);
    let refused = |line: usize, reason: String| LayoutError::Refused {
        path: migration.path.clone(),
        reason: format!("line {line}: {reason}"),
    };
    let (mut forward, mut back) = (String::new(), String::new());
    let mut way: Option<bool> = None;
    // Where a statement of several lines began, and whether its end is a mark.
    let (mut open, mut block): (Option<usize>, Option<usize>) = (None, None);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let found = mark(line);
        let unfinished = || {
            let from = open.unwrap_or(number);
            refused(from, format!("{tool} wants a semicolon at the end of the line that ends a statement"))
        };
        match found {
            Some(Mark::Bad(reason)) => return Err(refused(number, reason)),
            Some(Mark::Up | Mark::Down) if block.is_some() => {
                return Err(refused(number, "a statement block is open here".to_owned()));
            }
            Some(Mark::Up | Mark::Down) if open.is_some() => return Err(unfinished()),
            Some(Mark::Up) => way = Some(true),
            Some(Mark::Down) => way = Some(false),
            Some(Mark::Begin) => block = Some(number),
            Some(Mark::End) => (block, open) = (None, None),
            Some(Mark::Other) => {}
            None if way.is_none() && !is_idle(line) => {
                return Err(refused(number, format!("{tool} runs nothing that stands before its Up line")));
            }
            None if block.is_some() => {}
            None if ends_statement(line) => open = None,
            None if open.is_none() && !is_idle(line) => open = Some(number),
            None => {}
        }
        for (is_up, section) in [(true, &mut forward), (false, &mut back)] {
            if way == Some(is_up) {
                section.push_str(line);
            }
            section.push('\n');
        }
    }
    if let Some(line) = block {
        return Err(refused(line, "the statement block that begins here has no end".to_owned()));
    }
    if let Some(line) = open {
        return Err(refused(line, format!("{tool} wants a semicolon at the end of the line that ends a statement")));
    }
    migration.up = forward.trim_end().into();
    // A section of comments only is no way back.
    if meant_tokens(&back).map_or(true, |tokens| !tokens.is_empty()) {
        migration.down = Some(Down { path: migration.path.clone(), text: back.trim_end().into(), first_line: 1 });
    }
    Ok(migration)
}

/// Whether a line holds no SQL.
fn is_idle(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with("--")
}

/// As the tools look: at the last word before one that begins with two dashes.
fn ends_statement(line: &str) -> bool {
    let last = line.split_whitespace().take_while(|word| !word.starts_with("--")).last();
    last.is_some_and(|word| word.ends_with(';'))
}
