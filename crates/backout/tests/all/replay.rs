//! The incidents of the runbooks told end to end: a trigger fires and a way back is gone (000), data is exposed and taken
//! back (001). What people get is sent to services of a few lines and to a real mail server; every figure is the journal's.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::http::{Reply, Request, listen};
use crate::notify::Sink;
use crate::runbooks::{V2, WRITES, as_owner};
use crate::scenarios::Scene;
use crate::serve::{Server, until};
use crate::serve_kills::{auto, is_done_once};

const MEETSOLIS: &str = include_str!("../../../backout-control/src/init_ways/meetsolis.toml");

/// 000's messages, as its templates have them.
const TOLD: &str = r##"
[[channel]]
name = "slack"
to.slack = { token = "env:SLACK_TOKEN", channel = "#incidents", api = "URL/slack" }
[[channel]]
name = "status page"
to.statuspage = { token = "env:PAGE_TOKEN", page = "p1", api = "URL" }
[[channel]]
name = "pager"
to.pagerduty = { key = "env:PAGER_KEY", api = "URL" }
[[message]]
name = "initiated"
on = "run-started"
to = ["slack", "pager"]
template = "migration-rollback-started"
[[message]]
name = "in progress"
on = "run-started"
to = ["slack"]
template = "rollback-started"
[[message]]
name = "update"
on = "every"
every = "1s"
to = ["slack"]
template = "rollback-update"
[[message]]
name = "complete"
on = "run-ended"
to = ["slack"]
template = "rollback-complete"
texts = { cause = "a release that made wrong rows" }
[[message]]
name = "page opens"
on = "run-started"
to = ["status page"]
template = "status-page"
[[message]]
name = "closed"
on = "resolved"
to = ["slack", "status page", "pager"]
subject = "Resolved: {{ incident.title }}"
text = "Resolved: {{ incident.because|default(\"it is over\") }}"
[people]
on_call = "<!channel> Anna"
"##;

const SECRETS: [(&str, &str); 3] = [
    ("SLACK_TOKEN", "xoxb-not-for-anybody"),
    ("PAGE_TOKEN", "page-not-for-anybody"),
    ("PAGER_KEY", "pager-not-for-anybody"),
];

/// What three services were asked, in order.
#[derive(Clone, Default)]
struct Services(Arc<Mutex<Vec<Request>>>);

impl Services {
    fn start() -> Result<(Self, String)> {
        let this = Self::default();
        let services = this.clone();
        let url = listen(move |request| {
            let mut all = services.0.lock().unwrap();
            all.push(request);
            // An answer that each of them could have given.
            let number = all.len();
            let body = json!({ "ok": true, "ts": format!("1700000000.{number:06}"), "channel": "C0123456789",
                "id": "i1", "status": "success", "dedup_key": all.last().map(|it| it.body["dedup_key"].clone()) });
            Reply::new(200, body)
        })?;
        Ok((this, url))
    }

    fn of(&self, path: &str) -> Vec<Value> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|request| request.path.contains(path)).map(|request| request.body.clone()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_a_way_back_is_sent_in_order_with_the_journals_figures() -> Result<()> {
    let (services, url) = Services::start()?;
    let story = auto("replay_000", &TOLD.replace("URL", &url), "3", None).await?;
    let project = &story.project;
    let known = project.read(".env")?;
    let secrets: String = SECRETS.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    project.write(".env", &format!("{known}{secrets}"))?;
    project.query("UPDATE signals SET value = 1")?;
    let mut server = Server::start(project)?;
    is_done_once(&story)?;
    let told = |message: &str| -> Result<bool> {
        let listed = project.json(&["notify", "list"], 0)?;
        let all = listed["result"]["messages"].as_array().cloned().unwrap_or_default();
        Ok(all.iter().any(|one| one["message"] == message) && all.iter().all(|one| one["state"] == "sent"))
    };
    until("the end of the run is told", || told("complete"))?;
    project.run(&["incident", "resolve", "--because", "the notes are there"], 0)?;
    until("the end of the incident is told", || told("closed"))?;
    server.running.terminate()?;
    let served = server.running.end()?.expect_code(0);
    let shown = project.json(&["incident", "show"], 0)?;
    let (record, run) = (&shown["result"], &shown["result"]["runs"][0]);

    // Slack: one message begins the thread, all others are in it, the last one is shown in the channel as well.
    let slack = services.of("chat.postMessage");
    let texts: Vec<String> = slack.iter().map(|body| body["blocks"].to_string()).collect();
    ensure!(slack.len() >= 4, "{slack:#?}");
    ensure!(slack[0]["thread_ts"].is_null() && slack[0]["channel"] == "#incidents", "{:#}", slack[0]);
    let thread = slack[1]["thread_ts"].clone();
    ensure!(thread.is_string() && slack[1..].iter().all(|one| one["thread_ts"] == thread), "{slack:#?}");
    ensure!(slack.last().is_some_and(|one| one["reply_broadcast"] == true), "{slack:#?}");
    ensure!(texts[0].contains("MIGRATION ROLLBACK INITIATED"), "{}", texts[0]);
    let place = |what: &str| texts.iter().position(|text| text.contains(what)).with_context(|| what.to_owned());
    let (update, complete, closed) =
        (place("so far")?, place("ROLLBACK COMPLETE")?, place("Resolved: the notes are there")?);
    ensure!(place("ROLLBACK IN PROGRESS")? == 1, "{texts:#?}");
    ensure!(1 < update && update < complete && complete < closed && closed == slack.len() - 1, "{texts:#?}");
    // The figures are those of the journal.
    let firing = &record["firings"][0]["firing"];
    ensure!(texts[0].contains("tags") && firing["trigger"] == "tags", "{}", texts[0]);
    for step in run["ways"][0]["steps"].as_array().context("steps")? {
        let name = step["name"].as_str().context("a name")?;
        ensure!(texts[complete].contains(name), "{name}: {}", texts[complete]);
    }
    ensure!(run["lost"].is_null() && record["lost"]["rows"] == 0, "{record:#}");
    ensure!(texts[complete].contains("none, as counted"), "{}", texts[complete]);
    let took = run["took_ms"].as_u64().context("how long")?;
    ensure!((3_000..60_000).contains(&took), "{took}");
    // A mention in the plan's own words calls nobody.
    let calls = |body: &Value| {
        body["text"].to_string().contains("<!channel>") || body["blocks"].to_string().contains("\"broadcast\"")
    };
    ensure!(texts[1].contains("<!channel> Anna") && !slack.iter().any(calls), "{slack:#?}");

    // The status page has one incident, which is resolved at the end.
    let page = services.of("/v1/pages/p1/incidents");
    assert_eq!(page.len(), 2, "{page:#?}");
    assert_eq!(
        (&page[0]["incident"]["status"], &page[1]["incident"]["status"]),
        (&json!("investigating"), &json!("resolved"))
    );
    // The pager is called once, and let go.
    let pager = services.of("/v2/enqueue");
    let actions: Vec<&Value> = pager.iter().map(|event| &event["event_action"]).collect();
    assert_eq!(actions, ["trigger", "resolve"], "{pager:#?}");
    assert_eq!(pager[0]["dedup_key"], pager[1]["dedup_key"]);

    // The record has what was told, and nobody's secret is in it, in an output or in a body.
    let told = record["messages"].as_array().context("messages")?;
    ensure!(told.iter().all(|one| one["state"] == "sent") && told.len() >= 8, "{told:#?}");
    let mut all = format!("{}{shown}", served.transcript());
    all.push_str(&slack.iter().chain(&page).map(Value::to_string).collect::<String>());
    for (name, secret) in SECRETS {
        ensure!(!all.contains(secret), "{name} is told");
    }
    Ok(())
}

/// 001's mail to each affected user, and what is owed by when.
const EXPOSED: &str = r#"
[[channel]]
name = "users"
to.mail = { server = "env:MAIL_SERVER", from = "Shop <privacy@shop.example>" }
[[message]]
name = "affected users"
on = "resolved"
to = ["users"]
audience = "affected"
approve = true
when = { exposed = true }
template = "user-update"
texts = { product = "Shop", records = "client records", contact = "privacy@shop.example" }
[[message]]
name = "security"
on = "resolved"
to = ["users"]
audience = "affected"
approve = true
when = { exposed = true }
template = "user-security"
texts = { product = "Shop", records = "client records", cause = "a rule that was missing", contact = "privacy@shop.example" }
[[duty]]
name = "users"
within = "2h"
when = { exposed = true }
notice = "affected users"
[[duty]]
name = "authority"
within = "72h"
when = { exposed = true }
checklist = ["nature of the breach", "contact point"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn each_affected_user_gets_one_mail_and_nobody_else() -> Result<()> {
    let Some(mut sink) = Sink::start()? else { return Ok(()) };
    let Some(scene) = Scene::new("replay_001").await? else { return Ok(()) };
    let project = &scene.project;
    let platform = scene.platform(["v2", "v2"], &[])?;
    let addresses = "[impact]\naddresses = \"SELECT id::text AS id, email, name FROM public.users\"";
    let template = MEETSOLIS.replacen("[impact] # whose rows are whose, which way C counts and keeps", addresses, 1);
    ensure!(template.contains("addresses"), "the template has another [impact]");
    scene.plan(&format!("{template}{EXPOSED}"), &platform)?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}MAIL_SERVER=smtp://127.0.0.1:{}\n", sink.port))?;
    let exposed = V2
        .replace("ALTER TABLE clients      ENABLE ROW LEVEL SECURITY;\n", "")
        .replace("tablename = wanted AND rowsecurity", "tablename = wanted");
    scene.migrate(&exposed)?;
    as_owner(project, WRITES)?;
    project.run(&["rollback", "--because", "data-exposure", "--yes", "production"], 4)?;
    project.run(&["run", "approve", "latest"], 0)?;
    project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
    let status = project.json(&["status"], 8)?.to_string();
    ensure!(status.contains("duty.running") || status.contains("duty.overdue"), "{status}");
    project.run(&["incident", "resolve", "--because", "nobody sees another one's rows"], 0)?;

    // Nobody is written to before somebody has read it.
    project.run(&["notify", "send"], 8)?;
    let listed = project.json(&["notify", "list", "--state", "held"], 0)?;
    let held = listed["result"]["messages"].as_array().context("messages")?.clone();
    let users = project.read("affected-users.txt")?;
    let users: Vec<&str> = users.lines().collect();
    ensure!(!users.is_empty() && held.len() == 2 * users.len(), "{} of {}", held.len(), users.len());
    let shown = project.json(&["notify", "preview", "affected users", "--incident", "latest"], 2)?;
    ensure!(shown["error"]["message"].is_string(), "{shown:#}");
    for one in &held {
        project.run(&["notify", "approve", &one["seq"].to_string()], 0)?;
    }
    let sent = project.command(&["notify", "send"])?.run()?;
    ensure!(sent.status.code() == Some(0), "{}\n{:#}", sent.transcript(), project.json(&["notify", "list"], 0)?);
    let (mut got, mut security, mut rows) = (Vec::new(), Vec::new(), 0);
    for _ in &held {
        let mail = sink.next()?;
        let text = mail["plain"].as_str().context("a text")?;
        let (before, _) = text.split_once(" of your client records").with_context(|| format!("{mail:#}"))?;
        let own = before.rsplit(' ').next().context("a number")?;
        rows += own.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().with_context(|| own.to_owned())?;
        let is_security =
            mail["headers"]["subject"].as_str().is_some_and(|subject| subject.contains("security update"));
        let to = if is_security { &mut security } else { &mut got };
        to.push(mail["to"][0].as_str().context("an address")?.to_owned());
        assert_eq!(mail["to"].as_array().map(Vec::len), Some(1));
    }
    let list = users.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    let wanted = project.query(&format!("SELECT email FROM users WHERE id::text IN ({list}) ORDER BY 1"))?;
    got.sort();
    security.sort();
    assert_eq!(got.join("\n"), wanted);
    assert_eq!(got, security);
    // By that the duty is done; the other one runs on.
    let record = project.json(&["incident", "show"], 0)?;
    let states: Vec<(&Value, &Value)> = record["result"]["duties"]
        .as_array()
        .context("duties")?
        .iter()
        .map(|one| (&one["name"], &one["state"]))
        .collect();
    assert_eq!(states, [(&json!("users"), &json!("done")), (&json!("authority"), &json!("running"))]);
    // Each was told of the rows of his own, and of all of them together.
    ensure!(record["result"]["impact"]["rows"] == rows / 2, "{rows}: {:#}", record["result"]["impact"]);
    // Neither an address nor a name is in the record, or in what is listed.
    let all = format!("{record}{}", project.json(&["notify", "list"], 0)?);
    for address in got {
        ensure!(!all.contains(&address), "{address} is told");
    }
    Ok(())
}
