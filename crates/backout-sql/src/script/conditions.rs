//! `\if`, `\elif`, `\else`, `\endif`: which parts of a psql script are read.

use super::Location;

#[derive(Debug, Default)]
pub(super) struct Conditions {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    location: Location,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the branch that is read.
    Taken,
    /// No branch was read yet.
    Waiting,
    /// A branch was read already, or all of this lies in a part that is not read.
    Done,
    ElseTaken,
    ElseSkipped,
}

impl Conditions {
    /// Whether text at this point is read.
    pub fn active(&self) -> bool {
        self.open.last().is_none_or(|open| matches!(open.state, State::Taken | State::ElseTaken))
    }

    /// Whether the next `\elif` must be evaluated.
    pub fn elif_counts(&self) -> bool {
        self.open.last().is_some_and(|open| open.state == State::Waiting)
    }

    /// The place of the innermost `\if` that is still open.
    pub fn innermost(&self) -> Option<&Location> {
        self.open.last().map(|open| &open.location)
    }

    pub fn begin(&mut self, location: Location, holds: bool) {
        let state = match (self.active(), holds) {
            (false, _) => State::Done,
            (true, true) => State::Taken,
            (true, false) => State::Waiting,
        };
        self.open.push(Open { location, state });
    }

    pub fn elif(&mut self, holds: bool) -> Result<(), &'static str> {
        let open = self.open.last_mut().ok_or("no \\if is open")?;
        open.state = match open.state {
            State::Waiting if holds => State::Taken,
            State::Waiting => State::Waiting,
            State::Taken | State::Done => State::Done,
            State::ElseTaken | State::ElseSkipped => return Err("cannot stand after \\else"),
        };
        Ok(())
    }

    pub fn otherwise(&mut self) -> Result<(), &'static str> {
        let open = self.open.last_mut().ok_or("no \\if is open")?;
        open.state = match open.state {
            State::Waiting => State::ElseTaken,
            State::Taken | State::Done => State::ElseSkipped,
            State::ElseTaken | State::ElseSkipped => return Err("cannot stand after \\else"),
        };
        Ok(())
    }

    pub fn end(&mut self) -> Result<(), &'static str> {
        self.open.pop().map(|_| ()).ok_or("no \\if is open")
    }
}

/// psql's booleans: `true`, `false`, `yes`, `no` and their beginnings, `on`, `off`, `1`, `0`.
pub(super) fn boolean(value: &str) -> Option<bool> {
    let value = value.to_ascii_lowercase();
    match value.as_str() {
        "" | "o" => None,
        "1" | "on" => Some(true),
        "0" | "of" | "off" => Some(false),
        _ if "true".starts_with(&value) || "yes".starts_with(&value) => Some(true),
        _ if "false".starts_with(&value) || "no".starts_with(&value) => Some(false),
        _ => None,
    }
}
