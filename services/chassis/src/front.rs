//! All public routes on one port, where no gateway stands in front: for laptops. The same table as the gateway's, the
//! manifests' routes; tokens are checked by the services themselves.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use tower::{ServiceExt as _, service_fn};
use warung_contracts::manifest::{Manifest, Method};

use crate::{error::Kind, http::Problem};

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
    front.fallback(|| async { Problem::new(Kind::NotFound, "No public route has this address.") })
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
