//! Scripts as text in, what would be sent and what is wrong out.

use std::collections::BTreeMap;

use super::*;

fn files<'f>(
    files: &'f BTreeMap<&'f str, &'f str>,
) -> impl FnMut(&str, bool, &Location) -> Result<(String, String), String> + 'f {
    move |path, _, _| {
        files.get(path).map(|text| (path.to_owned(), (*text).to_owned())).ok_or_else(|| "no such file".to_owned())
    }
}

/// One line for each item: place and text.
fn shown(script: &Script) -> Vec<String> {
    script
        .items
        .iter()
        .map(|item| match item {
            Item::Statement(statement) => format!("{} {}", statement.location, statement.text),
            Item::Generate(statement) => format!("{} gexec {}", statement.location, statement.text),
            Item::Echo { text, location } => format!("{location} echo {text}"),
            Item::Copy(CopyIn { statement, data }) => {
                let data = match data {
                    CopyData::Inline(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    CopyData::File(path) => format!("file {}", path.display()),
                };
                format!("{} copy {} <<{data}>>", statement.location, statement.text)
            }
        })
        .collect()
}

fn psql(text: &str) -> Result<Vec<String>, String> {
    let known = BTreeMap::from([
        ("inc.sql", "SELECT 10;\nSELECT 11"),
        ("self.sql", "\\i self.sql\n"),
        ("bad.sql", "\nSELEC 1;"),
        ("var.sql", "\\set inner 7\n"),
    ]);
    parse("f", text, Dialect::Psql, &mut files(&known)).map(|script| shown(&script)).map_err(|error| error.to_string())
}

#[test]
fn statements_and_their_places() {
    for (text, expected) in [
        ("", vec![]),
        ("-- only a comment\n/* and another */ ;;\n", vec![]),
        ("SELECT 1", vec!["f:1:1 SELECT 1"]),
        ("\u{feff}SELECT 1;", vec!["f:1:1 SELECT 1"]),
        ("  -- a;b\n  SELECT 1 ; /* x */ SELECT 2 -- end\n", vec!["f:2:3 SELECT 1", "f:2:22 SELECT 2"]),
        ("SELECT 'ä;', 2; SELECT 3;", vec!["f:1:1 SELECT 'ä;', 2", "f:1:17 SELECT 3"]),
        ("SELECT 1;\r\nSELECT\r\n 2;\r\n", vec!["f:1:1 SELECT 1", "f:2:1 SELECT\r\n 2"]),
        ("DO $x$ BEGIN; $$;$$ END $x$; SELECT 1;", vec!["f:1:1 DO $x$ BEGIN; $$;$$ END $x$", "f:1:30 SELECT 1"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3;",
            vec!["f:1:1 CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "f:1:58 SELECT 3"],
        ),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END AS \"end\"; SELECT 2 AS end; END; SELECT 3",
            vec![
                "f:1:1 CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END AS \"end\"; SELECT 2 AS end; END",
                "f:1:122 SELECT 3",
            ],
        ),
        ("BEGIN; SELECT 1; END;", vec!["f:1:1 BEGIN", "f:1:8 SELECT 1", "f:1:18 END"]),
        ("SELECT E'a\\';', U&'\\0041;', $1$ FROM t", vec![]),
    ] {
        match psql(text) {
            Ok(found) => assert_eq!(found, expected, "{text}"),
            Err(error) => assert!(expected.is_empty() && text.contains("$1$"), "{text}: {error}"),
        }
    }
}

#[test]
fn meta_commands_are_honoured() {
    for (text, expected) in [
        ("\\echo it is 'two words' \\\\ SELECT 1;", vec!["f:1:1 echo it is two words", "f:1:28 SELECT 1"]),
        ("\\echo 'a = '\\''b'\\'' c'\nSELECT 1;", vec!["f:1:1 echo a = \\''b'\\'' c'", "f:2:1 SELECT 1"]),
        (
            "\\set v 5\nSELECT :v, 'x:v', a::text, b[1:2], :'v', :\"v\";",
            vec!["f:2:1 SELECT 5, 'x:v', a::text, b[1:2], '5', \"5\""],
        ),
        ("\\set t 'it''s'\nSELECT :'t';", vec!["f:2:1 SELECT 'it''s'"]),
        ("\\set q 'SELECT 1; SELECT 2'\n:q;", vec!["f:2:1 SELECT 1", "f:2:1 SELECT 2"]),
        (
            "\\set a 1\n\\set b :a 2\nSELECT :b;\n\\unset a\nSELECT :{?a}, :{?b}",
            vec!["f:3:1 SELECT 12", "f:5:1 SELECT FALSE, TRUE"],
        ),
        (
            "\\set on yes\n\\if :on\nSELECT 1;\n\\else\nSELECT 2; \\foo\n\\endif\nSELECT 3;",
            vec!["f:3:1 SELECT 1", "f:7:1 SELECT 3"],
        ),
        ("\\if false\nSELECT 1;\n\\elif 1\nSELECT 2;\n\\elif bad\nSELECT 4;\n\\endif", vec!["f:4:1 SELECT 2"]),
        (
            "\\if false\n\\if true\nSELECT 1;\n\\else\nSELECT 2;\n\\endif\n\\else\nSELECT 3;\n\\endif",
            vec!["f:8:1 SELECT 3"],
        ),
        ("\\i inc.sql\nSELECT 2;", vec!["inc.sql:1:1 SELECT 10", "inc.sql:2:1 SELECT 11", "f:2:1 SELECT 2"]),
        (
            "\\ir 'inc.sql'\n\\i var.sql\nSELECT :inner;",
            vec!["inc.sql:1:1 SELECT 10", "inc.sql:2:1 SELECT 11", "f:3:1 SELECT 7"],
        ),
        ("SELECT 'DROP TABLE a' \\gexec\nSELECT 1 \\g\n", vec!["f:1:1 gexec SELECT 'DROP TABLE a'", "f:2:1 SELECT 1"]),
        (
            "\\set ON_ERROR_STOP on\n\\timing\n\\pset format unaligned\n\\encoding UTF8\n\\restrict abc\n\\unrestrict abc\nSELECT 1;",
            vec!["f:7:1 SELECT 1"],
        ),
        (
            "COPY t (a, b) FROM stdin; -- data\n1\t;'\n\\\\x\t2\n\\.\nSELECT 1;",
            vec!["f:1:1 copy COPY t (a, b) FROM stdin <<1\t;'\n\\\\x\t2\n>>", "f:5:1 SELECT 1"],
        ),
        (
            "\\copy s.t (a) from 'da ta.csv' with (format csv);\nSELECT 1;",
            vec!["f:1:1 copy COPY s.t (a) FROM STDIN with (format csv) <<file da ta.csv>>", "f:2:1 SELECT 1"],
        ),
        ("\\copy t from stdin\n1\n\\.\n", vec!["f:1:1 copy COPY t FROM STDIN <<1\n>>"]),
        ("\\copy t FROM data.csv csv header", vec!["f:1:1 copy COPY t FROM STDIN csv header <<file data.csv>>"]),
        ("SELECT 1\n\\echo mid\n, 2;", vec!["f:2:1 echo mid", "f:1:1 SELECT 1\n\n, 2"]),
    ] {
        assert_eq!(
            psql(text).as_deref(),
            Ok(&*expected.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()),
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_and_where() {
    for (text, expected) in [
        ("SELECT 1;\nSELECT 'a;\n", "f:2:8: unterminated quoted string starts here"),
        ("/* a", "f:1:1: unterminated comment starts here"),
        ("DO $do$ BEGIN END $d$;", "f:1:4: unterminated dollar-quoted string starts here"),
        ("SELECT 1;\n\n  SELEC 2;", "f:3:3: syntax error at or near \"SELEC\""),
        ("CREATE TABLE t (\n  a int,\n  b int,\n);", "f:4:1: syntax error at or near \")\""),
        ("SELECT 1\0;", "f:1:9: the file holds a NUL character, which PostgreSQL cannot take"),
        ("SELECT 1;\n \\! ls\n", "f:2:2: \\! is a psql command that is not supported"),
        ("\\connect other\n", "f:1:1: \\connect is a psql command that is not supported"),
        ("SELECT 1 \\gset\n", "f:1:10: \\gset is a psql command that is not supported"),
        ("SELECT 1 \\watch 2\n", "f:1:10: \\watch is a psql command that is not supported"),
        ("SELECT 1\\; SELECT 2;", "f:1:9: \\; is a psql command that is not supported"),
        ("\\if maybe\n\\endif", "f:1:1: \\if: \"maybe\" is neither true nor false"),
        ("SELECT 1;\n\\if true\n", "f:2:1: \\if: no \\endif ends it"),
        ("\\endif", "f:1:1: \\endif: no \\if is open"),
        ("\\if 1\n\\else\n\\elif 1\n\\endif", "f:3:1: \\elif: cannot stand after \\else"),
        ("\\i none.sql", "f:1:1: \\i none.sql: no such file"),
        ("\\i self.sql", "self.sql:1:1: \\i self.sql: self.sql is included by itself"),
        ("\\i bad.sql", "bad.sql:2:1: syntax error at or near \"SELEC\""),
        ("\\set AUTOCOMMIT off", "f:1:1: \\set: write BEGIN and COMMIT instead"),
        ("COPY t FROM stdin;\n1\n", "f:1:1: COPY … FROM STDIN: no line \\. ends its data"),
        (
            "COPY t FROM stdin; SELECT 1;\n\\.\n",
            "f:1:1: COPY … FROM STDIN: nothing may follow it on its line, its data begins on the next",
        ),
        ("\\copy (select 1) to 'x'", "f:1:1: \\copy: a migration writes no files: only \\copy … from is supported"),
        ("\\copy t from program 'ls'", "f:1:1: \\copy: output of a program is not supported; write it to a file first"),
        ("SELECT :nope;", "f:1:8: syntax error at or near \":\""),
        ("\\set v '\\''\nSELECT :v;", "f:2:8: psql variable v: its value holds a quoted string that nothing ends"),
        ("\\set v :v:w\n\\set w ':w'\nSELECT :w", "f:3:8: psql variable w: its value refers to itself"),
        ("\\echo `date`", "f:1:1: \\echo: output of a shell command (backquotes) is not supported"),
    ] {
        assert_eq!(psql(text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn errors_in_the_text_of_a_variable_lie_where_it_is_used() {
    assert_eq!(psql("\\set v 'SELECT 1 1'\n\n:v, 2;"), Err("f:3:1: syntax error at or near \"1\"".to_owned()));
}

#[test]
fn a_script_for_the_server_has_no_meta_commands() {
    let check = |text: &str| {
        parse("f", text, Dialect::Server, &mut no_includes)
            .map(|script| shown(&script))
            .map_err(|error| error.to_string())
    };
    assert_eq!(check("SELECT a[1:n], ':v', x::int;"), Ok(vec!["f:1:1 SELECT a[1:n], ':v', x::int".to_owned()]));
    for (text, expected) in [
        ("SELECT 1;\n\\echo it's\nSELECT 2;", "f:2:1: \\echo is a psql command; the server does not know it"),
        ("COPY t FROM STDIN;\n1\n\\.\n", "f:1:1: COPY … FROM STDIN: data from the client cannot come through a driver"),
        ("SELECT :v;", "f:1:8: syntax error at or near \":\""),
    ] {
        assert_eq!(check(text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn hints() {
    let hint = |text: &str, dialect| errors("f", text, dialect, &mut no_includes).remove(0).hint.unwrap_or_default();
    for (text, dialect, expected) in [
        ("RAISE NOTICE 'x';", Dialect::Psql, "RAISE is PL/pgSQL: wrap it in DO $$ BEGIN … END $$, or use \\echo"),
        ("RAISE NOTICE 'x';", Dialect::Server, "RAISE is PL/pgSQL: wrap it in DO $$ BEGIN … END $$"),
        ("SELECT :v;", Dialect::Psql, "the psql variable v is not set: add \\set v VALUE before it"),
        (
            "SELECT :'v';",
            Dialect::Server,
            ":v looks like a psql variable; this file goes to the server as it is: write the value",
        ),
        ("SELECT 1\nCREATE TABLE t ();", Dialect::Server, "a semicolon seems to be missing before line 2"),
        ("\\! ls", Dialect::Psql, "run shell commands before or after the migration, not from its script"),
        ("\\d t", Dialect::Server, "this file goes to the server as it is; only files for psql may hold its commands"),
    ] {
        assert_eq!(hint(text, dialect), expected, "{text}");
    }
}

#[test]
fn all_errors_are_found_in_order() {
    let text = "RAISE NOTICE 'a';\nSELECT 1;\n\\! ls\nSELEC 2;\nSELECT 3;\nRAISE NOTICE 'b';\nSELECT 'open";
    let found: Vec<u32> =
        errors("f", text, Dialect::Psql, &mut no_includes).iter().map(|error| error.location.line).collect();
    assert_eq!(found, [1, 3, 4, 6, 7]);
    let text = "SELECT 1 \\gset\nSELECT 2 \\watch 1\nSELECT 3\\; SELECT 4;\n\\foo \\bar\nSELECT 5;";
    let found: Vec<String> =
        errors("f", text, Dialect::Psql, &mut no_includes).iter().map(ToString::to_string).collect();
    let names = ["1:10: \\gset", "2:10: \\watch", "3:9: \\;", "4:1: \\foo"];
    assert_eq!(found, names.map(|name| format!("f:{name} is a psql command that is not supported")));
    let error = errors("f", "SELECT 1;\nSELEC 'x';", Dialect::Psql, &mut no_includes).remove(0);
    assert_eq!(error.statement.as_deref(), Some("SELEC 'x'"));
    assert_eq!(error.message(), "syntax error at or near \"SELEC\"");
}

#[test]
fn positions_of_the_server_lead_back_to_the_file() {
    let text = "\\set v abcdef\n-- x\n  SELECT ä, :v,\n\tnope FROM t;";
    let script = parse("f", text, Dialect::Psql, &mut no_includes).unwrap();
    let statement = script.statements().next().unwrap();
    assert_eq!(statement.text, "SELECT ä, abcdef,\n\tnope FROM t");
    for (position, line, column) in [(1, 3, 3), (8, 3, 10), (11, 3, 13), (14, 3, 13), (17, 3, 15), (20, 4, 2)] {
        let found = statement.locate(position);
        assert_eq!((found.line, found.column), (line, column), "{position}");
    }
}

#[test]
fn a_block_inside_a_file_keeps_its_lines() {
    let script = parse_from("f", "-- migrate:up\nSELECT 1;", 7, Dialect::Server, &mut no_includes).unwrap();
    assert_eq!(shown(&script), ["f:8:1 SELECT 1"]);
}

#[test]
fn pieces_keep_their_comments() {
    for (text, expected) in [
        (
            "create table b(id int);\ninsert into b values (1);",
            vec!["create table b(id int)", "insert into b values (1)"],
        ),
        ("-- a\nselect 1;\n-- b;\nselect ';' ;\n-- end\n", vec!["-- a\nselect 1", "-- b;\nselect ';'", "-- end"]),
        ("", vec![]),
        ("do $$ begin; end $$", vec!["do $$ begin; end $$"]),
    ] {
        assert_eq!(pieces(text), expected, "{text}");
    }
}
