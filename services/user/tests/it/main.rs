//! user through its doors, on a real database.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod addresses;
mod erasure;
mod export;
mod profile;
mod seed;

use serde_json::{Value, json};
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::{event::UserRegistered, id::UserId};

async fn start() -> TestApp {
    TestApp::start(warung_user::service(), &[]).await
}

fn registered(user_id: UserId) -> UserRegistered {
    UserRegistered { user_id, email: "siti@example.com".into(), name: "Siti".into(), locale: "id".into() }
}

/// A customer whose profile is there.
async fn siti(app: &TestApp) -> String {
    let (user, token) = customer();
    app.deliver(&registered(user)).await.expect("the event is handled");
    token
}

fn address() -> Value {
    json!({
        "recipient": "Siti Rahma", "phone": "+62 812-3456-7890", "line1": "Jl. Braga 1", "city": "Bandung",
        "province": "Jawa Barat", "postal_code": "40111", "country": "id",
    })
}

#[tokio::test]
async fn the_doors_are_those_of_the_manifest() {
    let app = start().await;
    app.check_routes().await;
    let consumes: Vec<_> =
        warung_user::service().manifest().consumes.iter().map(|c| c.event.clone()).collect();
    assert_eq!(app.consumers.types(), consumes);
    app.stop().await;
}

#[test]
fn the_manifest_names_the_newest_schema() {
    let service = warung_user::service();
    let newest = service.manifest().database.map(|database| database.schema.newest);
    assert_eq!(newest, service.migrations.map(|migrations| migrations.version()));
}
