use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::SecondFactorChanged;

use crate::{PASSWORD, bearer, count, logged_in, login, of_type, passwords, set_verified, slug, start};

pub const EMAIL: &str = "siti@example.com";

/// A code as an authenticator makes it (RFC 6238), written apart from the service's.
fn code(secret: &str, unix: i64) -> String {
    let mut bits = String::new();
    for letter in secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
        bits.push_str(&format!("{:05b}", value.expect("Base32")));
    }
    let bytes: Vec<u8> =
        (0..bits.len() / 8).map(|n| u8::from_str_radix(&bits[8 * n..8 * n + 8], 2).expect("bits")).collect();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = aws_lc_rs::hmac::sign(&key, &(unix / 30).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = tag[at..at + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

fn now(app: &TestApp) -> i64 {
    app.clock.now().unix_timestamp()
}

/// Somebody with a second factor: their token, the secret and the recovery codes.
pub async fn with_totp(app: &TestApp) -> (String, String, Vec<Value>) {
    let token = bearer(&logged_in(app, EMAIL).await);
    set_verified(app, EMAIL, true).await;
    let secret =
        app.send("POST", "/api/v1/account/totp", Some(&token), Some(json!({"password": PASSWORD}))).await;
    assert_eq!(secret.status, StatusCode::OK, "{}", secret.body);
    let text = secret.body["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.body["uri"].as_str().is_some_and(|uri| uri.contains(&format!("secret={text}"))));
    let sent = json!({"code": code(&text, now(app))});
    let on = app.send("POST", "/api/v1/account/totp/confirm", Some(&token), Some(sent)).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.body);
    let codes = on.body["recovery_codes"].as_array().expect("codes").clone();
    assert_eq!(codes.len(), 10);
    app.clock.advance(time::Duration::seconds(90));
    (token, text, codes)
}

async fn challenge(app: &TestApp) -> Value {
    let answer = login(app, EMAIL, PASSWORD).await;
    assert_eq!((answer.status, &answer.body["status"]), (StatusCode::ACCEPTED, &json!("mfa_required")));
    assert!(answer.body.get("access_token").is_none());
    answer.body["challenge"].clone()
}

async fn answer(app: &TestApp, challenge: &Value, code: &str) -> Answer {
    let body = json!({"challenge": challenge, "code": code});
    app.send("POST", "/api/v1/login/second-factor", None, Some(body)).await
}

#[tokio::test]
async fn a_log_in_asks_for_a_code_and_takes_each_once() {
    let app = start().await;
    let (_, secret, _) = with_totp(&app).await;
    let first = challenge(&app).await;
    let sent = code(&secret, now(&app));
    let wrong = answer(&app, &first, "000000").await;
    assert_eq!((wrong.status, slug(&wrong)), (StatusCode::UNAUTHORIZED, "wrong-code"));
    let right = answer(&app, &first, &sent).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    assert!(right.body["access_token"].is_string());
    assert_eq!(answer(&app, &first, &sent).await.status, StatusCode::UNAUTHORIZED, "the challenge is over");
    // Whoever looked over a shoulder has half a minute, and it does not help.
    let second = challenge(&app).await;
    assert_eq!(answer(&app, &second, &sent).await.status, StatusCode::UNAUTHORIZED, "the code was taken");
    app.clock.advance(time::Duration::seconds(30));
    assert_eq!(answer(&app, &second, &code(&secret, now(&app))).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn of_two_who_send_one_code_at_once_one_gets_in() {
    let app = start().await;
    let (_, secret, _) = with_totp(&app).await;
    let (one, other) = (challenge(&app).await, challenge(&app).await);
    let sent = code(&secret, now(&app));
    let answers = tokio::join!(answer(&app, &one, &sent), answer(&app, &other, &sent));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
    app.stop().await;
}

#[tokio::test]
async fn a_challenge_ends_with_its_time_and_with_the_password() {
    let app = start().await;
    let (token, secret, _) = with_totp(&app).await;
    let late = challenge(&app).await;
    app.clock.advance(time::Duration::minutes(5));
    assert_eq!(answer(&app, &late, &code(&secret, now(&app))).await.status, StatusCode::UNAUTHORIZED);
    let open = challenge(&app).await;
    let body = json!({"current_password": PASSWORD, "password": "kopi tubruk sore"});
    let changed = app.send("POST", "/api/v1/account/password", Some(&token), Some(body)).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    assert_eq!(answer(&app, &open, &code(&secret, now(&app))).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn a_recovery_code_is_good_once_however_it_is_typed() {
    let app = start().await;
    let (token, _, codes) = with_totp(&app).await;
    let typed = codes[3].as_str().expect("a code").to_lowercase().replace('-', " ");
    let first = challenge(&app).await;
    assert_eq!(answer(&app, &first, &typed).await.status, StatusCode::OK);
    let second = challenge(&app).await;
    assert_eq!(answer(&app, &second, &typed).await.status, StatusCode::UNAUTHORIZED);
    let left =
        app.send("GET", "/api/v1/account", Some(&token), None).await.body["recovery_codes_left"].clone();
    assert_eq!(left, 9);
    app.stop().await;
}

#[tokio::test]
async fn codes_are_not_guessed() {
    let app = start().await;
    let (_, secret, _) = with_totp(&app).await;
    let mut slowed = 0;
    for n in 0..40 {
        // A password that leaked lets anybody begin again and again.
        let begun = login(&app, EMAIL, PASSWORD).await;
        let guess = answer(&app, &begun.body["challenge"], &format!("{:06}", n * 7919)).await;
        slowed += usize::from(guess.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(slowed >= 30, "only {slowed} of 40 guesses were slowed");
    let right = answer(&app, &challenge(&app).await, &code(&secret, now(&app))).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    app.stop().await;
}

#[tokio::test]
async fn it_is_turned_off_with_password_and_code_and_kept_sealed() {
    let app = start().await;
    let (token, secret, _) = with_totp(&app).await;
    let again =
        app.send("POST", "/api/v1/account/totp", Some(&token), Some(json!({"password": PASSWORD}))).await;
    assert_eq!((again.status, slug(&again)), (StatusCode::CONFLICT, "second-factor-enabled"));
    let pool = app.db.as_ref().expect("a database").pool();
    let text: String = sqlx::query_scalar(
        "SELECT concat((SELECT json_agg(t) FROM totp_secrets t), (SELECT json_agg(r) FROM recovery_codes r))",
    )
    .fetch_one(pool)
    .await
    .expect("the tables can be read");
    assert!(text.contains("sealed") && !text.contains(&secret), "{text}");
    let off = |password: &str, code: String| {
        let body = json!({"password": password, "code": code});
        let (app, token) = (&app, &token);
        async move { app.send("POST", "/api/v1/account/totp/disable", Some(token), Some(body)).await }
    };
    assert_eq!(off("not my password", code(&secret, now(&app))).await.status, StatusCode::FORBIDDEN);
    assert_eq!(off(PASSWORD, "000000".into()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(off(PASSWORD, code(&secret, now(&app))).await.status, StatusCode::NO_CONTENT);
    assert_eq!(login(&app, EMAIL, PASSWORD).await.status, StatusCode::OK);
    assert_eq!(count(&app, "SELECT count(*) FROM recovery_codes").await, 0);
    let absent = off(PASSWORD, "000000".into()).await;
    assert_eq!((absent.status, slug(&absent)), (StatusCode::CONFLICT, "second-factor-absent"));
    app.stop().await;
}

#[tokio::test]
async fn a_secret_that_was_never_confirmed_asks_for_nothing() {
    let app = start().await;
    let token = bearer(&logged_in(&app, EMAIL).await);
    set_verified(&app, EMAIL, true).await;
    for _ in 0..2 {
        let body = json!({"password": PASSWORD});
        assert_eq!(
            app.send("POST", "/api/v1/account/totp", Some(&token), Some(body)).await.status,
            StatusCode::OK
        );
    }
    let wrong =
        app.send("POST", "/api/v1/account/totp/confirm", Some(&token), Some(json!({"code": "12"}))).await;
    assert_eq!((wrong.status, slug(&wrong)), (StatusCode::UNAUTHORIZED, "wrong-code"));
    assert_eq!(login(&app, EMAIL, PASSWORD).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn an_address_behind_a_second_factor_changes_soon_after_a_log_in_alone() {
    let app = start().await;
    let (_, secret, _) = with_totp(&app).await;
    let begun = challenge(&app).await;
    let tokens = answer(&app, &begun, &code(&secret, now(&app))).await.body;
    let token = bearer(&tokens);
    let ask = || {
        let body = json!({"email": "new@example.com", "password": PASSWORD});
        let (app, token) = (&app, &token);
        async move { app.send("POST", "/api/v1/account/email", Some(token), Some(body)).await }
    };
    assert_eq!(ask().await.status, StatusCode::ACCEPTED);
    app.clock.advance(time::Duration::minutes(11));
    let late = ask().await;
    assert_eq!((late.status, slug(&late)), (StatusCode::FORBIDDEN, "recent-log-in-required"));
    app.stop().await;
}

#[tokio::test]
async fn a_proposal_of_before_a_new_password_is_never_confirmed() {
    let app = start().await;
    let token = bearer(&logged_in(&app, EMAIL).await);
    set_verified(&app, EMAIL, true).await;
    let body = json!({"password": PASSWORD});
    let secret = app.send("POST", "/api/v1/account/totp", Some(&token), Some(body)).await.body;
    let [by, _] = passwords::two_links(&app, EMAIL).await;
    assert_eq!(passwords::reset(&app, &by).await.status, StatusCode::OK);
    let own = bearer(&login(&app, EMAIL, by["password"].as_str().expect("a password")).await.body);
    let sent = json!({"code": code(secret["secret"].as_str().expect("a secret"), now(&app))});
    let late = app.send("POST", "/api/v1/account/totp/confirm", Some(&own), Some(sent)).await;
    assert_eq!((late.status, slug(&late)), (StatusCode::CONFLICT, "second-factor-absent"));
    app.stop().await;
}

#[tokio::test]
async fn it_takes_an_address_that_is_verified() {
    let app = start().await;
    let token = bearer(&logged_in(&app, EMAIL).await);
    let propose = || {
        let (app, token, body) = (&app, &token, json!({"password": PASSWORD}));
        async move { app.send("POST", "/api/v1/account/totp", Some(token), Some(body)).await }
    };
    let refused = propose().await;
    assert_eq!((refused.status, slug(&refused)), (StatusCode::CONFLICT, "email-unverified"));
    // One that an older version took is not confirmed either.
    set_verified(&app, EMAIL, true).await;
    let secret = propose().await.body;
    set_verified(&app, EMAIL, false).await;
    let sent = json!({"code": code(secret["secret"].as_str().expect("a secret"), now(&app))});
    let late = app.send("POST", "/api/v1/account/totp/confirm", Some(&token), Some(sent)).await;
    assert_eq!((late.status, slug(&late)), (StatusCode::CONFLICT, "email-unverified"));
    assert_eq!(login(&app, EMAIL, PASSWORD).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn who_registers_anothers_address_keeps_its_owner_out_by_no_second_factor() {
    let app = start().await;
    with_totp(&app).await;
    // As before one took a verified address.
    set_verified(&app, EMAIL, false).await;
    app.published().await;
    let [by, _] = passwords::two_links(&app, EMAIL).await;
    assert_eq!(passwords::reset(&app, &by).await.status, StatusCode::OK);
    let told: Vec<SecondFactorChanged> = of_type(&app.published().await);
    assert_eq!(told.iter().map(|told| told.enabled).collect::<Vec<_>>(), [false]);
    let password = by["password"].as_str().expect("a password");
    assert_eq!(login(&app, EMAIL, password).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn a_reset_keeps_the_second_factor_of_an_owner_whose_address_is_verified() {
    let app = start().await;
    with_totp(&app).await;
    let [by, _] = passwords::two_links(&app, EMAIL).await;
    assert_eq!(passwords::reset(&app, &by).await.status, StatusCode::OK);
    let password = by["password"].as_str().expect("a password");
    assert_eq!(login(&app, EMAIL, password).await.status, StatusCode::ACCEPTED);
    app.stop().await;
}

#[tokio::test]
async fn its_owner_is_told_when_it_is_turned_on_and_off() {
    let app = start().await;
    let (token, secret, _) = with_totp(&app).await;
    let remove = |code: String| {
        let body = json!({"password": PASSWORD, "code": code});
        let (app, token) = (&app, &token);
        async move { app.send("POST", "/api/v1/account/totp/disable", Some(token), Some(body)).await.status }
    };
    assert_eq!(remove("000000".into()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(remove(code(&secret, now(&app))).await, StatusCode::NO_CONTENT);
    let told: Vec<SecondFactorChanged> = of_type(&app.published().await);
    assert_eq!(told.iter().map(|told| told.enabled).collect::<Vec<_>>(), [true, false]);
    app.stop().await;
}
