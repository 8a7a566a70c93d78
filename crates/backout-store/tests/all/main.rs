//! One suite for both stores: what holds for one holds for the other.

mod outbox;
mod shared;

use std::time::Duration;

use anyhow::{Result, bail};
use backout_runbook::chain::{self, Head};
use backout_runbook::procedure::Millis;
use backout_runbook::{Broken, Event, OnFailure, Outcome, Phase, Procedure, Record, Retry, Step, Way};
use backout_store::{Author, Label, Lease, NewChange, Store, StoreError};
use backout_testkit::{TestDatabase, TestServer};
use serde_json::Value;

const LONG: Duration = Duration::from_secs(60);

/// A store that others can open as well.
enum Place {
    File(tempfile::TempDir),
    Server(TestDatabase<'static>),
}

impl Place {
    async fn store(&self) -> Result<Store> {
        Ok(match self {
            Self::File(folder) => Store::file(&folder.path().join("new/runs.db")).await?,
            Self::Server(database) => Store::server(&database.settings()).await?,
        })
    }
}

async fn places(name: &str) -> Result<[Place; 2]> {
    Ok([Place::File(tempfile::tempdir()?), Place::Server(TestServer::shared().database(name).await?)])
}

fn opened() -> Event {
    let step = |name: &str| Step {
        name: name.to_owned(),
        kind: "command".to_owned(),
        action: Value::Null,
        budget: Millis(1000),
        retry: Retry::default(),
        on_failure: OnFailure::default(),
        undo: None,
        approval: None,
        beforehand: false,
    };
    let way = Way { name: "A".to_owned(), budget: None, steps: vec![step("one"), step("two")] };
    Event::Opened {
        procedure: Procedure { name: "rollback".to_owned(), ways: vec![way] },
        target: Some("production".to_owned()),
        because: "errors".to_owned(),
        facts: Value::Null,
    }
}

fn label() -> Label {
    Label { procedure: "rollback".to_owned(), target: Some("production".to_owned()) }
}

fn intended() -> Event {
    Event::Intended { step: 0, attempt: 1, preview: "x".to_owned() }
}

fn done() -> Event {
    Event::Settled { step: 0, attempt: 1, outcome: Outcome::Done { facts: Value::Null } }
}

async fn open(store: &Store, run: &str) -> Result<(Lease, Record)> {
    Ok(store.open(run, &label(), "h1", "anna", LONG, &opened()).await?)
}

#[tokio::test]
async fn what_is_written_is_read_by_another() -> Result<()> {
    for place in places("store_reads").await? {
        let store = place.store().await?;
        let (lease, first) = open(&store, "r1").await?;
        let second = store.append("r1", Author::Holder(&lease), "anna", &first.head(), "running", &intended()).await?;
        let third = store.append("r1", Author::Person("bert"), "bert", &second.head(), "running", &done()).await?;
        let other = place.store().await?;
        let (records, head) = other.read("r1").await?;
        assert_eq!(records, [first.clone(), second.clone(), third.clone()]);
        assert_eq!(head, third.head());
        assert_eq!(other.after("r1", 2).await?, [third]);
        let state = chain::read("r1", &records, Some(&head))?;
        assert_eq!(state.map(|state| state.phase), Some(Phase::Running));
        assert!(matches!(other.read("r2").await, Err(StoreError::Unknown(_))));
        let again = other.open("r1", &label(), "h2", "bert", LONG, &opened()).await;
        assert!(matches!(again, Err(StoreError::Exists(_))), "{again:?}");
        open(&other, "r2").await?;
        let list = store.list(10).await?;
        assert_eq!(list.iter().map(|one| (one.run.as_str(), one.records)).collect::<Vec<_>>(), [("r2", 1), ("r1", 3)]);
        assert_eq!((list[1].holder.as_deref(), list[1].phase.as_str()), (Some("h1"), "running"));
        store.keep("r1", "report", b"one").await?;
        store.keep("r1", "report", b"two").await?;
        assert_eq!(other.kept("r1", "report").await?.as_deref(), Some(b"two".as_slice()));
        assert_eq!(other.kept("r2", "report").await?, None);
    }
    Ok(())
}

/// Whoever looks does not wait for a process that was suspended while it wrote.
#[tokio::test]
async fn who_reads_does_not_wait_for_a_writer() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("runs.db");
    let (_, first) = open(&Store::file(&file).await?, "r1").await?;
    let writer = rusqlite::Connection::open(&file)?;
    writer.execute_batch("BEGIN IMMEDIATE")?;
    let (records, _) = Store::file(&file).await?.read("r1").await?;
    assert_eq!(records, [first]);
    writer.execute_batch("ROLLBACK")?;
    Ok(())
}

/// However many make the file at once, each gets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_made_by_many_at_once() -> Result<()> {
    for _ in 0..20 {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("runs.db");
        let opened: Vec<_> = (0..8)
            .map(|_| {
                tokio::spawn({
                    let file = file.clone();
                    async move { Store::file(&file).await.map(drop) }
                })
            })
            .collect();
        for one in opened {
            one.await??;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_late_writer_is_refused() -> Result<()> {
    for place in places("store_fences").await? {
        let (one, two) = (place.store().await?, place.store().await?);
        let (first, record) = one.open("r1", &label(), "h1", "anna", Duration::from_millis(1), &opened()).await?;
        // Its time passes; the store's clock says so.
        let second = loop {
            match two.hold("r1", "h2", LONG, None).await {
                Ok(lease) => break lease,
                Err(StoreError::Held { .. }) => tokio::task::yield_now().await,
                Err(error) => bail!(error),
            }
        };
        assert_eq!(second.fence, first.fence + 1);
        let late = one.append("r1", Author::Holder(&first), "anna", &record.head(), "running", &intended()).await;
        assert!(matches!(late, Err(StoreError::Fenced { fence: 1, newest: 2, .. })), "{late:?}");
        assert!(matches!(one.renew(&first, LONG).await, Err(StoreError::Fenced { .. })));
        let now = one.held("r1").await?;
        assert_eq!(now.map(|held| held.holder).as_deref(), Some("h2"));
        // Letting go of what one has no more changes nothing.
        one.release(&first).await?;
        let held = one.hold("r1", "h3", LONG, None).await;
        assert!(matches!(&held, Err(StoreError::Held { holder, .. }) if holder == "h2"), "{held:?}");
        assert!(matches!(one.hold("r1", "h3", LONG, Some("h1")).await, Err(StoreError::Held { .. })));
        // Who is known to be gone is not waited for.
        let third = one.hold("r1", "h3", LONG, Some("h2")).await?;
        let written = one.append("r1", Author::Holder(&third), "anna", &record.head(), "running", &intended()).await?;
        assert_eq!(written.fence, 3);
        one.release(&third).await?;
        assert_eq!(two.held("r1").await?, None);
        assert!(matches!(two.held("r2").await, Err(StoreError::Unknown(_))));
        let fourth = two.hold("r1", "h4", LONG, None).await?;
        assert_eq!(fourth.fence, 4);
        // Nobody holds it any more when its time has passed, whoever looks.
        two.renew(&fourth, Duration::ZERO).await?;
        assert_eq!(one.held("r1").await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn of_two_that_write_at_once_one_is_told() -> Result<()> {
    for place in places("store_races").await? {
        let (one, two) = (place.store().await?, place.store().await?);
        let (_, record) = open(&one, "r1").await?;
        let head = record.head();
        let note = |who: &str| Event::Noted { about: who.to_owned(), facts: Value::Null };
        let (note_one, note_two) = (note("one"), note("two"));
        let (first, second) = tokio::join!(
            one.append("r1", Author::Person("one"), "one", &head, "running", &note_one),
            two.append("r1", Author::Person("two"), "two", &head, "running", &note_two),
        );
        let moved = |outcome: &backout_store::Result<Record>| matches!(outcome, Err(StoreError::Moved { seq: 2, .. }));
        assert!(first.is_ok() != second.is_ok() && (moved(&first) || moved(&second)), "{first:?} {second:?}");
        let (records, head) = one.read("r1").await?;
        assert_eq!(records.len(), 2);
        chain::read("r1", &records, Some(&head))?;
    }
    Ok(())
}

/// Whoever may write the store can change it; the chain shows it.
#[tokio::test]
async fn a_store_that_was_touched_is_found() -> Result<()> {
    for place in places("store_touched").await? {
        let store = place.store().await?;
        let (lease, first) = open(&store, "r1").await?;
        let second = store.append("r1", Author::Holder(&lease), "anna", &first.head(), "running", &intended()).await?;
        let third = store.append("r1", Author::Holder(&lease), "anna", &second.head(), "running", &done()).await?;
        store
            .append("r1", Author::Holder(&lease), "anna", &third.head(), "running", &Event::Closed { succeeded: false })
            .await?;
        drop(store);
        let touch = |sql: &str| -> Result<()> {
            match &place {
                Place::File(folder) => {
                    let connection = rusqlite::Connection::open(folder.path().join("new/runs.db"))?;
                    assert!(connection.execute_batch(sql).is_err(), "a trigger keeps {sql} away");
                    connection
                        .execute_batch("DROP TRIGGER IF EXISTS record_stays; DROP TRIGGER IF EXISTS record_is_kept")?;
                    Ok(connection.execute_batch(sql)?)
                }
                Place::Server(database) => {
                    let sql = sql.replace("record", "backout_runs.record");
                    assert!(database.run(&sql).is_err(), "a trigger keeps {sql} away");
                    database.run("DROP TRIGGER stays ON backout_runs.record")?;
                    database.run(&sql).map(drop)
                }
            }
        };
        touch("UPDATE record SET body = replace(body, 'done', 'failed') WHERE seq = 3")?;
        let broken = async || -> Result<Broken> {
            let (records, head) = place.store().await?.read("r1").await?;
            match chain::read("r1", &records, Some(&head)) {
                Ok(_) => bail!("it was not found"),
                Err(broken) => Ok(broken),
            }
        };
        assert!(matches!(broken().await?, Broken::Changed { seq: 3, .. }));
        match &place {
            Place::File(folder) => rusqlite::Connection::open(folder.path().join("new/runs.db"))?
                .execute_batch("DELETE FROM record WHERE seq > 2")?,
            Place::Server(database) => {
                database.run("DELETE FROM backout_runs.record WHERE seq > 2")?;
            }
        }
        assert!(matches!(broken().await?, Broken::Short { expected: 4, found: 2, .. }));
    }
    Ok(())
}

#[tokio::test]
async fn a_format_to_come_is_refused() -> Result<()> {
    for place in places("store_format").await? {
        drop(place.store().await?);
        match &place {
            Place::File(folder) => {
                let file = folder.path().join("new/runs.db");
                rusqlite::Connection::open(&file)?.execute_batch("PRAGMA user_version = 7")?;
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
            }
            Place::Server(database) => {
                database.run("INSERT INTO backout_runs.format VALUES (7)")?;
            }
        }
        let refused = place.store().await;
        let Err(error) = refused else { bail!("it was opened") };
        assert!(matches!(error.downcast_ref(), Some(StoreError::Format { found: 7, known: 1, .. })), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_connection_is_made_anew() -> Result<()> {
    let database = TestServer::shared().database("store_lost").await?;
    let store = Store::server(&database.settings()).await?;
    let (lease, first) = open(&store, "r1").await?;
    database.run_as_superuser(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'backout runs' AND datname = current_database()",
    )?;
    // The first call may meet the end of the connection; nothing was written by it.
    let head: Head = first.head();
    let mut outcome = store.append("r1", Author::Holder(&lease), "anna", &head, "running", &intended()).await;
    if matches!(outcome, Err(StoreError::Query { .. })) {
        outcome = store.append("r1", Author::Holder(&lease), "anna", &head, "running", &intended()).await;
    }
    outcome?;
    assert_eq!(store.read("r1").await?.0.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_history_of_values_is_only_added_to() -> Result<()> {
    for place in places("store_changes").await? {
        let store = place.store().await?;
        let change = |place: &str, sealed: Option<&[u8]>| NewChange {
            kind: "env".to_owned(),
            place: place.to_owned(),
            mark: Some("r1/A/0".to_owned()),
            body: "{}".to_owned(),
            sealed: sealed.map(<[u8]>::to_vec),
        };
        let first = store.change("anna", &change(".env", Some(b"\0sealed"))).await?;
        let second = place.store().await?.change("bert", &change("flags.json", None)).await?;
        assert!(second > first);
        store.changed(first, "one").await?;
        // What came of it is noted once.
        store.changed(first, "two").await?;
        let all = store.changes(None).await?;
        let seen: Vec<_> = all.iter().map(|one| (one.version, one.by.as_str(), one.done.as_deref())).collect();
        assert_eq!(seen, [(first, "anna", Some("one")), (second, "bert", None)]);
        assert_eq!(all[0].what, change(".env", Some(b"\0sealed")));
        assert_eq!(store.changes(Some("flags.json")).await?, all[1..]);
        drop(store);
        let touches = [
            "UPDATE change SET body = 'x'",
            "UPDATE change SET done = 'x'",
            "UPDATE change SET sealed = NULL, done = 'y'",
            "DELETE FROM change",
        ];
        for sql in touches {
            match &place {
                Place::File(folder) => {
                    let connection = rusqlite::Connection::open(folder.path().join("new/runs.db"))?;
                    assert!(connection.execute_batch(sql).is_err(), "a trigger keeps {sql} away");
                }
                Place::Server(database) => {
                    let sql = sql
                        .replace("change ", "backout_runs.change ")
                        .replace("FROM change", "FROM backout_runs.change");
                    assert!(database.run(&sql).is_err(), "a trigger keeps {sql} away");
                }
            }
        }
        assert_eq!(place.store().await?.changes(None).await?, all);
    }
    Ok(())
}

/// A store of the version before this history gets its table when it is opened.
#[tokio::test]
async fn a_store_without_the_history_gets_one() -> Result<()> {
    for place in places("store_gets_changes").await? {
        let store = place.store().await?;
        open(&store, "r1").await?;
        drop(store);
        match &place {
            Place::File(folder) => {
                rusqlite::Connection::open(folder.path().join("new/runs.db"))?.execute_batch("DROP TABLE change")?;
            }
            Place::Server(database) => {
                database.run("DROP TABLE backout_runs.change; DROP FUNCTION backout_runs.change_stays()")?;
            }
        }
        let store = place.store().await?;
        assert_eq!(store.changes(None).await?, []);
        assert_eq!(store.list(10).await?.len(), 1);
    }
    Ok(())
}
