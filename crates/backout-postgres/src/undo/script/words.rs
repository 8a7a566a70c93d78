//! Text that psql reads: statements that it leaves as they are, comments that end where they should.
//!
//! Must not know: what is undone.

use backout_plan::visible::on_one_line;
use backout_schema::literal;
use backout_sql::psql::{NotForPsql, for_psql, is_several};

/// A script for psql as it is written.
#[derive(Debug, Default)]
pub(super) struct Psql {
    pub text: String,
    /// How many variables hold what could not be given back.
    said: usize,
}

/// How psql was asked to run something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Statement,
    /// Several statements, as one block: how many rows they reach is not told.
    Block,
}

impl Psql {
    /// A line that is written here, and no text of others.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Names may hold ends of lines; a comment must not end early.
    pub fn comment(&mut self, text: &str) {
        self.line(&format!("-- {}", on_one_line(text)));
    }

    pub fn gap(&mut self, text: &str) {
        self.line("");
        self.comment(text);
    }

    /// One statement, or several, as they are.
    ///
    /// # Errors
    /// What psql would read otherwise than the server.
    pub fn statement(&mut self, sql: &str) -> Result<(), String> {
        let sql = for_psql(sql).map_err(said)?;
        let sql = sql.trim_end().trim_end_matches(';');
        // A comment at its end must not swallow the semicolon.
        let end = if sql.contains("--") { "\n;" } else { ";" };
        self.line(&format!("{sql}{end}"));
        Ok(())
    }

    /// The same where what became of it is asked: psql tells that of the last of several, so those are sent as one.
    pub fn asked(&mut self, sql: &str) -> Result<Asked, String> {
        if is_several(sql).map_err(said)? {
            self.block(&format!("BEGIN EXECUTE {}; END", literal(sql).trim_start()));
            return Ok(Asked::Block);
        }
        self.statement(sql)?;
        Ok(Asked::Statement)
    }

    /// Code of PL/pgSQL.
    pub fn block(&mut self, code: &str) {
        let mut tag = "$backout$".to_owned();
        while code.contains(&tag) {
            tag.insert(1, 'x');
        }
        self.line(&format!("DO {tag}\n{}\n{tag};", code.trim()));
    }

    /// Tries a statement, and leaves in `failed` whether it failed.
    pub fn attempt(&mut self, sql: &str) -> Result<(), String> {
        self.line("\\set ON_ERROR_STOP off");
        self.asked(sql)?;
        self.line("\\set failed :ERROR");
        self.line("\\set ON_ERROR_STOP on");
        Ok(())
    }

    /// A variable for something that could not be given back, empty so far.
    pub fn saying(&mut self) -> String {
        self.said += 1;
        format!("left_{}", self.said)
    }

    pub fn said(&self) -> usize {
        self.said
    }

    /// Whether one number is among those that the server names errors by.
    pub fn among(codes: &[&str]) -> String {
        let codes: Vec<String> = codes.iter().map(|code| format!("'{code}'")).collect();
        format!(":'LAST_ERROR_SQLSTATE' IN ({})", codes.join(", "))
    }
}

/// What the server said last, as an expression.
pub(super) const SERVER_SAID: &str = ":'LAST_ERROR_MESSAGE' || ' (SQLSTATE ' || :'LAST_ERROR_SQLSTATE' || ')'";

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn said(error: NotForPsql) -> String {
    error.to_string()
}

/// A literal in an expression.
pub(super) fn text(text: &str) -> String {
    literal(text).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends() {
        for (sql, written) in [
            ("SELECT a[1:n] -- last", "SELECT a[1: n] -- last\n;\n"),
            ("SELECT $x$ :y \\gset $x$;", "SELECT $x$ :y \\gset $x$;\n"),
        ] {
            let mut psql = Psql::default();
            psql.statement(sql).unwrap();
            assert_eq!(psql.text, written);
        }
    }

    #[test]
    fn comments_and_blocks_end_where_they_should() {
        let mut psql = Psql::default();
        psql.comment("a\nDROP TABLE x;\r\n\u{2028}\\! rm");
        assert_eq!(psql.text.lines().count(), 1);
        let mut psql = Psql::default();
        psql.block("BEGIN RAISE EXCEPTION '$backout$ $xbackout$'; END");
        assert!(psql.text.starts_with("DO $xxbackout$\n") && psql.text.ends_with("\n$xxbackout$;\n"), "{}", psql.text);
    }

    #[test]
    fn several_statements_whose_end_is_asked_are_one() {
        for (sql, start) in [
            ("ALTER TABLE a ADD b int; ALTER TABLE a RENAME b TO c", "DO $backout$"),
            ("ALTER TABLE a ADD b text DEFAULT ';';", "ALTER TABLE"),
        ] {
            let mut psql = Psql::default();
            psql.asked(sql).unwrap();
            assert!(psql.text.starts_with(start), "{}", psql.text);
        }
    }
}
