//! What is answered where a request is not served: a status, a code that stays, and a sentence without internals.
//!
//! Must not know: which request it was.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use backout_control::{Cause, Failure};
use backout_plan::{Exit, Remedy};
use backout_store::StoreError;
use serde::Serialize;
use serde_json::{Value, json};

/// A request that is not served.
#[derive(Debug, Clone)]
pub struct Refused {
    pub status: StatusCode,
    /// Stable, for programs.
    pub code: &'static str,
    pub said: String,
    pub remedies: Vec<Remedy>,
}

impl Refused {
    pub fn new(status: StatusCode, code: &'static str, said: impl Into<String>) -> Self {
        Self { status, code, said: said.into(), remedies: Vec::new() }
    }

    pub fn bad(said: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", said)
    }

    pub fn unknown(said: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", said)
    }

    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "a token is needed")
    }

    pub fn forbidden(said: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", said)
    }

    pub fn too_large(cap: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", format!("more than {cap} bytes are not taken"))
    }

    pub fn away() -> Self {
        let said = "the store or the target does not answer; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", said)
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong inside; the log says what")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut shown = json!({ "error": self.said, "code": self.code });
        if !self.remedies.is_empty() {
            shown["remedies"] = json!(self.remedies);
        }
        let mut response = document(self.status, &shown);
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

/// What an operation refused, or could not do. Whoever asked may know its sentence; where something does not answer,
/// its address is nobody's business.
impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        let (status, code) = match (failure.cause(), failure.exit()) {
            (Cause::Runs(StoreError::Unknown(_) | StoreError::UnknownMessage(_)), _) => {
                (StatusCode::NOT_FOUND, "not-found")
            }
            (Cause::Runs(StoreError::MessageIs { .. }), _) => (StatusCode::CONFLICT, "refused"),
            (Cause::Runs(StoreError::Held { .. } | StoreError::Moved { .. } | StoreError::Changed { .. }), _) => {
                (StatusCode::CONFLICT, "held")
            }
            (Cause::Runs(_), _) | (_, Exit::Unreachable) => {
                tracing::warn!(failure = failure.sentence(), "something does not answer");
                return Self::away();
            }
            (_, Exit::Usage) => (StatusCode::BAD_REQUEST, Exit::Usage.name()),
            (_, Exit::Failed) => (StatusCode::UNPROCESSABLE_ENTITY, Exit::Failed.name()),
            (_, exit) => (StatusCode::CONFLICT, exit.name()),
        };
        let remedies = failure.remedies();
        Self { status, code, said: failure.sentence(), remedies }
    }
}

/// A document, not kept by anybody on the way.
pub(crate) fn document(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = status;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(crate) fn shown(value: Value) -> Response {
    document(StatusCode::OK, &value)
}
