//! The definitions of a backup cut into statements, and in which order and beside which others they can run.
//!
//! `pg_dump` quotes all names here, which makes its statements regular. What is not recognised runs in its place among
//! the rest, one after the other: that is always right, only slower.
//!
//! Must not know: sessions.

use backout_sql::script;

/// One statement of the definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub sql: String,
    pub kind: Kind,
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
    let plain: String = text
        .lines()
        // A token of newer minor versions that psql alone understands.
        .filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "))
        .map(|line| format!("{line}\n"))
        .collect();
    script::pieces(&plain)
        .into_iter()
        .map(|piece| without_comments(&piece).to_owned())
        .filter(|sql| !sql.is_empty())
        .map(|sql| Step { kind: kind(&sql), sql })
        .collect()
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
fn quoted(text: &str) -> Option<(&str, &str)> {
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
fn qualified(text: &str) -> Option<(String, &str)> {
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
