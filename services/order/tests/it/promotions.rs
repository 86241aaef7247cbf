//! Coupons that nobody types.

use serde_json::{Value, json};
use warung_contracts::event::OrderPlaced;

use crate::shop::{PRICE, Shop};

impl Shop {
    async fn promote(&self, code: &str, ppm: u32, more: Value) -> Value {
        let mut promotion =
            json!({"code": code, "benefit": {"kind": "percent", "ppm": ppm}, "automatic": true});
        promotion.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.coupon(promotion).await
    }

    async fn quoted(&self, body: Value) -> Value {
        let quote = self.quote(body).await;
        assert_eq!(quote.status, 200, "{}", quote.body);
        json!([quote.body["totals"]["total"]["amount_minor"], quote.body["coupons"]])
    }
}

#[tokio::test]
async fn the_best_promotion_applies_by_itself_and_is_kept_with_the_order() {
    let shop = Shop::start().await;
    shop.promote("SMALL", 100_000, json!({})).await;
    let best = shop.promote("LARGE", 200_000, json!({})).await;
    shop.promote("LARGER", 900_000, json!({"minimum": {"amount_minor": 2 * PRICE + 1, "currency": "IDR"}}))
        .await;
    let used = json!([{
        "coupon_id": best["id"], "code": "LARGE", "automatic": true,
        "amount": {"amount_minor": 2 * PRICE / 5, "currency": "IDR"},
    }]);
    assert_eq!(shop.quoted(json!({})).await, json!([2 * PRICE * 4 / 5, used]));
    let placed = shop.checkout("k").await;
    assert_eq!((placed.status.as_u16(), &placed.body["coupons"]), (201, &used), "{}", placed.body);
    let told = shop.app.published_only::<OrderPlaced>().await;
    assert_eq!(told[0].totals.unwrap().total.amount_minor, 2 * PRICE * 4 / 5);
    assert_eq!(told[0].lines[0].discount.unwrap().amount_minor, 2 * PRICE / 5);
    let path = format!("/api/v1/admin/coupons/{}", best["id"].as_str().unwrap());
    assert_eq!(shop.as_admin("GET", &path, None).await["used"], 1);
    shop.as_admin("PATCH", &path, Some(json!({"active": false}))).await;
    shop.fill_anew().await;
    assert_eq!(shop.quoted(json!({})).await[0], json!(2 * PRICE * 9 / 10), "the next best");
    shop.stop().await;
}

#[tokio::test]
async fn a_promotion_is_not_typed_and_joins_only_what_combines() {
    let shop = Shop::start().await;
    shop.promote("BY-ITSELF", 100_000, json!({"combines": true})).await;
    shop.coupon(json!({"code": "ALONE", "benefit": {"kind": "percent", "ppm": 10_000}})).await;
    let joins = json!({"code": "JOINS", "benefit": {"kind": "percent", "ppm": 500_000}, "combines": true});
    shop.coupon(joins).await;
    let typed = shop.quote(json!({"coupons": ["BY-ITSELF"]})).await;
    assert_eq!(typed.body["type"], "https://warung.dev/problems/coupon-refused", "{}", typed.body);
    let total = async |code: &str| shop.quoted(json!({"coupons": [code]})).await[0].clone();
    assert_eq!(total("ALONE").await, json!(2 * PRICE * 99 / 100));
    assert_eq!(total("JOINS").await, json!(2 * PRICE * 45 / 100));
    shop.stop().await;
}

#[tokio::test]
async fn each_customer_gets_a_promotion_as_often_as_it_says() {
    let shop = Shop::start().await;
    shop.promote("ONCE-EACH", 100_000, json!({"limit_per_user": 1})).await;
    assert_eq!(shop.checkout("k1").await.body["total"]["amount_minor"], 2 * PRICE * 9 / 10);
    shop.fill_anew().await;
    assert_eq!(shop.checkout("k2").await.body["total"]["amount_minor"], 2 * PRICE);

    shop.stop().await;
}

#[tokio::test]
async fn who_comes_too_late_for_a_promotion_is_told_of_another_total() {
    let shop = Shop::start().await;
    let last = shop.promote("LAST-ONE", 500_000, json!({"limit_total": 1})).await;
    assert_eq!(shop.quoted(json!({})).await[0], json!(PRICE));
    // Another order takes it, before this process hears of it.
    let pool = shop.app.db.as_ref().unwrap().pool();
    sqlx::query("UPDATE coupons SET used = 1 WHERE code = 'LAST-ONE'").execute(pool).await.unwrap();
    let mut answer = shop.checkout("k1").await;
    if answer.status == 409 {
        assert_eq!(answer.body["type"], "https://warung.dev/problems/total-changed");
        answer = shop.checkout("k2").await;
    }
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["total"]["amount_minor"], 2 * PRICE);
    let path = format!("/api/v1/admin/coupons/{}", last["id"].as_str().unwrap());
    assert_eq!(shop.as_admin("GET", &path, None).await["used"], 1);
    shop.stop().await;
}
