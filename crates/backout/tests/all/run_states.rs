//! Where a run stands is seen everywhere, and what is said can be done about it can be done.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use backout_testkit::{Run, Running};
use serde_json::{Value, json};

use crate::project::{PLAN, Project};
use crate::rollback::{BACK, Story, WAYS, story};

async fn project(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// A and then U, of which the undo is asked for.
async fn asks(name: &str, more: &str) -> Result<Story> {
    let step = "name = \"undo in place\"\n";
    story(name, &WAYS.replace(step, &format!("{step}approve = 1\n{more}"))).await
}

/// The newest run, as the list has it.
fn newest(project: &Project) -> Result<Value> {
    Ok(project.json(&["runs"], 0)?["result"]["runs"][0].clone())
}

fn state(project: &Project) -> Result<String> {
    Ok(newest(project)?["standing"]["state"].as_str().context("a state")?.to_owned())
}

/// Waits until the newest run stands there.
fn until(project: &Project, wanted: &str) -> Result<()> {
    let late = Instant::now() + Duration::from_secs(60);
    while state(project)? != wanted {
        ensure!(Instant::now() < late, "{}", newest(project)?);
    }
    Ok(())
}

/// The commands that a text says can be copied, as a shell would take them.
fn commands(text: &str) -> Vec<Vec<String>> {
    let quoted = text.split('`').skip(1).step_by(2).filter(|part| part.starts_with("backout "));
    let words = |command: &str| {
        let mut words: Vec<String> = Vec::new();
        for (place, part) in command.split('"').enumerate() {
            if place % 2 == 1 {
                words.push(part.to_owned())
            } else {
                words.extend(part.split_whitespace().map(str::to_owned))
            }
        }
        words.split_off(1)
    };
    quoted.map(words).collect()
}

/// The one of these commands that has this word in this place.
fn command(run: &Run, text: &str, word: &str) -> Result<Vec<String>> {
    let found = commands(text).into_iter().find(|command| command.iter().any(|one| one == word));
    found.with_context(|| format!("no command with {word}: {}", run.transcript()))
}

fn call(project: &Project, words: &[String], code: i32) -> Result<Run> {
    project.run(&words.iter().map(String::as_str).collect::<Vec<_>>(), code)
}

#[tokio::test]
async fn what_waits_for_approval_is_seen_everywhere_and_can_be_answered_by_copying() -> Result<()> {
    let story = asks("states_approval", "").await?;
    let project = &story.project;
    // Who decides beforehand knows that somebody must agree.
    let dry = project.run(&["rollback", "--dry-run"], 0)?.stdout;
    for part in ["undo in place (undo), within 1 min (1 person must agree, within 15 min)", "; waits for 1 person; "] {
        ensure!(dry.contains(part), "{part}: {dry}");
    }
    let asked = project.command(&["rollback", "--way", "U"])?.run()?.expect_code(3);
    let part = "not confirmed: the way back of production (U): undo in place (migration 2; 1 person must agree, within 15 min)";
    ensure!(asked.stderr.contains(part), "{}", asked.transcript());
    let waits = project.command(&BACK)?.run()?.expect_code(4);
    for part in ["waiting for approval", "\"undo in place\": 0 of 1 agreed; anybody may, until 20"] {
        ensure!(waits.stderr.contains(part), "{part}: {}", waits.transcript());
    }
    // The field of before says what the journal says.
    let listed = newest(project)?;
    assert_eq!((&listed["phase"], &listed["holder"]), (&json!("running"), &Value::Null), "{listed:#}");
    let standing = &listed["standing"];
    assert_eq!(
        (&standing["state"], &standing["step"], &standing["quorum"]),
        (&json!("waiting-for-approval"), &json!("undo in place"), &json!(1)),
        "{listed:#}"
    );
    let table = project.run(&["runs"], 0)?;
    ensure!(table.stdout.contains("waiting for approval"), "{}", table.transcript());
    let shown = project.run(&["run", "show", "latest"], 0)?;
    ensure!(shown.stdout.contains("waiting for approval, way U"), "{}", shown.transcript());

    let status = project.run(&["status"], 8)?;
    let finding =
        status.stdout.lines().find(|line| line.contains(": ") && line.starts_with("warning")).unwrap_or_default();
    ensure!(finding.contains("is waiting for approval: \"undo in place\""), "{}", status.transcript());
    ensure!(status.stdout.starts_with(finding), "something comes before it: {}", status.transcript());
    let document = project.json(&["status"], 8)?;
    assert_eq!(document["result"]["attention"][0]["code"], "run.open", "{document:#}");
    assert_eq!(document["result"]["runs"][0]["standing"]["state"], "waiting-for-approval", "{document:#}");

    let refuse = command(&status, &status.stdout, "refuse")?;
    ensure!(refuse.iter().any(|word| word == "WHY"), "{refuse:?}");
    let approved = call(project, &command(&status, &status.stdout, "approve")?, 0)?;
    for part in ["it is ready", "\"undo in place\" was approved by", "then \"undo in place\" begins"] {
        ensure!(approved.stdout.contains(part), "{part}: {}", approved.transcript());
    }
    assert_eq!(state(project)?, "ready");
    call(project, &command(&approved, &approved.stderr, "resume")?, 0)?;
    assert_eq!(state(project)?, "succeeded");
    let document = project.json(&["status"], 8)?;
    assert_eq!(document["result"]["runs"], json!([]), "{document:#}");
    story.is_back()
}

/// What is open is said although the target does not answer.
#[tokio::test]
async fn a_target_that_is_away_hides_no_run() -> Result<()> {
    let story = asks("states_away", "").await?;
    let project = &story.project;
    project.run(&BACK, 4)?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    project.write(".env", &format!("DATABASE_URL=postgresql://nobody@127.0.0.1:{port}/away?sslmode=disable\n"))?;
    let status = project.run(&["status"], 7)?;
    ensure!(status.stdout.contains("is waiting for approval"), "{}", status.transcript());
    let document = project.json(&["status"], 7)?;
    assert_eq!(document["result"]["runs"][0]["standing"]["state"], "waiting-for-approval", "{document:#}");
    Ok(())
}

/// It fails by that, and what the plan says of a failure follows.
#[tokio::test]
async fn a_refusal_is_a_decision() -> Result<()> {
    let plan = WAYS.replace("name = \"tell\"\n", "name = \"tell\"\napprove = 1\n");
    let story = story("states_refusal", &plan).await?;
    let project = &story.project;
    let waits = project.command(&BACK)?.run()?.expect_code(4);
    let mut refuse = command(&waits, &waits.stderr, "refuse")?;
    refuse.iter_mut().filter(|word| *word == "WHY").for_each(|word| "too early".clone_into(word));
    let refused = call(project, &refuse, 0)?;
    for part in ["it is ready", "\"tell\" was refused by", "too early", "then way U follows"] {
        ensure!(refused.stdout.contains(part), "{part}: {}", refused.transcript());
    }
    let shown = project.run(&["run", "show", "latest"], 0)?;
    ensure!(shown.stdout.contains("refused by") && shown.stdout.contains("too early"), "{}", shown.transcript());
    // It is answered, and not asked again.
    project.run(&["run", "approve", "latest"], 3)?;
    let back = project.json(&["run", "resume", "latest", "--yes", "production"], 0)?;
    assert_eq!(back["result"]["state"]["way"], 1, "{back:#}");
    assert_eq!(story.before, project.database.dump_schema(crate::project::OURS)?);
    ensure!(!project.path("told").exists(), "what was refused was done");
    Ok(())
}

/// What would come out otherwise than what people agreed to is not done unseen; nor is anything while nobody can say.
#[tokio::test]
async fn what_changes_after_an_approval_is_asked_again() -> Result<()> {
    let story = asks("states_asked_again", "").await?;
    let project = &story.project;
    project.run(&BACK, 4)?;
    let approved = |again: &str| -> Result<()> {
        project.run(&["run", "approve", "latest"], 0).map(drop)?;
        let resumed = project.command(&["run", "resume", "latest"])?.run()?.expect_code(4);
        ensure!(resumed.stderr.contains(again), "{}", resumed.transcript());
        Ok(())
    };
    let shown = project.run(&["run", "show", "latest"], 0)?;
    for part in ["asked about: undo in place", "-- undo of migration 2"] {
        ensure!(shown.stdout.contains(part), "{part}: {}", shown.transcript());
    }
    let document = project.json(&["run", "show", "latest"], 0)?;
    ensure!(document["result"]["asked"]["lines"].as_array().is_some_and(|lines| lines.len() > 1), "{document:#}");
    let environment = project.read(".env")?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    project.write(".env", &format!("DATABASE_URL=postgresql://nobody@127.0.0.1:{port}/away?sslmode=disable\n"))?;
    approved("cannot be said")?;
    assert_eq!(state(project)?, "ready");
    project.write(".env", &environment)?;
    // Somebody has put a table where the dropped one is to come back.
    project.query("CREATE TABLE notes (other int)")?;
    let resumed = project.command(&["run", "resume", "latest"])?.run()?.expect_code(4);
    ensure!(resumed.stderr.contains("asked again"), "{}", resumed.transcript());
    assert_eq!(state(project)?, "waiting-for-approval");
    let shown = project.run(&["run", "show", "latest"], 0)?;
    ensure!(shown.stdout.contains("in the way"), "{}", shown.transcript());
    project.query("DROP TABLE notes")?;
    approved("asked again")?;
    project.run(&["run", "approve", "latest"], 0)?;
    // Nor after whoever was about to do it was killed.
    let records = project.json(&["run", "show", "latest"], 0)?["result"]["records"].as_array().map_or(0, Vec::len);
    let place = format!("run.after.{}", records + 1);
    let killed = project.command(&["run", "resume", "latest"])?.run_to_failpoint(&place)?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    project.query("CREATE TABLE notes (other int)")?;
    let resumed = project.command(&["run", "resume", "latest"])?.run()?.expect_code(4);
    ensure!(resumed.stderr.contains("asked again"), "{}", resumed.transcript());
    project.query("DROP TABLE notes")?;
    approved("asked again")?;
    project.run(&["run", "approve", "latest"], 0)?;
    project.run(&["run", "resume", "latest"], 0)?;
    story.is_back()
}

/// The last way has none behind it: a person decides, who may ask again, or leave the step out.
#[tokio::test]
async fn what_is_refused_in_the_last_way_stops() -> Result<()> {
    let story = asks("states_refused_last", "").await?;
    let project = &story.project;
    project.run(&BACK, 4)?;
    let refused = project.run(&["run", "refuse", "latest", "--because", "not yet"], 0)?;
    ensure!(refused.stdout.contains("then it stops for a person"), "{}", refused.transcript());
    let stopped = project.command(&["run", "resume", "latest"])?.run()?.expect_code(4);
    ensure!(stopped.stderr.contains("is stopped: undo in place: refused by"), "{}", stopped.transcript());
    command(&stopped, &stopped.stderr, "skip")?;
    call(project, &command(&stopped, &stopped.stderr, "resume")?, 4)?;
    assert_eq!(state(project)?, "waiting-for-approval");
    project.run(&["run", "approve", "latest"], 0)?;
    project.run(&["run", "resume", "latest"], 0)?;
    story.is_back()
}

/// The time runs out: a person decides, and going on asks anew. What is ended asks nobody.
#[tokio::test]
async fn what_nobody_approves_in_time_waits_for_a_person() -> Result<()> {
    let story = asks("states_expired", "approve_within = \"3s\"\n").await?;
    let project = &story.project;
    project.run(&BACK, 4)?;
    until(project, "stopped")?;
    let status = project.run(&["status"], 8)?;
    ensure!(status.stdout.contains("nobody approved \"undo in place\" in time"), "{}", status.transcript());
    let late = project.command(&["run", "approve", "latest"])?.run()?.expect_code(3);
    ensure!(late.stderr.contains("expired"), "{}", late.transcript());
    let again = command(&late, &late.stderr, "resume")?;
    let asked = call(project, &again, 4)?;
    ensure!(asked.stderr.contains("is waiting for approval"), "{}", asked.transcript());
    let abort = command(&asked, &asked.stderr, "abort")?;
    let aborted = call(project, &abort, 0)?;
    ensure!(aborted.stdout.contains("it is aborted"), "{}", aborted.transcript());
    assert_eq!(state(project)?, "aborted");
    let shown = project.run(&["run", "show", "latest"], 0)?;
    ensure!(!shown.stdout.contains("waits for approval"), "{}", shown.transcript());
    ensure!(shown.stdout.contains("not begun"), "{}", shown.transcript());
    Ok(())
}

/// A step that failed and stopped the run can be left out.
#[tokio::test]
async fn what_stopped_a_run_can_be_left_out() -> Result<()> {
    let plan = "[[way]]\nname = \"A\"\nkeep = \"none\"\n\
                [[way.step]]\nname = \"broken\"\ndo = \"command\"\nwith = { argv = [\"false\"], repeatable = true }\n\
                [[way.step]]\nname = \"then\"\ndo = \"command\"\nwith = { argv = [\"touch\", \"done\"], repeatable = true }\n";
    let project = project("states_skipped", plan).await?;
    let stopped = project.command(&["rollback", "--yes", "production"])?.run()?.expect_code(4);
    let skipped = call(&project, &command(&stopped, &stopped.stderr, "skip")?, 0)?;
    ensure!(skipped.stdout.contains("\"broken\" was left out by"), "{}", skipped.transcript());
    project.run(&["run", "resume", "latest"], 0)?;
    ensure!(project.path("done").exists(), "nobody went on");
    Ok(())
}

/// What a process that was killed leaves behind is told at once on its own machine.
#[tokio::test]
async fn a_process_that_is_gone_holds_nothing() -> Result<()> {
    let story = story("states_gone", WAYS).await?;
    let project = &story.project;
    let killed = project.command(&BACK)?.run_to_failpoint("run.acted.4")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    let listed = newest(project)?;
    assert_eq!((&listed["standing"]["state"], &listed["holder"]), (&json!("interrupted"), &Value::Null), "{listed:#}");
    let status = project.run(&["status"], 8)?;
    for part in
        ["is interrupted", "whoever executed it is gone", "\"tell\" has begun, and what came of it is not known"]
    {
        ensure!(status.stdout.contains(part), "{part}: {}", status.transcript());
    }
    // It may not be ended like this, so nobody says that it may; nor does a preview.
    for line in [&["rollback", "--yes", "production"][..], &["status"]] {
        let said = project.command(line)?.run()?;
        ensure!(
            !said.transcript().contains("--again") && !said.transcript().contains("run abort"),
            "{}",
            said.transcript()
        );
    }
    for line in [&["rollback", "--again", "--dry-run"][..], &["rollback", "--again", "--yes", "production"]] {
        let refused = project.command(line)?.run()?.expect_code(3);
        ensure!(
            refused.stderr.contains("\"tell\"") && refused.stderr.contains("run resume"),
            "{}",
            refused.transcript()
        );
    }
    project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
    story.is_back()
}

#[tokio::test]
async fn what_somebody_executes_is_running() -> Result<()> {
    let story = story("states_running", WAYS).await?;
    let project = &story.project;
    let halted = project.command(&BACK)?.halt_at_failpoint("run.acted.2")?;
    let listed = newest(project)?;
    assert_eq!(listed["standing"]["state"], "running", "{listed:#}");
    ensure!(listed["holder"].as_str().is_some_and(|holder| holder.contains('#')), "{listed:#}");
    let status = project.json(&["status"], 0)?;
    assert_eq!(status["result"]["attention"][0]["severity"], "note", "{status:#}");
    for line in [&["rollback", "--again", "--dry-run"][..], &["rollback", "--again", "--yes", "production"]] {
        let held = project.command(line)?.run()?.expect_code(3);
        ensure!(held.stderr.contains("is held by"), "{}", held.transcript());
    }
    let other = project.command(&BACK)?.run()?.expect_code(3);
    ensure!(!other.stderr.contains("--again"), "{}", other.transcript());
    halted.go_on()?.expect_code(0);
    story.is_back()
}

/// A first step that can be watched, and one behind it.
fn slow(script: &str) -> String {
    format!(
        "[[way]]\nname = \"A\"\nkeep = \"none\"\n\
         [[way.step]]\nname = \"slow\"\ndo = \"command\"\nbudget = \"10m\"\nwith = {{ argv = [\"sh\", \"-c\", \"{script}\"], repeatable = true }}\n\
         [[way.step]]\nname = \"then\"\ndo = \"command\"\nwith = {{ argv = [\"sh\", \"-c\", \"echo then >> done\"], check = [\"test\", \"-e\", \"done\"] }}\n"
    )
}

fn started(project: &Project) -> Result<Running> {
    let mut running = project.command(&["rollback", "--yes", "production"])?.start()?;
    let late = Instant::now() + Duration::from_secs(60);
    while !project.path("started").exists() {
        ensure!(Instant::now() < late && running.is_running()?, "{}", running.end()?.transcript());
        std::thread::yield_now();
    }
    Ok(running)
}

/// The journal says by whom, when and how; what was under way is not taken for a failure.
#[tokio::test]
async fn who_stopped_a_run_is_on_record() -> Result<()> {
    let script = "if test -e started; then exit 0; fi; touch started; exec sleep 7332";
    let project = project("states_terminated", &slow(script)).await?;
    let mut running = started(&project)?;
    running.terminate()?;
    let ended = running.end()?.expect_code(4);
    ensure!(ended.stderr.contains("is interrupted: stopped by SIGTERM 20"), "{}", ended.transcript());
    let listed = newest(&project)?;
    let standing = &listed["standing"];
    assert_eq!((&standing["state"], &listed["holder"]), (&json!("interrupted"), &Value::Null), "{listed:#}");
    assert_eq!(standing["stopped"]["because"], "SIGTERM", "{listed:#}");
    ensure!(standing["stopped"]["by"].as_str().is_some_and(|by| by.contains('@')), "{listed:#}");
    let shown = project.run(&["run", "show", "latest"], 0)?;
    ensure!(
        shown.stdout.lines().any(|line| line.contains("interrupted") && line.ends_with("SIGTERM")),
        "{}",
        shown.transcript()
    );
    call(&project, &command(&ended, &ended.stderr, "resume")?, 0)?;
    assert_eq!(project.read("done")?, "then\n");
    project.run(&["run", "verify-journal", "latest"], 0)?;
    Ok(())
}

/// Asked once, it ends what it has begun, and begins nothing more.
#[tokio::test]
async fn asked_once_a_run_stops_after_its_step() -> Result<()> {
    let script = "echo x >> started; while ! test -e go; do sleep 0.02; done";
    let project = project("states_interrupted", &slow(script)).await?;
    let mut running = started(&project)?;
    running.interrupt()?;
    let late = Instant::now() + Duration::from_secs(60);
    while !running.stderr()?.contains("stopping after step \"slow\"") {
        ensure!(Instant::now() < late && running.is_running()?, "{}", running.end()?.transcript());
        std::thread::yield_now();
    }
    project.write("go", "")?;
    let ended = running.end()?.expect_code(4);
    ensure!(ended.stderr.contains("stopped by SIGINT"), "{}", ended.transcript());
    ensure!(!project.path("done").exists(), "another step was begun: {}", ended.transcript());
    project.run(&["run", "resume", "latest"], 0)?;
    assert_eq!((project.read("started")?, project.read("done")?), ("x\n".to_owned(), "then\n".to_owned()));
    Ok(())
}

/// What has failed further on is not begun with from the start.
#[tokio::test]
async fn again_begins_in_the_way_in_which_the_former_run_stood() -> Result<()> {
    let story = story("states_again", &WAYS.replace("= 3 FROM notes", "= 4 FROM notes")).await?;
    let project = &story.project;
    project.run(&BACK, 4)?;
    assert_eq!(state(project)?, "stopped");
    let dry = project.json(&["rollback", "--dry-run"], 0)?;
    assert_eq!(
        (&dry["result"]["chosen"], &dry["result"]["open"]["standing"]["state"]),
        (&json!("A"), &json!("stopped")),
        "{dry:#}"
    );
    let dry = project.command(&["rollback", "--dry-run"])?.run()?.expect_code(0);
    ensure!(dry.stderr.contains("is over") && dry.stderr.contains("rollback --again"), "{}", dry.transcript());
    for (line, way) in [(&[][..], "U"), (&["--way", "A"], "A"), (&["--way", "auto"], "A")] {
        let dry = project.json(&[&["rollback", "--again", "--dry-run"], line].concat(), 0)?;
        assert_eq!(dry["result"]["chosen"], way, "{dry:#}");
        ensure!(dry["result"]["open"].is_null(), "{dry:#}");
        let path = dry["result"]["path"][0].as_str().unwrap_or_default();
        ensure!(path.contains("stood there") == line.is_empty(), "{path}");
    }
    project.write("backout.toml", &format!("{PLAN}{WAYS}"))?;
    let back = project.json(&["rollback", "--again", "--yes", "production"], 0)?;
    assert_eq!(back["result"]["state"]["procedure"]["ways"][0]["name"], "U", "{back:#}");
    story.is_back()
}

#[tokio::test]
async fn a_wrong_confirmation_says_what_was_given_and_what_to_type() -> Result<()> {
    let story = story("states_yes", WAYS).await?;
    let project = &story.project;
    let wrong = project.command(&["rollback", "--yes", "prod", "--because", "it's bad"])?.run()?.expect_code(3);
    for part in [
        "\"prod\" was confirmed, and the target is \"production\"",
        "rollback --because 'it'\\''s bad' --yes production`",
    ] {
        ensure!(wrong.stderr.contains(part), "{part}: {}", wrong.transcript());
    }
    assert_eq!(project.json(&["runs"], 0)?["result"]["runs"], json!([]));
    // Nobody copies a password.
    let url = project.database.url();
    let wrong = project.command(&["--url", &url, "rollback", "--yes", "prod"])?.run()?.expect_code(3);
    ensure!(!wrong.stderr.contains("postgres"), "{}", wrong.transcript());
    Ok(())
}

#[tokio::test]
async fn small_words_are_alike() -> Result<()> {
    let way = "[[way]]\nname = \"A\"\nkeep = \"none\"\n[[way.step]]\nname = \"nothing\"\ndo = \"command\"\nwith = { argv = [\"true\"], repeatable = true }\n";
    let project = project("states_words", way).await?;
    // Whoever means an open run learns that there is none.
    for (line, code) in [(&["rollback", "--again", "--dry-run"][..], 0), (&["rollback", "--again"], 3)] {
        let again = project.command(line)?.run()?.expect_code(code);
        ensure!(again.stderr.contains("no run is open, so nothing is ended"), "{}", again.transcript());
    }
    // None of them is no list of none.
    project.run(&["runs", "--limit", "0"], 2)?;
    project.run(&["history", "--limit", "0"], 2)?;
    for line in
        [&["release", "--yes", "production"][..], &["release", "--dry-run"], &["migrate"], &["migrate", "--dry-run"]]
    {
        let nothing = project.command(line)?.run()?.expect_code(0);
        assert_eq!(nothing.stderr.trim(), "nothing is pending", "{}", nothing.transcript());
    }
    project.run(&["env"], 0)?;
    // Who calls has a name without a user's name in the environment, too.
    let unnamed = project.command(&["rollback", "--yes", "production"])?.env("USER", "").env("LOGNAME", "").run()?;
    ensure!(unnamed.code() == Some(0), "{}", unnamed.transcript());
    let opener = newest(&project)?["opener"].as_str().unwrap_or_default().to_owned();
    ensure!(opener.contains('@') && !opener.contains(' ') && !opener.starts_with('@'), "{opener}");
    Ok(())
}

/// What a status looks for it does not make.
#[tokio::test]
async fn a_status_makes_no_store() -> Result<()> {
    let project = project("states_none", "").await?;
    project.run(&["status"], 0)?;
    ensure!(!project.path(".backout/runs.db").exists(), "a store was made");
    Ok(())
}
