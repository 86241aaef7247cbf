//! Doors: tokens, problems, bodies.

use serde_json::json;
use warung_chassis::{
    auth::Role,
    testing::{self, TestApp, admin, customer, token_at},
};

use crate::sample::service;

#[tokio::test]
async fn a_token_opens_what_it_should_and_no_more() {
    let app = TestApp::start(service(), &[]).await;
    let (user, token) = customer();
    let path = "/notes/ord_01930000000070008000000000000002";
    assert_eq!(app.send("GET", path, None, None).await.status, 401);
    assert_eq!(app.send("GET", path, Some("nonsense"), None).await.status, 401);
    assert_eq!(app.send("GET", path, Some(&token), None).await.status, 200);

    let expired =
        token_at(user, &[Role::Customer], time::OffsetDateTime::now_utc() - time::Duration::minutes(1));
    assert_eq!(app.send("GET", path, Some(&expired), None).await.status, 401);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{signed}.{first}{}", &signature[1..]);
    assert_eq!(app.send("GET", path, Some(&forged), None).await.status, 401);

    assert_eq!(app.send("GET", "/guest", None, None).await.body, "nobody");
    assert_eq!(app.send("GET", "/guest", Some(&token), None).await.body, user.to_string());
    assert_eq!(app.send("GET", "/guest", Some("nonsense"), None).await.status, 401);

    // Those of the shop's people, by the permission of the manifest's route of this method and path.
    let staff = testing::token(user, &[Role::Customer, Role::Staff]);
    for (token, reads, writes) in [(&token, 403, 403), (&staff, 200, 403), (&admin(), 200, 200)] {
        for (method, status) in [("GET", reads), ("HEAD", reads), ("PUT", writes)] {
            let answer = app.send(method, "/api/v1/admin/tax-rates", Some(token), None).await;
            assert_eq!(answer.status, status, "{method}");
        }
    }
    assert_eq!(app.send("GET", "/unguarded", Some(&admin()), None).await.status, 500, "nobody gets in");
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_body_is_a_problem_that_names_the_field() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let headers = [("idempotency-key", "k")];
    for (body, field) in [(json!({"text": ""}), "text"), (json!({"text": 1}), "text")] {
        let answer = app.send_with("POST", "/notes", Some(&token), &headers, Some(body)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    app.stop().await;
}

#[tokio::test]
async fn an_address_that_is_no_id_is_said_in_our_words() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let answer = app.send("GET", "/notes/usr_1", Some(&token), None).await;
    let detail = answer.body["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.starts_with("Nothing has this address: ") && !detail.contains("URL"), "{detail}");
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    for (method, path, status) in [
        ("GET", "/nowhere", 404),
        ("DELETE", "/guest", 405),
        ("GET", "/notes/usr_1", 404),
        ("GET", "/panic", 500),
    ] {
        let answer = app.send(method, path, Some(&token), None).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(answer.body["status"], status, "{method} {path}: {}", answer.body);
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert_eq!(answer.body["request_id"], id, "{method} {path}: {}", answer.body);
        let length = answer.headers.get("content-length").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(length, Some(answer.body.to_string().len().to_string()), "{method} {path}");
    }
    let answer = app.send("GET", "/panic", None, None).await;
    assert!(!answer.body.to_string().contains("as asked"), "a fault of ours is not explained to callers");
    app.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let large = "x".repeat(warung_chassis::server::BODY_MAX + 1);
    let headers = [("idempotency-key", "k")];
    let answer = app.send_with("POST", "/notes", Some(&token), &headers, Some(json!({"text": large}))).await;
    assert_eq!(answer.status, 413);
    app.stop().await;
}

#[tokio::test]
async fn unknown_grpc_methods_are_unimplemented() {
    let app = TestApp::start(service(), &[]).await;
    let request = axum::http::Request::post("/warung.order.v1.Orders/Nothing")
        .header("content-type", "application/grpc")
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = app.raw(request).await;
    assert_eq!(answer.headers["grpc-status"], "12");
    app.stop().await;
}

#[tokio::test]
async fn every_request_is_counted() {
    let app = TestApp::start(service(), &[]).await;
    app.send("GET", "/guest", None, None).await;
    app.send("GET", "/a/scanner/was/here", None, None).await;
    let text = app.metrics.render();
    let count = |route: &str, status: u16| {
        format!(
            "http_server_request_duration_seconds_count{{service=\"order\",http_request_method=\"GET\",http_route=\"{route}\",http_response_status_code=\"{status}\"}} 1"
        )
    };
    assert!(text.contains(&count("/guest", 200)), "{text}");
    assert!(text.contains(&count("unmatched", 404)), "{text}");
    app.stop().await;
}

#[tokio::test]
async fn who_waits_too_long_for_a_lock_is_told_to_come_again() {
    let app = TestApp::start(service(), &[]).await;
    let mut holder = app.db.as_ref().unwrap().begin().await.unwrap();
    sqlx::query("LOCK TABLE notes").execute(holder.conn()).await.unwrap();
    let (_, token) = customer();
    let headers = [("idempotency-key", "k")];
    let body = json!({"text": "a"});
    let answer = app.send_with("POST", "/notes", Some(&token), &headers, Some(body.clone())).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.headers.contains_key("retry-after"));
    holder.rollback().await.unwrap();
    assert_eq!(app.send_with("POST", "/notes", Some(&token), &headers, Some(body)).await.status, 201);
    app.stop().await;
}
