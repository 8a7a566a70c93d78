//! What becomes of one row when some of its changes are taken back: decided from what it was before each change and
//! what it is now, column by column.
//!
//! All is told by key. A row that gets another key is moved away from the one and moves in at the other, and is
//! looked after where it is now.
//!
//! Must not know: sessions, tables, types. A value is its bytes.

use std::collections::BTreeSet;

/// The values of a row, in the order of its columns; `None` for NULL.
pub type Row = Vec<Option<Vec<u8>>>;

/// One change of what lies under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub event: Event,
    /// It is to be taken back.
    pub picked: bool,
    /// Of which transaction it is. What one wrote in between nobody has seen, and only what all of it came to counts.
    pub transaction: u64,
}

impl Change {
    /// This change, and an older one of the same transaction, in one; `None` where they come to nothing.
    fn with(self, older: Self) -> Result<Option<Self>, (Self, Self)> {
        if self.transaction != older.transaction || self.picked != older.picked {
            return Err((self, older));
        }
        let event = match (&self.event, &older.event) {
            (Event::Changed(_), Event::Changed(_) | Event::Came | Event::MovedIn(_)) => older.event.clone(),
            (Event::Went(_), Event::Changed(before)) => Event::Went(before.clone()),
            (Event::Came, Event::Went(before)) => Event::Changed(before.clone()),
            (Event::Went(_), Event::Came) => return Ok(None),
            _ => return Err((self, older)),
        };
        Ok(Some(Self { event, ..older }))
    }
}

/// What happened, with the row as it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Came,
    Changed(Row),
    Went(Row),
    /// It came from another key, where it was this.
    MovedIn(Row),
    /// To another key.
    MovedAway(Row),
    /// The table was emptied.
    Emptied,
}

/// What is to be done with the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
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
    /// The row got another key later.
    Moved,
}

/// Whose row lies under the key, seen from the change that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Its own, or none since what came later was taken back.
    Own,
    /// That of somebody who came later.
    Others,
    /// None: it was removed.
    Empty,
    /// None: it has another key.
    Elsewhere,
}

/// Going back through the changes of one key, the newest first: one at a time, however many there are.
pub struct Walk<'a> {
    live: Option<Row>,
    /// Columns that are not computed from others.
    own: &'a (dyn Fn(usize) -> bool + Sync),
    /// What lay there after the change that is looked at.
    after: Option<Row>,
    now: Option<Row>,
    /// The change that was come over last: older ones of its transaction belong to it.
    held: Option<Change>,
    place: Place,
    /// Something of it was to be taken back, and the row is gone. None the worse if it only came by what is taken back.
    missed: bool,
    is_emptied: bool,
    /// The row as it was under its former key.
    moved: Option<Row>,
    columns: BTreeSet<usize>,
    conflicts: Vec<Conflict>,
}

/// Columns whose values are others.
fn changed<'a>(
    before: &'a Row,
    after: &'a Row,
    own: &'a (dyn Fn(usize) -> bool + Sync),
) -> impl Iterator<Item = usize> + 'a {
    (0..before.len().min(after.len())).filter(move |column| own(*column) && before[*column] != after[*column])
}

impl<'a> Walk<'a> {
    /// From what lies there now.
    pub fn from(live: Option<Row>, own: &'a (dyn Fn(usize) -> bool + Sync)) -> Self {
        Self {
            own,
            after: live.clone(),
            now: live.clone(),
            live,
            held: None,
            place: Place::Own,
            missed: false,
            is_emptied: false,
            moved: None,
            columns: BTreeSet::new(),
            conflicts: Vec::new(),
        }
    }

    /// Over the next older change.
    pub fn one(&mut self, change: Change) {
        self.held = match self.held.take() {
            None => Some(change),
            Some(newer) => newer.with(change).unwrap_or_else(|(newer, change)| {
                self.over(newer);
                Some(change)
            }),
        };
    }

    fn over(&mut self, change: Change) {
        if change.picked && !self.is_idle(&change.event) {
            self.back(&change.event)
        } else {
            self.past(&change.event)
        }
        self.after = match change.event {
            Event::Changed(row) | Event::Went(row) | Event::MovedAway(row) => Some(row),
            Event::Came | Event::MovedIn(_) | Event::Emptied => None,
        };
    }

    /// It wrote the values that were there: nobody misses it where the row is gone.
    fn is_idle(&self, event: &Event) -> bool {
        match (event, &self.after) {
            (Event::Changed(before), Some(after)) => changed(before, after, self.own).next().is_none(),
            _ => false,
        }
    }

    /// Over a change that stays.
    fn past(&mut self, event: &Event) {
        match event {
            Event::Changed(_) => {}
            Event::Came | Event::MovedIn(_) => {
                if std::mem::take(&mut self.missed) {
                    self.conflict(Conflict::Gone);
                }
                self.begins(self.now.is_some());
            }
            Event::Went(_) => self.ends(Place::Empty),
            Event::MovedAway(_) => self.ends(Place::Elsewhere),
            Event::Emptied => {
                self.is_emptied = true;
                self.ends(Place::Empty);
            }
        }
    }

    /// What lies before is about a row that was there earlier.
    fn begins(&mut self, is_taken: bool) {
        self.place = if is_taken { Place::Others } else { Place::Own };
    }

    fn ends(&mut self, place: Place) {
        self.place = if self.now.is_some() { Place::Others } else { place };
    }

    /// Over a change that is taken back.
    fn back(&mut self, event: &Event) {
        if self.is_emptied || (self.place == Place::Empty && !matches!(event, Event::Went(_))) {
            // One that moved away is missed where it is.
            self.missed = !matches!(event, Event::Came | Event::MovedAway(_));
            if matches!(event, Event::Came | Event::MovedIn(_)) {
                self.begins(self.now.is_some());
                if std::mem::take(&mut self.missed) {
                    self.conflict(Conflict::Gone);
                }
            }
            return;
        }
        match (event, self.place) {
            (Event::Came | Event::MovedIn(_) | Event::Changed(_), Place::Elsewhere) => {
                self.conflict(Conflict::Moved);
                if !matches!(event, Event::Changed(_)) {
                    self.begins(self.now.is_some());
                }
            }
            (Event::Came, Place::Own) => {
                let is_same = match (&self.now, &self.after) {
                    (Some(now), Some(after)) => changed(now, after, self.own).next().is_none(),
                    _ => true,
                };
                if is_same {
                    self.now = None;
                } else {
                    self.conflict(Conflict::Changed);
                }
                self.begins(self.now.is_some());
            }
            // It is gone already.
            (Event::Came, _) => self.begins(self.now.is_some()),
            (Event::Changed(before), Place::Own) => self.values(before),
            (Event::MovedIn(before), Place::Own) if self.moved.is_none() => {
                self.values(before);
                self.moved = self.now.take();
                self.begins(false);
            }
            (Event::MovedIn(_), _) => {
                self.conflict(Conflict::Gone);
                self.begins(self.now.is_some());
            }
            (Event::Changed(_), _) => self.conflict(Conflict::Gone),
            (Event::Went(before), Place::Own | Place::Empty) if self.now.is_none() => {
                self.now = Some(before.clone());
                self.place = Place::Own;
            }
            (Event::Went(_), _) => {
                self.conflict(Conflict::Taken);
                self.ends(Place::Empty);
            }
            // Looked after where it is.
            (Event::MovedAway(_), _) => {
                self.place = Place::Elsewhere;
            }
            // Nobody picks these.
            (Event::Emptied, _) => self.ends(Place::Empty),
        }
    }

    /// Former values, column by column.
    fn values(&mut self, before: &Row) {
        let (Some(row), Some(after)) = (&mut self.now, &self.after) else { return self.conflict(Conflict::Gone) };
        for column in changed(before, after, self.own) {
            if row.get(column) == after.get(column) {
                row[column].clone_from(&before[column]);
            } else if row.get(column) != before.get(column) {
                self.columns.insert(column);
            }
        }
    }

    fn conflict(&mut self, conflict: Conflict) {
        if !self.conflicts.contains(&conflict) {
            self.conflicts.push(conflict);
        }
    }

    /// What is to be done, and what stays.
    pub fn end(mut self) -> (Vec<Action>, Vec<Conflict>) {
        if let Some(oldest) = self.held.take() {
            self.over(oldest);
        }
        if self.missed {
            self.conflict(Conflict::Gone);
        }
        if !self.columns.is_empty() {
            let columns = std::mem::take(&mut self.columns).into_iter().collect();
            self.conflict(Conflict::Columns(columns));
        }
        let mut actions = Vec::new();
        // What lies there now moves, and what lay there before it comes back.
        let (target, brought) = match self.moved {
            Some(moved) => (Some(moved), self.now),
            None => (self.now, None),
        };
        match (&self.live, target) {
            (Some(_), None) => actions.push(Action::Remove),
            (None, Some(row)) => actions.push(Action::Bring(row)),
            (Some(live), Some(row)) => {
                let columns: Vec<usize> = changed(&row, live, self.own).collect();
                if !columns.is_empty() {
                    actions.push(Action::Set { row, columns });
                }
            }
            (None, None) => {}
        }
        actions.extend(brought.map(Action::Bring));
        (actions, self.conflicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        text.chars().map(|c| (c != '_').then(|| vec![c as u8])).collect()
    }

    /// `abc` is a row of three columns that changed, `_` a NULL, `+` came, `-abc` went, `>abc` moved in and was that,
    /// `<abc` moved away, `0` emptied; what is picked begins with `!`, and with `&` where it is of the same transaction
    /// as the one before. `-` is no row. The last column is computed where it is a capital.
    fn check(changes: &[&str], live: &str, expected: &str) {
        let event = |text: &str| match text.split_at(1) {
            ("+", _) => Event::Came,
            ("-", rest) => Event::Went(row(rest)),
            (">", rest) => Event::MovedIn(row(rest)),
            ("<", rest) => Event::MovedAway(row(rest)),
            ("0", _) => Event::Emptied,
            _ => Event::Changed(row(text)),
        };
        let mut transaction = 0;
        let mut change = |text: &&str| {
            transaction += u64::from(!text.starts_with('&'));
            let text = text.trim_start_matches('&');
            Change { event: event(text.trim_start_matches('!')), picked: text.starts_with('!'), transaction }
        };
        let all: Vec<Change> = changes.iter().map(&mut change).collect();
        let state = (live != "-").then(|| row(live));
        let own = |column: usize| !live.chars().nth(column).is_some_and(char::is_uppercase);
        let mut walk = Walk::from(state, &own);
        all.into_iter().rev().for_each(|change| walk.one(change));
        let (actions, conflicts) = walk.end();
        let text = |row: &Row| -> String {
            row.iter().map(|value| value.as_ref().map_or('_', |bytes| char::from(bytes[0]))).collect()
        };
        let mut said: Vec<String> = actions
            .iter()
            .map(|action| match action {
                Action::Set { row, columns } => format!("set {} {columns:?}", text(row)),
                Action::Bring(row) => format!("bring {}", text(row)),
                Action::Remove => "remove".to_owned(),
            })
            .collect();
        said.extend(conflicts.iter().map(|conflict| format!("{conflict:?}")));
        assert_eq!(said.join("; "), expected, "{changes:?} {live:?}");
    }

    #[test]
    fn one_change_is_taken_back() {
        check(&["!abc"], "a_c", "set abc [1]");
        check(&["!+"], "abc", "remove");
        check(&["!-abc"], "-", "bring abc");
        check(&["!abc"], "abc", "");
    }

    #[test]
    fn later_changes_of_other_columns_stay() {
        check(&["!abc", "a_c"], "a_x", "set abx [1]");
        check(&["!abc", "a_c", "a_x"], "y_x", "set ybx [1]");
    }

    #[test]
    fn later_changes_of_the_same_column_stay_and_are_named() {
        check(&["!abc", "a_c"], "azc", "Columns([1])");
        check(&["!abc", "__c"], "xzc", "Columns([0, 1])");
        check(&["!abc", "__c"], "_zc", "set azc [0]; Columns([1])");
        check(&["!abc", "-a_c"], "-", "Gone");
        check(&["!+", "abc"], "abx", "Changed");
        check(&["!-abc", "+"], "axc", "Taken");
        // One that wrote what was there already left nothing to be missed.
        check(&["!abc", "-abc"], "-", "");
        check(&["!abc", "-abc", "+"], "xbc", "");
        check(&["!+", "!abc", "abc"], "abx", "Changed");
        // It is the value that counts: what has the one again that the change left is as the change left it.
        check(&["!abc", "xbc", "ybc"], "xbc", "set abc [0]");
    }

    #[test]
    fn several_are_taken_back_one_after_the_other() {
        check(&["!abc", "!xbc"], "yyc", "set abc [0, 1]");
        check(&["!+", "!abc"], "abx", "remove");
        check(&["!-abc", "!+"], "xbc", "set abc [0]");
        check(&["!+", "!-abc"], "-", "");
        // What came between stays, as long as nothing of the older one reaches it.
        check(&["!abc", "xbc", "!xbd"], "xyd", "set abd [0, 1]");
    }

    #[test]
    fn what_a_transaction_wrote_in_between_is_nowhere() {
        check(&["!+", "&!abc", "xbc"], "xyc", "Changed");
        check(&["!abc", "&!xbc", "ybc"], "xbc", "Columns([0])");
        check(&["!abc", "&!xbc", "abc"], "abe", "");
        check(&["!abc", "&!xbc", "-abc"], "-", "");
        check(&["!abc", "&!xbc", "&!-ybc"], "-", "bring abc");
        check(&["!+", "&!abc", "&!-xbc"], "-", "");
        check(&["!+", "&!-abc", "+"], "abc", "");
        // Removed and put there anew: the row has other values.
        check(&["!-abc", "&!+"], "xbc", "set abc [0]");
        check(&["!-abc", "&!+", "&!xyc", "zyc"], "wyd", "set wbd [1]; Columns([0])");
        check(&["!abc", "&!-xbc", "&!+", "&!-zzz"], "-", "bring abc");
        check(&["!>abc", "&!xbc", "yyc"], "yyz", "set abz [0, 1]");
        check(&["!abc", "&xbc"], "ybc", "Columns([0])");
    }

    #[test]
    fn what_went_through_the_former_value_again_is_no_conflict() {
        // Changed back by hand meanwhile: nothing is left to do.
        check(&["!abc", "a_c"], "abc", "");
    }

    #[test]
    fn a_row_of_somebody_else_under_the_same_key_stays() {
        check(&["!+", "-abc", "+"], "abc", "");
        check(&["!abc", "-xbc", "+"], "xbc", "Gone");
        check(&["!-abc", "+", "-xyz"], "-", "bring abc");
    }

    #[test]
    fn what_was_emptied_later_does_not_come_back() {
        check(&["!abc", "0"], "-", "Gone");
        check(&["!+", "0"], "-", "");
        check(&["!+", "!abc", "0"], "-", "");
        check(&["!-abc", "0"], "-", "Gone");
        check(&["!abc", "0", "+"], "xyz", "Gone");
        check(&["0", "!+"], "abc", "remove");
    }

    #[test]
    fn a_row_with_another_key_is_one_row() {
        // Under its new key, and under the former one.
        check(&["!>abc"], "xbc", "set abc [0]");
        check(&["!<abc"], "-", "");
        check(&["!>abc", "xbc"], "xbz", "set abz [0]");
        check(&["!>abc", "!-xbc"], "-", "bring abc");
        // What was changed before it moved is not followed.
        check(&["!abc", "!<xbc"], "-", "Moved");
        check(&["!+", "<abc"], "-", "Moved");
        check(&["!>abc", "-xbc"], "-", "Gone");
        // One went, another one got its key.
        check(&["!-xyz", "!>abc"], "xbc", "set abc [0]; bring xyz");
    }

    #[test]
    fn computed_columns_are_nobodys_change() {
        check(&["!abX", "xbY"], "xcZ", "set acZ [0]");
    }

    /// Numbers that look random, the same ones each time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: u8) -> u8 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) % u64::from(end)) as u8
        }
    }

    /// One transaction of a few changes of what lies under a key.
    fn transaction(dice: &mut Dice, row: &mut Option<Row>) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..dice.below(4) {
            match row.as_mut() {
                None => {
                    *row = Some((0..3).map(|_| Some(vec![dice.below(3)])).collect());
                    events.push(Event::Came);
                }
                Some(old) if dice.below(4) > 0 => {
                    events.push(Event::Changed(old.clone()));
                    old[usize::from(dice.below(3))] = Some(vec![dice.below(3)]);
                }
                Some(old) => {
                    events.push(Event::Went(old.clone()));
                    *row = None;
                }
            }
        }
        events
    }

    /// What should become of the row, told from what it was before and after what is taken back, and is now.
    fn told(before: Option<&Row>, after: Option<&Row>, now: Option<&Row>, is_another: bool) -> (Option<Row>, bool) {
        match (before, after) {
            _ if before == after => (now.cloned(), false),
            (None, Some(_)) if now.is_none() || is_another => (now.cloned(), false),
            (None, Some(_)) => {
                if now == after {
                    (None, false)
                } else {
                    (now.cloned(), true)
                }
            }
            (Some(_), None) => {
                if now.is_none() {
                    (before.cloned(), false)
                } else {
                    (now.cloned(), true)
                }
            }
            (Some(_), Some(_)) if now.is_none() || is_another => (now.cloned(), true),
            (Some(before), Some(after)) => {
                let mut row = now.cloned().unwrap_or_default();
                let mut stays = false;
                for column in changed(before, after, &|_| true) {
                    if row[column] == after[column] {
                        row[column].clone_from(&before[column]);
                    } else {
                        stays |= row[column] != before[column];
                    }
                }
                (Some(row), stays)
            }
            (None, None) => (now.cloned(), false),
        }
    }

    #[test]
    fn one_transaction_among_others_is_taken_back_as_its_ends_tell() {
        let mut dice = Dice(7);
        let mut conflicts = 0;
        for _ in 0..20_000 {
            let picked = u64::from(dice.below(4));
            let mut row = None;
            let (mut before, mut after, mut is_another) = (None, None, false);
            let mut changes = Vec::new();
            for transaction_number in 0..4 {
                if transaction_number == picked {
                    before.clone_from(&row);
                }
                let was_there = row.is_some();
                let events = transaction(&mut dice, &mut row);
                is_another |= !was_there && row.is_some() && transaction_number > picked;
                if transaction_number == picked {
                    after.clone_from(&row);
                }
                let of_it =
                    |event| Change { event, picked: transaction_number == picked, transaction: transaction_number };
                changes.extend(events.into_iter().map(of_it));
            }
            let mut walk = Walk::from(row.clone(), &|_| true);
            changes.iter().rev().for_each(|change| walk.one(change.clone()));
            let (actions, found) = walk.end();
            let mut got = row.clone();
            for action in actions {
                got = match action {
                    Action::Remove => None,
                    Action::Set { row, .. } | Action::Bring(row) => Some(row),
                };
            }
            let said = (got, !found.is_empty());
            let expected = told(before.as_ref(), after.as_ref(), row.as_ref(), is_another);
            conflicts += u32::from(expected.1);
            assert_eq!(said, expected, "{changes:?}, now {row:?}, conflicts {found:?}");
        }
        assert!(conflicts > 1000, "{conflicts}");
    }
}
