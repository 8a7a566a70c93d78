//! What channels send, above all where what was filled in would rather be something else.

mod mail;
mod mail_tls;
mod payloads;
mod services;

use std::collections::BTreeSet;

use backout_plan::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::markdown::{Dialect, escape, render};
use super::statuspage::Shown;
use super::text::{Form, Line, Piece, address, cut, fit, html, plain, units};
use super::*;

/// Markup of everybody, in what was filled in.
const HOSTILE: &str = "<!channel> <@U1> @everyone @octocat #12 **b** *b* _i_ `c` [x](https://evil.example/) https://evil.example \
                       <b>&amp; | ~s~ <img src=x onerror=alert(1)> :tada: org/repo#3 $x$\r\nBcc: a@evil.example\n- item\n# head";

fn filled(parts: &[(&str, bool)]) -> Text {
    let span = |(text, is_value): &(&str, bool)| match is_value {
        true => Span::Value((*text).to_owned()),
        false => Span::Markup((*text).to_owned()),
    };
    Text(parts.iter().map(span).collect())
}

fn message(phase: Phase) -> Message {
    Message {
        subject: format!("Rollback {HOSTILE}"),
        text: filled(&[
            ("*State:* ", false),
            (HOSTILE, true),
            ("\n- one\n- `two`\nSee [the incident](https://b.example/i/", false),
            ("a b", true),
            (").", false),
        ]),
        severity: Severity::Critical,
        phase,
        thread: "incident/2026-01-07-1".to_owned(),
        facts: vec![("Way".to_owned(), "C".to_owned()), ("User *x*".to_owned(), HOSTILE.to_owned())],
        link: Some("https://backout.example.com/incidents/1".to_owned()),
        key: "incident/2026-01-07-1/started/1".to_owned(),
        at: "2026-01-07T10:00:00.123Z".parse().unwrap(),
        recipients: Vec::new(),
    }
}

/// As long as no service takes it.
fn long(phase: Phase) -> Message {
    let huge = "𝄞é<&*_".repeat(20_000);
    let facts = (0..200).map(|number| (format!("{number} {}", "l*".repeat(500)), "v_".repeat(3000))).collect();
    Message { subject: huge.clone(), text: filled(&[("*A* ", false), (&huge, true)]), facts, ..message(phase) }
}

fn shown(line: &Line) -> String {
    let piece = |piece: &Piece| {
        let mut text = piece.text.clone();
        if piece.code {
            text = format!("`{text}`");
        }
        if let Some(link) = &piece.link {
            text = format!("[{text}]({link})");
        }
        if piece.bold { format!("<{text}>") } else { text }
    };
    let all: String = line.pieces.iter().map(piece).collect();
    match line.form {
        Form::Plain => all,
        Form::Heading => format!("# {all}"),
        Form::Bullet => format!("- {all}"),
        Form::Number(number) => format!("{number}. {all}"),
    }
}

#[test]
fn templates_have_markup_and_values_have_none() {
    let check = |parts: &[(&str, bool)], expected: &[&str]| {
        let found: Vec<String> = filled(parts).lines().iter().map(shown).collect();
        assert_eq!(found, expected, "{parts:?}");
    };
    check(&[("a *b* c\n\n", false)], &["a <b> c"]);
    check(&[("**b**, 2 * 3 * 4, a*b*c, *x", false)], &["<b>, 2 * 3 * 4, a*b*c, *x"]);
    check(&[("*", false), ("a*b", true), ("* x", false)], &["<a*b> x"]);
    check(&[("\\*a\\* `x*y` `", false)], &["*a* `x*y` `"]);
    check(&[("- a\n* b\n  + c\n2. d\n## e\n-f", false)], &["- a", "- b", "- c", "2. d", "# e", "-f"]);
    check(&[("- a", true), ("\n", false), ("# b\n- c", true)], &["- a", "# b - c"]);
    check(
        &[("[a](https://x.example/p) [b](javascript:alert) [c]", false)],
        &["[a](https://x.example/p) [b](javascript:alert) [c]"],
    );
    check(
        &[("see https://x.example/a(b). <https://y.example>", false)],
        &["see [https://x.example/a](https://x.example/a)(b). <[https://y.example](https://y.example/)>"],
    );
    check(
        &[("https://evil.example [x](https://evil.example)", true)],
        &["https://evil.example [x](https://evil.example)"],
    );
    check(
        &[("[i](https://x.example/", false), ("a)b@c?d", true), (")", false)],
        &["[i](https://x.example/a%29b%40c%3Fd)"],
    );
    check(&[("[i](", false), ("https://x.example/1", true), (")", false)], &["[i](https://x.example/1)"]);
    check(&[("[i](", false), ("javascript:alert(1)", true), (")", false)], &["[i](javascript:alert(1))"]);
    check(&[("https://x.example", false), ("@evil.example", true)], &["https://x.example@evil.example"]);
    check(&[("a\u{202e}b", true)], &["a\\u{202e}b"]);
    for url in ["https://u:p@x.example", "https://x.example/a b", "data:text/html,x", "//x.example", "https://"] {
        assert_eq!(address(url), None, "{url}");
    }
}

#[test]
fn other_forms_escape_all_text() {
    let lines = filled(&[("# H\n*a* ", false), (HOSTILE, true), ("\n- x\ny", false)]).lines();
    let page = html(&lines);
    assert!(page.starts_with("<h3>H</h3>\n<p><strong>a</strong> &lt;!channel&gt;"), "{page}");
    assert!(page.ends_with("<ul>\n<li>x</li>\n</ul>\n<p>y</p>\n"), "{page}");
    assert!(!page.contains("<img") && !page.contains("<b>"), "{page}");
    assert_eq!(plain(&filled(&[("[a](https://x.example/) 1\n3. b", false)]).lines()), "a (https://x.example/) 1\n3. b");
    let check = |text: &str, github: &str, other: &str| {
        assert_eq!(escape(text, true, Dialect::GitHub), github);
        assert_eq!(escape(text, true, Dialect::Plain), other);
    };
    check("@octocat bob@x.org", "@\u{200b}octocat bob@x.org", "\\@octocat bob\\@x.org");
    check("r#3 GH-12 a-b", "r\\#\u{200b}3 GH-\u{200b}12 a-b", "r\\#3 GH-12 a-b");
    check("- a 1. b", "\\- a 1. b", "\\- a 1. b");
    check("12. a", "12\\. a", "12\\. a");
    check("https://x www.y", "https\\://x www\\.y", "https\\://x www\\.y");
    check("<b> [x](y) :tada: 1:2", "\\<b\\> \\[x\\](y) :\u{200b}tada: 1:2", "\\<b\\> \\[x\\](y) :tada: 1:2");
    let lines = filled(&[("*a b* [l](https://x.example/)\n- `c`\nz", false)]).lines();
    assert_eq!(render(&lines, Dialect::GitHub), "**a b** [l](https://x.example/)\n\n- `c`\n\nz");
}

#[test]
fn what_is_too_long_is_cut_between_characters() {
    assert_eq!(cut("abc", 3), "abc");
    assert_eq!(cut("abcd", 3), "ab…");
    assert_eq!(cut("𝄞𝄞", 3), "𝄞…");
    assert_eq!(cut("x", 0), "…");
    let lines = filled(&[("abcdef\nghi", false)]).lines();
    let size = |lines: &[Line]| units(&plain(lines));
    let note = Line::plain(vec![Piece::plain("cut")]);
    assert_eq!(plain(&fit(lines.clone(), 10, &note, &size)), "abcdef\nghi");
    assert_eq!(plain(&fit(lines, 9, &note, &size)), "abcd…\ncut");
}

#[test]
fn every_kind_is_in_the_table_once_and_says_what_it_needs() {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let sorted: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(sorted.into_iter().collect::<Vec<_>>(), names);
    for kind in KINDS {
        for name in kind.needs.iter().copied().flatten() {
            assert!(kind.fields.iter().any(|field| field.name == *name), "{} {name}", kind.name);
        }
        assert!(kind.about.ends_with('.') && kind.once_because.ends_with('.'), "{}", kind.name);
    }
}

#[test]
fn a_plan_is_told_what_is_wrong_with_a_channel() {
    let wrong = |kind: &str, given: Value| match check(kind, &given) {
        Ok(()) => panic!("{kind} {given}"),
        Err(wrong) => (wrong.field.clone().unwrap_or_default(), wrong.to_string()),
    };
    assert_eq!(check("slack", &json!({ "token": "env:T", "channel": "#a" })), Ok(()));
    assert_eq!(check("slack", &json!({ "webhook": "env:T" })), Ok(()));
    assert_eq!(check("mail", &json!({ "server": "env:S", "from": "a@b.example" })), Ok(()));
    assert_eq!(wrong("slack", json!({ "token": "env:T" })).0, "channel");
    assert_eq!(wrong("slack", json!({ "token": 3, "channel": "x" })).0, "token");
    assert_eq!(wrong("slack", json!({ "chanel": "x" })).0, "chanel");
    assert!(wrong("slack", json!({})).1.contains("token and channel, or webhook"));
    assert!(wrong("slack", json!({ "token": "env:T", "channel": "x", "webhook": "env:W" })).1.contains("alone"));
    assert!(wrong("slak", json!({})).1.contains("there is no channel \"slak\""));
    assert!(
        wrong("statuspage", json!({ "token": "env:T", "page": "p", "components": [1] })).1.contains("a list of texts")
    );
}

#[track_caller]
fn opened(kind: &str, given: Value) -> Channel {
    let kind = super::kind(kind).unwrap();
    let settings = Settings::read(kind, &given, &|text| Ok(Secret::from(text))).unwrap();
    kind.open(&settings).unwrap()
}

#[test]
fn channels_are_https_and_show_no_secret() {
    let secret = "whsec_c2VjcmV0LXNlY3JldA==";
    for (kind, given) in [
        ("slack", json!({ "token": secret, "channel": "#a" })),
        ("slack", json!({ "webhook": format!("https://hooks.example/{secret}") })),
        ("mail", json!({ "server": format!("smtps://u:{secret}@mail.example"), "from": "a@b.example" })),
        ("statuspage", json!({ "token": secret, "page": "p" })),
        ("instatus", json!({ "token": secret, "page": "p" })),
        ("pagerduty", json!({ "key": secret })),
        ("opsgenie", json!({ "token": secret })),
        ("teams", json!({ "url": format!("https://x.example/?sig={secret}") })),
        ("discord", json!({ "url": format!("https://x.example/{secret}") })),
        ("webhook", json!({ "url": "https://x.example", "secret": secret })),
        ("github", json!({ "token": secret, "repository": "o/r" })),
    ] {
        let channel = opened(kind, given);
        assert!(!format!("{channel:?}").contains("c2VjcmV0"), "{channel:?}");
    }
    for (kind, given) in [
        ("slack", json!({ "token": secret, "channel": "#a", "api": "http://slack.example" })),
        ("teams", json!({ "url": "http://x.example" })),
        ("mail", json!({ "server": "http://mail.example", "from": "a@b.example" })),
        ("mail", json!({ "server": "smtp://mail.example?tls=none", "from": "a@b.example" })),
        ("mail", json!({ "server": "smtp://mail.example", "from": "a@b.example\r\nBcc: c@d.example" })),
        ("webhook", json!({ "url": "https://x.example", "secret": "no base64" })),
        ("github", json!({ "token": secret, "repository": "o/r/x" })),
        ("github", json!({ "token": secret, "repository": "o/r", "issue": "#4" })),
    ] {
        let kind = super::kind(kind).unwrap();
        let settings = Settings::read(kind, &given, &|text| Ok(Secret::from(text))).unwrap();
        assert!(kind.open(&settings).is_err(), "{given}");
    }
}

#[test]
fn slack_reads_no_markup_of_values() {
    let blocks = slack::blocks(&message(Phase::Start));
    let kinds: Vec<&str> = blocks.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["header", "rich_text", "section", "context"]);
    assert!(units(blocks[0]["text"]["text"].as_str().unwrap()) <= 150);
    let sections = blocks[1]["elements"].as_array().unwrap();
    assert_eq!(sections[0]["elements"][0], json!({ "type": "text", "text": "State:", "style": { "bold": true } }));
    assert!(sections[0]["elements"][1]["text"].as_str().unwrap().starts_with(" <!channel> <@U1>"));
    assert_eq!(sections[0]["elements"].as_array().unwrap().len(), 2);
    assert_eq!(sections[1]["type"], "rich_text_list");
    assert_eq!(sections[1]["elements"][1]["elements"][0]["style"], json!({ "code": true }));
    assert_eq!(sections[2]["elements"][1]["url"], "https://b.example/i/a%20b");
    // The only places where signs are read.
    for text in blocks.iter().flat_map(|block| texts(block, "mrkdwn")) {
        assert!(
            ["*Way*", "*User x*", "<https://backout.example.com/incidents/1|More>"].contains(&text.as_str()),
            "{text}"
        );
    }
    assert_eq!(slack::escape("<!channel> &"), "&lt;!channel&gt; &amp;");
    let blocks = slack::blocks(&long(Phase::Start));
    assert!(blocks.len() <= 50);
    for block in &blocks {
        assert!(block["fields"].as_array().is_none_or(|fields| fields.len() <= 10));
        let all = [texts(block, "plain_text"), texts(block, "mrkdwn")].concat();
        assert!(all.iter().all(|text| units(text) <= 2000));
    }
    let body: String = texts(&blocks[1], "text").concat();
    assert!(units(&body) <= 3000 && body.contains("…\nCut here: Slack takes no more."), "{}", units(&body));
}

/// The texts of all objects of a type.
fn texts(value: &Value, kind: &str) -> Vec<String> {
    let inside: Vec<&Value> = match value {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(all) => all.iter().collect(),
        _ => Vec::new(),
    };
    let own = value["text"].as_str().filter(|_| value["type"] == kind).map(str::to_owned);
    own.into_iter().chain(inside.into_iter().flat_map(|one| texts(one, kind))).collect()
}

#[test]
fn alerts_are_one_a_thread() {
    let event = pagerduty::event(&message(Phase::Start), false);
    assert_eq!(event["event_action"], "trigger");
    assert_eq!(event["dedup_key"], "incident/2026-01-07-1");
    assert_eq!(event["payload"]["severity"], "critical");
    assert_eq!(event["payload"]["custom_details"]["Way"], "C");
    assert_eq!(event["payload"]["timestamp"], "2026-01-07T10:00:00.123Z");
    let action = |phase, acknowledge| pagerduty::event(&message(phase), acknowledge)["event_action"].clone();
    assert_eq!((action(Phase::Update, false), action(Phase::Update, true)), (json!("trigger"), json!("acknowledge")));
    let end = pagerduty::event(&message(Phase::End), false);
    assert_eq!(end, json!({ "event_action": "resolve", "dedup_key": "incident/2026-01-07-1" }));
    let event = pagerduty::event(&Message { thread: "t é".repeat(300), ..long(Phase::Start) }, false);
    assert!(units(event["payload"]["summary"].as_str().unwrap()) <= 1024);
    assert_eq!(event["dedup_key"].as_str().unwrap().len(), 32);
    assert!(event.to_string().len() < 512 * 1024, "{}", event.to_string().len());

    let alert = opsgenie::alert(&message(Phase::Start));
    assert_eq!((alert["alias"].as_str(), alert["priority"].as_str()), (Some("incident/2026-01-07-1"), Some("P1")));
    assert!(alert["description"].as_str().unwrap().starts_with("State: ‹!channel› ‹@U1›"), "{alert}");
    let alert = opsgenie::alert(&long(Phase::Start));
    assert!(
        units(alert["message"].as_str().unwrap()) <= 130 && units(alert["description"].as_str().unwrap()) <= 15_000
    );
    let details = alert["details"].as_object().unwrap();
    assert!(details.iter().map(|(label, value)| units(label) + units(value.as_str().unwrap())).sum::<usize>() <= 8000);
    let note = opsgenie::note(&long(Phase::End));
    assert!(units(note["note"].as_str().unwrap()) <= 25_000);
}

#[test]
fn status_pages_show_the_text_alone() {
    let parts = Shown { components: vec!["c1".to_owned()], quiet: true };
    let state = |phase, severity| {
        let message = Message { severity, ..message(phase) };
        let page = statuspage::incident_of(&message, false, &parts)["incident"].clone();
        let other = instatus::incident_of(&message, false, &parts);
        assert_eq!(page["status"].as_str().unwrap().to_uppercase(), other["status"].as_str().unwrap());
        (page["status"].as_str().unwrap().to_owned(), page["components"]["c1"].as_str().unwrap().to_owned())
    };
    let pair = |status: &str, state: &str| (status.to_owned(), state.to_owned());
    assert_eq!(state(Phase::Start, Severity::Critical), pair("investigating", "major_outage"));
    assert_eq!(state(Phase::Update, Severity::Warning), pair("identified", "degraded_performance"));
    assert_eq!(state(Phase::Update, Severity::Info), pair("monitoring", "operational"));
    assert_eq!(state(Phase::End, Severity::Critical), pair("resolved", "operational"));
    let page = statuspage::incident_of(&message(Phase::Start), true, &parts);
    let incident = &page["incident"];
    assert_eq!(incident["metadata"]["backout"]["key"], "incident/2026-01-07-1/started/1");
    assert_eq!((&incident["deliver_notifications"], &incident["impact_override"]), (&json!(false), &json!("critical")));
    assert!(!page.to_string().contains(['<', '>']) && !page.to_string().contains("backout.example.com"), "{page}");
    let other = instatus::incident_of(&message(Phase::Start), true, &parts);
    assert_eq!(other["started"], "2026-01-07T10:00:00.123Z");
    assert!(other["message"].as_str().unwrap().starts_with("**State:** \\<\\!channel\\>"), "{other}");
    let page = statuspage::incident_of(&long(Phase::Start), true, &parts);
    assert!(units(page["incident"]["body"].as_str().unwrap()) <= 25_000);
    assert!(units(page["incident"]["name"].as_str().unwrap()) <= 255);
}

#[test]
fn teams_reads_no_markdown_at_all() {
    let card = teams::card(&message(Phase::Start));
    let content = &card["attachments"][0]["content"];
    assert_eq!((&content["type"], &content["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
    for block in content["body"].as_array().unwrap() {
        assert_eq!(block["type"], "RichTextBlock");
        assert!(block["inlines"].as_array().unwrap().iter().all(|run| run["type"] == "TextRun"));
    }
    assert_eq!(content["body"][2]["inlines"][0]["text"], "• ");
    assert_eq!(content["actions"][0]["url"], "https://backout.example.com/incidents/1");
    let card = teams::card(&long(Phase::Start)).to_string();
    assert!(card.len() <= 28_000 && card.contains("Cut here: Teams"), "{}", card.len());
}

#[test]
fn discord_mentions_nobody() {
    let body = discord::body(&message(Phase::Start));
    assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
    let embed = &body["embeds"][0];
    let text = embed["description"].as_str().unwrap();
    assert!(
        text.contains("\\<\\!channel\\> \\<\\@U1\\> \\@everyone") && text.contains("https\\://evil.example"),
        "{text}"
    );
    assert!(text.contains("[the incident](https://b.example/i/a%20b)"), "{text}");
    let body = discord::body(&long(Phase::Start));
    let embed = &body["embeds"][0];
    let length = |value: &Value| units(value.as_str().unwrap());
    let fields = embed["fields"].as_array().unwrap();
    assert!(length(&embed["title"]) <= 256 && length(&embed["description"]) <= 4096 && fields.len() <= 25);
    assert!(fields.iter().all(|field| length(&field["name"]) <= 256 && length(&field["value"]) <= 1024));
    let all: usize = fields.iter().map(|field| length(&field["name"]) + length(&field["value"])).sum();
    assert!(all + length(&embed["title"]) + length(&embed["description"]) <= 6000);
}

#[test]
fn github_finds_what_was_posted_and_calls_nobody() {
    let body = github_comment::body(&message(Phase::Update), true);
    assert!(body.starts_with("<!-- backout message "), "{body}");
    assert!(body.contains("### Rollback \\<\\!channel\\>") && body.contains("@\u{200b}octocat"), "{body}");
    let rest = body.split_once('\n').unwrap().1;
    for wrong in ["@octocat", "@everyone", "#12", "o#3", " <", "](https://evil", " https://evil"] {
        assert!(!rest.contains(wrong), "{wrong}: {rest}");
    }
    assert!(body.contains("- **Way:** C") && body.ends_with("<https://backout.example.com/incidents/1>"), "{body}");
    let body = github_comment::body(&long(Phase::Update), false);
    assert!(units(&body) <= 65_536 && body.contains("Cut here: GitHub"), "{}", units(&body));
}

#[test]
fn any_receiver_gets_json_without_markup() {
    let body = webhook::body(&message(Phase::End));
    assert_eq!(body["type"], "backout.message");
    assert_eq!((&body["data"]["phase"], &body["data"]["facts"]["Way"]), (&json!("end"), &json!("C")));
    assert!(body["data"]["text"].as_str().unwrap().starts_with("State: <!channel>"));
}

#[test]
fn messages_are_kept_as_json() {
    let message = message(Phase::Update);
    let kept = serde_json::to_value(&message).unwrap();
    assert_eq!(kept["text"][0], json!({ "markup": "*State:* " }));
    assert_eq!(
        (&kept["phase"], &kept["severity"], &kept["at"]),
        (&json!("update"), &json!("critical"), &json!("2026-01-07T10:00:00.123Z"))
    );
    assert_eq!(serde_json::from_value::<Message>(kept).unwrap(), message);
    let _: Timestamp = message.at;
}
