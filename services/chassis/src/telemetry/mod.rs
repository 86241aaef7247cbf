//! Logs as JSON lines, traces by OTLP; once for a process.

pub mod context;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{ConfigError, Env};

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
    if let Some(endpoint) = env.get(name, "WARUNG_OTLP_ENDPOINT") {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(|e| fault(format!("WARUNG_OTLP_ENDPOINT is {endpoint:?}: {e}")))?;
        provider = provider.with_batch_exporter(exporter);
    }
    let provider = provider.build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = provider.tracer("warung");
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_filter(filter);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_filter(tracing_subscriber::filter::LevelFilter::INFO);
    // A test may have installed a subscriber already; the first one stays.
    let _ = tracing_subscriber::registry().with(json).with(spans).try_init();
    Ok(Guard(provider))
}
