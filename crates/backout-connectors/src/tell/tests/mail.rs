//! Mail against a real server, where `BACKOUT_TEST_SMTP` names a Python that has aiosmtpd: `scripts/smtp-sink.sh`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::super::*;
use super::{HOSTILE, message, opened};

/// Prints its port, then each mail as a line of JSON, parsed by Python's own reader of mail. How it is spoken to, and its
/// certificate with the key, are arguments; over TLS it wants a password.
const SINK: &str = r#"
import asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("full"):
            return "452 4.2.2 mailbox of %s is full" % address
        if address.startswith("gone"):
            return "550 5.1.1 no such user %s" % address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("busy"):
            return "451 4.3.0 come again"
        if envelope.rcpt_tos[0].startswith("never"):
            return "554 5.7.1 not here"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content()
        headers = [(name.lower(), str(value)) for name, value in mail.items()]
        print(json.dumps({"to": envelope.rcpt_tos, "headers": headers, "plain": part("plain"), "html": part("html")}), flush=True)
        return "250 OK"

def may(server, session, envelope, mechanism, data):
    is_known = (data.login, data.password) == ("user".encode(), "p@ss:wörd/1".encode())
    return AuthResult(success=is_known, handled=is_known)

async def main():
    how, *files = sys.argv[1:] or ["plain"]
    settings, over = {"hostname": "sink"}, None
    if files:
        over = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        over.load_cert_chain(*files)
        settings.update(auth_required=True, authenticator=may)
    if how == "starttls":
        settings.update(tls_context=over, require_starttls=True)
        over = None
    elif how == "smtps":
        settings.update(auth_require_tls=False)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), **settings), "127.0.0.1", 0, ssl=over)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"#;

pub(super) struct Sink {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    pub(super) port: String,
}

impl Sink {
    fn start() -> Option<Self> {
        Self::with(&[])
    }

    pub(super) fn with(arguments: &[&str]) -> Option<Self> {
        let python = std::env::var_os("BACKOUT_TEST_SMTP")?;
        let mut command = Command::new(python);
        command.args(["-c", SINK]).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap();
        Some(Self { process, lines, port })
    }

    pub(super) fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

pub(super) fn header(mail: &Value, name: &str) -> Vec<String> {
    let all = mail["headers"].as_array().unwrap().iter().filter(|pair| pair[0] == name);
    all.map(|pair| pair[1].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn mail_is_one_for_each_and_stays_in_its_thread() {
    let Some(mut sink) = Sink::start() else { return };
    let server = format!("smtp://127.0.0.1:{}", sink.port);
    let mail =
        opened("mail", json!({ "server": server, "from": "Shop <backout@shop.example>", "to": ["ops@shop.example"] }));
    let start = Message { recipients: vec!["a@x.example".into(), "b@x.example".into()], ..message(Phase::Start) };
    let sent = mail.send(&start, None).await.unwrap();
    let (one, two) = (sink.next(), sink.next());
    assert_eq!((&one["to"], &two["to"]), (&json!(["a@x.example"]), &json!(["b@x.example"])));
    assert!(!one.to_string().contains("b@x.example"));
    // Nothing of a value became a header.
    assert_eq!(header(&one, "bcc"), Vec::<String>::new());
    assert_eq!(header(&one, "auto-submitted"), ["auto-generated"]);
    assert_eq!(header(&one, "subject"), [format!("Rollback {}", backout_plan::visible::on_one_line(HOSTILE))]);
    assert!(one["plain"].as_str().unwrap().contains("State: <!channel>"));
    let page = one["html"].as_str().unwrap();
    assert!(page.contains("<strong>State:</strong> &lt;!channel&gt;") && !page.contains("<img"), "{page}");
    assert_ne!(header(&one, "message-id"), header(&two, "message-id"));

    let end = Message { key: "k2".into(), recipients: vec!["a@x.example".into()], ..message(Phase::End) };
    mail.send(&end, Some(&sent.state)).await.unwrap();
    let reply = sink.next();
    assert_eq!(header(&reply, "in-reply-to"), header(&one, "message-id"));
    assert_eq!(header(&reply, "references"), header(&one, "message-id"));
    mail.send(&message(Phase::Start), None).await.unwrap();
    assert_eq!(sink.next()["to"], json!(["ops@shop.example"]));
}

#[tokio::test]
async fn who_got_a_mail_gets_it_once() {
    let Some(mut sink) = Sink::start() else { return };
    let server = format!("smtp://127.0.0.1:{}", sink.port);
    let mail = opened("mail", json!({ "server": server, "from": "backout@shop.example" }));
    let to =
        |all: &[&str]| Message { recipients: all.iter().map(|one| (*one).into()).collect(), ..message(Phase::Start) };
    let failure =
        mail.send(&to(&["gone@x.example", "a@x.example", "full@x.example", "b@x.example"]), None).await.unwrap_err();
    assert_eq!((failure.again.is_some(), failure.may_have_arrived), (true, false));
    assert!(
        failure.to_string().contains("recipient 3 of 4: 452") && !failure.to_string().contains("full@"),
        "{failure}"
    );
    assert_eq!([sink.next()["to"][0].clone(), sink.next()["to"][0].clone()], ["a@x.example", "b@x.example"]);
    let again = to(&["a@x.example", "c@x.example", "b@x.example"]);
    let sent = mail.send(&again, failure.keep.as_deref()).await.unwrap();
    assert_eq!(sink.next()["to"], json!(["c@x.example"]));
    assert_eq!(sent.state, json!({ "first": again.key, "last": again.key }));
    for hostile in ["a@x.example\r\nRCPT TO:<evil@x.example>", "a@x.example, b@x.example", "nobody"] {
        let failure = mail.send(&to(&[hostile]), None).await.unwrap_err();
        assert!(failure.again.is_none() && !failure.to_string().contains("evil"), "{failure}");
    }
}

#[tokio::test]
async fn names_stay_names_and_refusals_say_what_follows() {
    let Some(mut sink) = Sink::start() else { return };
    let server = format!("smtp://127.0.0.1:{}", sink.port);
    let given =
        json!({ "server": server, "from": "Größe & Söhne <backout@shop.example>", "reply_to": "Zoë <z@shop.example>" });
    let mail = opened("mail", given);
    let to = |one: &str| Message { recipients: vec![one.into()], ..message(Phase::Start) };
    mail.send(&to("\"Ünï, \\\"Q\\\" <x>\" <a@x.example>"), None).await.unwrap();
    let one = sink.next();
    assert_eq!(one["to"], json!(["a@x.example"]));
    assert_eq!(header(&one, "from"), ["Größe & Söhne <backout@shop.example>"]);
    assert_eq!(header(&one, "reply-to"), ["Zoë <z@shop.example>"]);
    assert_eq!(header(&one, "to"), ["\"Ünï, \\\"Q\\\" <x>\" <a@x.example>"]);
    for (one, again) in [("busy@x.example", true), ("never@x.example", false), ("gone@x.example", false)] {
        let failure = mail.send(&to(one), None).await.unwrap_err();
        assert_eq!((failure.again.is_some(), failure.may_have_arrived), (again, false), "{failure}");
    }
    for hostile in
        ["A\r\nBcc: e@evil.example <a@x.example>", "\"A\nSubject: x\" <a@x.example>", "<a@x.example>\r\nX: y"]
    {
        // Whether it is refused or taken as one line, there is no other header and nobody else.
        if mail.send(&to(hostile), None).await.is_ok() {
            let one = sink.next();
            assert_eq!(one["to"], json!(["a@x.example"]));
            assert_eq!((header(&one, "bcc").len(), header(&one, "subject").len(), header(&one, "x").len()), (0, 1, 0));
        }
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("smtp://{}", silent.local_addr().unwrap());
    let mut mail = opened("mail", json!({ "server": server, "from": "a@b.example", "to": ["c@d.example"] }));
    let Channel(Service::Mail(inner)) = &mut mail else { panic!("{mail:?}") };
    inner.patience = Duration::from_millis(50);
    let failure = mail.send(&message(Phase::Start), None).await.unwrap_err();
    // It may have taken the mail, for all that anybody knows.
    assert_eq!((failure.again.is_some(), failure.may_have_arrived), (true, true), "{failure}");
    assert!(failure.to_string().contains("has not answered"), "{failure}");
}

#[tokio::test]
async fn nobody_listens() {
    let mail = opened("mail", json!({ "server": "smtp://127.0.0.1:1", "from": "a@b.example", "to": ["c@d.example"] }));
    let failure = mail.send(&message(Phase::Start), None).await.unwrap_err();
    assert_eq!((failure.again.is_some(), failure.may_have_arrived), (true, false), "{failure}");
}
