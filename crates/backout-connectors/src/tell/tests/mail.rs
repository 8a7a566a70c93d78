//! Mail against a real server, where `BACKOUT_TEST_SMTP` names a Python that has aiosmtpd: `scripts/smtp-sink.sh`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::super::*;
use super::{HOSTILE, message, opened};

/// Prints its port, then each mail as a line of JSON, parsed by Python's own reader of mail.
const SINK: &str = r#"
import asyncio, email, email.policy, json
from aiosmtpd.smtp import SMTP

class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("full"):
            return "452 4.2.2 mailbox of %s is full" % address
        if address.startswith("gone"):
            return "550 5.1.1 no such user %s" % address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content()
        headers = [(name.lower(), str(value)) for name, value in mail.items()]
        print(json.dumps({"to": envelope.rcpt_tos, "headers": headers, "plain": part("plain"), "html": part("html")}), flush=True)
        return "250 OK"

async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), hostname="sink"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"#;

struct Sink {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    port: String,
}

impl Sink {
    fn start() -> Option<Self> {
        let python = std::env::var_os("BACKOUT_TEST_SMTP")?;
        let mut process = Command::new(python).args(["-c", SINK]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap();
        Some(Self { process, lines, port })
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn header(mail: &Value, name: &str) -> Vec<String> {
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
async fn nobody_listens() {
    let mail = opened("mail", json!({ "server": "smtp://127.0.0.1:1", "from": "a@b.example", "to": ["c@d.example"] }));
    let failure = mail.send(&message(Phase::Start), None).await.unwrap_err();
    assert_eq!((failure.again.is_some(), failure.may_have_arrived), (true, false), "{failure}");
}
