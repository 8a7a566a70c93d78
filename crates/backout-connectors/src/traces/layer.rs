//! Spans as `tracing` has them, noted while they are open and handed over when they end.
//!
//! Must not know: where they go.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Longer texts are cut.
const LONGEST: usize = 256;
/// The field with which a span continues what somebody else began, as W3C's Trace Context writes it.
const TRACEPARENT: &str = "traceparent";
/// The span of a request that is served.
const REQUEST: &str = "request";

/// Hands spans over that have ended.
#[derive(Debug)]
pub struct Spans {
    to: mpsc::Sender<Finished>,
    dropped: Arc<AtomicU64>,
    random: SystemRandom,
}

/// A span that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finished {
    pub(super) trace: [u8; 16],
    pub(super) id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) name: String,
    pub(super) serves: bool,
    pub(super) begun: SystemTime,
    pub(super) ended: SystemTime,
    /// Values as OTLP has them in JSON.
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) failed: bool,
}

/// A span that has not.
#[derive(Debug)]
struct Open {
    finished: Finished,
    sampled: bool,
    since: Instant,
    /// When it was worked on last: spans below may live on.
    left: Option<Instant>,
}

impl Spans {
    pub(super) fn new(to: mpsc::Sender<Finished>, dropped: Arc<AtomicU64>) -> Self {
        Self { to, dropped, random: SystemRandom::new() }
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut id = [0; N];
        // Of zeros there is no id: the span is then not handed over.
        self.random.fill(&mut id).unwrap_or_default();
        id
    }

    fn open(&self, attributes: &Attributes<'_>, above: Option<(&Finished, bool)>) -> Open {
        let mut finished = Finished {
            trace: [0; 16],
            id: self.random(),
            parent: None,
            name: attributes.metadata().name().to_owned(),
            serves: attributes.metadata().name() == REQUEST,
            begun: SystemTime::now(),
            ended: SystemTime::UNIX_EPOCH,
            attributes: Vec::new(),
            failed: false,
        };
        let mut read = Fields { of: &mut finished, continues: None };
        attributes.record(&mut read);
        let (trace, parent, sampled) = match (read.continues, above) {
            (Some((trace, parent, sampled)), _) => (trace, Some(parent), sampled),
            (None, Some((above, sampled))) => (above.trace, Some(above.id), sampled),
            (None, None) => (self.random(), None, true),
        };
        (finished.trace, finished.parent) = (trace, parent);
        Open { finished, sampled, since: Instant::now(), left: None }
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let parent = span.parent();
        let open = {
            let above = parent.as_ref().map(|parent| parent.extensions());
            let above = above.as_ref().and_then(|above| above.get::<Open>());
            self.open(attributes, above.map(|above| (&above.finished, above.sampled)))
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            // Those below may be on their way already: what it continues cannot be said any more.
            values.record(&mut Fields { of: &mut open.finished, continues: None });
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR
            && let Some(span) = context.event_span(event)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            open.finished.failed = true;
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            open.left = Some(Instant::now());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(open) = context.span(&id).and_then(|span| span.extensions_mut().remove::<Open>()) else { return };
        let Open { mut finished, sampled, since, left } = open;
        if !sampled || finished.id == [0; 8] || finished.trace == [0; 16] {
            return;
        }
        let lasted = left.unwrap_or_else(Instant::now).duration_since(since);
        finished.ended = finished.begun + lasted;
        if self.to.try_send(finished).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A trace, a span of it, and whether it is to be kept.
type Continued = ([u8; 16], [u8; 8], bool);

/// `00-TRACE-SPAN-FLAGS` in hexadecimal digits; what is not that continues nothing.
fn continued(text: &str) -> Option<Continued> {
    let mut parts = text.split('-');
    let (_, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let trace = u128::from_str_radix(trace, 16).ok().filter(|id| trace.len() == 32 && *id != 0)?;
    let span = u64::from_str_radix(span, 16).ok().filter(|id| span.len() == 16 && *id != 0)?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some((trace.to_be_bytes(), span.to_be_bytes(), flags & 1 == 1))
}

/// Notes the fields that a span declares.
struct Fields<'s> {
    of: &'s mut Finished,
    continues: Option<Continued>,
}

impl Fields<'_> {
    fn note(&mut self, field: &Field, value: Value) {
        let name = match (field.name(), self.of.serves) {
            ("method", true) => "http.request.method",
            ("route", true) => "http.route",
            ("status", true) => "http.response.status_code",
            (name, _) => name,
        };
        self.of.attributes.retain(|(known, _)| *known != name);
        self.of.attributes.push((name, value));
    }

    fn text(&mut self, field: &Field, text: String) {
        match (field.name(), self.of.serves) {
            // Named as those do who read them: `GET /runs/{id}`.
            ("method", true) => self.of.name.clone_from(&text),
            ("route", true) => self.of.name = format!("{} {text}", self.of.name),
            ("outcome", _) => self.of.failed |= text == "failed",
            _ => {}
        }
        let text: String = if text.len() > LONGEST { text.chars().take(LONGEST).collect() } else { text };
        self.note(field, json!({ "stringValue": text }));
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        match field.name() {
            TRACEPARENT => self.continues = continued(text),
            _ => self.text(field, text.to_owned()),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, json!({ "boolValue": value }));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.of.failed |= self.of.serves && field.name() == "status" && value >= 500;
        self.note(field, json!({ "intValue": value.to_string() }));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // OTLP has no larger ones.
        self.record_i64(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.note(field, json!({ "doubleValue": value }));
    }
}
