//! Trace context (W3C Trace Context) in and out of spans: over HTTP, gRPC and NATS alike.

use opentelemetry::{
    propagation::{Extractor, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The current span as a `traceparent`, when it has a valid trace.
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let ids = span.span_context();
    // Version 00: W3C Trace Context, section 3.2.
    let text = || format!("00-{}-{}-{:02x}", ids.trace_id(), ids.span_id(), ids.trace_flags());
    ids.is_valid().then(text)
}

struct One<'a>(Option<&'a str>);

impl Extractor for One<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.filter(|_| key.eq_ignore_ascii_case("traceparent"))
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// Makes a span the child of a remote one and writes the ids where the log shows them.
fn adopt(span: &Span, traceparent: Option<&str>) {
    if traceparent.is_some() {
        let parent = TraceContextPropagator::new().extract(&One(traceparent));
        // Only fails where no tracing layer is installed; then there is no trace to join either.
        let _ = span.set_parent(parent);
    }
    let context = span.context();
    let ids = context.span().span_context().clone();
    if ids.is_valid() {
        // At once: each record makes the log's layer read and write all fields of the span again.
        tracing::record_all!(span, trace_id = %ids.trace_id(), span_id = %ids.span_id());
    }
}

/// The span of one HTTP or gRPC request.
pub fn server_span(
    service: &str,
    method: &str,
    route: &str,
    request_id: &str,
    traceparent: Option<&str>,
) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        service,
        http.request.method = method,
        http.route = route,
        request_id,
        trace_id = Empty,
        span_id = Empty,
    );
    adopt(&span, traceparent);
    span
}

/// The span of handling one event.
pub fn consumer_span(event: &str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!(
        "process",
        otel.name = format!("process {event}"),
        otel.kind = "consumer",
        messaging.system = "nats",
        messaging.destination.name = event,
        trace_id = Empty,
        span_id = Empty,
    );
    adopt(&span, traceparent);
    span
}
