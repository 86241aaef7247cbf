//! Helpers: a shop with products, and orders for them.

use serde_json::{Value, json};
use sqlx::Row as _;
use time::Duration;
use uuid::Uuid;
use warung_chassis::testing::{Answer, TestApp, admin};
use warung_contracts::{
    event::{
        CancelReason, OrderCancelled, OrderConfirmed, OrderLine, OrderPlaced, PaymentChoice, ShippingAddress,
    },
    id::{OrderId, ProductId, UserId},
    money::Money,
};

pub const TTL_SECONDS: i64 = 3600;

pub async fn start() -> TestApp {
    TestApp::start(warung_product::service(), &[]).await
}

pub fn idr(amount_minor: i64) -> Money {
    Money::new(amount_minor, "IDR".parse().unwrap())
}

pub async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.send("POST", path, Some(&admin()), Some(body)).await
}

/// Adds a product; panics unless it is created.
pub async fn product(app: &TestApp, sku: &str, name: &str, price: i64, stock: u32) -> ProductId {
    let body = json!({"sku": sku, "name": name, "price": idr(price), "stock": stock});
    let answer = post(app, "/api/v1/products", body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.body["id"].as_str().unwrap().parse().unwrap()
}

/// (on_hand, reserved) as the database has it.
pub async fn stock(app: &TestApp, id: ProductId) -> (i64, i64) {
    let row = sqlx::query("SELECT on_hand, reserved FROM products WHERE product_id = $1")
        .bind(id.uuid())
        .fetch_one(app.db.as_ref().unwrap().pool())
        .await
        .unwrap();
    (row.get("on_hand"), row.get("reserved"))
}

/// Fails unless the movements of every product add up to its stock.
pub async fn check_books(app: &TestApp) {
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM products p WHERE (on_hand, reserved) <> (SELECT coalesce(sum(on_hand_delta), 0), \
         coalesce(sum(reserved_delta), 0) FROM stock_movements m WHERE m.product_id = p.product_id)",
    )
    .fetch_one(app.db.as_ref().unwrap().pool())
    .await
    .unwrap();
    assert_eq!(wrong, 0, "the movements of {wrong} products do not add up to their stock");
}

pub async fn state(app: &TestApp, id: OrderId) -> Option<String> {
    sqlx::query_scalar("SELECT state FROM reservations WHERE order_id = $1")
        .bind(id.uuid())
        .fetch_optional(app.db.as_ref().unwrap().pool())
        .await
        .unwrap()
}

pub fn order(lines: &[(ProductId, u32)]) -> OrderPlaced {
    let lines: Vec<OrderLine> = lines
        .iter()
        .map(|(product_id, quantity)| OrderLine {
            sku: "SKU".into(),
            name: "Name".into(),
            ..OrderLine::new(*product_id, *quantity, idr(100))
        })
        .collect();
    let total = Money::sum(idr(0).currency, lines.iter().map(|l| l.unit_price.times(l.quantity).unwrap()));
    OrderPlaced {
        order_id: OrderId(Uuid::now_v7()),
        number: "T-1".into(),
        user_id: UserId(Uuid::now_v7()),
        lines,
        total: total.unwrap(),
        payment: PaymentChoice { token: Some("tok_success".into()), ..PaymentChoice::of("sandbox") },
        totals: None,
        contact: None,
        cart_token_hash: None,
    }
}

pub fn confirmed(order: &OrderPlaced) -> OrderConfirmed {
    OrderConfirmed {
        order_id: order.order_id,
        number: order.number.clone(),
        user_id: order.user_id,
        lines: order.lines.clone(),
        total: order.total,
        shipping_address: ShippingAddress {
            recipient: "Sari".into(),
            phone: None,
            line1: "Jl. Braga 1".into(),
            line2: None,
            city: "Bandung".into(),
            province: None,
            postal_code: "40111".into(),
            country: "ID".into(),
        },
        totals: None,
        contact: None,
        shipping: None,
        cart_token_hash: None,
    }
}

pub fn cancelled(order: &OrderPlaced) -> OrderCancelled {
    OrderCancelled {
        order_id: order.order_id,
        number: order.number.clone(),
        user_id: order.user_id,
        total: order.total,
        reason: CancelReason::PaymentFailed,
    }
}

/// Past the time that stock is held.
pub fn too_late(app: &TestApp) {
    app.clock.advance(Duration::seconds(TTL_SECONDS + 1));
}
