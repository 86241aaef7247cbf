//! Coupons: limits that hold, whoever comes at once.

use futures::future::join_all;
use serde_json::{Value, json};
use warung_chassis::testing;
use warung_contracts::{
    event::{PaymentSucceeded, StockRejected},
    id::OrderId,
};

use crate::{
    guests::guest_body,
    shop::{Shop, with_coupons},
};

fn ten_percent(more: Value) -> Value {
    let mut coupon = json!({"code": "HEMAT-10", "benefit": {"kind": "percent", "ppm": 100_000}});
    coupon.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    coupon
}

/// The address that the customer's token says.
fn own_address(shop: &Shop) -> String {
    format!("{}@example.com", shop.user.uuid().simple())
}

async fn used(shop: &Shop, coupon: &Value) -> u64 {
    let path = format!("/api/v1/admin/coupons/{}", coupon["id"].as_str().unwrap());
    shop.as_admin("GET", &path, None).await["used"].as_u64().unwrap()
}

#[tokio::test]
async fn a_coupon_ends_after_it_begins() {
    let shop = Shop::start().await;
    let (early, late) = ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
    let wrong = ten_percent(json!({"starts_at": late, "ends_at": early}));
    let refused = shop.app.send("POST", "/api/v1/admin/coupons", Some(&testing::admin()), Some(wrong)).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("ends_at")));
    let coupon = shop.coupon(ten_percent(json!({"starts_at": early}))).await;
    let path = format!("/api/v1/admin/coupons/{}", coupon["id"].as_str().unwrap());
    let wrong = Some(json!({"ends_at": early}));
    let refused = shop.app.send("PATCH", &path, Some(&testing::admin()), wrong).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("ends_at")));
    assert_eq!(shop.as_admin("GET", &path, None).await.get("ends_at"), None, "nothing was written");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_who_come_at_once_ten_get_a_coupon_for_ten() {
    let shop = Shop::start().await;
    let plenty = shop.peers.sell("AIR", 1_000, 10_000).await;
    let coupon = shop.coupon(ten_percent(json!({"limit_total": 10}))).await;
    let customers: Vec<String> = (0..100).map(|_| testing::customer().1).collect();
    for token in &customers {
        shop.peers.fill(token, &[(plenty, 1)]).await;
    }
    let body = with_coupons(&["HEMAT-10"]);
    let headers = [("idempotency-key", "k")];
    // Who is told that the service is busy comes again, with the same key.
    let buy = async |token: &String| loop {
        let body = Some(body.clone());
        let answer = shop.app.send_with("POST", "/api/v1/checkout", Some(token), &headers, body).await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let answers = join_all(customers.iter().map(buy)).await;
    let placed: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(placed.len(), 10);
    assert!(placed.iter().all(|answer| answer.body["total"]["amount_minor"] == 900));
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["type"], "https://warung.dev/problems/coupon-refused");
        assert_eq!(refused.body["errors"][0]["detail"], "HEMAT-10 is used up");
    }
    assert_eq!(used(&shop, &coupon).await, 10);
    assert_eq!(shop.app.published().await.len(), 10);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_one_customer_who_comes_many_times_at_once_one_order_gets_the_coupon() {
    let shop = Shop::start().await;
    shop.coupon(ten_percent(json!({"limit_per_user": 1}))).await;
    // With a cart in each of ten windows, but one address.
    let mut body = guest_body();
    body["coupons"] = json!(["HEMAT-10"]);
    let buy = async || {
        let cart = shop.peers.guest(&[(shop.product, 1)]).await;
        shop.guest_checkout(&cart, "k", body.clone()).await
    };
    let answers = join_all((0..10).map(|_| buy())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.body["errors"][0]["detail"], "HEMAT-10 was used by you as often as it may be");
    }
    shop.stop().await;
}

#[tokio::test]
async fn an_address_that_others_typed_uses_up_no_accounts_coupon_until_they_paid() {
    let shop = Shop::start().await;
    shop.coupon(ten_percent(json!({"limit_per_user": 1}))).await;
    let mut typed = guest_body();
    typed["contact"]["email"] = json!(own_address(&shop));
    typed["coupons"] = json!(["HEMAT-10"]);
    let guest = async |key: &str| {
        let cart = shop.peers.guest(&[(shop.product, 2)]).await;
        shop.guest_checkout(&cart, key, typed.clone()).await
    };
    let first = guest("g1").await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(shop.quote(json!({"coupons": ["HEMAT-10"]})).await.status, 200);
    // Of guests it is used up: their address is all that is known of them.
    assert_eq!(guest("g2").await.status, 422);

    // The guest pays: whoever bought was this customer, as far as anybody knows.
    let id: OrderId = first.body["id"].as_str().unwrap().parse().unwrap();
    let amount = serde_json::from_value(first.body["total"].clone()).unwrap();
    shop.app.deliver(&PaymentSucceeded { amount, ..shop.paid(id) }).await.unwrap();
    let refused = shop.checkout_with("k1", &["HEMAT-10"]).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.body["errors"][0]["detail"], "HEMAT-10 was used by you as often as it may be");
    assert_eq!(shop.quote(json!({"coupons": ["HEMAT-10"]})).await.body["errors"], refused.body["errors"]);
    shop.stop().await;
}

#[tokio::test]
async fn what_an_account_uses_counts_for_it_and_for_its_address_at_once() {
    let shop = Shop::start().await;
    shop.coupon(ten_percent(json!({"limit_per_user": 1}))).await;
    let mut typed = guest_body();
    typed["contact"]["email"] = json!(own_address(&shop));
    typed["coupons"] = json!(["HEMAT-10"]);
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    assert_eq!(shop.guest_checkout(&cart, "g1", typed.clone()).await.status, 201);
    assert_eq!(shop.checkout_with("k1", &["HEMAT-10"]).await.status, 201);
    assert_eq!(shop.checkout_with("k2", &["HEMAT-10"]).await.status, 422);
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    assert_eq!(shop.guest_checkout(&cart, "g2", typed).await.status, 422);
    shop.stop().await;
}

#[tokio::test]
async fn a_coupon_comes_back_with_an_order_that_is_not_served() {
    let shop = Shop::start().await;
    let coupon = shop.coupon(ten_percent(json!({"limit_total": 1}))).await;
    let place = async |key: &str| -> OrderId {
        let answer = shop.checkout_with(key, &["HEMAT-10"]).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().parse().unwrap()
    };
    let order_id = place("k1").await;
    assert_eq!(shop.checkout_with("k2", &["HEMAT-10"]).await.status, 422);
    // Told twice, given back once.
    for _ in 0..2 {
        shop.app.deliver(&StockRejected { order_id, shortages: vec![] }).await.unwrap();
    }
    assert_eq!(used(&shop, &coupon).await, 0);
    let second = place("k3").await;
    let cancelled = shop.post(&format!("/api/v1/orders/{second}/cancel"), "c", None).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    assert_eq!(used(&shop, &coupon).await, 0);
    place("k4").await;
    assert_eq!(used(&shop, &coupon).await, 1);
    shop.stop().await;
}

#[tokio::test]
async fn a_coupon_that_does_not_fit_is_named_with_its_reason() {
    let shop = Shop::start().await;
    let minimum = json!({"minimum": {"amount_minor": 5_001, "currency": "IDR"}});
    shop.coupon(ten_percent(minimum)).await;
    shop.coupon(
        json!({"code": "LATER", "benefit": {"kind": "free_shipping"}, "starts_at": "2026-02-01T00:00:00Z"}),
    )
    .await;
    let combined = json!({"kind": "fixed", "amount": {"amount_minor": 100, "currency": "IDR"}});
    shop.coupon(json!({"code": "SERATUS", "benefit": combined, "combines": true})).await;
    for (coupons, place, detail) in [
        (&["NOBODY-KNOWS"][..], 0, "is not known, or not taken any more"),
        (&["HEMAT-10"], 0, "is for orders of at least IDR 50.01"),
        (&["LATER"], 0, "is not taken yet"),
        (&["SERATUS", "HEMAT-10"], 1, "can't be used with other coupons"),
    ] {
        let answer = shop.quote(json!({"coupons": coupons})).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        let detail = format!("{} {detail}", coupons[place]);
        let error = json!({"field": format!("coupons[{place}]"), "detail": detail});
        assert_eq!(answer.body["errors"][0], error);
        assert_eq!(shop.checkout_with("k", coupons).await.body["errors"], answer.body["errors"]);
    }
    assert_eq!(shop.quote(json!({"coupons": ["SERATUS", "seratus"]})).await.status, 400);
    assert_eq!(shop.checkout_with("k", &["seratus"]).await.body["total"]["amount_minor"], 4_900);
    shop.stop().await;
}

#[tokio::test]
async fn a_code_is_tried_at_the_cart_and_uses_nothing_up() {
    let shop = Shop::start().await;
    let coupon = shop.coupon(ten_percent(json!({"combines": true, "limit_total": 1}))).await;
    let shipping = json!({"kind": "free_shipping"});
    shop.coupon(json!({"code": "SENDIRI", "benefit": shipping})).await;
    let minimum = json!({"amount_minor": 5_001, "currency": "IDR"});
    let hundred = json!({"kind": "fixed", "amount": {"amount_minor": 100, "currency": "IDR"}});
    shop.coupon(json!({"code": "BANYAK", "benefit": hundred, "minimum": minimum, "combines": true})).await;
    let tried = async |coupons: &[&str]| {
        let answer = shop.quote(json!({"coupons": coupons, "skip_refused": true})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    for _ in 0..2 {
        let quote = tried(&["nobody-knows", "BANYAK", "HEMAT-10", "SENDIRI"]).await;
        assert_eq!(
            quote["refused_coupons"],
            json!([
                {"code": "NOBODY-KNOWS", "reason": "unknown", "detail": "NOBODY-KNOWS is not known, or not taken any more"},
                {"code": "BANYAK", "reason": "too_little", "minimum": minimum, "detail": "BANYAK is for orders of at least IDR 50.01"},
                {"code": "SENDIRI", "reason": "alone", "detail": "SENDIRI can't be used with other coupons"},
            ])
        );
        assert_eq!(
            (quote["coupons"].as_array().unwrap().len(), &quote["coupons"][0]["code"]),
            (1, &json!("HEMAT-10"))
        );
        assert_eq!(quote["coupons"][0]["amount"]["amount_minor"], 500);
        assert_eq!(quote["totals"]["total"]["amount_minor"], 4_500);
    }
    assert_eq!(used(&shop, &coupon).await, 0);
    assert_eq!(shop.checkout_with("k1", &["HEMAT-10"]).await.status, 201);
    shop.fill_anew().await;
    let quote = tried(&["HEMAT-10"]).await;
    assert_eq!(quote["refused_coupons"][0]["reason"], "used_up");
    assert_eq!(quote["totals"]["total"]["amount_minor"], 5_000);
    shop.stop().await;
}

#[tokio::test]
async fn coupons_are_kept_by_administrators() {
    let shop = Shop::start().await;
    let coupon = shop.coupon(ten_percent(json!({"limit_total": 5}))).await;
    let path = "/api/v1/admin/coupons";
    let admin = testing::admin();
    let twin = shop.app.send("POST", path, Some(&admin), Some(ten_percent(json!({})))).await;
    assert_eq!(twin.status, 409);
    assert_eq!(twin.body["type"], "https://warung.dev/problems/coupon-code-taken");
    let one = format!("{path}/{}", coupon["id"].as_str().unwrap());
    let changed = json!({"limit_total": null, "ends_at": "2026-03-01T00:00:00Z", "active": false});
    let coupon = shop.as_admin("PATCH", &one, Some(changed)).await;
    assert_eq!((coupon.get("limit_total"), &coupon["active"]), (None, &json!(false)));
    assert_eq!(coupon["ends_at"], "2026-03-01T00:00:00Z");
    assert_eq!(shop.as_admin("GET", path, None).await["items"], json!([coupon]));
    assert_eq!(shop.quote(json!({"coupons": ["HEMAT-10"]})).await.status, 422);
    for wrong in [
        json!({"code": "X", "benefit": {"kind": "free_shipping"}}),
        json!({"code": "XXX", "benefit": {"kind": "percent", "ppm": 1_000_001}}),
        json!({"code": "XXX", "benefit": {"kind": "fixed", "amount": {"amount_minor": 1, "currency": "USD"}}}),
    ] {
        assert_eq!(shop.app.send("POST", path, Some(&admin), Some(wrong)).await.status, 400);
    }
    assert_eq!(shop.app.send("GET", path, Some(&shop.token), None).await.status, 403);
    shop.stop().await;
}

#[tokio::test]
async fn a_coupon_is_found_by_its_code_and_taken_away_while_nobody_used_it() {
    let shop = Shop::start().await;
    let (admin, path) = (testing::admin(), "/api/v1/admin/coupons");
    let used = shop.coupon(ten_percent(json!({}))).await;
    let shipping = json!({"kind": "free_shipping"});
    let free = shop.coupon(json!({"code": "ONGKIR-1", "benefit": shipping, "automatic": true})).await;
    for (query, found) in [
        ("code=ongkir", vec![&free]),
        ("automatic=false", vec![&used]),
        ("code=hemat&automatic=true", vec![]),
        ("", vec![&free, &used]),
    ] {
        let list = shop.as_admin("GET", &format!("{path}?{query}"), None).await;
        assert_eq!(list["items"], json!(found), "{query}");
    }
    let at = |coupon: &Value| format!("{path}/{}", coupon["id"].as_str().unwrap());
    assert_eq!(shop.checkout_with("k", &["HEMAT-10"]).await.status, 201);
    let refused = shop.app.send("DELETE", &at(&used), Some(&admin), None).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["type"]),
        (409, &json!("https://warung.dev/problems/coupon-in-use"))
    );
    assert_eq!(shop.app.send("DELETE", &at(&free), Some(&admin), None).await.status, 204);
    assert_eq!(shop.app.send("GET", &at(&free), Some(&admin), None).await.status, 404);
    shop.stop().await;
}

#[tokio::test]
async fn an_edit_of_a_coupon_does_not_undo_another() {
    let shop = Shop::start().await;
    let coupon = shop.coupon(ten_percent(json!({}))).await;
    let (admin, path) =
        (testing::admin(), format!("/api/v1/admin/coupons/{}", coupon["id"].as_str().unwrap()));
    let tag = async || {
        let read = shop.app.send("GET", &path, Some(&admin), None).await;
        read.headers["etag"].to_str().unwrap().to_owned()
    };
    let edit = async |tag: &str, method: &str, body: Option<Value>| {
        shop.app.send_with(method, &path, Some(&admin), &[("if-match", tag)], body).await.status.as_u16()
    };
    let first = tag().await;
    assert_eq!(shop.checkout_with("k", &["HEMAT-10"]).await.status, 201);
    assert_eq!(tag().await, first, "a use is no edit");
    let limit = Some(json!({"limit_total": 5}));
    assert_eq!(edit(&first, "PATCH", limit.clone()).await, 200);
    for stale in [first.as_str(), "\"zzz\""] {
        assert_eq!(edit(stale, "PATCH", limit.clone()).await, 412);
        assert_eq!(edit(stale, "DELETE", None).await, 412);
    }
    assert_eq!(edit(&tag().await, "PATCH", limit).await, 200);
    shop.stop().await;
}

#[tokio::test]
async fn the_document_says_all_that_can_be_changed_of_a_coupon() {
    let shop = Shop::start().await;
    let document = shop.app.send("GET", "/openapi.json", None, None).await.body;
    let fields = document["components"]["schemas"]["CouponPatch"]["properties"].as_object().unwrap();
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["active", "combines", "ends_at", "limit_per_user", "limit_total", "starts_at"]);
    for (name, schema) in fields {
        let kinds = schema["type"].as_array().unwrap_or_else(|| panic!("{name}: {schema}"));
        assert!(kinds.contains(&json!("null")), "{name} may be null: {schema}");
    }
    shop.stop().await;
}
