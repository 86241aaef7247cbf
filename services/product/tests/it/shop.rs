//! Helpers: a shop with products, and orders for them.

use serde_json::{Value, json};
use sqlx::Row as _;
use time::Duration;
use uuid::Uuid;
use warung_chassis::testing::{Answer, TestApp, admin};
use warung_contracts::{
    event::{
        CancelReason, Event, OrderCancelled, OrderConfirmed, OrderLine, OrderPlaced, PaymentChoice,
        ProductChanged, ShippingAddress,
    },
    id::{LocationId, OrderId, ProductId, UserId, VariantId},
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

/// Lets the read model hear what the service told, as its consumer does; returns the other events.
pub async fn settle(app: &TestApp) -> Vec<(String, Value)> {
    let mut others = Vec::new();
    for (kind, data) in app.published().await {
        if kind == ProductChanged::TYPE {
            let event: ProductChanged = serde_json::from_value(data).unwrap();
            app.deliver(&event).await.unwrap();
        } else {
            others.push((kind, data));
        }
    }
    others
}

/// Settles; returns the events of one type and fails on any other.
pub async fn told<E: Event>(app: &TestApp) -> Vec<E> {
    let told = settle(app).await.into_iter();
    told.map(|(kind, data)| {
        assert_eq!(kind, E::TYPE, "another event was published: {data}");
        serde_json::from_value(data).unwrap()
    })
    .collect()
}

/// Adds a product as written; returns the answer's body.
pub async fn add(app: &TestApp, body: Value) -> Value {
    let answer = post(app, "/api/v1/products", body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    settle(app).await;
    answer.body
}

/// An id of an answer.
pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).parse().unwrap()
}

/// Adds a product; panics unless it is created.
pub async fn product(app: &TestApp, sku: &str, name: &str, price: i64, stock: u32) -> ProductId {
    let body = json!({"sku": sku, "name": name, "price": idr(price), "stock": stock});
    id(&add(app, body).await["id"])
}

/// (on_hand, reserved) of a product at all places, as the database has it.
pub async fn stock(app: &TestApp, id: ProductId) -> (i64, i64) {
    let row = sqlx::query(
        "SELECT sum(on_hand)::bigint AS on_hand, sum(reserved)::bigint AS reserved FROM stock_levels WHERE product_id = $1",
    )
    .bind(id.uuid())
    .fetch_one(app.db.as_ref().unwrap().pool())
    .await
    .unwrap();
    (row.get("on_hand"), row.get("reserved"))
}

/// Fails unless the movements of every variant at every place add up to its stock.
pub async fn check_books(app: &TestApp) {
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM stock_levels s WHERE (on_hand, reserved) <> (SELECT coalesce(sum(on_hand_delta), 0), \
         coalesce(sum(reserved_delta), 0) FROM stock_movements m \
         WHERE (m.variant_id, m.location_id) = (s.variant_id, s.location_id))",
    )
    .fetch_one(app.db.as_ref().unwrap().pool())
    .await
    .unwrap();
    assert_eq!(wrong, 0, "the movements of {wrong} variants do not add up to their stock");
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
        order_token_hash: None,
        cart_revision: None,
        coupons: vec![],
        shipping_address: None,
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
        order_token_hash: None,
        coupons: vec![],
        served_from: vec![],
        address_version: None,
    }
}

pub fn cancelled(order: &OrderPlaced) -> OrderCancelled {
    OrderCancelled {
        order_id: order.order_id,
        number: order.number.clone(),
        user_id: order.user_id,
        total: order.total,
        reason: CancelReason::PaymentFailed,
        cart_token_hash: None,
    }
}

/// Past the time that stock is held.
pub fn too_late(app: &TestApp) {
    app.clock.advance(Duration::seconds(TTL_SECONDS + 1));
}

/// An order for variants.
pub fn order_of(lines: &[(ProductId, VariantId, u32)]) -> OrderPlaced {
    let products: Vec<(ProductId, u32)> =
        lines.iter().map(|(product, _, quantity)| (*product, *quantity)).collect();
    let mut order = order(&products);
    for (line, (_, variant, _)) in order.lines.iter_mut().zip(lines) {
        line.variant_id = Some(*variant);
    }
    order
}

/// A shirt in M and L; returns its id and those of its variants, the default one (M) first.
pub async fn shirt(app: &TestApp, stock: [u32; 2]) -> (ProductId, [VariantId; 2]) {
    let body = json!({
        "sku": "KAOS-M", "name": "Kaos Merah", "price": idr(100), "stock": stock[0],
        "options": [{"name": "Size", "values": ["M", "L"]}], "option_values": {"Size": "M"},
        "variants": [{"sku": "KAOS-L", "option_values": {"Size": "L"}, "price": idr(120), "stock": stock[1]}],
    });
    let made = add(app, body).await;
    (id(&made["id"]), [id(&made["variants"][0]["id"]), id(&made["variants"][1]["id"])])
}

/// Adds a location that serves after the default one; returns its id.
pub async fn location(app: &TestApp, code: &str, priority: i32) -> LocationId {
    let body = json!({"code": code, "name": code, "priority": priority});
    let answer = post(app, "/api/v1/locations", body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    id(&answer.body["id"])
}

/// Books items in or out at a location, the default one when none is named.
pub async fn adjust(
    app: &TestApp,
    product: ProductId,
    variant: VariantId,
    location: Option<LocationId>,
    delta: i64,
) -> Answer {
    let body = json!({"delta": delta, "reason": "count", "variant_id": variant, "location_id": location});
    let key = Uuid::now_v7().to_string();
    let path = format!("/api/v1/products/{product}/stock");
    app.send_with("POST", &path, Some(&admin()), &[("idempotency-key", &key)], Some(body)).await
}

/// (on_hand, reserved) of a variant by place, in the order of the places' codes.
pub async fn levels(app: &TestApp, variant: VariantId) -> Vec<(String, i64, i64)> {
    let rows = sqlx::query(
        "SELECT code, on_hand, reserved FROM stock_levels JOIN locations USING (location_id) WHERE variant_id = $1 ORDER BY code",
    )
    .bind(variant.uuid())
    .fetch_all(app.db.as_ref().unwrap().pool())
    .await
    .unwrap();
    rows.iter().map(|row| (row.get("code"), row.get("on_hand"), row.get("reserved"))).collect()
}
