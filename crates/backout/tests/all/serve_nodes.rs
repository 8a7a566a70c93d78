//! Several processes of `backout serve` on one store: one leads, all answer, and another one goes on where it is killed or
//! halted. And the store away: flags are served from memory, and nothing is acted on.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use backout_testkit::{Backout, TestDatabase, TestServer};

use crate::rollback::Story;
use crate::serve::{Server, until};
use crate::serve_kills::{SERVE, Senders, are_counted, auto, flag, is_done_once, node, serve};

/// A project whose runs lie on a server, and folders of two other machines with what it has.
struct Nodes {
    story: Story,
    store: TestDatabase<'static>,
    others: [tempfile::TempDir; 2],
}

impl Nodes {
    async fn new(name: &str) -> Result<Self> {
        let store = TestServer::shared().database(&format!("{name}_runs")).await?;
        let story = auto(name, "[store]\nurl = \"env:STORE_URL\"\n", "0", Some(&store.url())).await?;
        let others = [tempfile::tempdir()?, tempfile::tempdir()?];
        for other in &others {
            for file in ["backout.toml", ".env", "flags.json"] {
                fs::copy(story.project.path(file), other.path().join(file))?;
            }
            // What is outside is the same for all.
            for name in ["migrations", "told"] {
                std::os::unix::fs::symlink(story.project.path(name), other.path().join(name))?;
            }
        }
        Ok(Self { story, store, others })
    }

    fn other(&self, number: usize) -> Result<Server> {
        serve(node(self.others[number].path())?)
    }

    /// Lets the store answer, or not.
    fn store_answers(&self, answers: bool) -> Result<()> {
        let name = backout_schema::ident(self.store.name());
        let project = &self.story.project;
        project.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {answers}"))?;
        if !answers {
            let name = self.store.name();
            project.query(&format!(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
            ))?;
        }
        Ok(())
    }

    fn signal(&self) -> Result<()> {
        self.story.project.query("UPDATE signals SET value = 1").map(drop)
    }
}

fn leads(server: &Server) -> Result<bool> {
    let metrics = server.ask("GET", "/metrics", &[], "")?.text;
    Ok(metrics.lines().any(|line| line == "backout_leader 1"))
}

/// For whoever measures by hand.
fn figure(said: &str) -> Result<()> {
    if std::env::var_os("BACKOUT_TEST_FIGURES").is_some() {
        writeln!(std::io::stderr(), "{said}")?;
    }
    Ok(())
}

/// How long it took until one of them leads: at most five seconds, and what a busy machine adds to it.
fn replaced(since: Instant, servers: &[&Server]) -> Result<usize> {
    let mut found = None;
    until("another one leads", || {
        for (number, server) in servers.iter().enumerate() {
            if leads(server)? {
                found = Some(number);
            }
        }
        Ok(found.is_some())
    })?;
    let took = since.elapsed();
    figure(&format!("replaced after {} ms", took.as_millis()))?;
    ensure!(took < Duration::from_secs(8), "{took:?}");
    found.context("nobody leads")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_leader_is_replaced_and_no_message_is_lost() -> Result<()> {
    let nodes = Nodes::new("nodes_killed").await?;
    let project = &nodes.story.project;
    let mut first = Server::start(project)?;
    until("the first one leads", || leads(&first))?;
    let (second, third) = (nodes.other(0)?, nodes.other(1)?);
    for server in [&first, &second, &third] {
        ensure!(flag(server)? == true);
    }
    ensure!(!leads(&second)? && !leads(&third)?, "two lead");
    let senders = Senders::start(&[&first, &second, &third]);
    senders.more(100)?;
    let ended = first.running.kill()?;
    ensure!(ended.was_killed(), "{}", ended.transcript());
    let leader = replaced(Instant::now(), &[&second, &third])?;
    senders.to(&[&second, &third]);
    senders.more(100)?;
    // Flags of one are those of all.
    Backout::new(nodes.others[0].path())?
        .args(["flags", "set", "v2=off", "--file", "flags.json"])
        .run()?
        .expect_code(0);
    until("the others have it", || Ok(flag(&second)? == false && flag(&third)? == false))?;
    let acknowledged = senders.stop()?;
    are_counted(&third, acknowledged)?;
    let both = [&second, &third];
    ensure!(leads(both[leader])? && !leads(both[1 - leader])?, "one leads");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_killed_in_a_way_back_is_gone_on_for() -> Result<()> {
    for (number, place) in ["watch-decided", "run.acted.2", "run.acted.4", "undo.after_commit"].iter().enumerate() {
        let nodes = Nodes::new(&format!("nodes_way_{number}")).await?;
        let log = nodes.story.project.path("failpoints");
        let command = nodes.story.project.command(&SERVE)?.env("BACKOUT_FAILPOINT", *place);
        let mut first = serve(command.env("BACKOUT_FAILPOINT_LOG", &log))?;
        until("the first one leads", || leads(&first))?;
        let (second, third) = (nodes.other(0)?, nodes.other(1)?);
        let senders = Senders::start(&[&first, &second, &third]);
        senders.more(20)?;
        nodes.signal()?;
        let ended = first.running.end()?;
        let since = Instant::now();
        ensure!(ended.was_killed() && fs::read_to_string(&log)?.contains(place), "{place}: {}", ended.transcript());
        senders.to(&[&second, &third]);
        replaced(since, &[&second, &third])?;
        // Whoever comes back takes over what the others have switched meanwhile.
        let returned = Server::start(&nodes.story.project)?;
        until("the flag is off there", || Ok(flag(&returned)? == false))?;
        is_done_once(&nodes.story).with_context(|| place.to_string())?;
        // What a way back has switched is off for all.
        until("the flag is off", || Ok(flag(&second)? == false && flag(&third)? == false))?;
        senders.more(20)?;
        are_counted(&second, senders.stop()?).with_context(|| place.to_string())?;
    }
    Ok(())
}

/// Between an intent and its action, which is the worst: it wakes up when another one has done all of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_halted_does_nothing_more() -> Result<()> {
    let nodes = Nodes::new("nodes_halted").await?;
    let command = nodes.story.project.command(&SERVE)?.env("BACKOUT_FAILPOINT", "run.after.4");
    let first = serve(command.env("BACKOUT_FAILPOINT_HALT", "1"))?;
    until("the first one leads", || leads(&first))?;
    let second = nodes.other(0)?;
    nodes.signal()?;
    until("it is halted", || first.running.is_halted())?;
    let told = nodes.story.project.path("told");
    ensure!(!told.exists(), "it was to be halted before it tells anybody");
    replaced(Instant::now(), &[&second])?;
    // The process is there, so its time is waited for, as that of one on another machine is.
    let since = Instant::now();
    is_done_once(&nodes.story)?;
    let took = since.elapsed();
    figure(&format!("gone on with {} ms later", took.as_millis()))?;
    ensure!(took < Duration::from_secs(12), "{took:?}");
    first.running.go_on()?;
    until("it knows that another one leads", || Ok(!leads(&first)?))?;
    until("its run is over for it", || Ok(first.running.stderr()?.contains("lease")))?;
    nodes.story.is_back()?;
    ensure!(leads(&second)? && flag(&first)? == false, "{}", first.running.stderr()?);
    is_done_once(&nodes.story)
}

/// For five seconds, or for as many as `BACKOUT_TEST_AWAY` says.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_leaves_flags_and_nothing_is_done() -> Result<()> {
    let away = std::env::var("BACKOUT_TEST_AWAY").ok().map(|text| text.parse()).transpose()?.unwrap_or(5);
    let nodes = Nodes::new("nodes_away").await?;
    let project = &nodes.story.project;
    let server = Server::start(project)?;
    until("it leads", || leads(&server))?;
    let senders = Senders::start(&[&server]);
    senders.more(50)?;
    nodes.store_answers(false)?;
    until("it is said", || Ok(server.ask("GET", "/readyz", &[], "")?.status == 503))?;
    nodes.signal()?;
    let (begun, mut answered, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(away) {
        let asked = Instant::now();
        ensure!(flag(&server)? == true, "the flag was lost");
        let gate = server.ask("GET", "/gate", &[("X-Original-URI", "/v2/a")], "")?;
        ensure!(gate.status == 200, "{}", gate.text);
        slowest = slowest.max(asked.elapsed());
        answered += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    figure(&format!("away for {away} s: {answered} rounds of flag and gate, the slowest {} ms", slowest.as_millis()))?;
    ensure!(server.ask("GET", "/healthz", &[], "")?.status == 200);
    let ready = server.ask("GET", "/readyz", &[], "")?.json()?;
    ensure!(ready["checks"]["store"] == "failing" && ready["checks"]["flags"] == "ok", "{ready:#}");
    let page = server.ask("GET", "/", &[], "")?.text;
    ensure!(page.contains("store away") && page.contains("Nothing is acted on"), "{page}");
    until("the watch says so", || Ok(server.running.stderr()?.contains("nothing is acted on")))?;
    ensure!(!project.path("told").exists(), "it acted");
    ensure!(project.query("SELECT to_regclass('public.notes') IS NULL")? == "t", "it acted");
    nodes.store_answers(true)?;
    senders.more(50)?;
    is_done_once(&nodes.story)?;
    until("it is ready", || Ok(server.ask("GET", "/readyz", &[], "")?.status == 200))?;
    are_counted(&server, senders.stop()?)
}
