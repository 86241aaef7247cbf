use axum::http::StatusCode;
use serde_json::json;
use time::Duration;
use warung_chassis::testing::Answer;
use warung_contracts::event::UserDeleted;

use crate::{PASSWORD, bearer, count, logged_in, login, of_type, refresh, register, slug, start};

const PATH: &str = "/api/v1/account";

#[tokio::test]
async fn a_deleted_account_leaves_nothing_personal() {
    let app = start().await;
    let tokens = logged_in(&app, "siti@example.com").await;
    let labelled = json!({"email": "siti@example.com", "password": PASSWORD, "device": "Siti's phone"});
    assert_eq!(app.send("POST", "/api/v1/login", None, Some(labelled)).await.status, StatusCode::OK);
    let label = "SELECT count(*) FROM audit_log WHERE detail LIKE '%phone%'";
    assert_eq!(count(&app, label).await, 0, "it outlives the account");
    // As an older version wrote it.
    let pool = app.db.as_ref().expect("a database").pool();
    let older = "INSERT INTO audit_log (at, subject_id, action, outcome, detail) \
                 SELECT now(), user_id, 'log_in', 'done', 'Siti''s phone' FROM users";
    sqlx::query(older).execute(pool).await.expect("a row");
    app.send("POST", "/api/v1/password/forgot", None, Some(json!({"email": "siti@example.com"}))).await;
    app.run_job("answer_resets").await;
    app.published().await;
    let deleted = app.send("DELETE", PATH, Some(&bearer(&tokens)), None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.body);
    let published = app.published().await;
    assert_eq!((published.len(), of_type::<UserDeleted>(&published).len()), (1, 1));
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&app, &tokens["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    for table in
        ["users", "token_families", "refresh_tokens", "link_requests", "known_devices", "known_networks"]
    {
        let pool = app.db.as_ref().expect("a database").pool();
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let left: i64 = sqlx::query_scalar(query).fetch_one(pool).await.expect("a count");
        assert_eq!(left, 0, "{table}");
    }
    // The log keeps that it was, by the id alone.
    let with_source = "SELECT count(*) FROM audit_log WHERE subject_id IS NOT NULL AND source IS NOT NULL";
    assert_eq!(count(&app, with_source).await, 0);
    assert_eq!(count(&app, label).await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'delete_account'").await, 1);
    assert_eq!(app.send("GET", PATH, Some(&bearer(&tokens)), None).await.status, StatusCode::UNAUTHORIZED);
    // The address is free again.
    assert_eq!(register(&app, "siti@example.com").await.status, StatusCode::CREATED);
    app.stop().await;
}

#[tokio::test]
async fn an_old_log_in_needs_the_password() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    app.clock.advance(Duration::minutes(11));
    let bare = app.send("DELETE", PATH, Some(&token), None).await;
    assert_eq!((bare.status, slug(&bare)), (StatusCode::FORBIDDEN, "recent-log-in-required"));
    let delete = |password: &str| {
        let body = json!({"password": password});
        let (app, token) = (&app, &token);
        async move { app.send("DELETE", PATH, Some(token), Some(body)).await }
    };
    let wrong = delete("not my password").await;
    assert_eq!((wrong.status, slug(&wrong)), (StatusCode::FORBIDDEN, "wrong-password"));
    assert_eq!(delete(PASSWORD).await.status, StatusCode::NO_CONTENT);
    assert_eq!(delete(PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn a_password_that_is_sent_must_be_right_even_soon_after_a_log_in() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let delete = |password: &str| {
        let body = json!({"password": password});
        let (app, token) = (&app, &token);
        async move { app.send("DELETE", PATH, Some(token), Some(body)).await }
    };
    let mut answers = Vec::new();
    while answers.last().is_none_or(|last: &Answer| last.status == StatusCode::FORBIDDEN) {
        assert!(answers.len() < 20, "wrong passwords are never slowed down");
        answers.push(delete("not my password").await);
    }
    assert_eq!((answers[0].status, slug(&answers[0])), (StatusCode::FORBIDDEN, "wrong-password"));
    assert_eq!(slug(&answers[answers.len() - 1]), "too-many-tries");
    // Another try has its turn when the wait is over, and the account is still there.
    app.clock.advance(Duration::minutes(9));
    assert_eq!(delete(PASSWORD).await.status, StatusCode::NO_CONTENT);
    app.stop().await;
}
