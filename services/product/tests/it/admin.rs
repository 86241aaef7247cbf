//! What administrators write.

use serde_json::json;
use warung_chassis::testing::{admin, customer};
use warung_contracts::{event::TaxClassChanged, id::ProductId};

use crate::shop::{check_books, idr, order, post, product, start, stock};

#[tokio::test]
async fn the_doors_are_those_of_the_manifest() {
    let app = start().await;
    app.check_routes().await;
    let manifest = warung_contracts::manifest::get("product");
    let mut declared: Vec<&str> = manifest.consumes.iter().map(|c| c.event.as_str()).collect();
    declared.sort_unstable();
    assert_eq!(app.consumers.types(), declared);
    let migrations = warung_product::service().migrations.unwrap().version();
    assert_eq!(manifest.database.unwrap().schema.newest, migrations);
    app.stop().await;
}

#[tokio::test]
async fn customers_write_nothing() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 1).await;
    let (_, token) = customer();
    let body = json!({"sku": "B", "name": "Teh", "price": idr(1)});
    let detail = format!("/api/v1/products/{id}");
    for (method, path, body) in [
        ("POST", "/api/v1/products".to_owned(), body),
        ("POST", "/api/v1/categories".to_owned(), json!({"slug": "a", "name": "A"})),
        ("PATCH", detail.clone(), json!({"name": "Teh"})),
        ("DELETE", detail.clone(), json!({})),
        ("POST", format!("{detail}/stock"), json!({"delta": 1, "reason": "gift"})),
    ] {
        let answer = app.send(method, &path, Some(&token), Some(body)).await;
        assert_eq!((answer.status.as_u16(), &answer.body["status"]), (403, &json!(403)), "{method} {path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_body_is_told_which_field_is_wrong() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 1).await;
    let good = json!({"sku": "B", "name": "Teh", "price": idr(1)});
    let with = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let products = "/api/v1/products".to_owned();
    let stock = format!("/api/v1/products/{id}/stock");
    let no_category = "cat_01920000000070008000000000000001";
    for (path, body, field) in [
        (products.clone(), with("sku", json!("a b")), "sku"),
        (products.clone(), with("name", json!("")), "name"),
        (products.clone(), with("name", json!("a\u{0}b")), "name"),
        (products.clone(), with("price", json!({"amount_minor": 0, "currency": "IDR"})), "price"),
        (products.clone(), with("price", json!({"amount_minor": 1, "currency": "USD"})), "price.currency"),
        (products.clone(), with("price", json!({"amount_minor": 1, "currency": "XXX"})), "price.currency"),
        (products.clone(), with("stock", json!(-1)), "stock"),
        (products.clone(), with("colour", json!("red")), "colour"),
        (products.clone(), with("category_id", json!(no_category)), "category_id"),
        ("/api/v1/categories".into(), json!({"slug": "A!", "name": "A"}), "slug"),
        (
            "/api/v1/categories".into(),
            json!({"slug": "a", "name": "A", "parent_id": no_category}),
            "parent_id",
        ),
        (stock.clone(), json!({"delta": 0, "reason": "none"}), "delta"),
        (stock.clone(), json!({"delta": 1, "reason": ""}), "reason"),
    ] {
        let headers = [("idempotency-key", "k")];
        let answer = app.send_with("POST", &path, Some(&admin()), &headers, Some(body.clone())).await;
        assert_eq!(answer.status, 400, "{path} {body}: {:?}", answer.body);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.body["errors"][0]["field"], field, "{body}: {:?}", answer.body);
    }
    let path = format!("/api/v1/products/{id}");
    // All that is wrong is named at once: of the product, of its default variant, and what only the store knows.
    let wrong = json!({"name": "", "price": {"amount_minor": 0, "currency": "IDR"}, "category_id": no_category,
        "tax_class": "books", "media": [{"url": "x"}]});
    let patch = app.send("PATCH", &path, Some(&admin()), Some(wrong)).await;
    let mut fields: Vec<&str> =
        patch.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["category_id", "media[0].url", "name", "price", "tax_class"]);
    // Limits of fields are told beside fields that have no shape.
    let wrong = json!({"sku": "B", "name": "", "price": 5, "stock": -1, "max_quantity": 1000});
    let made = post(&app, "/api/v1/products", wrong).await;
    let mut fields: Vec<&str> =
        made.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["max_quantity", "name", "price", "stock"], "{}", made.body);
    let patch = app.send("PATCH", &path, Some(&admin()), Some(json!({"sku": "N"}))).await;
    assert_eq!(patch.status, 400);
    app.stop().await;
}

#[tokio::test]
async fn an_edit_needs_the_version_it_was_made_from() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let path = format!("/api/v1/products/{id}");
    let read = app.send("GET", &path, None, None).await;
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    // Stock comes and goes; that is no edit.
    app.deliver(&order(&[(id, 1)])).await.unwrap();
    let edit = |tag: String, body: serde_json::Value| {
        let (app, path) = (&app, &path);
        async move { app.send_with("PATCH", path, Some(&admin()), &[("if-match", &tag)], Some(body)).await }
    };
    let first = edit(tag.clone(), json!({"name": "Kopi Gayo", "price": idr(200)})).await;
    assert_eq!(first.status, 200, "{:?}", first.body);
    assert_eq!(first.body["name"], "Kopi Gayo");
    assert_eq!(edit(tag.clone(), json!({"name": "Lost"})).await.status, 412);
    let stale = app.send_with("DELETE", &path, Some(&admin()), &[("if-match", &tag)], None).await;
    assert_eq!(stale.status, 412);
    // The page shows the edit at once.
    let read = app.send("GET", &path, None, None).await;
    assert_eq!((&read.body["name"], &read.body["available"]), (&json!("Kopi Gayo"), &json!(4)));
    assert_eq!(read.body["price"], json!(idr(200)));

    let fresh = read.headers["etag"].to_str().unwrap().to_owned();
    let gone = app.send_with("DELETE", &path, Some(&admin()), &[("if-match", &fresh)], None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.send("GET", &path, None, None).await.status, 404);
    assert_eq!(edit("*".into(), json!({"status": "active"})).await.status, 200);
    assert_eq!(app.send("GET", &path, None, None).await.status, 200);
    let unknown = format!("/api/v1/products/{}", ProductId(uuid::Uuid::now_v7()));
    assert_eq!(app.send("PATCH", &unknown, Some(&admin()), Some(json!({}))).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn a_sku_and_a_slug_are_taken_once() {
    let app = start().await;
    product(&app, "A", "Kopi", 100, 1).await;
    let again = post(&app, "/api/v1/products", json!({"sku": "A", "name": "Teh", "price": idr(1)})).await;
    assert_eq!(again.status, 409);
    assert!(again.body["type"].as_str().unwrap().ends_with("/sku-taken"));
    let category = json!({"slug": "minuman", "name": "Minuman"});
    assert_eq!(post(&app, "/api/v1/categories", category.clone()).await.status, 201);
    let again = post(&app, "/api/v1/categories", category).await;
    assert_eq!(again.status, 409);
    assert!(again.body["type"].as_str().unwrap().ends_with("/slug-taken"));
    app.stop().await;
}

#[tokio::test]
async fn an_adjustment_counts_once_and_never_below_what_is_reserved() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    app.deliver(&order(&[(id, 3)])).await.unwrap();
    let (path, token) = (format!("/api/v1/products/{id}/stock"), admin());
    let adjust = |key: &'static str, delta: i64| {
        let (app, path, token) = (&app, &path, &token);
        let body = json!({"delta": delta, "reason": "count"});
        async move { app.send_with("POST", path, Some(token), &[("idempotency-key", key)], Some(body)).await }
    };
    let first = adjust("one", 10).await;
    assert_eq!(first.status, 201, "{:?}", first.body);
    let numbers =
        ["product_id", "on_hand", "reserved", "backorder", "available"].map(|name| &first.body[name]);
    assert_eq!(json!(numbers), json!([id, 15, 3, 0, 12]));
    let again = adjust("one", 10).await;
    assert_eq!((again.status.as_u16(), again.body), (201, first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(adjust("one", 11).await.status, 422);
    let refused = adjust("two", -13).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body["type"].as_str().unwrap().ends_with("/stock-out-of-range"));
    assert_eq!(adjust("three", -12).await.status, 201);
    assert_eq!(stock(&app, id).await, (3, 3));
    let keyless = app.send("POST", &path, Some(&token), Some(json!({"delta": 1, "reason": "x"}))).await;
    assert_eq!(keyless.status, 400);
    let unknown = format!("/api/v1/products/{}/stock", ProductId(uuid::Uuid::now_v7()));
    let body = json!({"delta": 1, "reason": "x"});
    let unknown =
        app.send_with("POST", &unknown, Some(&token), &[("idempotency-key", "k")], Some(body)).await;
    assert_eq!(unknown.status, 404);
    check_books(&app).await;

    let pool = app.db.as_ref().unwrap().pool();
    for forbidden in ["UPDATE stock_movements SET on_hand_delta = 0", "DELETE FROM stock_movements"] {
        assert!(sqlx::query(forbidden).execute(pool).await.is_err(), "{forbidden} was not refused");
    }
    let over = sqlx::query("UPDATE stock_levels SET reserved = on_hand + 1").execute(pool).await;
    assert!(over.is_err(), "the table lets more be reserved than there is");
    app.stop().await;
}

#[tokio::test]
async fn a_product_names_only_tax_classes_that_have_a_rate() {
    let app = start().await;
    let id = product(&app, "A", "Buku", 100, 1).await;
    let path = format!("/api/v1/products/{id}");
    let classify =
        async || app.send("PATCH", &path, Some(&admin()), Some(json!({"tax_class": "books"}))).await;
    let told = async |defined| {
        app.deliver(&TaxClassChanged { tax_class: "books".into(), defined, version: None }).await.unwrap();
    };
    let refused = classify().await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("tax_class")));
    // Beside it, all else that is wrong is named.
    let body = json!({"sku": "B", "name": "", "price": idr(1), "tax_class": "books"});
    let refused = post(&app, "/api/v1/products", body).await;
    let fields: Vec<_> = refused.body["errors"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
    assert_eq!(fields, ["name", "tax_class"]);

    told(true).await;
    assert_eq!(classify().await.body["tax_class"], "books");
    // What is of a class that lost its rates stays editable; order does not sell it.
    told(false).await;
    let edited = app.send("PATCH", &path, Some(&admin()), Some(json!({"name": "Novel"}))).await;
    assert_eq!((edited.status.as_u16(), &edited.body["tax_class"]), (200, &json!("books")));
    let body = json!({"sku": "B", "name": "Novel", "price": idr(1), "tax_class": "books"});
    assert_eq!(post(&app, "/api/v1/products", body).await.status, 400);
    app.stop().await;
}

#[tokio::test]
async fn old_news_of_a_tax_class_changes_nothing() {
    let app = start().await;
    let id = product(&app, "A", "Buku", 100, 1).await;
    let path = format!("/api/v1/products/{id}");
    let classify = async |class: &str| {
        app.send("PATCH", &path, Some(&admin()), Some(json!({"tax_class": class}))).await.status.as_u16()
    };
    let told = async |class: &str, defined, version| {
        app.deliver(&TaxClassChanged { tax_class: class.into(), defined, version }).await.unwrap();
    };
    // Each is told again, under another id, after what followed it.
    told("books", true, None).await;
    told("books", false, Some(2)).await;
    told("books", true, None).await;
    told("books", true, Some(1)).await;
    assert_eq!(classify("books").await, 400, "the class has no rate any more");
    told("books", true, Some(4)).await;
    told("books", false, Some(2)).await;
    assert_eq!(classify("books").await, 200, "the class has a rate again");
    told("food", true, Some(3)).await;
    assert_eq!(classify("food").await, 200, "each class has news of its own");
    app.stop().await;
}

#[tokio::test]
async fn a_name_has_one_line() {
    let app = start().await;
    let broken = "Kopi\r\nBcc: b";
    let named = json!({"sku": "A", "name": broken, "price": idr(1)});
    let translated = json!({"slug": "kopi", "name": "Kopi", "translations": {"en": broken}});
    for (path, body) in [
        ("/api/v1/products", named),
        ("/api/v1/categories", json!({"slug": "kopi", "name": broken})),
        ("/api/v1/categories", translated),
        ("/api/v1/locations", json!({"code": "jkt", "name": broken})),
        ("/api/v1/price-lists", json!({"name": broken})),
    ] {
        let refused = post(&app, path, body).await;
        let text = refused.body["errors"].to_string();
        assert_eq!(refused.status, 400, "{path}: {}", refused.body);
        assert!(text.contains("line breaks"), "{path}: {text}");
    }
    let id = product(&app, "A", "Kopi", 100, 1).await;
    let path = format!("/api/v1/products/{id}");
    let fields = json!({"options": [{"name": "Size\n", "values": ["L\t"]}], "barcode": "1\n2"});
    let refused = app.send("PATCH", &path, Some(&admin()), Some(fields)).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let lines = app.send("PATCH", &path, Some(&admin()), Some(json!({"description": "a\nb"}))).await;
    assert_eq!(lines.status, 200, "a description has lines: {}", lines.body);
    app.stop().await;
}
