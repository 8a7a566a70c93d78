//! After a way back: what must be done, when the migration may be tried again, and what a way back costs before it is gone.

use anyhow::Result;

use crate::project::{PLAN, Project};

const RETRY: &str = r#"
[retry]
after = "48h"
[[retry.action]]
name = "the cause is found"
within = "2h"
[[retry.action]]
name = "users are told"
"#;

async fn undone(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_notes.sql", "CREATE TABLE notes (id int PRIMARY KEY, body text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")?;
    project.run(&["undo"], 0)?;
    Ok(project)
}

#[tokio::test]
async fn an_early_retry_is_refused() -> Result<()> {
    let project = undone("retry_early", RETRY).await?;
    let refused = project.json(&["migrate", "--leave-aside"], 3)?;
    let said = refused["error"]["message"].as_str().unwrap_or_default();
    for part in ["not before ", "the cause is found, users are told"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    // A release is no way around it.
    let released = project.json(&["release", "--yes", "production"], 3)?;
    assert_eq!(released["error"]["message"], refused["error"]["message"]);
    assert_eq!(project.json(&["runs"], 0)?["result"]["runs"], serde_json::json!([]));
    assert_eq!(project.query("SELECT to_regclass('public.notes') IS NULL")?, "t");
    // Who looks is told before he tries.
    let status = project.run(&["status"], 8)?.stdout;
    for part in ["note: 1_notes was undone ", "not before ", "users are told", "`backout action`"] {
        assert!(status.contains(part), "{part} is not in {status}");
    }

    project.run(&["action", "done", "the cause"], 2)?;
    project.run(&["action", "done", "the cause is found", "--note", "INC-7"], 0)?;
    let open = project.json(&["action"], 0)?;
    let actions = &open["result"]["undone"]["actions"];
    assert_eq!(actions[0]["done"]["note"], "INC-7", "{open:#}");
    assert!(actions[1]["done"].is_null(), "{open:#}");
    project.run(&["action", "done", "users are told"], 0)?;
    let refused = project.command(&["migrate", "--leave-aside"])?.run()?.expect_code(3);
    assert!(!refused.stderr.contains("these are done"), "{}", refused.transcript());

    // Two days later.
    project.query("UPDATE backout.migration SET undone_at = undone_at - interval '49 hours'")?;
    project.run(&["migrate", "--leave-aside"], 0)?;
    assert_eq!(project.json(&["action"], 0)?["result"]["undone"], serde_json::Value::Null);
    Ok(())
}

#[tokio::test]
async fn in_an_emergency_the_reason_is_on_record() -> Result<()> {
    let project = undone("retry_emergency", RETRY).await?;
    project.run(&["migrate", "--leave-aside", "--retry-because", " "], 2)?;
    project.run(&["migrate", "--leave-aside", "--retry-because", "the index was missing"], 0)?;
    assert_eq!(project.query("SELECT note FROM backout.action")?, "the index was missing");
    // A release takes the reason as well.
    project.run(&["undo"], 0)?;
    let release = ["release", "--leave-aside", "--yes", "production", "--retry-because"];
    project.run(&[&release[..], &[" "]].concat(), 2)?;
    project.run(&[&release[..], &["it is there now"]].concat(), 0)?;
    assert_eq!(
        project.query("SELECT string_agg(note, ', ' ORDER BY at) FROM backout.action")?,
        "the index was missing, it is there now"
    );
    Ok(())
}

#[tokio::test]
async fn another_migration_need_not_wait() -> Result<()> {
    let project = undone("retry_another", RETRY).await?;
    std::fs::remove_file(project.path("migrations/1_notes.sql"))?;
    project.write("migrations/2_tags.sql", "CREATE TABLE tags (id int PRIMARY KEY);\n")?;
    project.run(&["migrate"], 0)?;
    Ok(())
}

#[tokio::test]
async fn what_a_way_back_costs_is_said_before() -> Result<()> {
    let plan = "[[way]]\nname = \"U\"\n[[way.step]]\nname = \"undo\"\ndo = \"undo\"\n\
                [[way]]\nname = \"B\"\n[[way.step]]\nname = \"restore\"\ndo = \"restore\"\n";
    let project = Project::new("cost_of_ways").await?;
    project.write(
        "backout.toml",
        &format!("{}{plan}", PLAN.replace("certificate = \"none\"", "certificate = \"full\"")),
    )?;
    project.query("CREATE TABLE users (id int PRIMARY KEY)")?;
    project.query(&format!("ALTER TABLE users OWNER TO {}", backout_schema::ident(project.database.owner())))?;
    project.write("migrations/1_notes.sql", "CREATE TABLE notes (id int PRIMARY KEY);\n")?;
    project.run(&["rehearse", "--yes", "production"], 0)?;
    project.run(&["backup", "take", "--prove", "--yes", "production"], 0)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO notes VALUES (1), (2), (3); INSERT INTO users VALUES (7), (8)")?;
    let shown = project.json(&["rollback", "--dry-run"], 0)?;
    let cost = |way: usize| shown["result"]["ways"][way]["steps"][0]["cost"].clone();
    let undo = cost(0);
    assert_eq!(undo["measured"], "in the rehearsal", "{shown:#}");
    assert!(undo["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{undo:#}");
    assert!(undo["kept"].to_string().contains("public.notes (3 rows) in backout_undone_1"), "{undo:#}");
    assert!(undo["lost"].is_null(), "{undo:#}");
    let restore = cost(1);
    assert_eq!(restore["measured"], "when the backup was proven", "{restore:#}");
    assert!(restore["lost"].to_string().contains("public.users: 2 rows"), "{restore:#}");
    // Who is asked reads the same.
    let asked = project.command(&["rollback"])?.run()?.expect_code(3);
    assert!(asked.stderr.contains("public.notes (3 rows)"), "{}", asked.transcript());
    Ok(())
}
