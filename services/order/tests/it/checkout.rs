use serde_json::{Value, json};
use warung_chassis::testing::{self, Answer};
use warung_contracts::event::OrderPlaced;

use crate::shop::{PRICE, Shop, body};

#[tokio::test]
async fn a_cart_becomes_an_order_that_product_hears_of() {
    let shop = Shop::start().await;
    let answer = shop.checkout("k1").await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let location = format!("/api/v1/orders/{}", answer.body["id"].as_str().unwrap());
    assert_eq!(answer.headers["location"], location);
    let number = answer.body["number"].as_str().unwrap();
    assert!(number.starts_with("KOPI-") && number.len() == 16, "{number}");
    assert_eq!(answer.body["state"], "placed");
    assert_eq!(answer.body["total"], json!({"amount_minor": 2 * PRICE, "currency": "IDR"}));
    assert_eq!(answer.body["actions"], json!(["cancel", "correct_address"]));
    assert_eq!(answer.body["history"][0]["actor"], "customer");
    assert_eq!(answer.body["shipping_address"]["city"], "Bandung");
    let placed = shop.app.published_only::<OrderPlaced>().await;
    assert_eq!(placed.len(), 1);
    assert_eq!(placed[0].user_id, shop.user);
    assert_eq!(placed[0].lines[0].quantity, 2);
    assert_eq!(placed[0].total, shop.total());
    let metrics = shop.app.metrics.render();
    assert!(metrics.contains(r#"warung_orders_total{service="order",state="placed"} 1"#), "{metrics}");
    shop.stop().await;
}

#[tokio::test]
async fn a_repeated_checkout_is_one_order_even_after_the_cart_is_gone() {
    let shop = Shop::start().await;
    let first = shop.checkout("k1").await;
    shop.peers.fill(&shop.token, &[]).await;
    let again = shop.checkout("k1").await;
    assert_eq!(again.status, 201);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, first.body);
    assert_eq!(shop.app.published_only::<OrderPlaced>().await.len(), 1);
    let other = shop.post("/api/v1/checkout", "k1", Some(other_body())).await;
    assert_eq!(other.status, 422, "{}", other.body);
    shop.stop().await;
}

#[tokio::test]
async fn an_order_that_could_not_be_told_is_refused_at_the_door() {
    let shop = Shop::start().await;
    let name = "店".repeat(200);
    let mut lines = Vec::new();
    for n in 0..300 {
        lines.push((shop.peers.sell_named(&format!("S-{n}"), &name, PRICE, 1).await, 1));
    }
    shop.peers.fill(&shop.token, &lines).await;
    let answer = shop.checkout("k1").await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body["type"].as_str().unwrap().ends_with("/cart-too-large"), "{}", answer.body);
    assert!(shop.app.published().await.is_empty(), "nothing was placed");
    shop.peers.fill(&shop.token, &lines[..150]).await;
    assert_eq!(shop.checkout("k2").await.status, 201, "in parts it is taken");
    shop.stop().await;
}

fn other_body() -> serde_json::Value {
    let mut body = body();
    body["payment"]["token"] = json!("tok_decline");
    body
}

#[tokio::test]
async fn many_twins_at_once_place_one_order() {
    let shop = Shop::start().await;
    let answers = futures::future::join_all((0..8).map(|_| shop.checkout("k1"))).await;
    for answer in &answers {
        assert!(answer.status == 201 || answer.status == 409, "{}", answer.body);
    }
    assert!(answers.iter().any(|answer| answer.status == 201));
    assert_eq!(shop.app.published_only::<OrderPlaced>().await.len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn what_can_not_be_sold_is_refused_and_leaves_nothing() {
    let shop = Shop::start().await;
    let gone = shop.peers.sell("TEH", 5, 9).await;
    for (cart, status, slug) in [
        (vec![], 422, "cart-empty"),
        (vec![(gone, 1)], 422, "product-unavailable"),
        (vec![(shop.product, 11)], 409, "insufficient-stock"),
    ] {
        shop.peers.fill(&shop.token, &cart).await;
        if slug == "product-unavailable" {
            shop.peers.archive(gone).await;
        }
        let answer = shop.checkout("k1").await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.body["type"], format!("https://warung.dev/problems/{slug}"));
    }
    assert!(shop.app.published().await.is_empty());
    assert_eq!(shop.get("/api/v1/orders").await.body["items"], json!([]));
    // A refusal is not kept under the key: the mended cart goes through with it.
    shop.peers.fill(&shop.token, &[(shop.product, 1)]).await;
    assert_eq!(shop.checkout("k1").await.status, 201);
    shop.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_cart_is_named_by_its_line() {
    let shop = Shop::start().await;
    let (gone, few) = (shop.peers.sell("TEH", 5, 9).await, shop.peers.sell("KUE", 5, 50).await);
    let errors = |answer: Answer| answer.body["errors"].clone();
    shop.peers.fill(&shop.token, &[(few, 1), (shop.product, 11)]).await;
    let short = errors(shop.checkout("k1").await);
    assert_eq!(short, json!([{"field": "lines[1]", "detail": "Kopi Gayo: 11 wanted, 10 left"}]));
    shop.peers.fill(&shop.token, &[(shop.product, 1), (few, 3)]).await;
    // A cart holds the limit that there is; this one came after.
    shop.peers.limit(few, 2).await;
    let over = errors(shop.checkout("k2").await);
    assert_eq!(over, json!([{"field": "lines[1]", "detail": "Kopi Gayo: 3 wanted, at most 2 in one order"}]));
    shop.peers.fill(&shop.token, &[(few, 1), (gone, 1), (shop.product, 1)]).await;
    shop.peers.archive(gone).await;
    let unknown = errors(shop.checkout("k3").await);
    assert_eq!(unknown, json!([{"field": "lines[1]", "detail": "is not for sale any more"}]));
    shop.stop().await;
}

#[tokio::test]
async fn another_currency_is_refused() {
    let shop = Shop::start_beside("USD").await;
    let answer = shop.checkout("k1").await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert_eq!(answer.body["type"], "https://warung.dev/problems/currency-mismatch");
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn a_wrong_body_names_the_field() {
    let shop = Shop::start().await;
    let mut wrong = body();
    wrong["shipping_address"]["country"] = json!("Indonesia");
    let answer = shop.post("/api/v1/checkout", "k1", Some(wrong)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["errors"][0]["field"], "shipping_address.country");
    for (field, value) in [
        ("phone", "hello"),
        ("country", "ZZ"),
        ("city", "   "),
        ("recipient", " "),
        ("line1", "\t"),
        ("postal_code", " "),
    ] {
        let mut wrong = body();
        wrong["shipping_address"][field] = json!(value);
        let answer = shop.post("/api/v1/checkout", "k1", Some(wrong)).await;
        let named = &answer.body["errors"][0]["field"];
        assert_eq!((answer.status.as_u16(), named), (400, &json!(format!("shipping_address.{field}"))));
    }
    let answer = shop.post("/api/v1/checkout", "k1", Some(json!({"payment": {"provider": 1}}))).await;
    assert_eq!(answer.body["errors"][0]["field"], "payment.provider", "{}", answer.body);
    let no_key = shop.app.send("POST", "/api/v1/checkout", Some(&shop.token), Some(body())).await;
    assert_eq!(no_key.status, 400);
    assert_eq!(no_key.body["type"], "https://warung.dev/problems/idempotency-key-missing");
    shop.stop().await;
}

#[tokio::test]
async fn a_peer_that_is_away_is_said_so() {
    let gone = [
        ("WARUNG_CART_URL", "http://127.0.0.1:1"),
        ("WARUNG_PRODUCT_URL", "http://127.0.0.1:1"),
        ("WARUNG_ORDER_TOKEN_KEY", "a key"),
    ];
    let app = testing::TestApp::start(warung_order::service(), &gone).await;
    let (_, token) = testing::customer();
    let headers = [("idempotency-key", "k1")];
    let answer = app.send_with("POST", "/api/v1/checkout", Some(&token), &headers, Some(body())).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    app.stop().await;
}

#[tokio::test]
async fn a_payment_provider_that_is_not_switched_on_is_refused_before_anything_happens() {
    let shop = Shop::start().await;
    let mut wrong = body();
    wrong["payment"]["provider"] = json!("stripe");
    let answer = shop.post("/api/v1/checkout", "k1", Some(wrong)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["errors"][0]["field"], "payment.provider");
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn a_total_that_nobody_saw_is_not_ordered() {
    let shop = Shop::start().await;
    let expecting = |minor: i64| {
        let mut body = body();
        body["expected_total"] = json!({"amount_minor": minor, "currency": "IDR"});
        body
    };
    let refused = shop.post("/api/v1/checkout", "k1", Some(expecting(2 * PRICE - 1))).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(refused.body["type"], "https://warung.dev/problems/total-changed");
    let now = json!([{"field": "expected_total", "detail": format!("must be {} IDR", 2 * PRICE)}]);
    assert_eq!(refused.body["errors"], now);
    assert!(shop.app.published().await.is_empty());
    // The key is free: the total of now goes through with it, and is the same order when it is sent again.
    let placed = shop.post("/api/v1/checkout", "k1", Some(expecting(2 * PRICE))).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let again = shop.post("/api/v1/checkout", "k1", Some(expecting(2 * PRICE))).await;
    assert_eq!((again.body["id"].clone(), again.status.as_u16()), (placed.body["id"].clone(), 201));
    shop.stop().await;
}

#[tokio::test]
async fn an_order_keeps_how_its_goods_looked_when_they_were_bought() {
    let shop = Shop::start().await;
    let look = |slug: &str, image: &str, size: &str| json!({"slug": slug, "image": image, "option_values": {"Size": size}});
    let dress = async |slug: &str, image: &str, size: &str| {
        let options = json!([{"name": "Size", "values": [size]}]);
        let body = json!({"slug": slug, "media": [{"url": image}], "options": options, "option_values": {"Size": size}});
        shop.peers.edit(shop.product, body).await;
    };
    let shown = |body: &Value| {
        let line = &body["lines"][0];
        json!({"slug": line["slug"], "image": line["image"], "option_values": line["option_values"]})
    };
    let bought = look("kopi-gayo", "/kopi.jpg", "250 g");
    dress("kopi-gayo", "/kopi.jpg", "250 g").await;
    assert_eq!(shown(&shop.quote(json!({})).await.body), bought);
    let placed = shop.checkout("k").await;
    assert_eq!((placed.status.as_u16(), shown(&placed.body)), (201, bought.clone()), "{}", placed.body);
    dress("kopi-toraja", "/toraja.jpg", "1 kg").await;
    let order = shop.get(&format!("/api/v1/orders/{}", placed.body["id"].as_str().unwrap())).await;
    assert_eq!(shown(&order.body), bought);
    shop.fill_anew().await;
    assert_eq!(shown(&shop.quote(json!({})).await.body)["slug"], "kopi-toraja");
    shop.stop().await;
}
