//! What a plan names as secret or personal is planted in every text of a record, in each form in which programs write it,
//! and looked for in every export.

use std::sync::Arc;

use backout_plan::Plan;
use serde_json::json;

use super::whole;
use crate::event::Silent;
use crate::incident::export::{Content, Format, write};
use crate::incident::redact::Masks;
use crate::{Env, Stop};

const PLAN: &str = r#"
version = 1
[targets.production]
url = "env:DATABASE_URL"
[personal]
columns = ["public.users.email", "public.users.phone"]
[[channel]]
name = "incidents"
to.slack = { token = "env:SLACK_TOKEN", channel = "C012345678" }
[[channel]]
name = "users"
to.mail = { server = "env:SMTP_URL", from = "Shop <shop@example.com>" }
[[channel]]
name = "team"
to.teams = { url = "env:TEAMS_URL" }
[[channel]]
name = "receiver"
to.webhook = { url = "env:HOOK_URL", secret = "env:HOOK_SECRET" }
"#;
const SET: [(&str, &str); 6] = [
    ("DATABASE_URL", "postgresql://app:pl4nted-db%2F1@db.example/shop"),
    ("SLACK_TOKEN", "xoxb-pl4nted-slack"),
    ("SMTP_URL", "smtps://mailer:pl4nted%2Fm%40il@mail.example"),
    ("TEAMS_URL", "https://teams.example/workflows/pl4nted-teams?sig=pl4nted-sig"),
    ("HOOK_URL", "https://hooks.example/in/pl4nted-hook"),
    ("HOOK_SECRET", "whsec_cGw0bnRlZC1ob29rLXNpZ25z"),
];
/// What must be in no export, whatever stands around it.
const SECRET: [&str; 5] = ["pl4nted", "cGw0bnRlZ", "m@il", "m%40il", "postgresql:"];
const PERSONAL: [&str; 4] = ["bob.miller", "+49 151 2345", "bert-pl", "Unter den Linden"];

fn env() -> Env {
    let plan = Plan::parse("backout.toml", PLAN).unwrap_or_else(|problems| panic!("{problems}"));
    Env {
        target: None,
        settings: Ok("postgresql://app:pl4nted-db%2F1@db.example/shop".parse().unwrap()),
        plan: Some(Arc::new(plan)),
        claimed: None,
        confirmed: None,
        ask: Arc::new(|_, _| None),
        observer: Arc::new(Silent),
        stop: Stop::new(),
        variables: Arc::new(|name| SET.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())),
        programs: backout_postgres::sandbox::Surroundings::default(),
        temporary: std::env::temp_dir(),
    }
}

fn secrets() -> String {
    let mut text = String::from("calm ");
    for (name, value) in SET {
        text.push_str(&format!("{name}={value} at <{value}>, {} (Bearer {value}) ", json!({ "sent": value })));
    }
    text + "smtps answers to pl4nted/m@il and pl4nted%2Fm%40il with 535; host=db password=pl4nted-db/1 user=app"
}

fn personal() -> String {
    // Who is to act is named `eve@…` by the record of these tests, and keeps the name.
    let mut text = String::from("calm eve@victim.example ");
    text.push_str("Key (email)=(bob.miller@victim.example) already exists. UPDATE users SET phone = '+49 151 2345' ");
    text.push_str(
        r#"{"email":"bert-pl","phone":"+49 151 2345"} Failing row contains (7, bert-pl, Unter den Linden). "#,
    );
    text + "told bob.miller@victim.example"
}

/// Which of these are in which export of a record with this text everywhere.
async fn found(text: &str, planted: &[&str]) -> Vec<String> {
    let env = env();
    for planted in planted {
        assert!(text.contains(planted), "{planted} was not planted");
    }
    let record = Masks::of(&env, []).taken_out(&whole(text)).unwrap();
    let calm = record.timeline.iter().filter(|line| line.text.contains("calm")).count();
    assert!(calm > 5, "{:?}", record.timeline);
    let mut found = Vec::new();
    for content in [Content::Record, Content::Postmortem] {
        for format in [Format::Markdown, Format::Html, Format::Json] {
            let written = String::from_utf8(write(&env, &record, content, format).await.unwrap()).unwrap();
            // As a reader sees it: without the marks of each form.
            let read = written.replace("<wbr>", "").replace(['\\', '\u{200b}'], "").replace("&#39;", "'");
            assert!(read.contains("calm"));
            let wrong = planted.iter().filter(|planted| read.contains(**planted));
            found.extend(wrong.map(|planted| format!("{planted} in {content:?} as {format:?}")));
        }
    }
    found
}

#[tokio::test]
async fn nothing_planted_is_in_an_export() {
    assert_eq!(found(&secrets(), &SECRET).await, Vec::<String>::new());
    assert_eq!(found(&personal(), &PERSONAL).await, Vec::<String>::new());
}
