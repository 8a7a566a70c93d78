//! Pages for people: what they show to whom, and which forms are taken.

use anyhow::{Context as _, Result};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use backout_control::decided::{Decided, Did};
use backout_control::runs::Runs;
use backout_control::tokens::{self, Scope};
use backout_control::watch::state::{self, State};
use backout_plan::plan::Act;
use backout_runbook::{Event, Procedure};
use backout_server::{Options, Peer};
use backout_signals::tree::Asked;
use backout_signals::{Firing, Reading, Verdict};
use backout_store::Author;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::{Answer, World};

const HERE: &str = "http://127.0.0.1:7300";
const HOSTILE: &str = "<script>alert(1)</script>";
const SHOWN: &str = "&lt;script&gt;alert(1)&lt;/script&gt;";
const FORMS: [(&str, Scope); 11] = [
    ("/rollback", Scope::Execute),
    ("/reports", Scope::Plan),
    ("/runs/latest/approve", Scope::Approve),
    ("/runs/latest/refuse", Scope::Approve),
    ("/runs/latest/skip", Scope::Execute),
    ("/runs/latest/pause", Scope::Execute),
    ("/runs/latest/resume", Scope::Execute),
    ("/runs/latest/abort", Scope::Execute),
    ("/rollouts/start", Scope::Execute),
    ("/rollouts/approve", Scope::Approve),
    ("/logout", Scope::Read),
];

/// Somebody who is logged in.
struct Person<'w> {
    world: &'w World,
    cookie: String,
    mark: String,
    secret: String,
}

impl<'w> Person<'w> {
    async fn of(world: &'w World, name: &str, scopes: &[Scope]) -> Result<Self> {
        let secret = world.token(name, scopes).await?;
        let answer = post(world, None, HERE, "/login", &format!("secret={secret}")).await?;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let set = answer.headers.get("set-cookie").context("a cookie")?.to_str()?;
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        let mut person = Self { world, cookie, mark: String::new(), secret };
        let page = person.get("/").await?;
        let mark = page.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        person.mark = mark.context("a form")?.to_owned();
        Ok(person)
    }

    async fn get(&self, path: &str) -> Result<Answer> {
        self.world.ask("GET", path, &[("cookie", &self.cookie)], "").await
    }

    /// As a form of a page sends it.
    async fn send(&self, path: &str, fields: &str) -> Result<Answer> {
        post(self.world, Some(&self.cookie), HERE, path, &format!("csrf={}&{fields}", self.mark)).await
    }
}

async fn post(world: &World, cookie: Option<&str>, origin: &str, path: &str, body: &str) -> Result<Answer> {
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(cookie.map(|cookie| ("cookie", cookie)));
    headers.extend(Some(("origin", origin)).filter(|(_, origin)| !origin.is_empty()));
    world.ask("POST", path, &headers, body).await
}

#[tokio::test]
async fn nobody_sees_more_than_the_api_shows() -> Result<()> {
    let world = World::new().await?;
    let page = world.get("/").await?;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("production"));
    for answer in [world.get("/rollback").await?, world.get("/runs/../x").await?] {
        assert!(answer.status.is_client_error());
    }
    let elsewhere = Request::get("/").header("host", "a.example").body(Body::empty())?;
    let page = world.send(Peer::Remote, elsewhere).await?;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(!page.text.contains("production"), "{}", page.text);
    world.token("anna", &[Scope::Read]).await?;
    for path in ["/", "/releases", "/rollback", "/runs/latest"] {
        let page = world.get(path).await?;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(page.text.contains("name=\"secret\"") && !page.text.contains("production"), "{}", page.text);
    }
    Ok(())
}

#[tokio::test]
async fn what_browsers_are_told_of_a_page() -> Result<()> {
    let world = World::new().await?;
    for path in ["/", "/releases", "/login"] {
        let page = world.get(path).await?;
        let header = |name| page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"));
        // With `no-referrer` a browser would send its forms with `Origin: null`.
        assert_eq!((header("referrer-policy"), header("cache-control")), ("same-origin", "no-store"));
        assert!(!page.text.contains(" style=") && !page.text.contains("<style"));
        assert_eq!(page.text.matches("<script").count(), 1);
    }
    assert_eq!(world.get("/healthz").await?.headers["referrer-policy"], "no-referrer");
    let script = world.get("/page.js").await?;
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert!(!script.text.contains("innerHTML"));
    assert_eq!(world.get("/page.css").await?.headers["content-type"], "text/css; charset=utf-8");
    Ok(())
}

#[tokio::test]
async fn a_session_stands_for_its_token() -> Result<()> {
    let world = World::new().await?;
    let anna = Person::of(&world, "anna", &[Scope::Read]).await?;
    for (secret, origin, status, is_secure) in [
        (anna.secret.as_str(), HERE, 303, false),
        (&anna.secret, "https://127.0.0.1:7300", 303, true),
        ("bo_0", HERE, 401, false),
        ("", HERE, 401, false),
        (&anna.secret, "http://evil.example", 403, false),
    ] {
        let answer = post(&world, None, origin, "/login", &format!("secret={secret}&to=//evil.example")).await?;
        assert_eq!(answer.status.as_u16(), status, "{origin}");
        let cookie = answer.headers.get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(cookie.is_empty(), status != 303);
        assert_eq!(cookie.contains("Secure"), is_secure);
        assert_eq!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), status == 303);
        assert!(!cookie.contains(&anna.secret));
        assert_eq!(answer.headers.get("location").is_some_and(|place| place == "/"), status == 303);
    }
    // A page listens by it; nothing but its own forms changes anything by it.
    assert_eq!(anna.get("/api/v1/status").await?.status, StatusCode::OK);
    let headers = [("cookie", anna.cookie.as_str()), ("origin", HERE)];
    let answer = world.ask("POST", "/api/v1/reports", &headers, r#"{"kind":"complaint"}"#).await?;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(anna.send("/logout", "").await?.status, StatusCode::SEE_OTHER);
    assert_eq!(anna.get("/").await?.status, StatusCode::UNAUTHORIZED);
    let bert = Person::of(&world, "bert", &[Scope::Read]).await?;
    tokens::revoke(&world.app.runs, "bert").await.map_err(|failure| anyhow::anyhow!(failure.sentence()))?;
    while world.app.tokens.holder(&bert.secret).is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(bert.get("/").await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn only_forms_of_ones_own_pages_are_taken() -> Result<()> {
    let world = World::new().await?;
    let anna = Person::of(&world, "anna", &[Scope::Read]).await?;
    let other = Person::of(&world, "other", &Scope::ALL).await?;
    let right = format!("csrf={}", anna.mark);
    for (path, scope) in FORMS {
        assert_eq!(post(&world, None, HERE, path, &right).await?.status, StatusCode::UNAUTHORIZED, "{path}");
        for body in ["", "csrf=", "csrf=0", &format!("csrf={}", other.mark)] {
            let answer = post(&world, Some(&anna.cookie), HERE, path, body).await?;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {body}");
            assert!(answer.text.contains("not of your session"), "{}", answer.text);
        }
        for origin in ["", "null", "http://evil.example", "http://127.0.0.1:7301"] {
            let answer = post(&world, Some(&anna.cookie), origin, path, &right).await?;
            assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (403, Some("origin")), "{path}");
        }
        if scope != Scope::Read {
            let answer = anna.send(path, "kind=complaint&confirm=production").await?;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            let said = format!("this token does not serve for {}", scope.name());
            assert!(answer.text.contains(&said), "{}", answer.text);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_report_and_a_name_that_is_not_confirmed() -> Result<()> {
    let world = World::new().await?;
    let anna = Person::of(&world, "anna", &[Scope::Execute]).await?;
    assert!(anna.get("/").await?.text.contains("action=\"/reports\""));
    let answer = anna.send("/reports", "kind=complaint&count=2&who=u1%0D%0Au2&note=").await?;
    assert_eq!((answer.status.as_u16(), &answer.headers["location"]), (303, &"/?reported".parse()?));
    assert_eq!(anna.send("/reports", "kind=complaint&count=x").await?.status, StatusCode::BAD_REQUEST);
    assert_eq!(anna.send("/reports", "kind=other").await?.status, StatusCode::BAD_REQUEST);
    assert!(anna.get("/?reported").await?.text.contains("class=\"note\""));
    for confirm in ["", "prod", "Production"] {
        let answer = anna.send("/rollback", &format!("because=errors&confirm={confirm}")).await?;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{confirm}");
        assert!(answer.text.contains("nothing was begun") && answer.text.contains("value=\"errors\""));
    }
    Ok(())
}

/// A run that waits for somebody to agree to a step that takes something away.
async fn asks(runs: &Runs, name: &str) -> Result<String> {
    let step = json!({
        "name": name, "kind": "sql", "action": {}, "budget": 60_000, "approval": { "quorum": 1, "expires": 600_000 }
    });
    let procedure: Procedure = serde_json::from_value(
        json!({ "name": "rollback", "ways": [{ "name": name, "budget": null, "steps": [step] }] }),
    )?;
    let path = json!([{ "branch": name, "held": true, "why": name }]);
    let facts = json!({ "evidence": { "firing": { "why": name }, "readings": [], "path": path } });
    let opened = runs.open(procedure, Some("production".to_owned()), name, facts).await;
    let (lease, journal) = opened.map_err(|failure| anyhow::anyhow!(failure.sentence()))?;
    let until = Timestamp::now() + SignedDuration::from_mins(10);
    let event = Event::ApprovalAsked { step: 0, preview: "0".to_owned(), until };
    runs.store.append(&journal.run, Author::Holder(&lease), &runs.who, &journal.head, "running", &event).await?;
    runs.store.release(&lease).await?;
    Ok(journal.run)
}

#[tokio::test]
async fn who_proposed_does_not_approve() -> Result<()> {
    let world = World::new().await?;
    let anna = Person::of(&world, "anna", &Scope::ALL).await?;
    let bert = Person::of(&world, "bert", &[Scope::Approve]).await?;
    let runs = world.app.as_whom(&world.app.tokens.holder(&anna.secret).context("anna")?).await;
    let run = asks(&runs.map_err(|failure| anyhow::anyhow!(failure.sentence()))?, "drop").await?;
    let path = format!("/runs/{run}/approve");
    let (hers, his) = (anna.get(&format!("/runs/{run}")).await?.text, bert.get(&format!("/runs/{run}")).await?.text);
    assert!(!hers.contains(&path) && hers.contains(&format!("/runs/{run}/refuse")), "{hers}");
    assert!(his.contains(&path) && !his.contains(&format!("/runs/{run}/abort")), "{his}");
    let answer = anna.send(&path, "confirm=production").await?;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    // Why is said above the run.
    assert!(answer.text.contains("role=\"alert\"") && answer.text.contains("id=\"journal\""), "{}", answer.text);
    for confirm in ["", "Production"] {
        let answer = bert.send(&path, &format!("confirm={confirm}")).await?;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("nothing was approved") && answer.text.contains("id=\"journal\""));
    }
    let answer = bert.send(&path, "confirm=production").await?;
    assert_eq!((answer.status.as_u16(), &answer.headers["location"]), (303, &format!("/runs/{run}").parse()?));
    let approved = ">approved</span>";
    assert!(!his.contains(approved));
    assert!(bert.get(&format!("/runs/{run}")).await?.text.contains(approved));
    let answer = anna.send(&path, "confirm=production").await?;
    assert!(answer.status.is_client_error());
    Ok(())
}

/// The target of this world does not answer: that is said, and no gate is shown as open.
#[tokio::test]
async fn a_target_that_does_not_answer_has_no_open_gates() -> Result<()> {
    let world = World::new().await?;
    let anna = Person::of(&world, "anna", &[Scope::Read]).await?;
    let looked = async {
        loop {
            let page = anna.get("/releases").await?;
            assert_eq!(page.status, StatusCode::OK);
            assert!(!page.text.contains(">open</span>"), "{}", page.text);
            if page.text.contains("Looked at") {
                return Ok::<_, anyhow::Error>(page.text);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let looked = tokio::time::timeout(std::time::Duration::from_secs(60), looked).await??;
    assert!(looked.contains("127.0.0.1"), "{looked}");
    Ok(())
}

#[tokio::test]
async fn names_of_others_are_text() -> Result<()> {
    let trigger = format!(
        "[[trigger]]\nname = '{HOSTILE}'\nsource = \"complaints\"\nmeasure = \"count\"\nover = \"5m\"\nabove = 3\n\
         [[decide]]\nname = '{HOSTILE}'\nthen = {{ fix = '{HOSTILE}' }}\n"
    );
    let options = Options { watch: Some(false), ..Options::of("server") };
    let world = World::planned(&trigger, options).await?;
    let anna = Person::of(&world, HOSTILE, &Scope::ALL).await?;
    let now = Timestamp::now();
    let mut known = State::new(now, now + SignedDuration::from_mins(10));
    let firing = Firing {
        trigger: HOSTILE.to_owned(),
        at: now,
        value: 5.0,
        limit: 3.0,
        since: now,
        samples: Some(5),
        people: 2,
        falling: false,
        why: HOSTILE.to_owned(),
    };
    let reading = Reading {
        trigger: HOSTILE.to_owned(),
        at: now,
        verdict: Verdict::Breached,
        value: Some(5.0),
        limit: Some(3.0),
        samples: Some(5),
        since: Some(now),
        vetoed: None,
        fires: None,
        why: HOSTILE.to_owned(),
    };
    known.readings.insert(HOSTILE.to_owned(), reading);
    known.note(Decided {
        id: "1".to_owned(),
        at: now,
        firing,
        symptom: HOSTILE.to_owned(),
        act: Act::Notify,
        outcome: None,
        rule: Some(HOSTILE.to_owned()),
        path: vec![Asked { branch: HOSTILE.to_owned(), held: true, why: HOSTILE.to_owned() }],
        did: Did::Failed { why: HOSTILE.to_owned() },
    });
    let written = state::write(&world.app.runs, "production", None, &known).await;
    written.map_err(|failure| anyhow::anyhow!(failure.sentence()))?;
    let run = asks(&world.app.runs, HOSTILE).await?;
    let query = "/rollback?because=%3Cscript%3Ealert(1)%3C/script%3E&way=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for (path, least) in [("/", 6), (&*format!("/runs/{run}"), 6), (query, 2)] {
        let page = anna.get(path).await?;
        assert!(!page.text.contains("<script>"), "{path}: {}", page.text);
        assert!(page.text.matches(SHOWN).count() >= least, "{path}: {}", page.text);
    }
    let home = anna.get("/").await?.text;
    for part in ["breached", "class=\"held\"", "waiting for approval"] {
        assert!(home.contains(part), "{part}: {home}");
    }
    Ok(())
}
