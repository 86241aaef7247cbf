//! The catalogue as those see it who keep it.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{TestApp, admin, customer, token};
use warung_contracts::{id::UserId, permission::Role};

use crate::shop::{add, idr, post, start};

async fn skus(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.send("GET", &format!("/api/v1/admin/products{query}"), Some(&admin()), None).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    answer.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["sku"].as_str().unwrap().to_owned())
        .collect()
}

/// A draft, two that are sold, one of them in a category below another, and one that is archived; the categories' ids.
async fn catalogue(app: &TestApp) -> [Value; 2] {
    let drinks = post(app, "/api/v1/categories", json!({"slug": "minuman", "name": "Minuman"})).await.body;
    let below = json!({"slug": "kopi", "name": "Kopi", "parent_id": drinks["id"]});
    let coffee = post(app, "/api/v1/categories", below).await.body;
    let new = |sku: &str, name: &str| json!({"sku": sku, "name": name, "price": idr(100)});
    let mut gayo = new("KOPI-1", "Kopi Gayo");
    gayo["category_id"] = coffee["id"].clone();
    let mut draft = new("KOPI-2", "Kopi Toraja");
    draft["status"] = json!("draft");
    for product in [gayo, draft, new("TEH-1", "Teh 100%")] {
        add(app, product).await;
        app.clock.advance(Duration::SECOND);
    }
    let gone = add(app, new("SUSU-1", "Susu")).await;
    let path = format!("/api/v1/products/{}", gone["id"].as_str().unwrap());
    assert_eq!(app.send("DELETE", &path, Some(&admin()), None).await.status, 204);
    [drinks["id"].clone(), coffee["id"].clone()]
}

#[tokio::test]
async fn staff_find_products_of_every_status() {
    let app = start().await;
    let [drinks, coffee] = catalogue(&app).await.map(|id| id.as_str().unwrap().to_owned());
    assert_eq!(skus(&app, "").await, ["SUSU-1", "TEH-1", "KOPI-2", "KOPI-1"]);
    assert_eq!(skus(&app, "?status=draft").await, ["KOPI-2"]);
    assert_eq!(skus(&app, "?status=archived").await, ["SUSU-1"]);
    for category in [drinks, coffee] {
        assert_eq!(skus(&app, &format!("?category_id={category}")).await, ["KOPI-1"]);
    }
    assert_eq!(skus(&app, "?q=kopi").await, ["KOPI-2", "KOPI-1"]);
    assert_eq!(skus(&app, "?q=toraja&status=active").await, Vec::<String>::new());
    assert_eq!(skus(&app, "?q=teh-").await, ["TEH-1"]);
    // What means something to LIKE means itself here.
    assert_eq!(skus(&app, "?q=%25").await, ["TEH-1"]);
    app.stop().await;
}

#[tokio::test]
async fn pages_of_the_catalogue_hold_each_product_once() {
    let app = start().await;
    catalogue(&app).await;
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/admin/products?limit=3{next}");
        let page = app.send("GET", &path, Some(&admin()), None).await.body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["sku"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(seen, ["SUSU-1", "TEH-1", "KOPI-2", "KOPI-1"]);
    app.stop().await;
}

#[tokio::test]
async fn staff_read_what_customers_do_not_see() {
    let app = start().await;
    let draft = json!({
        "sku": "A", "name": "Kopi", "price": idr(100), "status": "draft",
        "translations": {"en": {"name": "Coffee"}},
    });
    let made = add(&app, draft).await;
    let id = made["id"].as_str().unwrap();
    let path = format!("/api/v1/admin/products/{id}");
    assert_eq!(app.send("GET", &format!("/api/v1/products/{id}"), None, None).await.status, 404);
    let read = app.send("GET", &path, Some(&admin()), None).await;
    assert_eq!(
        (&read.body["status"], &read.body["translations"]["en"]["name"]),
        (&json!("draft"), &json!("Coffee"))
    );
    // The tag is what an edit is made upon.
    let headers = [("if-match", read.headers["etag"].to_str().unwrap())];
    let edit = Some(json!({"name": "Kopi Gayo"}));
    let edited =
        app.send_with("PATCH", &format!("/api/v1/products/{id}"), Some(&admin()), &headers, edit).await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let (_, token) = customer();
    for path in [path.as_str(), "/api/v1/admin/products"] {
        assert_eq!(app.send("GET", path, Some(&token), None).await.status, 403);
        assert_eq!(app.send("GET", path, None, None).await.status, 401);
    }
    app.stop().await;
}

#[tokio::test]
async fn staff_write_what_a_day_brings_and_delete_nothing() {
    let app = start().await;
    let staff = token(UserId(uuid::Uuid::now_v7()), &[Role::Staff]);
    let send = async |method, path: &str, body| app.send(method, path, Some(&staff), body).await;
    let category = send("POST", "/api/v1/categories", Some(json!({"slug": "kopi", "name": "Kopi"}))).await;
    assert_eq!(category.status, 201, "{}", category.body);
    let list = send("POST", "/api/v1/price-lists", Some(json!({"name": "Sale"}))).await;
    assert_eq!(list.status, 201, "{}", list.body);
    for (what, made) in [("categories", category), ("price-lists", list)] {
        let path = format!("/api/v1/{what}/{}", made.body["id"].as_str().unwrap());
        assert_eq!(send("PATCH", &path, Some(json!({"name": "Lain"}))).await.status, 200, "{path}");
        assert_eq!(send("DELETE", &path, None).await.status, 403, "{path}");
    }
    let place = json!({"code": "jkt", "name": "Jakarta"});
    assert_eq!(send("POST", "/api/v1/locations", Some(place)).await.status, 403);
    app.stop().await;
}
