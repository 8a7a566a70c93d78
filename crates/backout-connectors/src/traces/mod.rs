//! Spans of this process to a receiver of OTLP over HTTP: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.
//!
//! What is traced is never slowed or stopped by it: spans that find no room, and those that nobody takes, are dropped.
//!
//! Must not know: which spans there are, or where settings come from.

mod json;
mod layer;
mod send;

use std::sync::Arc;

use backout_plan::secret::REDACTED;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

pub use layer::Spans;
pub use send::{Traces, begin};

use crate::client::is_here;
use crate::{Result, ServiceError};

/// Who is told, once, that spans are dropped.
pub type Say = Arc<dyn Fn(String) + Send + Sync>;

/// Where spans go, as OpenTelemetry's variables say it.
#[derive(Debug, Clone)]
pub struct Settings {
    url: Url,
    headers: HeaderMap,
    /// What is said of this process.
    resource: Vec<(String, String)>,
}

impl Settings {
    /// Nothing where the variables name no receiver, or want none.
    ///
    /// # Errors
    /// Where an address or a header is none, or headers would go over http to another machine.
    pub fn of(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let is = |name: &str, wanted: &str| set(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted));
        if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
            return Ok(None);
        }
        let base = || Some(format!("{}/v1/traces", set("OTEL_EXPORTER_OTLP_ENDPOINT")?.trim_end_matches('/')));
        let Some(url) = set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(base) else { return Ok(None) };
        let url: Url = url.parse().map_err(|_| wrong("it cannot be read"))?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
            return Err(wrong("it is neither http nor https"));
        }
        let given = set("OTEL_EXPORTER_OTLP_TRACES_HEADERS").or_else(|| set("OTEL_EXPORTER_OTLP_HEADERS"));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs(&given.unwrap_or_default()) {
            let name: HeaderName = name.parse().map_err(|_| wrong("a header's name is none"))?;
            let mut value: HeaderValue = value.parse().map_err(|_| wrong("a header's value is none"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if !headers.is_empty() && url.scheme() == "http" && !is_here(&url) {
            return Err(wrong("headers are sent over https alone, but to this machine"));
        }
        let mut resource = vec![("service.name".to_owned(), "backout".to_owned())];
        resource.push(("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
        let name = set("OTEL_SERVICE_NAME").map(|name| ("service.name".to_owned(), name));
        for (key, value) in pairs(&set("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default()).chain(name) {
            resource.retain(|(known, _)| *known != key);
            resource.push((key, value));
        }
        Ok(Some(Self { url, headers, resource }))
    }

    /// The receiver without what may be secret in its address.
    fn place(&self) -> String {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", self.url.scheme(), self.url.host_str().unwrap_or_default())
    }
}

/// The address may hold a password.
fn wrong(said: &str) -> ServiceError {
    ServiceError::Address { base: REDACTED.to_owned(), said: said.to_owned() }
}

/// `key=value,…`, percent-encoded.
fn pairs(list: &str) -> impl Iterator<Item = (String, String)> {
    list.split(',').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (decoded(key), decoded(value)))
}

fn decoded(text: &str) -> String {
    let mut rest = text.trim().as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, others)) = rest.split_first() {
        let hex = others.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &others[2..] } else { others };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
