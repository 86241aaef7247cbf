//! What an order comes to: quote, checkout, and what is kept of it.

use serde_json::{Value, json};
use warung_chassis::testing;
use warung_contracts::event::{OrderPlaced, TaxClassChanged};

use crate::shop::{PRICE, Shop, body, with_coupons};

fn minor(amount: &Value) -> i64 {
    amount["amount_minor"].as_i64().unwrap()
}

/// The lines of an order, a quote or an event add up to its totals.
fn adds_up(of: &Value) {
    let totals = &of["totals"];
    let lines = of["lines"].as_array().unwrap();
    let sum = |field: &str| lines.iter().map(|line| minor(&line[field])).sum::<i64>();
    let on_top = |tax: i64| if totals["prices_include_tax"] == true { 0 } else { tax };
    let shipping = minor(&totals["shipping"]) + on_top(minor(&totals["shipping_tax"]));
    assert_eq!(sum("total") + shipping, minor(&totals["total"]), "{of}");
    assert_eq!(sum("discount"), minor(&totals["discount"]), "{of}");
    assert_eq!(sum("tax") + minor(&totals["shipping_tax"]), minor(&totals["tax"]), "{of}");
    let goods = minor(&totals["subtotal"]) - minor(&totals["discount"]);
    assert_eq!(
        goods + minor(&totals["shipping"]) + on_top(minor(&totals["tax"])),
        minor(&totals["total"]),
        "{of}"
    );
    let coupons = of["coupons"].as_array().map_or(&[][..], Vec::as_slice);
    let taken: i64 = coupons.iter().map(|coupon| minor(&coupon["amount"])).sum();
    assert_eq!(taken, minor(&totals["discount"]) + minor(&totals["shipping_discount"]), "{of}");
}

#[tokio::test]
async fn quote_and_checkout_say_the_same_and_lines_add_up() {
    let shop = Shop::start_with("IDR", &[("WARUNG_PRICES_INCLUDE_TAX", "false")]).await;
    let teh = shop.peers.sell("TEH", 333, 9).await;
    shop.peers.fill(&shop.token, &[(shop.product, 2), (teh, 7)]).await;
    shop.tax("standard", 110_000).await;
    shop.tax("shipping", 11_000).await;
    shop.peers.ship_for("regular", 9_000).await;
    shop.coupon(json!({"code": "hemat-7", "benefit": {"kind": "percent", "ppm": 70_000}})).await;

    let body = with_coupons(&["HEMAT-7"]);
    let asked = json!({"coupons": body["coupons"], "shipping_address": body["shipping_address"]});
    let quote = shop.quote(asked).await;
    assert_eq!(quote.status, 200, "{}", quote.body);
    adds_up(&quote.body);
    let order = shop.checkout_with("k1", &["hemat-7"]).await;
    assert_eq!(order.status, 201, "{}", order.body);
    adds_up(&order.body);
    assert_eq!(order.body["totals"], quote.body["totals"]);
    assert_eq!(order.body["lines"], quote.body["lines"]);
    assert_eq!(order.body["coupons"], quote.body["coupons"]);

    // 7 % of 7331 is 513.17.
    let totals = &order.body["totals"];
    assert_eq!((minor(&totals["subtotal"]), minor(&totals["discount"])), (2 * PRICE + 7 * 333, 513));
    assert_eq!((minor(&totals["shipping"]), minor(&totals["shipping_tax"])), (9_000, 99));
    assert_eq!(order.body["shipping"]["service"], "regular");
    assert_eq!(order.body["total"], totals["total"]);
    let placed = shop.app.published_only::<OrderPlaced>().await;
    adds_up(&serde_json::to_value(&placed[0]).unwrap());
    assert_eq!(placed[0].total, placed[0].totals.unwrap().total);

    // What was placed stays, whatever changes later.
    shop.tax("standard", 500_000).await;
    let id = order.body["id"].as_str().unwrap().parse().unwrap();
    let detail = shop.detail(id).await;
    assert_eq!((&detail["lines"], &detail["totals"]), (&order.body["lines"], &order.body["totals"]));
    shop.stop().await;
}

#[tokio::test]
async fn prices_with_tax_are_what_is_paid() {
    let shop = Shop::start().await;
    shop.tax("standard", 110_000).await;
    let order = shop.checkout("k1").await;
    adds_up(&order.body);
    let totals = &order.body["totals"];
    // 5000 × 11/111 is 495.49…
    assert_eq!((minor(&totals["total"]), minor(&totals["tax"])), (2 * PRICE, 495));
    assert_eq!(order.body["lines"][0]["tax_rate_ppm"], 110_000);
    shop.stop().await;
}

#[tokio::test]
async fn a_quote_writes_nothing_and_takes_no_price() {
    let shop = Shop::start().await;
    assert_eq!(shop.quote(json!({})).await.status, 200);
    assert!(shop.app.published().await.is_empty());
    assert_eq!(shop.get("/api/v1/orders").await.body["items"], json!([]));
    let mut priced = body();
    priced["total"] = json!({"amount_minor": 1, "currency": "IDR"});
    let answer = shop.post("/api/v1/checkout", "k1", Some(priced)).await;
    assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (400, &json!("total")));
    let wrong = json!({"payment": {"provider": "stripe"}});
    assert_eq!(shop.quote(wrong).await.body["errors"][0]["field"], "payment.provider");
    shop.stop().await;
}

#[tokio::test]
async fn shipping_is_chosen_by_a_token_that_holds_for_these_goods_alone() {
    let shop = Shop::start().await;
    shop.peers.ship_for("regular", 9_000).await;
    shop.peers.ship_for("express", 25_000).await;
    let address = body()["shipping_address"].clone();
    let quote = shop.quote(json!({"shipping_address": address})).await.body;
    let options = quote["shipping_options"].as_array().unwrap();
    assert_eq!((options.len(), &options[0]["service"]), (2, &json!("regular")));
    assert_eq!(minor(&quote["totals"]["total"]), 2 * PRICE + 9_000);
    let token = options[1]["token"].clone();

    let mut express = body();
    express["shipping_quote"] = token.clone();
    let order = shop.post("/api/v1/checkout", "k1", Some(express.clone())).await;
    assert_eq!(minor(&order.body["total"]), 2 * PRICE + 25_000, "{}", order.body);
    assert_eq!(order.body["shipping"]["service"], "express");

    shop.peers.fill(&shop.token, &[(shop.product, 3)]).await;
    let refused = shop.post("/api/v1/checkout", "k2", Some(express)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.body["type"], "https://warung.dev/problems/shipping-quote-refused");
    let free = json!({"code": "GRATIS", "benefit": {"kind": "free_shipping"}});
    shop.coupon(free).await;
    let order = shop.checkout_with("k3", &["GRATIS"]).await;
    assert_eq!(minor(&order.body["total"]), 3 * PRICE, "{}", order.body);
    let totals = &order.body["totals"];
    assert_eq!((minor(&totals["shipping"]), minor(&totals["shipping_discount"])), (0, 9_000));
    adds_up(&order.body);
    let told = shop.app.published_only::<OrderPlaced>().await;
    adds_up(&serde_json::to_value(told.last()).unwrap());
    assert_eq!(told.last().unwrap().shipping_address.as_ref().unwrap().city, "Bandung");
    let id = order.body["id"].as_str().unwrap();
    adds_up(&shop.detail(id.parse().unwrap()).await);
    let lie = "UPDATE orders SET coupons = '[]' WHERE number = $1";
    let kept = sqlx::query(lie)
        .bind(order.body["number"].as_str())
        .execute(shop.app.db.as_ref().unwrap().pool())
        .await;
    assert!(kept.unwrap_err().to_string().contains("orders_coupons_add_up"));
    shop.stop().await;
}

#[tokio::test]
async fn rates_of_tax_are_kept_by_administrators() {
    let shop = Shop::start().await;
    let path = "/api/v1/admin/tax-rates";
    shop.tax("standard", 110_000).await;
    shop.tax("standard", 120_000).await;
    let west = json!({"tax_class": "standard", "country": "ID", "region": "Jawa Barat", "rate_ppm": 130_000});
    shop.as_admin("PUT", path, Some(west.clone())).await;
    let all = shop.as_admin("GET", path, None).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert_eq!(all["items"][0]["rate_ppm"], 120_000);
    let rate = async || {
        shop.quote(json!({"shipping_address": {
        "recipient": "Sari", "line1": "Jl. Kopi 1", "city": "Bandung", "postal_code": "40111", "country": "ID",
        "province": "jawa barat"}})).await.body["lines"][0]["tax_rate_ppm"].clone()
    };
    assert_eq!(rate().await, 130_000);
    let id = all["items"][1]["id"].as_str().unwrap();
    shop.as_admin("DELETE", &format!("{path}/{id}"), None).await;
    assert_eq!(rate().await, 120_000);
    let mut region_alone = west.clone();
    region_alone.as_object_mut().unwrap().remove("country");
    let admin = warung_chassis::testing::admin();
    let answer = shop.app.send("PUT", path, Some(&admin), Some(region_alone)).await;
    assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (400, &json!("country")));
    assert_eq!(shop.app.send("PUT", path, Some(&shop.token), Some(west)).await.status, 403);
    shop.stop().await;
}

#[tokio::test]
async fn goods_of_a_tax_class_that_nobody_defined_are_not_sold() {
    let shop = Shop::start().await;
    let book = shop.peers.sell("BUKU", 500, 9).await;
    shop.peers.classify(book, "books").await;
    shop.peers.fill(&shop.token, &[(shop.product, 1), (book, 1)]).await;
    for answer in [shop.quote(json!({})).await, shop.checkout("k1").await] {
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(answer.body["type"], "https://warung.dev/problems/tax-class-unknown");
        let errors = answer.body["errors"].as_array().unwrap();
        assert_eq!((errors.len(), &errors[0]["field"]), (1, &json!("lines[1]")), "{errors:?}");
    }
    assert!(shop.app.published().await.is_empty());
    let counted = r#"warung_unknown_tax_classes_total{service="order"} 2"#;
    assert!(shop.app.metrics.render().contains(counted));

    // A rate of 0 says that no tax is due, which is something else than nobody saying anything.
    shop.tax("books", 0).await;
    let told = shop.app.published_only::<TaxClassChanged>().await;
    assert_eq!(told, [TaxClassChanged { tax_class: "books".into(), defined: true, version: Some(1) }]);
    let order = shop.checkout("k2").await;
    assert_eq!(order.status, 201, "{}", order.body);
    assert_eq!(order.body["lines"][1]["tax_rate_ppm"], 0);
    shop.stop().await;
}

#[tokio::test]
async fn a_class_is_told_of_with_its_first_rate_and_with_its_last() {
    let shop = Shop::start().await;
    let path = "/api/v1/admin/tax-rates";
    shop.tax("books", 0).await;
    shop.as_admin("PUT", path, Some(json!({"tax_class": "books", "rate_ppm": 50_000}))).await;
    let rates = shop.as_admin("GET", path, None).await["items"].clone();
    let mut before = shop.app.published_only::<TaxClassChanged>().await.last().unwrap().version;
    for (rate, told) in rates.as_array().unwrap().iter().zip([vec![], vec![false]]) {
        let id = rate["id"].as_str().unwrap();
        shop.as_admin("DELETE", &format!("{path}/{id}"), None).await;
        let events = shop.app.published_only::<TaxClassChanged>().await;
        assert_eq!(events.iter().map(|event| event.defined).collect::<Vec<_>>(), told);
        for event in events {
            assert!(event.version > before, "{:?} follows {before:?}", event.version);
            before = event.version;
        }
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_price_of_the_callers_own_is_refused() {
    let shop = Shop::start().await;
    let cheap = json!({"amount_minor": 1, "currency": "IDR"});
    for (field, value) in [
        ("total", cheap.clone()),
        ("lines", json!([{"product_id": shop.product, "quantity": 2, "unit_price": cheap}])),
        ("prices_include_tax", json!(true)),
        ("discount", cheap.clone()),
    ] {
        let mut body = body();
        body[field] = value;
        let refused = shop.post("/api/v1/checkout", field, Some(body)).await;
        assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!(field)));
    }
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn an_edit_of_a_tax_rate_does_not_undo_another() {
    let shop = Shop::start().await;
    let (admin, path) = (testing::admin(), "/api/v1/admin/tax-rates");
    let set = async |tag: &str, rate_ppm: u32| {
        let body = json!({"tax_class": "standard", "country": "ID", "rate_ppm": rate_ppm});
        let headers: Vec<_> =
            Some(("if-match", tag)).into_iter().filter(|(_, tag)| !tag.is_empty()).collect();
        shop.app.send_with("PUT", path, Some(&admin), &headers, Some(body)).await
    };
    assert_eq!(set("\"1\"", 1).await.status, 412, "there is none yet");
    let first = set("", 110_000).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", first.body["version"]));
    assert_eq!(set(&tag, 120_000).await.status, 200);
    assert_eq!(set(&tag, 130_000).await.status, 412, "somebody else was quicker");
    let listed = shop.as_admin("GET", path, None).await["items"][0].clone();
    assert_eq!((&listed["rate_ppm"], &listed["version"]), (&json!(120_000), &json!(2)));
    let one = format!("{path}/{}", listed["id"].as_str().unwrap());
    let remove = async |tag: &str| {
        shop.app.send_with("DELETE", &one, Some(&admin), &[("if-match", tag)], None).await.status.as_u16()
    };
    assert_eq!(remove(&tag).await, 412);
    assert_eq!(shop.as_admin("GET", path, None).await["items"][0], listed, "it is still there");
    assert_eq!((remove("\"2\"").await, remove("\"2\"").await), (204, 404));
    shop.stop().await;
}
