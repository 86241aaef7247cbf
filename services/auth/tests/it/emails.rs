use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::{EmailChanged, EmailVerificationRequested, ProfileChanged};

use crate::{PASSWORD, bearer, count, logged_in, login, of_type, peers, register, slug, start};

/// The token of the newest link, out of the events published since the last look.
async fn sent(app: &TestApp) -> (EmailVerificationRequested, Value) {
    let mut requests: Vec<EmailVerificationRequested> = of_type(&app.published().await);
    let request = requests.pop().expect("a link was sent");
    let token = peers::token_of(app, request.request_id).await.expect("the link is good");
    (request, json!({"token": token}))
}

async fn open(app: &TestApp, link: &Value) -> Answer {
    app.send("POST", "/api/v1/email/verify", None, Some(link.clone())).await
}

async fn is_verified(app: &TestApp, token: &str) -> bool {
    app.send("GET", "/api/v1/account", Some(token), None).await.body["email_verified"] == true
}

#[tokio::test]
async fn an_address_is_verified_by_its_link_however_often_that_is_opened() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (request, link) = sent(&app).await;
    assert_eq!((request.email.as_str(), request.name.as_str()), ("siti@example.com", "Siti Rahma"));
    assert!(!is_verified(&app, &token).await);
    assert_eq!(open(&app, &link).await.status, StatusCode::NO_CONTENT);
    assert!(is_verified(&app, &token).await);
    // By a scanner of mails before, or a second click.
    assert_eq!(open(&app, &link).await.status, StatusCode::NO_CONTENT);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'verify_email'").await, 1);
    let more = app.send("POST", "/api/v1/account/email/verification", Some(&token), None).await;
    assert_eq!((more.status, slug(&more)), (StatusCode::CONFLICT, "email-verified"));
    app.clock.advance(time::Duration::hours(24));
    let late = open(&app, &link).await;
    assert_eq!((late.status, slug(&late)), (StatusCode::UNPROCESSABLE_ENTITY, "link-invalid"));
    app.stop().await;
}

#[tokio::test]
async fn of_two_who_open_a_link_at_once_one_does_and_both_are_told() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let (_, link) = sent(&app).await;
    let answers = tokio::join!(open(&app, &link), open(&app, &link));
    assert_eq!([answers.0.status, answers.1.status], [StatusCode::NO_CONTENT; 2]);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'verify_email'").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_link_ends_and_others_are_sent_but_not_without_end() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (_, old) = sent(&app).await;
    app.clock.advance(time::Duration::hours(24));
    assert_eq!(open(&app, &old).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..5 {
        let more = app.send("POST", "/api/v1/account/email/verification", Some(&token), None).await;
        assert_eq!(more.status, StatusCode::ACCEPTED, "{}", more.body);
    }
    let (_, newest) = sent(&app).await;
    let more = app.send("POST", "/api/v1/account/email/verification", Some(&token), None).await;
    assert_eq!((more.status, slug(&more)), (StatusCode::TOO_MANY_REQUESTS, "too-many-links"));
    assert_eq!(more.headers["retry-after"], "3600");
    assert_eq!(open(&app, &newest).await.status, StatusCode::NO_CONTENT);
    app.stop().await;
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_says_so() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (_, of_old) = sent(&app).await;
    let change = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let (app, token) = (&app, &token);
        async move { app.send("POST", "/api/v1/account/email", Some(token), Some(body)).await }
    };
    let wrong = change("new@example.com", "not my password").await;
    assert_eq!((wrong.status, slug(&wrong)), (StatusCode::FORBIDDEN, "wrong-password"));
    assert_eq!(change("New@Example.com", PASSWORD).await.status, StatusCode::ACCEPTED);
    let (request, link) = sent(&app).await;
    assert_eq!(request.email, "new@example.com", "the link goes to the new address");
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::OK, "nothing changed yet");
    for _ in 0..2 {
        assert_eq!(open(&app, &link).await.status, StatusCode::NO_CONTENT);
    }
    let changed: Vec<EmailChanged> = of_type(&app.published().await);
    assert_eq!(changed.len(), 1, "it changed once");
    assert_eq!(
        (changed[0].email.as_str(), changed[0].old_email.as_str()),
        ("new@example.com", "siti@example.com")
    );
    assert_eq!(changed[0].version, 1, "readers know by it what is newer");
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&app, "new@example.com", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(
        open(&app, &of_old).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it was for the old address"
    );
    app.stop().await;
}

#[tokio::test]
async fn nobody_learns_or_takes_whose_address_is_taken() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    register(&app, "budi@example.com").await;
    app.published().await;
    let ask = |email: &'static str| {
        let body = json!({"email": email, "password": PASSWORD});
        let (app, token) = (&app, &token);
        async move { app.send("POST", "/api/v1/account/email", Some(token), Some(body)).await }
    };
    assert_eq!(ask("budi@example.com").await.status, StatusCode::ACCEPTED);
    assert_eq!(app.published().await, vec![], "and no link is sent");
    assert_eq!(ask("late@example.com").await.status, StatusCode::ACCEPTED);
    let (_, link) = sent(&app).await;
    // Somebody is faster.
    assert_eq!(register(&app, "late@example.com").await.status, StatusCode::CREATED);
    let late = open(&app, &link).await;
    assert_eq!((late.status, slug(&late)), (StatusCode::CONFLICT, "email-taken"));
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn emails_call_people_as_they_call_themselves_now() {
    let app = start().await;
    let tokens = logged_in(&app, "siti@example.com").await;
    let (first, _) = sent(&app).await;
    // The older ones are replayed; the last is of a version that told none.
    for (name, locale, version) in [("Siti R.", "en-GB", 3), ("Siti Lama", "id", 2), ("Siti Purba", "id", 0)]
    {
        let (user_id, name, locale) = (first.user_id, name.into(), locale.into());
        let event = ProfileChanged { user_id, name, phone: None, locale, version };
        app.deliver(&event).await.expect("the event is handled");
    }
    app.send("POST", "/api/v1/account/email/verification", Some(&bearer(&tokens)), None).await;
    let (second, _) = sent(&app).await;
    assert_eq!((second.name.as_str(), second.locale.as_str()), ("Siti R.", "en-GB"));
    app.stop().await;
}
