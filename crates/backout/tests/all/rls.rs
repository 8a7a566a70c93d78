//! Row-level security as a criterion: passes on a good schema, and finds each fault that is planted in it.

use anyhow::Result;

use crate::project::{PLAN, Project};

const A: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const B: &str = "bbbbbbbb-0000-0000-0000-000000000002";

const PLACES: &str = r#"{ name = "public.notes" }, { name = "public.own_notes", may = ["select"] }, { name = "public.my_notes()", may = ["select"] }, { name = "public.reports", may = ["select"] }"#;

fn way(places: &str) -> String {
    format!(
        "{PLAN}\n[[way]]\nname = \"X\"\n[[way.step]]\nname = \"whose rows\"\ndo = \"verify\"\nwith = {{ checks = [{{ name = \"rls\", \
         that = {{ rls = {{ users = [\"{A}\", \"{B}\"], anon = \"rls_anon\", user = \"rls_user\", service = \"rls_service\", on = [{places}] }} }} }}] }}\n"
    )
}

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &way(PLACES))?;
    project.write("migrations/1_empty.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let owner = project.database.owner().to_owned();
    project.database.run_as_superuser(&format!(
        "DO $$ BEGIN CREATE ROLE rls_anon; CREATE ROLE rls_user; CREATE ROLE rls_service; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         GRANT rls_anon, rls_user, rls_service TO \"{owner}\"; GRANT USAGE ON SCHEMA public TO rls_anon, rls_user, rls_service;"
    ))?;
    project.database.run(&format!(
        "CREATE TABLE notes (id int PRIMARY KEY, user_id uuid NOT NULL, body text, size int GENERATED ALWAYS AS (length(body)) STORED);
         CREATE TABLE reports (id int PRIMARY KEY, user_id uuid NOT NULL);
         INSERT INTO notes VALUES (1, '{A}', 'a'), (2, '{B}', 'b'), (3, '{B}', 'bb');
         INSERT INTO reports VALUES (1, '{A}'), (2, '{B}');
         ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
         CREATE FUNCTION uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
         CREATE POLICY sel ON notes FOR SELECT TO rls_user USING (user_id = uid());
         CREATE POLICY ins ON notes FOR INSERT TO rls_user WITH CHECK (user_id = uid());
         CREATE POLICY upd ON notes FOR UPDATE TO rls_user USING (user_id = uid()) WITH CHECK (user_id = uid());
         CREATE POLICY del ON notes FOR DELETE TO rls_user USING (user_id = uid());
         CREATE POLICY svc ON notes TO rls_service USING (true) WITH CHECK (true);
         CREATE POLICY rsel ON reports FOR SELECT TO rls_user USING (user_id = uid());
         CREATE POLICY rsvc ON reports FOR SELECT TO rls_service USING (true);
         CREATE VIEW own_notes WITH (security_invoker = true) AS SELECT * FROM notes;
         CREATE FUNCTION my_notes() RETURNS SETOF notes LANGUAGE sql STABLE AS 'SELECT * FROM notes';
         REVOKE ALL ON FUNCTION my_notes() FROM PUBLIC; GRANT EXECUTE ON FUNCTION my_notes() TO rls_user;
         GRANT ALL ON notes, reports, own_notes TO rls_user, rls_service;"
    ))?;
    Ok(project)
}

const BACK: [&str; 3] = ["rollback", "--yes", "production"];

#[tokio::test]
async fn every_planted_fault_is_found_and_a_good_schema_passes() -> Result<()> {
    let project = project("rls_faults").await?;
    let before = project.database.sorted_copy("notes")?;
    project.run(&BACK, 0)?;
    for (fault, said, mend) in [
        (
            "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
            "row-level security is off",
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
        ),
        (
            "ALTER POLICY sel ON notes USING (true)",
            "sees 2 rows not his own",
            "ALTER POLICY sel ON notes USING (user_id = uid())",
        ),
        (
            "ALTER POLICY ins ON notes WITH CHECK (true)",
            "can add rows for others",
            "ALTER POLICY ins ON notes WITH CHECK (user_id = uid())",
        ),
        (
            "ALTER POLICY upd ON notes WITH CHECK (true)",
            "can give his rows to others",
            "ALTER POLICY upd ON notes WITH CHECK (user_id = uid())",
        ),
        (
            "ALTER POLICY upd ON notes USING (true)",
            "can change rows of others",
            "ALTER POLICY upd ON notes USING (user_id = uid())",
        ),
        (
            "ALTER POLICY del ON notes USING (true)",
            "can delete rows of others",
            "ALTER POLICY del ON notes USING (user_id = uid())",
        ),
        (
            "CREATE POLICY everybody ON notes FOR SELECT USING (user_id = uid())",
            "policy everybody is for PUBLIC",
            "DROP POLICY everybody ON notes",
        ),
        (
            "GRANT SELECT ON notes TO rls_anon; CREATE POLICY open ON notes FOR SELECT TO rls_anon USING (true)",
            "anon sees 3 rows",
            "DROP POLICY open ON notes; REVOKE SELECT ON notes FROM rls_anon",
        ),
        (
            "GRANT DELETE ON notes TO rls_anon; CREATE POLICY open ON notes FOR DELETE TO rls_anon USING (true)",
            "anon can delete rows",
            "DROP POLICY open ON notes; REVOKE DELETE ON notes FROM rls_anon",
        ),
        (
            "ALTER VIEW own_notes SET (security_invoker = false)",
            "public.own_notes: the first user sees 2 rows",
            "ALTER VIEW own_notes SET (security_invoker = true)",
        ),
        (
            "ALTER FUNCTION my_notes() SECURITY DEFINER",
            "public.my_notes(): the first user sees 2 rows",
            "ALTER FUNCTION my_notes() SECURITY INVOKER",
        ),
        (
            "CREATE POLICY again ON notes FOR SELECT TO rls_user USING (EXISTS (SELECT FROM notes n WHERE n.user_id = uid()))",
            "refers to itself without end",
            "DROP POLICY again ON notes",
        ),
        (
            "DROP POLICY del ON notes",
            "a user cannot delete his own rows",
            "CREATE POLICY del ON notes FOR DELETE TO rls_user USING (user_id = uid())",
        ),
        (
            "DROP POLICY sel ON notes",
            "does not see his own rows",
            "CREATE POLICY sel ON notes FOR SELECT TO rls_user USING (user_id = uid())",
        ),
        (
            "CREATE POLICY rdel ON reports FOR DELETE TO rls_user USING (user_id = uid())",
            "can delete his own rows, and may not by the plan",
            "DROP POLICY rdel ON reports",
        ),
        (
            "ALTER POLICY svc ON notes USING (id > 1)",
            "the service sees 2 of 3 rows",
            "ALTER POLICY svc ON notes USING (true)",
        ),
    ] {
        project.database.run(fault)?;
        let run = project.command(&BACK)?.run()?.expect_code(4);
        assert!(run.stdout.contains(said) || run.stderr.contains(said), "{fault}: {said}: {}", run.transcript());
        project.run(&["run", "abort", "latest", "--because", "seen"], 0)?;
        project.database.run(mend)?;
    }
    project.run(&BACK, 0)?;
    assert_eq!(before, project.database.sorted_copy("notes")?, "asking changed rows");
    Ok(())
}

#[tokio::test]
async fn what_would_prove_nothing_is_an_error() -> Result<()> {
    let project = project("rls_nothing").await?;
    let owner = project.database.owner().to_owned();
    for (what, said, mend) in [
        (
            "ALTER TABLE notes FORCE ROW LEVEL SECURITY".to_owned(),
            "apply to the role of Backout",
            "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY",
        ),
        (format!("DELETE FROM notes WHERE user_id = '{A}'"), "has no row in public.notes", ""),
    ] {
        project.database.run(&what)?;
        let run = project.command(&BACK)?.run()?.expect_code(4);
        assert!(run.stdout.contains(said) || run.stderr.contains(said), "{what}: {said}: {}", run.transcript());
        project.run(&["run", "abort", "latest", "--because", "seen"], 0)?;
        project.database.run(mend)?;
    }
    let plan = project.read("backout.toml")?;
    for (role, said) in [
        ("postgres", "policies do not apply to"),
        (owner.as_str(), "owns public.notes"),
        ("nobody_here", "there is no role"),
    ] {
        let role = if role == "postgres" { project.database.server().sandbox().superuser() } else { role };
        project.write("backout.toml", &plan.replace("user = \"rls_user\"", &format!("user = \"{role}\"")))?;
        let run = project.command(&BACK)?.run()?.expect_code(4);
        assert!(run.stdout.contains(said) || run.stderr.contains(said), "{role}: {said}: {}", run.transcript());
        project.run(&["run", "abort", "latest", "--because", "seen"], 0)?;
    }
    Ok(())
}
