//! `backout notify …`: what people are told, tried before it is needed and looked after when it did not arrive.

use std::collections::BTreeMap;

use backout_control::notify::{self, Outgoing, Preview, Round};
use backout_plan::Exit;
use backout_plan::visible::on_one_line;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Paint, Ui, count, moment};

/// Send messages, try channels, and look after what did not arrive
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

/// Messages are named by their number in `backout notify list`, or by their key.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Send a real test message to a channel of the plan
    Test {
        channel: String,
        /// Say what would be sent, and send nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Show messages of the plan as they would be, on example figures or on those of an incident; nothing is sent
    Preview {
        /// One message of the plan; without it all of them
        message: Option<String>,
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// What is to go out and what went out; what did not arrive comes first
    List {
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
        /// held, waiting, sending, sent, dead or dropped
        #[arg(long, value_delimiter = ',', value_parser = state)]
        state: Vec<&'static str>,
    },
    /// Let a message go out that waits for that
    Approve { message: String },
    /// Keep a message from going out
    Drop {
        message: String,
        #[arg(long)]
        because: String,
    },
    /// Try a message again that could not be sent
    Retry { message: String },
    /// Send what is due now, once
    ///
    /// Ends with 8 where something waits, for its time or for somebody's approval, or could not be sent.
    Send,
}

fn state(text: &str) -> Result<&'static str, String> {
    let known = notify::STATES.iter().copied().find(|one| *one == text);
    known.ok_or_else(|| format!("one of these is expected: {}", notify::STATES.join(", ")))
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    match &args.what {
        What::Test { channel, dry_run: true } => {
            let tried = notify::tried(&env, channel)?;
            ui.result(json!({
                "channel": channel, "subject": tried.subject, "text": tried.text, "closes": tried.closes, "sent": false,
            }));
            ui.say(format!("to {channel:?} this would be sent, and nothing was:"));
            ui.out(&tried.subject);
            ui.out(on_one_line(&tried.text));
            if tried.closes {
                ui.say("what it opens there would be closed at once");
            }
        }
        What::Test { channel, dry_run: false } => {
            let sent = notify::test(&env, channel).await?;
            ui.result(json!({ "channel": channel, "id": sent.id, "sent": true }));
            ui.out(format!("{channel:?} has taken the message: {}", on_one_line(&sent.id)));
        }
        What::Preview { message, incident } => {
            let runs = context.runs(&env).await?;
            let all = notify::preview(&env, &runs, incident.as_deref(), message.as_deref()).await?;
            if let (Some(wanted), true) = (message, all.is_empty()) {
                let said = format!("the plan has no message {wanted:?}");
                return Err(CommandError::new(Exit::Usage, said).hint("`backout notify preview` shows all of them"));
            }
            ui.result(json!({ "incident": incident, "messages": all }));
            previewed(ui, &all);
        }
        What::List { incident, state } => {
            let runs = context.runs(&env).await?;
            let all = notify::listed(&env, &runs, incident.as_deref()).await?;
            let all: Vec<Outgoing> =
                all.into_iter().filter(|one| state.is_empty() || state.contains(&one.state)).collect();
            let all = notify::worst_first(all);
            ui.result(json!({ "messages": all }));
            list(ui, &all);
        }
        What::Approve { message } => {
            let runs = context.runs(&env).await?;
            notify::approve(&runs, message, &runs.who).await?;
            ui.result(json!({ "message": message, "approved": runs.who }));
            ui.out(format!("message {message} is approved"));
            goes(ui);
        }
        What::Drop { message, because } => {
            let runs = context.runs(&env).await?;
            notify::drop(&runs, message, &runs.who, because).await?;
            ui.result(json!({ "message": message, "dropped": runs.who, "because": because }));
            ui.out(format!("message {message} does not go out"));
        }
        What::Retry { message } => {
            let runs = context.runs(&env).await?;
            notify::retry(&runs, message).await?;
            ui.result(json!({ "message": message }));
            ui.out(format!("message {message} is tried again"));
            goes(ui);
        }
        What::Send => {
            let runs = context.runs(&env).await?;
            ui.begin("sending what is due");
            let round = notify::round(&env, &runs).await;
            ui.end();
            return Ok(sent(ui, &round?));
        }
    }
    Ok(Exit::Ok)
}

/// Who sends it.
fn goes(ui: &Ui) {
    ui.say("`backout serve` sends it, or `backout notify send`");
}

fn previewed(ui: &Ui, all: &[Preview]) {
    if all.is_empty() {
        ui.say("the plan has no messages");
    }
    for (place, one) in all.iter().enumerate() {
        if place > 0 {
            ui.out("");
        }
        let mut about = vec![format!("to {}", one.channel)];
        about.extend(one.recipients.map(|number| count(i64::try_from(number).unwrap_or(i64::MAX), "recipient")));
        if one.held {
            about.push("waits for approval".to_owned());
        }
        about.extend(one.not_sent.as_ref().map(|why| format!("not sent: {why}")));
        ui.out(format!("{} ({})", ui.paint_out(Paint::Good, &one.message), about.join("; ")));
        if !one.subject.is_empty() {
            ui.out(format!("  {}", on_one_line(&one.subject)));
        }
        one.text.lines().for_each(|line| ui.out(format!("  {}", on_one_line(line))));
    }
}

fn list(ui: &Ui, all: &[Outgoing]) {
    if all.is_empty() {
        ui.say("there are no messages");
        return;
    }
    let row = |one: &Outgoing| {
        let when = match (&one.sent, one.state) {
            (Some(at), _) => moment(*at),
            (None, "waiting") if one.due > Timestamp::now() => format!("due {}", moment(one.due)),
            _ => String::new(),
        };
        vec![
            one.seq.to_string(),
            one.incident.clone(),
            on_one_line(&one.message),
            on_one_line(&one.channel),
            one.state.to_owned(),
            one.attempts.to_string(),
            when,
            one.last.as_deref().map(on_one_line).unwrap_or_default(),
        ]
    };
    let head = ["number", "incident", "message", "channel", "state", "attempts", "when", "why"];
    ui.table(&head, &all.iter().map(row).collect::<Vec<_>>());
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|one| *states.entry(one.state).or_default() += 1);
    if states.contains_key("dead") {
        ui.hint(
            "`backout notify retry NUMBER` tries it again, `backout notify drop NUMBER --because TEXT` gives it up",
        );
    }
    if states.contains_key("held") {
        ui.hint("`backout notify preview` shows the text, `backout notify approve NUMBER` lets it go out");
    }
}

fn sent(ui: &Ui, round: &Round) -> Exit {
    ui.result(json!(round));
    let states = [(round.waiting, "wait"), (round.held, "wait for approval"), (round.dead, "could not be sent")];
    let left: Vec<String> =
        states.iter().filter(|(number, _)| *number > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let left = if left.is_empty() { String::new() } else { format!("; {}", left.join(", ")) };
    ui.out(format!("sent: {}{left}", count(i64::try_from(round.sent).unwrap_or(i64::MAX), "message")));
    round.findings.iter().for_each(|finding| ui.finding(finding));
    if round.dead > 0 {
        ui.hint("`backout notify list --state dead` says why");
    }
    if states.iter().any(|(number, _)| *number > 0) { Exit::Attention } else { Exit::Ok }
}
