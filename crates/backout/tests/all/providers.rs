//! Ways back on Vercel, against the stand-in that the vendor's own clients drive as well.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::fake_vercel::{Fake, Fault, TOKEN};
use crate::project::{PLAN, Project};

const BACK: [&str; 3] = ["rollback", "--yes", "production"];

/// A project whose way A has these steps; `{url}` is where Vercel is.
async fn project(name: &str, fake: &Fake, store: &str, steps: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}VERCEL_TOKEN={TOKEN}\nAPI_KEY=now-s3cret-value\n"))?;
    let steps = steps.replace("@AT", &format!("project = \"shop\", url = \"{}\", every_ms = 20", fake.url));
    project.write("backout.toml", &format!("{PLAN}{store}[[way]]\nname = \"A\"\n{steps}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

fn step(name: &str, kind: &str, with: &str) -> String {
    format!("[[way.step]]\nname = \"{name}\"\ndo = \"{kind}\"\nbudget = \"30s\"\nwith = {{ @AT, {with} }}\n")
}

/// A key whose public half stands in the plan.
fn key(project: &Project) -> Result<String> {
    let identity = age::x25519::Identity::generate();
    let text = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    project.write("key.txt", &format!("{text}\n"))?;
    Ok(identity.to_public().to_string())
}

fn sealed_to(project: &Project) -> Result<()> {
    let public = key(project)?;
    let plan = project.read("backout.toml")?;
    project
        .write("backout.toml", &plan.replacen("[[way]]", &format!("[store]\nencrypt_to = [\"{public}\"]\n[[way]]"), 1))
}

fn kind_of(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Set, taken out, deployed anew and waited for; and back, with a version for each. No value and no token is anywhere.
#[tokio::test]
async fn variables_are_set_deployed_and_brought_back() -> Result<()> {
    let fake = Fake::start()?;
    fake.state().has("FEATURE", "former-s3cret-on", "encrypted", &["production"]);
    fake.state().has("API_KEY", "former-s3cret-key", "encrypted", &["production"]);
    fake.state().has("OLD", "former-s3cret-old", "plain", &["production"]);
    fake.state().has("FEATURE", "preview-s3cret", "encrypted", &["preview"]);
    let set = "set = { FEATURE = \"off\", NEW = \"1\", API_KEY = \"env:API_KEY\" }, unset = [\"OLD\"], redeploy = true";
    let project = project("vercel_env", &fake, "", &step("features off", "vercel-env", set)).await?;
    sealed_to(&project)?;
    let mut told = Vec::new();
    let log = ["--log", "trace"];
    let preview = project.command(&[&BACK[..], &["--dry-run"], &log].concat())?.run()?.expect_code(0);
    ensure!(preview.stdout.contains("/v10/projects/shop/env?upsert=true"), "{}", preview.transcript());
    ensure!(fake.count("POST", "/env") == 0, "a preview acted");
    told.push(preview);
    told.push(project.command(&[&BACK[..], &log].concat())?.run()?.expect_code(0));
    {
        let state = fake.state();
        let read = |name: &str| state.variable_in_production(name);
        assert_eq!(read("FEATURE").as_deref(), Some("off"));
        assert_eq!(read("NEW").as_deref(), Some("1"));
        assert_eq!(read("API_KEY").as_deref(), Some("now-s3cret-value"));
        assert_eq!(read("OLD"), None);
        assert_eq!(state.production(), "dpl_4");
        assert!(state.unknown.is_empty(), "{:?}", state.unknown);
    }
    let history = project.json(&["env", "history"], 0)?;
    let versions = history["result"]["versions"].as_array().context("versions")?;
    assert_eq!(versions.len(), 1, "{history:#}");
    assert_eq!(versions[0]["edits"].as_array().map(Vec::len), Some(4), "{history:#}");
    assert_eq!(versions[0]["kept"], true, "{history:#}");
    told.push(project.run(&["env", "history", "FEATURE"], 0)?);
    let without = project.command(&["env", "revert", "--to", "0"])?.run()?;
    ensure!(without.code() != Some(0) && without.stderr.contains("--identity"), "{}", without.transcript());
    told.push(without);
    let back = ["env", "revert", "--to", "0", "--identity", "key.txt", "--redeploy", "--yes", "production"];
    let before = fake.state().requests.len();
    told.push(project.command(&[&back[..], &["--dry-run"], &log].concat())?.run()?.expect_code(0));
    ensure!(fake.state().requests[before..].iter().all(|one| one.method == "GET"), "a preview acted");
    told.push(project.command(&[&back[..], &log].concat())?.run()?.expect_code(0));
    {
        let state = fake.state();
        for (name, former) in
            [("FEATURE", Some("former-s3cret-on")), ("NEW", None), ("API_KEY", Some("former-s3cret-key"))]
        {
            assert_eq!(state.variable_in_production(name).as_deref(), former, "{name}");
        }
        assert_eq!(state.variable_in_production("OLD").as_deref(), Some("former-s3cret-old"));
    }
    // And to the version between.
    let between = ["env", "revert", "FEATURE", "--to", "1", "--identity", "key.txt", "--yes", "production"];
    told.push(project.run(&between, 0)?);
    assert_eq!(fake.state().variable("FEATURE").as_deref(), Some("off"));
    told.push(project.run(&["run", "show", "latest", "--json"], 0)?);
    told.push(project.run(&["run", "export", "latest"], 0)?);
    let mut bytes: Vec<(String, Vec<u8>)> = Vec::new();
    for run in told {
        bytes.push((run.transcript(), [run.stdout.as_bytes(), run.stderr.as_bytes()].concat()));
    }
    for entry in std::fs::read_dir(project.path(".backout"))? {
        let path = entry?.path();
        if path.is_file() {
            bytes.push((path.display().to_string(), std::fs::read(&path)?));
        }
    }
    ensure!(bytes.len() > 9, "nothing was looked at");
    for (what, bytes) in &bytes {
        for secret in [TOKEN, "former-s3cret", "now-s3cret", "preview-s3cret", "AGE-SECRET"] {
            ensure!(!kind_of(bytes, secret), "{secret} is in {what}");
        }
    }
    Ok(())
}

/// What Vercel gives to nobody comes back only where it was ours.
#[tokio::test]
async fn sensitive_values_come_back_where_they_were_ours() -> Result<()> {
    let fake = Fake::start()?;
    fake.state().has("KEY", "nobody-knows", "sensitive", &["production"]);
    fake.state().has("BOTH", "x", "encrypted", &["production", "preview"]);
    let first = step("key", "vercel-env", "set = { KEY = \"one\" }");
    let second = "[[way]]\nname = \"second\"\n".to_owned() + &step("key", "vercel-env", "set = { KEY = \"two\" }");
    let shared = "[[way]]\nname = \"shared\"\n".to_owned() + &step("both", "vercel-env", "set = { BOTH = \"y\" }");
    let project = project("vercel_sensitive", &fake, "", &(first + &second + &shared)).await?;
    sealed_to(&project)?;
    project.run(&[&BACK[..], &["--way", "A"]].concat(), 0)?;
    // It is so already, as far as can be told, so nothing is changed.
    let patches = fake.count("PATCH", "/env/");
    project.run(&[&BACK[..], &["--way", "A"]].concat(), 0)?;
    assert_eq!(fake.count("PATCH", "/env/"), patches);
    project.run(&[&BACK[..], &["--way", "second"]].concat(), 0)?;
    let back =
        |version: &'static str| ["env", "revert", "--to", version, "--identity", "key.txt", "--yes", "production"];
    project.run(&back("1"), 0)?;
    assert_eq!(fake.state().variable("KEY").as_deref(), Some("one"));
    let lost = project.command(&back("0"))?.run()?.expect_code(3);
    ensure!(lost.stderr.contains("read then: KEY"), "{}", lost.transcript());
    assert_eq!(fake.state().variable("KEY").as_deref(), Some("one"));
    // A variable that preview shares is not changed for both.
    let refused = project.command(&[&BACK[..], &["--way", "shared"]].concat())?.run()?.expect_code(4);
    ensure!(refused.stderr.contains("production, preview"), "{}", refused.transcript());
    assert_eq!(fake.state().variable("BOTH").as_deref(), Some("x"));
    Ok(())
}

/// Asked for, and waited for; the previous good one is not the bad one that was only built again.
#[tokio::test]
async fn production_moves_back_and_forth() -> Result<()> {
    let fake = Fake::start()?;
    let steps = step("variables", "vercel-env", "set = { A = \"1\" }, redeploy = true")
        + &step("back", "vercel-deploy", "action = \"rollback\"")
        + &step("stop", "vercel-project", "action = \"pause\"")
        + "[[way]]\nname = \"forth\"\n"
        + &step("forth", "vercel-deploy", "action = \"promote\", deployment = \"dpl_4\"")
        + &step("go", "vercel-project", "action = \"unpause\"")
        + "[[way]]\nname = \"anew\"\n"
        + &step("anew", "vercel-deploy", "action = \"redeploy\"");
    let steps = steps.replace("@AT, action = \"pause\"", "PAUSE").replace("@AT, action = \"unpause\"", "UNPAUSE");
    let at = format!("project = \"shop\", url = \"{}\"", fake.url);
    let steps = steps
        .replace("UNPAUSE", &format!("{at}, action = \"unpause\""))
        .replace("PAUSE", &format!("{at}, action = \"pause\""));
    let project = project("vercel_moves", &fake, "", &steps).await?;
    let preview = project.run(&[&BACK[..], &["--dry-run"]].concat(), 0)?;
    ensure!(preview.stdout.contains("/v1/projects/prj_shop/rollback/dpl_2"), "{}", preview.transcript());
    project.run(&BACK, 0)?;
    // 4 has the code of 3, so 2 is the one before.
    assert_eq!(fake.stands(), ("dpl_2".to_owned(), true));
    project.run(&[&BACK[..], &["--way", "forth"]].concat(), 0)?;
    assert_eq!(fake.stands(), ("dpl_4".to_owned(), false));
    project.run(&[&BACK[..], &["--way", "anew"]].concat(), 0)?;
    assert_eq!(fake.state().production(), "dpl_5");
    // After a rollback a deployment does not become production by itself; it is promoted.
    project.run(&BACK, 0)?;
    project.run(&[&BACK[..], &["--way", "anew"]].concat(), 0)?;
    let newest = fake.state().deployments.last().map(|one| one.id.clone());
    assert_eq!(Some(fake.stands().0), newest);
    assert!(fake.state().unknown.is_empty(), "{:?}", fake.state().unknown);
    Ok(())
}

/// Killed while Vercel is at it, and between what was done and its record: nothing is begun twice.
#[tokio::test]
async fn killed_in_the_middle_nothing_is_begun_twice() -> Result<()> {
    let fake = Fake::start()?;
    let steps = step("variables", "vercel-env", "set = { A = \"1\" }, redeploy = true")
        + &step("back", "vercel-deploy", "action = \"rollback\"");
    let project = project("vercel_killed", &fake, "", &steps).await?;
    for (part, method) in [("/v13/deployments", "POST"), ("/rollback/", "POST")] {
        fake.state().held = true;
        let begun = match part.contains("rollback") {
            false => project.command(&BACK)?,
            true => project.command(&["run", "resume", "latest", "--yes", "production"])?,
        };
        let mut running = begun.start()?;
        let until = Instant::now() + Duration::from_secs(30);
        while fake.count(method, part) == 0 {
            ensure!(Instant::now() < until && running.is_running()?, "{}", running.end()?.transcript());
            // The first one goes on to the second step by itself.
            if part.contains("rollback") {
                let mut state = fake.state();
                let is_there = state.requests.iter().any(|one| one.path.contains("/rollback/"));
                state.held = is_there;
            }
            tokio::task::yield_now().await;
        }
        running.kill()?;
    }
    fake.state().held = false;
    project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
    assert_eq!(fake.count("POST", "/v13/deployments"), 1);
    assert_eq!(fake.count("POST", "/rollback/"), 1);
    assert_eq!(fake.state().production(), "dpl_2");
    // Between the deed and its record.
    for place in ["run.acted.2", "run.acted.4"] {
        let fake = Fake::start()?;
        let plan = project.read("backout.toml")?;
        let old = plan.split("url = \"http").nth(1).and_then(|rest| rest.split('"').next()).context("an address")?;
        project.write("backout.toml", &plan.replace(&format!("http{old}"), &fake.url))?;
        let killed = project.command(&BACK)?.run_to_failpoint(place)?;
        ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
        project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
        assert_eq!(fake.count("POST", "/v13/deployments"), 1, "{place}");
        assert_eq!(fake.count("POST", "/rollback/"), 1, "{place}");
        assert_eq!(fake.state().production(), "dpl_2", "{place}");
    }
    Ok(())
}

fn fault(method: &'static str, path: &'static str, status: u16) -> Fault {
    Fault { method, path, status, retry_after: None, acts: false }
}

#[tokio::test]
async fn a_service_that_is_slow_or_says_no_is_understood() -> Result<()> {
    let fake = Fake::start()?;
    let steps = step("variables", "vercel-env", "set = { A = \"1\" }, redeploy = true").replace("30s", "6s")
        + &step("back", "vercel-deploy", "action = \"rollback\"");
    let project = project("vercel_faults", &fake, "", &steps).await?;
    // Asked to wait, it waits for so long.
    fake.state().faults = vec![
        Fault { retry_after: Some(1), ..fault("POST", "/env", 429) },
        fault("GET", "/v13/deployments/", 502),
        // The answer is lost; the request was carried out.
        Fault { acts: true, ..fault("POST", "/rollback/", 504) },
    ];
    let began = Instant::now();
    project.run(&BACK, 0)?;
    ensure!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(fake.state().faults.is_empty(), "{:?}", fake.state().faults);
    assert_eq!((fake.count("POST", "/rollback/"), fake.count("POST", "/v13/deployments")), (1, 1));
    let fails = |fault: Fault, said: &str| -> Result<()> {
        fake.state().has("A", "0", "plain", &["production"]);
        fake.state().faults = vec![fault];
        let run = project.command(&[&BACK[..], &["--log", "trace"]].concat())?.run()?.expect_code(4);
        ensure!(run.stderr.contains(said), "{said}: {}", run.transcript());
        ensure!(!run.transcript().contains(TOKEN), "{}", run.transcript());
        project.run(&["run", "abort", "latest", "--because", "seen"], 0)?;
        Ok(())
    };
    // Longer than there is time: it does not sit there.
    let began = Instant::now();
    fails(Fault { retry_after: Some(3600), ..fault("GET", "/env", 429) }, "3600 s")?;
    ensure!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Somebody's answer may repeat the token.
    fails(fault("GET", "/env", 401), "the token was not accepted")?;
    fails(fault("GET", "/env", 500), "[redacted]")?;
    let known = project.read(".env")?;
    project.write(".env", &known.replace(TOKEN, "another-tok3n"))?;
    fails(fault("GET", "/nowhere", 500), "Not authorized")?;
    project.write(".env", &known.replace(&format!("VERCEL_TOKEN={TOKEN}"), ""))?;
    // That is wrong before anything begins.
    let refused = project.run(&BACK, 2)?;
    ensure!(refused.stderr.contains("VERCEL_TOKEN is not set"), "{}", refused.transcript());
    project.write(".env", &known)?;
    fake.state().builds_fail = 1;
    fails(fault("GET", "/nowhere", 500), "npm run build")?;
    Ok(())
}

/// What a way changed is taken back where the way is unwound.
#[tokio::test]
async fn an_unwound_way_gives_values_back() -> Result<()> {
    let fake = Fake::start()?;
    fake.state().has("A", "former", "encrypted", &["production"]);
    let steps = step("variables", "vercel-env", "set = { A = \"1\", B = \"2\" }")
        + "undo = { do = \"revert\", with = { identity = \"key.txt\", redeploy = true, every_ms = 20 } }\n"
        + "[[way.step]]\nname = \"file\"\ndo = \"env-file\"\nwith = { file = \"app.env\", set = { A = \"1\" }, unset = [\"C\"] }\n"
        + "undo = { do = \"revert\", with = { identity = \"key.txt\" } }\n"
        + "[[way.step]]\nname = \"never\"\ndo = \"verify\"\non_failure = \"unwind\"\nwith = { checks = [{ name = \"no\", that = { sql = \"SELECT false\" } }] }\n";
    let project = project("vercel_unwound", &fake, "", &steps).await?;
    sealed_to(&project)?;
    let former = "# ours\nexport A='former'\nC=\"two\nlines\"\nD=4\n";
    project.write("app.env", former)?;
    let done = project.json(&BACK, 1)?;
    assert_eq!(done["result"]["phase"], "failed", "{done:#}");
    assert_eq!(fake.state().variable("A").as_deref(), Some("former"));
    assert_eq!(fake.state().variable("B"), None);
    assert_eq!(fake.state().variable_in_production("A").as_deref(), Some("former"));
    let text = project.read("app.env")?;
    for part in ["# ours\nexport A='former'\n", "C=\"two\nlines\"\n", "D=4\n"] {
        ensure!(text.contains(part), "{text}");
    }
    assert_eq!(text.len(), former.len());
    let states: Vec<&Value> = done["result"]["state"]["steps"].as_array().into_iter().flatten().collect();
    assert_eq!(states[0]["status"]["status"], "reversed", "{done:#}");
    Ok(())
}
