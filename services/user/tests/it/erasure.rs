use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;
use warung_chassis::testing::customer;
use warung_contracts::event::{EmailChanged, UserDeleted};

use crate::{address, registered, start};

#[tokio::test]
async fn a_deleted_account_takes_profile_and_addresses_with_it_for_good() {
    let app = start().await;
    let (user_id, token) = customer();
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    app.send("POST", "/api/v1/me/addresses", Some(&token), Some(address())).await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        app.deliver_as(id, &UserDeleted { user_id }).await.expect("the event is handled");
    }
    // What comes late, or again, brings nothing back.
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    let (email, old_email) = ("new@example.com".into(), "siti@example.com".into());
    let changed = EmailChanged { user_id, email, old_email, name: "Siti".into(), locale: "id".into() };
    app.deliver(&changed).await.expect("the event is handled");
    let (name, moved) = (json!({"name": "Siti"}), Some(address()));
    for (method, path, body) in [
        ("GET", "/api/v1/me", None),
        ("PATCH", "/api/v1/me", Some(name)),
        ("POST", "/api/v1/me/addresses", moved),
    ] {
        let refused = app.send(method, path, Some(&token), body).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", refused.body);
    }
    let pool = app.db.as_ref().expect("a database").pool();
    let left: i64 =
        sqlx::query_scalar("SELECT (SELECT count(*) FROM profiles) + (SELECT count(*) FROM addresses)")
            .fetch_one(pool)
            .await
            .expect("a count");
    assert_eq!(left, 0);
    app.stop().await;
}

#[tokio::test]
async fn an_erasure_may_come_before_the_registration() {
    let app = start().await;
    let (user_id, token) = customer();
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    assert_eq!(app.send("GET", "/api/v1/me", Some(&token), None).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}
