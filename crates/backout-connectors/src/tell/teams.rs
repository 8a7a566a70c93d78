//! Microsoft Teams: the webhook of a Workflow, which posts an Adaptive Card.
//!
//! Facts: <https://learn.microsoft.com/power-automate/teams/overview>; 28 KB a message. A `TextBlock` reads Markdown, a
//! `TextRun` of a `RichTextBlock` does not, so all text is in runs. A Workflow has no threads and tells no id.
//!
//! Must not know: what is said.

use serde_json::{Value, json};

use super::ask::{Request, Service};
use super::text::{Form, Line, Piece, cut, fit};
use super::{Channel, Failure, Field, Kind, Message, Once, Sent, Settings, Severity, Shape, Wrong};

/// Bytes of a whole message, with room for what the Workflow adds.
const MOST: usize = 26_000;
const TITLE: usize = 500;
const FACT: usize = 500;
const FACTS: usize = 12;

pub(super) const KIND: Kind = Kind {
    name: "teams",
    about: "A channel of Microsoft Teams, by the webhook of a Workflow.",
    fields: &[Field { name: "url", shape: Shape::Secret, about: "The Workflow's address." }],
    needs: &[&["url"]],
    once: Once::Never,
    once_because: "A Workflow knows no key and cannot be asked what it has posted.",
    threads: false,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Teams {
    service: Service,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let service = Service::hook("url", settings.needed_secret("url")?)?;
    Ok(Channel(super::Service::Teams(Teams { service })))
}

impl Teams {
    pub(super) async fn send(&self, message: &Message) -> Result<Sent, Failure> {
        self.service.ask(Request::post("a card", &[], &card(message))).await?;
        Ok(Sent { id: message.key.clone(), known: false, state: Value::Null })
    }
}

pub(super) fn card(message: &Message) -> Value {
    let size = |lines: &[Line]| with(message, lines).to_string().len();
    let lines = fit(message.text.lines(), MOST, &message.cut_note("Teams"), &size);
    with(message, &lines)
}

fn with(message: &Message, lines: &[Line]) -> Value {
    let colour = match message.severity {
        Severity::Info => "Accent",
        Severity::Warning => "Warning",
        Severity::Critical => "Attention",
    };
    let title = cut(&message.title(), TITLE);
    let mut body = vec![block(vec![
        json!({ "type": "TextRun", "text": title, "weight": "Bolder", "size": "Large", "color": colour }),
    ])];
    body.extend(lines.iter().filter(|line| !line.is_empty()).map(|line| block(runs(line))));
    for (label, value) in message.facts().iter().take(FACTS) {
        let label = json!({ "type": "TextRun", "text": format!("{}: ", cut(label, FACT)), "weight": "Bolder" });
        body.push(block(vec![label, json!({ "type": "TextRun", "text": cut(value, FACT) })]));
    }
    body.push(block(vec![json!({ "type": "TextRun", "text": message.time(), "isSubtle": true, "size": "Small" })]));
    let mut content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    });
    if let Some(link) = message.link() {
        content["actions"] = json!([{ "type": "Action.OpenUrl", "title": "More", "url": link }]);
    }
    let kind = "application/vnd.microsoft.card.adaptive";
    json!({ "type": "message", "attachments": [{ "contentType": kind, "contentUrl": null, "content": content }] })
}

fn block(inlines: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

fn runs(line: &Line) -> Vec<Value> {
    let mark = match line.form {
        Form::Plain | Form::Heading => None,
        Form::Bullet => Some("• ".to_owned()),
        Form::Number(number) => Some(format!("{number}. ")),
    };
    let run = |piece: &Piece| {
        let mut run = json!({ "type": "TextRun", "text": piece.text });
        if piece.bold || line.form == Form::Heading {
            run["weight"] = json!("Bolder");
        }
        if piece.code {
            run["fontType"] = json!("Monospace");
        }
        if let Some(link) = &piece.link {
            run["selectAction"] = json!({ "type": "Action.OpenUrl", "url": link });
            run["color"] = json!("Accent");
        }
        run
    };
    let mark = mark.map(|mark| json!({ "type": "TextRun", "text": mark }));
    mark.into_iter().chain(line.pieces.iter().map(run)).collect()
}
