use std::{
    io::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
};
use secrecy::SecretString;
use tracing_subscriber::{fmt::MakeWriter, util::SubscriberInitExt as _};

use super::*;
use crate::providers::NoAnswer;

const SECRET: &str = "sk_live_nobody_may_read_this";

/// A provider that answers by path, and counts.
#[derive(Clone, Default)]
struct Company {
    calls: Arc<AtomicU32>,
    headers: Arc<Mutex<HeaderMap>>,
}

async fn answer(State(company): State<Company>, uri: Uri, headers: HeaderMap) -> axum::response::Response {
    let call = company.calls.fetch_add(1, Ordering::SeqCst);
    *company.headers.lock().unwrap() = headers;
    match uri.path() {
        "/ok" => (StatusCode::OK, r#"{"id":1}"#).into_response(),
        "/limited" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "250")], "later").into_response(),
        "/for-ever" => {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "999999999999999")], "").into_response()
        }
        "/shaky" if call < 2 => StatusCode::BAD_GATEWAY.into_response(),
        "/shaky" => (StatusCode::OK, "{}").into_response(),
        "/broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/elsewhere" => (StatusCode::FOUND, [("location", "/ok")], "").into_response(),
        "/large" => "x".repeat(ANSWER_MAX + 1).into_response(),
        "/no" => (StatusCode::PAYMENT_REQUIRED, r#"{"error":{"code":"card_declined"}}"#).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn start() -> (Company, Client) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let company = Company::default();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = Client::new(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let router = Router::new().fallback(answer).with_state(company.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (company, client)
}

#[tokio::test]
async fn an_answer_is_an_answer_also_when_it_is_no() {
    let (_, client) = start().await;
    let reply = client.get("/ok?limit=1").send().await.unwrap();
    assert_eq!(reply.json::<serde_json::Value>().unwrap()["id"], 1);
    let reply = client.post("/no").form(&[("a", "b")]).send().await.unwrap();
    assert_eq!((reply.status, reply.is_success()), (StatusCode::PAYMENT_REQUIRED, false));
}

#[test]
fn only_this_machine_is_called_without_encryption() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for url in ["https://api.stripe.com", "http://127.0.0.1:1/x", "http://localhost:1", "http://[::1]:1"] {
        assert!(Client::new(url).is_ok(), "{url}");
    }
    for url in ["http://api.stripe.com", "http://localhost.example.com", "ftp://localhost", "", "stripe"] {
        assert!(Client::new(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_provider_that_says_later_is_left_alone_by_every_call_until_then() {
    let (company, client) = start().await;
    let error = client.get("/limited").send().await.unwrap_err();
    assert_eq!(error.after, Some(Duration::from_secs(250)));
    let error = client.get("/ok").send().await.unwrap_err();
    assert!(error.after.unwrap() > Duration::from_secs(100), "{error:?}");
    assert_eq!(company.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_company_that_wants_to_be_left_alone_for_ever_is_asked_again_all_the_same() {
    let (_, client) = start().await;
    let error = client.post("/for-ever").send().await.unwrap_err();
    assert_eq!(error.after, Some(patience::LONGEST));
}

#[tokio::test]
async fn only_what_acts_once_is_repeated() {
    for (call, calls) in [("get", 3), ("keyed", 3), ("bare", 1)] {
        let (company, client) = start().await;
        let answer = match call {
            "get" => client.get("/shaky").send().await,
            "keyed" => client.post("/shaky").key("idempotency-key", "k").send().await,
            _ => client.post("/shaky").send().await,
        };
        assert_eq!(answer.is_ok(), calls == 3, "{call}: {answer:?}");
        assert_eq!(company.calls.load(Ordering::SeqCst), calls, "{call}");
    }
}

#[tokio::test]
async fn what_does_not_say_whether_it_acted_is_no_answer() {
    let (company, client) = start().await;
    for (path, text) in [("/broken", "500"), ("/large", "more than")] {
        let error = client.get(path).send().await.unwrap_err();
        assert!(error.why.contains(text), "{error}");
    }
    // No redirect is followed: the answer is the redirect.
    let before = company.calls.load(Ordering::SeqCst);
    assert_eq!(client.get("/elsewhere").send().await.unwrap().status, StatusCode::FOUND);
    assert_eq!(company.calls.load(Ordering::SeqCst), before + 1);
    let reply = client.get("/large-no").send().await.unwrap();
    assert!(reply.json::<serde_json::Value>().is_err());
}

#[tokio::test]
async fn who_is_not_there_is_no_answer() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // A port that only the system's own programs may have.
    let client = Client::new("http://127.0.0.1:1").unwrap();
    let NoAnswer { why, .. } = client.get("/ok").send().await.unwrap_err();
    assert!(why.contains("can't be reached") && !why.contains("127.0.0.1:"), "{why}");
}

/// All that is logged, down to the last detail.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_credential_is_in_a_log_a_trace_or_an_error() {
    let (company, client) = start().await;
    let log = Log::default();
    let logging = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(log.clone())
        .set_default();
    let secret = SecretString::from(SECRET);
    let mut said = String::new();
    for path in ["/ok", "/broken", "/limited", "/ok"] {
        let call = client.post(path).bearer(&secret).secret_header("x-callback-token", &secret);
        said += &format!("{call:?}");
        said += &format!("{:?}", call.send().await);
        // Base64 hides nothing: neither the text nor its encoding may be there.
        said += &format!("{:?}", client.post(path).basic(&secret, None).send().await);
    }
    said += &format!("{:?}", client.post_hidden("/of/{}/cancel", SECRET).send().await);
    drop(logging);
    assert!(company.headers.lock().unwrap().contains_key("authorization"));
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("provider call") && logged.contains("/of/{}/cancel"), "{logged}");
    // base64 of "sk_live_nobody_may_read_this:" without its last, padded letters.
    for secret in [SECRET, "c2tfbGl2ZV9ub2JvZHlfbWF5X3JlYWRfdGhpc"] {
        assert!(!logged.contains(secret), "{secret} was logged");
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}
