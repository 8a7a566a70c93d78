//! Which of a backup's definitions make single tables anew in a database that has lost them: the tables with all that is
//! theirs, and what went along with them elsewhere (keys and policies of other tables, views).
//!
//! Must not know: sessions.

use std::collections::BTreeSet;

use super::schema::{Kind, Step, qualified, quoted};

/// Statements that make tables anew, each list in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Anew {
    /// Before the rows.
    pub before: Vec<Step>,
    /// After them.
    pub after: Vec<Step>,
    /// Foreign keys from and to them.
    pub keys: Vec<Step>,
    /// Sequences that come with them.
    pub sequences: BTreeSet<String>,
}

/// What a statement is about, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Subject {
    /// The relation that it makes or belongs to.
    relation: Option<String>,
    /// A relation that it makes, which may be the same.
    makes: Option<String>,
    /// A column's owner, a partition or the like that it ties to the relation.
    ties: Option<String>,
    view: bool,
}

/// A key or policy of a table, told apart from those of others.
pub fn child_name(table: &str, name: &str) -> String {
    format!("{table}.{name}")
}

impl Anew {
    /// `names` are the tables, and `there` what the database has, all as they stand in the definitions.
    pub fn of(before: &[Step], after: &[Step], names: &BTreeSet<String>, there: &BTreeSet<String>) -> Self {
        let mut anew = Self::default();
        let mut relations = names.clone();
        // Sequences, indexes, statistics and views of the tables; views stand on views.
        loop {
            let known = relations.len();
            for step in before.iter().chain(after) {
                let subject = subject(&step.sql);
                let owns = subject.ties.as_ref().is_some_and(|tied| relations.contains(tied));
                if step.sql.starts_with("ALTER SEQUENCE ") && owns {
                    let new = subject.relation.iter().filter(|name| !there.contains(*name));
                    anew.sequences.extend(new.clone().cloned());
                    relations.extend(new.cloned());
                }
                let of_it = subject.relation.as_ref().is_some_and(|name| relations.contains(name));
                let stands_on_it = subject.view && relations.iter().any(|name| step.sql.contains(name.as_str()));
                if let Some(made) = subject.makes.filter(|made| (of_it || stands_on_it) && !there.contains(made)) {
                    relations.insert(made);
                }
            }
            if relations.len() == known {
                break;
            }
        }
        let is_view = |name: &str| {
            before.iter().any(|s| {
                let subject = subject(&s.sql);
                subject.view && subject.makes.as_deref() == Some(name)
            })
        };
        let views: BTreeSet<String> = relations.iter().filter(|name| is_view(name)).cloned().collect();
        for (steps, is_before) in [(before, true), (after, false)] {
            for step in steps {
                match &step.kind {
                    Kind::Key { from, to } => {
                        let is_there =
                            step.constraint().is_some_and(|name| there.contains(&child_name(from, &unquoted(name))));
                        if !is_there && (names.contains(from) || names.contains(to) && there.contains(from)) {
                            anew.keys.push(step.clone());
                        }
                        continue;
                    }
                    Kind::Index { table } if !relations.contains(table) => continue,
                    _ => {}
                }
                let subject = subject(&step.sql);
                let of_it = subject.relation.as_ref().is_some_and(|name| relations.contains(name));
                let ties_it = subject.ties.as_ref().is_some_and(|name| names.contains(name));
                if !of_it && !ties_it && !is_lost_policy(step, names, there) {
                    continue;
                }
                let late = subject.relation.as_ref().is_some_and(|name| views.contains(name));
                if is_before && !late { &mut anew.before } else { &mut anew.after }.push(step.clone());
            }
        }
        anew
    }
}

/// A policy of another table that went with one of these.
fn is_lost_policy(step: &Step, names: &BTreeSet<String>, there: &BTreeSet<String>) -> bool {
    let Some((policy, rest)) = step.sql.strip_prefix("CREATE POLICY ").and_then(quoted) else { return false };
    let Some((table, rest)) = rest.strip_prefix(" ON ").and_then(qualified) else { return false };
    there.contains(&table)
        && !there.contains(&child_name(&table, &unquoted(policy)))
        && names.iter().any(|name| rest.contains(name.as_str()))
}

fn unquoted(name: &str) -> String {
    name.trim_matches('"').replace("\"\"", "\"")
}

fn subject(sql: &str) -> Subject {
    let about = |relation: &str| Subject { relation: Some(relation.to_owned()), ..Subject::default() };
    for prefix in ["CREATE TABLE ", "CREATE UNLOGGED TABLE ", "CREATE SEQUENCE ", "CREATE UNLOGGED SEQUENCE "] {
        if let Some((name, _)) = sql.strip_prefix(prefix).and_then(qualified) {
            return Subject { makes: Some(name.clone()), ..about(&name) };
        }
    }
    for prefix in ["CREATE VIEW ", "CREATE OR REPLACE VIEW ", "CREATE MATERIALIZED VIEW "] {
        if let Some((name, _)) = sql.strip_prefix(prefix).and_then(qualified) {
            return Subject { makes: Some(name.clone()), view: true, ..about(&name) };
        }
    }
    if let Some((sequence, rest)) = sql.strip_prefix("ALTER SEQUENCE ").and_then(qualified) {
        let ties = rest.trim_start().strip_prefix("OWNED BY ").and_then(qualified).map(|(table, _)| table);
        return Subject { ties, ..about(&sequence) };
    }
    for prefix in ["CREATE INDEX ", "CREATE UNIQUE INDEX "] {
        let Some((index, rest)) = sql.strip_prefix(prefix).and_then(quoted) else { continue };
        let Some(rest) = rest.strip_prefix(" ON ") else { continue };
        if let Some((table, _)) = qualified(rest.strip_prefix("ONLY ").unwrap_or(rest)) {
            let schema = quoted(&table).map_or("", |(schema, _)| schema);
            return Subject { makes: Some(format!("{schema}.{index}")), ..about(&table) };
        }
    }
    if let Some((statistics, rest)) = sql.strip_prefix("CREATE STATISTICS ").and_then(qualified) {
        let from = rest.rfind(" FROM ").and_then(|at| qualified(&rest[at + 6..])).map(|(table, _)| table);
        return Subject { relation: from, makes: Some(statistics), ..Subject::default() };
    }
    if let Some(rest) = sql.strip_prefix("ALTER TABLE ") {
        let rest = rest.strip_prefix("ONLY ").unwrap_or(rest);
        if let Some((table, rest)) = qualified(rest) {
            let ties = rest.trim_start().strip_prefix("ATTACH PARTITION ").and_then(qualified).map(|(name, _)| name);
            return Subject { ties, ..about(&table) };
        }
    }
    for prefix in [
        "ALTER VIEW ",
        "ALTER MATERIALIZED VIEW ",
        "ALTER INDEX ",
        "ALTER STATISTICS ",
        "REFRESH MATERIALIZED VIEW ",
        "COMMENT ON TABLE ",
        "COMMENT ON COLUMN ",
        "COMMENT ON SEQUENCE ",
        "COMMENT ON INDEX ",
        "COMMENT ON VIEW ",
        "COMMENT ON MATERIALIZED VIEW ",
        "COMMENT ON STATISTICS ",
    ] {
        if let Some((name, _)) = sql.strip_prefix(prefix).and_then(qualified) {
            return about(&name);
        }
    }
    for prefix in [
        "CREATE TRIGGER ",
        "CREATE CONSTRAINT TRIGGER ",
        "CREATE POLICY ",
        "CREATE RULE ",
        "COMMENT ON CONSTRAINT ",
        "COMMENT ON TRIGGER ",
        "COMMENT ON POLICY ",
        "COMMENT ON RULE ",
        "GRANT ",
        "REVOKE ",
        "ALTER PUBLICATION ",
    ] {
        let Some(rest) = sql.strip_prefix(prefix) else { continue };
        let marks: &[&str] = match prefix {
            "CREATE RULE " => &[" TO "],
            "GRANT " | "REVOKE " => &[" ON TABLE ", " ON SEQUENCE "],
            "ALTER PUBLICATION " => &[" ADD TABLE ONLY ", " ADD TABLE "],
            _ => &[" ON "],
        };
        // The name before it may hold the word, and is quoted.
        let rest = quoted(rest).map_or(rest, |(_, rest)| rest);
        let found = marks
            .iter()
            .find_map(|mark| rest.match_indices(mark).find_map(|(at, _)| qualified(&rest[at + mark.len()..])));
        if let Some((table, _)) = found {
            return about(&table);
        }
    }
    Subject::default()
}

#[cfg(test)]
mod tests {
    use super::super::schema::steps;
    use super::*;

    const BEFORE: &str = r#"
SET default_tablespace = '';
CREATE TABLE "public"."users" ("id" integer NOT NULL);
CREATE TABLE "public"."orders" ("id" integer NOT NULL, "user_id" integer);
ALTER TABLE "public"."orders" OWNER TO "me";
CREATE SEQUENCE "public"."orders_id_seq" START WITH 1;
ALTER SEQUENCE "public"."orders_id_seq" OWNED BY "public"."orders"."id";
CREATE SEQUENCE "public"."other_seq";
CREATE VIEW "public"."open" AS SELECT "orders"."id" FROM "public"."orders";
ALTER VIEW "public"."open" OWNER TO "me";
CREATE VIEW "public"."opener" AS SELECT "id" FROM "public"."open";
CREATE VIEW "public"."people" AS SELECT "id" FROM "public"."users";
ALTER TABLE ONLY "public"."orders" ALTER COLUMN "id" SET DEFAULT "nextval"('"public"."orders_id_seq"'::"regclass");
COMMENT ON COLUMN "public"."orders"."id" IS 'x';
GRANT SELECT ON TABLE "public"."orders" TO "anon";
GRANT SELECT ON TABLE "public"."users" TO "anon";
"#;
    const AFTER: &str = r#"
ALTER TABLE ONLY "public"."orders" ADD CONSTRAINT "orders_pkey" PRIMARY KEY ("id");
CREATE INDEX "orders_user" ON "public"."orders" USING "btree" ("user_id");
CREATE INDEX "users_id" ON "public"."users" USING "btree" ("id");
CREATE TRIGGER "t ON x" BEFORE INSERT ON "public"."orders" FOR EACH ROW EXECUTE FUNCTION "public"."f"();
ALTER TABLE ONLY "public"."orders" ADD CONSTRAINT "orders_user_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id");
ALTER TABLE ONLY "public"."users" ADD CONSTRAINT "users_last_fkey" FOREIGN KEY ("id") REFERENCES "public"."orders"("id");
ALTER TABLE ONLY "public"."users" ADD CONSTRAINT "users_there_fkey" FOREIGN KEY ("id") REFERENCES "public"."orders"("id");
CREATE POLICY "p" ON "public"."users" USING ((EXISTS ( SELECT 1 FROM "public"."orders")));
CREATE POLICY "q" ON "public"."users" USING (true);
ALTER TABLE "public"."orders" ENABLE ROW LEVEL SECURITY;
"#;

    #[test]
    fn a_table_comes_with_what_is_its_own_and_what_went_with_it() {
        let name = |name: &str| format!("\"public\".\"{name}\"");
        let there: BTreeSet<String> =
            [name("users"), name("people"), child_name(&name("users"), "users_there_fkey")].into();
        let anew = Anew::of(&steps(BEFORE), &steps(AFTER), &[name("orders")].into(), &there);
        let starts = |steps: &[Step]| -> Vec<String> {
            steps
                .iter()
                .map(|step| step.sql.split(' ').take(4).collect::<Vec<_>>().join(" ").replace("\"public\".", ""))
                .collect()
        };
        assert_eq!(anew.before.len(), 7, "{:?}", starts(&anew.before));
        assert!(anew.before.iter().all(|step| step.sql.contains("orders")), "{:?}", starts(&anew.before));
        assert_eq!(
            starts(&anew.after),
            [
                "CREATE VIEW \"open\" AS",
                "ALTER VIEW \"open\" OWNER",
                "CREATE VIEW \"opener\" AS",
                "ALTER TABLE ONLY \"orders\"",
                "CREATE INDEX \"orders_user\" ON",
                "CREATE TRIGGER \"t ON",
                "CREATE POLICY \"p\" ON",
                "ALTER TABLE \"orders\" ENABLE",
            ]
        );
        assert_eq!(anew.keys.len(), 2, "{:?}", anew.keys);
        assert_eq!(anew.sequences, [name("orders_id_seq")].into());
    }
}
