//! Grants to several roles, whose ids come in another order on another server.

use anyhow::{Context, Result, ensure};

use crate::project::{PLAN, Project};

/// Whatever order another server makes the roles in, it is not that of all three here.
async fn project(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", plan)?;
    let (owner, role) = (project.database.owner().to_owned(), project.database.name().to_owned());
    for which in ["m", "z", "a"] {
        project.query(&format!("CREATE ROLE {role}_{which}"))?;
    }
    project.database.run(&format!(
        "CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a');
         GRANT SELECT ON users TO {role}_z, {role}_a, {role}_m; GRANT UPDATE (name) ON users TO {role}_m, {role}_a;
         ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY readers ON users TO {role}_z, {role}_m, {role}_a USING (true);
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {role}_a, {role}_m, {role}_z;
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}_z, {role}_a, {role}_m"
    ))?;
    // What default privileges give comes in the order of the roles' ids.
    project.database.run("CREATE TABLE notes (id serial PRIMARY KEY, body text)")?;
    Ok(project)
}

#[tokio::test]
async fn a_backup_is_proven_where_roles_have_other_ids() -> Result<()> {
    let project = project("grants_proof", PLAN).await?;
    let taken = project.json(&["backup", "take", "--prove", "--yes", "production"], 0)?;
    ensure!(taken["result"].to_string().contains("\"proven\":true"), "{taken:#}");
    Ok(())
}

#[tokio::test]
async fn a_migration_comes_out_as_rehearsed_where_roles_have_other_ids() -> Result<()> {
    let plan = PLAN.replace("certificate = \"none\"", "certificate = \"full\"") + "[rehearse]\nwhere = \"sandbox\"\n";
    let project = project("grants_rehearsal", &plan).await?;
    let role = project.database.name().to_owned();
    project.write(
        "migrations/1_orders.sql",
        &format!(
            "CREATE TABLE orders (id serial PRIMARY KEY); DROP TABLE notes;
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {role}_z, {role}_a;
             CREATE POLICY more ON users FOR SELECT TO {role}_z, {role}_a USING (true);\n"
        ),
    )?;
    let before = project.dump()?;
    project.run(&["rehearse", "--yes", "production"], 0)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.run(&["undo", "--yes", "production"], 0)?;
    assert_eq!(before, project.dump()?);
    Ok(())
}

#[tokio::test]
async fn a_baseline_does_not_mind_their_order() -> Result<()> {
    let project = project("grants_baseline", PLAN).await?;
    let role = project.database.name().to_owned();
    project.run(&["verify", "--baseline", "before.json"], 0)?;
    let regrant = format!("REVOKE SELECT ON users FROM {role}_z; GRANT SELECT ON users TO {role}_z;");
    project.database.run(&regrant)?;
    project.run(&["verify", "--against", "before.json"], 0)?;
    project.database.run(&format!("REVOKE SELECT ON users FROM {role}_z"))?;
    let found = project.command(&["verify", "--against", "before.json"])?.run()?;
    ensure!(found.stdout.contains("users is not as it was"), "{}", found.transcript());
    found.code().filter(|code| *code != 0).context("a grant that is gone was not noticed")?;
    Ok(())
}
