//! Messages that are to go out.

use std::time::{Duration, Instant};

use anyhow::Result;
use backout_store::{NewMessage, OutMessage, OutState, Store, StoreError};
use jiff::Timestamp;

use crate::{LONG, Place, places};

/// Who sends lets so little time pass that its claim has run out at once.
const NONE: Duration = Duration::ZERO;
/// However busy the machine is. With their indexes it is a second, without them it is minutes.
const SOON: Duration = Duration::from_secs(30);

fn at(second: i64) -> Result<Timestamp> {
    Ok(Timestamp::from_second(1_790_000_000 + second)?)
}

fn message(key: &str, thread: &str) -> Result<NewMessage> {
    Ok(NewMessage {
        key: key.to_owned(),
        channel: "slack".to_owned(),
        thread: thread.to_owned(),
        incident: "2026-01-07-1".to_owned(),
        body: format!("{{\"text\":\"{key}\0\"}}").into_bytes(),
        held: false,
        due: at(0)?,
    })
}

fn held(key: &str, thread: &str) -> Result<NewMessage> {
    Ok(NewMessage { held: true, ..message(key, thread)? })
}

fn key(claimed: Option<&OutMessage>) -> Option<&str> {
    claimed.map(|one| one.message.key.as_str())
}

/// Claims the next one of the channel and sends it.
async fn send(store: &Store, holder: &str) -> Result<Option<String>> {
    let Some(claimed) = store.claim("slack", holder, LONG, at(0)?).await? else { return Ok(None) };
    store.sent(claimed.seq, holder, claimed.message.key.as_bytes()).await?;
    Ok(Some(claimed.message.key))
}

async fn state(store: &Store, key: &str) -> Result<Option<OutState>> {
    Ok(store.message(key).await?.map(|message| message.state))
}

fn changed<T>(outcome: &backout_store::Result<T>) -> bool {
    matches!(outcome, Err(StoreError::Changed { .. }))
}

#[tokio::test]
async fn a_message_is_put_once_claimed_and_sent() -> Result<()> {
    for place in places("store_outbox").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        let (first, second) = (message("a", "t")?, held("b", "t")?);
        assert_eq!(store.post(&[first.clone(), first.clone(), second.clone()]).await?, [true, false, true]);
        // A second copy of a key changes nothing, whatever else it says.
        let copy = NewMessage { channel: "email".to_owned(), held: true, body: b"x".to_vec(), ..first.clone() };
        assert_eq!(other.post(&[copy, message("c", "t")?]).await?, [false, true]);
        let all = other.outbox(None, 10).await?;
        assert_eq!(all.iter().map(|one| one.message.key.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((&all[0].message, &all[1].message), (&first, &second));
        assert_eq!((&all[0].state, &all[1].state), (&OutState::Waiting, &OutState::Held));
        assert_eq!((all[0].attempts, &all[0].last, &all[0].sent, &all[0].known), (0, &None, &None, &None));

        // Not before it is due, by the clock of whoever asks, and no other channel's.
        assert_eq!(store.claim("slack", "one", LONG, at(-1)?).await?, None);
        assert_eq!(store.claim("email", "one", LONG, at(0)?).await?, None);
        let claimed = store.claim("slack", "one", LONG, at(0)?).await?.expect("it is due");
        assert_eq!((claimed.message.clone(), claimed.attempts, claimed.seq), (first, 1, all[0].seq));
        assert!(matches!(&claimed.state, OutState::Sending { by, until } if by == "one" && *until > claimed.at));
        assert_eq!(other.claim("slack", "two", LONG, at(0)?).await?, None, "the next one waits for it");
        // Who lost its answer asks again.
        let again = other.claim("slack", "one", LONG, at(0)?).await?.expect("it is its own");
        assert_eq!((again.seq, again.attempts), (claimed.seq, 2));

        assert_eq!(store.thread_state("slack", "t").await?, None);
        store.sent(claimed.seq, "one", b"{\"ts\":\"1\0\"}").await?;
        let sent = other.message("a").await?.expect("it stays");
        assert_eq!((&sent.state, sent.known.as_deref()), (&OutState::Sent, Some(b"{\"ts\":\"1\0\"}".as_slice())));
        assert!(sent.sent.is_some_and(|when| when >= sent.at));
        assert!(changed(&store.sent(claimed.seq, "one", b"2").await), "it is sent once");
        assert!(changed(&store.put_off(claimed.seq, "one", at(0)?, "x").await));
        assert_eq!(other.thread_state("slack", "t").await?.as_deref(), Some(b"{\"ts\":\"1\0\"}".as_slice()));
        assert_eq!(other.thread_state("email", "t").await?, None);
        assert_eq!(other.thread_state("slack", "u").await?, None);
        // A copy that comes after it was sent.
        assert_eq!(store.post(&[message("a", "t")?]).await?, [false]);
        assert_eq!(send(&store, "one").await?.as_deref(), Some("c"), "what is held keeps nobody waiting");
        assert_eq!(store.thread_state("slack", "t").await?.as_deref(), Some(b"c".as_slice()));
        assert_eq!(send(&store, "one").await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn a_thread_keeps_its_order_and_no_other_thread_waits() -> Result<()> {
    for place in places("store_outbox_order").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        let later = NewMessage { due: at(60)?, ..message("a1", "a")? };
        let elsewhere = NewMessage { channel: "email".to_owned(), ..message("mail", "a")? };
        store.post(&[later, message("a2", "a")?, message("b1", "b")?, message("b2", "b")?, elsewhere]).await?;
        // `a2` is due and waits for `a1`, which is not.
        let b1 = store.claim("slack", "one", LONG, at(0)?).await?;
        assert_eq!(key(b1.as_ref()), Some("b1"));
        let b1 = b1.map(|one| one.seq).unwrap_or_default();
        assert_eq!(other.claim("slack", "two", LONG, at(0)?).await?, None);
        let mail = other.claim("email", "two", LONG, at(0)?).await?;
        assert_eq!(key(mail.as_ref()), Some("mail"), "another channel has threads of its own");
        // What is put off holds back the rest of its thread.
        store.put_off(b1, "one", at(30)?, "429 Too Many Requests").await?;
        assert_eq!(other.claim("slack", "two", LONG, at(29)?).await?, None);
        let put_off = store.message("b1").await?.expect("it stays");
        assert_eq!((&put_off.state, put_off.message.due, put_off.attempts), (&OutState::Waiting, at(30)?, 1));
        assert_eq!(put_off.last.as_deref(), Some("429 Too Many Requests"));
        let again = other.claim("slack", "two", LONG, at(30)?).await?.expect("it is due");
        assert_eq!((again.message.key.as_str(), again.attempts), ("b1", 2));
        // What is dead does not.
        other.dead(again.seq, "two", "403 Forbidden").await?;
        let dead = store.message("b1").await?.expect("it stays");
        assert_eq!(dead.state, OutState::Dead { why: "403 Forbidden".to_owned() });
        assert_eq!(dead.last.as_deref(), Some("403 Forbidden"));
        assert_eq!(send(&store, "one").await?.as_deref(), Some("b2"));
        let a1 = store.claim("slack", "one", LONG, at(60)?).await?;
        assert_eq!(key(a1.as_ref()), Some("a1"));
        assert_eq!(other.claim("slack", "two", LONG, at(60)?).await?, None);
        store.sent(a1.map(|one| one.seq).unwrap_or_default(), "one", b"").await?;
        assert_eq!(send(&other, "two").await?.as_deref(), Some("a2"));
        // The one that arrived last tells what is known, though it was put there first.
        store.revive("b1").await?;
        assert!(matches!(store.claim("slack", "one", LONG, at(30)?).await?, Some(one) if one.attempts == 3));
        store.sent(again.seq, "one", b"revived").await?;
        assert_eq!(other.thread_state("slack", "b").await?.as_deref(), Some(b"revived".as_slice()));
    }
    Ok(())
}

#[tokio::test]
async fn a_claim_that_ran_out_is_for_anybody() -> Result<()> {
    for place in places("store_outbox_claims").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        store.post(&[message("a", "t")?, message("b", "t")?, message("c", "u")?]).await?;
        let lost = store.claim("slack", "one", NONE, at(0)?).await?.expect("it is due");
        let taken = other.claim("slack", "two", LONG, at(0)?).await?.expect("its time has passed");
        assert_eq!((taken.seq, taken.message.key.as_str(), taken.attempts), (lost.seq, "a", 2));
        // Whoever lost it says nothing about it any more.
        assert!(changed(&store.sent(lost.seq, "one", b"late").await));
        assert!(changed(&store.put_off(lost.seq, "one", at(9)?, "late").await));
        assert!(changed(&store.dead(lost.seq, "one", "late").await));
        assert_eq!(other.message("a").await?, Some(taken.clone()));
        other.sent(taken.seq, "two", b"known").await?;
        assert!(changed(&store.sent(lost.seq, "one", b"late").await));
        assert_eq!(store.thread_state("slack", "t").await?.as_deref(), Some(b"known".as_slice()));
        // What arrived late has arrived, where nobody else has it.
        let late = store.claim("slack", "one", NONE, at(0)?).await?.expect("it is next");
        store.sent(late.seq, "one", b"").await?;
        assert_eq!(state(&other, "b").await?, Some(OutState::Sent));
        // Before its time has passed nobody gets it.
        let short = Duration::from_millis(1500);
        store.claim("slack", "one", short, at(0)?).await?.expect("it is the last one");
        let mut waited = 0;
        let taken = loop {
            if let Some(taken) = other.claim("slack", "two", LONG, at(0)?).await? {
                break taken;
            }
            waited += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(waited > 0, "it was taken at once");
        assert_eq!((taken.message.key.as_str(), taken.attempts), ("c", 2));
    }
    Ok(())
}

#[tokio::test]
async fn two_at_once_get_different_messages() -> Result<()> {
    for place in places("store_outbox_races").await? {
        let (one, two) = (place.store().await?, place.store().await?);
        for round in 0..20 {
            // Two of one thread, so that the second of them is nobody's for now.
            let thread = |name: &str| format!("{round}-{name}");
            let (a, b) = (thread("a"), thread("b"));
            one.post(&[message(&thread("a1"), &a)?, message(&thread("a2"), &a)?, message(&thread("b1"), &b)?]).await?;
            let (first, second) =
                tokio::join!(one.claim("slack", "one", LONG, at(0)?), two.claim("slack", "two", LONG, at(0)?));
            let (first, second) = (first?.expect("there are two"), second?.expect("there are two"));
            let mut keys = [first.message.key.clone(), second.message.key.clone()];
            keys.sort();
            assert_eq!(keys, [thread("a1"), thread("b1")]);
            one.sent(first.seq, "one", b"").await?;
            two.sent(second.seq, "two", b"").await?;
            let (first, second) = tokio::join!(send(&one, "one"), send(&two, "two"));
            let (first, second) = (first?, second?);
            assert!(first.is_some() != second.is_some(), "{first:?} {second:?}");
            assert_eq!(first.or(second), Some(thread("a2")));
        }
        let all = one.outbox(None, 100).await?;
        assert!(all.len() == 60 && all.iter().all(|one| one.state == OutState::Sent && one.attempts == 1));
        // Copies at once are one message.
        let copy = [message("copy", "t")?];
        let (first, second) = tokio::join!(one.post(&copy), two.post(&copy));
        assert!(first? != second?);
    }
    Ok(())
}

/// Many claimers of many threads: each message goes once, and each thread in its order.
#[tokio::test(flavor = "multi_thread")]
async fn many_send_each_thread_in_its_order() -> Result<()> {
    for place in places("store_outbox_many").await? {
        let store = place.store().await?;
        let mut messages = Vec::new();
        for one in 0..10 {
            for thread in 0..4 {
                messages.push(message(&format!("{thread}-{one}"), &thread.to_string())?);
            }
        }
        store.post(&messages).await?;
        let mut sending = Vec::new();
        for holder in ["one", "two", "three"] {
            let store = place.store().await?;
            sending.push(tokio::spawn(async move {
                let mut idle = 0;
                while idle < 20 {
                    match send(&store, holder).await? {
                        Some(_) => idle = 0,
                        None => {
                            idle += 1;
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                }
                Ok::<_, anyhow::Error>(())
            }));
        }
        for one in sending {
            one.await??;
        }
        let mut all = store.outbox(None, 100).await?;
        assert!(all.iter().all(|one| one.state == OutState::Sent && one.attempts == 1), "{all:?}");
        all.sort_by_key(|one| (one.message.thread.clone(), one.seq));
        for pair in all.windows(2).filter(|pair| pair[0].message.thread == pair[1].message.thread) {
            assert!(pair[0].sent <= pair[1].sent, "{pair:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn people_approve_drop_and_revive() -> Result<()> {
    for place in places("store_outbox_people").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        let is = |outcome: backout_store::Result<()>, said: &str| match outcome {
            Err(error @ (StoreError::MessageIs { .. } | StoreError::UnknownMessage(_))) => {
                assert_eq!(error.to_string(), said);
            }
            outcome => panic!("{said}: {outcome:?}"),
        };
        store.post(&[held("a", "t")?, message("b", "t")?, held("c", "t")?, message("d", "u")?]).await?;
        // The held one is approved while a younger one of its thread is being sent: it goes next, not beside it.
        let b = store.claim("slack", "one", LONG, at(0)?).await?.expect("it is due");
        assert_eq!(b.message.key, "b");
        is(store.drop_message("b", "anna", "wrong").await, "message b is being sent, so it cannot be dropped");
        other.approve_message("a", "anna").await?;
        let a = other.message("a").await?.expect("it stays");
        assert_eq!((&a.state, a.approved.as_deref(), a.message.held), (&OutState::Waiting, Some("anna"), true));
        is(other.approve_message("a", "bert").await, "message a is waiting, so it cannot be approved");
        assert_eq!(send(&other, "two").await?.as_deref(), Some("d"));
        assert_eq!(send(&other, "two").await?, None);
        // The one before it is first again when another attempt is needed.
        store.put_off(b.seq, "one", at(0)?, "503").await?;
        assert_eq!(send(&other, "two").await?.as_deref(), Some("a"));
        assert_eq!(send(&other, "two").await?.as_deref(), Some("b"));
        is(store.drop_message("b", "anna", "wrong").await, "message b is sent, so it cannot be dropped");

        store.drop_message("c", "bert", "no need").await?;
        let dropped = OutState::Dropped { by: "bert".to_owned(), why: "no need".to_owned() };
        assert_eq!(state(&other, "c").await?, Some(dropped));
        is(store.approve_message("c", "anna").await, "message c is dropped, so it cannot be approved");
        is(store.revive("c").await, "message c is dropped, so it cannot be revived");
        is(store.revive("x").await, "there is no message x");

        // A dead one is tried again at once, and what was tried is remembered.
        store.post(&[message("e", "v")?, message("f", "v")?, message("g", "w")?]).await?;
        let e = store.claim("slack", "one", LONG, at(0)?).await?.expect("it is due");
        store.dead(e.seq, "one", "404").await?;
        other.revive("e").await?;
        is(other.revive("e").await, "message e is waiting, so it cannot be revived");
        let again = other.claim("slack", "two", LONG, at(0)?).await?.expect("it is due");
        assert_eq!((again.seq, again.attempts, again.last.as_deref()), (e.seq, 2, Some("404")));
        other.dead(again.seq, "two", "404").await?;
        other.drop_message("e", "anna", "gone").await?;
        // Whoever claimed it has let its time pass.
        let f = store.claim("slack", "one", NONE, at(0)?).await?.expect("it is due");
        assert_eq!(f.message.key, "f");
        other.drop_message("f", "anna", "late").await?;
        assert!(changed(&store.sent(f.seq, "one", b"").await));
        other.drop_message("g", "anna", "late").await?;
        assert_eq!(send(&store, "one").await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn the_outbox_of_an_incident_is_listed() -> Result<()> {
    for place in places("store_outbox_lists").await? {
        let store = place.store().await?;
        let of = |key: &str, incident: &str| {
            Ok::<_, anyhow::Error>(NewMessage { incident: incident.to_owned(), ..message(key, key)? })
        };
        store.post(&[of("a", "1")?, of("b", "2")?, of("c", "1")?, of("d", "1")?]).await?;
        let keys = async |incident: Option<&str>, limit| -> Result<String> {
            Ok(store.outbox(incident, limit).await?.into_iter().map(|one| one.message.key).collect())
        };
        assert_eq!(keys(None, 10).await?, "abcd");
        assert_eq!(keys(Some("1"), 10).await?, "acd");
        // The newest ones, the oldest of them first.
        assert_eq!(keys(Some("1"), 2).await?, "cd");
        assert_eq!(keys(None, 3).await?, "bcd");
        assert_eq!(keys(Some("3"), 3).await?, "");
    }
    Ok(())
}

fn run(place: &Place, file: &str, server: &str) -> Result<()> {
    match place {
        Place::File(folder) => Ok(rusqlite::Connection::open(folder.path().join("new/runs.db"))?.execute_batch(file)?),
        Place::Server(database) => database.run(server).map(drop),
    }
}

/// A store of the version before the outbox gets its table when it is opened.
#[tokio::test]
async fn a_store_without_an_outbox_gets_one() -> Result<()> {
    for place in places("store_gets_outbox").await? {
        let store = place.store().await?;
        store.put("watch/p", None, b"kept").await?;
        drop(store);
        run(&place, "DROP TABLE outbox", "DROP TABLE backout_runs.outbox")?;
        let store = place.store().await?;
        assert_eq!(store.outbox(None, 10).await?, []);
        store.post(&[message("a", "t")?]).await?;
        assert_eq!(send(&place.store().await?, "one").await?.as_deref(), Some("a"));
        assert!(store.document("watch/p").await?.is_some());
    }
    Ok(())
}

/// A state of a version to come is refused, never read as another one, and such a message is not sent.
#[tokio::test]
async fn a_state_to_come_is_refused() -> Result<()> {
    for place in places("store_outbox_states").await? {
        let store = place.store().await?;
        store.post(&[message("a", "t")?]).await?;
        let update = |table: &str| format!("UPDATE {table} SET state = 'paused'");
        run(&place, &update("outbox"), &update("backout_runs.outbox"))?;
        assert_eq!(send(&store, "one").await?, None);
        let read = store.message("a").await;
        assert!(matches!(read, Err(StoreError::UnreadableMessage { seq: 1, .. })), "{read:?}");
        let dropped = store.drop_message("a", "anna", "x").await;
        assert!(matches!(dropped, Err(StoreError::MessageIs { .. })), "{dropped:?}");
    }
    Ok(())
}

/// However much was sent, and however much waits in a thread that cannot go on.
#[tokio::test]
async fn much_that_was_sent_makes_nothing_slow() -> Result<()> {
    const COLUMNS: &str = "(at, key, channel, thread, incident, body, held, due, state, sent, known)";
    for place in places("store_outbox_large").await? {
        let store = place.store().await?;
        let time = "'2026-01-07T00:00:00.000000000Z'";
        let values = |held: &str, body: &str| {
            format!(
                "{time}, 'k' || n, 'slack', 't' || (n % 100), 'i' || (n % 1000), {body}, {held}, {time}, 'sent', {time}, {body}"
            )
        };
        run(
            &place,
            &format!(
                "WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 100000) \
                 INSERT INTO outbox {COLUMNS} SELECT {} FROM one",
                values("0", "zeroblob(300)")
            ),
            &format!(
                "INSERT INTO backout_runs.outbox {COLUMNS} SELECT {} FROM pg_catalog.generate_series(1, 100000) AS n",
                values("false", "pg_catalog.decode(pg_catalog.repeat('00', 300), 'hex')")
            ),
        )?;
        let later = NewMessage { due: at(60)?, ..message("later", "stuck")? };
        let mut messages = vec![later];
        for one in 0..500 {
            messages.push(message(&format!("stuck {one}"), "stuck")?);
        }
        for one in 0..20 {
            messages.push(message(&format!("new {one}"), &format!("t{}", one % 10))?);
        }
        store.post(&messages).await?;
        let began = Instant::now();
        for one in 0..20 {
            assert_eq!(send(&store, "one").await?, Some(format!("new {one}")));
            assert!(store.thread_state("slack", "t77").await?.is_some());
        }
        assert_eq!(send(&store, "one").await?, None);
        assert_eq!(store.outbox(Some("i7"), 1000).await?.len(), 100);
        assert_eq!(store.outbox(None, 10).await?.len(), 10);
        let took = began.elapsed();
        assert!(took < SOON, "{} took {took:?}", store.name());
    }
    Ok(())
}
