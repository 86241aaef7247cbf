//! Prices that hold for a time.

use serde_json::{Value, json};
use time::{Duration, format_description::well_known::Rfc3339};
use warung_chassis::testing::{TestApp, admin, epoch};
use warung_contracts::id::{ProductId, VariantId};

use crate::shop::{idr, post, product, settle, shirt, start};

fn at(hours: i64) -> Value {
    json!((epoch() + Duration::hours(hours)).format(&Rfc3339).unwrap())
}

async fn list(app: &TestApp, body: Value) -> String {
    let answer = post(app, "/api/v1/price-lists", body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    format!("/api/v1/price-lists/{}", answer.body["id"].as_str().unwrap())
}

async fn set(app: &TestApp, list: &str, variant: VariantId, price: Option<i64>) {
    let body = json!({"items": [{"variant_id": variant, "price": price.map(idr)}]});
    let answer = app.send("PATCH", &format!("{list}/prices"), Some(&admin()), Some(body)).await;
    assert_eq!(answer.status, 204, "{:?}", answer.body);
    settle(app).await;
}

/// What the page and the list say, which must be the same.
async fn price(app: &TestApp, id: ProductId) -> i64 {
    let page = app.send("GET", &format!("/api/v1/products/{id}"), None, None).await.body;
    let list = app.send("GET", "/api/v1/products?sort=price_asc", None, None).await.body;
    let listed = list["items"].as_array().unwrap().iter().find(|item| item["id"] == json!(id)).unwrap();
    assert_eq!(page["price"], listed["price"]);
    page["price"]["amount_minor"].as_i64().unwrap()
}

#[tokio::test]
async fn a_price_changes_at_its_time_without_anybody_doing_anything() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 1000, 1).await;
    let sale = list(&app, json!({"name": "Sale", "valid_from": at(1), "valid_until": at(2)})).await;
    set(&app, &sale, id.default_variant(), Some(800)).await;
    app.run_job("hear_changes").await;
    assert_eq!(price(&app, id).await, 1000);
    app.clock.advance(Duration::hours(1) - Duration::SECOND);
    assert_eq!(price(&app, id).await, 1000);
    app.clock.advance(Duration::SECOND);
    assert_eq!(price(&app, id).await, 800, "at the second at which it begins");
    let cheap = app.send("GET", "/api/v1/products?price_max_minor=900", None, None).await.body;
    assert_eq!(cheap["items"].as_array().unwrap().len(), 1, "filters agree with what is shown");
    app.clock.advance(Duration::hours(1));
    assert_eq!(price(&app, id).await, 1000, "the end is not included");
    app.stop().await;
}

#[tokio::test]
async fn the_best_list_that_holds_counts() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 1000, 1).await;
    let variant = id.default_variant();
    let (low, high) = (list(&app, json!({"name": "Low"})).await, list(&app, json!({"name": "High"})).await);
    set(&app, &low, variant, Some(700)).await;
    set(&app, &high, variant, Some(900)).await;
    assert_eq!(price(&app, id).await, 700, "among equals the lower price");
    let edit = |list: String, body: Value| {
        let app = &app;
        async move {
            let answer = app.send("PATCH", &list, Some(&admin()), Some(body)).await;
            settle(app).await;
            answer
        }
    };
    assert_eq!(edit(high.clone(), json!({"priority": 5})).await.status, 200);
    assert_eq!(price(&app, id).await, 900, "the greater priority, although it is dearer");
    edit(high.clone(), json!({"active": false})).await;
    assert_eq!(price(&app, id).await, 700);
    set(&app, &low, variant, None).await;
    assert_eq!(price(&app, id).await, 1000);
    let unsound = edit(low.clone(), json!({"valid_from": at(2), "valid_until": at(1)})).await;
    assert_eq!((unsound.status.as_u16(), &unsound.body["errors"][0]["field"]), (400, &json!("valid_until")));
    let unknown = json!({"items": [{"variant_id": VariantId(uuid::Uuid::now_v7()), "price": idr(1)}]});
    let refused = app.send("PATCH", &format!("{low}/prices"), Some(&admin()), Some(unknown)).await;
    assert_eq!(refused.body["errors"][0]["field"], "items[0].variant_id");

    let history = app.send("GET", &format!("/api/v1/products/{id}/prices"), Some(&admin()), None).await.body;
    let minors: Vec<Option<i64>> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["price"]["amount_minor"].as_i64())
        .collect();
    assert_eq!(minors, [None, Some(900), Some(700), Some(1000)], "the newest first, the removal too");
    app.stop().await;
}

#[tokio::test]
async fn a_list_is_read_moved_in_time_and_taken_away() {
    let app = start().await;
    let (id, [m, l]) = shirt(&app, [1, 1]).await;
    let sale = list(&app, json!({"name": "Sale", "valid_from": at(1)})).await;
    set(&app, &sale, m, Some(80)).await;
    set(&app, &sale, l, Some(90)).await;
    let send = async |method, path: &str, body| app.send(method, path, Some(&admin()), body).await;
    assert_eq!(send("GET", &sale, None).await.body["name"], "Sale");
    let first = send("GET", &format!("{sale}/prices?limit=1"), None).await.body;
    let next = format!("{sale}/prices?cursor={}", first["next_cursor"].as_str().unwrap());
    let second = send("GET", &next, None).await.body;
    let entry = |variant_id: VariantId, sku: &str, price, own_price| {
        json!({"product_id": id, "variant_id": variant_id, "sku": sku, "name": "Kaos Merah", "price": idr(price),
            "own_price": idr(own_price)})
    };
    // In the order of their ids, which are made by chance.
    let mut entries = [(m, entry(m, "KAOS-M", 80, 100)), (l, entry(l, "KAOS-L", 90, 120))];
    entries.sort_by_key(|(variant, _)| *variant);
    assert_eq!([&first["items"], &second["items"]], entries.map(|(_, entry)| json!([entry])).each_ref());

    assert_eq!(price(&app, id).await, 100);
    assert_eq!(send("PATCH", &sale, Some(json!({"valid_from": null}))).await.status, 200);
    settle(&app).await;
    assert_eq!(price(&app, id).await, 80, "an edit of its time counts at once");

    assert_eq!(send("DELETE", &sale, None).await.status, 204);
    settle(&app).await;
    assert_eq!(price(&app, id).await, 100);
    for (method, path) in [("GET", sale.clone()), ("GET", format!("{sale}/prices")), ("DELETE", sale.clone())]
    {
        assert_eq!(send(method, &path, None).await.status, 404, "{method} {path}");
    }
    let history = send("GET", &format!("/api/v1/products/{id}/prices"), None).await.body;
    assert_eq!(history["items"][0]["price"], Value::Null, "that it ended is kept");
    app.stop().await;
}

#[tokio::test]
async fn the_lowest_price_of_the_variants_is_the_products() {
    let app = start().await;
    let (id, [_, l]) = shirt(&app, [1, 1]).await;
    let sale = list(&app, json!({"name": "Sale"})).await;
    set(&app, &sale, l, Some(60)).await;
    assert_eq!(price(&app, id).await, 60);
    app.stop().await;
}

#[tokio::test]
async fn while_a_list_lowers_a_price_it_is_shown_what_it_was_without() {
    let app = start().await;
    let body = json!({"sku": "A", "name": "Kopi", "price": idr(1000), "compare_at": idr(1500)});
    let id: ProductId = crate::shop::id(&crate::shop::add(&app, body).await["id"]);
    let sale = list(&app, json!({"name": "Sale"})).await;
    let compared = async |query: &str| {
        // Lists are kept for the second.
        app.clock.advance(Duration::SECOND);
        app.run_job("hear_changes").await;
        let page = app.send("GET", &format!("/api/v1/products/{id}"), None, None).await.body;
        let listed = app.send("GET", &format!("/api/v1/products?{query}"), None, None).await.body;
        let listed = listed["items"].as_array().unwrap().first().map(|item| item["compare_at"].clone());
        assert_eq!(page["compare_at"], page["variants"][0]["compare_at"]);
        (
            page["compare_at"]["amount_minor"].as_i64(),
            listed.map(|compare_at| compare_at["amount_minor"].as_i64()),
        )
    };
    assert_eq!(compared("").await, (Some(1500), Some(Some(1500))), "what the seller says");
    for (price, shown) in [(800, Some(1000)), (1200, Some(1500)), (1500, None)] {
        set(&app, &sale, id.default_variant(), Some(price)).await;
        assert_eq!(compared("").await, (shown, Some(shown)), "at {price}");
        assert_eq!(compared("on_sale=true").await.1.is_some(), shown.is_some(), "at {price}");
    }
    app.stop().await;
}
