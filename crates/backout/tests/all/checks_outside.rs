//! `backout verify` on what stands around a database: HTTP, rate limits, Redis, latency; and the reports.

use std::net::TcpListener;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::outside::{Redis, Request, http, slow_now_and_then};
use crate::project::{PLAN, Project};

/// A project whose plan has one check, named `c`.
fn with(project: &Project, that: &str) -> Result<()> {
    project.write("backout.toml", &format!("{PLAN}[[verify]]\nname = \"c\"\nbudget = \"10s\"\nthat = {{ {that} }}\n"))
}

fn answer(request: &Request, slow: &AtomicUsize) -> (u16, String, String) {
    let body = r#"{ "database": "ok", "n": 3 }"#.to_owned();
    let plain = |status| (status, String::new(), String::new());
    match request.line.as_str() {
        "GET /health" => (200, "X-Version: 7\r\n".to_owned(), body),
        "GET /me" if request.header("authorization") == "Bearer t0ken-secret" => plain(200),
        // "user:pa55word"
        "GET /basic" if request.header("authorization") == "Basic dXNlcjpwYTU1d29yZA==" => plain(200),
        "GET /me" | "GET /basic" => plain(401),
        "GET /away" => (302, "Location: /health\r\n".to_owned(), String::new()),
        "POST /echo" => plain(201),
        // The window is over after three.
        line if line.starts_with("GET /limit") => plain(if request.number > 3 { 429 } else { 200 }),
        "GET /open" => plain(200),
        "GET /broken" if request.number == 2 => plain(500),
        "GET /broken" => plain(200),
        "GET /slow" => slow_now_and_then(slow, Duration::from_millis(400)),
        _ => plain(404),
    }
}

#[tokio::test]
async fn requests_are_judged_by_all_that_they_answer() -> Result<()> {
    let project = Project::new("checks_http").await?;
    let slow = AtomicUsize::new(0);
    let at = http(move |request| answer(request, &slow))?;
    let known = project.read(".env")?;
    project.write(".env", &format!("{known}TOKEN=t0ken-secret\nPASS=pa55word\nWRONG=wr0ng-secret\n"))?;
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    for (that, code, said) in [
        (
            format!(
                r#"http = {{ url = "{at}/health", expect_json = {{ "/database" = "ok", "/n" = 3 }}, expect_headers = {{ X-Version = "7" }} }}"#
            ),
            0,
            "passed",
        ),
        (
            format!(r#"http = {{ url = "{at}/health", expect_json = {{ "/database" = "down" }} }}"#),
            8,
            "/database is \"ok\", and \"down\" was expected",
        ),
        (format!(r#"http = {{ url = "{at}/health", expect_json = {{ "/nix" = 1 }} }}"#), 8, "/nix is nothing"),
        (
            format!(r#"http = {{ url = "{at}/health", expect_headers = {{ X-Version = "8" }} }}"#),
            8,
            "the header X-Version is not",
        ),
        (format!(r#"http = {{ url = "{at}/nix" }}"#), 8, "the answer is 404, and 200 was expected"),
        (format!(r#"http = {{ url = "{at}/away" }}"#), 8, "the answer is 302"),
        (format!(r#"http = {{ url = "{at}/away", expect_status = [301, 302] }}"#), 0, "passed"),
        (format!(r#"http = {{ url = "{at}/me", expect_status = [401] }}"#), 0, "passed"),
        (format!(r#"http = {{ url = "{at}/me", auth = {{ bearer = "env:TOKEN" }} }}"#), 0, "passed"),
        (format!(r#"http = {{ url = "{at}/me", auth = {{ bearer = "env:WRONG" }} }}"#), 8, "the answer is 401"),
        (format!(r#"http = {{ url = "{at}/me", auth = {{ bearer = "env:NOT_SET" }} }}"#), 8, "NOT_SET is not set"),
        (
            format!(
                r#"http = {{ url = "{at}/basic", auth = {{ basic = {{ user = "user", password = "env:PASS" }} }} }}"#
            ),
            0,
            "passed",
        ),
        (
            format!(r#"http = {{ url = "{at}/echo", method = "POST", body = {{ a = 1 }}, expect_status = [201] }}"#),
            0,
            "passed",
        ),
        (format!(r#"http = {{ url = "http://{closed}/" }}"#), 8, "error sending request"),
        (format!(r#"rate-limit = {{ nth = 4, http = {{ url = "{at}/limit/a" }} }}"#), 0, "passed"),
        // Somebody has asked already, so it comes earlier.
        (
            format!(r#"rate-limit = {{ nth = 4, http = {{ url = "{at}/limit/a" }} }}"#),
            8,
            "request 1 was refused already",
        ),
        (
            format!(r#"rate-limit = {{ nth = 3, http = {{ url = "{at}/limit/b" }} }}"#),
            8,
            "request 3 got 200, and 429 was expected",
        ),
        (format!(r#"rate-limit = {{ nth = 5, http = {{ url = "{at}/open" }} }}"#), 8, "request 5 got 200"),
        (format!(r#"rate-limit = {{ nth = 4, http = {{ url = "{at}/broken" }} }}"#), 8, "request 2: the answer is 500"),
        (format!(r#"rate-limit = {{ nth = 1, http = {{ url = "{at}/limit/c" }} }}"#), 8, "refuses everything"),
        (format!(r#"rate-limit = {{ nth = 4, http = {{ url = "http://{closed}/" }} }}"#), 8, "error sending request"),
        (
            format!(r#"latency = {{ http = {{ url = "{at}/open" }}, concurrency = 20, requests = 200, p95 = "8s" }}"#),
            0,
            "p95",
        ),
        (
            format!(r#"latency = {{ http = {{ url = "{at}/slow" }}, concurrency = 5, requests = 50, p95 = "200ms" }}"#),
            8,
            "and 200ms was expected",
        ),
        (
            format!(r#"latency = {{ http = {{ url = "{at}/me" }}, p95 = "8s" }}"#),
            8,
            "a request failed: the answer is 401",
        ),
    ] {
        with(&project, &that)?;
        let run = project.command(&["verify"])?.run()?;
        ensure!(run.code() == Some(code) && run.stdout.contains(said), "{that}: {said}: {}", run.transcript());
        for secret in ["t0ken", "wr0ng", "pa55word"] {
            ensure!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{that}: {}", run.transcript());
        }
    }
    Ok(())
}

#[tokio::test]
async fn redis_is_asked_over_tcp_and_tls() -> Result<()> {
    let Some(redis) = Redis::start()? else {
        eprintln!("redis-server is not installed, so Redis is not tested");
        return Ok(());
    };
    let project = Project::new("checks_redis").await?;
    let (port, tls) = (redis.port, redis.tls_port);
    let encoded = "pa55%2Fw%25rd";
    let known = project.read(".env")?;
    project.write(
        ".env",
        &format!(
            "{known}GOOD=redis://:{encoded}@127.0.0.1:{port}/2\nUSER_GOOD=redis://default:{encoded}@127.0.0.1:{port}\n\
             WRONG=redis://:wr0ng-secret@127.0.0.1:{port}\nNONE=redis://127.0.0.1:{port}\nTLS=rediss://:{encoded}@localhost:{tls}\n\
             OTHER_NAME=rediss://:{encoded}@127.0.0.1:{tls}\nPLAIN_TO_TLS=redis://:{encoded}@127.0.0.1:{tls}\nFAR=redis://127.0.0.1:{port}/99\n"
        ),
    )?;
    std::fs::copy(redis.certificate(), project.path("ca.pem"))?;
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let silent_at = silent.local_addr()?;
    let web = http(|_| (200, String::new(), String::new()))?.replace("http", "redis");
    for (that, code, said) in [
        (r#"url = "env:GOOD""#.to_owned(), 0, "passed"),
        (r#"url = "env:USER_GOOD""#.to_owned(), 0, "passed"),
        (r#"url = "env:GOOD", send = ["DBSIZE"], expect = 0"#.to_owned(), 0, "passed"),
        (r#"url = "env:GOOD", send = ["ECHO", "a b"], expect = "a b""#.to_owned(), 0, "passed"),
        (
            r#"url = "env:GOOD", send = ["ECHO", "a"], expect = "b""#.to_owned(),
            8,
            "the answer is \"a\", and \"b\" was expected",
        ),
        (r#"url = "env:GOOD", send = ["GET", "nix"], expect = "x""#.to_owned(), 8, "the answer is nothing"),
        (r#"url = "env:GOOD", send = ["GET", "nix"]"#.to_owned(), 8, "nothing is proven"),
        (r#"url = "env:GOOD", send = ["NIX"], expect = "x""#.to_owned(), 8, "the server says: ERR unknown command"),
        (r#"url = "env:WRONG""#.to_owned(), 8, "signing in at Redis: WRONGPASS"),
        (r#"url = "env:NONE""#.to_owned(), 8, "NOAUTH"),
        (r#"url = "env:NOT_SET""#.to_owned(), 8, "NOT_SET is not set"),
        (r#"url = "env:TLS", ca_file = "ca.pem""#.to_owned(), 0, "passed"),
        (r#"url = "env:TLS""#.to_owned(), 8, "no connection to Redis at localhost"),
        (r#"url = "env:OTHER_NAME", ca_file = "ca.pem""#.to_owned(), 8, "no connection to Redis"),
        (r#"url = "env:PLAIN_TO_TLS""#.to_owned(), 8, "Redis"),
        (r#"url = "env:TLS", ca_file = "backout.toml""#.to_owned(), 8, "no certificate authorities"),
        (r#"url = "env:FAR""#.to_owned(), 8, "choosing the database"),
        (format!(r#"url = "redis://:literal-secret@127.0.0.1:{port}""#), 8, "name a variable instead"),
        (format!(r#"url = "redis://{closed}""#), 8, "no connection to Redis"),
        (format!(r#"url = "{web}""#), 8, "no Redis server"),
        (r#"url = "http://x""#.to_owned(), 8, "begins with redis://"),
    ] {
        with(&project, &format!("redis = {{ {that} }}"))?;
        let run = project.command(&["verify"])?.run()?;
        ensure!(run.code() == Some(code) && run.stdout.contains(said), "{that}: {said}: {}", run.transcript());
        for secret in ["pa55", "wr0ng"] {
            ensure!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{that}: {}", run.transcript());
        }
    }
    // Who accepts and says nothing is waited for as long as the check may take.
    project.write(
        "backout.toml",
        &format!("{PLAN}[[verify]]\nname = \"c\"\nbudget = \"500ms\"\nthat = {{ redis = {{ url = \"redis://{silent_at}\" }} }}\n"),
    )?;
    let began = Instant::now();
    let run = project.run(&["verify"], 8)?;
    ensure!(run.stdout.contains("there was no answer within"), "{}", run.transcript());
    ensure!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    Ok(())
}

#[tokio::test]
async fn reports_are_text_json_junit_and_markdown() -> Result<()> {
    let project = Project::new("checks_reports").await?;
    let checks = r#"
[[verify]]
name = "fine"
that = { sql = "SELECT true" }
[[verify]]
name = "a | b <c>"
priority = 1
that = { sql = "SELECT 1 > 2" }
[[verify]]
name = "observed"
priority = 2
that = { sql = "SELECT NULL" }
"#;
    project.write("backout.toml", &format!("{PLAN}{checks}"))?;
    for (format, expected) in [
        (
            "text",
            vec![
                "passed  P0 fine (sql, ",
                "FAILED  P1 a | b <c>",
                "warning P2 observed",
                "3 checks: 1 passed, 1 with a warning, 1 failed",
            ],
        ),
        ("json", vec!["\"verdict\": \"failed\"", "\"target\": \"production\"", "\"failed\": \"it does not hold\""]),
        (
            "junit",
            vec![
                "<testsuite name=\"backout verify production\" tests=\"3\" failures=\"1\"",
                "name=\"P1 a | b &lt;c&gt;\"",
                "<failure message=\"it does not hold\">SELECT 1 &gt; 2</failure>",
                "<system-out>warning: the answer is NULL",
            ],
        ),
        (
            "markdown",
            vec![
                "## Checks of production, ",
                "| FAILED | P1 | a \\| b \\<c\\> | sql |",
                "| warning | P2 | observed | sql |",
            ],
        ),
    ] {
        let run = project.run(&["verify", "--format", format], 8)?;
        let file = format!("report.{format}");
        let summary = project.run(&["verify", "--format", format, "--to", &file], 8)?;
        ensure!(summary.stdout.contains(&format!("1 failed in {file}")), "{}", summary.transcript());
        ensure!(summary.stderr.contains("warning: P1 a | b <c>: it does not hold"), "{}", summary.transcript());
        let written = project.read(&file)?;
        for part in expected {
            ensure!(run.stdout.contains(part), "{format}: {part}: {}", run.transcript());
            ensure!(written.contains(part), "{format}: {part}: {written}");
        }
        if format == "json" {
            let document: serde_json::Value = serde_json::from_str(&run.stdout)?;
            assert_eq!(document["checks"].as_array().map(Vec::len), Some(3));
        }
    }
    // A database that does not answer is a check that fails, not one that passes.
    project.write(".env", "DATABASE_URL=postgresql://nobody@127.0.0.1:1/nix\n")?;
    let run = project.run(&["verify", "--only", "fine"], 8)?;
    ensure!(run.stdout.contains("cannot connect"), "{}", run.transcript());
    project.run(&["verify", "--baseline", "b.json"], 7)?;
    ensure!(!project.path("b.json").exists(), "a baseline of nothing");
    Ok(())
}
