//! Where lines of the log go, and what they look like.

use crate::config::operation::{Form, Log};
use serde_json::{Map, Value};
use std::fmt;
use std::io::IsTerminal as _;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime as Clock};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

/// Libraries that tell more than an operator wants to know at the common level.
const QUIET: &[&str] = &["sqlx", "hyper", "h2", "rustls", "tokio"];

/// Starts the log. Only the first call counts.
pub(crate) fn start(log: &Log) {
    let mut targets = Targets::new().with_default(log.level.min(log.most));
    for library in QUIET {
        let level = log.level.min(tracing::level_filters::LevelFilter::WARN);
        targets = targets.with_target(*library, level.min(log.most));
    }
    for (part, level) in &log.parts {
        targets = targets.with_target(part.clone(), (*level).min(log.most));
    }
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stdout);
    let layer = match log.form {
        Form::Json => layer.event_format(Json).boxed(),
        Form::Text => {
            let colours = log
                .colours
                .unwrap_or_else(|| std::io::stdout().is_terminal());
            layer.with_ansi(colours).boxed()
        }
    };
    let _ = Registry::default()
        .with(layer.with_filter(targets))
        .try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let what = panic.payload();
        let what = what
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| what.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("(no text)");
        tracing::error!("a fault of ours at {place}: {what}");
    }));
}

/// A JSON object per line, with the names that Keycloak gives its own.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        Clock.format_time(&mut Writer::new(&mut timestamp))?;
        let mut line = Line(Map::new());
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        line.0.insert("timestamp".to_owned(), timestamp.into());
        line.0.insert(
            "epochMillis".to_owned(),
            u64::try_from(since.as_millis()).unwrap_or(0).into(),
        );
        line.0
            .insert("level".to_owned(), event.metadata().level().as_str().into());
        line.0
            .insert("loggerName".to_owned(), event.metadata().target().into());
        event.record(&mut line);
        line.0.insert("processName".to_owned(), "postern".into());
        line.0
            .insert("processId".to_owned(), std::process::id().into());
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        self.put(field, text.into());
    }
}
