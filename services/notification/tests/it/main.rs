//! notification through its doors, on a real database and with a real SMTP server.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod bounces;
mod claims;
mod corrections;
mod devices;
mod emulate;
mod events;
mod fake;
mod guests;
mod history;
mod links;
mod list;
mod mailbox;
mod mockpost;
mod people;
mod preferences;
mod privacy;
mod push;
mod security;
mod send;
mod sms;
mod staff;
mod templates;
mod wordings;

use sqlx::Row as _;
use uuid::Uuid;
use warung_chassis::testing::TestApp;
use warung_contracts::{
    event::{CancelReason, OrderCancelled, ShipmentDelivered, UserRegistered},
    id::{OrderId, ShipmentId, UserId},
    manifest::SecretKind,
    money::Money,
};
use warung_testbed::smtp::Smtp;

/// The job under test.
const JOB: &str = "send_notifications";

/// Signs bounce webhooks.
const BOUNCE_SECRET: &str = "the bounce secret";

async fn start(smtp: Option<&Smtp>) -> TestApp {
    let url = smtp.map(Smtp::url).unwrap_or_default();
    start_with(&[("WARUNG_SMTP_URL", &url)]).await
}

async fn start_with(variables: &[(&str, &str)]) -> TestApp {
    let vapid = SecretKind::Es256PrivateKey.example();
    let mut all = vec![
        ("WARUNG_MAIL_FROM", "Kopi <halo@kopi.example>"),
        ("WARUNG_SHOP", "kopi"),
        ("WARUNG_VAPID_KEY", vapid.as_str()),
        ("WARUNG_UNSUBSCRIBE_KEY", "a key"),
        ("WARUNG_BOUNCE_WEBHOOK_SECRET", BOUNCE_SECRET),
    ];
    all.extend(variables);
    TestApp::start(warung_notification::service(), &all).await
}

fn delivered(user_id: UserId) -> ShipmentDelivered {
    let (order_id, shipment_id) = (OrderId(Uuid::now_v7()), ShipmentId(Uuid::now_v7()));
    ShipmentDelivered { order_id, shipment_id, user_id, parcel: None, parcels: None, remaining: None }
}

/// (channel, state, reason) of every message, in the order of these words.
async fn outcomes(app: &TestApp) -> Vec<(String, String, Option<String>)> {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query_as("SELECT channel, state, reason FROM notifications ORDER BY 1, 2, 3")
        .fetch_all(pool)
        .await
        .expect("the table can be read")
}

/// How many choices are kept, of whomever.
async fn choices(app: &TestApp) -> i64 {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query_scalar("SELECT count(*) FROM preferences")
        .fetch_one(pool)
        .await
        .expect("the table can be read")
}

/// What the last attempt of the one message of a channel failed with.
async fn last_error(app: &TestApp, channel: &str) -> String {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let error: Option<String> = sqlx::query_scalar("SELECT last_error FROM notifications WHERE channel = $1")
        .bind(channel)
        .fetch_one(pool)
        .await
        .expect("there is one message");
    error.unwrap_or_default()
}

fn registered(user_id: UserId, locale: &str) -> UserRegistered {
    UserRegistered { user_id, email: "siti@example.com".into(), name: "Siti".into(), locale: locale.into() }
}

fn cancelled(user_id: UserId) -> OrderCancelled {
    OrderCancelled {
        order_id: OrderId(Uuid::now_v7()),
        number: "KOPI-000042".into(),
        user_id,
        total: Money::new(1_500_000, "IDR".parse().expect("a currency")),
        reason: CancelReason::OutOfStock,
        cart_token_hash: None,
    }
}

/// (state, attempts) of every message, oldest first.
async fn rows(app: &TestApp) -> Vec<(String, i32)> {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query("SELECT state, attempts FROM notifications ORDER BY created_at, notification_id")
        .fetch_all(pool)
        .await
        .expect("the table can be read")
        .iter()
        .map(|row| (row.get("state"), row.get("attempts")))
        .collect()
}

#[tokio::test]
async fn the_doors_are_those_of_the_manifest() {
    let app = start(None).await;
    app.check_routes().await;
    let mut consumes: Vec<_> =
        warung_notification::service().manifest().consumes.iter().map(|c| c.event.as_str()).collect();
    consumes.sort_unstable();
    assert_eq!(app.consumers.types(), consumes);
    app.stop().await;
}

#[test]
fn the_manifest_names_the_newest_schema() {
    let service = warung_notification::service();
    let newest = service.manifest().database.map(|database| database.schema.newest);
    assert_eq!(newest, service.migrations.map(|migrations| migrations.version()));
}
