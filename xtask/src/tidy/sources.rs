//! Rules about single files: heads, lengths, names, words, failpoints, tables.
//!
//! Must not know: cargo. Everything is decided from paths and texts, so that the rules themselves are tested.

use std::collections::BTreeMap;

use super::{Problem, Source};

const MAX_LINES: usize = 800;
/// Names that say nothing about what a module holds.
const EMPTY_NAMES: &[&str] = &["types", "utils", "util", "common", "helpers", "helper", "manager", "misc"];

/// Words that no file may contain, as whole words in any case. Written in two parts, or this file would not pass.
const BANNED_WORDS: &[&str] = &[
    concat!("clau", "de"),
    concat!("anth", "ropic"),
    concat!("open", "ai"),
    concat!("chat", "gpt"),
    concat!("cop", "ilot"),
    concat!("language", " model"),
    concat!("ai", " assistant"),
    concat!("/wo", "rk/"),
];
/// What no Rust source may contain.
const BANNED_CODE: &[&str] = &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];

/// Folders with one file for each thing of a kind. Each is used from outside of its folder, in a table or a match.
const ONE_FILE_EACH: &[&str] = &[
    "crates/backout/src/commands",
    "crates/backout-sql/src/layouts",
    "crates/backout-connectors/src/connectors",
    "crates/backout-control/src/steps",
    "crates/backout-control/src/checks",
];
/// Where statements are values: what one does is said by who makes it, and its text is not read again.
const STATEMENTS_ARE_VALUES: &[&str] =
    &["crates/backout-reversal/src/", "crates/backout-postgres/src/migrate/", "crates/backout-postgres/src/undo/"];
/// Begins the comment above a line that reads SQL all the same, and says why.
const READS_SQL: &str = "// Reads SQL: ";
/// What looks into a text.
const LOOKS: &[&str] = &[
    ".starts_with(",
    ".ends_with(",
    ".contains(",
    ".strip_prefix(",
    ".strip_suffix(",
    ".trim_end_matches(",
    ".split_once(",
    ".rsplit_once(",
    ".find(",
    ".rfind(",
    ".replace(",
    ".replacen(",
];
/// The crates that may read the environment: the binary, and what only tests and developers run.
const MAY_READ_ENVIRONMENT: &[&str] = &["crates/backout/", "crates/backout-testkit/", "xtask/"];

pub(super) fn check(sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in sources {
        banned_words(source, &mut problems);
        if source.path.ends_with(".rs") {
            head_and_length(source, &mut problems);
            names(source, &mut problems);
            code(source, &mut problems);
        }
    }
    failpoints(sources, &mut problems);
    tables(sources, &mut problems);
    problems
}

fn problem(source: &Source, line: Option<usize>, what: impl Into<String>) -> Problem {
    Problem { place: source.path.clone(), line, what: what.into() }
}

/// Lines with their numbers from 1.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

fn banned_words(source: &Source, problems: &mut Vec<Problem>) {
    // Names and hashes of other people's crates.
    if source.path == "Cargo.lock" {
        return;
    }
    for (number, line) in numbered(&source.text) {
        let lower = line.to_lowercase();
        for word in BANNED_WORDS.iter().filter(|word| has_word(&lower, word)) {
            problems.push(problem(source, Some(number), format!("the word {word:?} has no place here")));
        }
    }
    for word in BANNED_WORDS.iter().filter(|word| has_word(&source.path.to_lowercase(), word)) {
        problems.push(problem(source, None, format!("the word {word:?} has no place in a file's name")));
    }
}

/// Whether `text` contains `word` with no letter or digit directly before it or, unless it ends in a sign, after it.
fn has_word(text: &str, word: &str) -> bool {
    let ends_in_sign = word.ends_with(|c: char| !c.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && (ends_in_sign || !after.is_some_and(char::is_alphanumeric))
    })
}

fn head_and_length(source: &Source, problems: &mut Vec<Problem>) {
    let first = source.text.lines().next().unwrap_or_default();
    if first.strip_prefix("//!").is_none_or(|rest| rest.trim().is_empty()) {
        problems.push(problem(source, Some(1), "begin the file with `//!` and what it is for"));
    }
    let lines = source.text.lines().count();
    if lines > MAX_LINES {
        problems.push(problem(source, None, format!("{lines} lines; split it, {MAX_LINES} is the limit")));
    }
}

fn names(source: &Source, problems: &mut Vec<Problem>) {
    let parts = source.path.trim_end_matches(".rs").split('/');
    for part in parts.filter(|part| EMPTY_NAMES.contains(part)) {
        problems.push(problem(source, None, format!("{part:?} says nothing about what is in it")));
    }
    for (number, line) in numbered(&source.text) {
        let Some(rest) = module_declaration(line) else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // `mod x;` is a file and has been told so already.
        if EMPTY_NAMES.contains(&name.as_str()) && !line.trim_end().ends_with(';') {
            problems.push(problem(source, Some(number), format!("{name:?} says nothing about what is in it")));
        }
    }
}

/// The text after `mod `, with or without a visibility.
fn module_declaration(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub").map_or(line, |rest| {
        let rest = rest.trim_start();
        rest.strip_prefix('(').and_then(|inner| inner.split_once(')')).map_or(rest, |(_, after)| after).trim_start()
    });
    line.strip_prefix("mod ")
}

fn code(source: &Source, problems: &mut Vec<Problem>) {
    let is_library = source.path.starts_with("crates/")
        && source.path.contains("/src/")
        && !source.path.ends_with("/tests.rs")
        && !source.path.contains("/tests/")
        && !MAY_READ_ENVIRONMENT.iter().any(|prefix| source.path.starts_with(prefix));
    let mut in_tests = false;
    for (number, line) in numbered(&source.text) {
        // By our order of things the tests are the end of a file.
        in_tests |= line.starts_with("#[cfg(test)]")
            && !source.text.lines().nth(number).is_some_and(|next| next.ends_with(';'));
        for word in BANNED_CODE.iter().filter(|word| line.contains(*word)) {
            problems.push(problem(source, Some(number), format!("`{word}…)` is for unfinished work")));
        }
        let reads = ["env::var(", "env::var_os(", "env::vars(", "env::vars_os("].iter().any(|call| line.contains(call));
        if is_source(source) && !in_tests && line.trim_start().starts_with("use super::*") {
            problems.push(problem(
                source,
                Some(number),
                "name what you use: `use super::*` hides what depends on what",
            ));
        }
        if is_source(source) && !in_tests && line.contains("has_code(\"") {
            problems.push(problem(source, Some(number), "an SQLSTATE goes by its name in `sqlstate`"));
        }
        if !in_tests && reads_sql(source, line) && !is_explained(&source.text, number) {
            let what =
                format!("decides by the text of SQL; carry what it does as a value, or say why above: `{READS_SQL}…`");
            problems.push(problem(source, Some(number), what));
        }
        if is_library && !in_tests && reads && !line.trim_start().starts_with("//") {
            problems.push(problem(source, Some(number), "a library does not read the environment; have it passed in"));
        }
    }
}

/// Whether a file is no test.
fn is_source(source: &Source) -> bool {
    source.path.contains("/src/") && !source.path.ends_with("tests.rs") && !source.path.contains("/tests/")
}

/// Whether a line looks for words of SQL in a text: two capital letters side by side in what is looked for.
fn reads_sql(source: &Source, line: &str) -> bool {
    if !STATEMENTS_ARE_VALUES.iter().any(|prefix| source.path.starts_with(prefix)) || !is_source(source) {
        return false;
    }
    let sought = |at: usize, look: &str| {
        let rest = line[at + look.len()..].trim_start_matches('&').trim_start_matches("format!(");
        let literal = rest.strip_prefix('"')?.split('"').next()?;
        literal.as_bytes().windows(2).find(|pair| pair.iter().all(u8::is_ascii_uppercase))
    };
    LOOKS.iter().any(|look| line.match_indices(look).any(|(at, _)| sought(at, look).is_some()))
}

/// Whether the comment above a line says why it reads SQL.
fn is_explained(text: &str, number: usize) -> bool {
    let above: Vec<&str> = text.lines().take(number - 1).collect();
    let comment = above.iter().rev().map(|line| line.trim_start()).take_while(|line| line.starts_with("//"));
    comment.into_iter().any(|line| line.starts_with(READS_SQL))
}

/// A name of a failpoint says at which place of the code a process dies, so it is at one place.
fn failpoints(sources: &[Source], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let call = concat!("fail", "point!(");
    for source in sources.iter().filter(|source| source.path.ends_with(".rs") && source.path.contains("/src/")) {
        for (number, line) in numbered(&source.text) {
            let code = line.split("//").next().unwrap_or_default();
            for (at, _) in code.match_indices(call) {
                let rest = code[at + call.len()..].trim_start();
                let Some(name) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
                let place = format!("{}:{number}", source.path);
                if let Some(first) = seen.insert(name.to_owned(), place) {
                    problems.push(problem(source, Some(number), format!("the failpoint {name:?} is at {first} too")));
                }
            }
        }
    }
}

/// Each file of such a folder is named outside of it, beyond its `mod` line; else it is written and never used.
fn tables(sources: &[Source], problems: &mut Vec<Problem>) {
    for folder in ONE_FILE_EACH {
        let Some((krate, _)) = folder.split_once("/src/") else { continue };
        let inside = format!("{folder}/");
        for source in sources.iter().filter(|source| source.path.starts_with(&inside) && source.path.ends_with(".rs")) {
            let rest = &source.path[inside.len()..source.path.len() - ".rs".len()];
            if rest.contains('/') || rest == "mod" || rest == "tests" {
                continue;
            }
            let wanted = format!("{rest}::");
            let used = sources
                .iter()
                .filter(|other| other.path.starts_with(&format!("{krate}/src/")))
                .filter(|other| !other.path.starts_with(&inside) || other.path.ends_with("/mod.rs"))
                .any(|other| has_path(&other.text, &wanted));
            if !used {
                let what = format!("is in no table: nothing outside of {folder} names `{wanted}…`");
                problems.push(problem(source, None, what));
            }
        }
    }
}

fn has_path(text: &str, wanted: &str) -> bool {
    text.match_indices(wanted)
        .any(|(at, _)| !text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[Source { path: path.to_owned(), text: text.to_owned() }]).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn fine(path: &str, text: &str) {
        assert_eq!(found(path, text), Vec::<String>::new());
    }

    #[track_caller]
    fn complains(path: &str, text: &str, expected: &str) {
        let found = found(path, text);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?} for {expected:?}");
    }

    #[test]
    fn words() {
        let banned = concat!("Clau", "de");
        complains("README.md", &format!("a\nby {banned}.\n"), "README.md:2: the word");
        complains(&format!("docs/{banned}.md"), "", "file's name");
        fine("README.md", &format!("{banned}tte\n"));
        complains("a.sh", concat!("cd /wo", "rk/x\n"), "a.sh:1");
        fine("a.sh", concat!("cd /home/me/homewo", "rk/x; see https://x.org/a-wo", "rk/\n"));
        fine("a.sh", concat!("cd network/wo", "rk/x\n"));
        fine("Cargo.lock", banned);
    }

    #[test]
    fn heads_and_lengths() {
        fine("a/src/b.rs", "//! Does it.\n");
        complains("a/src/b.rs", "use x;\n", "begin the file");
        complains("a/src/b.rs", "//!\n", "begin the file");
        fine("a/src/b.rs", &"//! x\n".repeat(MAX_LINES));
        complains("a/src/b.rs", &"//! x\n".repeat(MAX_LINES + 1), "801 lines");
        fine("a/b.md", &"x\n".repeat(2000));
    }

    #[test]
    fn module_names() {
        complains("a/src/utils.rs", "//! x\n", "says nothing");
        complains("a/src/common/b.rs", "//! x\n", "says nothing");
        complains("a/src/b.rs", "//! x\npub(crate) mod helpers {\n}\n", "b.rs:2");
        fine("a/src/b.rs", "//! x\nmod helpers_of_x {}\nmod b;\n");
    }

    #[test]
    fn code_of_libraries() {
        let marker = concat!("todo", "!()");
        complains("a/src/b.rs", &format!("//! x\nfn f() {{ {marker} }}\n"), "unfinished");
        let read = "//! x\nfn f() { std::env::var(\"X\"); }\n";
        complains("crates/backout-sql/src/b.rs", read, "environment");
        fine("crates/backout/src/b.rs", read);
        fine("crates/backout-sql/src/b/tests.rs", read);
        fine("crates/backout-sql/src/b.rs", "//! x\n#[cfg(test)]\nmod tests {\n    env::var(\"X\");\n}\n");
        complains("crates/backout-sql/src/b.rs", "//! x\n#[cfg(test)]\nmod tests;\nenv::var(\"X\")\n", "environment");
    }

    #[test]
    fn what_depends_on_what_is_named() {
        complains("a/src/b.rs", "//! x\nuse super::*;\n", "name what you use");
        fine("a/src/b.rs", "//! x\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n");
        fine("a/src/b/tests.rs", "//! x\nuse super::*;\n");
        fine("a/tests/all/b.rs", "//! x\nuse super::*;\n");
    }

    #[test]
    fn statements_are_values() {
        let undo = "crates/backout-postgres/src/undo/b.rs";
        complains(undo, "//! x\nif sql.starts_with(\"ALTER TABLE \") {\n", "b.rs:2: decides by the text of SQL");
        complains(undo, "//! x\nlet x = sql.split_once(&format!(\" TYPE {x}\"));\n", "text of SQL");
        fine(undo, "//! x\nif name.starts_with(\"backout_\") || sql.contains('(') {\n");
        fine(undo, "//! x\n// Reads SQL: the server wrote it.\n// More.\nif sql.starts_with(\"ALTER TABLE \") {\n");
        complains(undo, "//! x\n// Reads SQL: not here.\nlet x;\nsql.starts_with(\"ALTER TABLE \")\n", "b.rs:4");
        fine("crates/backout-sql/src/b.rs", "//! x\nif sql.starts_with(\"ALTER TABLE \") {\n");
        fine(undo, "//! x\n#[cfg(test)]\nmod tests {\n    sql.starts_with(\"ALTER\");\n}\n");
    }

    #[test]
    fn sqlstates_have_names() {
        let code = "//! x\nif error.has_code(\"55P03\") {\n";
        complains("crates/backout-backup/src/b.rs", code, "b.rs:2: an SQLSTATE goes by its name");
        fine("crates/backout-backup/src/b.rs", "//! x\nif error.has_code(sqlstate::LOCK_NOT_AVAILABLE) {\n");
        fine("crates/backout-backup/tests/all/b.rs", code);
    }

    #[test]
    fn failpoints_are_unique() {
        let at = |name: &str| format!("    {}{name:?});\n", concat!("fail", "point!("));
        fine("a/src/b.rs", &format!("//! x\n{}{}", at("one"), at("two")));
        complains(
            "a/src/b.rs",
            &format!("//! x\n{}{}", at("one"), at("one")),
            "b.rs:3: the failpoint \"one\" is at a/src/b.rs:2",
        );
        fine("a/src/b.rs", &format!("//! x\n// {}{}", at("one"), at("one")));
    }

    #[test]
    fn files_of_a_kind_are_in_a_table() {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: format!("//! x\n{text}") };
        let file = source("crates/backout-sql/src/layouts/dbmate.rs", "");
        let parent = "crates/backout-sql/src/layouts.rs";
        let table = source(parent, "mod dbmate;\nstatic ALL: &[&Layout] = &[&dbmate::LAYOUT];\n");
        assert_eq!(check(&[file, table]), []);
        let file = source("crates/backout-sql/src/layouts/dbmate.rs", "");
        let without = source(parent, "mod dbmate;\nstatic ALL: &[&Layout] = &[&my_dbmate::LAYOUT];\n");
        assert!(check(&[file, without])[0].to_string().contains("in no table"));
    }
}
