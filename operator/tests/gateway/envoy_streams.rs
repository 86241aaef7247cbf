//! Files of any length through the real Envoy: as they come, and whole or visibly not.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::routing::{get, post};
use futures::{StreamExt as _, stream};
use http_body_util::StreamBody;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, watch};

use super::envoy_runs::{Gateway, WITHIN, problem, socket};
use super::example;
use warung_operator::plan::gateway::envoy::HTTP;
use warung_operator::plan::gateway::settings::Settings;

/// Where products go in and out.
const IMPORT: &str = "/api/v1/products/import";
const EXPORT: &str = "/api/v1/products/export";

/// The Shop's bound of all other bodies.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The service that takes and gives files, and what it has seen of them.
#[derive(Clone)]
struct Files {
    arrived: Arc<watch::Sender<usize>>,
    /// Lets an export go on.
    more: Arc<Semaphore>,
}

async fn import(State(files): State<Files>, request: Request) -> axum::Json<Value> {
    let mut chunks = request.into_body().into_data_stream();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        bytes += chunk.expect("the body is whole").len();
        files.arrived.send_replace(bytes);
    }
    axum::Json(json!({"bytes": bytes}))
}

async fn export(State(files): State<Files>) -> Body {
    let rest = stream::once(async move {
        files.more.acquire().await.expect("it is never closed").forget();
        Ok::<_, std::io::Error>(Bytes::from("end\n"))
    });
    Body::from_stream(stream::iter([Ok(Bytes::from("begin\n"))]).chain(rest))
}

impl Files {
    /// A gateway before it, on whose routes ordinary calls have a second and a stream may be silent for `silence`.
    async fn behind_a_gateway(silence: Option<&'static str>) -> (Self, Gateway) {
        let files = Self { arrived: Arc::new(watch::Sender::new(0)), more: Arc::new(Semaphore::new(0)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let router = Router::new()
            .route(IMPORT, post(import))
            .route(EXPORT, get(export))
            .fallback(std::future::pending::<StatusCode>)
            .with_state(files.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = Settings { body_bytes_max: BODY_BYTES_MAX as u64, ..example() };
        let gateway = Gateway::start_with(settings, |document| {
            let place = "static_resources/clusters/@product/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address";
            document.set(place, socket(("127.0.0.1", port))).expect("product is a cluster");
            let most = format!("{HTTP}/common_http_protocol_options/max_stream_duration");
            document.set(&most, "2s").expect("the base has the place");
            let routes = document.list(&format!("{HTTP}/route_config/virtual_hosts/@shop/routes"));
            for route in routes.expect("routes") {
                if route["route"]["timeout"] == "15s" {
                    route["route"]["timeout"] = json!("1s");
                }
                if let (Some(silence), "0s") = (silence, route["route"]["timeout"].as_str().unwrap_or("")) {
                    route["route"]["idle_timeout"] = json!(silence);
                }
            }
        });
        (files, gateway.await)
    }
}

impl Gateway {
    fn file(&self, method: Method, path: &str) -> RequestBuilder {
        self.call(method, path).bearer_auth(self.token(|_| ())).header("content-type", "text/csv")
    }
}

/// A body that is sent as it is handed over.
fn handed_over() -> (mpsc::Sender<Bytes>, reqwest::Body) {
    let (sender, mut chunks) = mpsc::channel::<Bytes>(1);
    let frames = stream::poll_fn(move |context| chunks.poll_recv(context))
        .map(|chunk| Ok::<_, std::convert::Infallible>(hyper::body::Frame::data(chunk)));
    (sender, reqwest::Body::wrap(StreamBody::new(frames)))
}

async fn in_time<F: Future>(what: &str, work: F) -> F::Output {
    tokio::time::timeout(WITHIN, work).await.unwrap_or_else(|_| panic!("not within its bound: {what}"))
}

#[tokio::test]
async fn a_large_file_goes_in_while_it_is_being_sent() {
    let (files, gateway) = Files::behind_a_gateway(None).await;
    let (sender, body) = handed_over();
    let answer = tokio::spawn(gateway.file(Method::POST, IMPORT).body(body).send());
    let chunk = Bytes::from(vec![b'x'; 1024 * 1024]);
    sender.send(chunk.clone()).await.expect("it is taken");
    let mut arrived = files.arrived.subscribe();
    in_time("the beginning of a file that has not ended", arrived.wait_for(|bytes| *bytes > 0))
        .await
        .unwrap();
    // It takes longer than an ordinary request may, to come and to be answered.
    let slow = gateway.call(Method::GET, "/api/v1/products").send().await.expect("an answer");
    problem(slow, StatusCode::GATEWAY_TIMEOUT, "deadline-exceeded").await;
    let (endless, unfinished) = handed_over();
    let late = gateway.file(Method::POST, "/api/v1/products").body(unfinished).send();
    assert_eq!(late.await.expect("an answer").status(), StatusCode::REQUEST_TIMEOUT);
    drop(endless);
    for _ in 1..8 {
        sender.send(chunk.clone()).await.expect("it is taken");
    }
    drop(sender);
    let answer = in_time("an answer", answer).await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({"bytes": 8 * 1024 * 1024}));

    let other = gateway.file(Method::POST, "/api/v1/products").body(vec![b'x'; BODY_BYTES_MAX + 1]);
    problem(other.send().await.expect("an answer"), StatusCode::PAYLOAD_TOO_LARGE, "too-large").await;
    let stranger = gateway.call(Method::POST, IMPORT).body("sku").send().await.expect("an answer");
    problem(stranger, StatusCode::UNAUTHORIZED, "unauthenticated").await;
}

#[tokio::test]
async fn a_file_that_takes_long_comes_out_whole() {
    let (files, gateway) = Files::behind_a_gateway(None).await;
    let mut answer = gateway.file(Method::GET, EXPORT).send().await.expect("an answer");
    assert_eq!(answer.chunk().await.expect("a beginning").expect("bytes"), "begin\n");
    let slow = gateway.call(Method::GET, "/api/v1/products").send().await.expect("an answer");
    problem(slow, StatusCode::GATEWAY_TIMEOUT, "deadline-exceeded").await;
    files.more.add_permits(1);
    assert_eq!(in_time("the rest", answer.text()).await.expect("the answer has its end"), "end\n");
}

#[tokio::test]
async fn a_file_that_does_not_go_on_ends_so_that_nobody_takes_it_for_whole() {
    let (_files, gateway) = Files::behind_a_gateway(Some("1s")).await;
    let mut answer = gateway.file(Method::GET, EXPORT).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.chunk().await.expect("a beginning").expect("bytes"), "begin\n");
    in_time("an end", answer.bytes()).await.expect_err("the answer has no end");
}
