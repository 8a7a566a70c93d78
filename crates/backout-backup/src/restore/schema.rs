//! The definitions of a backup cut into statements, and in which order and beside which others they can run.
//!
//! `pg_dump` quotes all names here, which makes its statements regular. What is not recognised runs in its place among
//! the rest, one after the other: that is always right, only slower.
//!
//! Must not know: sessions.

use backout_reversal::repair;
use backout_sql::script;

/// One statement of the definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub sql: String,
    pub kind: Kind,
    /// Where it puts what it makes, if that was said before it: a statement that runs elsewhere says it itself.
    pub tablespace: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Needs the rows of this table and nothing else; it locks that table against writers only.
    Index { table: String },
    /// A foreign key: needs the rows and keys of two tables, and locks both.
    Key { from: String, to: String },
    /// Everything else, in its order.
    Other,
}

/// Cuts a text of `pg_dump` into statements, without psql's commands and comments.
pub fn steps(text: &str) -> Vec<Step> {
    let mut tablespace: Option<String> = None;
    let pieces = script::pieces(without_tokens(text)).into_iter().map(|piece| as_printed(without_comments(&piece)));
    pieces
        .filter(|sql| !sql.is_empty())
        .map(|sql| {
            if let Some(rest) = sql.strip_prefix("SET default_tablespace = ") {
                let name = rest.trim().trim_end_matches(';').trim();
                tablespace = Some(name.to_owned()).filter(|name| !matches!(name.as_str(), "''" | "\"\""));
            }
            Step { kind: kind(&sql), sql, tablespace: tablespace.clone() }
        })
        .collect()
}

/// So that what the server makes of it prints as it did where it was dumped. Bodies of functions stay as they are.
fn as_printed(sql: &str) -> String {
    const TEXTS: [&str; 4] = ["CREATE FUNCTION ", "CREATE PROCEDURE ", "COMMENT ON ", "SECURITY LABEL "];
    if TEXTS.iter().any(|start| sql.starts_with(start)) { sql.to_owned() } else { repair(sql) }
}

/// Without the first and the last command that newer minor versions write for psql alone. Whatever else looks like them
/// stands inside of something.
fn without_tokens(text: &str) -> &str {
    let mut rest = text;
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        from += line.len();
        if line.starts_with("\\restrict ") {
            rest = &text[from..];
            break;
        }
        if !line.trim().is_empty() && !line.starts_with("--") {
            break;
        }
    }
    match rest.rfind("\n\\unrestrict ") {
        Some(at) if rest[at + 1..].split_once('\n').is_none_or(|(_, after)| after.trim().is_empty()) => &rest[..=at],
        _ => rest,
    }
}

impl Step {
    /// The name of the constraint that it adds, as it stands there.
    pub fn constraint(&self) -> Option<&str> {
        let rest = self.sql.strip_prefix("ALTER TABLE ")?;
        let (_, rest) = qualified(rest.strip_prefix("ONLY ").unwrap_or(rest))?;
        Some(quoted(rest.trim_start().strip_prefix("ADD CONSTRAINT ")?)?.0)
    }

    /// Instead of ALL, what that was before version 17.
    pub fn spell_out_all(&mut self) {
        const ALL: &str = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER";
        if let Some(rest) = self.sql.strip_prefix("GRANT ALL ON TABLE ") {
            self.sql = format!("GRANT {ALL} ON TABLE {rest}");
        } else if self.sql.starts_with("ALTER DEFAULT PRIVILEGES ") {
            self.sql = self.sql.replacen(" GRANT ALL ON TABLES ", &format!(" GRANT {ALL} ON TABLES "), 1);
        }
    }

    /// As it runs in a session where nothing was said before it.
    pub fn alone(&self) -> String {
        match &self.tablespace {
            Some(name) => {
                format!("SET default_tablespace = {name};\n{}{}\nSET default_tablespace = ''", self.sql, end(&self.sql))
            }
            None => self.sql.clone(),
        }
    }
}

/// What ends a statement that another one follows.
fn end(sql: &str) -> &'static str {
    if sql.trim_end().ends_with(';') { "" } else { ";" }
}

/// Without the comment lines that stand before a statement.
fn without_comments(piece: &str) -> &str {
    let mut rest = piece.trim();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    rest
}

fn kind(sql: &str) -> Kind {
    index(sql).or_else(|| constraint(sql)).unwrap_or(Kind::Other)
}

fn index(sql: &str) -> Option<Kind> {
    let rest = sql.strip_prefix("CREATE INDEX ").or_else(|| sql.strip_prefix("CREATE UNIQUE INDEX "))?;
    let (_, rest) = quoted(rest)?;
    // That of a partitioned table (`ON ONLY`) has no rows, and partitions' indexes are attached to it later.
    let (table, rest) = qualified(rest.strip_prefix(" ON ")?)?;
    rest.starts_with(" USING ").then_some(Kind::Index { table })
}

fn constraint(sql: &str) -> Option<Kind> {
    let rest = sql.strip_prefix("ALTER TABLE ")?;
    let rest = rest.strip_prefix("ONLY ").unwrap_or(rest);
    let (table, rest) = qualified(rest)?;
    let (_, rest) = quoted(rest.trim_start().strip_prefix("ADD CONSTRAINT ")?)?;
    if rest.starts_with(" PRIMARY KEY ") || rest.starts_with(" UNIQUE ") || rest.starts_with(" EXCLUDE ") {
        return Some(Kind::Index { table });
    }
    let (_, references) = rest.strip_prefix(" FOREIGN KEY ")?.split_once(") REFERENCES ")?;
    let (to, _) = qualified(references)?;
    Some(Kind::Key { from: table, to })
}

/// A quoted name at the beginning, and what follows it.
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut from = 0;
    loop {
        let end = from + inside[from..].find('"')?;
        if !inside[end + 1..].starts_with('"') {
            return Some((&text[..end + 2], &inside[end + 1..]));
        }
        from = end + 2;
    }
}

/// `"schema"."name"` at the beginning, and what follows it.
pub(super) fn qualified(text: &str) -> Option<(String, &str)> {
    let (schema, rest) = quoted(text)?;
    let (name, rest) = quoted(rest.strip_prefix('.')?)?;
    Some((format!("{schema}.{name}"), rest))
}

/// A table's name as it stands in these statements.
pub fn name_of(schema: &str, name: &str) -> String {
    format!("\"{}\".\"{}\"", schema.replace('"', "\"\""), name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_what_it_was() {
        let spelled = |sql: &str| {
            let mut step = Step { sql: sql.to_owned(), kind: Kind::Other, tablespace: None };
            step.spell_out_all();
            step.sql
        };
        assert!(spelled("GRANT ALL ON TABLE \"public\".\"t\" TO \"a\";").starts_with("GRANT SELECT, INSERT,"));
        let default = "ALTER DEFAULT PRIVILEGES FOR ROLE \"a\" IN SCHEMA \"s\" GRANT ALL ON TABLES TO \"b\";";
        assert!(spelled(default).contains(" GRANT SELECT, INSERT, UPDATE"));
        let others =
            ["GRANT ALL ON SEQUENCE \"public\".\"s\" TO \"a\";", "COMMENT ON TABLE \"t\" IS 'GRANT ALL ON TABLE x'"];
        others.iter().for_each(|sql| assert_eq!(spelled(sql), *sql));
    }

    #[test]
    fn statements_are_recognised() {
        let text = "-- head\n\\restrict abc\nSET x = 1;\n\n--\n-- Name: a; Type: INDEX\n--\n\nCREATE UNIQUE INDEX \"we\"\"ird\" ON \"public\".\"t \"\"x\" USING \"btree\" (\"a\");\n\
            ALTER TABLE ONLY \"public\".\"t\"\n    ADD CONSTRAINT \"t_pkey\" PRIMARY KEY (\"id\");\n\
            ALTER TABLE ONLY \"public\".\"t\"\n    ADD CONSTRAINT \"t_fkey\" FOREIGN KEY (\"a\") REFERENCES \"s\".\"u\"(\"id\") ON DELETE CASCADE NOT VALID;\n\
            CREATE INDEX \"i\" ON ONLY \"public\".\"parts\" USING \"btree\" (\"a\");\n\
            ALTER TABLE \"public\".\"t\" ENABLE ROW LEVEL SECURITY;\n\
            CREATE FUNCTION \"f\"() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;\n\\unrestrict abc\n";
        let steps = steps(text);
        let kinds: Vec<&Kind> = steps.iter().map(|step| &step.kind).collect();
        let table = |name: &str| name.to_owned();
        assert_eq!(
            kinds,
            [
                &Kind::Other,
                &Kind::Index { table: table("\"public\".\"t \"\"x\"") },
                &Kind::Index { table: table("\"public\".\"t\"") },
                &Kind::Key { from: table("\"public\".\"t\""), to: table("\"s\".\"u\"") },
                &Kind::Other,
                &Kind::Other,
                &Kind::Other,
            ],
            "{steps:#?}"
        );
        assert!(steps[1].sql.starts_with("CREATE UNIQUE"), "{steps:#?}");
        assert_eq!(name_of("public", "t \"x"), "\"public\".\"t \"\"x\"");
    }
}
