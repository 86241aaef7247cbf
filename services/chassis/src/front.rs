//! All public routes on one port, where no gateway stands in front: for laptops. The same table as the gateway's, the
//! manifests' routes; tokens are checked by the services themselves. Pages that a laptop serves itself may call it.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderName, HeaderValue, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use tower::{ServiceExt as _, service_fn};
use tower_http::{
    cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
};
use warung_contracts::manifest::{Manifest, Method};

use crate::{
    error::Kind,
    http::{Problem, problem::with_request_id},
    server::REQUEST_ID,
};

/// Headers of answers that scripts may read, as at the gateway.
const EXPOSED: [HeaderName; 6] = [
    header::ETAG,
    header::LOCATION,
    header::RETRY_AFTER,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("x-cart-token"),
    REQUEST_ID,
];

/// A router that hands each public route to its service.
pub fn router(services: Vec<(&'static Manifest, Router)>) -> Router {
    let mut front = Router::new();
    for (manifest, doors) in services {
        for route in &manifest.routes {
            let doors = doors.clone();
            let hand_over = service_fn(move |mut request: Request| {
                let doors = doors.clone();
                // What this router learned of the path would be added to what the service's router learns; the peer stays.
                let peer = request.extensions_mut().remove::<ConnectInfo<SocketAddr>>();
                request.extensions_mut().clear();
                if let Some(peer) = peer {
                    request.extensions_mut().insert(peer);
                }
                async move { Ok::<Response, Infallible>(doors.oneshot(request).await.into_response()) }
            });
            front = front.route(&route.path, axum::routing::on_service(filter(route.method), hand_over));
        }
    }
    front
        .fallback(|| async { Problem::new(Kind::NotFound, "No public route has this address.") })
        .method_not_allowed_fallback(|| async {
            Problem::new(Kind::MethodNotAllowed, "No public route takes this method here.")
        })
        .layer(cors())
        .layer(middleware::from_fn(tell_id))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// As the gateway's, but for the origins: those of this machine.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(|origin, _| is_loopback(origin)))
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
}

/// Whether a page of this machine asks, on whatever port a developer serves it.
fn is_loopback(origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let host = origin.as_ref().and_then(Uri::host);
    host.is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host))
}

/// Writes the request's id into problems of this router; a service's own have it already.
async fn tell_id(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    with_request_id(next.run(request).await, &id)
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[tokio::test]
    async fn pages_of_this_machine_may_call_it_and_no_others() {
        let front = router(vec![(warung_contracts::manifest::get("cart"), Router::new())]);
        for (origin, may) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1:5173", true),
            ("http://[::1]:5173", true),
            ("https://localhost.example.com", false),
            ("https://shop.example.com", false),
        ] {
            let preflight = Request::builder()
                .method("OPTIONS")
                .uri("/api/v1/cart")
                .header(header::ORIGIN, origin)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PUT")
                .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,idempotency-key");
            let answer = front.clone().oneshot(preflight.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), 200, "{origin}");
            let allowed = answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allowed.is_some_and(|allowed| allowed == origin), may, "{origin}");
            assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_METHODS], "PUT");
            let headers = &answer.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS];
            assert_eq!(headers, "authorization,idempotency-key");
        }
    }

    #[tokio::test]
    async fn what_is_nowhere_is_a_problem_with_its_requests_id() {
        let manifest = warung_contracts::manifest::get("cart");
        let front = router(vec![(manifest, Router::new())]);
        for (method, path, status) in [("GET", "/nowhere", 404), ("TRACE", "/api/v1/cart", 405)] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = front.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
            let id = answer.headers()[REQUEST_ID].to_str().unwrap().to_owned();
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["request_id"], id);
        }
    }
}
