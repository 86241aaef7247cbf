use axum::http::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;
use warung_chassis::testing::{TestApp, customer, eventually};
use warung_contracts::event::{EmailChanged, UserDeleted};

use crate::{address, registered, start};

/// What makes and erasures of a profile wait for.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))";

fn pool(app: &TestApp) -> &PgPool {
    app.db.as_ref().expect("a database").pool()
}

/// Returns when somebody waits for a lock as [`LOCK`].
async fn until_somebody_waits(pool: &PgPool) {
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                   WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    eventually("somebody waits", async || {
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(pool).await.expect("a count");
        (waiting > 0).then_some(())
    })
    .await;
}

async fn profiles(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM profiles").fetch_one(pool).await.expect("a count")
}

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
    let changed =
        EmailChanged { user_id, email, old_email, name: "Siti".into(), locale: "id".into(), version: 1 };
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
    let left: i64 =
        sqlx::query_scalar("SELECT (SELECT count(*) FROM profiles) + (SELECT count(*) FROM addresses)")
            .fetch_one(pool(&app))
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

#[tokio::test]
async fn a_profile_is_not_made_beside_its_erasure() {
    let app = start().await;
    let (user_id, _) = customer();
    let mut erasure = pool(&app).begin().await.expect("a transaction");
    let tombstone = "INSERT INTO erased_users (user_id, erased_at) VALUES ($1, now())";
    for statement in [LOCK, tombstone] {
        sqlx::query(statement).bind(user_id.uuid()).execute(&mut *erasure).await.expect("it is taken");
    }
    let end = async {
        until_somebody_waits(pool(&app)).await;
        erasure.commit().await.expect("a commit");
    };
    let event = registered(user_id);
    let (made, ()) = tokio::join!(app.deliver(&event), end);
    made.expect("the event is handled");
    assert_eq!(profiles(pool(&app)).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn an_erasure_waits_for_the_profile_that_is_being_made() {
    let app = start().await;
    let (user_id, _) = customer();
    let mut making = pool(&app).begin().await.expect("a transaction");
    let profile = "INSERT INTO profiles (user_id, email, name, locale, version, created_at, updated_at) \
                   VALUES ($1, 'siti@example.com', 'Siti', 'id', 1, now(), now())";
    for statement in [LOCK, profile] {
        sqlx::query(statement).bind(user_id.uuid()).execute(&mut *making).await.expect("it is taken");
    }
    let end = async {
        until_somebody_waits(pool(&app)).await;
        making.commit().await.expect("a commit");
    };
    let event = UserDeleted { user_id };
    let (erased, ()) = tokio::join!(app.deliver(&event), end);
    erased.expect("the event is handled");
    assert_eq!(profiles(pool(&app)).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn whichever_comes_first_of_both_at_once_nothing_is_left() {
    let app = start().await;
    for _ in 0..40 {
        let (user_id, _) = customer();
        let (made, erased) = (registered(user_id), UserDeleted { user_id });
        let (one, other) = tokio::join!(app.deliver(&made), app.deliver(&erased));
        one.and(other).expect("both are handled");
    }
    assert_eq!(profiles(pool(&app)).await, 0);
    app.stop().await;
}
