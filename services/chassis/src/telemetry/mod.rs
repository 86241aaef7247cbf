//! Logs as JSON lines, traces by OTLP; once for a process.

pub mod context;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, LevelFilter, dynamic_filter_fn},
    fmt::MakeWriter,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::{Address, ConfigError, Env};

/// Flushes what is left of the traces when it is dropped.
#[derive(Debug)]
pub struct Guard(SdkTracerProvider);

impl Drop for Guard {
    fn drop(&mut self) {
        // The last spans are worth a moment, not a hanging exit.
        let _ = self.0.shutdown_with_timeout(Duration::from_secs(2));
    }
}

/// Starts logs and traces; `name` is OpenTelemetry's `service.name`.
///
/// # Errors
///
/// When `WARUNG_LOG` or `WARUNG_OTLP_ENDPOINT` is wrong.
pub fn start(name: &str, env: &Env) -> Result<Guard, ConfigError> {
    let fault = |text: String| ConfigError(vec![text]);
    let directive =
        env.get(name, "WARUNG_LOG").unwrap_or("info,sqlx=warn,async_nats=warn,hyper=warn,h2=warn");
    let filter =
        EnvFilter::try_new(directive).map_err(|e| fault(format!("WARUNG_LOG is {directive:?}: {e}")))?;
    let resource = Resource::builder().with_service_name(format!("warung-{name}")).build();
    let mut provider = SdkTracerProvider::builder().with_resource(resource);
    // Where no traces go to, spans have ids for the log and nothing else.
    provider = provider.with_sampler(Sampler::AlwaysOff);
    if let Some(endpoint) = env.get(name, "WARUNG_OTLP_ENDPOINT") {
        Address::WEB.check("WARUNG_OTLP_ENDPOINT", endpoint).map_err(fault)?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(|e| fault(format!("WARUNG_OTLP_ENDPOINT is {endpoint:?}: {e}")))?;
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        provider = provider.with_sampler(sampler).with_batch_exporter(exporter);
    }
    let provider = provider.build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = provider.tracer("warung");
    // A test may have installed a subscriber already; the first one stays.
    let _ = subscriber(filter, tracer, std::io::stderr).try_init();
    Ok(Guard(provider))
}

/// Events that the filter lets through as JSON lines, with the span they are in; spans to the tracer.
fn subscriber<W>(filter: EnvFilter, tracer: SdkTracer, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Asked anew for each span and event, never answered from the call site's cache. A question without an event after
    // it, such as `log::log_enabled!` (sqlx asks so before each statement), leaves its "no" behind in
    // tracing-subscriber, and a span whose call site is known to be enabled would take that for its own.
    let spans_only = dynamic_filter_fn(|metadata, _| metadata.is_span() && is_ours(metadata))
        .with_max_level_hint(LevelFilter::INFO);
    let ours = dynamic_filter_fn(|metadata, _| *metadata.level() <= Level::INFO)
        .with_max_level_hint(LevelFilter::INFO);
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        // A line tells its trace, however little is logged.
        .with_filter(filter.or(spans_only));
    let spans = tracing_opentelemetry::layer().with_tracer(tracer).with_filter(ours);
    tracing_subscriber::registry().with(json).with(spans)
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("warung") && *metadata.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::Value;
    use tracing::{
        callsite::{Callsite, Identifier},
        field::FieldSet,
        metadata::Kind,
        subscriber::Interest,
    };

    use super::*;

    #[derive(Debug, Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `log::log_enabled!` asks, which no cache of a call site answers.
    static QUESTION: Metadata<'static> = Metadata::new(
        "log record",
        "sqlx::query",
        Level::DEBUG,
        None,
        None,
        None,
        FieldSet::new(&[], Identifier(&Asker)),
        Kind::EVENT,
    );

    struct Asker;

    impl Callsite for Asker {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &Metadata<'_> {
            &QUESTION
        }
    }

    #[test]
    fn a_line_tells_its_trace_whatever_is_logged_and_asked() {
        for directive in [
            "info",
            "warn",
            "info,warung_chassis=debug",
            "debug,async_nats=warn,sqlx=warn,h2=warn,hyper=warn",
        ] {
            let lines = Lines::default();
            let writer = lines.clone();
            let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
            let tracer = provider.tracer("test");
            let subscriber = subscriber(EnvFilter::new(directive), tracer, move || writer.clone());
            tracing::subscriber::with_default(subscriber, || {
                for _ in 0..2 {
                    tracing::dispatcher::get_default(|subscriber| subscriber.enabled(&QUESTION));
                    let span = context::server_span("order", "GET", "/", "id", None);
                    span.in_scope(|| tracing::warn!("here"));
                }
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            assert_eq!(text.lines().count(), 2, "{directive}: {text}");
            for line in text.lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                let trace = line["span"]["trace_id"].as_str().unwrap_or_default();
                assert_eq!(trace.len(), 32, "{directive}: {line}");
            }
        }
    }
}
