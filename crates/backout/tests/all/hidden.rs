//! Columns that are hidden instead of dropped, from the plan to the purge.

use anyhow::Result;

use crate::project::{PLAN, Project};

const BEFORE: &str = "CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE big (id int PRIMARY KEY, gone text NOT NULL DEFAULT 'none', kept text);
CREATE INDEX big_gone ON big (gone);
COMMENT ON COLUMN big.gone IS 'what goes';
ALTER TABLE big ALTER gone SET STATISTICS 50;
INSERT INTO big SELECT i, 'g' || i, 'k' FROM generate_series(1, 500) i;";

async fn project(name: &str, level: &str, migration: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    let rehearse = format!("hide_above = \"0\"\n[rehearse]\nlevel = \"{level}\"\n");
    project.write("backout.toml", &(PLAN.replace("certificate = \"none\"", "certificate = \"schema\"") + &rehearse))?;
    project.write("migrations/1_narrow.sql", migration)?;
    project.database.run(BEFORE)?;
    Ok(project)
}

const HIDDEN: &str = "backout_hidden_1_2_gone";

#[tokio::test]
async fn from_the_plan_to_the_purge() -> Result<()> {
    for level in ["full", "schema"] {
        let project =
            project(&format!("hidden_{level}"), level, "ALTER TABLE big DROP COLUMN gone, ADD COLUMN gone int;\n")
                .await?;
        let (before, rows) = (project.dump()?, project.database.sorted_copy("big")?);

        let rehearsal = project.json(&["rehearse", "--yes", "production"], 0)?;
        let migration = &rehearsal["result"]["certificate"]["migrations"][0];
        assert_eq!(migration["problems"], serde_json::json!([]), "{level}: {migration:#}");
        let said = migration["notes"].to_string();
        assert!(said.contains(HIDDEN) && said.contains("SELECT *") && said.contains("drift"), "{level}: {said}");

        let migrated = project.json(&["migrate", "--yes", "production"], 0)?;
        let hidden = &migrated["result"]["applied"][0]["hidden"][0];
        assert_eq!(hidden["what"], "column public.big.gone", "{migrated:#}");
        assert_eq!(hidden["name"], HIDDEN);
        assert_eq!(project.query("SELECT count(gone) FROM big")?, "0");
        project.database.run("INSERT INTO big (id, kept) VALUES (-1, 'since')")?;
        let list = project.run(&["archive"], 0)?.stdout;
        assert!(list.contains("hidden") && list.contains("column public.big.gone"), "{list}");
        let status = project.run(&["status"], 0)?.stdout;
        assert!(status.contains("1 hidden column"), "{status}");

        project.run(&["undo", "--yes", "production"], 0)?;
        assert_eq!(before, project.dump()?);
        let since = project.query("DELETE FROM big WHERE id = -1 RETURNING gone")?;
        assert!(since.starts_with("none"), "{since}");
        assert_eq!(rows, project.database.sorted_copy("big")?);

        // Forward again, and then for good.
        project.run(&["migrate", "--yes", "production"], 0)?;
        let number = project.query("SELECT max(number) FROM backout.migration")?;
        let purged = project.run(&["archive", "purge", &number, "--yes", "production"], 0)?;
        assert!(purged.stdout.contains("purged 1 hidden column in public"), "{}", purged.transcript());
        assert_eq!(project.query("SELECT count(*) FROM pg_attribute WHERE attname ~ '^backout_hidden'")?, "0");
        let undo = project.run(&["undo", "--yes", "production"], 3)?;
        assert!(undo.stderr.contains("purged"), "{}", undo.transcript());
    }
    Ok(())
}

/// A view of all columns shows the hidden one: the rehearsal does not let it pass.
#[tokio::test]
async fn a_migration_that_would_see_it_is_stopped() -> Result<()> {
    let migration = "ALTER TABLE big DROP COLUMN gone;\nCREATE VIEW everything AS SELECT * FROM big;\n";
    let project = project("hidden_seen", "full", migration).await?;
    let run = project.run(&["rehearse", "--yes", "production"], 3)?;
    assert!(run.stderr.contains("view public.everything"), "{}", run.transcript());
    assert!(run.stderr.contains("column public.big.gone was hidden and not dropped"), "{}", run.transcript());
    Ok(())
}
