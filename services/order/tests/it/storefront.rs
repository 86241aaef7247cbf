use serde_json::json;

use crate::shop::{Shop, body};

#[tokio::test]
async fn a_storefront_learns_all_it_must_know_and_asks_again_for_nothing() {
    let variables = [
        ("WARUNG_PAYMENT_PROVIDERS", "sandbox,midtrans,paypal"),
        ("WARUNG_MIDTRANS_METHODS", "qris,gopay"),
        ("WARUNG_PUBLIC_URL", "https://kopi.example.com"),
        ("WARUNG_RETURN_DAYS", "30"),
    ];
    let shop = Shop::start_with("IDR", &variables).await;
    let answer = shop.app.send("GET", "/api/v1/shop", None, None).await;
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    let told = json!({
        "name": "kopi", "url": "https://kopi.example.com",
        "currency": {"code": "IDR", "decimals": 2}, "prices_include_tax": true,
        "locales": ["id", "en"], "test_mode": true, "guest_checkout": true,
        // PayPal takes no rupiah.
        "payments": [
            {"provider": "sandbox", "methods": []},
            {"provider": "midtrans", "methods": ["qris", "gopay"]},
        ],
        "payment_seconds": 1800, "return_days": 30, "coupons_max": 5,
        "cart": {"lines_max": 100, "quantity_max": 999, "items_max": 5000},
    });
    assert_eq!((answer.status.as_u16(), &answer.body), (200, &told));
    let known = [("if-none-match", answer.headers["etag"].to_str().unwrap())];
    assert_eq!(shop.app.send_with("GET", "/api/v1/shop", None, &known, None).await.status, 304);
    shop.stop().await;
}

#[tokio::test]
async fn a_method_that_the_shop_does_not_offer_is_refused() {
    let variables = [("WARUNG_PAYMENT_PROVIDERS", "midtrans"), ("WARUNG_MIDTRANS_METHODS", "qris")];
    let shop = Shop::start_with("IDR", &variables).await;
    assert_eq!(shop.app.send("GET", "/api/v1/shop", None, None).await.body["test_mode"], false);
    let mut body = body();
    body["payment"] = json!({"provider": "midtrans", "method": "gopay"});
    let refused = shop.post("/api/v1/checkout", "k1", Some(body.clone())).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
        (400, &json!("payment.method"))
    );
    body["payment"]["method"] = json!("qris");
    assert_eq!(shop.post("/api/v1/checkout", "k2", Some(body)).await.status, 201);
    shop.stop().await;
}

#[tokio::test]
async fn a_storefront_is_told_the_key_that_browsers_need() {
    let key = ("WARUNG_STRIPE_PUBLISHABLE_KEY", "pk_test_1");
    let shop = Shop::start_with("IDR", &[("WARUNG_PAYMENT_PROVIDERS", "sandbox,stripe"), key]).await;
    let told = shop.app.send("GET", "/api/v1/shop", None, None).await.body;
    assert_eq!(told["payments"][0].get("publishable_key"), None, "{told}");
    assert_eq!(told["payments"][1]["publishable_key"], "pk_test_1");
    shop.stop().await;
}
