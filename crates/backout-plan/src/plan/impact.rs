//! Whose rows are whose: `[impact]`, in the shape of the criterion `rls`, so that one table serves both.
//!
//! It must not know how anything of it is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Plan;
use super::flaw::Flaw;
use super::places::Places;
use super::problem::PlanError;
use super::read::{At, Choice, Extra, Reader, Section};

/// How many users are asked, where the plan does not say.
const MAX_USERS: u32 = 100;

/// Whose rows are whose, and as whom they are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Impact {
    /// Users as their claims name them; without any, the owners of rows are asked, up to `max_users`.
    pub users: Vec<String>,
    /// How many users are asked where none is named.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_users: u32,
    /// The role of nobody.
    pub anon: String,
    /// The role of a user.
    pub user: String,
    /// A role that sees everything: its rows are no exposure. Not asked where it is empty.
    pub service: String,
    /// The setting that holds the claims, in JSON.
    pub claims: String,
    /// The table of users, for owners that no foreign key leads to. None where it is empty.
    pub users_table: String,
    /// Its column that owners name.
    pub users_key: String,
    /// A query for who is written to: columns `id`, as owners and claims have it, `email` and `name`. None where it is
    /// empty.
    pub addresses: String,
    /// Tables, views, and functions without arguments, whose rows have owners.
    pub on: Vec<OwnedRows>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// Rows with owners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnedRows {
    /// `public.notes`, or `public.all_notes()`.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The column that says whose a row is.
    #[serde(default = "user_id")]
    pub owner: String,
    /// What a user may do with his own rows, for the criterion.
    #[serde(default = "all")]
    pub may: Vec<RowCommand>,
}

/// What can be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowCommand {
    Select,
    Insert,
    Update,
    Delete,
}

impl Choice for RowCommand {
    const ALL: &'static [(&'static str, Self)] =
        &[("select", Self::Select), ("insert", Self::Insert), ("update", Self::Update), ("delete", Self::Delete)];
}

fn user_id() -> String {
    "user_id".to_owned()
}

fn all() -> Vec<RowCommand> {
    RowCommand::ALL.iter().map(|(_, command)| *command).collect()
}

impl Default for Impact {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            max_users: MAX_USERS,
            anon: "anon".to_owned(),
            user: "authenticated".to_owned(),
            service: String::new(),
            claims: "request.jwt.claims".to_owned(),
            users_table: String::new(),
            users_key: "id".to_owned(),
            addresses: String::new(),
            on: Vec::new(),
            places: Places::default(),
        }
    }
}

impl Plan {
    /// What is wrong with `[impact]`, as a problem of the file at the key that it is about.
    pub fn impact_problem(&self, flaw: &Flaw) -> PlanError {
        self.problem_at(self.impact.places.find(&flaw.path), "[impact]".to_owned(), flaw)
    }
}

pub(super) fn impact(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Impact {
    let mut model = Impact::default();
    let Some(value) = root.ask("impact") else { return model };
    let Some(mut section) = reader.as_section(value, "impact".to_owned()) else { return model };
    let whole = reader.place(value.span().start);
    model.places = Places::of(reader, whole, value);
    model.users = reader.strings(&mut section, "users").into_iter().map(|user| user.value).collect();
    if let Some(most) = reader.number(&mut section, "max_users", 100_000) {
        if most.value == 0 {
            reader.problem(&most.at, "impact.max_users is 0: nobody would be asked", Extra::value("0"));
        }
        model.max_users = u32::try_from(most.value).unwrap_or(MAX_USERS);
    }
    for (key, place) in [
        ("anon", &mut model.anon),
        ("user", &mut model.user),
        ("claims", &mut model.claims),
        ("users_key", &mut model.users_key),
    ] {
        if let Some(text) = reader.filled(&mut section, key) {
            *place = text.value;
        }
    }
    for (key, place) in
        [("service", &mut model.service), ("users_table", &mut model.users_table), ("addresses", &mut model.addresses)]
    {
        if let Some(text) = reader.string(&mut section, key) {
            *place = text.value;
        }
    }
    for mut section in reader.sections(&mut section, "on") {
        model.on.extend(owned(reader, &mut section));
        reader.finish(&section);
    }
    if model.on.is_empty() {
        let extra = Extra::default().hint("write for example on = [{ name = \"public.notes\", owner = \"user_id\" }]");
        reader.problem(&section.at, "[impact] names no table", extra);
    }
    reader.finish(&section);
    model
}

fn owned(reader: &mut Reader<'_>, section: &mut Section<'_, '_>) -> Option<OwnedRows> {
    if section.ask("name").is_none() {
        reader.problem(&section.at, "impact.on needs a name in each of its tables", Extra::default());
    }
    let name = reader.filled(section, "name");
    let owner = reader.filled(section, "owner").map_or_else(user_id, |owner| owner.value);
    let written: Option<Vec<At<String>>> = section.ask("may").is_some().then(|| reader.strings(section, "may"));
    let may = written.map_or_else(all, |words| {
        let known: Vec<&str> = RowCommand::ALL.iter().map(|(name, _)| *name).collect();
        let mut may = Vec::new();
        for word in words {
            match RowCommand::ALL.iter().find(|(name, _)| *name == word.value) {
                Some((_, command)) => may.push(*command),
                None => {
                    let message = format!("{:?} is not a value of impact.on.may", word.value);
                    reader.word_problem(&word, message, &known);
                }
            }
        }
        may
    });
    Some(OwnedRows { name: name?.value, owner, may })
}
