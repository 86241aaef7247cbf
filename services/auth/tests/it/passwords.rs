use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::{NewDeviceLoggedIn, PasswordChanged, PasswordResetRequested};

use crate::{PASSWORD, bearer, count, logged_in, login, login_from, of_type, peers, refresh, slug, start};

const NEW: &str = "kopi tubruk sore";

async fn forget(app: &TestApp, email: &str) -> Answer {
    app.send("POST", "/api/v1/password/forgot", None, Some(json!({"email": email}))).await
}

/// Answers what waits; the links that were sent.
async fn links(app: &TestApp) -> Vec<PasswordResetRequested> {
    while app.run_job("answer_resets").await > 0 {}
    of_type(&app.published().await)
}

/// The body that sets a new password by the link of a request.
async fn by(app: &TestApp, request: &PasswordResetRequested) -> Value {
    let token = peers::token_of(app, request.request_id).await.expect("the link is good");
    json!({"token": token, "password": NEW})
}

/// The bodies that set a new password by two links that were sent to an address.
pub async fn two_links(app: &TestApp, email: &str) -> [Value; 2] {
    for _ in 0..2 {
        assert_eq!(forget(app, email).await.status, StatusCode::ACCEPTED);
    }
    let links = links(app).await;
    [by(app, &links[0]).await, by(app, &links[1]).await]
}

pub async fn reset(app: &TestApp, body: &Value) -> Answer {
    app.send("POST", "/api/v1/password/reset", None, Some(body.clone())).await
}

#[tokio::test]
async fn a_forgotten_password_is_reset_and_every_log_in_ends() {
    let app = start().await;
    let old = logged_in(&app, "siti@example.com").await;
    assert_eq!(forget(&app, " SITI@example.com").await.status, StatusCode::ACCEPTED);
    let requests = links(&app).await;
    assert_eq!((requests.len(), requests[0].email.as_str()), (1, "siti@example.com"));
    let body = by(&app, &requests[0]).await;
    let done = reset(&app, &body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(of_type::<PasswordChanged>(&app.published().await).len(), 1);
    assert_eq!(refresh(&app, &old["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&app, "siti@example.com", NEW).await.status, StatusCode::OK);
    // A link sets one password: the form sent again is answered as it was, and another password is not taken.
    assert_eq!(reset(&app, &body).await.status, StatusCode::OK);
    assert_eq!(of_type::<PasswordChanged>(&app.published().await).len(), 0);
    let other = json!({"token": body["token"], "password": "kopi tubruk malam"});
    for _ in 0..6 {
        let again = reset(&app, &other).await;
        assert_eq!((again.status, slug(&again)), (StatusCode::UNPROCESSABLE_ENTITY, "link-invalid"));
    }
    assert_eq!(slug(&reset(&app, &other).await), "too-many-tries", "nobody guesses by a used link");
    app.clock.advance(time::Duration::hours(1));
    assert_eq!(slug(&reset(&app, &body).await), "link-invalid");
    app.stop().await;
}

#[tokio::test]
async fn of_two_forms_sent_at_once_one_sets_the_password_and_both_are_told() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    forget(&app, "siti@example.com").await;
    let body = by(&app, &links(&app).await.remove(0)).await;
    let (one, other) = tokio::join!(reset(&app, &body), reset(&app, &body));
    assert_eq!([one.status, other.status], [StatusCode::OK; 2], "{} {}", one.body, other.body);
    assert_eq!(of_type::<PasswordChanged>(&app.published().await).len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn asking_is_the_same_whether_or_not_there_is_an_account() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    let (known, unknown) = (forget(&app, "siti@example.com").await, forget(&app, "nobody@example.com").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    // The work is the same too: one row each, and what depends on the account is a job's.
    assert_eq!(count(&app, "SELECT count(*) FROM reset_requests").await, 2);
    assert_eq!(links(&app).await.len(), 1);
    assert_eq!(count(&app, "SELECT count(*) FROM reset_requests").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn nobody_fills_anothers_mailbox() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    app.published().await;
    for n in 0..5 {
        let from = format!("198.51.100.{n}");
        let sent = [("x-forwarded-for", from.as_str())];
        let body = json!({"email": "siti@example.com"});
        let asked = app.send_with("POST", "/api/v1/password/forgot", None, &sent, Some(body)).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED);
    }
    assert_eq!(links(&app).await.len(), 3, "an account gets three an hour");
    app.clock.advance(time::Duration::minutes(61));
    forget(&app, "siti@example.com").await;
    assert_eq!(links(&app).await.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn one_network_asks_only_so_often_for_one_address() {
    let app = start().await;
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(forget(&app, "nobody@example.com").await);
    }
    let slow = answers.iter().find(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    assert!(slow.is_some_and(|answer| answer.headers.contains_key("retry-after")));
    assert_eq!(forget(&app, "other@example.com").await.status, StatusCode::ACCEPTED);
    app.stop().await;
}

#[tokio::test]
async fn a_weak_password_leaves_the_link_good() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    forget(&app, "siti@example.com").await;
    let request = links(&app).await.remove(0);
    let mut body = by(&app, &request).await;
    body["password"] = json!("password123");
    let weak = reset(&app, &body).await;
    assert_eq!(
        (weak.status, &weak.body["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("password"))
    );
    body["password"] = json!(NEW);
    assert_eq!(reset(&app, &body).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn a_reset_lets_the_owner_in_whatever_strangers_try() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    for n in 0..30 {
        login_from(&app, &format!("198.51.100.{n}"), "siti@example.com", "guess guess").await;
    }
    assert_eq!(
        login_from(&app, "203.0.113.77", "siti@example.com", PASSWORD).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    forget(&app, "siti@example.com").await;
    let request = links(&app).await.remove(0);
    let device = reset(&app, &by(&app, &request).await).await.body["device_token"].clone();
    let body = json!({"email": "siti@example.com", "password": NEW, "device_token": device});
    let sent = [("x-forwarded-for", "203.0.113.77")];
    let answer = app.send_with("POST", "/api/v1/login", None, &sent, Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    app.stop().await;
}

#[tokio::test]
async fn after_a_new_password_no_device_or_place_is_known_but_the_one_it_was_set_at() {
    let app = start().await;
    let tokens = logged_in(&app, "siti@example.com").await;
    assert_eq!(login_from(&app, "198.51.100.7", "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    let body = json!({"current_password": PASSWORD, "password": NEW});
    let changed = app.send("POST", "/api/v1/account/password", Some(&bearer(&tokens)), Some(body)).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    assert_eq!(count(&app, "SELECT count(*) FROM known_devices").await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM known_networks").await, 1);
    app.published().await;
    assert_eq!(login_from(&app, "198.51.100.7", "siti@example.com", NEW).await.status, StatusCode::OK);
    assert_eq!(of_type::<NewDeviceLoggedIn>(&app.published().await).len(), 1, "whoever was there before");
    app.stop().await;
}

#[tokio::test]
async fn a_changed_password_ends_the_other_log_ins() {
    let app = start().await;
    let (other, own) =
        (logged_in(&app, "siti@example.com").await, login(&app, "siti@example.com", PASSWORD).await.body);
    let change = |current: &str| {
        let body = json!({"current_password": current, "password": NEW});
        let (app, token) = (&app, bearer(&own));
        async move { app.send("POST", "/api/v1/account/password", Some(&token), Some(body)).await }
    };
    assert_eq!(change("not my password").await.status, StatusCode::FORBIDDEN);
    assert_eq!(change(PASSWORD).await.status, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&app, &other["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&app, &own["refresh_token"]).await.status, StatusCode::OK);
    assert_eq!(of_type::<PasswordChanged>(&app.published().await).len(), 1);
    // Whoever stole a token does not guess the password with it.
    for _ in 0..12 {
        change("not my password").await;
    }
    assert_eq!(change(NEW).await.status, StatusCode::TOO_MANY_REQUESTS);
    app.stop().await;
}
