//! A hostile owner of the target's schemas against a stronger role that runs Backout. Each attack would leave a file that
//! the server's own account writes by COPY TO PROGRAM; `docs/security.md` names the test of each line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::project::{PLAN, Project};

/// A migrated project whose newest migration drops an index, and the file that an attack would write.
struct Victim {
    project: Project,
    traces: tempfile::TempDir,
}

impl Victim {
    async fn new(name: &str) -> Result<Victim> {
        let project = Project::new(name).await?;
        project.write("backout.toml", PLAN)?;
        project.write(
            "migrations/1_users.sql",
            "CREATE TABLE users (id int PRIMARY KEY, email text);\nCREATE INDEX by_email ON users (email);\n",
        )?;
        project.write("migrations/2_index.sql", "DROP INDEX by_email;\n")?;
        project.run(&["migrate", "--yes", "production"], 0)?;
        let traces = tempfile::tempdir()?;
        // The server has an account of its own.
        fs::set_permissions(traces.path(), fs::Permissions::from_mode(0o777))?;
        Ok(Victim { project, traces })
    }

    fn trace(&self) -> PathBuf {
        self.traces.path().join("ran")
    }

    /// A statement that only a superuser may run, and that leaves the file.
    fn attack(&self) -> String {
        format!("COPY (SELECT 1) TO PROGRAM 'touch {}'", self.trace().display())
    }

    /// `body` as a trigger function or another one, in a schema that everybody finds.
    fn function(&self, returns: &str, result: &str) -> String {
        let attack = self.attack().replace('\'', "''");
        format!(
            "CREATE FUNCTION public.planted() RETURNS {returns} LANGUAGE plpgsql AS $f$ BEGIN \
             BEGIN EXECUTE '{attack}'; EXCEPTION WHEN insufficient_privilege THEN NULL; END; RETURN {result}; END $f$;"
        )
    }

    /// Writes the attack behind the index's definition in what undo needs.
    fn plant_in_inverse(&self) -> Result<()> {
        let attack = self.attack().replace('\'', "''");
        self.project.database.run(&format!(
            "UPDATE backout.migration SET inverse = replace(inverse, 'USING btree (email)', 'USING btree (email); {attack}') WHERE number = 2"
        ))?;
        let planted =
            self.project.query("SELECT inverse LIKE '%TO PROGRAM%' FROM backout.migration WHERE number = 2")?;
        assert_eq!(planted, "t", "the attack is not in what undo needs");
        Ok(())
    }

    /// From now on Backout connects with this URL.
    fn connect(&self, url: &str) -> Result<()> {
        self.project.write(".env", &format!("DATABASE_URL={url}\n"))
    }

    fn superuser(&self) -> String {
        let sandbox = self.project.database.server().sandbox();
        self.project.database.url_as(sandbox.superuser())
    }

    /// Refused, and nothing ran.
    #[track_caller]
    fn refuses(&self, line: &[&str]) -> Result<()> {
        let run = self.project.command(line)?.run()?;
        assert!(!self.trace().exists(), "the attack ran\n{}", run.transcript());
        run.expect_code(3);
        Ok(())
    }
}

#[tokio::test]
async fn stored_text_does_not_run_with_a_superusers_rights() -> Result<()> {
    let victim = Victim::new("security_inverse").await?;
    victim.plant_in_inverse()?;
    victim.connect(&victim.superuser())?;
    victim.refuses(&["undo", "--yes", "production"])?;
    victim.refuses(&["undo", "--dry-run"])?;
    // A role set at the start can be reset by what runs.
    let url = victim.superuser();
    let sign = if url.contains('?') { '&' } else { '?' };
    victim.connect(&format!("{url}{sign}options=-c%20role%3D{}", victim.project.database.owner()))?;
    victim.refuses(&["undo", "--yes", "production"])
}

#[tokio::test]
async fn stored_tail_does_not_run_with_a_superusers_rights() -> Result<()> {
    let victim = Victim::new("security_tail").await?;
    let sql = victim.attack().replace('\'', "''");
    victim.project.database.run(&format!(
        "UPDATE backout.migration SET state = 'undo_tail', tail = json_build_array( \
         json_build_object('kind', 'refresh', 'sql', '{sql}', 'about', 'x'))::text WHERE number = 2"
    ))?;
    victim.connect(&victim.superuser())?;
    victim.refuses(&["undo", "--yes", "production"])
}

#[tokio::test]
async fn planted_triggers_do_not_run_with_a_superusers_rights() -> Result<()> {
    let victim = Victim::new("security_trigger").await?;
    victim.project.database.run(&format!(
        "{} CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON backout.migration FOR EACH ROW EXECUTE FUNCTION public.planted();",
        victim.function("trigger", "NEW")
    ))?;
    victim.project.write("migrations/3_next.sql", "CREATE TABLE next (id int PRIMARY KEY);\n")?;
    victim.connect(&victim.superuser())?;
    victim.refuses(&["migrate", "--yes", "production"])?;
    victim.refuses(&["archive", "purge", "2", "--yes", "production"])
}

#[tokio::test]
async fn reading_the_history_runs_nothing_planted() -> Result<()> {
    let victim = Victim::new("security_view").await?;
    victim.project.database.run(&format!(
        "{} ALTER TABLE backout.target RENAME TO hidden; \
         CREATE VIEW backout.target AS SELECT singleton, format, marker, public.planted() AS name, system_identifier, \
           database, endpoint, first_seen FROM backout.hidden;",
        victim.function("text", "'production'")
    ))?;
    victim.connect(&victim.superuser())?;
    victim.refuses(&["status"])?;
    victim.refuses(&["history"])
}

#[tokio::test]
async fn a_superuser_still_reads_what_an_owner_keeps() -> Result<()> {
    let victim = Victim::new("security_reads").await?;
    victim.connect(&victim.superuser())?;
    victim.project.run(&["status"], 0)?;
    victim.project.run(&["history"], 0)?;
    Ok(())
}

#[tokio::test]
async fn others_who_may_write_stop_an_undo_by_the_owner() -> Result<()> {
    let victim = Victim::new("security_grants").await?;
    let project = &victim.project;
    let undo = ["undo", "--yes", "production"];
    let other = format!("{}_other", project.database.name());
    project.query(&format!("CREATE ROLE {other} LOGIN"))?;
    project.database.run(&format!(
        "GRANT USAGE ON SCHEMA backout TO {other}; GRANT UPDATE (inverse) ON backout.migration TO {other}"
    ))?;
    let refused = project.command(&undo)?.arg("--json").run()?;
    project.query(&format!("REVOKE USAGE ON SCHEMA backout FROM {other}"))?;
    // A grant that nobody can use, since the schema is shut, as default privileges make them.
    let done = project.command(&undo)?.run()?;
    project.query(&format!("DROP OWNED BY {other}; DROP ROLE {other}"))?;
    let document: serde_json::Value = serde_json::from_str(&refused.stdout).context(refused.transcript())?;
    refused.expect_code(3);
    assert!(document["error"]["message"].as_str().is_some_and(|said| said.contains(&other)), "{document:#}");
    done.expect_code(0);
    Ok(())
}

/// Even for a role that may do everything and owns the record: what is on record is one statement of its kind, or is not
/// run.
#[tokio::test]
async fn stored_text_is_one_statement_of_its_kind() -> Result<()> {
    let victim = Victim::new("security_kind").await?;
    let owner = victim.project.database.owner().to_owned();
    victim.project.query(&format!("ALTER ROLE {owner} SUPERUSER"))?;
    let kept = victim.project.query("SELECT inverse FROM backout.migration WHERE number = 2")?;
    let definition = "CREATE INDEX by_email ON public.users USING btree (email)";
    assert!(kept.contains(definition), "{kept}");
    let attack = victim.attack();
    for (planted, why) in [
        (format!("{definition}; {attack}"), "CREATE INDEX, COPY"),
        (attack.clone(), "it is COPY"),
        ("DROP TABLE public.users".to_owned(), "it is DROP TABLE"),
        (format!("{definition}; DROP TABLE public.users"), "CREATE INDEX, DROP TABLE"),
        ("CREATE INDEX by_email ON".to_owned(), "it is not SQL"),
    ] {
        let text = kept.replace(definition, &planted).replace('\'', "''");
        victim.project.query(&format!("UPDATE backout.migration SET inverse = '{text}' WHERE number = 2"))?;
        for line in [["undo", "--yes", "production"].as_slice(), &["undo", "--dry-run"]] {
            let run = victim.project.command(line)?.run()?;
            assert!(!victim.trace().exists(), "the attack ran\n{}", run.transcript());
            assert!(run.stderr.contains(why), "{why}: {}", run.transcript());
            run.expect_code(3);
        }
    }
    // As a plan sets what holds for the database, which is the one DO that an undo runs.
    let masked = format!(
        "DO 'BEGIN EXECUTE pg_catalog.format(''ALTER DATABASE %I RESET x'', pg_catalog.current_database()); END'; {attack}"
    );
    let refresh = |sql: &str| serde_json::json!([{"kind": "refresh", "sql": sql, "about": "x"}]);
    let index = serde_json::json!([{
        "kind": "index", "sql": definition, "schema": "public", "name": "by_email", "about": "x", "then": [attack]
    }]);
    for tail in [refresh(&attack), refresh(&masked), index] {
        let tail = tail.to_string().replace('\'', "''");
        victim
            .project
            .query(&format!("UPDATE backout.migration SET state = 'undo_tail', tail = '{tail}' WHERE number = 2"))?;
        victim.refuses(&["undo", "--yes", "production"])?;
    }
    let text = kept.replace('\'', "''");
    let undo = "state = 'applied', tail = NULL";
    victim.project.query(&format!("UPDATE backout.migration SET inverse = '{text}', {undo} WHERE number = 2"))?;
    victim.project.run(&["undo", "--yes", "production"], 0)?;
    Ok(())
}
