//! Push messages, to applications and browsers.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::id::UserId;

use crate::{JOB, delivered, fake::Fake, mockpost::Mockpost, outcomes, registered, start_with};

const TOKEN: &str = r#"{"access_token": "ya29.x", "expires_in": 3600, "token_type": "Bearer"}"#;

/// Somebody with a device.
async fn owner(app: &TestApp, device: Value) -> UserId {
    let (user, token) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    let answer = app.send("POST", "/api/v1/me/devices", Some(&token), Some(device)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    user
}

async fn pushed(app: &TestApp) -> Vec<(String, Option<String>)> {
    let all = outcomes(app).await.into_iter();
    all.filter(|(channel, ..)| channel == "push").map(|(_, state, reason)| (state, reason)).collect()
}

async fn devices(app: &TestApp) -> i64 {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query_scalar("SELECT count(*) FROM devices").fetch_one(pool).await.expect("the table can be read")
}

/// A service account, whose tokens come from `url`/token.
fn account(url: &str) -> (KeyPair, String) {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).expect("a key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let file = json!({
        "type": "service_account", "project_id": "kopi", "client_email": "push@kopi.iam.example",
        "private_key": pem, "token_uri": format!("{url}/token"),
    });
    (key, file.to_string())
}

#[tokio::test]
async fn an_application_is_told_with_a_token_of_the_service_account() {
    let fake = Fake::start().await;
    let (key, file) = account(&fake.url);
    let app = start_with(&[("WARUNG_FCM_URL", &fake.url), ("WARUNG_FCM_CREDENTIALS", &file)]).await;
    let user = owner(&app, json!({"fcm_token": "device-1"})).await;
    app.deliver(&delivered(user)).await.expect("the event is handled");
    app.deliver(&delivered(user)).await.expect("the event is handled");
    fake.answers(200, &[], TOKEN);
    for _ in 0..2 {
        fake.answers(200, &[], r#"{"name": "projects/kopi/messages/1"}"#);
    }
    app.run_job(JOB).await;
    assert_eq!(pushed(&app).await, [("sent".into(), None), ("sent".into(), None)]);
    let seen = fake.seen();
    assert_eq!(seen.iter().filter(|seen| seen.path == "/token").count(), 1, "one token serves both");

    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(seen[0].body.as_bytes()).into_owned().collect();
    assert_eq!(form[0], ("grant_type".into(), "urn:ietf:params:oauth:grant-type:jwt-bearer".into()));
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[format!("{}/token", fake.url)]);
    rules.set_issuer(&["push@kopi.iam.example"]);
    rules.validate_exp = false;
    let public = DecodingKey::from_rsa_der(key.public_key().as_ref());
    let claims = jsonwebtoken::decode::<Value>(&form[1].1, &public, &rules).expect("a good JWT").claims;
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/firebase.messaging");
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(3600));

    assert_eq!(seen[1].path, "/v1/projects/kopi/messages:send");
    assert_eq!(seen[1].headers["authorization"], "Bearer ya29.x");
    let body: Value = serde_json::from_str(&seen[1].body).expect("JSON");
    assert_eq!(body["message"]["token"], "device-1");
    app.stop().await;
}

#[tokio::test]
async fn what_the_provider_says_decides_over_the_device() {
    let error = |code: &str| json!({"error": {"status": "X", "details": [{"errorCode": code}]}}).to_string();
    for (status, code, state, left) in [
        (404, "UNREGISTERED", "skipped", 0),
        (404, "NOT_FOUND", "pending", 1),
        (403, "SENDER_ID_MISMATCH", "failed", 1),
        (429, "QUOTA_EXCEEDED", "pending", 1),
        (503, "UNAVAILABLE", "pending", 1),
        (500, "INTERNAL", "pending", 1),
        (401, "THIRD_PARTY_AUTH_ERROR", "pending", 1),
        (400, "INVALID_ARGUMENT", "failed", 1),
    ] {
        let fake = Fake::start().await;
        let (_, file) = account(&fake.url);
        let app = start_with(&[("WARUNG_FCM_URL", &fake.url), ("WARUNG_FCM_CREDENTIALS", &file)]).await;
        let user = owner(&app, json!({"fcm_token": "device-1"})).await;
        app.deliver(&delivered(user)).await.expect("the event is handled");
        fake.answers(200, &[], TOKEN);
        fake.answers(status, &[("retry-after", "60")], &error(code));
        app.run_job(JOB).await;
        assert_eq!(pushed(&app).await[0].0, state, "{code}");
        assert_eq!(devices(&app).await, left, "{code}");
        app.clock.advance(Duration::seconds(59));
        app.run_job(JOB).await;
        assert_eq!(fake.seen().len(), 2, "{code}: Retry-After is the least");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_device_that_has_a_message_is_left_alone_when_another_is_tried_again() {
    let fake = Fake::start().await;
    let (_, file) = account(&fake.url);
    let app = start_with(&[("WARUNG_FCM_URL", &fake.url), ("WARUNG_FCM_CREDENTIALS", &file)]).await;
    let (user, token) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    for device in ["one", "two"] {
        app.send("POST", "/api/v1/me/devices", Some(&token), Some(json!({"fcm_token": device}))).await;
    }
    app.deliver(&delivered(user)).await.expect("the event is handled");
    fake.answers(200, &[], TOKEN);
    fake.answers(200, &[], "{}");
    fake.answers(503, &[], "");
    app.run_job(JOB).await;
    assert_eq!(pushed(&app).await[0].0, "pending");
    fake.answers(200, &[], "{}");
    app.clock.advance(Duration::minutes(1));
    app.run_job(JOB).await;
    assert_eq!(pushed(&app).await[0].0, "sent");
    let sent = fake.seen().into_iter().filter(|seen| seen.path != "/token");
    let to: Vec<String> = sent
        .map(|seen| serde_json::from_str::<Value>(&seen.body).expect("JSON")["message"]["token"].to_string())
        .collect();
    assert_eq!(to.len(), 3);
    assert_eq!(to[1], to[2], "the one that has it is not told again: {to:?}");
    app.stop().await;
}

#[tokio::test]
async fn mockpost_takes_what_fcm_would() {
    let (Some(mockpost), fake) = (Mockpost::start().await, Fake::start().await) else { return };
    let (_, file) = account(&fake.url);
    let url = format!("{}/fcm", mockpost.url);
    let app = start_with(&[("WARUNG_FCM_URL", &url), ("WARUNG_FCM_CREDENTIALS", &file)]).await;
    fake.answers(200, &[], TOKEN);
    let user = owner(&app, json!({"fcm_token": "device-1"})).await;
    app.deliver(&delivered(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let messages = mockpost.messages("fcm").await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["recipient"], "device-1");
    mockpost.post("/fcm/simulate/unregister", &json!({"token": "device-1"})).await;
    app.deliver(&delivered(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!(pushed(&app).await[1], ("skipped".into(), Some("no_device".into())));
    assert_eq!(devices(&app).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn mockpost_reads_what_a_browser_would() {
    let Some(mockpost) = Mockpost::start().await else { return };
    let app = start_with(&[("WARUNG_PUSH_ANY_ADDRESS", "true")]).await;
    // The push service looks at the time of the token by its own clock.
    app.clock.advance(OffsetDateTime::now_utc() - app.clock.now());
    let mut subscription = mockpost.post("/webpush/subscribe", &json!({})).await;
    let id = subscription["id"].as_str().expect("an id").to_owned();
    subscription.as_object_mut().expect("an object").retain(|name, _| name == "endpoint" || name == "keys");
    let user = owner(&app, json!({"web_push": subscription})).await;
    app.deliver(&delivered(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!(pushed(&app).await, [("sent".into(), None)]);
    let messages = mockpost.messages("webpush").await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    let told = messages[0].to_string();
    assert!(told.contains("has arrived") && told.contains("decrypted"), "{told}");
    // Two replicas, later: nothing is told twice.
    tokio::join!(app.run_job(JOB), app.run_job(JOB));
    assert_eq!(mockpost.messages("webpush").await.len(), 1);

    mockpost.post(&format!("/webpush/subscriptions/{id}/expire"), &json!({})).await;
    app.deliver(&delivered(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!(pushed(&app).await[1], ("skipped".into(), Some("no_device".into())));
    assert_eq!(devices(&app).await, 0);
    app.stop().await;
}
