//! Calls between services: who may, for how long, and what becomes of them when the other is away.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, extract::Request, http::HeaderMap};
use tokio::net::TcpListener;
use tonic::{Code, Status};
use warung_chassis::{
    config::Env,
    deadline,
    grpc::{self, Channel, identity::Signer},
    patience::Patience,
    testing::{SERVICE_KEY, TestApp, eventually},
};
use warung_contracts::{
    grpc::cart::{GetCartRequest, carts_client::CartsClient},
    manifest,
};

use crate::sample::service;

/// A service that answers every call with the same status, slowly if so wanted.
struct Stub {
    url: String,
    calls: Arc<AtomicU32>,
    last: Arc<Mutex<HeaderMap>>,
}

impl Stub {
    async fn start(code: Code, takes: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (calls, last) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(HeaderMap::new())));
        let (counted, seen) = (calls.clone(), last.clone());
        let answer = move |request: Request| {
            counted.fetch_add(1, Ordering::Relaxed);
            *seen.lock().unwrap() = request.headers().clone();
            async move {
                tokio::time::sleep(takes).await;
                Status::new(code, "as asked").into_http::<axum::body::Body>()
            }
        };
        tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
        Self { url, calls, last }
    }

    /// A connection to it, as order has one to cart.
    fn channel(&self) -> Channel {
        let env: Env =
            [(manifest::service_key_variable("cart"), SERVICE_KEY.to_owned())].into_iter().collect();
        let signer = Signer::new(&env, "order", "cart").unwrap();
        Channel::new("cart", &self.url, signer, Patience::of_tests()).unwrap()
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

async fn ask(channel: &Channel) -> Code {
    refused(channel).await.map_or(Code::Ok, |status| status.code())
}

async fn refused(channel: &Channel) -> Option<Status> {
    let client = CartsClient::new(channel.clone());
    let answer = grpc::ask(|| {
        let mut client = client.clone();
        async move { client.get_cart(GetCartRequest::default()).await }
    });
    answer.await.err()
}

/// Asks until a call is refused without being made.
async fn until_left_alone(stub: &Stub, channel: &Channel) {
    eventually("the service is left alone", async || {
        let before = stub.calls();
        let status = refused(channel).await.expect("the service is away");
        assert_eq!(status.code(), Code::Unavailable);
        let alone = status.message().contains("was away a moment ago");
        assert!(!alone || stub.calls() - before <= 2, "a call is repeated until the breaker opens");
        alone.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_away_is_asked_a_few_times_and_then_left_alone() {
    let stub = Stub::start(Code::Unavailable, Duration::ZERO).await;
    let channel = stub.channel();
    until_left_alone(&stub, &channel).await;
    let asked = stub.calls();
    assert!(asked >= 5, "the breaker opened after {asked} calls");
    // How long it is left alone is a matter of the clock, and of the breaker's own tests.
    eventually("the service is asked again", async || {
        assert_eq!(ask(&channel).await, Code::Unavailable);
        (stub.calls() > asked).then_some(())
    })
    .await;
    until_left_alone(&stub, &channel).await;
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_is_not_asked_for_again() {
    let stub = Stub::start(Code::NotFound, Duration::ZERO).await;
    let channel = stub.channel();
    for _ in 0..10 {
        assert_eq!(ask(&channel).await, Code::NotFound);
    }
    assert_eq!(stub.calls(), 10);
}

#[tokio::test]
async fn a_call_takes_no_longer_than_the_request_it_is_part_of_and_says_so() {
    let stub = Stub::start(Code::NotFound, Duration::from_secs(3600)).await;
    let channel = stub.channel();
    // Where the machine stood still the time was over before the call was made.
    while stub.calls() == 0 {
        let deadline = tokio::time::Instant::now() + Duration::from_millis(200);
        assert_eq!(deadline::within(deadline, ask(&channel)).await, Code::DeadlineExceeded);
    }
    let told = stub.last.lock().unwrap()["grpc-timeout"].to_str().unwrap().to_owned();
    let microseconds: u64 = told.trim_end_matches('u').parse().unwrap();
    assert!((1..=200_000).contains(&microseconds), "{told}");
}

#[tokio::test]
async fn calls_carry_a_token_of_their_service() {
    let stub = Stub::start(Code::NotFound, Duration::ZERO).await;
    ask(&stub.channel()).await;
    let seen = stub.last.lock().unwrap()["authorization"].to_str().unwrap().to_owned();
    assert_eq!(seen.strip_prefix("Bearer ").unwrap().split('.').count(), 3);
}

#[tokio::test]
async fn what_a_request_no_longer_waits_for_is_stopped_in_the_database_too() {
    let app = TestApp::start(service(), &[]).await;
    let began = Instant::now();
    let headers = [("x-envoy-expected-rq-timeout-ms", "200")];
    let answer = app.send_with("GET", "/slow", None, &headers, None).await;
    assert_eq!(answer.status, 504);
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()";
    let pool = app.db.as_ref().unwrap().pool();
    eventually("PostgreSQL stops what nobody waits for", async || {
        let asleep: i64 = sqlx::query_scalar(asleep).fetch_one(pool).await.unwrap();
        (asleep == 0).then_some(())
    })
    .await;
    let took = began.elapsed();
    assert!(took < deadline::REQUEST_MAX, "{took:?}: that is when every request and its statements end");
    app.stop().await;
}

#[tokio::test]
async fn a_service_asked_for_more_than_it_can_do_refuses_those_it_can_not_do_soon() {
    let app = TestApp::start(service(), &[]).await;
    let answers =
        futures::future::join_all((0..300).map(|_| app.send("GET", "/one-by-one", None, None))).await;
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert_eq!(served + refused.len(), 300);
    // No more than a hundred are done in a second: so many are let in, and those who come in time for what that frees.
    assert!((32..200).contains(&served), "{served} served");
    for answer in refused {
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(answer.body["type"], "https://warung.dev/problems/unavailable");
    }
    assert!(!app.metrics.render().contains("warung_requests_shed_total{service=\"order\"} 0\n"));
    app.stop().await;
}
