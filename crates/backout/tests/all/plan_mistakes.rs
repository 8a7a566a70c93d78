//! What is wrong with a plan is refused before a run is opened, at its line and with what was probably meant; what nobody
//! can tell beforehand is said and refused by nobody.

use anyhow::{Context, Result, ensure};
use backout_testkit::Run;

use crate::impact;
use crate::project::{PLAN, Project};
use crate::rollback::{FLAGS, story};

const BACK: [&str; 3] = ["rollback", "--yes", "production"];

async fn project(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", PLAN)?;
    project.write("flags.json", FLAGS)?;
    project
        .write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, at timestamptz DEFAULT now());\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// The first line of the plan that has this text, as messages name it.
fn place(project: &Project, text: &str) -> Result<String> {
    let plan = project.read("backout.toml")?;
    let line = plan.lines().position(|line| line.contains(text)).with_context(|| format!("{text} in {plan}"))?;
    Ok(format!("backout.toml:{}:", line + 1))
}

fn has_no_run(project: &Project) -> Result<()> {
    let listed = project.json(&["runs"], 0)?;
    ensure!(listed["result"]["runs"].as_array().is_some_and(Vec::is_empty), "{listed:#}");
    Ok(())
}

#[track_caller]
fn says(run: &Run, parts: &[&str]) {
    let told = format!("{}{}", run.stdout, run.stderr);
    for part in parts {
        assert!(told.contains(part), "{part} is missing\n{}", run.transcript());
    }
}

/// What cannot be read at all: kind, keys, the line that has the mistake, and what is said of it.
const UNREADABLE: &[(&str, &str, &str, &[&str])] = &[
    ("flgs", "file = \"flags.json\"", "do = \"flgs\"", &["no kind of step \"flgs\"", "did you mean \"flags\"?"]),
    (
        "flags",
        "set = { v2 = \"off\" }\nfiel = \"flags.json\"",
        "fiel",
        &["unknown field `fiel`", "did you mean \"file\"?"],
    ),
    ("flags", "file = \"flags.json\"\nset = { v2 = 3 }", "v2 = 3", &["invalid type"]),
    (
        "verify",
        "[[way.step.with.checks]]\nname = \"x\"\nthat = { tablez = [\"users\"] }",
        "tablez",
        &["no check \"tablez\"", "did you mean \"tables\"?"],
    ),
    (
        "verify",
        "[[way.step.with.checks]]\nname = \"x\"\nthat.http.url = \"http://h\"\nthat.http.expect = [200]",
        "expect = ",
        &["unknown field `expect`"],
    ),
    (
        "wait",
        "for_ms = 10\nuntil.recent-rows = { table = \"users\", colum = \"at\", within = \"1m\" }",
        "colum",
        &["unknown field `colum`", "did you mean \"column\"?"],
    ),
    ("vercel-env", "project = \"p\"\nsett = { A = \"1\" }", "sett", &["unknown field `sett`", "did you mean \"set\"?"]),
    ("restore", "in_place = true\nreplay = true", "replay = ", &["in place nothing is replayed"]),
];

/// What can be read and can never succeed.
const MISTAKES: &[(&str, &str, &str, &[&str])] = &[
    (
        "flags",
        "file = \"flag.json\"\nset = { v2 = \"off\" }",
        "flag.json",
        &["cannot be read", "did you mean \"flags.json\"?"],
    ),
    ("flags", "file = \"flags.json\"\nset = { v3 = \"off\" }", "v3", &["no flag \"v3\"", "did you mean \"v2\"?"]),
    (
        "flags",
        "file = \"flags.json\"\n[way.step.with.set]\nv2 = \"of\"",
        "v2 = \"of\"",
        &["no variant \"of\"", "did you mean \"off\"?"],
    ),
    ("env-file", "set = { A = \"1\" }\nfile = \"nowhere/app.env\"", "nowhere", &["the folder", "is not there"]),
    (
        "env-file",
        "file = \"app.env\"\nset = { A = \"env:NO_SUCH_NAME\" }",
        "NO_SUCH_NAME",
        &["NO_SUCH_NAME is not set"],
    ),
    (
        "command",
        "argv = [\"backout-no-such-program\"]",
        "argv",
        &["no program \"backout-no-such-program\"", "on the PATH"],
    ),
    ("command", "argv = [\"./deploy.sh\"]", "argv", &["no program \"./deploy.sh\""]),
    ("command", "argv = [\"true\"]\ndir = \"nowhere\"", "dir = \"nowhere\"", &["is not there"]),
    ("http", "method = \"POST\"\nurl = \"shop.example/hook\"", "shop.example", &["is no address"]),
    (
        "http",
        "url = \"http://127.0.0.1/\"\nheaders = { Authorization = \"env:NO_SUCH_TOKEN\" }",
        "NO_SUCH_TOKEN",
        &["NO_SUCH_TOKEN is not set"],
    ),
    ("sql", "sql = \"UPDATE users SE id = 1\"", "sql = ", &["syntax error"]),
    ("export", "tables = [\"public.userz\"]", "userz", &["names no table", "did you mean \"public.users\"?"]),
    ("restore", "backup = \"no-such-backup\"", "no-such-backup", &["no-such-backup"]),
    ("revert", "redeploy = false", "[way.step.with]", &["revert is the undo of a step"]),
    ("import", "on_conflict = \"skip\"", "[way.step.with]", &["no step before it exports"]),
    ("notify", "message = \"x\"\nwebhook = \"env:NO_SUCH_HOOK\"", "NO_SUCH_HOOK", &["NO_SUCH_HOOK is not set"]),
    ("undo", "newest = 0", "newest", &["takes no migration back"]),
    (
        "verify",
        "checks = [{ name = \"x\", that = { tables = [\"public.users\", \"public.userz\"] } }]",
        "userz",
        &["public.userz is not there", "did you mean \"public.users\"?"],
    ),
    (
        "verify",
        "checks = [{ name = \"x\", that = { sql = \"SELECT count(*) FROM users\" } }]",
        "count",
        &["it yields int8, and a boolean is needed"],
    ),
    ("verify", "checks = [{ name = \"x\", that = { sql = \"SELECT now( FROM users\" } }]", "now(", &["syntax error"]),
    ("verify", "checks = [{ name = \"x\", that = { baseline = {} } }]", "baseline", &["no baseline to compare with"]),
    ("verify", "checks = [{ name = \"x\", that = { policies = { names = \"a(\" } } }]", "a(", &["regular expression"]),
    (
        "verify",
        "checks = [{ name = \"x\", that = { extension = { name = \"plpgsq\" } } }]",
        "plpgsq",
        &["no extension", "did you mean \"plpgsql\"?"],
    ),
    ("verify", "checks = \"plan\"", "checks = \"plan\"", &["there is nothing to check"]),
    ("wait", "until = { redis = { url = \"env:NO_SUCH_REDIS\" } }", "NO_SUCH_REDIS", &["NO_SUCH_REDIS is not set"]),
    ("wait", "until = { latency = { p95 = \"1s\" } }", "latency", &["one of http and sql is needed"]),
];

fn way(kind: &str, with: &str) -> String {
    format!("{PLAN}\n[[way]]\nname = \"A\"\n[[way.step]]\nname = \"it\"\ndo = \"{kind}\"\n[way.step.with]\n{with}\n")
}

#[tokio::test]
async fn a_slip_is_refused_at_its_line_before_anything_is_opened() -> Result<()> {
    let project = project("mistakes_slips").await?;
    let mut wrong = Vec::new();
    for (cases, dry) in [(UNREADABLE, 2), (MISTAKES, 8)] {
        for (kind, with, at, parts) in cases {
            project.write("backout.toml", &way(kind, with))?;
            let at = place(&project, at)?;
            // A way that begins with a backup that is not there cannot be shown either.
            let dry = if *kind == "restore" { 2 } else { dry };
            for (line, code) in [(&["rollback", "--dry-run"][..], dry), (&BACK, 2)] {
                let run = project.command(line)?.run()?;
                let told = format!("{}{}", run.stdout, run.stderr);
                if run.code() != Some(code) || ![&[at.as_str()], *parts].concat().iter().all(|part| told.contains(part))
                {
                    wrong.push(format!("{kind} {with}: {at} {parts:?} {code}\n{}", run.transcript()));
                }
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    has_no_run(&project)
}

/// What takes a step back is looked at as well.
#[tokio::test]
async fn an_undo_that_can_never_run_is_refused() -> Result<()> {
    let project = project("mistakes_undo").await?;
    let step = "file = \"flags.json\"\nset = { v2 = \"off\" }\n[way.step.undo]\ndo = \"command\"\nwith = { argv = [\"no-such-program\"] }";
    project.write("backout.toml", &way("flags", step))?;
    let at = place(&project, "no-such-program")?;
    says(&project.run(&BACK, 2)?, &[&at, "undo: command", "no program"]);
    // One that belongs to a step that changes flags is fine.
    let step = step.replace("do = \"command\"\nwith = { argv = [\"no-such-program\"] }", "do = \"revert\"");
    project.write("backout.toml", &way("flags", &step))?;
    project.run(&BACK, 0)?;
    Ok(())
}

/// In an emergency a broken later way must not hold up the first; before a release there is time to mend it.
#[tokio::test]
async fn a_later_way_that_is_mistaken_holds_up_a_release_and_no_rollback() -> Result<()> {
    let ways = "
[[way]]
name = \"A\"
[[way.step]]
name = \"not needed\"
do = \"flags\"
on_failure = \"continue\"
with = { file = \"flags.json\", set = { v3 = \"off\" } }
[[way.step]]
name = \"off\"
do = \"flags\"
with = { file = \"flags.json\", set = { v2 = \"off\" } }
[[way]]
name = \"B\"
[[way.step]]
name = \"deploy\"
do = \"command\"
with = { argv = [\"no-such-program\"] }
";
    let project = project("mistakes_later").await?;
    project.write("backout.toml", &format!("{PLAN}{ways}"))?;
    let (first, later) = (place(&project, "v3")?, place(&project, "no-such-program")?);
    let dry = project.json(&["rollback", "--dry-run"], 8)?;
    let found = dry["result"]["mistakes"].as_array().context("mistakes")?;
    ensure!(found.len() == 2 && found.iter().all(|one| one["sure"] == true), "{dry:#}");
    assert_eq!((found[0]["dispensable"].as_bool(), found[1]["way"].as_str()), (Some(true), Some("B")), "{dry:#}");
    // From the later one by itself it is refused.
    says(&project.run(&["rollback", "--way", "B", "--yes", "production"], 2)?, &[&later, "--dry-run"]);
    let back = project.run(&BACK, 0)?;
    says(
        &back,
        &["warning", &first, "fails in that, and the way goes on", &later, "way B fails where it comes to that"],
    );
    ensure!(project.read("flags.json")?.contains("\"defaultVariant\": \"off\""), "the flag is on");
    project.write("migrations/2_more.sql", "CREATE TABLE more (id int PRIMARY KEY);\n")?;
    let refused = project.run(&["release", "--yes", "production"], 2)?;
    says(&refused, &[&first, &later]);
    project.run(&["release", "--dry-run"], 8)?;
    assert_eq!(project.query("SELECT to_regclass('public.more') IS NULL")?, "t");
    // The steps of the release itself too.
    let step = "[[release.step]]\nname = \"r\"\ndo = \"wait\"\nwith = { until = { sql = \"SELECT 1 +\" } }\n";
    project.write("backout.toml", &format!("{PLAN}{step}"))?;
    says(&project.run(&["release", "--yes", "production"], 2)?, &[&place(&project, "SELECT 1 +")?, "syntax error"]);
    project.write("backout.toml", PLAN)?;
    project.run(&["release", "--yes", "production"], 0)?;
    Ok(())
}

/// A target that takes connections and never answers: the flags are off all the same, and soon.
#[tokio::test]
async fn a_target_that_hangs_holds_up_no_flag_for_long() -> Result<()> {
    let project = project("mistakes_hanging").await?;
    let later = "
[[way]]
name = \"U\"
[[way.step]]
name = \"undo\"
do = \"undo\"
with = {}
[[way.step]]
name = \"sure\"
do = \"wait\"
with = { until = { sql = \"SELECT true\" } }
";
    let first = way("flags", "file = \"flags.json\"\nset = { v2 = \"off\" }");
    project.write("backout.toml", &format!("{first}{later}"))?;
    let hangs = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = hangs.local_addr()?.port();
    project.write(".env", &format!("DATABASE_URL=postgresql://u:p@127.0.0.1:{port}/db?sslmode=disable\n"))?;
    let began = std::time::Instant::now();
    project.run(&BACK, 0)?;
    let took = began.elapsed();
    ensure!(project.read("flags.json")?.contains("\"defaultVariant\": \"off\""), "the flag is on");
    // As long as one connection may take, not one after the other.
    ensure!(took.as_secs() < 19, "it took {took:?}");
    Ok(())
}

/// The state in which a check runs is another one than now: what only that one has is not refused.
#[tokio::test]
async fn what_may_be_there_by_then_is_said_and_refused_by_nobody() -> Result<()> {
    let ways = "
[[way]]
name = \"U\"
[[way.step]]
name = \"undo in place\"
do = \"undo\"
[[way.step]]
name = \"as before\"
do = \"verify\"
with = { checks = [
  { name = \"tables\", that = { tables = [\"public.notes\"] } },
  { name = \"rows\", that = { sql = \"SELECT count(*) = 3 FROM notes\" } },
  { name = \"column\", that = { foreign-keys = { tables = [\"users\"] } }, priority = 3 } ] }
[[way.step]]
name = \"made\"
do = \"command\"
with = { argv = [\"sh\", \"-c\", \"cp flags.json made.json\"] }
[[way.step]]
name = \"off\"
do = \"flags\"
with = { file = \"made.json\", set = { v2 = \"off\" } }
";
    let story = story("mistakes_then", ways).await?;
    let project = &story.project;
    let dry = project.json(&["rollback", "--dry-run"], 0)?;
    let found = dry["result"]["mistakes"].as_array().context("mistakes")?;
    ensure!(found.iter().all(|one| one["sure"] == false), "{dry:#}");
    let said = dry["result"]["mistakes"].to_string();
    // The table is on record; of a query nobody can tell; the file comes by the step before.
    ensure!(said.contains("relation \\\"notes\\\" does not exist") && said.contains("made.json"), "{said}");
    assert_eq!(found.len(), 2, "{dry:#}");
    let text = project.run(&["rollback", "--dry-run"], 0)?;
    says(&text, &["-- may fail: ", &place(project, "count(*) = 3")?]);
    project.run(&BACK, 0)?;
    ensure!(project.read("made.json")?.contains("\"defaultVariant\": \"off\""));
    // With V1 back, a name that no version ever had is a slip.
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace("public.notes", "public.nots"))?;
    says(&project.run(&BACK, 2)?, &["public.nots is not there", "did you mean \"public.notes\"?"]);
    // One that is like no other may have been dropped by hand, which is what a way back is for.
    project.write("backout.toml", &plan.replace("public.notes", "public.appointments"))?;
    says(&project.run(&["rollback", "--dry-run"], 0)?, &["-- may fail: ", "public.appointments is not there"]);
    // V2's tables were there, and may be again.
    project.write("backout.toml", &plan.replace("public.notes", "public.tags"))?;
    project.run(&["rollback", "--dry-run"], 0)?;
    Ok(())
}

#[tokio::test]
async fn the_plans_own_checks_are_looked_at_where_they_stand() -> Result<()> {
    let project = project("mistakes_checks").await?;
    let checks = "
[[verify]]
name = \"fine\"
that = { tables = [\"public.users\"] }
[[verify]]
name = \"slip\"
that.tables.filled = true
that.tables.names = [
  \"public.users\",
  \"public.usrs\",
]
[[verify]]
name = \"none\"
that = { sql = \"SELECT id FROM\" }
";
    let ways = "[[way]]\nname = \"A\"\n[[way.step]]\nname = \"all is well\"\ndo = \"verify\"\n";
    project.write("backout.toml", &format!("{PLAN}{checks}{ways}"))?;
    let (table, sql) = (place(&project, "public.usrs")?, place(&project, "SELECT id FROM")?);
    let refused = project.run(&BACK, 2)?;
    says(&refused, &[&table, "did you mean \"public.users\"?", &sql, "syntax error"]);
    has_no_run(&project)?;
    // On a calm day, also where no way asks them.
    for plan in [format!("{PLAN}{checks}{ways}"), format!("{PLAN}{checks}")] {
        project.write("backout.toml", &plan)?;
        says(&project.run(&["doctor"], 8)?, &["error: check \"slip\"", &table, "error: check \"none\"", &sql]);
        let status = project.json(&["status"], 8)?;
        let found = status["result"]["attention"].as_array().context("attention")?;
        assert_eq!(found.iter().filter(|one| one["code"] == "plan.mistake").count(), 2, "{status:#}");
    }
    // What cannot be read is refused at its key.
    project.write("backout.toml", &format!("{PLAN}{}{ways}", checks.replace("filled", "filed")))?;
    says(&project.run(&BACK, 2)?, &["check \"slip\""]);
    Ok(())
}

/// Also where no step needs it, on a calm day.
#[tokio::test]
async fn the_section_impact_is_looked_at_where_it_stands() -> Result<()> {
    let ways = "[[way]]\nname = \"C\"\n[[way.step]]\nname = \"count\"\ndo = \"impact\"\n";
    let project = impact::project("mistakes_impact", ways).await?;
    let plan = project.read("backout.toml")?;
    project.run(&["rollback", "--dry-run"], 0)?;
    for (was, is, said, meant) in [
        ("public.visits", "public.visitz", "table public.visitz is not there", "did you mean \"public.visits\"?"),
        ("by_user", "by_usr", "public.visits has no column by_usr", "did you mean \"by_user\"?"),
        ("impact_service", "impact_servce", "there is no role impact_servce", "did you mean \"impact_service\"?"),
        // Where a column has no foreign key, its owners are looked for there.
        (
            "users_table = \"public.users\"",
            "users_table = \"public.userz\"",
            "table public.userz is not there",
            "did you mean \"public.users\"?",
        ),
    ] {
        let plan = plan.replace(was, is);
        project.write("backout.toml", &plan)?;
        let at = place(&project, is)?;
        let whole = format!("[impact]: {said}");
        says(&project.run(&["rollback", "--dry-run"], 8)?, &["-- mistake: ", &at, &whole, meant]);
        says(&project.run(&BACK, 2)?, &[&at, &whole, meant]);
        for plan in [plan.clone(), plan.replace(ways, "")] {
            project.write("backout.toml", &plan)?;
            let doctor = project.run(&["doctor"], 8)?;
            says(&doctor, &["error: [impact]: ", &at, meant]);
            let told = format!("{}{}", doctor.stdout, doctor.stderr);
            assert_eq!(told.matches(&whole).count(), 1, "{}", doctor.transcript());
        }
    }
    has_no_run(&project)
}

/// Any way can be begun with: what another one would do before is no excuse then. And each is said once.
#[tokio::test]
async fn each_way_is_looked_at_by_itself_on_a_calm_day() -> Result<()> {
    let project = project("mistakes_each_way").await?;
    let plan = "
[[verify]]
name = \"slip\"
that = { tables = [\"public.userz\"] }
[[way]]
name = \"A\"
[[way.step]]
name = \"all is well\"
do = \"verify\"
[[way]]
name = \"B\"
[[way.step]]
name = \"deploy\"
do = \"command\"
with = { argv = [\"true\"] }
[[way.step]]
name = \"all is well\"
do = \"verify\"
[[way]]
name = \"C\"
for = [\"data-exposure\"]
[[way.step]]
name = \"own\"
do = \"verify\"
with = { checks = [{ name = \"x\", that = { tables = [\"public.usres\"] } }] }
";
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    let (slip, own) = (place(&project, "public.userz")?, place(&project, "public.usres")?);
    let dry = project.run(&["rollback", "--dry-run"], 8)?;
    says(&dry, &[&format!("-- mistake: {slip}"), &format!("-- may fail: {own}")]);
    assert_eq!(dry.stdout.matches(&slip).count(), 1, "{}", dry.transcript());
    says(&project.run(&["doctor"], 8)?, &["error: check \"slip\"", &slip, "error: step \"own\" (verify)", &own]);
    says(&project.run(&["rollback", "--because", "data-exposure", "--yes", "production"], 2)?, &[&own]);
    has_no_run(&project)
}

#[tokio::test]
async fn a_symptom_that_is_mistyped_begins_with_no_way() -> Result<()> {
    let project = project("mistakes_symptoms").await?;
    let way = |name: &str, symptom: &str| {
        format!(
            "[[way]]\nname = \"{name}\"\nfor = [\"{symptom}\"]\n[[way.step]]\nname = \"off\"\ndo = \"flags\"\nwith = {{ file = \"flags.json\", set = {{ v2 = \"off\" }} }}\n"
        )
    };
    project.write("backout.toml", &format!("{PLAN}{}{}", way("A", "errors"), way("B", "rows-lost")))?;
    for line in [
        &["rollback", "--because", "rows-lots", "--yes", "production"][..],
        &["rollback", "--because", "rows-lots", "--dry-run"],
    ] {
        says(&project.run(line, 2)?, &["did you mean \"rows-lost\"?", "errors, rows-lost", "--way NAME"]);
    }
    has_no_run(&project)?;
    let chosen = |line: &[&str]| -> Result<String> {
        let preview = project.json(&[&["rollback", "--dry-run"][..], line].concat(), 0)?;
        Ok(preview["result"]["chosen"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(chosen(&["--because", "rows-lots", "--way", "B"])?, "B");
    assert_eq!(chosen(&["--because", "INC-7: the shop is slow"])?, "A");
    assert_eq!(chosen(&["--because", "rows-lost"])?, "B");
    Ok(())
}

/// A template leaves to its author what nobody else can know, and says which lines these are.
#[tokio::test]
async fn what_a_template_leaves_open_is_named_and_refused() -> Result<()> {
    let project = project("mistakes_template").await?;
    let init = project.run(&["init", "--force", "--template", "aias", "--yes", "production"], 0)?;
    let flag = place(&project, "<fill in: flag>")?;
    says(&init, &["to be filled in by you:", flag.trim_end_matches(':'), "<fill in: https://address>/api/health"]);
    let plan = project.read("backout.toml")?;
    let lines = plan.lines().filter(|line| line.contains("= \"<fill in") || line.contains("<fill in: flag>")).count();
    let told = init.stdout.lines().filter(|line| line.starts_with("  backout.toml:")).count();
    assert_eq!(told, lines, "{}", init.transcript());
    says(&project.run(&["doctor"], 8)?, &["error: \"<fill in: flag>\" is not filled in", &flag]);
    let refused = project.run(&["rollback", "--because", "feature-broken", "--yes", "production"], 2)?;
    says(&refused, &[&flag, "is not filled in"]);
    let plan = plan.replace("\"<fill in: flag>\"", "v2").replace("<fill in: https://address>", "http://127.0.0.1:9");
    project.write("backout.toml", &plan)?;
    // What later ways need is said; this one goes, and nobody answers.
    let gone = project.command(&["rollback", "--because", "feature-broken", "--dry-run"])?.run()?.expect_code(8);
    ensure!(gone.stdout.contains("<fill in: project>") && !gone.stdout.contains("flag>"), "{}", gone.transcript());
    project.run(&["init", "--force", "--template", "plain", "--yes", "production"], 0)?;
    let plain = project.read("backout.toml")?;
    ensure!(plain.contains("in_place = true") && !plain.contains("<fill in"), "{plain}");
    project.run(&["rollback", "--dry-run", "--because", "wrong-data"], 0)?;
    Ok(())
}

/// A command waits for a backup, unless it says that it writes no data.
#[tokio::test]
async fn a_command_is_kept_for_unless_it_says_that_it_writes_no_data() -> Result<()> {
    let project = project("mistakes_keep").await?;
    let command = |more: &str, keep: &str| {
        format!(
            "{PLAN}[[way]]\nname = \"A\"\n{keep}[[way.step]]\nname = \"deploy\"\ndo = \"command\"\nwith = {{ argv = [\"true\"]{more} }}\n"
        )
    };
    let kept = |plan: &str| -> Result<String> {
        project.write("backout.toml", plan)?;
        let preview = project.json(&["rollback", "--dry-run"], 0)?;
        Ok(preview["result"]["ways"][0]["kept_first"].as_str().unwrap_or_default().to_owned())
    };
    let deploys = command(", writes_data = false", "");
    assert_eq!(kept(&deploys)?, "nothing: its commands say that they write no data");
    project.run(&BACK, 0)?;
    ensure!(!project.path(".backout/backups").exists(), "a backup was taken");
    ensure!(kept(&command("", ""))?.starts_with("a backup of everything, right before \"deploy\""));
    ensure!(
        kept(&command(", writes_data = false", "keep = \"backup\"\n"))?.starts_with("a backup of everything"),
        "the way says so"
    );
    assert_eq!(kept(&command("", "keep = \"none\"\n"))?, "nothing, as the plan says");
    project.write("backout.toml", &command("", ""))?;
    project.run(&BACK, 0)?;
    let listed = project.run(&["backup", "list"], 0)?.stdout;
    ensure!(listed.contains("kept before a way back"), "{listed}");
    Ok(())
}
