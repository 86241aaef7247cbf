//! Who did it.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;
use warung_chassis::{auth::Role, testing};
use warung_contracts::id::UserId;

use crate::shop::Shop;

impl Shop {
    /// Does something as this person; it must go well.
    async fn as_person(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Value {
        let key = Uuid::now_v7().to_string();
        let headers = [("idempotency-key", key.as_str())];
        let answer = self.app.send_with(method, path, Some(token), &headers, body).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
        answer.body
    }
}

fn administrator() -> (UserId, String) {
    let id = UserId(Uuid::now_v7());
    (id, testing::token(id, &[Role::Admin]))
}

#[tokio::test]
async fn what_happened_to_an_order_is_never_rewritten() {
    let shop = Shop::start().await;
    let order = shop.order().await;
    shop.as_admin("POST", &format!("/api/v1/admin/orders/{order}/notes"), Some(json!({"text": "called"})))
        .await;
    let pool = shop.app.db.as_ref().unwrap().pool();
    for statement in [
        "UPDATE order_history SET to_state = 'completed'",
        "UPDATE order_history SET reason = 'as we like'",
        "DELETE FROM order_history",
        "TRUNCATE order_history",
        "UPDATE order_timeline SET text = 'as we like'",
        "UPDATE order_timeline SET at = now(), text = 'erased'",
        "DELETE FROM order_timeline",
        "TRUNCATE order_timeline",
    ] {
        let refused = sqlx::query(statement).execute(pool).await.expect_err(statement).to_string();
        assert!(refused.contains("only added to"), "{statement}: {refused}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_transition_names_the_person_who_made_it_to_staff_alone() {
    let shop = Shop::start().await;
    let (admin, token) = administrator();
    let [by_admin, by_customer] = [shop.order().await, shop.order().await];
    shop.as_person(&token, "POST", &format!("/api/v1/orders/{by_admin}/cancel"), None).await;
    shop.post(&format!("/api/v1/orders/{by_customer}/cancel"), "k", None).await;
    for (order, person) in [(by_admin, admin), (by_customer, shop.user)] {
        let detail = shop.as_person(&token, "GET", &format!("/api/v1/orders/{order}"), None).await;
        let authors: Vec<&Value> =
            detail["history"].as_array().unwrap().iter().map(|entry| &entry["author"]).collect();
        assert_eq!(authors, [&json!(shop.user), &json!(person)]);
        let path = format!("/api/v1/admin/orders/{order}/timeline");
        assert_eq!(shop.as_person(&token, "GET", &path, None).await["items"][1]["author"], json!(person));
        let history = &shop.detail(order).await["history"];
        assert!(history.as_array().unwrap().iter().all(|entry| entry.get("author").is_none()), "{history}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn changes_of_coupons_and_taxes_are_kept_with_who_made_them() {
    let shop = Shop::start().await;
    let [(one, first), (two, second)] = [administrator(), administrator()];
    let coupon = json!({"code": "HEMAT-10", "benefit": {"kind": "percent", "ppm": 100_000}});
    let coupon = shop.as_person(&first, "POST", "/api/v1/admin/coupons", Some(coupon)).await;
    let id = coupon["id"].as_str().unwrap();
    shop.app.clock.advance(Duration::seconds(1));
    let path = format!("/api/v1/admin/coupons/{id}");
    shop.as_person(&second, "PATCH", &path, Some(json!({"active": false}))).await;
    let later = || shop.app.clock.advance(Duration::seconds(1));
    let rate = |ppm: u32| Some(json!({"tax_class": "standard", "country": "ID", "rate_ppm": ppm}));
    later();
    shop.as_person(&first, "PUT", "/api/v1/admin/tax-rates", rate(110_000)).await;
    later();
    let kept = shop.as_person(&second, "PUT", "/api/v1/admin/tax-rates", rate(120_000)).await;
    later();
    let path = format!("/api/v1/admin/tax-rates/{}", kept["id"].as_str().unwrap());
    shop.as_person(&first, "DELETE", &path, None).await;

    let changes = shop.as_person(&first, "GET", "/api/v1/admin/changes?limit=3", None).await;
    let told = |change: &Value| {
        let (before, after) = (&change["before"]["rate_ppm"], &change["after"]["rate_ppm"]);
        json!([change["subject"], change["author"], before, after])
    };
    let told: Vec<Value> = changes["items"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        told,
        [
            json!(["tax_rate", one, 120_000, null]),
            json!(["tax_rate", two, 110_000, 120_000]),
            json!(["tax_rate", one, null, 110_000]),
        ]
    );
    let path = format!("/api/v1/admin/changes?coupon_id={id}");
    let of_coupon = shop.as_person(&first, "GET", &path, None).await;
    let [changed, added] = of_coupon["items"].as_array().unwrap().as_slice() else { panic!("{of_coupon}") };
    assert_eq!((&changed["author"], &added["author"]), (&json!(two), &json!(one)));
    assert_eq!((&changed["before"]["active"], &changed["after"]["active"]), (&json!(true), &json!(false)));
    assert_eq!((added.get("before"), &added["after"]["code"]), (None, &json!("HEMAT-10")));
    assert_eq!(changed["subject_id"], coupon["id"]);
    assert_eq!(shop.get("/api/v1/admin/changes").await.status, 403);
    shop.stop().await;
}

#[tokio::test]
async fn kept_changes_can_not_be_changed() {
    let shop = Shop::start().await;
    shop.tax("standard", 110_000).await;
    let pool = shop.app.db.as_ref().unwrap().pool();
    for statement in ["UPDATE changes SET at = now()", "DELETE FROM changes", "TRUNCATE changes"] {
        sqlx::query(statement).execute(pool).await.unwrap_err();
    }
    shop.stop().await;
}
