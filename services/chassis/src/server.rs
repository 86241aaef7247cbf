//! REST and gRPC on one port, with the layers every request passes in one list.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
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

pub use crate::arrivals::BODY_MAX;
use crate::{
    arrivals::{Arrivals, Refusal, Streamed},
    auth::{Doors, Verifier},
    deadline,
    error::Kind,
    grpc::identity::Doorkeeper,
    http::{Problem, parameters, problem::with_request_id, vary},
    metrics::Metrics,
    openapi,
    telemetry::context,
};

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
    let shared =
        Arc::new(Shared { service: manifest.name.clone(), metrics, arrivals: Arrivals::new(manifest) });
    // From the inside out.
    all.fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
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
    arrivals: Arrivals,
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
    let response = match shared.arrivals.admit(request).await {
        Ok((request, place)) => place.keep(next.run(request).instrument(span.clone()).await),
        Err(refusal) => {
            if refusal == Refusal::Busy {
                shared.metrics.shed();
            }
            let (kind, detail) = refusal.told();
            failure(grpc, kind, detail)
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
    if request.extensions().get::<Streamed>().is_some() {
        return next.run(request).await;
    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{
        body::{Body, Bytes},
        routing::{get, post},
    };
    use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
    use jsonwebtoken::jwk::JwkSet;
    use tower::ServiceExt as _;
    use warung_contracts::manifest;

    use super::*;
    use crate::config::Env;

    const IMPORT: &str = "/api/v1/products/import";
    const EXPORT: &str = "/api/v1/products/export";
    const OTHER: &str = "/api/v1/products";

    async fn length(body: Bytes) -> String {
        body.len().to_string()
    }

    async fn streamed_length(request: Request) -> String {
        let chunks: Result<Vec<Bytes>, _> = request.into_body().into_data_stream().try_collect().await;
        chunks.map_or("broken off".to_owned(), |chunks| chunks.concat().len().to_string())
    }

    async fn in_a_minute() -> &'static str {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "late"
    }

    /// The doors of a service with streams.
    fn doors() -> Router {
        let mut manifest = manifest::get("product").clone();
        manifest.serves.clear();
        let rest = OpenApiRouter::new()
            .route(OTHER, get(async || "here").post(length).delete(in_a_minute))
            .route(IMPORT, post(streamed_length))
            .route(EXPORT, get(async || Body::from_stream(endless().skip(1))));
        let verifier = Verifier::fixed(&JwkSet { keys: vec![] }, String::new());
        let doorkeeper = Doorkeeper::new(&Env::from_iter([]), &manifest).unwrap();
        router(&manifest, rest, None, verifier, doorkeeper, Arc::new(Metrics::new("product")))
    }

    /// A byte each second.
    fn endless() -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
        stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Bytes::from_static(b"x")), ()))
        })
    }

    fn ask(doors: &Router, method: &str, path: &str, body: Body) -> impl Future<Output = Response> + 'static {
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        doors.clone().oneshot(request).map(|answer| answer.unwrap())
    }

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_sends_slowly_holds_up_nobody_and_is_told() {
        let doors = doors();
        let slow: Vec<_> = (0..100)
            .map(|_| tokio::spawn(ask(&doors, "POST", OTHER, Body::from_stream(endless()))))
            .collect();
        // All of them have begun to send.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        for _ in 0..10 {
            assert_eq!(ask(&doors, "GET", OTHER, Body::empty()).await.status(), 200);
        }
        for slow in slow {
            let answer = slow.await.unwrap();
            assert_eq!(answer.status(), 400);
            let told = text(answer).await;
            assert!(told.contains("The body took too long to come. Send it again, faster."), "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_bounded_whether_or_not_its_length_is_said() {
        let doors = doors();
        let chunks = |bytes: usize| {
            let chunks = Bytes::from(vec![b'x'; bytes]);
            let halves = [chunks.slice(..bytes / 2), chunks.slice(bytes / 2..)];
            Body::from_stream(stream::iter(halves.map(Ok::<_, std::io::Error>)))
        };
        for body in [Body::from(vec![b'x'; BODY_MAX]), chunks(BODY_MAX)] {
            assert_eq!(text(ask(&doors, "POST", OTHER, body).await).await, BODY_MAX.to_string());
        }
        for body in [Body::from(vec![b'x'; BODY_MAX + 1]), chunks(BODY_MAX + 1)] {
            assert_eq!(ask(&doors, "POST", OTHER, body).await.status(), 413);
        }
        assert_eq!(
            text(ask(&doors, "POST", IMPORT, chunks(5 * BODY_MAX)).await).await,
            (5 * BODY_MAX).to_string()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_takes_as_long_as_it_takes_and_nothing_else_does() {
        let doors = doors();
        assert_eq!(ask(&doors, "DELETE", OTHER, Body::empty()).await.status(), 504);
        let minutes = Body::from_stream(endless().take(200));
        assert_eq!(text(ask(&doors, "POST", IMPORT, minutes).await).await, "200");
        let silent = Body::from_stream(endless().take(1).chain(stream::pending()));
        assert_eq!(text(ask(&doors, "POST", IMPORT, silent).await).await, "broken off");
    }

    #[tokio::test(start_paused = true)]
    async fn streams_have_few_places_and_keep_them_until_their_end() {
        let doors = doors();
        let mut under_way = Vec::new();
        let refused = loop {
            let answer = ask(&doors, "GET", EXPORT, Body::empty()).await;
            match answer.status().is_success() {
                true => under_way.push(answer),
                false => break answer,
            }
        };
        assert_eq!((refused.status().as_u16(), under_way.len()), (503, 4));
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(ask(&doors, "GET", OTHER, Body::empty()).await.status(), 200);
        under_way.pop();
        assert_eq!(ask(&doors, "GET", EXPORT, Body::empty()).await.status(), 200);
    }
}
