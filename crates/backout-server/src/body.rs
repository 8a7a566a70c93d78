//! Bodies of requests: read whole, within a cap and a time.
//!
//! Must not know: what stands in one.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::answer::Refused;

/// What is taken where nothing else is said.
pub(crate) const CAP: usize = 1 << 20;
/// Messages of sources come in batches.
pub(crate) const HOOKS: usize = 8 << 20;
/// What a compressed message may become.
pub(crate) const UNPACKED: usize = 32 << 20;
/// How long somebody may take to send one.
const TIME: Duration = Duration::from_secs(20);

/// The whole body. One that says beforehand that it is too large is not read at all.
pub(crate) async fn read(headers: &HeaderMap, body: Body, cap: usize) -> Result<Bytes, Refused> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > cap as u64) {
        return Err(Refused::too_large(cap));
    }
    match tokio::time::timeout(TIME, Limited::new(body, cap).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::too_large(cap)),
        Ok(Err(_)) => Err(Refused::bad("the body cannot be read")),
        Err(_) => Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body took too long")),
    }
}

/// A document of a request; of an empty body, what stands for nothing.
pub(crate) async fn document<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, Refused> {
    let bytes = read(headers, body, CAP).await?;
    let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| Refused::bad(format!("the body is not what is taken here: {error}")))
}
