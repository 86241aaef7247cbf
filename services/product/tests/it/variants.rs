//! Kinds of a product: what they are, what they are called, where they are found.

use serde_json::json;
use warung_chassis::testing::admin;
use warung_contracts::event::StockRejected;

use crate::shop::{
    add, adjust, check_books, confirmed, id, idr, levels, order_of, post, settle, shirt, start, told,
};

#[tokio::test]
async fn a_product_comes_in_kinds_with_prices_and_stock_of_their_own() {
    let app = start().await;
    let (product, [m, l]) = shirt(&app, [3, 0]).await;
    assert_eq!(m.uuid(), product.uuid(), "the default variant has the product's digits");
    let page = app.send("GET", &format!("/api/v1/products/{product}"), None, None).await.body;
    assert_eq!((&page["price"], &page["available"]), (&json!(idr(100)), &json!(3)));
    let kinds = page["variants"].as_array().unwrap();
    let shown = |n: usize, field: &str| kinds[n][field].clone();
    assert_eq!([shown(0, "name"), shown(1, "name")], [json!("M"), json!("L")]);
    assert_eq!([shown(0, "available"), shown(1, "available")], [json!(3), json!(0)]);
    assert_eq!(shown(1, "price"), json!(idr(120)));

    // One kind is short, so nothing of the other is set aside.
    app.deliver(&order_of(&[(product, m, 1), (product, l, 1)])).await.unwrap();
    let rejected: Vec<StockRejected> = told(&app).await;
    assert_eq!(rejected[0].shortages[0].variant_id, Some(l));
    let placed = order_of(&[(product, m, 2)]);
    app.deliver(&placed).await.unwrap();
    app.deliver(&confirmed(&placed)).await.unwrap();
    assert_eq!(levels(&app, m).await, [("main".to_owned(), 1, 0)]);
    assert_eq!(levels(&app, l).await, [("main".to_owned(), 0, 0)]);
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_variant_is_added_edited_and_taken_out_of_sale() {
    let app = start().await;
    let (product, [m, l]) = shirt(&app, [1, 1]).await;
    let path = format!("/api/v1/products/{product}/variants");
    let new = |sku: &str, size: &str| json!({"sku": sku, "option_values": {"Size": size}, "price": idr(90)});
    for (body, status, field) in [
        (new("KAOS-M", "XL"), 400, "option_values"),
        (new("KAOS-XL", "L"), 400, "option_values"),
        (json!({"sku": "X", "option_values": {}, "price": idr(1)}), 400, "option_values"),
    ] {
        let answer = post(&app, &path, body).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (status, &json!(field)));
    }
    let detail = format!("/api/v1/products/{product}");
    let sizes = json!({"options": [{"name": "Size", "values": ["M", "L", "XL"]}]});
    assert_eq!(app.send("PATCH", &detail, Some(&admin()), Some(sizes)).await.status, 200);
    let taken = post(&app, &path, new("KAOS-M", "XL")).await;
    assert!(taken.body["type"].as_str().unwrap().ends_with("/sku-taken"), "{:?}", taken.body);
    let added = post(&app, &path, new("KAOS-XL", "XL")).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    assert_eq!(added.body["price"], json!(idr(90)), "the lowest of its variants");
    let shrunk = json!({"options": [{"name": "Size", "values": ["M"]}]});
    let refused = app.send("PATCH", &detail, Some(&admin()), Some(shrunk)).await;
    assert_eq!(refused.body["errors"][0]["field"], "options");

    let edit = async |variant, body| {
        app.send("PATCH", &format!("/api/v1/variants/{variant}"), Some(&admin()), Some(body)).await
    };
    let body = json!({"compare_at": idr(150), "barcode": "8991234567890", "measures": {"weight_grams": 200}});
    let edited = edit(l, body).await;
    assert_eq!(edited.status, 200, "{:?}", edited.body);
    assert_eq!(edited.body["variants"][1]["compare_at"], json!(idr(150)));
    assert_eq!(edited.body["variants"][1]["measures"]["weight_grams"], 200);
    let wrong = edit(l, json!({"compare_at": idr(1)})).await;
    assert_eq!(wrong.body["errors"][0]["field"], "compare_at");
    assert_eq!(edit(m, json!({"status": "archived"})).await.body["errors"][0]["field"], "status");
    assert_eq!(edit(l, json!({"status": "archived"})).await.status, 200);
    app.deliver(&order_of(&[(product, l, 1)])).await.unwrap();
    let rejected: Vec<StockRejected> = told(&app).await;
    assert_eq!(rejected[0].shortages[0].left, 0, "what is archived has nothing left");
    app.stop().await;
}

#[tokio::test]
async fn more_is_sold_than_is_there_only_where_that_is_allowed() {
    let app = start().await;
    let (product, [m, _]) = shirt(&app, [1, 0]).await;
    let path = format!("/api/v1/variants/{m}");
    let allow = |items: u32| {
        let (app, path) = (&app, &path);
        async move { app.send("PATCH", path, Some(&admin()), Some(json!({"backorder": items}))).await }
    };
    assert_eq!(allow(2).await.status, 200);
    let placed = order_of(&[(product, m, 3)]);
    app.deliver(&placed).await.unwrap();
    let refused = allow(1).await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("/backorder-in-use"), "{:?}", refused.body);
    app.deliver(&confirmed(&placed)).await.unwrap();
    assert_eq!(levels(&app, m).await, [("main".to_owned(), -2, 0)]);
    app.deliver(&order_of(&[(product, m, 1)])).await.unwrap();
    assert_eq!(levels(&app, m).await, [("main".to_owned(), -2, 0)], "the allowance is used up");
    assert_eq!(adjust(&app, product, m, None, 5).await.status, 201);
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn an_old_slug_leads_to_the_product_for_ever() {
    let app = start().await;
    let made = add(&app, json!({"sku": "A", "name": "Kopi Gayo", "price": idr(1)})).await;
    assert_eq!(made["slug"], "kopi-gayo");
    let twin = add(&app, json!({"sku": "B", "name": "Kopi Gayo", "price": idr(1)})).await;
    assert!(twin["slug"].as_str().unwrap().starts_with("kopi-gayo-"));
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let rename = |slug: &str| {
        let (app, path, body) = (&app, &path, json!({"slug": slug}));
        async move { app.send("PATCH", path, Some(&admin()), Some(body)).await }
    };
    assert_eq!(rename("gayo").await.status, 200);
    let get = async |slug: &str| app.send("GET", &format!("/api/v1/products/{slug}"), None, None).await;
    assert_eq!(get("gayo").await.body["id"], made["id"]);
    let old = get("kopi-gayo").await;
    assert_eq!(
        (old.status.as_u16(), &old.headers["location"]),
        (308, &"/api/v1/products/gayo".parse().unwrap())
    );
    assert_eq!(rename("kopi-gayo").await.status, 200, "its own old slug is free for it");
    assert_eq!(get("gayo").await.status, 308);
    let taken =
        post(&app, "/api/v1/products", json!({"sku": "C", "name": "C", "slug": "gayo", "price": idr(1)}))
            .await;
    assert!(taken.body["type"].as_str().unwrap().ends_with("/slug-taken"));
    for bad in ["Gayo", "a--b", "search", ""] {
        assert_eq!(rename(bad).await.body["errors"][0]["field"], "slug", "{bad}");
    }
    assert_eq!(get("no-such-thing").await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn texts_come_in_the_readers_language() {
    let app = start().await;
    let made = add(
        &app,
        json!({"sku": "A", "name": "Kopi", "description": "Dari Gayo", "price": idr(1),
            "translations": {"en": {"name": "Coffee", "description": "From Gayo"}},
            "media": [{"url": "/media/kopi.jpg", "alt": "Biji kopi"}]}),
    )
    .await;
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let read = |path: String, language: &'static str| {
        let app = &app;
        async move { app.send_with("GET", &path, None, &[("accept-language", language)], None).await }
    };
    let english = read(path.clone(), "en-GB, id;q=0.5").await;
    assert_eq!(
        (&english.body["name"], &english.headers["content-language"]),
        (&json!("Coffee"), &"en".parse().unwrap())
    );
    assert_eq!(read(path.clone(), "id, en;q=0.8").await.body["name"], "Kopi");
    assert_eq!(read(path.clone(), "fr").await.body["name"], "Kopi");
    let list = |language| read("/api/v1/products".into(), language);
    assert_eq!(list("en").await.body["items"][0]["name"], "Coffee");
    assert_eq!(list("id").await.body["items"][0]["name"], "Kopi");
    let found = read("/api/v1/products/search?q=coffee".into(), "id").await;
    assert_eq!(found.body["items"][0]["name"], "Kopi", "words of every language are searched");
    assert_eq!(found.body["items"][0]["image"], "/media/kopi.jpg");
    let body = json!({"translations": {"en": {"name": "Gayo coffee"}}, "media": []});
    assert_eq!(app.send("PATCH", &path, Some(&admin()), Some(body)).await.status, 200);
    settle(&app).await;
    let english = read(path.clone(), "en").await.body;
    assert_eq!((&english["name"], &english["description"]), (&json!("Gayo coffee"), &json!("")));
    assert_eq!(english["media"], json!([]));
    let bad = json!({"translations": {"english": {"name": "x"}}});
    assert_eq!(app.send("PATCH", &path, Some(&admin()), Some(bad)).await.status, 400);
    let product: warung_contracts::id::ProductId = id(&made["id"]);
    assert_eq!(product.to_string(), made["id"]);
    app.stop().await;
}

#[tokio::test]
async fn options_are_called_in_the_readers_language_and_meant_by_one_name() {
    let app = start().await;
    let size = json!({"name": "Ukuran", "values": ["Kecil", "Besar"], "translations": {
        "en": {"name": "Size", "values": {"Kecil": "Small"}}}});
    let body = json!({"sku": "K-S", "name": "Kaos", "price": idr(1), "options": [size], "option_values": {"Ukuran": "Kecil"},
        "variants": [{"sku": "K-B", "option_values": {"Ukuran": "Besar"}, "price": idr(1)}]});
    let made = add(&app, body).await;
    assert_eq!(made["options"][0]["translations"]["en"]["name"], "Size", "whoever edits it sees all");
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let page = app.send_with("GET", &path, None, &[("accept-language", "en")], None).await.body;
    let option = json!({"name": "Ukuran", "values": ["Kecil", "Besar"], "label": "Size",
        "value_labels": {"Kecil": "Small"}});
    assert_eq!(page["options"], json!([option]));
    let variants = page["variants"].as_array().unwrap();
    let called: Vec<_> = variants.iter().map(|v| (&v["name"], &v["option_values"]["Ukuran"])).collect();
    assert_eq!(called, [(&json!("Small"), &json!("Kecil")), (&json!("Besar"), &json!("Besar"))]);
    let own = app.send("GET", &path, None, None).await.body;
    assert_eq!(own["options"], json!([{"name": "Ukuran", "values": ["Kecil", "Besar"]}]));

    let mut wrong = made["options"].clone();
    wrong[0]["translations"]["en"]["values"] = json!({"Sedang": "Medium"});
    let refused = app.send("PATCH", &path, Some(&admin()), Some(json!({"options": wrong}))).await;
    assert_eq!(refused.body["errors"][0]["field"], "options[0].translations.en.values.Sedang");
    app.stop().await;
}
