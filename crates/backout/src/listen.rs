//! What the libraries trace: lines on stderr, spans to a receiver of OTLP. Where neither was asked for, nobody listens.
//!
//! Must not know: what is traced.

use std::sync::Arc;

use backout_connectors::traces::{Settings, Spans, Traces, begin};
use backout_control::Event;
use backout_control::event::Observer as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::ui::Ui;

/// Listens from now on; what is to be ended before the process does.
pub fn listen(lines: Option<&Targets>, ui: &Arc<Ui>) -> Option<Traces> {
    let (spans, traces) = sent(ui).unzip();
    if lines.is_none() && spans.is_none() {
        return None;
    }
    let lines = lines.map(|filter| {
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_filter(filter.clone())
    });
    // Ours alone, and not those that say what each statement is.
    let ours = Targets::new().with_target("backout", LevelFilter::INFO);
    tracing_subscriber::registry().with(lines).with(spans.map(|spans| spans.with_filter(ours))).init();
    traces
}

/// Where OpenTelemetry's variables name a receiver. What is wrong with them is said, and keeps nothing from its work.
fn sent(ui: &Arc<Ui>) -> Option<(Spans, Traces)> {
    let told = ui.clone();
    let say = move |said: String| told.event(Event::warning("traces.dropped", said));
    let settings = Settings::of(&|name| std::env::var(name).ok());
    match settings.and_then(|settings| settings.map(|settings| begin(settings, Arc::new(say))).transpose()) {
        Ok(begun) => begun,
        Err(error) => {
            ui.event(Event::warning("traces.not-sent", format!("spans are not sent: {error}")));
            None
        }
    }
}
