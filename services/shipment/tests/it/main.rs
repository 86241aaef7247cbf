//! shipment through its doors, on a real PostgreSQL.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod bookings;
mod carrier;
mod claims;
mod guests;
mod history;
mod migration;
mod orders;
mod parcels;
mod places;
mod privacy;
mod rates;
mod readdress;
mod stops;
mod told;

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::{
    event::{CancelReason, Event, OrderCancelled, OrderConfirmed, OrderLine, ShippingAddress},
    id::{OrderId, ProductId, UserId},
    money::Money,
};

/// Signs the sandbox carrier's webhooks.
const SECRET: &str = "the carrier's secret";

async fn start() -> TestApp {
    start_with(&[]).await
}

async fn start_with(variables: &[(&str, &str)]) -> TestApp {
    let mut all = vec![
        ("WARUNG_SHIPPING_QUOTE_KEY", "a key"),
        ("WARUNG_SANDBOX_CARRIER_SECRET", SECRET),
        // Nobody is there, where a test does not say who.
        ("WARUNG_ORDER_URL", "http://127.0.0.1:1"),
    ];
    all.extend(variables);
    TestApp::start(warung_shipment::service(), &all).await
}

fn confirmed(user_id: UserId) -> OrderConfirmed {
    let unit_price = Money::new(100, "IDR".parse().unwrap());
    let address = json!({"recipient": "Sari", "line1": "Jl. Kopi 1", "city": "Bandung", "postal_code": "40111", "country": "ID"});
    OrderConfirmed {
        order_id: OrderId(Uuid::now_v7()),
        number: "KOPI-000001".into(),
        user_id,
        lines: vec![OrderLine {
            sku: "KOPI".into(),
            name: "Kopi".into(),
            ..OrderLine::new(ProductId(Uuid::now_v7()), 1, unit_price)
        }],
        total: unit_price,
        shipping_address: serde_json::from_value::<ShippingAddress>(address).unwrap(),
        totals: None,
        contact: None,
        shipping: None,
        cart_token_hash: None,
        order_token_hash: None,
        coupons: vec![],
        served_from: vec![],
        address_version: None,
    }
}

fn cancelled(order: &OrderConfirmed) -> OrderCancelled {
    let OrderConfirmed { order_id, number, user_id, total, .. } = order.clone();
    let (reason, cart_token_hash) = (CancelReason::ByAdmin, None);
    OrderCancelled { order_id, number, user_id, total, reason, cart_token_hash }
}

fn path(order: &OrderConfirmed) -> String {
    format!("/api/v1/shipments/{}", order.order_id)
}

/// Pieces of so many grams each.
fn weighed(user_id: UserId, quantity: u32, grams: u32) -> OrderConfirmed {
    let mut order = confirmed(user_id);
    (order.lines[0].quantity, order.lines[0].weight_grams) = (quantity, Some(grams));
    order
}

/// Sends a write under a key.
async fn post(app: &TestApp, path: &str, token: &str, key: &str, body: Value) -> Answer {
    app.send_with("POST", path, Some(token), &[("idempotency-key", key)], Some(body)).await
}

/// Of what was published: the events of one type, taken out of all.
fn only<E: Event>(published: &[(String, Value)]) -> Vec<E> {
    let own = published.iter().filter(|(event_type, _)| event_type == E::TYPE);
    own.map(|(_, data)| serde_json::from_value(data.clone()).unwrap()).collect()
}

#[tokio::test]
async fn the_manifest_says_what_the_service_does() {
    let app = start().await;
    let service = warung_shipment::service();
    let manifest = service.manifest();
    app.check_routes().await;
    let mut consumed: Vec<&str> = manifest.consumes.iter().map(|c| c.event.as_str()).collect();
    consumed.sort_unstable();
    assert_eq!(app.consumers.types(), consumed);
    assert_eq!(manifest.database.unwrap().schema.newest, service.migrations.unwrap().version());
    app.stop().await;
}
