//! A provider that answers as it is told, for what no other server can be made to answer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::service::Routes;

/// Serves gRPC until the test's runtime ends; returns its URL.
pub async fn serve(routes: Routes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, routes.prepare().into_axum_router()).await });
    url
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

type Answer = (u16, Vec<(&'static str, String)>, String);

#[derive(Default)]
struct Inner {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

/// A server that ends with the test.
pub struct Fake {
    inner: Arc<Inner>,
    pub url: String,
    server: JoinHandle<()>,
}

impl Fake {
    /// Starts it.
    pub async fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(answer).with_state(inner.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { inner, url, server }
    }

    /// Gives this answer to the next request that has none yet; without answers it is 500.
    pub fn answers(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.inner.answers.lock().expect("nobody panicked").push_back((status, headers, body.to_owned()));
    }

    /// What came, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().expect("nobody panicked").clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(inner): State<Arc<Inner>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    inner.seen.lock().expect("nobody panicked").push(Seen { path: uri.path().to_owned(), headers, body });
    let next = inner.answers.lock().expect("nobody panicked").pop_front();
    let Some((status, headers, body)) = next else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().expect("a value"));
    }
    response
}
