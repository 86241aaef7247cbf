//! What the shop of the storm sells, and on which terms.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::{Admin, Shopper};

/// Items of each product on the shelf of the main place: some plenty, some scarce. Of the first there are enough for all.
const STOCK: [u32; 6] = [100_000, 100_000, 500, 300, 100, 10];
/// Items of each product at a second place, which serves when the first is empty.
const STOCK_ELSEWHERE: i64 = 40;
/// One of so many orders at most uses the coupon that is limited in total.
const ONE_IN: usize = 12;

/// A coupon of a few orders in all.
pub const FEW: &str = "SEDIKIT";
/// A coupon for each customer once.
pub const ONCE: &str = "SEKALI";
/// A coupon that takes off what shipping costs.
pub const SENT_FREE: &str = "ONGKIR";

/// Settings of the services that differ from a shop's.
pub const SETTINGS: [(&str, &str); 5] = [
    ("WARUNG_PAYMENT_TTL_SECONDS", "15"),
    ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"),
    ("WARUNG_DATABASE_CONNECTIONS_MAX", "6"),
    ("WARUNG_PRICES_INCLUDE_TAX", "false"),
    ("WARUNG_LOG", "warn"),
];

/// Opens the shop for this many orders; ids of what it sells and how many items there are, that of which there is enough for
/// all first.
pub async fn open(Admin(admin): &Admin, orders: usize) -> Result<Vec<(String, i64)>> {
    for (class, rate_ppm) in [("standard", 110_000), ("shipping", 11_000)] {
        let body = json!({ "tax_class": class, "country": "ID", "rate_ppm": rate_ppm });
        admin.send(Method::PUT, "/api/v1/admin/tax-rates", Some(&body)).await?.ok()?;
    }
    for rate in rates() {
        create(admin, "/api/v1/shipping/rates", &rate).await?;
    }
    let goods = stock_the_shelves(admin).await?;
    for coupon in coupons(orders, &goods) {
        create(admin, "/api/v1/admin/coupons", &coupon).await?;
    }
    Ok(goods)
}

async fn create(admin: &Shopper, path: &str, body: &Value) -> Result<Value> {
    admin.send(Method::POST, path, Some(body)).await?.ok().with_context(|| format!("{path}: {body}"))
}

fn idr(minor: i64) -> Value {
    json!({ "amount_minor": minor, "currency": "IDR" })
}

/// A cheap way to send, free for large orders, and a dear one.
fn rates() -> [Value; 2] {
    let cheap = json!({ "service": "regular", "name": "Regular", "base_price": idr(900_000),
        "free_from": idr(9_000_000) });
    [cheap, json!({ "service": "express", "name": "Express", "base_price": idr(2_511_100) })]
}

/// Coupons with limits, and a promotion that applies by itself.
fn coupons(orders: usize, goods: &[(String, i64)]) -> [Value; 4] {
    let few = json!({ "code": FEW, "benefit": { "kind": "percent", "ppm": 100_000 },
        "limit_total": (orders / ONE_IN).max(1), "limit_per_user": 3 });
    let once = json!({ "code": ONCE, "benefit": { "kind": "fixed", "amount": idr(77_700) },
        "limit_per_user": 1, "combines": true });
    let sent_free = json!({ "code": SENT_FREE, "benefit": { "kind": "free_shipping" }, "combines": true,
        "minimum": idr(2_000_000) });
    let promotion = json!({ "code": "PROMO-KOPI", "benefit": { "kind": "percent", "ppm": 33_333 }, "automatic": true,
        "combines": true, "applies_to": { "product_ids": [goods[1].0] } });
    [few, once, sent_free, promotion]
}

async fn stock_the_shelves(admin: &Shopper) -> Result<Vec<(String, i64)>> {
    let elsewhere = json!({ "code": "bdg-1", "name": "Bandung", "priority": 200 });
    let elsewhere = create(admin, "/api/v1/locations", &elsewhere).await?["id"].clone();
    let mut goods = Vec::new();
    for (n, stock) in STOCK.into_iter().enumerate() {
        let price = 1_250_000 + 1037 * i64::try_from(n)?;
        let id = Admin(admin.clone()).product(&format!("Kopi {n}"), price, "IDR", stock).await?;
        let more = json!({ "delta": STOCK_ELSEWHERE, "reason": "received", "location_id": elsewhere });
        admin.post(&format!("/api/v1/products/{id}/stock"), &more).await?;
        goods.push((id, i64::from(stock) + STOCK_ELSEWHERE));
    }
    Ok(goods)
}
