//! Coupons and promotions for some goods.

use serde_json::{Value, json};

use crate::shop::{PRICE, Shop};

/// Discounts of the lines of an order or a quote, in minor units.
fn discounts(body: &Value) -> Vec<i64> {
    let lines = body["lines"].as_array().unwrap_or_else(|| panic!("{body}")).iter();
    lines.map(|line| line["discount"]["amount_minor"].as_i64().unwrap_or(0)).collect()
}

fn half(code: &str, applies_to: &Value, more: &Value) -> Value {
    let mut coupon =
        json!({"code": code, "benefit": {"kind": "percent", "ppm": 500_000}, "applies_to": applies_to});
    coupon.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    coupon
}

#[tokio::test]
async fn a_coupon_for_a_category_is_for_what_is_below_it_and_nothing_else() {
    let shop = Shop::start().await;
    let tea = shop.peers.sell("TEH", 1_000, 9).await;
    let drinks = shop.peers.category("minuman", None).await;
    let hot = shop.peers.category("panas", Some(&drinks)).await;
    shop.peers.put_into(tea, &hot).await;
    shop.peers.fill(&shop.token, &[(shop.product, 1), (tea, 2)]).await;
    let added = shop.coupon(half("TEH-50", &json!({"category_ids": [drinks]}), &json!({}))).await;
    assert_eq!(added["applies_to"], json!({"category_ids": [drinks]}));
    let quoted = shop.quote(json!({"coupons": ["TEH-50"]})).await.body;
    assert_eq!(discounts(&quoted), [0, 1_000], "{quoted}");
    let placed = shop.post("/api/v1/checkout", "k", Some(crate::shop::with_coupons(&["TEH-50"]))).await.body;
    assert_eq!(
        (discounts(&placed), &placed["totals"]["discount"]["amount_minor"]),
        (vec![0, 1_000], &json!(1_000))
    );
    let path = format!("/api/v1/admin/changes?coupon_id={}", added["id"].as_str().unwrap());
    let trail = shop.as_admin("GET", &path, None).await;
    assert_eq!(trail["items"][0]["after"]["applies_to"], json!({"category_ids": [drinks]}), "{trail}");
    // Without what it is for it is not taken.
    shop.peers.fill(&shop.token, &[(shop.product, 1)]).await;
    let refused = shop.quote(json!({"coupons": ["TEH-50"]})).await;
    assert_eq!(
        refused.body["errors"][0]["detail"], "TEH-50 is for other goods than these",
        "{}",
        refused.body
    );
    shop.stop().await;
}

#[tokio::test]
async fn a_promotion_for_some_goods_applies_by_itself_and_its_minimum_is_of_the_order() {
    let shop = Shop::start().await;
    let tea = shop.peers.sell("TEH", 1_000, 9).await;
    shop.peers.fill(&shop.token, &[(shop.product, 1), (tea, 1)]).await;
    let minimum = json!({"automatic": true, "minimum": {"amount_minor": PRICE + 1_000, "currency": "IDR"}});
    shop.coupon(half("TEH", &json!({"skus": ["TEH"]}), &minimum)).await;
    shop.coupon(half("OTHER", &json!({"product_ids": [shop.product], "skus": ["NONE"]}), &json!({}))).await;
    assert_eq!(discounts(&shop.quote(json!({})).await.body), [0, 500]);
    assert_eq!(discounts(&shop.quote(json!({"coupons": ["OTHER"]})).await.body), [PRICE / 2, 0]);
    shop.peers.fill(&shop.token, &[(tea, 1)]).await;
    assert_eq!(discounts(&shop.quote(json!({})).await.body), [0], "less than the minimum");
    shop.stop().await;
}

#[tokio::test]
async fn goods_that_a_coupon_is_for_are_named_well_or_not_at_all() {
    let shop = Shop::start().await;
    let skus: Vec<String> = (0..101).map(|n| format!("S{n}")).collect();
    for applies_to in [
        json!({}),
        json!({"skus": skus}),
        json!({"skus": [""]}),
        json!({"skus": ["A".repeat(65)]}),
        json!({"product_ids": ["cat_01930000000070008000000000000003"]}),
        json!({"brands": ["A"]}),
    ] {
        let body = Some(half("HALF", &applies_to, &json!({})));
        let admin = warung_chassis::testing::admin();
        let answer = shop.app.send("POST", "/api/v1/admin/coupons", Some(&admin), body).await;
        assert_eq!(answer.status, 400, "{applies_to}: {}", answer.body);
    }
    shop.stop().await;
}
