//! What exporters of OTLP send and are answered, in the encoding that they speak:
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.
//!
//! Must not know: what a metric means, or where messages are kept.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use backout_control::sources;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::answer::Refused;

const PROTOBUF: &str = "application/x-protobuf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Protobuf,
}

impl Encoding {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = said.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case(PROTOBUF) { Self::Protobuf } else { Self::Json }
    }

    /// The message in JSON, which is what is kept. What cannot be read would not be tomorrow either.
    pub(crate) fn read(self, body: Vec<u8>, most: usize) -> Result<Vec<u8>, sources::Refused> {
        match self {
            Self::Json if serde_json::from_slice::<IgnoredAny>(&body).is_ok() => Ok(body),
            Self::Json => Err(sources::Refused::NotJson),
            Self::Protobuf => sources::otlp_json(&body, most),
        }
    }

    /// All of a message is taken or nothing; of a part that was refused there is nothing to say.
    pub(crate) fn answer(self, taken: Result<bool, Refused>) -> Response {
        let (mut response, body) = match taken {
            Ok(_) if self == Self::Json => (StatusCode::OK.into_response(), b"{}".to_vec()),
            Ok(_) => (StatusCode::OK.into_response(), Vec::new()),
            Err(refused) => {
                let (code, said) = (code(refused.status), refused.said.clone());
                let body = match self {
                    Self::Json => json!({ "code": code, "message": said }).to_string().into_bytes(),
                    Self::Protobuf => sources::rpc_status(code, &said),
                };
                (refused.into_response(), body)
            }
        };
        let kind = if self == Self::Json { "application/json" } else { PROTOBUF };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        *response.body_mut() = Body::from(body);
        response
    }
}

/// The code of `google.rpc.Code` for a status.
fn code(status: StatusCode) -> u8 {
    match status {
        StatusCode::UNAUTHORIZED => 16,
        StatusCode::SERVICE_UNAVAILABLE => 14,
        StatusCode::REQUEST_TIMEOUT => 4,
        status if status.is_client_error() => 3,
        _ => 13,
    }
}
