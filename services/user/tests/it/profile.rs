use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::customer;
use warung_contracts::{
    event::{EmailChanged, ProfileChanged},
    id::UserId,
};

use crate::{registered, siti, start};

#[tokio::test]
async fn a_profile_appears_with_the_event_and_says_so_before() {
    let app = start().await;
    let (user, token) = customer();
    let before = app.send("GET", "/api/v1/me", Some(&token), None).await;
    assert_eq!(before.status, StatusCode::NOT_FOUND);
    assert!(before.body["type"].as_str().is_some_and(|slug| slug.ends_with("/profile-being-prepared")));
    let id = Uuid::now_v7();
    app.deliver_as(id, &registered(user)).await.expect("the event is handled");
    let answer = app.send("GET", "/api/v1/me", Some(&token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["id"], user.to_string());
    assert_eq!((&answer.body["name"], &answer.body["locale"]), (&json!("Siti"), &json!("id")));
    assert_eq!(answer.headers["etag"], "\"1\"");
    app.stop().await;
}

#[tokio::test]
async fn an_event_that_comes_again_undoes_no_change() {
    let app = start().await;
    let (user, token) = customer();
    let id = Uuid::now_v7();
    app.deliver_as(id, &registered(user)).await.expect("the event is handled");
    let changed = app.send("PATCH", "/api/v1/me", Some(&token), Some(json!({"name": "Siti R."}))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    // The same delivery, and the same fact under another id.
    app.deliver_as(id, &registered(user)).await.expect("a repeat is fine");
    app.deliver(&registered(user)).await.expect("a replay is fine");
    assert_eq!(app.send("GET", "/api/v1/me", Some(&token), None).await.body, changed.body);
    app.stop().await;
}

#[tokio::test]
async fn a_change_names_the_version_it_was_made_from() {
    let app = start().await;
    let token = siti(&app).await;
    let patch = |tag: &'static str, body: Value| {
        let (app, token) = (&app, &token);
        async move { app.send_with("PATCH", "/api/v1/me", Some(token), &[("if-match", tag)], Some(body)).await }
    };
    let first = patch("\"1\"", json!({"phone": "+62 812 3456 7890", "locale": "en"})).await;
    assert_eq!((first.status, &first.body["phone"]), (StatusCode::OK, &json!("+6281234567890")));
    assert_eq!(first.headers["etag"], "\"2\"");
    assert_eq!(patch("\"1\"", json!({"name": "Late"})).await.status, StatusCode::PRECONDITION_FAILED);
    let cleared = patch("\"2\"", json!({"phone": null})).await;
    assert_eq!((cleared.status, cleared.body.get("phone")), (StatusCode::OK, None));
    assert_eq!(cleared.body["name"], "Siti");
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let app = start().await;
    let token = siti(&app).await;
    for (field, value) in
        [("name", json!(" ")), ("locale", json!("x")), ("phone", json!("0812")), ("name", json!(1))]
    {
        let answer = app.send("PATCH", "/api/v1/me", Some(&token), Some(json!({field: value}))).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (StatusCode::BAD_REQUEST, &json!(field))
        );
    }
    let all = json!({"name": " ", "locale": "x", "phone": "0812"});
    let answer = app.send("PATCH", "/api/v1/me", Some(&token), Some(all)).await;
    let named: Vec<&Value> =
        answer.body["errors"].as_array().expect("errors").iter().map(|e| &e["field"]).collect();
    assert_eq!(named, ["locale", "name", "phone"]);
    let unknown =
        app.send("PATCH", "/api/v1/me", Some(&token), Some(json!({"email": "x@example.com"}))).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "the address is auth's");
    app.stop().await;
}

#[tokio::test]
async fn a_change_is_told_whole_and_what_changes_nothing_is_not() {
    let app = start().await;
    let token = siti(&app).await;
    let patch = |body: Value| {
        let (app, token) = (&app, &token);
        async move { app.send("PATCH", "/api/v1/me", Some(token), Some(body)).await.status }
    };
    assert_eq!(patch(json!({"phone": "+62 812 3456 7890", "locale": " EN "})).await, StatusCode::OK);
    assert_eq!(patch(json!({"locale": "en"})).await, StatusCode::OK);
    let told: Vec<ProfileChanged> = app.published_only().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].name.as_str(), told[0].locale.as_str(), told[0].phone.as_deref()),
        ("Siti", "en", Some("+6281234567890"))
    );
    assert_eq!(told[0].version, 2, "as its owner sees it");
    app.stop().await;
}

fn moved(user_id: UserId, email: &str, version: i64) -> EmailChanged {
    let (old_email, name, locale) = ("siti@example.com".into(), "Siti".into(), "id".into());
    EmailChanged { user_id, email: email.into(), old_email, name, locale, version }
}

#[tokio::test]
async fn the_address_follows_auths() {
    let app = start().await;
    let (user_id, token) = customer();
    let event = moved(user_id, "new@example.com", 1);
    let early = app.deliver(&event).await.expect_err("the registration comes first");
    assert!(matches!(early, warung_chassis::events::EventError::NotYet(_)));
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    app.deliver(&event).await.expect("the event is handled");
    let profile = app.send("GET", "/api/v1/me", Some(&token), None).await;
    assert_eq!((&profile.body["email"], &profile.body["version"]), (&json!("new@example.com"), &json!(2)));
    app.stop().await;
}

#[tokio::test]
async fn an_address_of_before_that_is_replayed_changes_nothing() {
    let app = start().await;
    let (user_id, token) = customer();
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    // The last is of a version that told none.
    let versions = [("second@example.com", 2), ("first@example.com", 1), ("older@example.com", 0)];
    for (email, version) in versions {
        app.deliver(&moved(user_id, email, version)).await.expect("the event is handled");
    }
    let profile = app.send("GET", "/api/v1/me", Some(&token), None).await;
    assert_eq!((&profile.body["email"], &profile.body["version"]), (&json!("second@example.com"), &json!(2)));
    app.stop().await;
}
