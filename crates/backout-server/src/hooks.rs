//! Messages of sources that speak by themselves: verified, kept durably, and only then acknowledged.
//!
//! One task writes all that has come meanwhile in one transaction, so that many at once cost as much as one.
//!
//! Must not know: what a message means.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use backout_control::sources::{self, Source};
use backout_control::{Event, Failure};
use backout_store::Incoming;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::oneshot;

use crate::answer::{Refused, document};
use crate::app::App;
use crate::body;
use crate::metrics::count;
use crate::otlp::Encoding;

/// So many are written at once.
const TOGETHER: usize = 1000;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/hooks/{source}", post(take))
}

async fn take(
    State(app): State<App>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let sender = app.hooks.senders.iter().find(|sender| sender.name == source);
    let otlp = sender.filter(|sender| sender.is_otlp()).map(|_| Encoding::of(&headers));
    let taken = match sender {
        Some(sender) => received(&app, sender, otlp, &headers, body).await,
        None => Err(Refused::unknown("no source of this name is listened to")),
    };
    match &taken {
        Ok(true) => count(&app.metrics.hooks_received),
        Ok(false) => count(&app.metrics.hooks_again),
        Err(_) => count(&app.metrics.hooks_refused),
    }
    if let Some(encoding) = otlp {
        return Ok(encoding.answer(taken));
    }
    let is_new = taken?;
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(document(status, &json!({ "new": is_new })))
}

/// Keeps a message: whether it was new.
async fn received(
    app: &App,
    sender: &Source,
    otlp: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<bool, Refused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let encoding = header("content-encoding").map(str::to_ascii_lowercase);
    let said = header("content-length").and_then(|length| length.parse::<usize>().ok());
    let most = said.map_or(body::HOOKS, |length| length.min(body::HOOKS));
    let _sent = app.hooks.room.try_acquire_many(kibibytes(most)).map_err(|_| Refused::away())?;
    let raw = body::read(headers, body, body::HOOKS).await?;
    let at = Timestamp::now();
    let id = sender.verified(&app.env, &header, &raw, at).map_err(|doubt| {
        tracing::info!(source = sender.name, %doubt, "a message was not taken");
        Refused::new(StatusCode::UNAUTHORIZED, "unauthorized", "the message is not taken")
    })?;
    // What it becomes nobody knows: until it is there it has as much room as it may take, once for each form.
    let forms = usize::from(encoding.is_some()) + usize::from(otlp == Some(Encoding::Protobuf));
    let mut unpacked = match forms {
        0 => None,
        forms => {
            let room = kibibytes(forms * body::UNPACKED);
            Some(app.hooks.unpacked.acquire_many(room).await.map_err(|_| Refused::away())?)
        }
    };
    let body = sources::unpacked(encoding.as_deref(), raw.into(), body::UNPACKED).map_err(refused)?;
    let body = match otlp {
        Some(encoding) => encoding.read(body, body::UNPACKED).map_err(refused)?,
        None => body,
    };
    let _kept = unpacked.as_mut().and_then(|room| room.split(kibibytes(body.len()) as usize));
    // The rest is for others.
    drop(unpacked);
    let message = Incoming { source: sender.name.clone(), id, at, body };
    let (tell, told) = oneshot::channel();
    // Where the store is away, senders are told, and send again.
    app.hooks.to.try_send((message, tell)).map_err(|_| Refused::away())?;
    told.await.ok().flatten().ok_or_else(Refused::away)
}

/// What a body is that cannot be read.
fn refused(why: sources::Refused) -> Refused {
    match why {
        sources::Refused::TooLarge(most) => Refused::too_large(most),
        sources::Refused::NotJson | sources::Refused::Protobuf(_) => Refused::bad(why.to_string()),
        why => Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding", why.to_string()),
    }
}

fn kibibytes(length: usize) -> u32 {
    u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX)
}

/// Writes what waits, for as long as anything may come.
pub(crate) async fn write(app: App) {
    let Some(mut from) = app.hooks.letters() else { return };
    let mut over = app.over();
    let mut letters = Vec::with_capacity(TOGETHER);
    let mut kept = true;
    loop {
        let number = tokio::select! {
            biased;
            number = from.recv_many(&mut letters, TOGETHER) => number,
            // No request is left by then.
            _ = over.changed() => 0,
        };
        if number == 0 {
            return;
        }
        let (messages, tell): (Vec<Incoming>, Vec<_>) = letters.drain(..).unzip();
        match app.runs.store.receive(messages).await {
            Ok(news) => {
                if !std::mem::replace(&mut kept, true) {
                    app.env.say(Event::note("hooks.kept", "messages are kept again"));
                }
                app.wake.notify_one();
                news.into_iter().zip(tell).for_each(|(is_new, tell)| tell.send(Some(is_new)).unwrap_or_default());
            }
            Err(error) => {
                tracing::warn!(%error, "messages were not kept");
                // Once: more may come each moment.
                if std::mem::take(&mut kept) {
                    let why = Failure::from(error).sentence();
                    let said = format!("messages cannot be kept, and their senders are told to send again: {why}");
                    app.env.say(Event::warning("hooks.not-kept", said));
                }
                tell.into_iter().for_each(|tell| tell.send(None).unwrap_or_default());
            }
        }
    }
}
