//! Text messages.

use axum::{body::Body, http::Request};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use time::Duration;
use warung_chassis::testing::{Answer, TestApp, customer, eventually};
use warung_contracts::{
    event::ProfileChanged,
    id::{NotificationId, UserId},
};
use warung_testbed::outside::contract;

use crate::{JOB, Smtp, cancelled, delivered, fake::Fake, last_error, outcomes, registered, start_with};

const SID: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn start(url: &str) -> TestApp {
    start_beside(url, None).await
}

/// With a mail server.
async fn start_beside(url: &str, smtp: Option<&Smtp>) -> TestApp {
    let mails = smtp.map(Smtp::url).unwrap_or_default();
    start_with(&[
        ("WARUNG_SMTP_URL", &mails),
        ("WARUNG_TWILIO_URL", url),
        ("WARUNG_TWILIO_ACCOUNT_SID", SID),
        ("WARUNG_TWILIO_AUTH_TOKEN", TOKEN),
        ("WARUNG_TWILIO_FROM", "+15551234567"),
        ("WARUNG_PUBLIC_URL", "https://kopi.example"),
    ])
    .await
}

/// Somebody with a telephone, whose parcel has arrived.
pub async fn told(app: &TestApp) -> UserId {
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, "id")).await.expect("the event is handled");
    let (name, phone, locale) = ("Siti".into(), Some("+6281234567890".into()), "id".into());
    app.deliver(&ProfileChanged { user_id, name, phone, locale, version: 2 })
        .await
        .expect("the event is handled");
    app.deliver(&delivered(user_id)).await.expect("the event is handled");
    user_id
}

pub async fn sms(app: &TestApp) -> Option<(String, Option<String>)> {
    let all = outcomes(app).await.into_iter();
    all.filter(|(channel, ..)| channel == "sms").map(|(_, state, reason)| (state, reason)).next()
}

fn form(body: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

const CREATED: &str = r#"{"sid": "SM11111111111111111111111111111111"}"#;

#[tokio::test]
async fn a_text_message_is_sent_as_the_contract_says() {
    let fake = Fake::start().await;
    let app = start(&fake.url).await;
    told(&app).await;
    fake.answers(201, &[], CREATED);
    app.run_job(JOB).await;
    assert_eq!(sms(&app).await, Some(("sent".into(), None)));
    let seen = fake.seen().remove(0);
    assert_eq!(seen.path, format!("/2010-04-01/Accounts/{SID}/Messages.json"));
    let basic = format!("Basic {}", STANDARD.encode(format!("{SID}:{TOKEN}")));
    assert_eq!(seen.headers["authorization"], basic);
    assert!(seen.body.contains("To=%2B6281234567890"), "{}", seen.body);
    let fields = form(&seen.body);
    let text = &fields.iter().find(|(name, _)| name == "Body").expect("a text").1;
    assert!(text.starts_with("kopi: pesanan") && text.ends_with("sudah tiba."), "{text}");
    if let Some(document) = contract("twilio/messages_2010.openapi.json") {
        let operation = &document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"];
        let schema = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        for (name, _) in &fields {
            assert!(schema["properties"].get(name).is_some(), "the API knows no {name}");
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required {
            assert!(fields.iter().any(|(other, _)| other == name), "{name} is required");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn only_what_certainly_was_not_taken_is_sent_again() {
    let limit = r#"{"code": 20429, "message": "Too many requests", "status": 429}"#;
    let wrong = r#"{"code": 21211, "message": "Invalid 'To'", "status": 400}"#;
    for (status, headers, body, state) in [
        (429, &[("retry-after", "60")][..], limit, "pending"),
        (503, &[][..], "", "pending"),
        (401, &[][..], r#"{"code": 20003, "message": "Authenticate", "status": 401}"#, "pending"),
        (400, &[][..], wrong, "failed"),
        (500, &[][..], "", "failed"),
    ] {
        let fake = Fake::start().await;
        let app = start(&fake.url).await;
        told(&app).await;
        fake.answers(status, headers, body);
        app.run_job(JOB).await;
        assert_eq!(sms(&app).await.map(|(state, _)| state).as_deref(), Some(state), "{status}");
        assert!(last_error(&app, "sms").await.contains(&status.to_string()), "{status}");
        app.clock.advance(Duration::seconds(59));
        app.run_job(JOB).await;
        // Retry-After is the least; the others were due.
        let again = usize::from(state == "pending" && headers.is_empty());
        assert_eq!(fake.seen().len(), 1 + again, "{status}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_text_message_that_a_crash_left_is_not_sent_again() {
    let fake = Fake::start().await;
    let app = start(&fake.url).await;
    told(&app).await;
    // As the job leaves it when the process dies while it sends.
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query("UPDATE notifications SET attempts = 1, begun = true")
        .execute(pool)
        .await
        .expect("it can be changed");
    app.run_job(JOB).await;
    assert_eq!(sms(&app).await, Some(("failed".into(), None)));
    assert!(last_error(&app, "sms").await.contains("never sent twice"));
    assert_eq!(fake.seen().len(), 0);
    app.stop().await;
}

#[tokio::test]
async fn a_text_message_whose_turn_a_crash_prevented_is_sent() {
    let fake = Fake::start().await;
    let app = start(&fake.url).await;
    told(&app).await;
    // Claimed with others, as the job leaves it when the process dies while it sends those.
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query("UPDATE notifications SET attempts = 1").execute(pool).await.expect("it can be changed");
    app.run_job(JOB).await;
    assert_eq!(fake.seen().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_gateway_that_hangs_holds_up_no_mail() {
    // Takes every call, and never answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, smtp) = (format!("http://{}", listener.local_addr().unwrap()), Smtp::start().unwrap());
    let app = start_beside(&url, Some(&smtp)).await;
    let _running = app.keep_running(JOB);
    let pool = app.db.as_ref().expect("notification has a database").pool();
    // On a machine that stands still for long the time for the message that hangs may run out meanwhile: then once more.
    for mails in 1..=5 {
        sqlx::query("DELETE FROM notifications").execute(pool).await.expect("it can be emptied");
        told(&app).await;
        let taken = "SELECT begun FROM notifications WHERE channel = 'sms'";
        eventually("the text message is under way", async || {
            let begun: bool = sqlx::query_scalar(taken).fetch_one(pool).await.expect("there is one");
            begun.then_some(())
        })
        .await;
        app.deliver(&cancelled(customer_of(pool).await)).await.expect("the event is handled");
        eventually("the mail arrives", async || {
            let all = smtp.mails().unwrap();
            (all.iter().filter(|mail| mail.subject.contains("KOPI-000042")).count() == mails).then_some(())
        })
        .await;
        if sms(&app).await == Some(("pending".into(), None)) {
            return;
        }
    }
    panic!("mail waited for a text message every time");
}

/// Whose messages there are.
async fn customer_of(pool: &sqlx::PgPool) -> UserId {
    let user = sqlx::query_scalar("SELECT user_id FROM notifications LIMIT 1").fetch_one(pool).await;
    UserId(user.expect("there is one"))
}

/// A status callback, signed as Twilio does.
async fn callback(app: &TestApp, token: &str, status: &str) -> Answer {
    callback_of(app, "", token, status).await
}

/// The same with a query.
async fn callback_of(app: &TestApp, query: &str, token: &str, status: &str) -> Answer {
    let fields = [
        ("ErrorCode", "30003"),
        ("MessageSid", "SM11111111111111111111111111111111"),
        ("MessageStatus", status),
    ];
    let said: String = fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let path = format!("/api/v1/notifications/webhooks/twilio{query}");
    let url = format!("https://kopi.example{path}");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    let signature = STANDARD.encode(aws_lc_rs::hmac::sign(&key, format!("{url}{said}").as_bytes()));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(Body::from(body));
    app.raw(request.expect("a request")).await
}

#[tokio::test]
async fn callbacks_say_what_became_of_it_and_never_go_back() {
    let fake = Fake::start().await;
    let app = start(&fake.url).await;
    told(&app).await;
    fake.answers(201, &[], CREATED);
    app.run_job(JOB).await;
    assert_eq!(callback(&app, "another token", "delivered").await.status, 401);
    assert_eq!(callback(&app, TOKEN, "sending").await.body["duplicate"], true);
    assert_eq!(callback(&app, TOKEN, "undelivered").await.body["duplicate"], false);
    assert_eq!(sms(&app).await, Some(("failed".into(), None)));
    assert_eq!(last_error(&app, "sms").await, "error 30003");
    // Late news changes nothing.
    assert_eq!(callback(&app, TOKEN, "delivered").await.body["duplicate"], true);
    assert_eq!(callback(&app, TOKEN, "sent").await.body["duplicate"], true);
    assert_eq!(sms(&app).await, Some(("failed".into(), None)));
    app.stop().await;
}

#[tokio::test]
async fn what_is_told_before_the_answer_is_recorded_or_after_a_crash_counts() {
    let fake = Fake::start().await;
    let app = start(&fake.url).await;
    let pool = app.db.as_ref().expect("notification has a database").pool();
    for (before, status, after) in [
        ("attempts = 1, begun = true", "delivered", "sent"),
        ("attempts = 1, begun = true", "undelivered", "failed"),
        // A crash lost the answer, and the message counts as failed.
        ("attempts = 2, state = 'failed', finished_at = now()", "delivered", "sent"),
    ] {
        sqlx::query("DELETE FROM notifications").execute(pool).await.expect("it can be emptied");
        told(&app).await;
        let change =
            format!("UPDATE notifications SET {before} WHERE channel = 'sms' RETURNING notification_id");
        let id: uuid::Uuid =
            sqlx::query_scalar(sqlx::AssertSqlSafe(change)).fetch_one(pool).await.expect("it can be changed");
        let query = format!("?notification_id={}", NotificationId(id));
        assert_eq!(callback_of(&app, &query, "another token", status).await.status, 401);
        assert_eq!(callback_of(&app, &query, TOKEN, status).await.body["duplicate"], false, "{before}");
        assert_eq!(callback_of(&app, &query, TOKEN, status).await.body["duplicate"], true, "{before}");
        assert_eq!(sms(&app).await, Some((after.into(), None)), "{before}");
    }
    app.stop().await;
}

#[tokio::test]
async fn without_an_account_or_a_number_no_text_message_is_written() {
    let app = start_with(&[]).await;
    told(&app).await;
    assert_eq!(sms(&app).await, None);
    let answer = callback(&app, TOKEN, "delivered").await;
    assert_eq!(answer.status, 404);
    app.stop().await;
}
