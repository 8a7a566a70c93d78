//! What the runbooks of small teams foresee, end to end: a fault, the way back that is chosen, what it escalates to, the
//! verification at its end, and rows counted by psql. PostgreSQL, Redis, the service and its OpenFeature client are real;
//! Vercel is the stand-in that the vendor's own clients drive as well. Each adds its row to the table of
//! docs/scenarios.md.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::example::{self, Platform, Service};
use crate::fake_vercel::TOKEN;
use crate::outside::Redis;
use crate::project::{PLAN, Project};
use crate::runbooks::{ALL, CORRUPT, DATA, KEPT, PLATFORM, ROLES, V1, V2, WRITES, as_owner, without_capture};

const MEETSOLIS: &str = include_str!("../../../backout-control/src/init_ways/meetsolis.toml");
const AIAS: &str = include_str!("../../../backout-control/src/init_ways/aias.toml");
/// How the template restores by default.
const IN_PLACE: &str = "with = { in_place = true, tables = [\"public.*\"] }";
const FLAGS: &str = include_str!("../../../../examples/meetsolis/flags.json");

/// Off from the beginning, as both runbooks want it. The pages of before are served.
pub const OFF: &[(&str, &str)] =
    &[("NEXT_PUBLIC_ENABLE_CLIENT_CARDS", "false"), ("NEXT_PUBLIC_ENABLE_NEW_MEETINGS", "false")];
/// The clients' page is shown, and meetings as before.
pub const CARDS: &[(&str, &str)] = &[("NEXT_PUBLIC_ENABLE_NEW_MEETINGS", "false")];

/// Who logs in, and two for whom nobody else counts requests.
pub const ONE: &str = "user_00000001";
pub const OTHER: &str = "user_00000002";
const LIMITED: &str = "user_00000003";

/// Everything belongs to the application's owner, as where no platform keeps a part.
const ALL_OURS: &str = "REASSIGN OWNED BY supabase_auth_admin, supabase_storage_admin, supabase_admin TO app_owner;
ALTER SCHEMA extensions OWNER TO app_owner; DROP EXTENSION IF EXISTS pgcrypto; DROP EXTENSION IF EXISTS \"uuid-ossp\";";

/// The demo's application in V1, its service, and what stands around both.
pub struct Scene {
    pub project: Project,
    redis: Redis,
    pub python: std::path::PathBuf,
    pub before: State,
}

/// Schema by pg_dump and rows by COPY.
pub struct State {
    pub schema: String,
    pub rows: Vec<Vec<String>>,
}

impl Scene {
    /// `None` where the machine lacks what it needs; continuous integration has it.
    pub async fn new(name: &str) -> Result<Option<Self>> {
        Self::with(name, "").await
    }

    pub async fn with(name: &str, after_platform: &str) -> Result<Option<Self>> {
        let (Some(python), Some(redis)) = (example::python(), Redis::start()?) else { return Ok(None) };
        let project = Project::new(name).await?;
        {
            let _alone = ROLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            project.database.run_as_superuser(&format!("{PLATFORM}\n{after_platform}"))?;
        }
        as_owner(&project, V1)?;
        as_owner(&project, &format!("SET demo.scale = '0.02';\n{DATA}"))?;
        project.write("flags.json", FLAGS)?;
        let mut lines = format!("DATABASE_URL={}\n", project.database.url_as("app_owner"));
        for (name, value) in [("TEST_TOKEN", ONE), ("LIMIT_TOKEN", LIMITED), ("VERCEL_TOKEN", TOKEN)] {
            lines.push_str(&format!("{name}={value}\n"));
        }
        project.write(".env", &lines)?;
        let mut scene = Self { project, redis, python, before: State { schema: String::new(), rows: Vec::new() } };
        scene.before = scene.state()?;
        Ok(Some(scene))
    }

    fn state(&self) -> Result<State> {
        let rows = ALL.iter().map(|table| self.project.database.sorted_copy(&format!("public.{table}")));
        Ok(State { schema: self.project.dump()?, rows: rows.collect::<Result<_>>()? })
    }

    /// The schema is as it was before the release, and so are the rows of everything.
    #[track_caller]
    fn is_back(&self) -> Result<()> {
        let now = self.state()?;
        assert_eq!(self.before.schema, now.schema);
        for (table, (was, is)) in ALL.iter().zip(self.before.rows.iter().zip(&now.rows)) {
            assert_eq!(was, is, "{table}");
        }
        Ok(())
    }

    /// What the service needs of the outside.
    pub fn variables(&self) -> String {
        format!(
            "DATABASE_URL={}\nREDIS_URL={}\nRATE_WINDOW_SECONDS=20\n",
            self.project.database.url_as("authenticator"),
            self.redis_url()
        )
    }

    fn redis_url(&self) -> String {
        format!("redis://:pa55%2Fw%25rd@127.0.0.1:{}", self.redis.port)
    }

    pub fn platform(&self, releases: [&'static str; 2], variables: &[(&str, &str)]) -> Result<Platform> {
        Platform::start(&self.python, &self.project.path(""), &self.variables(), releases, variables)
    }

    /// The template's ways with the addresses of this test, which watch for less long.
    pub fn plan(&self, template: &str, platform: &Platform) -> Result<()> {
        let at = format!("project = \"shop\", url = \"{}\", every_ms = 20", platform.fake.url);
        let user = |token: &str| self.project.query(&format!("SELECT id FROM users WHERE clerk_id = '{token}'"));
        let ways = template
            .replace("<fill in: https://address>", &platform.url)
            .replace("project = \"<fill in: project>\"", &at)
            // A pause is there at once.
            .replace("every_ms = 20, action = \"pause\"", "action = \"pause\"")
            .replace("every_ms = 20, action = \"unpause\"", "action = \"unpause\"")
            .replace("<fill in: id of a user>", &user(ONE)?)
            .replace("<fill in: id of another user>", &user(OTHER)?)
            .replace("watch = \"5s\"", "watch = \"200ms\"")
            .replace("for_ms = 30000", "for_ms = 300")
            .replace("for_ms = 10000", "for_ms = 300")
            .replace("\"<fill in: flag>\" = \"off\"", "client-cards = \"off\"");
        ensure!(!ways.replace("<fill in: …>", "").contains("<fill in:"), "{ways}");
        let protected = "tables = [\"public.users\", \"public.ai_usage_tracking\", \"public.usage_alerts\"]";
        let plan = PLAN.replace("tables = [\"public.users\"]", protected);
        self.project.write("backout.toml", &format!("{plan}{ways}"))
    }

    pub fn migrate(&self, text: &str) -> Result<()> {
        self.project.write("migrations/20260107000000_v2.sql", text)?;
        self.project.run(&["migrate", "--yes", "production"], 0)?;
        Ok(())
    }

    fn count(&self, sql: &str) -> Result<u64> {
        self.project.query(sql).and_then(|count| count.parse().with_context(|| sql.to_owned()))
    }

    /// Where an undo has put a table that the release made.
    pub fn aside(&self, table: &str) -> Result<String> {
        self.project.query(&format!(
            "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relname ~ '^[0-9]+ {table}$'
             AND relnamespace = 'backout_undone_1'::regnamespace"
        ))
    }

    /// Goes back because of a symptom, and says how long that took.
    fn back(&self, because: &str, code: i32) -> Result<Back> {
        let preview = self.project.json(&["rollback", "--dry-run", "--because", because], 0)?;
        let began = Instant::now();
        let run = self.project.json(&["rollback", "--because", because, "--yes", "production"], code)?;
        Ok(Back { preview, run, took: began.elapsed() })
    }

    /// Agrees to what waits for somebody, and goes on.
    fn agreed(&self, back: Back) -> Result<Back> {
        let began = Instant::now();
        self.project.run(&["run", "approve", "latest"], 0)?;
        let run = self.project.json(&["run", "resume", "latest", "--yes", "production"], 0)?;
        self.project.run(&["run", "verify-journal", "latest"], 0)?;
        Ok(Back { run, took: back.took + began.elapsed(), ..back })
    }
}

/// A way back that was gone.
struct Back {
    preview: Value,
    run: Value,
    took: Duration,
}

impl Back {
    /// The ways that were gone, in their order.
    fn ways(&self) -> Vec<&Value> {
        let state = &self.run["result"]["state"];
        let last = state["way"].as_u64().unwrap_or_default() as usize;
        state["procedure"]["ways"].as_array().into_iter().flatten().take(last + 1).collect()
    }

    /// It began with this way, ended with that one, and everything there that had to be was verified.
    #[track_caller]
    fn went(&self, first: &str, last: &str) {
        assert_eq!(self.preview["result"]["chosen"], first, "{:#}", self.preview);
        assert_eq!(self.run["result"]["phase"], "succeeded", "{:#}", self.run);
        assert_eq!(self.ways().last().map(|way| &way["name"]), Some(&Value::from(last)), "{:#}", self.run);
        let steps = self.ways().last().and_then(|way| way["steps"].as_array()).into_iter().flatten();
        let states = self.run["result"]["state"]["steps"].as_array().into_iter().flatten();
        let verified = steps.zip(states).filter(|(step, one)| {
            matches!(step["kind"].as_str(), Some("verify" | "wait")) && one["status"]["status"] == "done"
        });
        assert!(verified.count() > 0, "nothing was verified: {:#}", self.run);
    }

    /// What the costs of a way say under this key.
    fn costs(&self, way: &str, key: &str) -> Vec<String> {
        let ways = self.preview["result"]["ways"].as_array().into_iter().flatten();
        let steps = ways.filter(|one| one["name"] == way).flat_map(|one| one["steps"].as_array().into_iter().flatten());
        let lines = steps.flat_map(|step| step["cost"][key].as_array().into_iter().flatten());
        lines.filter_map(|line| line.as_str().map(str::to_owned)).collect()
    }

    fn tell(&self, scenario: &str, fault: &str, lost: &str) -> Result<()> {
        let names: Vec<&str> = self.ways().iter().filter_map(|way| way["name"].as_str()).collect();
        let budget: u64 = self.ways().iter().filter_map(|way| way["budget"].as_u64()).sum();
        tell(scenario, fault, &names.join(" → "), self.took, &format!("{} min", budget / 60_000), lost)
    }
}

/// A row of the table, at the end of the file that `BACKOUT_TEST_TABLE` names.
fn tell(scenario: &str, fault: &str, ways: &str, took: Duration, budget: &str, lost: &str) -> Result<()> {
    let Some(file) = std::env::var_os("BACKOUT_TEST_TABLE") else { return Ok(()) };
    let row = format!("| {scenario} | {fault} | {ways} | {:.1} s | {budget} | {lost} |\n", took.as_secs_f64());
    Ok(std::fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(row.as_bytes())?)
}

fn has(lines: &[String], part: &str) -> bool {
    lines.iter().any(|line| line.contains(part))
}

/// 000, A: the migration fails on the way. Nothing needs to be done, and that is verified.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_leaves_everything_as_it_was() -> Result<()> {
    let Some(scene) = Scene::new("scene_fails").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    scene.plan(MEETSOLIS, &platform)?;
    scene.project.run(&["verify"], 0)?;
    let fails = V2.replace("-- 6. Indexes", "CREATE TABLE clients (id uuid);\n-- 6. Indexes");
    scene.project.write("migrations/20260107000000_v2.sql", &fails)?;
    let began = Instant::now();
    let run = scene.project.run(&["migrate", "--yes", "production"], 1)?;
    ensure!(run.stderr.contains("relation \"clients\" already exists"), "{}", run.transcript());
    let took = began.elapsed();
    scene.is_back()?;
    // Another one who is limited: the verification before has used up the first one's requests.
    let lines = scene.project.read(".env")?.replace(LIMITED, "user_00000004");
    scene.project.write(".env", &lines)?;
    let verified = scene.project.json(&["verify"], 0)?;
    ensure!(verified["result"]["checks"].as_array().is_some_and(|checks| checks.len() == 7), "{verified:#}");
    tell("000 A: migration fails", "`relation \"clients\" already exists`", "none needed", took, "at once", "0")?;
    Ok(())
}

/// 000, B: the release drops what a page needs. Flags do not help, so the undo follows; V2's rows stay where it says.
#[tokio::test(flavor = "multi_thread")]
async fn flags_are_not_enough_for_a_page_that_lost_its_table() -> Result<()> {
    let Some(scene) = Scene::new("scene_breaks").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], CARDS)?;
    scene.plan(MEETSOLIS, &platform)?;
    scene.migrate(V2)?;
    as_owner(&scene.project, WRITES)?;
    ensure!(platform.post("/api/clients", ONE, "{\"name\": \"Ada\"}")?.0 == 200, "the new page works");
    ensure!(platform.get("/api/meetings", OTHER)?.0 == 500, "the fault is not there");
    let made = ["clients", "meetings", "action_items", "embeddings"];
    let counts: Vec<u64> =
        made.iter().map(|table| scene.count(&format!("SELECT count(*) FROM {table}"))).collect::<Result<_>>()?;
    ensure!(counts == [51, 200, 300, 100], "{counts:?}");
    let kept =
        |columns: &str, table: &str| scene.project.database.sorted_copy(&format!("(SELECT {columns} FROM {table}) t"));
    let usage = "id, user_id, feature, tokens_used, cost_usd, created_at";
    let (users, uses) = (kept("id, clerk_id, email, name, plan", "users")?, kept(usage, "ai_usage_tracking")?);
    let back = scene.back("errors", 0)?;
    back.went("A", "U");
    // The report counts every row that goes out of use, and they are where it says.
    let (lost, aside) = (back.costs("U", "lost"), back.costs("U", "kept"));
    ensure!(lost.is_empty(), "{lost:?}");
    for (table, count) in made.iter().zip(&counts) {
        ensure!(has(&aside, &format!("public.{table} ({count} rows)")), "{table} {count}: {aside:?}");
        let there = scene.count(&format!("SELECT count(*) FROM {}", scene.aside(table)?))?;
        ensure!(there == *count, "{table}: {there}");
    }
    // All that was written to the tables that stay is there.
    assert_eq!(users, kept("id, clerk_id, email, name, plan", "users")?);
    assert_eq!(uses, kept(usage, "ai_usage_tracking")?);
    assert_eq!(scene.before.schema, scene.project.dump()?);
    for (place, table) in ALL.iter().enumerate().filter(|(_, table)| !KEPT.contains(table)) {
        assert_eq!(scene.before.rows[place], scene.project.database.sorted_copy(table)?, "{table}");
    }
    ensure!(platform.get("/api/meetings", OTHER)?.0 == 200, "the page of before");
    ensure!(platform.get("/api/clients", OTHER)?.0 == 503, "the feature is off");
    back.tell("000 B: app breaks", "500 from a page whose table is gone", "0 (651 set aside, counted)")?;
    Ok(())
}

/// 000, C: nobody notices that a table has no row-level security. Counted, kept, undone; and back after the fix.
#[tokio::test(flavor = "multi_thread")]
async fn exposed_rows_are_counted_kept_taken_back_and_come_again() -> Result<()> {
    let Some(scene) = Scene::new("scene_exposed").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], &[])?;
    scene.plan(MEETSOLIS, &platform)?;
    let exposed = V2
        .replace("ALTER TABLE clients      ENABLE ROW LEVEL SECURITY;\n", "")
        .replace("tablename = wanted AND rowsecurity", "tablename = wanted");
    scene.migrate(&exposed)?;
    as_owner(&scene.project, WRITES)?;
    ensure!(platform.post("/api/clients", ONE, "{\"name\": \"Ada\"}")?.0 == 200, "the new page works");
    // One sees what the other has.
    let own = scene.project.query(&format!("SELECT id FROM users WHERE clerk_id = '{OTHER}'"))?;
    let others = |(status, rows): (u16, Value)| -> Result<usize> {
        ensure!(status == 200, "{status}: {rows}");
        Ok(rows.as_array().into_iter().flatten().filter(|row| row["user_id"] != own.as_str()).count())
    };
    ensure!(others(platform.get("/api/clients", OTHER)?)? == 51, "nothing is exposed");
    // A trigger of the application notes each change of a client, but not those that an import makes.
    let rows = || ["clients", "meetings"].map(|table| scene.project.database.sorted_copy(table).unwrap_or_default());
    let before = rows();
    ensure!(before[0].len() == 51 && before[1].len() == 200);
    let back = scene.back("data-exposure", 4)?;
    ensure!(back.run["result"]["waits"].as_str().is_some_and(|said| said.contains("undo in place")), "{:#}", back.run);
    // While somebody thinks about it, nobody sees anything.
    ensure!(platform.get("/api/clients", OTHER)?.0 == 503, "it is still served");
    let back = scene.agreed(back)?;
    back.went("C", "C");
    assert_eq!(scene.before.schema, scene.project.dump()?);
    ensure!(platform.get("/api/clients", OTHER)?.0 == 503, "the feature is off");
    ensure!(platform.get("/api/meetings", OTHER)?.0 == 200, "the page of before");
    // Counts as psql has them, and no row, in the journal.
    let journal = scene.project.run(&["run", "export", "latest"], 0)?.stdout;
    ensure!(journal.contains("\\\"exposed_rows\\\":51"), "{journal}");
    ensure!(!journal.contains("Ada") && !journal.contains(&own), "rows are in the journal");
    let owners = scene.count(&format!("SELECT count(DISTINCT user_id) FROM {}", scene.aside("clients")?))?;
    ensure!(scene.project.read("affected-users.txt")?.lines().count() as u64 == owners, "{owners}");
    ensure!(scene.project.read("incident.log")?.contains("data exposure"), "nobody was told");
    let evidence = scene.project.json(&["evidence", "list"], 0)?;
    let id = evidence["result"]["evidence"][0]["id"].as_str().context("evidence")?.to_owned();
    scene.project.run(&["evidence", "verify", &id], 0)?;
    // Not again before people have done what they must; then the fix, and the rows.
    scene.project.write("migrations/20260107000000_v2.sql", V2)?;
    let early = scene.project.command(&["migrate", "--leave-aside"])?.run()?.expect_code(3);
    ensure!(early.stderr.contains("the cause is found"), "{}", early.transcript());
    scene.project.run(&["migrate", "--leave-aside", "--retry-because", "the policy is there"], 0)?;
    scene.project.run(&["evidence", "import", &id, "--yes", "production"], 0)?;
    assert_eq!(before, rows());
    let preview = platform.preview("v2")?;
    let seen = |token: &str| example::ask("GET", &format!("{}/api/clients", preview.url), token, "");
    ensure!(others(seen(OTHER)?)? == 0, "it is exposed again");
    ensure!(seen(ONE)?.1.as_array().is_some_and(|rows| rows.len() == 1), "one's own client is not there");
    back.tell(
        "000 C, 001 C: data exposed",
        "`clients` without row-level security",
        "0 (51 + 200 rows exported, imported after the fix)",
    )?;
    Ok(())
}

/// 001, A: errors in what is new alone.
#[tokio::test(flavor = "multi_thread")]
async fn flags_are_enough_for_what_is_new() -> Result<()> {
    let Some(scene) = Scene::new("scene_flags").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], CARDS)?;
    scene.plan(MEETSOLIS, &platform)?;
    // The page asks for a name that the release does not make.
    scene.migrate(
        "CREATE TABLE clients (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES users, full_name text);
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
CREATE POLICY clients_all_own ON clients TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());\n",
    )?;
    scene.project.database.run_as_superuser("INSERT INTO clients (user_id) SELECT id FROM users")?;
    let (rows, schema) = (scene.project.database.sorted_copy("clients")?, scene.project.dump()?);
    let (status, body) = platform.get("/api/clients", ONE)?;
    ensure!(status == 500, "the fault is not there: {status} {body}");
    let back = scene.back("5xx", 0)?;
    back.went("A", "A");
    ensure!(platform.get("/api/clients", ONE)?.0 == 503, "the feature is off");
    ensure!(platform.get("/api/meetings", ONE)?.0 == 200 && platform.get("/api/auth/user", ONE)?.0 == 200);
    assert_eq!((rows, schema), (scene.project.database.sorted_copy("clients")?, scene.project.dump()?));
    back.tell("001 A: high error rate", "500 from the new page alone", "0")?;
    Ok(())
}

/// 001, B: a table is dropped by hand, while changes are captured.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_brings_a_table_back_and_loses_nothing_since() -> Result<()> {
    let Some(scene) = Scene::with("scene_restore", ALL_OURS).await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    // The role here may create databases, so it is the variant that the template names beside its own.
    scene.plan(&MEETSOLIS.replace(IN_PLACE, "with = { replay = true }"), &platform)?;
    scene.project.run(&["capture", "on", "--yes", "production"], 0)?;
    scene.project.run(&["backup", "take", "--prove"], 0)?;
    let schema = scene.project.dump()?;
    for _ in 0..3 {
        ensure!(platform.post("/api/usage", ONE, "")?.0 == 200, "a use is noted");
    }
    as_owner(&scene.project, "UPDATE users SET name = 'Changed' WHERE clerk_id = 'user_00000005';")?;
    let kept = |table: &str| scene.project.database.sorted_copy(table);
    let since = (kept("users")?, kept("ai_usage_tracking")?);
    as_owner(&scene.project, "DROP TABLE usage_alerts;")?;
    let back = scene.back("data-loss", 0)?;
    back.went("B", "B");
    let lost = back.costs("B", "lost");
    ensure!(lost.is_empty(), "{lost:?}");
    assert_eq!(without_capture(&schema), without_capture(&scene.project.dump()?));
    assert_eq!(since, (kept("users")?, kept("ai_usage_tracking")?));
    assert_eq!(scene.before.rows[2], kept("usage_alerts")?);
    back.tell(
        "001 B: database errors",
        "`DROP TABLE usage_alerts` by hand",
        "0 (4 changes since the backup replayed)",
    )?;
    Ok(())
}

/// B as the template has it: a role that may create no database, and rows that are gone after the release.
#[tokio::test(flavor = "multi_thread")]
async fn rows_come_back_in_place_after_the_release_is_undone() -> Result<()> {
    let Some(scene) = Scene::new("scene_in_place").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    scene.plan(MEETSOLIS, &platform)?;
    scene.project.run(&["backup", "take", "--prove", "--yes", "production"], 0)?;
    scene.migrate(V2)?;
    as_owner(&scene.project, "DELETE FROM usage_alerts; UPDATE users SET name = 'Damaged';")?;
    let back = scene.back("data-loss", 0)?;
    back.went("B", "B");
    scene.is_back()?;
    back.tell(
        "001 B, in place",
        "`DELETE FROM usage_alerts`, `UPDATE users` after the release, by a role that may create no database",
        "0 (damaged rows are set aside)",
    )
}

/// 000, B, step 2, and 001, B after the release: neither flags nor the undo nor a replay help, so the backup of before
/// comes back as it is, and what that loses was counted and agreed to.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_backup_of_before_loses_is_counted_and_agreed_to() -> Result<()> {
    let Some(scene) = Scene::with("scene_before", ALL_OURS).await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    scene.plan(MEETSOLIS, &platform)?;
    scene.project.run(&["backup", "take", "--prove"], 0)?;
    scene.migrate(V2)?;
    as_owner(&scene.project, WRITES)?;
    as_owner(&scene.project, "DROP TABLE ai_usage_tracking CASCADE;")?;
    ensure!(platform.get("/api/usage", ONE)?.0 == 500, "the fault is not there");
    let back = scene.back("database-errors", 4)?;
    let lost = back.costs("R", "lost");
    for (table, count) in [("users", 60), ("usage_alerts", 10)] {
        ensure!(has(&lost, &format!("public.{table}: {count} rows")), "{table} {count}: {lost:?}");
    }
    // Nothing is left that could be counted of a table that somebody dropped, and that is said.
    let unlike = back.costs("R", "unlike");
    let uncounted = "public.ai_usage_tracking is not there now";
    ensure!(unlike.iter().any(|line| line.contains(uncounted) && line.contains("in no count")), "{unlike:?}");
    let back = scene.agreed(back)?;
    back.went("U", "R");
    scene.is_back()?;
    let name = scene.project.database.name();
    let kept =
        scene.project.query(&format!("SELECT datname FROM pg_database WHERE datname LIKE '{name}\\_replaced%'"))?;
    let mut psql = scene.project.database.tool("psql", "app_owner")?;
    psql.env("PGDATABASE", &kept).args(["-XAtc", "SELECT count(*) FROM users WHERE clerk_id LIKE 'user\\_v2%'"]);
    let newcomers = psql.stdin(std::process::Stdio::null()).output()?.stdout;
    ensure!(String::from_utf8(newcomers)?.trim() == "20", "what was replaced is not kept");
    ensure!(platform.get("/api/usage", ONE)?.0 == 200 && platform.get("/api/meetings", OTHER)?.0 == 200);
    back.tell(
        "000 B, step 2: restore",
        "`DROP TABLE ai_usage_tracking` after the release",
        "70 (60 users, 10 alerts: new or changed since), counted and agreed to; kept in the replaced database",
    )?;
    Ok(())
}

/// 001, staging rehearsal: rows corrupted by hand are taken back, and no others.
#[tokio::test(flavor = "multi_thread")]
async fn corrupted_rows_are_taken_back_alone() -> Result<()> {
    let Some(scene) = Scene::new("scene_corrupt").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    scene.plan(MEETSOLIS, &platform)?;
    as_owner(&scene.project, "ALTER TABLE users ALTER clerk_id DROP NOT NULL;")?;
    scene.migrate(V2)?;
    scene.project.run(&["capture", "on", "--depth", "images", "--yes", "production"], 0)?;
    let ids = "(SELECT id, clerk_id, name FROM users) t";
    let users = scene.project.database.sorted_copy(ids)?;
    as_owner(&scene.project, CORRUPT)?;
    as_owner(&scene.project, "UPDATE users SET name = 'Since' WHERE clerk_id = 'user_00000030';")?;
    let corrupted = "SELECT count(*) FROM users WHERE clerk_id IS NULL";
    ensure!(scene.count(corrupted)? == 5);
    let was_there = |line: &String| {
        line.split('\t')
            .nth(1)
            .is_some_and(|token| platform.get("/api/auth/user", token).is_ok_and(|(status, _)| status == 401))
    };
    ensure!(users.iter().filter(|line| was_there(line)).count() == 5, "five cannot log in");
    let log = scene.project.json(&["rows", "log", "--table", "users"], 0)?;
    let transactions = log["result"]["transactions"].as_array().context("transactions")?;
    let culprit = transactions.iter().map(|one| &one["transaction"]).find(|one| one["updated"] == 5);
    let xid = culprit.context("the transaction is not listed")?["xid"].to_string();
    let began = Instant::now();
    scene.project.run(&["rows", "undo", "--table", "users", "--txid", &xid, "--yes", "production"], 0)?;
    let took = began.elapsed();
    ensure!(scene.count(corrupted)? == 0);
    ensure!(!users.iter().any(was_there), "somebody cannot log in");
    let now = scene.project.database.sorted_copy(ids)?;
    let differ: Vec<&String> = now.iter().filter(|line| !users.contains(line)).collect();
    ensure!(differ.len() == 1 && differ[0].contains("Since"), "{differ:?}");
    tell(
        "001 rehearsal: corrupted rows",
        "`SET clerk_id = NULL` for 5 users",
        "rows undo",
        took,
        "10 min",
        "0 (5 rows back, 1 later change kept)",
    )?;
    Ok(())
}

/// 004: code, environment and flags, and the scenarios of a broken endpoint and of performance. No database is changed.
#[tokio::test(flavor = "multi_thread")]
async fn code_variables_and_flags_go_back() -> Result<()> {
    let Some(scene) = Scene::new("scene_aias").await? else { return Ok(()) };
    // A broken endpoint: the deployment before is promoted.
    let platform = scene.platform(["v2", "v2-broken"], OFF)?;
    scene.plan(AIAS, &platform)?;
    scene.project.write("migrations/1_empty.sql", "SELECT 1;\n")?;
    ensure!(platform.get("/api/auth/user", ONE)?.0 == 500, "the fault is not there");
    let back = scene.back("broken-api", 0)?;
    back.went("code", "code");
    ensure!(platform.get("/api/auth/user", ONE)?.0 == 200 && platform.fake.stands().0 == "dpl_2");
    back.tell("004 code, scenario 1: broken endpoint", "500 from `/api/auth/user`", "0")?;

    // Performance: the page of the new deployment is slow.
    let platform = scene.platform(["v2", "v2-slow"], OFF)?;
    scene.plan(AIAS, &platform)?;
    platform.get("/api/health", "")?;
    let slow = times(&platform)?;
    let back = scene.back("slow", 0)?;
    back.went("code", "code");
    let fast = times(&platform)?;
    ensure!(slow > fast * 4, "{slow:?} and {fast:?}");
    back.tell(
        "004 scenario 3: performance",
        &format!("a page takes {} ms, afterwards {}", slow.as_millis(), fast.as_millis()),
        "0",
    )?;

    // A variable that is wrong: Redis is elsewhere.
    let platform = scene.platform(["v2", "v2"], &[("REDIS_URL", "redis://127.0.0.1:1")])?;
    scene.plan(&AIAS.replace("LOG_LEVEL = \"info\"", "REDIS_URL = \"env:GOOD_REDIS\""), &platform)?;
    let lines = scene.project.read(".env")?;
    scene.project.write(".env", &format!("{lines}GOOD_REDIS={}\n", scene.redis_url()))?;
    ensure!(platform.get("/api/meetings", ONE)?.0 == 500, "the fault is not there");
    let back = scene.back("configuration", 0)?;
    back.went("environment", "environment");
    ensure!(platform.get("/api/meetings", ONE)?.0 == 200);
    back.tell("004 environment", "`REDIS_URL` is wrong", "0")?;

    // A feature that fails: the flag that the service reads by OpenFeature.
    let platform = scene.platform(["v2", "v2"], &[])?;
    scene.plan(AIAS, &platform)?;
    ensure!(platform.get("/api/clients", ONE)?.0 == 500, "the fault is not there");
    let back = scene.back("feature-broken", 0)?;
    back.went("flags", "flags");
    let (status, body) = platform.get("/api/clients", ONE)?;
    ensure!(status == 503 && body["error"] == "Feature not enabled", "{status}: {body}");
    back.tell("004 flag", "500 from a feature", "0")?;
    scene.is_back()
}

/// How long the page takes, the fastest of three.
fn times(platform: &Platform) -> Result<Duration> {
    let one = || -> Result<Duration> {
        let began = Instant::now();
        ensure!(platform.get("/api/usage", ONE)?.0 == 200);
        Ok(began.elapsed())
    };
    let all: Vec<Duration> = (0..3).map(|_| one()).collect::<Result<_>>()?;
    all.into_iter().min().context("three")
}

/// 004, database: a migration that fails is mended and applied; one that writes wrong data is undone, rows included.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_mended_and_wrong_data_is_undone() -> Result<()> {
    let Some(scene) = Scene::new("scene_database").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    scene.plan(AIAS, &platform)?;
    let wrong = "ALTER TABLE users ADD COLUMN locale text;\nUPDATE users SET locale = nam;\n";
    scene.project.write("migrations/1_locale.sql", wrong)?;
    let began = Instant::now();
    let failed = scene.project.run(&["migrate", "--yes", "production"], 1)?;
    ensure!(failed.stderr.contains("1_locale.sql:2"), "{}", failed.transcript());
    scene.is_back()?;
    scene.project.write("migrations/1_locale.sql", &wrong.replace("nam;", "'en';"))?;
    scene.project.run(&["migrate", "--yes", "production"], 0)?;
    scene.project.run(&["verify"], 0)?;
    ensure!(scene.count("SELECT count(*) FROM users WHERE locale = 'en'")? == 40);
    tell(
        "004 scenario 2: migration fails",
        "a column that is not there",
        "mended, applied",
        began.elapsed(),
        "60 min",
        "0",
    )?;
    let good = scene.state()?;
    // All names are overwritten, and the service goes on meanwhile.
    scene.project.write("migrations/2_names.sql", "UPDATE users SET name = 'Somebody', plan = 'free';\n")?;
    scene.project.run(&["migrate", "--yes", "production"], 0)?;
    ensure!(platform.post("/api/usage", ONE, "")?.0 == 200);
    ensure!(platform.get("/api/auth/user", ONE)?.1["name"] == "Somebody", "the fault is not there");
    let back = scene.back("wrong-data", 0)?;
    back.went("database", "database");
    assert_eq!(good.schema, scene.project.dump()?);
    assert_eq!(good.rows[0], scene.project.database.sorted_copy("users")?, "users");
    let uses = scene.project.database.sorted_copy("ai_usage_tracking")?;
    ensure!(uses.len() == good.rows[1].len() + 1 && good.rows[1].iter().all(|row| uses.contains(row)), "{uses:?}");
    ensure!(platform.get("/api/auth/user", ONE)?.1["name"] != "Somebody");
    back.tell("004 database: data corruption", "a migration overwrites 40 users", "0 (1 row written since kept)")?;
    Ok(())
}

/// The example as its README has it: a release by a link, variables by a file, flags; and back by its own plan.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_goes_back_by_its_own_plan() -> Result<()> {
    let Some(scene) = Scene::new("scene_example").await? else { return Ok(()) };
    let project = &scene.project;
    let plan = std::fs::read_to_string(example::folder().join("backout.toml"))?;
    std::os::unix::fs::symlink(example::folder().join("releases"), project.path("releases"))?;
    let point = |release: &str| -> Result<()> {
        std::fs::remove_file(project.path("current")).ok();
        Ok(std::os::unix::fs::symlink(format!("releases/{release}"), project.path("current"))?)
    };
    point("v2-broken")?;
    project.write("app.env", &scene.variables())?;
    let at = |name: &str| project.path(name);
    let service = Service::start(&scene.python, &at("current"), &at("app.env"), at("flags.json"))?;
    project.write("service.pid", &service.id().to_string())?;
    project.write("backout.toml", &plan.replace("http://127.0.0.1:8000", &service.url))?;
    project.write("migrations/1_empty.sql", "SELECT 1;\n")?;
    let get = |path: &str| example::ask("GET", &format!("{}{path}", service.url), ONE, "");
    ensure!(get("/api/auth/user")?.0 == 500, "the endpoint is not broken");
    let back = scene.back("broken-api", 0)?;
    back.went("code", "code");
    ensure!(get("/api/auth/user")?.0 == 200);
    let lines = project.read("app.env")?;
    project.write("app.env", &lines.replace("RATE_WINDOW_SECONDS=20", "RATE_WINDOW_SECONDS=soon"))?;
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(i32::try_from(service.id())?).context("a process")?,
        rustix::process::Signal::HUP,
    )?;
    let began = Instant::now();
    while get("/api/meetings")?.0 != 500 {
        ensure!(began.elapsed() < Duration::from_secs(10), "the variable is not wrong: {:?}", get("/api/meetings")?);
    }
    scene.back("configuration", 0)?.went("environment", "environment");
    ensure!(get("/api/meetings")?.0 == 200);
    ensure!(get("/api/clients")?.0 == 500, "the feature works");
    scene.back("feature-broken", 0)?.went("flags", "flags");
    ensure!(get("/api/clients")?.0 == 503);
    Ok(())
}
