//! What is wrong with a plan itself, so that no retry will mend it; and what those who look for that may use. What is only
//! away at the moment (a database, a service) is no mistake: an outage is when a way back is needed.
//!
//! Must not know: steps, checks, ways.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use backout_plan::Exit;
use backout_plan::plan::{FILL_IN, Flaw, TablePattern};
use backout_postgres::examine::statement::{self, Sense};
use backout_postgres::examine::{columns, relation};
use backout_postgres::session::Session;
use backout_postgres::store::{self, State};
use backout_schema::{Class, ident, qualified};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::{Env, Failure, place, restore};

/// How long the database may take to answer. It is not waited for: what it would say is left out.
const ANSWERS: Duration = Duration::from_secs(5);

/// How long all looks together may take: somebody waits to go back.
const ALL_LOOKS: Duration = Duration::from_secs(20);

/// What a mistake depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Nothing else: it is wrong whatever happens before.
    Plan,
    /// Files and programs of this machine, which a command before may make.
    Machine,
    /// What is in the database, which a step before may change.
    Database,
    /// Nobody can tell now; worth saying.
    Unsure,
}

/// One of them, at the keys of the value that it is about.
#[derive(Debug, Clone)]
pub(crate) struct Mistake {
    pub(crate) flaw: Flaw,
    pub(crate) about: About,
    /// Nothing is decided by it.
    pub(crate) is_light: bool,
    /// The keys are those of the plan's `[impact]`.
    pub(crate) is_of_impact: bool,
}

impl Mistake {
    fn new(flaw: Flaw, about: About) -> Self {
        Self { flaw, about, is_light: false, is_of_impact: false }
    }

    pub(crate) fn plan(flaw: Flaw) -> Self {
        Self::new(flaw, About::Plan)
    }

    pub(crate) fn machine(flaw: Flaw) -> Self {
        Self::new(flaw, About::Machine)
    }

    pub(crate) fn database(flaw: Flaw) -> Self {
        Self::new(flaw, About::Database)
    }

    pub(crate) fn unsure(flaw: Flaw) -> Self {
        Self::new(flaw, About::Unsure)
    }

    /// The same seen from further out.
    pub(crate) fn under(self, outer: &[&str]) -> Self {
        if self.is_of_impact {
            return self;
        }
        Self { flaw: self.flaw.under(outer), ..self }
    }

    /// In the section `[impact]`, whoever needs it.
    pub(crate) fn of_impact(self) -> Self {
        Self { is_of_impact: true, ..self }
    }

    /// A name that is not there. It may be gone since something went wrong, which is what the way back is for: that it
    /// is a slip is sure only where another name is near, and everything was looked at that could know it.
    fn slip(flaw: Flaw, is_all_known: bool) -> Self {
        if is_all_known && flaw.suggestion.is_some() { Self::database(flaw) } else { Self::unsure(flaw) }
    }

    /// A failure, where it says that something was asked for that cannot be meant.
    pub(crate) fn of(path: &[&str], failure: &Failure) -> Option<Self> {
        (failure.exit() == Exit::Usage).then(|| Self::plan(Flaw::at(path, failure.sentence())))
    }

    /// What the server made of SQL.
    pub(crate) fn of_sense(path: &[&str], sense: Sense) -> Option<Self> {
        match sense {
            Sense::Wrong(said) => Some(Self::plan(Flaw::at(path, said))),
            Sense::Elsewhere(said) => {
                let said = format!("as the database is now, {said}");
                Some(Self::unsure(Flaw::at(path, said).hint("it may be there by then; otherwise this fails")))
            }
            Sense::Fine | Sense::Unknown => None,
        }
    }
}

/// What is said of what a template left open.
pub(crate) const NOT_FILLED_IN: &str = "it is not filled in";

/// What a template left to the author of the plan, in a value.
pub(crate) fn unfilled(value: &Value) -> Vec<Mistake> {
    let flaw = |path: &[&str], text: &str| {
        let flaw = Flaw::at(path, NOT_FILLED_IN).value(text);
        Mistake::plan(flaw.hint(format!("{text} stands for something of yours")))
    };
    match value {
        Value::String(text) if text.contains(FILL_IN) => vec![flaw(&[], text)],
        Value::Array(items) => {
            let inner = |(number, item): (usize, &Value)| {
                let number = number.to_string();
                unfilled(item).into_iter().map(move |one| one.under(&[number.as_str()])).collect::<Vec<_>>()
            };
            items.iter().enumerate().flat_map(inner).collect()
        }
        Value::Object(fields) => {
            let inner = |(key, value): (&String, &Value)| {
                let own = key.contains(FILL_IN).then(|| flaw(&[key.as_str()], key));
                let of_value = unfilled(value).into_iter().map(|one| one.under(&[key.as_str()])).collect::<Vec<_>>();
                own.into_iter().chain(of_value).collect::<Vec<_>>()
            };
            fields.iter().flat_map(inner).collect()
        }
        _ => Vec::new(),
    }
}

/// Where somebody looks for mistakes, and what they may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'l> {
    pub(crate) env: &'l Env,
    pub(crate) live: &'l Live<'l>,
    /// Kind and value of the step that is taken back, where it is about that.
    pub(crate) taken_back: Option<(&'l str, &'l Value)>,
    /// The kinds of the steps that come before.
    pub(crate) before: &'l [&'l str],
    /// A step of a run asks, which is handed nothing from outside.
    pub(crate) in_run: bool,
}

impl Look<'_> {
    /// A file that is read, relative to the plan.
    pub(crate) fn file(&self, path: &[&str], file: &Path) -> Option<Mistake> {
        let whole = self.env.folder().join(file);
        let why = match fs::metadata(&whole) {
            Ok(found) if found.is_dir() => "it is a folder".to_owned(),
            Ok(_) => fs::File::open(&whole).err()?.to_string(),
            Err(error) => error.to_string(),
        };
        let shown = file.display().to_string();
        let beside = neighbours(&whole);
        let flaw = Flaw::at(path, format!("{} cannot be read: {why}", whole.display())).value(&shown);
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let meant = backout_plan::nearest(&name, beside.iter().map(String::as_str));
        let meant = meant.filter(|meant| **meant != name);
        Some(Mistake::machine(Flaw { suggestion: meant.map(|meant| in_place(file, meant)), ..flaw }))
    }

    /// The folder of a file that is written, relative to the plan.
    pub(crate) fn folder_of(&self, path: &[&str], file: &Path) -> Option<Mistake> {
        let whole = self.env.folder().join(file);
        let wrong = |said: String| Some(Mistake::machine(Flaw::at(path, said).value(file.display().to_string())));
        if whole.is_dir() {
            return wrong(format!("{} is a folder", whole.display()));
        }
        let folder = whole.parent().filter(|folder| !folder.as_os_str().is_empty())?;
        if folder.is_dir() { None } else { wrong(format!("the folder {} is not there", folder.display())) }
    }
}

fn neighbours(file: &Path) -> Vec<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn in_place(file: &Path, name: &str) -> String {
    file.with_file_name(name).display().to_string()
}

type Name = (String, String);

/// The target as it is now, asked once and only where somebody wants to know.
pub(crate) struct Live<'e> {
    pub(crate) env: &'e Env,
    session: OnceCell<Option<Session>>,
    known: OnceCell<Option<Known>>,
    until: Instant,
}

impl std::fmt::Debug for Live<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

/// Tables and views, and columns of them.
#[derive(Default)]
struct Names {
    tables: BTreeSet<Name>,
    columns: BTreeSet<(Name, String)>,
}

/// All that are known.
struct Known {
    now: BTreeSet<Name>,
    /// Those that a migration on record has taken or made; `None` where that cannot be read.
    on_record: Option<Names>,
    /// Those of the newest backup; nothing where there is none, `None` where that cannot be read.
    backed_up: Option<Names>,
}

impl Known {
    /// Those of other times.
    fn former(&self) -> impl Iterator<Item = &Names> {
        self.on_record.iter().chain(&self.backed_up)
    }

    fn all(&self) -> impl Iterator<Item = &Name> {
        self.now.iter().chain(self.former().flat_map(|names| &names.tables))
    }

    fn is_whole(&self) -> bool {
        self.on_record.is_some() && self.backed_up.is_some()
    }
}

impl<'e> Live<'e> {
    pub(crate) fn new(env: &'e Env) -> Self {
        Self { env, session: OnceCell::new(), known: OnceCell::new(), until: Instant::now() + ALL_LOOKS }
    }

    /// When one look is over that may take so long. What needs no answer is found after all time is spent, too.
    pub(crate) fn at_most(&self, one: Duration) -> Instant {
        (Instant::now() + one).min(self.until)
    }

    /// `None` where it does not answer.
    pub(crate) async fn session(&self) -> Option<&Session> {
        let connect = async {
            let connected = tokio::time::timeout(ANSWERS, self.env.connect()).await;
            connected.ok().and_then(Result::ok)
        };
        self.session.get_or_init(|| connect).await.as_ref()
    }

    async fn known(&self) -> Option<&Known> {
        let read = async {
            let session = self.session().await?;
            let now = statement::relations(session).await.ok()?.into_iter().collect();
            let backed_up = tokio::time::timeout(ANSWERS, backed_up(self.env)).await.ok().flatten();
            Some(Known { now, on_record: on_record(session).await, backed_up })
        };
        self.known.get_or_init(|| read).await.as_ref()
    }

    /// Nothing where a table or view of this name is there, or was, or may be again.
    pub(crate) async fn table(&self, path: &[&str], name: &str) -> Option<Mistake> {
        let session = self.session().await?;
        let parts = match statement::name(session, name).await? {
            Ok(parts) => parts,
            Err(said) => return Some(Mistake::plan(Flaw::at(path, said).value(name))),
        };
        match relation(session, name).await {
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => return None,
        }
        let known = self.known().await?;
        let (schema, table) = match parts.as_slice() {
            [table] => (None, table),
            [schema, table] => (Some(schema), table),
            _ => return None,
        };
        let is_it = |one: &&Name| one.1 == *table && schema.is_none_or(|schema| one.0 == *schema);
        if known.all().any(|one| is_it(&one)) {
            return None;
        }
        let near = known.near(schema.map(String::as_str), Some(table));
        Some(absent(known, path, name, near, format!("table {name} is not there, and none of that name is on record")))
    }

    /// Nothing where a table or view has, had or may have again such a column; or where it is not there itself.
    pub(crate) async fn column(&self, path: &[&str], name: &str, column: &str) -> Option<Mistake> {
        let session = self.session().await?;
        let relation = relation(session, name).await.ok()??;
        let columns = columns(session, relation.oid).await.ok()?;
        if columns.iter().any(|one| one == column) {
            return None;
        }
        let parts = statement::name(session, name).await?.ok()?;
        let (schema, table) = match parts.as_slice() {
            [table] => (None, table),
            [schema, table] => (Some(schema), table),
            _ => return None,
        };
        let known = self.known().await?;
        let is_it =
            |(of, one): &(Name, String)| one == column && of.1 == *table && schema.is_none_or(|schema| of.0 == *schema);
        if known.former().flat_map(|names| &names.columns).any(is_it) {
            return None;
        }
        let flaw = Flaw::at(path, format!("{name} has no column {column}")).value(column);
        Some(Mistake::slip(flaw.meant(column, columns.iter().map(String::as_str)), known.is_whole()))
    }

    /// As for a table, for a pattern of names.
    pub(crate) async fn pattern(&self, path: &[&str], pattern: &TablePattern) -> Option<Mistake> {
        let known = self.known().await?;
        if known.all().any(|(schema, table)| pattern.matches(schema, table)) {
            return None;
        }
        let (name, near) = (pattern.to_string(), known.near(Some(&pattern.schema), pattern.table.as_deref()));
        Some(absent(known, path, &name, near, format!("{name} names no table that is there or on record")))
    }

    /// What the server makes of a statement.
    pub(crate) async fn statement(&self, path: &[&str], sql: &str) -> Option<Mistake> {
        let session = self.session().await?;
        Mistake::of_sense(path, statement::statement(session, sql).await)
    }

    /// A role that is there.
    pub(crate) async fn role(&self, path: &[&str], name: &str) -> Option<Mistake> {
        let roles = statement::roles(self.session().await?).await.ok()?;
        if name.is_empty() || roles.iter().any(|one| one == name) {
            return None;
        }
        let flaw = Flaw::at(path, format!("there is no role {name} now")).value(name);
        Some(Mistake::slip(flaw.meant(name, roles.iter().map(String::as_str)), true))
    }
}

/// A name that nobody knows.
fn absent(known: &Known, path: &[&str], name: &str, near: Option<String>, said: String) -> Mistake {
    Mistake::slip(Flaw { suggestion: near, ..Flaw::at(path, said).value(name) }, known.is_whole())
}

impl Known {
    /// The name that was probably meant: of another table of the schema, or of the table in another schema.
    fn near(&self, schema: Option<&str>, table: Option<&str>) -> Option<String> {
        let is_in = |one: &&Name| schema.is_none_or(|schema| one.0 == schema);
        let has = |one: &&Name| table.is_none_or(|table| one.1 == table);
        let tables = self.all().filter(is_in).map(|one| one.1.as_str());
        if let Some(meant) = table.and_then(|table| backout_plan::nearest(table, tables)) {
            return match schema {
                Some(schema) => Some(qualified(schema, meant)),
                None => Some(ident(meant)),
            };
        }
        let schemas = self.all().filter(has).map(|one| one.0.as_str());
        let meant = backout_plan::nearest(schema?, schemas)?;
        Some(match table {
            Some(table) => qualified(meant, table),
            None => format!("{}.*", ident(meant)),
        })
    }
}

/// What the newest backup has.
async fn backed_up(env: &Env) -> Option<Names> {
    let store = place::open(env, None, None).ok()?;
    match restore::find(env, &store, "latest", false).await {
        Ok(manifest) => {
            let mut names = Names::default();
            for table in &manifest.tables {
                let name = (table.schema.clone(), table.name.clone());
                names.columns.extend(table.columns.iter().map(|column| (name.clone(), column.clone())));
                names.tables.insert(name);
            }
            Some(names)
        }
        // There is none.
        Err(failure) => (failure.exit() == Exit::Usage).then(Names::default),
    }
}

/// What migrations on record have taken or made, which an undo or a release may bring again.
async fn on_record(session: &Session) -> Option<Names> {
    let mut names = Names::default();
    for record in store::records(session).await.ok()? {
        if record.state == State::Adopted {
            continue;
        }
        let Some(inverse) = store::inverse(session, record.number).await.ok()? else { continue };
        for catalog in [&inverse.before, &inverse.after] {
            for object in catalog.objects().filter(|object| object.id.class == Class::Relation) {
                let table =
                    if object.is_column() { object.parent.and_then(|id| catalog.get(id)) } else { Some(object) };
                let Some((schema, table)) = table.and_then(|table| Some((table.schema.as_ref()?, &table.name))) else {
                    continue;
                };
                let name = (schema.clone(), table.clone());
                match object.id.sub {
                    0 => names.tables.insert(name),
                    _ => names.columns.insert((name, object.name.clone())),
                };
            }
        }
    }
    Some(names)
}
