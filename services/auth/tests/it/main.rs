//! auth through its doors, on a real database.

mod accounts;
mod admin;
mod sessions;

use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::manifest::SecretKind;

const ADMIN_EMAIL: &str = "admin@kopi.example";
const ADMIN_PASSWORD: &str = "administrator of coffee";
const PASSWORD: &str = "kopi tubruk pagi";

async fn start() -> TestApp {
    // As an .env file would hold it: on one line.
    let key = SecretKind::Es256PrivateKey.example().replace('\n', "\\n");
    let variables = [
        ("WARUNG_TOKEN_SIGNING_KEY", key.as_str()),
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

async fn refresh(app: &TestApp, token: &Value) -> Answer {
    app.send("POST", "/api/v1/refresh", None, Some(json!({"refresh_token": token}))).await
}

#[tokio::test]
async fn the_doors_are_those_of_the_manifest() {
    let app = start().await;
    app.check_routes().await;
    app.stop().await;
}

#[test]
fn the_manifest_names_the_newest_schema() {
    let service = warung_auth::service();
    let newest = service.manifest().database.map(|database| database.schema.newest);
    assert_eq!(newest, service.migrations.map(|migrations| migrations.version()));
}
