//! Row-level security as a matrix: nobody, two users and the service read and write as themselves, and what each reaches is
//! held against whose rows they are. All of it in a transaction that is rolled back.
//!
//! What decides is rows reached that are not one's own, not rows reached. A role that policies do not apply to, or a user
//! without rows, is an error: it would pass whatever the policies say.
//!
//! Must not know: who asks, or how often.

use backout_plan::plan::Flaw;
use backout_plan::wording;
use backout_postgres::rls::{self, RlsError, Source};
use backout_postgres::session::{DatabaseError, Session};
use backout_postgres::sqlstate;
use backout_schema::literal;
use serde::Deserialize;
use serde_json::json;

use super::{Boxed, Context, Held, Kind, Trouble, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rls {
    /// Two users who both have rows, as their claims name them.
    users: [String; 2],
    /// What is asked: tables, views, and functions without arguments.
    on: Vec<Place>,
    #[serde(default = "anon")]
    anon: String,
    #[serde(default = "authenticated")]
    user: String,
    /// A role that reads everything; not asked where it is empty.
    #[serde(default)]
    service: String,
    /// The setting that holds the claims, in JSON.
    #[serde(default = "claims")]
    claims: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// `public.notes`, or `public.all_notes()`.
    name: String,
    /// The column that says whose a row is.
    #[serde(default = "user_id")]
    owner: String,
    /// What a user may do with his own rows. All else must be refused.
    #[serde(default = "all")]
    may: Vec<Command>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Command {
    Select,
    Insert,
    Update,
    Delete,
}

fn anon() -> String {
    "anon".to_owned()
}

fn authenticated() -> String {
    "authenticated".to_owned()
}

fn claims() -> String {
    "request.jwt.claims".to_owned()
}

fn user_id() -> String {
    "user_id".to_owned()
}

fn all() -> Vec<Command> {
    vec![Command::Select, Command::Insert, Command::Update, Command::Delete]
}

/// Somebody who asks.
#[derive(Debug, Clone, Copy)]
struct Actor<'a> {
    name: &'a str,
    role: &'a str,
    /// Whose rows are his own; nobody's where it is empty.
    sub: &'a str,
}

/// What somebody reached.
enum Reached {
    Rows {
        all: i64,
        own: i64,
    },
    /// The server said no, by this code.
    No(DatabaseError),
}

impl Rls {
    /// Of the plan's `[impact]`, which has the same shape and a little more.
    ///
    /// # Errors
    /// Where it does not name two users.
    pub(super) fn of(section: &backout_plan::plan::Impact) -> Result<Self, Trouble> {
        let [first, second, ..] = section.users.as_slice() else {
            return Err(Trouble::new("[impact] names no two users who could be asked", false));
        };
        let whole = json!({
            "users": [first, second], "on": section.on, "anon": section.anon, "user": section.user,
            "service": section.service, "claims": section.claims,
        });
        serde_json::from_value(whole).map_err(|error| Trouble::new(format!("[impact]: {error}"), false))
    }
}

impl Kind for Rls {
    fn said(&self) -> String {
        let names: Vec<&str> = self.on.iter().map(|place| place.name.as_str()).collect();
        format!("row-level security of {}", names.join(", "))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            if self.on.is_empty() {
                return vec![Mistake::plan(Flaw::at(&["on"], "nothing is named under on"))];
            }
            let mut found = Vec::new();
            for (key, role) in [("anon", &self.anon), ("user", &self.user), ("service", &self.service)] {
                found.extend(look.live.role(&[key], role).await);
            }
            for (number, place) in self.on.iter().enumerate().filter(|(_, place)| !place.name.ends_with("()")) {
                let number = number.to_string();
                match look.live.table(&["on", &number, "name"], &place.name).await {
                    None => found.extend(look.live.column(&["on", &number, "owner"], &place.name, &place.owner).await),
                    of_table => found.extend(of_table),
                }
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let session = context.env.connect().await?;
            session.batch("BEGIN").await.map_err(failed)?;
            let asking = session.plain_savepoint("backout_asked").await.map_err(failed)?;
            let asked = self.findings(&session).await;
            // Nothing of it is committed. A transaction that was rolled back would count as an error of the database's.
            asking.take_back().await.map_err(failed)?;
            session.batch("COMMIT").await.map_err(failed)?;
            session.close().await;
            let (findings, asked) = asked?;
            if asked == 0 {
                return Err(nothing("nothing is named under on"));
            }
            found(findings, json!({ "asked": asked }))
        })
    }
}

impl Rls {
    async fn findings(&self, session: &Session) -> Result<(Vec<String>, usize), Trouble> {
        rls::roles_fit(session, &[&self.anon, &self.user]).await?;
        let (mut findings, mut asked) = (Vec::new(), 0);
        for place in &self.on {
            let source = self.source(session, place).await?;
            self.read(session, place, &source, &mut findings, &mut asked).await?;
            if source.is_table {
                self.write(session, place, &source, &mut findings, &mut asked).await?;
            }
        }
        Ok((findings, asked))
    }

    async fn source(&self, session: &Session, place: &Place) -> Result<Source, Trouble> {
        let source = rls::source(session, &place.name, &place.owner, [&self.anon, &self.user]).await?;
        if source.is_table {
            for user in &self.users {
                let sql = format!(
                    "SELECT pg_catalog.count(*) FROM {} WHERE {} = {}",
                    source.sql,
                    text(&source.owner),
                    literal(user).trim_start()
                );
                if session.scalar(&sql).await.map_err(failed)?.as_deref() == Some("0") {
                    let said = format!("{user} has no row in {}, so what he sees proves nothing", place.name);
                    return Err(Trouble::new(said, false));
                }
            }
        }
        Ok(source)
    }

    /// Who sees whose rows.
    async fn read(
        &self,
        session: &Session,
        place: &Place,
        source: &Source,
        findings: &mut Vec<String>,
        asked: &mut usize,
    ) -> Result<(), Trouble> {
        let off = if source.is_table && !source.secured { " (row-level security is off)" } else { "" };
        for policy in &source.for_public {
            findings.push(format!("{}: policy {policy} is for PUBLIC", place.name));
        }
        let [a, b] = &self.users;
        let actors = [
            Actor { name: "anon", role: &self.anon, sub: "" },
            Actor { name: "the first user", role: &self.user, sub: a },
            Actor { name: "the second user", role: &self.user, sub: b },
        ];
        for actor in actors {
            *asked += 1;
            let count = format!(
                "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE {} = {}) FROM {}",
                text(&source.owner),
                literal(actor.sub).trim_start(),
                source.sql
            );
            match self.as_actor(session, actor, &count, true).await? {
                Reached::Rows { all, own } => {
                    if all > own {
                        let others = wording::count(all - own, "row");
                        findings.push(format!("{}: {} sees {others} not his own{off}", place.name, actor.name));
                    }
                    if own == 0 && !actor.sub.is_empty() && place.may.contains(&Command::Select) {
                        findings.push(format!("{}: {} does not see his own rows", place.name, actor.name));
                    }
                }
                Reached::No(error) if error.has_code(sqlstate::INVALID_OBJECT_DEFINITION) => {
                    findings.push(format!("{}: a policy refers to itself without end", place.name));
                }
                // Nobody needs a privilege; a user does.
                Reached::No(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) && actor.sub.is_empty() => {}
                Reached::No(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => {
                    if place.may.contains(&Command::Select) {
                        findings.push(format!("{}: {} may not read: {error}", place.name, actor.name));
                    }
                }
                Reached::No(error) => return Err(failed(error)),
            }
        }
        if !self.service.is_empty() && source.is_table {
            *asked += 1;
            let actor = Actor { name: "the service", role: &self.service, sub: "" };
            let total =
                session.scalar(&format!("SELECT pg_catalog.count(*) FROM {}", source.sql)).await.map_err(failed)?;
            let count = format!("SELECT pg_catalog.count(*), 0::int8 FROM {}", source.sql);
            match self.as_actor(session, actor, &count, true).await? {
                Reached::Rows { all, .. } if Some(all.to_string()) == total => {}
                Reached::Rows { all, .. } => {
                    let total = total.unwrap_or_default();
                    findings.push(format!("{}: the service sees {all} of {total} rows", place.name));
                }
                Reached::No(error) => findings.push(format!("{}: the service may not read: {error}", place.name)),
            }
        }
        Ok(())
    }

    /// Who can change whose rows, or put rows under another name.
    async fn write(
        &self,
        session: &Session,
        place: &Place,
        source: &Source,
        findings: &mut Vec<String>,
        asked: &mut usize,
    ) -> Result<(), Trouble> {
        let [a, b] = &self.users;
        let (owner, sql) = (&source.owner, &source.sql);
        let is = |user: &str| format!("{} = {}", text(owner), literal(user).trim_start());
        let take = |user: &str| format!("SELECT pg_catalog.to_jsonb(t)::text FROM {sql} t WHERE {} LIMIT 1", is(user));
        let row = session.scalar(&take(a)).await.map_err(failed)?.unwrap_or_default();
        let insert = |user: &str| {
            let row = format!(
                "{}::jsonb || pg_catalog.jsonb_build_object({}, {})",
                literal(&row).trim_start(),
                literal(&place.owner).trim_start(),
                literal(user).trim_start()
            );
            let columns = source.columns.join(", ");
            format!(
                "INSERT INTO {sql} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM pg_catalog.jsonb_populate_record(NULL::{sql}, {row})"
            )
        };
        let anon = Actor { name: "anon", role: &self.anon, sub: "" };
        let user = Actor { name: "the first user", role: &self.user, sub: a };
        let own =
            session.scalar(&format!("SELECT pg_catalog.count(*) FROM {sql} WHERE {}", is(a))).await.map_err(failed)?;
        let own: i64 = own.and_then(|count| count.parse().ok()).unwrap_or_default();
        // Without WHERE: what a condition would need to see is held against the policies of SELECT as well.
        let (to_a, to_b) = (self.typed(session, source, a).await?, self.typed(session, source, b).await?);
        let update = format!("UPDATE {sql} SET {owner} = {to_a}");
        let delete = format!("DELETE FROM {sql}");
        for (actor, may_reach, what, statement) in [
            (anon, 0, "can change rows", update.clone()),
            (anon, 0, "can delete rows", delete.clone()),
            (anon, 0, "can add rows", insert(a)),
            (user, own, "can change rows of others", update.clone()),
            (user, own, "can delete rows of others", delete.clone()),
            (user, 0, "can add rows for others", insert(b)),
            (user, 0, "can give his rows to others", format!("UPDATE {sql} SET {owner} = {to_b}")),
        ] {
            *asked += 1;
            match self.as_actor(session, actor, &statement, false).await? {
                Reached::Rows { all, .. } if all <= may_reach => {}
                Reached::No(error) if error.has_code(sqlstate::INVALID_OBJECT_DEFINITION) => {
                    findings.push(format!("{}: a policy refers to itself without end", place.name));
                }
                // What a key or a check says comes after the policies.
                Reached::No(error) if !error.code.as_deref().is_some_and(|code| code.starts_with("23")) => {}
                _ => findings.push(format!("{}: {} {what}", place.name, actor.name)),
            }
        }
        let own_insert = insert(a);
        for (command, what, statement) in [
            (Command::Update, "change his own rows", &update),
            (Command::Delete, "delete his own rows", &delete),
            (Command::Insert, "add rows of his own", &own_insert),
        ] {
            *asked += 1;
            let may = place.may.contains(&command);
            let reached = match self.as_actor(session, user, statement, false).await? {
                Reached::Rows { all, .. } => all > 0,
                Reached::No(error) => error.code.as_deref().is_some_and(|code| code.starts_with("23")),
            };
            match (may, reached) {
                (true, false) => findings.push(format!("{}: a user cannot {what}", place.name)),
                (false, true) => findings.push(format!("{}: a user can {what}, and may not by the plan", place.name)),
                _ => {}
            }
        }
        Ok(())
    }

    /// A user as a value of the column's own type.
    async fn typed(&self, session: &Session, source: &Source, user: &str) -> Result<String, Trouble> {
        let sql = format!("SELECT pg_catalog.pg_typeof({})::text FROM {} LIMIT 1", source.owner, source.sql);
        let kind = session.scalar(&sql).await.map_err(failed)?.unwrap_or_else(|| "text".to_owned());
        Ok(format!("{}::{kind}", literal(user).trim_start()))
    }

    /// Runs a statement as somebody, and takes back what it did.
    async fn as_actor(&self, session: &Session, actor: Actor<'_>, sql: &str, counts: bool) -> Result<Reached, Trouble> {
        rls::step_in(session, &self.claims, actor.role, actor.sub).await?;
        let reached = match counts {
            true => session.rows(sql).await.map(|rows| {
                let count = |place| rows.first().map_or(0, |row| row.get::<_, i64>(place));
                Reached::Rows { all: count(0), own: count(1) }
            }),
            false => session.reach(sql).await.map(|rows| {
                let all = i64::try_from(rows).unwrap_or(i64::MAX);
                Reached::Rows { all, own: 0 }
            }),
        };
        let reached = match reached {
            Ok(reached) => reached,
            Err(error) if error.is_connection_lost() => return Err(failed(error)),
            Err(error) => Reached::No(error),
        };
        rls::step_back(session).await.map_err(failed)?;
        Ok(reached)
    }
}

fn text(column: &str) -> String {
    format!("{column}::text")
}

impl From<RlsError> for Trouble {
    fn from(error: RlsError) -> Self {
        let again = matches!(error, RlsError::Server(_));
        Self::new(error.to_string(), again)
    }
}

fn failed(error: DatabaseError) -> Trouble {
    Trouble::new(error.to_string(), true)
}
