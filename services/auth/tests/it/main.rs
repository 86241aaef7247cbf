//! auth through its doors, on a real database.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod accounts;
mod admin;
mod audit;
mod deletion;
mod emails;
mod keys;
mod passwords;
mod peers;
mod second_factor;
mod seed;
mod sessions;
mod standing;
mod suspension;
mod throttle;
mod tokens;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use warung_chassis::{
    auth::{Claims, Role},
    testing::{Answer, TestApp},
};
use warung_contracts::{event::Event, manifest::SecretKind};

const ADMIN_EMAIL: &str = "admin@kopi.example";
const ADMIN_PASSWORD: &str = "administrator of coffee";
const PASSWORD: &str = "kopi tubruk pagi";

async fn start() -> TestApp {
    start_with(&SecretKind::Es256PrivateKey.example()).await
}

/// auth with these signing keys.
async fn start_with(keys: &str) -> TestApp {
    // As an .env file would hold it: on one line.
    let keys = keys.replace('\n', "\\n");
    let variables = [
        ("WARUNG_TOKEN_SIGNING_KEY", keys.as_str()),
        ("WARUNG_LINK_SECRET", "a secret of links"),
        ("WARUNG_TOTP_KEY", "a secret of second factors"),
        ("WARUNG_ADMIN_EMAIL", ADMIN_EMAIL),
        ("WARUNG_ADMIN_PASSWORD", ADMIN_PASSWORD),
        ("WARUNG_PUBLIC_URL", "https://kopi.example"),
    ];
    TestApp::start(warung_auth::service(), &variables).await
}

fn registration(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "name": " Siti Rahma ", "locale": "en"})
}

async fn register(app: &TestApp, email: &str) -> Answer {
    app.send("POST", "/api/v1/register", None, Some(registration(email))).await
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    app.send("POST", "/api/v1/login", None, Some(json!({"email": email, "password": password}))).await
}

/// Logs in from an address, as the gateway tells it.
async fn login_from(app: &TestApp, address: &str, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.send_with("POST", "/api/v1/login", None, &[("x-forwarded-for", address)], Some(body)).await
}

/// Registers somebody and logs them in; the log-in's answer.
async fn logged_in(app: &TestApp, email: &str) -> Value {
    assert_eq!(register(app, email).await.status, StatusCode::CREATED);
    let answer = login(app, email, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// The token of this log-in by the key that test apps take, and valid by the machine's clock, which they check it by.
fn bearer(tokens: &Value) -> String {
    let text = tokens["access_token"].as_str().expect("a token");
    let mut claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(text).expect("our token").claims;
    claims.exp = (OffsetDateTime::now_utc() + Duration::hours(1)).unix_timestamp();
    warung_chassis::testing::signed(&claims)
}

/// The administrator, made and logged in; their token.
async fn admin(app: &TestApp) -> String {
    app.run_job("bootstrap_admin").await;
    bearer(&login(app, ADMIN_EMAIL, ADMIN_PASSWORD).await.body)
}

/// Makes the address of an account count as its owner's, as if the link that was sent to it was opened; or not.
async fn set_verified(app: &TestApp, email: &str, verified: bool) {
    let pool = app.db.as_ref().expect("auth has a database").pool();
    let query = "UPDATE users SET email_verified_at = CASE WHEN $2 THEN created_at END WHERE email = $1";
    sqlx::query(query).bind(email).bind(verified).execute(pool).await.expect("the account is there");
}

/// The one value of a query.
async fn count(app: &TestApp, query: &'static str) -> i64 {
    let pool = app.db.as_ref().expect("auth has a database").pool();
    sqlx::query_scalar(query).fetch_one(pool).await.expect("the tables can be read")
}

/// The events of one type among those published since the last look.
fn of_type<E: Event>(published: &[(String, Value)]) -> Vec<E> {
    let fits = published.iter().filter(|(event_type, _)| event_type == E::TYPE);
    fits.map(|(_, data)| serde_json::from_value(data.clone()).expect("the data is of its type")).collect()
}

/// The slug of a problem.
fn slug(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

async fn refresh(app: &TestApp, token: &Value) -> Answer {
    app.send("POST", "/api/v1/refresh", None, Some(json!({"refresh_token": token}))).await
}

#[tokio::test]
async fn the_doors_are_those_of_the_manifest() {
    let app = start().await;
    let mut tokens = BTreeMap::new();
    for role in Role::ALL {
        let email = format!("{}@example.com", role.as_str());
        register(&app, &email).await;
        let pool = app.db.as_ref().expect("auth has a database").pool();
        let given =
            sqlx::query("UPDATE users SET role = $1 WHERE email = $2").bind(role.as_str()).bind(&email);
        given.execute(pool).await.expect("a role is given");
        tokens.insert(role, bearer(&login(&app, &email, PASSWORD).await.body));
    }
    app.check_routes_as(&tokens).await;
    let consumes: Vec<_> =
        warung_auth::service().manifest().consumes.iter().map(|c| c.event.clone()).collect();
    assert_eq!(app.consumers.types(), consumes);
    app.stop().await;
}

#[test]
fn the_manifest_names_the_newest_schema() {
    let service = warung_auth::service();
    let newest = service.manifest().database.map(|database| database.schema.newest);
    assert_eq!(newest, service.migrations.map(|migrations| migrations.version()));
}
