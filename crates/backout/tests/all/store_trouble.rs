//! The server that the journals lie on goes away while a run is executed.

use anyhow::{Result, ensure};
use backout_testkit::TestServer;

use crate::rollback::{BACK, Story, WAYS, story_in};

/// A story whose runs lie on a server, and what ends all connections to them.
async fn story(name: &str) -> Result<(Story, backout_testkit::TestDatabase<'static>)> {
    let shared = TestServer::shared().database(&format!("{name}_runs")).await?;
    let plan = format!("[store]\nurl = \"env:STORE_URL\"\n{WAYS}");
    Ok((story_in(name, &plan, Some(&shared.url())).await?, shared))
}

fn end_connections(story: &Story, store: &str, may_come_back: bool) -> Result<()> {
    let name = backout_schema::ident(store);
    story.project.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {may_come_back}"))?;
    let ended = format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{store}'");
    let ended = story.project.query(&ended)?;
    ensure!(ended != "0", "nobody was connected to {store}");
    Ok(())
}

/// Connections end and come back: nobody notices, wherever it was.
#[tokio::test]
async fn a_store_that_blinks_is_waited_for() -> Result<()> {
    let (story, store) = story("store_blinks").await?;
    for place in ["run.before.1", "run.acted.2", "run.before.4"] {
        let halted = story.project.command(&BACK)?.halt_at_failpoint(place)?;
        end_connections(&story, store.name(), true)?;
        let done = halted.go_on()?.expect_code(0);
        ensure!(!done.stderr.contains("error"), "{place}: {}", done.transcript());
        story.is_back()?;
        story.project.run(&["run", "verify-journal", "latest"], 0)?;
        story.project.write("told", "")?;
        std::fs::remove_file(story.project.path("told"))?;
        story.project.run(&["migrate"], 0)?;
    }
    Ok(())
}

/// It stays away: the run stops where it is and says so; it is gone on with afterwards, and nothing happens twice.
#[tokio::test]
async fn a_store_that_is_gone_stops_the_run_where_it_is() -> Result<()> {
    let (story, store) = story("store_gone").await?;
    let project = &story.project;
    // Between an action and its record; and before another one is written down.
    for (place, said, is_told) in
        [("run.acted.4", "what came of it is not written down", true), ("run.before.3", "which was not begun", false)]
    {
        let halted = project.command(&BACK)?.halt_at_failpoint(place)?;
        end_connections(&story, store.name(), false)?;
        let stopped = halted.go_on()?.expect_code(4);
        for part in [said, "\"tell\" of way A", "run resume", store.name()] {
            ensure!(stopped.stderr.contains(part), "{place}, {part}: {}", stopped.transcript());
        }
        ensure!(project.path("told").exists() == is_told, "{place}: {}", stopped.transcript());
        // Nobody can go on meanwhile.
        let away = project.command(&["run", "resume", "latest", "--yes", "production"])?.run()?;
        ensure!(away.code() == Some(7), "{}", away.transcript());
        let name = backout_schema::ident(store.name());
        project.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))?;
        project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
        story.is_back()?;
        project.run(&["run", "verify-journal", "latest"], 0)?;
        std::fs::remove_file(project.path("told"))?;
        project.write("flags.json", crate::rollback::FLAGS)?;
        project.run(&["migrate"], 0)?;
    }
    Ok(())
}
