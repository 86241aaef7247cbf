//! All public routes on one port, where no gateway stands in front: for laptops. The same table as the gateway's, the
//! manifests' routes; tokens are checked by the services themselves.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use tower::{ServiceExt as _, service_fn};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use warung_contracts::manifest::{Manifest, Method};

use crate::{
    error::Kind,
    http::{Problem, problem::with_request_id},
    server::REQUEST_ID,
};

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
        .layer(middleware::from_fn(tell_id))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
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
