//! What a release exposed and to whom: the example of a table without row-level security, with 47 rows of five users;
//! orphans, rows across owners, and what would prove nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};

pub const SECTION: &str = r#"
[impact]
anon = "impact_anon"
user = "impact_user"
service = "impact_service"
users_table = "public.users"
on = [{ name = "public.clients" }, { name = "public.visits", owner = "by_user" }]
"#;

/// User n, as claims name him.
pub fn user(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

/// Five users with 3, 7, 10, 12 and 15 clients: 47. Row-level security was forgotten.
pub const MADE: &str = "CREATE TABLE clients (id int PRIMARY KEY, user_id uuid REFERENCES users, name text NOT NULL);
CREATE TABLE visits (id int PRIMARY KEY, client_id int REFERENCES clients, by_user uuid);
GRANT SELECT, INSERT ON clients TO impact_anon, impact_user, impact_service;
GRANT SELECT ON visits TO impact_user, impact_service;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON visits FOR SELECT TO impact_user USING (by_user = uid());
CREATE POLICY all_of_them ON visits TO impact_service USING (true);
";

pub const ROWS: &str = "INSERT INTO clients SELECT n, ('00000000-0000-0000-0000-' || lpad(CASE WHEN n <= 3 THEN 1 WHEN n <= 10 THEN 2 WHEN n <= 20 THEN 3 WHEN n <= 32 THEN 4 ELSE 5 END::text, 12, '0'))::uuid, 'client ' || n FROM generate_series(1, 47) n;
INSERT INTO visits SELECT n, n, user_id FROM clients JOIN generate_series(1, 47) n ON n = id;";

/// A project whose newest migration made the tables, with their rows.
pub async fn project(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{SECTION}{plan}"))?;
    let owner = project.database.owner().to_owned();
    project.database.run_as_superuser(&format!(
        "DO $$ BEGIN CREATE ROLE impact_anon; CREATE ROLE impact_user; CREATE ROLE impact_service; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         GRANT impact_anon, impact_user, impact_service TO \"{owner}\"; GRANT USAGE ON SCHEMA public TO impact_anon, impact_user, impact_service;"
    ))?;
    project.write(
        "migrations/1_users.sql",
        "CREATE TABLE users (id uuid PRIMARY KEY);
CREATE FUNCTION uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;\n",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let users: Vec<String> = (1..=5).map(|n| format!("('{}')", user(n))).collect();
    project.database.run(&format!("INSERT INTO users VALUES {}", users.join(", ")))?;
    project.write("migrations/2_clients.sql", MADE)?;
    project.run(&["migrate"], 0)?;
    project.database.run(ROWS)?;
    Ok(project)
}

fn table<'v>(document: &'v Value, name: &str) -> Result<&'v Value> {
    let tables = document["result"]["tables"].as_array().context("tables")?;
    tables.iter().find(|table| table["table"] == name).with_context(|| format!("{name}: {document:#}"))
}

/// Who sees how many rows that are not his.
fn others(table: &Value) -> Vec<(String, u64)> {
    let seen = table["seen"].as_array().into_iter().flatten();
    let who = |one: &Value| one["user"].as_str().unwrap_or(one["by"].as_str().unwrap_or_default()).to_owned();
    seen.map(|one| (who(one), one["others"].as_u64().unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_table_without_row_level_security_is_exposed_to_all() -> Result<()> {
    let project = project("impact_off", "").await?;
    let before = project.database.sorted_copy("clients")?;
    let report = project.json(&["impact", "--users", "affected.txt"], 8)?;
    let clients = table(&report, "public.clients")?;
    for (key, value) in [("rows", 47), ("owners", 5), ("exposed_rows", 47), ("exposed_owners", 5), ("ownerless", 0)] {
        assert_eq!(clients[key], value, "{key}: {clients:#}");
    }
    assert_eq!(clients["is_exact"], true);
    assert_eq!(clients["row_security"], false);
    let expected: Vec<(String, u64)> = [("anon".to_owned(), 47)]
        .into_iter()
        .chain((1..).zip([3_u64, 7, 10, 12, 15]).map(|(n, own)| (user(n), 47 - own)))
        .chain([("service".to_owned(), 0)])
        .collect();
    assert_eq!(others(clients), expected, "{clients:#}");
    // The one that is secured.
    let visits = table(&report, "public.visits")?;
    assert_eq!((&visits["exposed_rows"], &visits["rows"]), (&Value::from(0), &Value::from(47)), "{visits:#}");
    assert_eq!(report["result"]["affected_users"], 5);
    // Since the migration that made it so, and all of it was written since.
    let recorded = project.query("SELECT finished_at AT TIME ZONE 'UTC' FROM backout.migration WHERE number = 2")?;
    assert_eq!((&clients["since"]["known"], &clients["since"]["number"]), (&"migration".into(), &2.into()));
    assert_eq!(clients["since"]["at"].as_str().map(|at| at.replace('T', " ").replace('Z', "")), Some(recorded));
    assert_eq!((&clients["writes"]["by"], &clients["writes"]["rows"]), (&"made".into(), &47.into()), "{clients:#}");
    assert_eq!(clients["restore"]["carry"], "impossible", "{clients:#}");
    // A file for this user alone; a second one does not replace it.
    let file = project.path("affected.txt");
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&file)?, (1..=5).map(|n| format!("{}\n", user(n))).collect::<String>());
    project.run(&["impact", "--users", "affected.txt"], 2)?;
    let text = project.run(&["impact"], 8)?.stdout;
    ensure!(text.contains("47 rows of 5 owners exposed") && text.contains("anon sees 47 rows"), "{text}");
    // Its policies changed by hand afterwards: since when is not known, at most since the record.
    project.database.run("ALTER TABLE visits DISABLE ROW LEVEL SECURITY")?;
    let report = project.json(&["impact"], 8)?;
    let visits = table(&report, "public.visits")?;
    assert_eq!(visits["since"]["known"], "unknown", "{visits:#}");
    ensure!(visits["since"]["at_most"].is_string(), "{visits:#}");
    // Anon has no privilege there.
    assert_eq!(others(visits)[0], ("anon".to_owned(), 0), "{visits:#}");
    assert_eq!((&visits["exposed_rows"], &visits["exposed_owners"]), (&47.into(), &5.into()), "{visits:#}");
    assert_eq!(before, project.database.sorted_copy("clients")?, "asking changed rows");
    Ok(())
}

/// The union of what several see in part, each row once.
#[tokio::test]
async fn rows_that_several_see_in_part_count_once() -> Result<()> {
    let project = project("impact_part", "").await?;
    let (one, two) = (user(1), user(2));
    project.database.run(
        "ALTER TABLE clients ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON clients FOR SELECT TO impact_user USING (user_id = uid());",
    )?;
    // 1 sees 33 to 40, and 2 sees 38 to 45: all of user 5, 13 of his 15.
    project.database.run(&format!(
        "CREATE POLICY one ON clients FOR SELECT TO impact_user USING (uid() = '{one}' AND id BETWEEN 33 AND 40);
         CREATE POLICY two ON clients FOR SELECT TO impact_user USING (uid() = '{two}' AND id BETWEEN 38 AND 45);"
    ))?;
    let clients = |report: &Value| -> Result<Value> { Ok(table(report, "public.clients")?.clone()) };
    let found = clients(&project.json(&["impact"], 8)?)?;
    assert_eq!((&found["exposed_rows"], &found["exposed_owners"]), (&13.into(), &1.into()), "{found:#}");
    assert_eq!(found["is_exact"], true, "{found:#}");
    // One user sees everything: all but his own, and what 2 sees of these.
    project.database.run(&format!(
        "DROP POLICY one ON clients; CREATE POLICY one ON clients FOR SELECT TO impact_user USING (uid() = '{one}');"
    ))?;
    let found = clients(&project.json(&["impact"], 8)?)?;
    assert_eq!((&found["exposed_rows"], &found["exposed_owners"]), (&44.into(), &4.into()), "{found:#}");
    project.database.run(&format!(
        "DROP POLICY two ON clients; CREATE POLICY two ON clients FOR SELECT TO impact_user USING (uid() = '{two}' AND id < 3);"
    ))?;
    let found = clients(&project.json(&["impact"], 8)?)?;
    assert_eq!((&found["exposed_rows"], &found["exposed_owners"]), (&46.into(), &5.into()), "{found:#}");
    // Fewer are asked than there are: it may be more, and is said.
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace("[impact]\n", "[impact]\nmax_users = 2\n"))?;
    let report = project.json(&["impact"], 8)?;
    let found = clients(&report)?;
    assert_eq!((&found["exposed_rows"], &found["is_exact"]), (&46.into(), &false.into()), "{found:#}");
    assert_eq!((&report["result"]["users_asked"], &report["result"]["users_known"]), (&2.into(), &5.into()));
    // Columns without the owner's are seen as well.
    project.write("backout.toml", &plan)?;
    project.database.run(
        "DROP POLICY one ON clients; DROP POLICY two ON clients; REVOKE SELECT ON clients FROM impact_user;
         GRANT SELECT (name) ON clients TO impact_user; CREATE POLICY open ON clients FOR SELECT TO impact_user USING (true);",
    )?;
    let found = clients(&project.json(&["impact"], 8)?)?;
    assert_eq!(found["seen"][1]["whose_is_unknown"], true, "{found:#}");
    assert_eq!(others(&found)[1], (user(1), 44), "{found:#}");
    Ok(())
}

/// Each owner is asked once, also where one table alone is named; and where not all were asked, that is said.
#[tokio::test]
async fn owners_of_one_table_are_asked_once_each() -> Result<()> {
    let project = project("impact_one", "").await?;
    project.database.run(&format!(
        "ALTER TABLE clients ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON clients FOR SELECT TO impact_user USING (user_id = uid());
         CREATE POLICY leak ON clients FOR SELECT TO impact_user USING (uid() = '{}');",
        user(5)
    ))?;
    let plan = project.read("backout.toml")?.replace(", { name = \"public.visits\", owner = \"by_user\" }", "");
    // As many as there are owners, who have more rows than one.
    project.write("backout.toml", &plan.replace("[impact]\n", "[impact]\nmax_users = 5\n"))?;
    let report = project.json(&["impact"], 8)?;
    assert_eq!((&report["result"]["users_asked"], &report["result"]["users_known"]), (&5.into(), &5.into()));
    let clients = table(&report, "public.clients")?;
    assert_eq!((&clients["exposed_rows"], &clients["exposed_owners"]), (&32.into(), &4.into()), "{clients:#}");
    assert_eq!(clients["is_exact"], true, "{clients:#}");
    let who: Vec<String> = others(clients).into_iter().map(|(who, _)| who).collect();
    let expected: Vec<String> =
        ["anon".to_owned()].into_iter().chain((1..=5).map(user)).chain(["service".to_owned()]).collect();
    assert_eq!(who, expected, "{clients:#}");
    // The one who sees them is not asked.
    project.write("backout.toml", &plan.replace("[impact]\n", "[impact]\nmax_users = 2\n"))?;
    let run = project.run(&["impact"], 0)?;
    for part in [
        "public.clients: nothing exposed to the 2 of 5 owners that were asked, of 47 rows of 5 owners",
        "together nothing exposed to the 2 of 5 owners that were asked; what others see is not known",
    ] {
        ensure!(run.stdout.contains(part), "{part}: {}", run.transcript());
    }
    ensure!(run.stderr.contains("`max_users = 5` in [impact] asks all of them"), "{}", run.transcript());
    // Who is named twice is asked once: he alone sees everything, and his own rows are not exposed.
    let twice = format!("[impact]\nusers = [\"{0}\", \"{0}\"]\n", user(5));
    project.write("backout.toml", &plan.replace("[impact]\n", &twice))?;
    let report = project.json(&["impact"], 8)?;
    assert_eq!(report["result"]["users_asked"], 1, "{report:#}");
    assert_eq!(report["result"]["exposed_rows"], 32, "{report:#}");
    Ok(())
}

#[tokio::test]
async fn orphans_and_rows_across_owners_are_counted() -> Result<()> {
    let project = project("impact_orphans", "").await?;
    project.database.run(&format!(
        "ALTER TABLE clients ENABLE ROW LEVEL SECURITY; ALTER TABLE clients DROP CONSTRAINT clients_user_id_fkey;
         INSERT INTO clients VALUES (100, '{0}', 'orphan'), (101, '{0}', 'orphan'), (102, '{1}', 'orphan'), (103, NULL, 'nobody'), (104, NULL, 'nobody');
         INSERT INTO visits VALUES (100, 1, '{2}'), (101, 2, '{2}'), (102, 3, NULL), (103, NULL, '{2}');",
        user(77),
        user(78),
        user(2)
    ))?;
    let report = project.json(&["impact"], 8)?;
    let clients = table(&report, "public.clients")?;
    let orphans = &clients["orphans"];
    for (key, value) in [("rows", 3), ("owners", 2), ("ownerless", 2)] {
        assert_eq!(orphans[key], value, "{key}: {orphans:#}");
    }
    assert_eq!((&orphans["looked_in"], &orphans["by_foreign_key"]), (&"public.users (id)".into(), &false.into()));
    let cross = &report["result"]["cross_owner"][0];
    assert_eq!((&cross["rows"], &cross["ownerless"]), (&2.into(), &1.into()), "{report:#}");
    assert_eq!((&cross["table"], &cross["refers_to"]), (&"public.visits".into(), &"public.clients".into()));
    assert_eq!(report["result"]["exposed_rows"], 0, "{report:#}");
    Ok(())
}

#[tokio::test]
async fn writes_are_counted_since_a_migration() -> Result<()> {
    let project = project("impact_writes", "").await?;
    project.run(&["capture", "on", "--depth", "images"], 0)?;
    project.database.run("UPDATE clients SET name = 'x' WHERE id <= 4; DELETE FROM visits WHERE id = 1")?;
    let report = project.json(&["impact", "--since", "1h"], 8)?;
    let writes = &table(&report, "public.clients")?["writes"];
    assert_eq!((&writes["by"], &writes["updated"], &writes["inserted"]), (&"capture".into(), &4.into(), &0.into()));
    assert_eq!(table(&report, "public.visits")?["writes"]["deleted"], 1, "{report:#}");
    // The migration before made neither of them.
    project.write("migrations/3_more.sql", "ALTER TABLE visits ADD COLUMN note text;\n")?;
    project.run(&["migrate"], 0)?;
    project.run(&["capture", "off", "--yes", "production"], 0)?;
    let report = project.json(&["impact"], 8)?;
    let clients = table(&report, "public.clients")?;
    assert_eq!(clients["writes"]["by"], "statistics", "{clients:#}");
    assert_eq!(report["result"]["from"]["migration"], 3, "{report:#}");
    let report = project.json(&["impact", "--migration", "2"], 8)?;
    assert_eq!(table(&report, "public.clients")?["writes"]["by"], "made", "{report:#}");
    project.run(&["impact", "--migration", "9"], 2)?;
    project.run(&["impact", "--since", "yesterday"], 2)?;
    Ok(())
}

/// What an undo took away is named, and is no error: it is one where nobody knows why it is not there.
#[tokio::test]
async fn after_an_undo_it_says_what_is_not_there() -> Result<()> {
    let project = project("impact_undone", "").await?;
    project.run(&["undo"], 0)?;
    let text = project.run(&["impact"], 0)?.stdout;
    for part in [
        "public.clients: not there; migration 2 (2_clients), which made it, was undone",
        "its rows are in backout_undone_2.",
        "nothing of what [impact] names is there",
    ] {
        ensure!(text.contains(part), "{part}: {text}");
    }
    let report = project.json(&["impact"], 0)?;
    let absent = report["result"]["absent"].as_array().context("absent")?;
    assert_eq!(absent.len(), 2, "{report:#}");
    assert_eq!((&absent[0]["name"], &absent[0]["number"]), (&"public.clients".into(), &2.into()), "{report:#}");
    // Others that are there are asked about all the same.
    let plan = project.read("backout.toml")?;
    project.write(
        "backout.toml",
        &plan.replace(
            "{ name = \"public.visits\", owner = \"by_user\" }",
            "{ name = \"public.users\", owner = \"id\" }",
        ),
    )?;
    let report = project.json(&["impact"], 0)?;
    assert_eq!(report["result"]["tables"][0]["table"], "public.users", "{report:#}");
    // Another table of that name does not have the column.
    project.database.run("CREATE TABLE clients (id int)")?;
    let text = project.run(&["impact"], 0)?.stdout;
    ensure!(text.contains("public.clients: another one is there; migration 2 (2_clients)"), "{text}");
    project.database.run("DROP TABLE clients")?;
    project.write("backout.toml", &plan.replace("public.clients", "public.cleints"))?;
    let run = project.command(&["impact"])?.run()?.expect_code(3);
    ensure!(run.stderr.contains("no table public.cleints"), "{}", run.transcript());
    project.write("backout.toml", &plan)?;
    project.run(&["migrate", "--reimport"], 0)?;
    let text = project.run(&["impact"], 8)?.stdout;
    ensure!(text.contains("all 47 rows came since, also those that a migration brought back"), "{text}");
    // The table is there again: what is not there is the column.
    project.write(
        "backout.toml",
        &plan.replace("{ name = \"public.clients\" }", "{ name = \"public.clients\", owner = \"usr_id\" }"),
    )?;
    let run = project.command(&["impact"])?.run()?.expect_code(3);
    ensure!(
        run.stderr.contains("public.clients has no column usr_id (did you mean \"user_id\"?)"),
        "{}",
        run.transcript()
    );
    Ok(())
}

#[tokio::test]
async fn what_would_prove_nothing_is_an_error() -> Result<()> {
    let project = project("impact_nothing", "").await?;
    let plan = project.read("backout.toml")?;
    let owner = project.database.owner().to_owned();
    let superuser = project.database.server().sandbox().superuser().to_owned();
    for (was, is, said) in [
        ("user = \"impact_user\"", format!("user = \"{superuser}\""), "policies do not apply to"),
        ("user = \"impact_user\"", format!("user = \"{owner}\""), "owns public.clients"),
        ("user = \"impact_user\"", "user = \"nobody_here\"".to_owned(), "there is no role"),
        ("owner = \"by_user\"", "owner = \"by_whom\"".to_owned(), "has no column by_whom"),
        ("public.users", "public.people".to_owned(), "no table public.people"),
    ] {
        project.write("backout.toml", &plan.replace(was, &is))?;
        project.database.run("ALTER TABLE clients DROP CONSTRAINT IF EXISTS clients_user_id_fkey")?;
        let run = project.command(&["impact"])?.run()?.expect_code(3);
        ensure!(run.stderr.contains(said), "{said}: {}", run.transcript());
    }
    project.write("backout.toml", &plan.replace(SECTION, ""))?;
    let run = project.command(&["impact"])?.run()?.expect_code(2);
    ensure!(run.stderr.contains("whose rows are whose"), "{}", run.transcript());
    project.write("backout.toml", &plan)?;
    project
        .database
        .run("ALTER TABLE clients FORCE ROW LEVEL SECURITY; ALTER TABLE clients ENABLE ROW LEVEL SECURITY")?;
    let run = project.command(&["impact"])?.run()?.expect_code(3);
    ensure!(run.stderr.contains("apply to the role of Backout"), "{}", run.transcript());
    Ok(())
}
