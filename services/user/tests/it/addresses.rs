use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp, customer};

use crate::{address, siti, start};

const PATH: &str = "/api/v1/me/addresses";

async fn add(app: &TestApp, token: &str, body: Value) -> Answer {
    app.send("POST", PATH, Some(token), Some(body)).await
}

async fn list(app: &TestApp, token: &str) -> Vec<Value> {
    let answer = app.send("GET", &format!("{PATH}?limit=100"), Some(token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["items"].as_array().expect("a page").clone()
}

/// The ids of the default addresses.
async fn defaults(app: &TestApp, token: &str) -> Vec<Value> {
    list(app, token).await.into_iter().filter(|a| a["default"] == true).map(|a| a["id"].clone()).collect()
}

fn one(id: &Value) -> String {
    format!("{PATH}/{}", id.as_str().expect("an id"))
}

#[tokio::test]
async fn an_address_is_kept_in_one_form_and_read_back() {
    let app = start().await;
    let token = siti(&app).await;
    let made = add(&app, &token, address()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!((&made.body["country"], &made.body["phone"]), (&json!("ID"), &json!("+6281234567890")));
    assert_eq!(made.headers["etag"], "\"1\"");
    assert_eq!(made.headers["location"], one(&made.body["id"]));
    let read = app.send("GET", &one(&made.body["id"]), Some(&token), None).await;
    assert_eq!((read.status, read.body), (StatusCode::OK, made.body));
    app.stop().await;
}

#[tokio::test]
async fn whoever_has_addresses_has_one_default() {
    let app = start().await;
    let token = siti(&app).await;
    let first = add(&app, &token, address()).await.body;
    assert_eq!(first["default"], true, "the first is the default without asking");
    let second = add(&app, &token, address()).await.body;
    assert_eq!(second["default"], false);
    let mut body = address();
    body["default"] = json!(true);
    let third = add(&app, &token, body.clone()).await.body;
    assert_eq!(defaults(&app, &token).await, [third["id"].clone()]);
    let changed = app.send("PUT", &one(&second["id"]), Some(&token), Some(body)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(defaults(&app, &token).await, [second["id"].clone()]);
    // Without the word the default stays where it is.
    app.send("PUT", &one(&second["id"]), Some(&token), Some(address())).await;
    assert_eq!(defaults(&app, &token).await, [second["id"].clone()]);
    assert_eq!(
        app.send("DELETE", &one(&second["id"]), Some(&token), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(defaults(&app, &token).await.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_change_from_an_old_version_is_refused() {
    let app = start().await;
    let token = siti(&app).await;
    let id = add(&app, &token, address()).await.body["id"].clone();
    let mut body = address();
    body["city"] = json!("Cimahi");
    let tag = [("if-match", "\"1\"")];
    let changed = app.send_with("PUT", &one(&id), Some(&token), &tag, Some(body.clone())).await;
    assert_eq!((changed.status, &changed.body["version"]), (StatusCode::OK, &json!(2)));
    for (method, body) in [("PUT", Some(body)), ("DELETE", None)] {
        let stale = app.send_with(method, &one(&id), Some(&token), &tag, body).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{method}");
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_sees_or_changes_anothers_address() {
    let app = start().await;
    let (token, other) = (siti(&app).await, siti(&app).await);
    let id = add(&app, &token, address()).await.body["id"].clone();
    for (method, body) in [("GET", None), ("PUT", Some(address())), ("DELETE", None)] {
        assert_eq!(
            app.send(method, &one(&id), Some(&other), body).await.status,
            StatusCode::NOT_FOUND,
            "{method}"
        );
    }
    assert_eq!(list(&app, &other).await, Vec::<Value>::new());
    assert_eq!(list(&app, &token).await.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn there_are_fifty_at_most_also_when_two_come_at_once() {
    let app = start().await;
    let token = siti(&app).await;
    for _ in 0..49 {
        assert_eq!(add(&app, &token, address()).await.status, StatusCode::CREATED);
    }
    let (a, b) = tokio::join!(add(&app, &token, address()), add(&app, &token, address()));
    let mut statuses = [a.status, b.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT]);
    assert_eq!(list(&app, &token).await.len(), 50);
    let page = app.send("GET", &format!("{PATH}?limit=30"), Some(&token), None).await.body;
    let next = page["next_cursor"].as_str().expect("a second page");
    let rest = app.send("GET", &format!("{PATH}?limit=30&cursor={next}"), Some(&token), None).await.body;
    assert_eq!((rest["items"].as_array().map(Vec::len), rest.get("next_cursor")), (Some(20), None));
    app.stop().await;
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = start().await;
    let token = siti(&app).await;
    let mut body = address();
    body["postal_code"] = json!("4011");
    body["country"] = json!("ID");
    body["recipient"] = json!("");
    let answer = add(&app, &token, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let mut fields: Vec<_> =
        answer.body["errors"].as_array().expect("errors").iter().map(|e| e["field"].clone()).collect();
    fields.sort_by_key(ToString::to_string);
    assert_eq!(fields, [json!("postal_code"), json!("recipient")]);
    let missing = add(&app, &token, json!({"recipient": "Siti"})).await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
    app.stop().await;
}

#[tokio::test]
async fn an_address_waits_for_its_profile() {
    let app = start().await;
    let (_, token) = customer();
    let answer = add(&app, &token, address()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body["type"].as_str().is_some_and(|slug| slug.ends_with("/profile-being-prepared")));
    app.stop().await;
}
