//! What is said of an incident, and how: messages as templates over what is known.
//!
//! Must not know: when a message is due, or how a channel writes it.
//!
//! For users: `docs/messages.md`.

mod channels;
mod check;
mod example;
mod filters;
mod shipped;
mod template;
mod variables;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use backout_connectors::tell::{Span, Text};
use backout_plan::Plan;
use backout_plan::plan::{Flaw, PlanAudience, PlanError, PlanErrors, PlanMessage};
use backout_plan::visible::on_one_line;

pub use channels::{channel_table, into_schema};
pub use check::{Texts, Wrong};
pub use example::table;
pub use filters::filter_table;
pub use shipped::{SHIPPED, Shipped, shipped};
pub use template::{LONGEST, Template};
pub use variables::{
    Action, Affected, Asked, Changed, Duty, Exposed, Facts, Failed, Incident, Kind, Line, Lost, Moment, Need, Next,
    Only, Overdue, People, Reading, Rows, Run, Step, Trigger, User, VARIABLES, Variable, Way, variable,
};

/// A message of the plan that can be made.
#[derive(Debug)]
pub struct Message {
    /// Where it stands in `Plan::messages`.
    pub number: usize,
    pub name: String,
    pub subject: Option<Template>,
    pub text: Template,
    texts: BTreeMap<String, String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// One line of text; empty where it has none.
    pub subject: String,
    pub text: Text,
}

/// Looks at all that the plan says of channels and messages; files of templates are read.
///
/// # Errors
/// All that is wrong with it, at its place.
pub fn of_plan(plan: &Plan) -> Result<Vec<Message>, PlanErrors> {
    let messages = Message::of_plan(plan, &|path| std::fs::read_to_string(path));
    match (channels::check(plan), messages) {
        (Ok(()), messages) => messages,
        (Err(errors), Ok(_)) => Err(errors),
        (Err(PlanErrors(mut all)), Err(PlanErrors(more))) => {
            all.extend(more);
            Err(PlanErrors(all))
        }
    }
}

/// The table of what is shipped, for the documentation.
pub fn shipped_table() -> String {
    let mut rows = String::from("| template | on | what it says | `texts` |\n|---|---|---|---|\n");
    for one in SHIPPED {
        let texts: Vec<String> = one.texts.iter().map(|(name, what)| format!("`{name}`: {what}")).collect();
        rows.push_str(&format!("| `{}` | `{}` | {} | {} |\n", one.name, one.on, one.meaning, texts.join("; ")));
    }
    rows
}

impl Moment {
    /// When and for whom this message is made.
    pub fn of(message: &PlanMessage) -> Self {
        Self { on: message.on, affected: message.audience == PlanAudience::Affected }
    }
}

impl Message {
    /// Every message of the plan, read through. Files are asked for by their paths, relative ones to the folder of the plan.
    ///
    /// # Errors
    /// All that is wrong with their templates: in the plan's file, or in theirs.
    pub fn of_plan(plan: &Plan, file: &dyn Fn(&Path) -> io::Result<String>) -> Result<Vec<Self>, PlanErrors> {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for (number, message) in plan.messages.iter().enumerate() {
            match Self::read(plan, message, file) {
                Ok(read) => all.push(Self { number, ..read }),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(all) } else { Err(PlanErrors(problems)) }
    }

    fn read(
        plan: &Plan,
        message: &PlanMessage,
        file: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, Vec<PlanError>> {
        let problem = |flaw: Flaw| plan.message_problem(message, &flaw);
        let path = message.path(&plan.folder());
        let shipped = match &message.template {
            Some(name) => Some(shipped(name).ok_or_else(|| vec![problem(no_template(name))])?),
            None => None,
        };
        if let Some(language) = message.language.as_deref().filter(|_| shipped.is_some()) {
            let flaw = Flaw::at(&["language"], "what is shipped is in English").value(language);
            return Err(vec![problem(flaw.hint("write file = \"…\" for another language"))]);
        }
        let source = match (&path, shipped) {
            (Some(path), _) => file(path).map_err(|error| {
                let said = format!("{} cannot be read: {error}", path.display());
                vec![problem(Flaw::at(&["file"], said).value(path.display().to_string()))]
            })?,
            (None, Some(shipped)) => shipped.text.to_owned(),
            (None, None) => message.text.clone().unwrap_or_default(),
        };
        let given = message.texts.keys().map(|name| (name.as_str(), true));
        let may = shipped.map_or(&[][..], |shipped| shipped.texts).iter().map(|(name, _)| (*name, false));
        let may = may.filter(|(name, _)| !message.texts.contains_key(*name));
        let texts: Vec<(&str, bool)> = given.chain(may).collect();
        let moment = Moment::of(message);
        let mut problems = Vec::new();
        let mut read = |key: &str, source: &str| {
            let read = Template::read(source, moment, &texts);
            read.map_err(|found| {
                for wrong in found {
                    problems.push(match &path {
                        Some(path) if key == "file" => in_file(path, wrong),
                        _ => problem(in_plan(key, wrong)),
                    });
                }
            })
            .ok()
        };
        let key = if path.is_some() {
            "file"
        } else if shipped.is_some() {
            "template"
        } else {
            "text"
        };
        let text = read(key, &source);
        let subject = message.subject.as_deref().or(shipped.map(|shipped| shipped.subject));
        let subject = subject.map(|subject| read("subject", subject));
        if let (Some(text), None | Some(Some(_))) = (text, subject.as_ref()) {
            let subject = subject.flatten();
            let has = |name: &String| {
                text.texts().contains(name) || subject.as_ref().is_some_and(|subject| subject.texts().contains(name))
            };
            for name in message.texts.keys().filter(|name| !has(name)) {
                let flaw = Flaw::at(&["texts", name], format!("the template has no texts.{name}")).value(name);
                problems
                    .push(problem(flaw.meant(name, shipped.into_iter().flat_map(|one| one.texts).map(|one| one.0))));
            }
            if problems.is_empty() {
                return Ok(Self { number: 0, name: message.name.clone(), subject, text, texts: message.texts.clone() });
            }
        }
        Err(problems)
    }

    /// What it says now.
    ///
    /// # Errors
    /// Where its template becomes too long.
    pub fn said(&self, facts: &Facts) -> Result<Said, Wrong> {
        let subject = match &self.subject {
            Some(subject) => flat(&subject.render(facts, &self.texts)?),
            None => String::new(),
        };
        Ok(Said { subject, text: self.text.render(facts, &self.texts)? })
    }
}

/// As text: no sign of a subject means anything.
fn flat(text: &Text) -> String {
    let all: String = text
        .0
        .iter()
        .map(|span| match span {
            Span::Markup(text) | Span::Value(text) => text.as_str(),
        })
        .collect();
    on_one_line(&all)
}

fn no_template(name: &str) -> Flaw {
    let flaw = Flaw::at(&["template"], format!("no template {name:?} is shipped")).value(name);
    flaw.meant(name, SHIPPED.iter().map(|one| one.name))
}

/// In a text of the plan, whose lines are counted from its own beginning.
fn in_plan(key: &str, wrong: Wrong) -> Flaw {
    let Wrong { line, said, value, suggestion, hint, .. } = wrong;
    let said = if key == "subject" { said } else { format!("line {line} of the {key}: {said}") };
    Flaw { path: vec![key.to_owned()], said, value, suggestion, hint }
}

fn in_file(path: &Path, wrong: Wrong) -> PlanError {
    let Wrong { line, column, said, value, suggestion, hint } = wrong;
    let file = path.display().to_string();
    PlanError { file, line, column: column.max(1), value, message: said, suggestion, hint }
}

#[cfg(test)]
mod tests;
