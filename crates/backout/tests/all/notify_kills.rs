//! Messages from end to end: whoever sends them is killed between any two steps, a channel is away, and those who are
//! affected are written to.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;

use crate::impact;
use crate::project::{PLAN, Project};
use crate::rollback::{BACK, Story, WAYS, story};
use crate::sinks::{Hooks, Mails};

const KEY: &str = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

const TOLD: &str = r#"
[[channel]]
name = "hook"
to.webhook = { url = "env:HOOK", secret = "env:KEY" }
[[message]]
name = "opened"
on = "opened"
to = ["hook"]
text = "{{ incident.title }}"
[[message]]
name = "over"
on = "resolved"
to = ["hook"]
text = "{{ incident.title }} is over"
"#;

const BACK_TOLD: &str = r#"
[[message]]
name = "started"
on = "run-started"
to = ["hook"]
text = 'way {{ way.name|default("?") }} begins'
[[message]]
name = "changed"
on = "way-changed"
to = ["hook"]
text = "{{ changed.from }} did not suffice"
[[message]]
name = "complete"
on = "run-ended"
to = ["hook"]
text = '{{ run.phase|default("?") }} by way {{ way.name|default("?") }}'
"#;

/// How long a message stays with whoever claimed it, and somewhat more.
const UNCLAIMED: Duration = Duration::from_secs(120);

fn failpoints() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../backout-control/src/notify"))? {
        let text = std::fs::read_to_string(entry?.path())?;
        names.extend(text.split("failpoint!(\"").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned));
    }
    ensure!(names.len() >= 4, "the list of failpoints cannot be right: {names:?}");
    Ok(names)
}

fn reach(project: &Project, url: &str) -> Result<()> {
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}HOOK={url}\nKEY={KEY}\n"))
}

/// States of the outbox, in order.
fn states(project: &Project) -> Result<Vec<String>> {
    let store = Connection::open(project.path(".backout/runs.db"))?;
    let mut query = store.prepare("SELECT state FROM outbox ORDER BY seq")?;
    let all = query.query_map([], |row| row.get(0))?;
    Ok(all.collect::<std::result::Result<_, _>>()?)
}

/// Whatever is noted of an incident, whoever notes it sends what waits.
fn told(project: &Project, hooks: &Hooks, text: &str) -> Result<()> {
    let begun = Instant::now();
    while !hooks.texts().iter().any(|known| known == text) || states(project)?.iter().any(|state| state != "sent") {
        ensure!(begun.elapsed() < UNCLAIMED, "{text:?} never came: {:?}, {:?}", hooks.texts(), states(project)?);
        project.run(&["incident", "note", "still waiting"], 0)?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_at_every_step_nothing_is_lost_and_nothing_is_shown_twice() -> Result<()> {
    let project = Project::new("notify_kills").await?;
    project.write("backout.toml", &format!("{PLAN}{TOLD}"))?;
    let hooks = Hooks::start()?;
    reach(&project, &hooks.url)?;
    let (mut titles, mut twice) = (Vec::new(), 0);
    for point in failpoints()? {
        let killed = project.command(&["incident", "open", "--title", &point])?.run_to_failpoint(&point)?;
        ensure!(killed.hit && killed.run.was_killed(), "{point}: {}", killed.run.transcript());
        let before = hooks.ids().len();
        told(&project, &hooks, &point)?;
        titles.push(point.clone());
        // It had arrived, and nobody had noted that: it comes once more under its id, and whoever knows the id drops it.
        if point == "notify.delivered" {
            assert_eq!(hooks.ids().len(), before + 1, "{point}");
            twice += 1;
        }
        project.run(&["incident", "resolve", "--because", "done"], 0)?;
        told(&project, &hooks, &format!("{point} is over"))?;
        titles.push(format!("{point} is over"));
    }
    assert_eq!(hooks.texts(), titles);
    let ids = hooks.ids();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!((distinct.len(), ids.len()), (titles.len(), titles.len() + twice), "{ids:?}");
    Ok(())
}

/// The same of a way back: what is told is killed with it, and comes in order when it goes on.
#[tokio::test]
async fn a_way_back_that_is_killed_is_told_in_order() -> Result<()> {
    let story: Story = story("notify_way_back", &format!("{WAYS}{TOLD}{BACK_TOLD}")).await?;
    let project = &story.project;
    let hooks = Hooks::start()?;
    reach(project, &hooks.url)?;
    let killed = project.command(&BACK)?.run_to_failpoint("run.acted.2")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
    told(project, &hooks, "succeeded by way U")?;
    story.is_back()?;
    let texts = hooks.texts();
    let place =
        |text: &str| texts.iter().position(|one| one.contains(text)).with_context(|| format!("{text}: {texts:?}"));
    ensure!(place("way back: errors")? < place("did not suffice")?, "{texts:?}");
    ensure!(place("begins")? < place("did not suffice")?, "{texts:?}");
    ensure!(place("did not suffice")? < place("succeeded by way U")?, "{texts:?}");
    assert_eq!(texts.len(), 4, "{texts:?}");
    Ok(())
}

/// Nobody answers, or somebody who says nothing: the way back is gone as ever, and what is left is said.
#[tokio::test]
async fn a_channel_that_is_away_or_hangs_changes_nothing_of_a_way_back() -> Result<()> {
    let story = story("notify_away", &format!("{WAYS}{TOLD}{BACK_TOLD}")).await?;
    let project = &story.project;
    let hooks = Hooks::start()?;
    hooks.hangs.store(true, Ordering::Relaxed);
    reach(project, &hooks.url)?;
    let begun = Instant::now();
    let back = project.run(&BACK, 0)?;
    let took = begun.elapsed();
    ensure!(took < Duration::from_secs(60), "{took:?}");
    ensure!(back.stderr.contains("messages wait"), "{}", back.transcript());
    ensure!(!back.transcript().contains(&hooks.url) && !back.transcript().contains(KEY), "{}", back.transcript());
    story.is_back()?;
    let run = project.json(&["run", "show", "latest"], 0)?;
    assert_eq!(run["result"]["phase"], "succeeded");
    assert_eq!(hooks.texts(), Vec::<String>::new());
    hooks.hangs.store(false, Ordering::Relaxed);
    told(project, &hooks, "succeeded by way U")?;
    assert_eq!(hooks.texts().len(), 4, "{:?}", hooks.texts());
    Ok(())
}

const AFFECTED: &str = r#"
[[way]]
name = "U"
for = ["errors"]
[[way.step]]
name = "who is affected"
do = "impact"
[[way.step]]
name = "undo in place"
do = "undo"
[[channel]]
name = "users"
to.mail = { server = "env:SMTP", from = "Shop <shop@example.org>" }
[[message]]
name = "to users"
on = "run-ended"
to = ["users"]
audience = "affected"
when = { exposed = true }
subject = "What has happened"
text = 'Hello {{ user.name|default("there") }}: {{ user.rows }} of your rows, {% for one in user.tables %}{{ one.name }} {{ one.rows }}{% endfor %}.'
[[duty]]
name = "users"
within = "2h"
when = { exposed = true }
notice = "to users"
"#;

/// 47 rows of five users, one of whom has no address: four mails, each with the reader's own figures, and one who is said.
#[tokio::test]
async fn whoever_is_affected_and_nobody_else_is_written_to() -> Result<()> {
    let addresses = "addresses = \"SELECT id, CASE WHEN right(id::text, 1) = '5' THEN NULL ELSE 'u' || right(id::text, 1) || '@example.org' END AS email, \
                     'User ' || right(id::text, 1) AS name FROM public.users\"\n";
    let project = impact::project("notify_affected", &format!("{addresses}{AFFECTED}")).await?;
    // Somebody who has nothing there.
    project.database.run("INSERT INTO users VALUES ('00000000-0000-0000-0000-000000000009')")?;
    let mails = Mails::start()?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}SMTP={}\n", mails.url))?;
    let back = project.run(&BACK, 0)?;
    let mut taken = mails.taken();
    taken.sort();
    let to: Vec<&[String]> = taken.iter().map(|(to, _)| to.as_slice()).collect();
    let expected: Vec<Vec<String>> = (1..=4).map(|n| vec![format!("u{n}@example.org")]).collect();
    assert_eq!(to, expected.iter().map(Vec::as_slice).collect::<Vec<_>>(), "{}", back.transcript());
    for ((_, text), (user, rows)) in taken.iter().zip([(1, 3), (2, 7), (3, 10), (4, 12)]) {
        let said = text.replace("=\r\n", "");
        ensure!(said.contains(&format!("Hello User {user}: {rows} of your rows")), "{text}");
    }
    ensure!(back.stderr.contains("1 of 5 affected users have no address"), "{}", back.transcript());
    ensure!(!back.transcript().contains("@example.org"), "{}", back.transcript());
    // Not all of them know, so what is owed is not done.
    let shown = project.json(&["incident", "show"], 0)?;
    assert_eq!(shown["result"]["impact"]["users"], 5, "{shown:#}");
    assert_eq!(shown["result"]["duties"][0]["state"], "running", "{shown:#}");
    // Nobody is written to twice.
    project.run(&["incident", "note", "and so on"], 0)?;
    assert_eq!(mails.taken().len(), 4);
    Ok(())
}
