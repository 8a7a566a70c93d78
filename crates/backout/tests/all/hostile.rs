//! Names that are anything but names: quotes, ends of lines, what a terminal obeys, reserved words, 63 bytes. They go
//! through everything that reads or shows them, and psql and pg_dump say what came of it.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use backout_schema::{ident, literal};
use serde_json::{Value, json};

use crate::project::{PLAN, Project};

/// Would clear the screen and forge a line.
const TABLE: &str = "t \"w\u{1b}[2Jé'\n;--$$ \u{202e}x";
const COLUMN: &str = "ääääääääääääääääääääääääääääääx";
const OWNER: &str = "user";
const USERS: &str = "select";
/// Of the cluster, so of this test alone.
const ROLES: [&str; 3] =
    ["hostile \"anon\u{1b}]0;x\u{7}'\n", "hostile u\\ser; DROP ROLE x --", "hostile_ßervice $$ \u{85}"];
const FLAG: &str = "v\"2' ü\u{1b}[31m";
const WAY: &str = "A \"we'ird\" <b>&amp;|`日本` ]]>";
const STEP: &str = "s {}|%s \\ \"undo\" '; -- $(id) <script>";
const ONE: &str = "00000000-0000-0000-0000-000000000001";
const TWO: &str = "00000000-0000-0000-0000-000000000002";

/// As TOML has it: a JSON string is one.
fn toml(text: &str) -> String {
    json!(text).to_string()
}

fn table() -> String {
    format!("public.{}", ident(TABLE))
}

fn made() -> String {
    let [anon, user, service] = ROLES.map(ident);
    let (table, users, owner, column) = (ident(TABLE), ident(USERS), ident(OWNER), ident(COLUMN));
    format!(
        "CREATE TABLE {table} (id int PRIMARY KEY, {owner} uuid REFERENCES {users}, {column} text);
COMMENT ON TABLE {table} IS {};
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table} ON {table} TO {user} USING ({owner} = uid()) WITH CHECK ({owner} = uid());
CREATE POLICY {users} ON {table} TO {service} USING (true) WITH CHECK (true);
GRANT ALL ON {table} TO {user}, {service}; GRANT SELECT ({column}) ON {table} TO {anon};
",
        literal(TABLE)
    )
}

fn plan() -> String {
    let [anon, user, service] = ROLES.map(toml);
    let (table, owner) = (toml(&table()), toml(OWNER));
    let places = format!("[{{ name = {table}, owner = {owner} }}]");
    let (way, step, flag) = (toml(WAY), toml(STEP), toml(FLAG));
    let fails = toml(&format!("SELECT 1 / 0 AS {} -- \u{1b}[2J", ident(TABLE)));
    let marks = toml(&format!("UPDATE {} SET {} = {}", self::table(), ident(COLUMN), literal(TABLE)));
    format!(
        "{PLAN}
[impact]
anon = {anon}
user = {user}
service = {service}
users_table = {}
on = {places}
[[verify]]
name = {step}
that = {{ sql = {fails} }}
[[verify]]
name = \"tables \\u65e5 <&>\"
that = {{ tables = [{table}] }}
[[verify]]
name = \"matrix ' \\\" |\"
that = {{ rls = {{ users = [\"{ONE}\", \"{TWO}\"], anon = {anon}, user = {user}, service = {service}, on = {places} }} }}
[[way]]
name = {way}
[[way.step]]
name = {step}
do = \"flags\"
with = {{ file = \"flags.json\", set = {{ {flag} = \"o\\\"ff\" }} }}
[[way.step]]
name = \"mark\"
do = \"sql\"
with = {{ sql = {marks} }}
[[way.step]]
name = \"matrix\"
do = \"verify\"
with = {{ checks = [{{ name = {step}, that = {{ rls = {{ users = [\"{ONE}\", \"{TWO}\"], anon = {anon}, user = {user}, service = {service}, on = {places} }} }} }}] }}
[[way.step]]
name = \"freeze\"
do = \"freeze\"
with = {{ accept = true, watch = \"100ms\" }}
[[way.step]]
name = \"assess\"
do = \"impact\"
[[way.step]]
name = \"thaw\"
do = \"thaw\"
[[way.step]]
name = \"undo\"
do = \"undo\"
",
        toml(&format!("public.{}", ident(USERS)))
    )
}

async fn project() -> Result<Project> {
    let project = Project::new("hostile").await?;
    project.write("backout.toml", &plan())?;
    project.write("flags.json", &json!({ "flags": { FLAG: { "state": "ENABLED", "variants": { "on": true, "o\"ff": false }, "defaultVariant": "on" } } }).to_string())?;
    for role in ROLES.map(ident) {
        project.query(&format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role}; GRANT {role} TO {}; GRANT USAGE ON SCHEMA public TO {role}", ident(project.database.owner())))?;
    }
    project.write("migrations/1_users.sql", &format!(
        "CREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE {} (id uuid PRIMARY KEY);
CREATE FUNCTION uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;\n", ident(USERS)))?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// What no output for people may hold: nothing of ours moves a cursor, rings a bell or turns text around.
fn harmless(what: &str, text: &str) -> Result<()> {
    for (at, c) in text.char_indices() {
        let is_colour = c == '\u{1b}'
            && ["[0m", "[2m", "[1;31m", "[1;32m", "[1;33m"].iter().any(|code| text[at + 1..].starts_with(code));
        let is_text = !c.is_control() || matches!(c, '\n' | '\t' | '\r');
        ensure!(is_colour || is_text && c != '\u{202e}', "{what} has {c:?} at {at}: {text:?}");
    }
    Ok(())
}

/// On a terminal, as `script` makes one.
fn on_a_terminal(project: &Project, line: &str) -> Result<String> {
    let program = backout_testkit::binary_path()?;
    let line = format!("{} --no-progress {line}", program.display());
    let done = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(project.path("."))
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output()
        .context("script, of util-linux")?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[tokio::test]
async fn names_are_names_wherever_they_go() -> Result<()> {
    let project = project().await?;
    let before = project.dump()?;
    project.write("migrations/2_hostile.sql", &made())?;
    project.run(&["migrate"], 0)?;
    let (table, users) = (table(), ident(USERS));
    project.database.run(&format!(
        "INSERT INTO {users} VALUES ('{ONE}'), ('{TWO}'); INSERT INTO {table} VALUES (1, '{ONE}', {0}), (2, '{TWO}', {0}), (3, '{TWO}', '')",
        literal(TABLE)
    ))?;
    let applied = project.dump()?;
    let rows = project.database.sorted_copy(&table)?;

    // Checks: one that fails, a table, and who sees whose rows; in all formats.
    let verified = project.json(&["verify"], 8)?;
    let failed: Vec<&Value> = verified["result"]["checks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["verdict"] != "passed")
        .collect();
    ensure!(failed.len() == 1 && failed[0]["check"] == STEP, "{verified:#}");
    harmless("stderr of verify", &project.run(&["verify"], 8)?.stderr)?;
    for (format, file) in [("junit", "report.xml"), ("markdown", "report.md"), ("text", "report.txt")] {
        project.run(&["verify", "--format", format, "--to", file], 8)?;
        harmless(file, &project.read(file)?)?;
    }
    let report = project.read("report.xml")?;
    ensure!(report.matches("<testcase").count() == 3 && !report.contains("<script>"), "{report}");
    if Command::new("python3").arg("-V").output().is_ok() {
        let read = "import sys, xml.dom.minidom as d; print(d.parse(sys.argv[1]).getElementsByTagName('testcase')[0].getAttribute('name'))";
        let read = Command::new("python3").args(["-c", read]).arg(project.path("report.xml")).output()?;
        ensure!(String::from_utf8_lossy(&read.stdout).trim().ends_with(STEP), "{read:?}");
    }
    let markdown = project.read("report.md")?;
    let wide: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    ensure!(wide.len() == 5 && wide.iter().all(|row| row.replace("\\|", "").matches('|').count() == 7), "{markdown}");

    // What is exposed, kept as evidence, and brought back.
    let impact = project.json(&["impact"], 0)?;
    ensure!(impact.to_string().contains("exposed_rows"), "{impact:#}");
    harmless("impact", &project.run(&["impact"], 0)?.stderr)?;
    let exported = project.json(&["evidence", "export", "--table", &table], 0)?;
    let id = exported["result"]["evidence"]["id"].as_str().context("an id")?.to_owned();
    project.database.run(&format!("DELETE FROM {table} WHERE id > 1"))?;
    project.run(&["evidence", "import", &id, "--yes", "production"], 0)?;
    ensure!(project.database.sorted_copy(&table)? == rows, "evidence came back otherwise");

    // Frozen for all roles, and the same rights come back.
    project.run(&["freeze", "--accept", "--watch", "100ms", "--yes", "production"], 0)?;
    let denied = project
        .database
        .psql_as(project.database.owner(), &format!("SET ROLE {}; DELETE FROM {table}", ident(ROLES[2])))?;
    ensure!(!denied.status.success(), "it is not frozen");
    project.run(&["thaw", "--yes", "production"], 0)?;
    ensure!(project.dump()? == applied, "rights came back otherwise");

    // On a terminal nothing of it is obeyed.
    for line in ["verify", "impact", "rollback --dry-run", "history", "undo --dry-run", "status"] {
        let seen = on_a_terminal(&project, line)?;
        ensure!(seen.len() > 40, "{line}: {seen}");
        harmless(line, &seen)?;
    }
    // Where it is no terminal, SQL is what it is.
    let script = project.run(&["undo", "--dry-run"], 0)?.stdout;
    ensure!(script.contains(&ident(TABLE)), "{script}");

    // And the way back.
    let done = project.command(&["rollback", "--way", WAY, "--yes", "production"])?.run()?.expect_code(0);
    harmless("stderr of rollback", &done.stderr)?;
    ensure!(project.dump()? == before, "the schema is another one");
    let flags: Value = serde_json::from_str(&project.read("flags.json")?)?;
    ensure!(flags["flags"][FLAG]["defaultVariant"] == "o\"ff", "{flags:#}");
    ensure!(project.query("SELECT count(*) FROM backout.freeze WHERE state <> 'thawed'")? == "0", "it is frozen");
    let shown = on_a_terminal(&project, "run show latest")?;
    ensure!(shown.contains("<script>"), "{shown}");
    harmless("run show", &shown)?;
    Ok(())
}

/// Names of ours stand in lists, logs and reports.
#[tokio::test]
async fn control_characters_are_no_names_of_a_plan() -> Result<()> {
    let project = Project::new("hostile_plan").await?;
    for (name, part) in [("a\u{1b}[2Jb", "way"), ("a\nb", "way.step"), ("x\u{202e}y", "check")] {
        let named = |wanted: &str| if wanted == part { toml(name) } else { toml("fine") };
        let text = format!(
            "{PLAN}\n[[verify]]\nname = {}\nthat.sql = \"SELECT true\"\n[[way]]\nname = {}\n[[way.step]]\nname = {}\ndo = \"undo\"\n",
            named("check"),
            named("way"),
            named("way.step")
        );
        project.write("backout.toml", &text)?;
        let refused = project.command(&["rollback", "--dry-run"])?.run()?.expect_code(2);
        ensure!(
            refused.stderr.contains("backout.toml:") && refused.stderr.contains("cannot be the name of a"),
            "{}",
            refused.transcript()
        );
        harmless(part, &refused.stderr)?;
    }
    Ok(())
}
