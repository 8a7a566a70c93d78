//! What becomes of one row when some of its changes are taken back: decided from what it was before each change and
//! what it is now, column by column.
//!
//! Must not know: sessions, tables, types. A value is its bytes.

/// The values of a row, in the order of its columns; `None` for NULL.
pub type Row = Vec<Option<Vec<u8>>>;

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What the row was before; `None` where it was not there.
    pub before: Option<Row>,
    /// It is to be taken back.
    pub picked: bool,
}

/// What is to be done with the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing: it is as it would be.
    Leave,
    /// It gets other values in these columns.
    Set { row: Row, columns: Vec<usize> },
    /// It went, and comes back.
    Bring(Row),
    /// It came, and goes.
    Remove,
}

/// Why a part of it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// These columns were changed again later.
    Columns(Vec<usize>),
    /// The row was removed later.
    Gone,
    /// The row came by the change, and was changed later.
    Changed,
    /// Another row has its key now.
    Taken,
}

/// Takes the picked changes back, the newest first. `changes` are all that the row has seen since the first of them,
/// the oldest first.
pub fn undone(changes: &[Change], live: Option<&Row>) -> (Action, Vec<Conflict>) {
    let mut now: Option<Row> = live.cloned();
    let mut conflicts = Vec::new();
    let mut columns: Vec<usize> = Vec::new();
    for (place, change) in changes.iter().enumerate().rev().filter(|(_, change)| change.picked) {
        let after = changes.get(place + 1).map_or(live, |next| next.before.as_ref());
        match (&change.before, after, &mut now) {
            (Some(before), Some(after), Some(row)) => {
                for column in 0..row.len().min(before.len()).min(after.len()) {
                    if before[column] == after[column] {
                        continue;
                    }
                    if row[column] == after[column] {
                        row[column].clone_from(&before[column]);
                    } else if row[column] != before[column] && !columns.contains(&column) {
                        columns.push(column);
                    }
                }
            }
            (Some(_), Some(_), None) => conflicts.push(Conflict::Gone),
            (None, Some(after), Some(row)) if row == after => now = None,
            (None, Some(_), Some(_)) => conflicts.push(Conflict::Changed),
            (Some(before), None, None) => now = Some(before.clone()),
            (Some(_), None, Some(_)) => conflicts.push(Conflict::Taken),
            // It came and is gone.
            (None, ..) => {}
        }
    }
    columns.sort_unstable();
    if !columns.is_empty() {
        conflicts.push(Conflict::Columns(columns));
    }
    let action = match (live, now) {
        (Some(_), None) => Action::Remove,
        (None, Some(row)) => Action::Bring(row),
        (Some(live), Some(row)) if *live != row => {
            let columns = (0..row.len()).filter(|column| row[*column] != live[*column]).collect();
            Action::Set { row, columns }
        }
        _ => Action::Leave,
    };
    (action, conflicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        text.chars().map(|c| (c != '_').then(|| vec![c as u8])).collect()
    }

    /// `abc` is a row of three columns, `_` a NULL, `-` no row; a change that is picked has a `!`.
    fn check(changes: &[&str], live: &str, expected: &str) {
        let state = |text: &str| (text != "-").then(|| row(text));
        let all: Vec<Change> = changes
            .iter()
            .map(|text| Change { before: state(text.trim_start_matches('!')), picked: text.starts_with('!') })
            .collect();
        let live = state(live);
        let (action, conflicts) = undone(&all, live.as_ref());
        let text = |row: &Row| -> String {
            row.iter().map(|value| value.as_ref().map_or('_', |bytes| char::from(bytes[0]))).collect()
        };
        let said = match &action {
            Action::Leave => "leave".to_owned(),
            Action::Set { row, columns } => format!("set {} {columns:?}", text(row)),
            Action::Bring(row) => format!("bring {}", text(row)),
            Action::Remove => "remove".to_owned(),
        };
        let said = conflicts.iter().fold(said, |said, conflict| format!("{said}; {conflict:?}"));
        assert_eq!(said, expected, "{changes:?} {live:?}");
    }

    #[test]
    fn one_change_is_taken_back() {
        check(&["!abc"], "a_c", "set abc [1]");
        check(&["!-"], "abc", "remove");
        check(&["!abc"], "-", "bring abc");
        check(&["!abc"], "abc", "leave");
    }

    #[test]
    fn later_changes_of_other_columns_stay() {
        check(&["!abc", "a_c"], "a_x", "set abx [1]");
        check(&["!abc", "a_c", "a_x"], "y_x", "set ybx [1]");
    }

    #[test]
    fn later_changes_of_the_same_column_stay_and_are_named() {
        check(&["!abc", "a_c"], "azc", "leave; Columns([1])");
        check(&["!abc", "__c"], "xzc", "leave; Columns([0, 1])");
        check(&["!abc", "__c"], "_zc", "set azc [0]; Columns([1])");
        check(&["!abc", "a_c"], "-", "leave; Gone");
        check(&["!-", "abc"], "abx", "leave; Changed");
        check(&["!abc", "-"], "axc", "leave; Taken");
    }

    #[test]
    fn several_are_taken_back_one_after_the_other() {
        check(&["!abc", "!xbc"], "yyc", "set abc [0, 1]");
        check(&["!-", "!abc"], "abx", "remove");
        check(&["!abc", "!-"], "xbc", "set abc [0]");
        check(&["!-", "!abc"], "-", "leave");
        // What came between stays, as long as nothing of the older one reaches it.
        check(&["!abc", "xbc", "!xbd"], "xyd", "set abd [0, 1]");
    }

    #[test]
    fn what_went_through_the_former_value_again_is_no_conflict() {
        // Changed back by hand meanwhile: nothing is left to do.
        check(&["!abc", "a_c"], "abc", "leave");
    }
}
