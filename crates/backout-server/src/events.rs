//! What happens, for whoever listens: one text for all listeners, in the format of server-sent events.
//!
//! Memory is bounded: the newest texts are kept once, and whoever is too slow for them is let go of and may come back.
//!
//! Must not know: what happened.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::{broadcast, watch};

/// So many texts may a listener be behind.
const ROOM: usize = 256;
/// A sign of life, so that nobody on the way takes the connection for dead.
const BEAT: Duration = Duration::from_secs(15);

/// A stream that many listen to.
#[derive(Debug)]
pub struct Changes {
    sender: broadcast::Sender<Bytes>,
    sent: AtomicU64,
    closing: watch::Receiver<bool>,
}

impl Changes {
    pub(crate) fn new(closing: watch::Receiver<bool>) -> Self {
        Self { sender: broadcast::Sender::new(ROOM), sent: AtomicU64::new(0), closing }
    }

    /// Tells everybody. `id` is what a listener that comes back names; without one it is a number.
    pub fn tell(&self, id: Option<&str>, data: &impl Serialize) {
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let id = id.map_or_else(|| number.to_string(), str::to_owned);
        self.sender.send(text(&id, data)).ok();
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// What was told, as the texts that were sent.
    pub fn listen(&self) -> broadcast::Receiver<Bytes> {
        self.sender.subscribe()
    }

    /// Answers with all that is told from now on, after what everybody is told first.
    pub(crate) fn answer(&self, first: Bytes) -> Response {
        let state = (Some(first), self.listen(), self.closing.clone());
        streamed(stream::unfold(state, |(first, mut receiver, mut closing)| async move {
            if let Some(first) = first {
                return Some((Ok(first), (None, receiver, closing)));
            }
            let text = tokio::select! {
                _ = closing.changed() => return None,
                // Who is too far behind asks again, and reads what is so then.
                heard = receiver.recv() => heard.ok()?,
                () = tokio::time::sleep(BEAT) => Bytes::from_static(b":\n\n"),
            };
            Some((Ok(text), (None, receiver, closing)))
        }))
    }
}

/// One event as it is sent. A document has no line breaks, so nothing in it begins another event.
pub(crate) fn text(id: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    let id: String = id.chars().filter(|c| !c.is_control()).collect();
    Bytes::from(format!("id: {id}\ndata: {data}\n\n"))
}

/// A response that goes on.
pub(crate) fn streamed(texts: impl stream::Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from_stream(texts));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would keep events back until its buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use serde_json::json;

    use super::*;

    async fn next(body: &mut Body) -> Option<String> {
        let frame = body.frame().await?.ok()?.into_data().ok()?;
        Some(String::from_utf8_lossy(&frame).into_owned())
    }

    #[tokio::test]
    async fn one_text_for_all_and_the_slow_are_let_go_of() {
        let (close, closing) = watch::channel(false);
        let changes = Changes::new(closing);
        let mut fast = changes.answer(text("0", &json!(1))).into_body();
        let mut slow = changes.answer(text("0", &json!(1))).into_body();
        assert_eq!(next(&mut fast).await.as_deref(), Some("id: 0\ndata: 1\n\n"));
        next(&mut slow).await;
        changes.tell(None, &json!({ "said": "a\nid: 7\n\ndata: forged" }));
        let text = next(&mut fast).await.unwrap();
        assert_eq!(text.matches('\n').count(), 3, "{text}");
        for number in 0..=ROOM {
            changes.tell(Some("x\ny"), &number);
        }
        assert_eq!(next(&mut slow).await, None);
        drop(slow);
        assert_eq!(changes.listeners(), 1);
        let mut other = changes.answer(Bytes::new()).into_body();
        next(&mut other).await;
        close.send(true).unwrap();
        assert_eq!(next(&mut other).await, None);
    }
}
