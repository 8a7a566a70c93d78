//! What processes that watch share.

use std::time::Duration;

use anyhow::Result;
use backout_store::{Incoming, Seat, StoreError};
use jiff::Timestamp;

use crate::places;

#[tokio::test]
async fn a_document_is_written_over_what_was_read() -> Result<()> {
    for place in places("store_documents").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        assert_eq!(store.document("watch/p").await?, None);
        assert_eq!(store.put("watch/p", None, b"one").await?, 1);
        assert!(matches!(other.put("watch/p", None, b"rival").await, Err(StoreError::Changed { .. })));
        assert_eq!(other.put("watch/p", Some(1), b"\0two").await?, 2);
        assert!(matches!(store.put("watch/p", Some(1), b"late").await, Err(StoreError::Changed { .. })));
        store.put("watch/q", None, b"").await?;
        store.put("watch_r", None, b"").await?;
        let found = store.documents("watch/").await?;
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["watch/p", "watch/q"]);
        assert_eq!((found[0].1.version, found[0].1.body.as_slice()), (2, b"\0two".as_slice()));
    }
    Ok(())
}

fn message(source: &str, id: &str, ms: i64) -> Result<Incoming> {
    let at = Timestamp::from_millisecond(1_790_000_000_000 + ms)?;
    Ok(Incoming { source: source.to_owned(), id: id.to_owned(), at, body: id.as_bytes().to_vec() })
}

#[tokio::test]
async fn what_arrives_twice_is_kept_once() -> Result<()> {
    for place in places("store_inbox").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        let batch = [message("sentry", "a", 0)?, message("sentry", "a", 5)?, message("clerk", "a", 7)?];
        assert_eq!(store.receive(batch.to_vec()).await?, [true, false, true]);
        assert_eq!(other.receive(batch[..1].to_vec()).await?, [false]);
        other.receive(vec![message("sentry", "b", 9)?]).await?;
        let all = store.inbox(None, 0, 100).await?;
        let ids = |taken: &[backout_store::Taken]| {
            taken.iter().map(|one| (one.message.source.clone(), one.message.id.clone())).collect::<Vec<_>>()
        };
        let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(source, id)| ((*source).to_owned(), (*id).to_owned())).collect()
        };
        assert_eq!(ids(&all), named(&[("sentry", "a"), ("clerk", "a"), ("sentry", "b")]));
        assert_eq!(all[0].message, batch[0]);
        assert_eq!(ids(&store.inbox(Some("sentry"), all[0].seq, 100).await?), named(&[("sentry", "b")]));
        assert_eq!(store.inbox(None, 0, 1).await?.len(), 1);
        // Only what is old and was read.
        assert_eq!(store.forget(message("x", "x", 8)?.at, all[0].seq).await?, 1);
        assert_eq!(store.inbox(None, 0, 100).await?.len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn one_sits_at_a_time() -> Result<()> {
    let short = Duration::from_millis(150);
    let long = Duration::from_secs(60);
    for place in places("store_seats").await? {
        let (store, other) = (place.store().await?, place.store().await?);
        let seat = store.sit("watch/p", "one", short).await?.expect("it is free");
        assert_eq!(seat.fence, 1);
        let renewed = store.sit("watch/p", "one", short).await?.expect("it is its own");
        assert_eq!(renewed.fence, 1);
        assert!(other.sit("watch/q", "two", long).await?.is_some(), "another seat");
        let mut waited = 0;
        let taken: Seat = loop {
            if let Some(seat) = other.sit("watch/p", "two", long).await? {
                break seat;
            }
            waited += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(waited > 0, "it was taken at once");
        assert_eq!(taken.fence, 2);
        assert_eq!(store.sit("watch/p", "one", long).await?, None);
        assert_eq!(store.seated("watch/p").await?.map(|held| held.holder).as_deref(), Some("two"));
        // Who lost it cannot leave for the other.
        store.leave(&renewed).await?;
        assert!(store.seated("watch/p").await?.is_some());
        other.leave(&taken).await?;
        assert_eq!(store.seated("watch/p").await?, None);
        assert_eq!(store.sit("watch/p", "one", long).await?.map(|seat| seat.fence), Some(3));
        // Two at once.
        let (one, two) = tokio::join!(store.sit("race", "one", long), other.sit("race", "two", long));
        assert!(one?.is_some() != two?.is_some());
    }
    Ok(())
}

/// However much lies there, a reader has some of it at a time.
#[tokio::test]
async fn what_is_large_is_read_a_few_at_a_time() -> Result<()> {
    for place in places("store_large").await? {
        let store = place.store().await?;
        let large = |id: &str| Ok::<_, anyhow::Error>(Incoming { body: vec![b'x'; 3 << 20], ..message("s", id, 0)? });
        store.receive(vec![large("a")?, large("b")?, message("other", "c", 0)?, large("d")?, large("e")?]).await?;
        let (mut after, mut turns) = (0, Vec::new());
        loop {
            let turn = store.inbox(None, after, 100).await?;
            let Some(last) = turn.last() else { break };
            after = last.seq;
            turns.push(turn.iter().map(|one| one.message.id.clone()).collect::<String>());
        }
        assert_eq!(turns, ["abcd", "e"]);
        assert_eq!(store.inbox(Some("s"), 0, 100).await?.len(), 3);
    }
    Ok(())
}

/// Whoever goes away in the middle leaves no transaction that another one goes on in.
#[tokio::test]
async fn who_goes_away_in_the_middle_leaves_nothing() -> Result<()> {
    for place in places("store_gives_up").await? {
        let store = place.store().await?;
        for round in 0..60_u64 {
            let messages =
                (0..200).map(|one| message("s", &format!("{round}-{one}"), 0)).collect::<Result<Vec<_>>>()?;
            // At many moments, as a client hangs up.
            let gone = tokio::time::timeout(Duration::from_micros(round * 150), store.receive(messages)).await;
            store.put(&format!("after/{round}"), None, b"kept").await?;
            let other = place.store().await?;
            assert!(other.document(&format!("after/{round}")).await?.is_some(), "{round}: {gone:?}");
            let there = other.inbox(Some("s"), 0, 100_000).await?;
            let of_round = there.iter().filter(|one| one.message.id.starts_with(&format!("{round}-"))).count();
            assert!(of_round == 0 || of_round == 200, "{round}: {of_round}");
        }
    }
    Ok(())
}
