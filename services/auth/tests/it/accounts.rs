use axum::http::StatusCode;
use serde_json::json;
use warung_contracts::event::{EmailVerificationRequested, UserRegistered};

use crate::{PASSWORD, bearer, logged_in, login, of_type, register, registration, start};

#[tokio::test]
async fn a_registration_makes_an_account_and_tells_of_it_once() {
    let app = start().await;
    let answer = register(&app, " Siti@Example.COM ").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.body["email"], "siti@example.com");
    assert_eq!(answer.headers["location"], "/api/v1/account");
    let published = app.published().await;
    let events: Vec<UserRegistered> = of_type(&published);
    assert_eq!((events.len(), of_type::<EmailVerificationRequested>(&published).len()), (1, 1));
    assert_eq!(events[0].user_id.to_string(), answer.body["id"]);
    assert_eq!(
        (events[0].email.as_str(), events[0].name.as_str(), events[0].locale.as_str()),
        ("siti@example.com", "Siti Rahma", "en")
    );
    assert!(app.metrics.render().contains("warung_registrations_total{service=\"auth\"} 1"));

    let again = register(&app, "SITI@example.com").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body["type"].as_str().is_some_and(|slug| slug.ends_with("/email-taken")), "{}", again.body);
    assert_eq!(app.published().await, vec![]);
    app.stop().await;
}

#[tokio::test]
async fn two_registrations_of_one_address_at_once_make_one_account() {
    let app = start().await;
    let answers = tokio::join!(register(&app, "budi@example.com"), register(&app, "budi@example.com"));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT]);
    assert_eq!(of_type::<UserRegistered>(&app.published().await).len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let app = start().await;
    let cases = [
        ("email", json!("siti"), "email"),
        ("password", json!("short"), "password"),
        ("password", json!("password123"), "password"),
        ("name", json!("Siti\r\nBcc: x@example.com"), "name"),
        ("locale", json!("en_GB"), "locale"),
        ("email", json!(7), "email"),
    ];
    for (field, value, named) in cases {
        let mut body = registration("siti@example.com");
        body[field] = value;
        let answer = app.send("POST", "/api/v1/register", None, Some(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {}", answer.body);
        assert_eq!(answer.body["errors"][0]["field"], named, "{}", answer.body);
        assert!(!answer.body.to_string().contains("password123"), "a password is never repeated");
    }
    let all = json!({"email": "siti", "password": "short", "name": " ", "locale": "en_GB"});
    let answer = app.send("POST", "/api/v1/register", None, Some(all)).await;
    let named: Vec<_> =
        answer.body["errors"].as_array().expect("errors").iter().map(|e| &e["field"]).collect();
    assert_eq!(named, ["email", "locale", "name", "password"], "all at once");
    let missing = app.send("POST", "/api/v1/register", None, Some(json!({"email": "a@example.com"}))).await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.published().await, vec![]);
    app.stop().await;
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let wrong = login(&app, "siti@example.com", "kopi tubruk sore").await;
    let unknown = login(&app, "nobody@example.com", PASSWORD).await;
    // PostgreSQL takes no NUL in a text.
    let nonsense = login(&app, "no\0body", PASSWORD).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    for mut other in [unknown, nonsense] {
        // The one thing that tells answers apart, and nothing of the account.
        other.body["request_id"] = wrong.body["request_id"].clone();
        assert_eq!((other.status, &other.body), (wrong.status, &wrong.body));
    }
    app.stop().await;
}

#[tokio::test]
async fn no_password_and_no_token_is_in_the_database() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let tokens = login(&app, "siti@example.com", PASSWORD).await.body;
    let (token, device) = (tokens["refresh_token"].clone(), tokens["device_token"].clone());
    let pool = app.db.as_ref().expect("auth has a database").pool();
    let text: String = sqlx::query_scalar(
        "SELECT concat((SELECT json_agg(u) FROM users u), (SELECT json_agg(t) FROM refresh_tokens t), (SELECT json_agg(o) FROM outbox o), \
         (SELECT json_agg(l) FROM link_requests l), (SELECT json_agg(d) FROM known_devices d), \
         (SELECT json_agg(a) FROM audit_log a), (SELECT json_agg(t) FROM throttles t))",
    )
    .fetch_one(pool)
    .await
    .expect("the tables can be read");
    assert!(text.contains("$argon2id$") && text.contains("token_hash"), "{text}");
    for secret in [PASSWORD, token.as_str().expect("a token"), device.as_str().expect("a token"), "wlt_"] {
        assert!(!text.contains(secret), "{text}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_account_is_shown_to_its_owner() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let answer = app.send("GET", "/api/v1/account", Some(&token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(
        (
            &answer.body["email"],
            &answer.body["role"],
            &answer.body["email_verified"],
            &answer.body["second_factor"]
        ),
        (&json!("siti@example.com"), &json!("customer"), &json!(false), &json!(false))
    );
    app.stop().await;
}
