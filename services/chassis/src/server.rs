//! REST and gRPC on one port, with the layers every request passes in one list.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
};
use tracing::Instrument as _;
use utoipa_axum::router::OpenApiRouter;
use warung_contracts::manifest::Manifest;

use crate::{
    auth::{Doors, Verifier},
    deadline,
    error::Kind,
    grpc::identity::Doorkeeper,
    http::{Problem, parameters, problem::with_request_id, vary},
    load::Gate,
    metrics::Metrics,
    openapi,
    telemetry::context,
};

/// Bytes of a request body at most.
pub const BODY_MAX: usize = 1024 * 1024;
/// Finds a request in logs and traces.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A service's doors.
pub fn router(
    manifest: &Manifest,
    rest: OpenApiRouter,
    grpc: Option<tonic::service::Routes>,
    verifier: Verifier,
    doorkeeper: Doorkeeper,
    metrics: Arc<Metrics>,
) -> Router {
    let (rest, mut document) = rest.split_for_parts();
    openapi::complete(&mut document, manifest);
    let known = Arc::new(parameters::Known::of(&document));
    let spoken = Arc::new(vary::Spoken::of(&document));
    let rest = rest
        .layer(middleware::from_fn_with_state(known, parameters::check))
        .layer(middleware::from_fn_with_state(spoken, vary::tell));
    let rest =
        rest.route("/openapi.json", axum::routing::get(move || std::future::ready(axum::Json(document))));
    let all = match grpc {
        Some(grpc) => {
            let methods = grpc.prepare().into_axum_router().reset_fallback();
            rest.merge(methods.layer(middleware::from_fn_with_state(Arc::new(doorkeeper), identify)))
        }
        None => rest,
    };
    let shared = Arc::new(Shared { service: manifest.name.clone(), metrics, gate: Gate::new() });
    // From the inside out.
    all.fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::Extension(verifier))
        .layer(axum::Extension(Doors::of(manifest)))
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(shared, observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// Serves until `stop`, then finishes what is under way.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    // Handlers may ask for the peer's address.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}

struct Shared {
    service: String,
    metrics: Arc<Metrics>,
    gate: Gate,
}

fn is_grpc(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// One request: a span, a line in the log, a metric.
async fn observe(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let grpc = is_grpc(&request);
    let method = request.method().clone();
    let id = header_text(&request, "x-request-id").unwrap_or_default().to_owned();
    let (route, span) = describe(&shared.service, &request, grpc, &id);
    shared.metrics.active().inc();
    let response = match shared.gate.enter().await {
        Some(_pass) => next.run(request).instrument(span.clone()).await,
        None => {
            shared.metrics.shed();
            failure(grpc, Kind::Unavailable, "The service is busy. Try again in a few seconds.")
        }
    };
    shared.metrics.active().dec();
    let took = started.elapsed();
    let status = response.status();
    if grpc {
        let code = response.headers().get("grpc-status").and_then(|value| value.to_str().ok()).unwrap_or("0");
        shared.metrics.rpc(&route, code, took);
    } else {
        shared.metrics.request(method.as_str(), &route, status.as_u16(), took);
    }
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let _entered = span.enter();
    // What fails or changes something is worth a line; reads and calls between services are too many.
    let is_read = grpc || matches!(method, Method::GET | Method::HEAD);
    let status = status.as_u16();
    match status {
        500.. => tracing::warn!(http.response.status_code = status, duration_ms = milliseconds, "request"),
        ..400 if is_read => {
            tracing::debug!(http.response.status_code = status, duration_ms = milliseconds, "request");
        }
        _ => tracing::info!(http.response.status_code = status, duration_ms = milliseconds, "request"),
    }
    with_request_id(response, &id)
}

fn header_text<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The route a request takes and its span.
fn describe(service: &str, request: &Request, grpc: bool, id: &str) -> (String, tracing::Span) {
    let route = match request.extensions().get::<MatchedPath>() {
        _ if grpc => request.uri().path().trim_start_matches('/').to_owned(),
        Some(path) => path.as_str().to_owned(),
        // Paths that nobody serves are one series, however many a scanner tries.
        None => "unmatched".to_owned(),
    };
    let parent = header_text(request, "traceparent");
    let span = context::server_span(service, request.method().as_str(), &route, id, parent);
    (route, span)
}

/// Lets services pass that may call the method.
async fn identify(State(doorkeeper): State<Arc<Doorkeeper>>, request: Request, next: Next) -> Response {
    match doorkeeper.check(request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(status) => status.into_http(),
    }
}

/// Gives up what takes longer than its caller waits.
async fn in_time(request: Request, next: Next) -> Response {
    let grpc = is_grpc(&request);
    let deadline = tokio::time::Instant::now() + deadline::asked(request.headers());
    match tokio::time::timeout_at(deadline, deadline::within(deadline, next.run(request))).await {
        Ok(response) => response,
        Err(_) => failure(grpc, Kind::Deadline, "The request took too long and was given up."),
    }
}

fn failure(grpc: bool, kind: Kind, detail: &str) -> Response {
    match grpc {
        true => tonic::Status::new(kind.code(), detail).into_http(),
        false => Problem::new(kind, detail).into_response(),
    }
}

fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(anyhow::anyhow!("a handler panicked: {}", text.unwrap_or("no message"))).into_response()
}

async fn nothing_here(request: Request) -> Response {
    if is_grpc(&request) {
        return tonic::Status::unimplemented("this service has no such method").into_http();
    }
    let path = request.uri().path();
    Problem::new(Kind::NotFound, format!("Nothing is at {path}. The API is described at /openapi.json."))
        .into_response()
}

async fn wrong_method(request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    Problem::new(Kind::MethodNotAllowed, format!("{path} does not take {method}.")).into_response()
}

/// Headers of answers that hold something personal: never kept by a cache in between.
pub fn no_store(mut response: Response) -> Response {
    if response.status() != StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
