//! What a client meets: the real Envoy with the real configuration, before small services on loopback.

use std::process::{Child, Command};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::{envoy, example, routes};
use warung_operator::plan::document::Document;
use warung_operator::plan::gateway::envoy::{HTTP, configuration};
use warung_operator::plan::gateway::settings::{Settings, TokenKey};
use warung_testbed::ports;

/// How long Envoy may take for anything, on a busy machine too.
pub const WITHIN: Duration = Duration::from_secs(120);

/// The file that takes what Envoy prints: its access log.
const ACCESS_LOG: &str = "access.log";

/// A running Envoy; it ends with this value.
pub struct Gateway {
    process: Child,
    url: String,
    status_url: String,
    client: Client,
    key: SecretKey,
    folder: tempfile::TempDir,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of 127.0.0.1 on which nobody listens: only the system's own programs may have it.
const NOBODY: u16 = 1;

/// Every service at once: answers with what reached it.
async fn services() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let echo = |request: Request| async move {
        let headers: serde_json::Map<String, Value> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
            .collect();
        axum::Json(json!({"path": request.uri().path(), "query": request.uri().query(), "headers": headers}))
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await });
    port
}

pub fn socket((address, port): (&str, u16)) -> Value {
    json!({"socket_address": {"address": address, "port_value": port}})
}

impl Gateway {
    async fn start(settings: Settings) -> Self {
        Self::start_with(settings, |_| ()).await
    }

    pub async fn start_with(settings: Settings, change: impl FnOnce(&mut Document)) -> Self {
        let key = SecretKey::random(&mut p256::elliptic_curve::rand_core::OsRng);
        let pem = key.public_key().to_public_key_pem(LineEnding::LF).expect("a key has a PEM");
        let mut settings = settings;
        settings.token_keys.push(TokenKey::from_pem(&pem).expect("a P-256 key"));
        let own = ports::own_address().to_string();
        let (http, status, admin) = ((own.as_str(), 8080), (own.as_str(), 8081), (own.as_str(), 8082));
        let mut document = configuration(&routes(), &settings).expect("the base has every place").bootstrap;
        let upstream = services().await;
        let mut clusters = vec!["admin".to_owned()];
        clusters.extend(routes().into_iter().map(|route| route.service));
        for cluster in clusters {
            let to = if cluster == "admin" { admin } else { ("127.0.0.1", upstream) };
            let place = format!(
                "static_resources/clusters/@{cluster}/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address"
            );
            document.set(&place, socket(to)).expect("every service with a route is a cluster");
        }
        for (place, at) in [
            ("admin/address", admin),
            ("static_resources/listeners/@http/address", http),
            ("static_resources/listeners/@status/address", status),
        ] {
            document.set(place, socket(at)).expect("the base has the place");
        }
        change(&mut document);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("envoy.yaml");
        std::fs::write(&file, document.to_yaml().expect("YAML")).expect("written");
        let log = std::fs::File::create(folder.path().join(ACCESS_LOG)).expect("a file");
        let process = Command::new(envoy())
            .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
            .args(["--file-flush-interval-msec", "50", "-c"])
            .arg(&file)
            .stdout(log)
            .spawn()
            .expect("Envoy starts");
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let gateway = Self {
            process,
            url: format!("http://{own}:8080"),
            status_url: format!("http://{own}:8081"),
            client,
            key,
            folder,
        };
        gateway.ready().await;
        gateway
    }

    async fn ready(&self) {
        let answer = async {
            loop {
                let ready = self.client.get(format!("{}/ready", self.status_url)).send().await;
                if ready.is_ok_and(|response| response.status() == StatusCode::OK) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(WITHIN, answer).await.expect("Envoy is ready within its bound");
    }

    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A token of the shop, good unless the change makes it otherwise.
    pub fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        sign(&self.key, change)
    }
}

fn sign(key: &SecretKey, change: impl FnOnce(&mut Value)) -> String {
    let now = jsonwebtoken::get_current_timestamp();
    let mut claims = json!({
        "iss": "https://kopi.example.com", "aud": "warung", "sub": "usr_1", "roles": ["customer"],
        "iat": now, "exp": now + 600,
    });
    change(&mut claims);
    let pem = key.to_pkcs8_pem(LineEnding::LF).expect("a key has a PEM");
    let key = EncodingKey::from_ec_pem(pem.as_bytes()).expect("a P-256 key");
    jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &key).expect("claims are signed")
}

/// The body of an answer of the gateway itself: RFC 9457 problem details of this status and type.
pub async fn problem(response: Response, status: StatusCode, slug: &str) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["type"], format!("https://warung.dev/problems/{slug}"), "{body}");
    assert_eq!(body["status"], status.as_u16(), "{body}");
    body
}

#[tokio::test]
async fn tokens_are_checked_where_the_table_says_so() {
    let gateway = Gateway::start(example()).await;
    let orders = || gateway.call(Method::GET, "/api/v1/orders");
    let refused = |request: RequestBuilder| async move {
        problem(request.send().await.expect("an answer"), StatusCode::UNAUTHORIZED, "unauthenticated").await
    };

    refused(orders()).await;
    let stranger = SecretKey::random(&mut p256::elliptic_curve::rand_core::OsRng);
    refused(orders().bearer_auth(sign(&stranger, |_| ()))).await;
    refused(orders().bearer_auth(gateway.token(|claims| claims["exp"] = json!(1)))).await;
    refused(orders().bearer_auth(gateway.token(|claims| claims["iss"] = json!("https://other.example.com"))))
        .await;
    refused(orders().query(&[("access_token", gateway.token(|_| ()))])).await;

    let good = gateway.token(|_| ());
    let answer = orders().bearer_auth(&good).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let seen: Value = answer.json().await.expect("JSON");
    assert_eq!(seen["headers"]["authorization"], format!("Bearer {good}"), "the service checks it again");

    // A role is the service's to judge.
    let admin = gateway.call(Method::POST, "/api/v1/products").bearer_auth(&good).json(&json!({}));
    assert_eq!(admin.send().await.expect("an answer").status(), StatusCode::OK);

    // A guest needs no token; a token that is sent must be good. A public route ignores it.
    let cart = || gateway.call(Method::GET, "/api/v1/cart");
    assert_eq!(cart().send().await.expect("an answer").status(), StatusCode::OK);
    assert_eq!(cart().bearer_auth(&good).send().await.expect("an answer").status(), StatusCode::OK);
    refused(cart().bearer_auth(sign(&stranger, |_| ()))).await;
    // What guests show goes on to the service; beside it, what is for staff stays so.
    for path in ["/api/v1/payments/ord_1", "/api/v1/shipments/ord_1", "/api/v1/orders/ord_1"] {
        let guest = gateway.call(Method::GET, path).header("order-token", "shown");
        let seen: Value = guest.send().await.expect("an answer").json().await.expect("JSON");
        assert_eq!(seen["headers"]["order-token"], "shown", "{path}");
        refused(gateway.call(Method::GET, path).bearer_auth(sign(&stranger, |_| ()))).await;
    }
    refused(gateway.call(Method::GET, "/api/v1/payments/discrepancies").header("order-token", "shown")).await;
    let products = gateway.call(Method::GET, "/api/v1/products").bearer_auth("nonsense");
    assert_eq!(products.send().await.expect("an answer").status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let gateway = Gateway::start(example()).await;
    let token = gateway.token(|claims| claims["aud"] = json!("another"));
    let answer =
        gateway.call(Method::GET, "/api/v1/orders").bearer_auth(token).send().await.expect("an answer");
    problem(answer, StatusCode::FORBIDDEN, "unauthenticated").await;
}

#[tokio::test]
async fn what_is_not_in_the_table_is_not_there() {
    let gateway = Gateway::start(example()).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/api/v1/nothing"),
        (Method::GET, "/api/v1/orders/"),
        (Method::GET, "/api/v1/orders/ord_1/secrets"),
        (Method::GET, "/metrics"),
        (Method::POST, "/warung.cart.v1.Carts/GetCart"),
        (Method::GET, "/api/v1/login/../../metrics"),
    ] {
        let answer = gateway.call(method.clone(), path).send().await.expect("an answer");
        problem(answer, StatusCode::NOT_FOUND, "not-found").await;
    }
    let answer = gateway.call(Method::GET, "/api/v1/orders%2Ford_1").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused_with_those_it_takes() {
    let gateway = Gateway::start(example()).await;
    for (method, path, allow) in [
        (Method::DELETE, "/api/v1/login", "POST"),
        (Method::GET, "/api/v1/checkout", "POST"),
        (Method::OPTIONS, "/api/v1/login", "POST"),
        (Method::PUT, "/api/v1/products", "GET, HEAD, POST"),
    ] {
        let answer = gateway.call(method, path).send().await.expect("an answer");
        assert_eq!(answer.headers()["allow"], allow, "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        problem(answer, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed").await;
    }
    let head = gateway.call(Method::HEAD, "/api/v1/products").send().await.expect("an answer");
    assert_eq!(head.status(), StatusCode::OK, "whoever answers GET answers HEAD");
}

#[tokio::test]
async fn every_call_has_a_trace_and_the_callers_own_goes_on() {
    let gateway = Gateway::start(example()).await;
    let trace = async |request: RequestBuilder| {
        let seen: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        let header = seen["headers"]["traceparent"].as_str().expect("a traceparent").to_owned();
        let [version, trace, span, flags] = header.split('-').collect::<Vec<_>>()[..] else {
            panic!("{header} is no traceparent")
        };
        assert_eq!((version, trace.len(), span.len()), ("00", 32, 16), "{header}");
        (trace.to_owned(), flags.to_owned())
    };
    let products = || gateway.call(Method::GET, "/api/v1/products");
    let (made, flags) = trace(products()).await;
    assert_eq!(flags, "00", "nobody collects, so nobody need record");
    assert_ne!(trace(products()).await.0, made);
    let theirs = "0af7651916cd43dd8448eb211c80319c";
    let request = products().header("traceparent", format!("00-{theirs}-b7ad6b7169203331-01"));
    assert_eq!(trace(request).await, (theirs.to_owned(), "01".to_owned()));

    // The line about a call is found by its trace, and has the fields of the services' lines.
    let line = async {
        loop {
            let text = std::fs::read_to_string(gateway.folder.path().join(ACCESS_LOG)).expect("a log");
            let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            match lines.find(|line| line["trace_id"] == made) {
                Some(line) => return line,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let line = tokio::time::timeout(WITHIN, line).await.expect("the call is logged");
    for field in ["timestamp", "level", "message", "span_id", "request_id"] {
        assert!(line[field].is_string(), "{field}: {line}");
    }
}

#[tokio::test]
async fn a_client_over_its_limit_waits_and_the_limit_is_the_class_own() {
    let gateway = Gateway::start(example()).await;
    let login = || gateway.call(Method::POST, "/api/v1/login").json(&json!({})).send();
    for _ in 0..3 {
        let answer = login().await.expect("an answer");
        assert_eq!((answer.status(), answer.headers().get("retry-after")), (StatusCode::OK, None));
    }
    let over = login().await.expect("an answer");
    assert_eq!(over.headers()["x-ratelimit-remaining"], "0");
    let wait: u64 = over.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait} s until the next of three calls a minute");
    problem(over, StatusCode::TOO_MANY_REQUESTS, "too-many-requests").await;
    // Another path of the class is counted with it, another class is not.
    let register =
        gateway.call(Method::POST, "/api/v1/register").json(&json!({})).send().await.expect("an answer");
    assert_eq!(register.status(), StatusCode::TOO_MANY_REQUESTS);
    let logout =
        gateway.call(Method::POST, "/api/v1/logout").json(&json!({})).send().await.expect("an answer");
    assert_eq!(logout.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_over_its_limit_does_not_lock_out_another() {
    // As behind one trusted proxy, so that loopback can stand for two addresses.
    let gateway = Gateway::start_behind_proxy(example()).await;
    let login = |address: &'static str| {
        gateway.call(Method::POST, "/api/v1/login").header("x-forwarded-for", address).json(&json!({})).send()
    };
    for _ in 0..3 {
        assert_eq!(login("192.0.2.1").await.expect("an answer").status(), StatusCode::OK);
    }
    assert_eq!(login("192.0.2.1").await.expect("an answer").status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(login("192.0.2.2").await.expect("an answer").status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let gateway = Gateway::start(Settings { body_bytes_max: 2048, ..example() }).await;
    let send = |bytes: usize| gateway.call(Method::POST, "/api/v1/logout").body(vec![b'x'; bytes]).send();
    assert_eq!(send(2048).await.expect("an answer").status(), StatusCode::OK);
    problem(send(2049).await.expect("an answer"), StatusCode::PAYLOAD_TOO_LARGE, "too-large").await;
}

#[tokio::test]
async fn browsers_of_the_shops_origins_alone_may_call() {
    let gateway = Gateway::start(example()).await;
    let preflight = |origin: &'static str| {
        let request = gateway.call(Method::OPTIONS, "/api/v1/checkout").header("origin", origin);
        request.header("access-control-request-method", "POST").send()
    };
    let ours = preflight("https://kopi.example.com").await.expect("an answer");
    assert_eq!(ours.status(), StatusCode::OK);
    assert_eq!(ours.headers()["access-control-allow-origin"], "https://kopi.example.com");
    assert_eq!(ours.headers()["access-control-max-age"], "600");
    let theirs = preflight("https://evil.example.com").await.expect("an answer");
    assert!(!theirs.headers().contains_key("access-control-allow-origin"));
    // A page can read why it was refused.
    let refused = gateway.call(Method::GET, "/api/v1/orders").header("origin", "https://kopi.example.com");
    let refused = refused.send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://kopi.example.com");
}

#[tokio::test]
async fn a_request_has_one_id_and_no_borrowed_identity() {
    let gateway = Gateway::start(example()).await;
    let products = || gateway.call(Method::GET, "/api/v1/products");
    let answer = products().header("x-request-id", "mine-1").send().await.expect("an answer");
    assert_eq!(answer.headers()["x-request-id"], "mine-1");
    let seen: Value = answer.json().await.expect("JSON");
    assert_eq!(seen["headers"]["x-request-id"], "mine-1");

    let answer = products().send().await.expect("an answer");
    let made = answer.headers()["x-request-id"].clone();
    let seen: Value = answer.json().await.expect("JSON");
    assert_eq!(seen["headers"]["x-request-id"], made.to_str().expect("text"));

    let names =
        ["x-forwarded-client-cert", "x-user-id", "x-consumer-id", "x-original-url", "x-envoy-original-path"];
    let request = names.iter().fold(products(), |request, name| request.header(*name, "spoofed"));
    let request = request.header("x-forwarded-host", "evil.example.com").header("host", "kopi.example.com");
    let seen: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    for name in names {
        assert_eq!(seen["headers"].get(name), None, "{name}");
    }
    assert_eq!(seen["headers"]["x-forwarded-host"], "kopi.example.com");
    assert_eq!((&seen["headers"]["host"], &seen["path"]), (&json!("product"), &json!("/api/v1/products")));
}

#[tokio::test]
async fn the_status_port_shows_metrics_and_nothing_else_of_the_admin_interface() {
    let gateway = Gateway::start(example()).await;
    let status = |path: &str| gateway.client.get(format!("{}{path}", gateway.status_url)).send();
    let metrics = status("/metrics").await.expect("an answer").text().await.expect("text");
    assert!(metrics.contains("envoy_http_downstream_rq_xx{"), "{}", &metrics[..metrics.len().min(2000)]);
    for path in ["/quitquitquit", "/config_dump", "/stats", "/"] {
        assert_eq!(status(path).await.expect("an answer").status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_metrics_that_dashboards_and_rules_name_are_there() {
    let gateway = Gateway::start(example()).await;
    for _ in 0..4 {
        gateway.call(Method::POST, "/api/v1/login").json(&json!({})).send().await.expect("an answer");
    }
    gateway.call(Method::GET, "/api/v1/orders").send().await.expect("an answer");
    let list = include_str!("../../../dashboards/metrics.yaml");
    let mut names: std::collections::BTreeMap<String, Vec<String>> =
        serde_saphyr::from_str(list).expect("YAML");
    let names = names.remove("envoy").expect("Envoy's metrics are listed");
    // A histogram appears when Envoy next merges its threads' values.
    let shown = async {
        loop {
            let answer = gateway.client.get(format!("{}/metrics", gateway.status_url)).send().await;
            let text = answer.expect("an answer").text().await.expect("text");
            let missing: Vec<&String> =
                names.iter().filter(|name| !text.contains(&format!("\n{name}{{"))).collect();
            if missing.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(WITHIN, shown).await.expect("every metric of Envoy that is named is shown");
}

#[tokio::test]
async fn a_service_that_is_away_is_a_problem_too() {
    let gateway = Gateway::start_without("auth", example()).await;
    let answer =
        gateway.call(Method::POST, "/api/v1/login").json(&json!({})).send().await.expect("an answer");
    problem(answer, StatusCode::SERVICE_UNAVAILABLE, "unavailable").await;
}

impl Gateway {
    async fn start_behind_proxy(settings: Settings) -> Self {
        Self::start_with(settings, |document| {
            document.set(&format!("{HTTP}/xff_num_trusted_hops"), 1).expect("the base has the place");
        })
        .await
    }

    async fn start_without(service: &str, settings: Settings) -> Self {
        let place = format!(
            "static_resources/clusters/@{service}/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/port_value"
        );
        Self::start_with(settings, move |document| {
            document.set(&place, NOBODY).expect("the service is a cluster")
        })
        .await
    }
}
