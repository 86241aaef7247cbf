//! What a shop window says of stock, and what staff have to buy again.

use serde_json::{Value, json};
use warung_chassis::testing::{TestApp, admin, customer};
use warung_contracts::id::ProductId;

use crate::shop::{add, adjust, id, idr, location, order, start};

/// What page, list and search say of a product, which must be the same.
async fn window(app: &TestApp, id: ProductId) -> Value {
    let page = app.send("GET", &format!("/api/v1/products/{id}"), None, None).await.body;
    assert_eq!(page["variants"][0]["availability"], page["availability"]);
    assert!(page["variants"][0].get("low_stock_at").is_none(), "what is low is the seller's to know");
    for list in ["/api/v1/products", "/api/v1/products/search?q=kopi"] {
        let listed = app.send("GET", list, None, None).await.body;
        assert_eq!(listed["items"][0]["availability"], page["availability"], "{list}");
    }
    page["availability"].clone()
}

#[tokio::test]
async fn customers_see_whether_it_is_there_low_promised_or_out() {
    let app = start().await;
    let body = json!({"sku": "KOPI", "name": "Kopi", "price": idr(1), "stock": 5, "low_stock_at": 2});
    let kopi: ProductId = id(&add(&app, body).await["id"]);
    assert_eq!(window(&app, kopi).await, "in_stock");
    app.deliver(&order(&[(kopi, 3)])).await.unwrap();
    app.clock.advance(time::Duration::SECOND);
    assert_eq!(window(&app, kopi).await, "low");
    app.deliver(&order(&[(kopi, 2)])).await.unwrap();
    app.clock.advance(time::Duration::SECOND);
    assert_eq!(window(&app, kopi).await, "out");
    let path = format!("/api/v1/products/{kopi}");
    let promised = app.send("PATCH", &path, Some(&admin()), Some(json!({"backorder": 4}))).await.body;
    let first = &promised["variants"][0];
    assert_eq!((&first["backorder"], &first["low_stock_at"]), (&json!(4), &json!(2)), "staff see both");
    app.clock.advance(time::Duration::SECOND);
    assert_eq!(window(&app, kopi).await, "backorder");
    app.stop().await;
}

#[tokio::test]
async fn staff_list_what_is_low_and_where_it_is() {
    let app = start().await;
    let second = location(&app, "jkt-2", 5).await;
    let mut made = Vec::new();
    for (sku, stock, low) in [("MANY", 50, 5), ("FEW", 3, 5), ("NONE", 0, 0), ("SOME", 8, 2)] {
        let body = json!({"sku": sku, "name": sku, "price": idr(1), "stock": stock, "low_stock_at": low});
        made.push(id::<ProductId>(&add(&app, body).await["id"]));
    }
    adjust(&app, made[1], made[1].default_variant(), Some(second), 1).await;
    let list = async |query: &str| {
        let answer = app.send("GET", &format!("/api/v1/stock{query}"), Some(&admin()), None).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.body["items"].as_array().unwrap().clone()
    };
    let skus = async |query: &str| {
        let mut skus: Vec<String> =
            list(query).await.iter().map(|item| item["sku"].as_str().unwrap().to_owned()).collect();
        skus.sort();
        skus
    };
    assert_eq!(skus("").await, ["FEW", "MANY", "NONE", "SOME"]);
    assert_eq!(skus("?low=true").await, ["FEW", "NONE"]);
    assert_eq!(skus("?below=9").await, ["FEW", "NONE", "SOME"]);
    assert_eq!(skus("?low=true&below=1").await, ["NONE"]);
    let few = list("?low=true").await.into_iter().find(|item| item["sku"] == "FEW").unwrap();
    assert_eq!((&few["free"], &few["availability"]), (&json!(4), &json!("low")));
    let places: Vec<_> =
        few["locations"].as_array().unwrap().iter().map(|at| (&at["code"], &at["on_hand"])).collect();
    assert_eq!(places, [(&json!("main"), &json!(3)), (&json!("jkt-2"), &json!(1))]);
    assert_eq!(skus(&format!("?location_id={second}")).await, ["FEW"]);
    let (_, token) = customer();
    assert_eq!(app.send("GET", "/api/v1/stock?low=true", Some(&token), None).await.status, 403);
    app.stop().await;
}
