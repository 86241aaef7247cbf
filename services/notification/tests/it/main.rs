//! notification through its doors, on a real database and with a real SMTP server.

mod events;
mod list;
mod send;
mod smtp;

use smtp::Smtp;
use sqlx::Row as _;
use uuid::Uuid;
use warung_chassis::testing::TestApp;
use warung_contracts::{
    event::{CancelReason, OrderCancelled, UserRegistered},
    id::{OrderId, UserId},
    money::Money,
};

/// The job under test.
const JOB: &str = "send_notifications";

async fn start(smtp: Option<&Smtp>) -> TestApp {
    let url = smtp.map(Smtp::url).unwrap_or_default();
    let variables = [
        ("WARUNG_SMTP_URL", url.as_str()),
        ("WARUNG_MAIL_FROM", "Kopi <halo@kopi.example>"),
        ("WARUNG_SHOP", "kopi"),
    ];
    TestApp::start(warung_notification::service(), &variables).await
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
