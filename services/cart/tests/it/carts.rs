//! Filling, changing and pricing a cart.

use serde_json::json;
use warung_chassis::testing::{admin, customer};

use crate::shop::{Shop, idr, lines};

#[tokio::test]
async fn a_cart_is_filled_changed_and_priced_by_product() {
    let shop = Shop::open().await;
    let (kopi, teh) = (shop.sell("KOPI", 250, 5).await, shop.sell("TEH", 100, 9).await);
    let (_, token) = customer();
    let add = |id, quantity| {
        let (shop, token) = (&shop, &token);
        let body = Some(json!({"product_id": id, "quantity": quantity}));
        async move { shop.as_user(token, "POST", "/api/v1/cart/items", body).await }
    };
    assert_eq!(lines(&add(teh, 1).await), [(teh, 1)]);
    assert_eq!(lines(&add(kopi, 2).await), [(teh, 1), (kopi, 2)]);
    assert_eq!(lines(&add(kopi, 3).await), [(teh, 1), (kopi, 5)]);
    let cart = shop.as_user(&token, "GET", "/api/v1/cart", None).await;
    assert_eq!(cart.headers["cache-control"], "no-store");
    assert_eq!((&cart.body["total"], &cart.body["ready"]), (&json!(idr(1350)), &json!(true)));
    assert_eq!(
        cart.body["lines"][1],
        json!({"product_id": kopi, "variant_id": kopi.default_variant(), "quantity": 5, "state": "ok", "sku": "KOPI", "name": "KOPI",
            "slug": "kopi", "option_values": {}, "unit_price": idr(250), "total": idr(1250), "available": 5})
    );

    let path = format!("/api/v1/cart/items/{kopi}");
    let cart = shop.as_user(&token, "PATCH", &path, Some(json!({"quantity": 6}))).await;
    assert_eq!((&cart.body["lines"][1]["state"], &cart.body["ready"]), (&json!("short"), &json!(false)));
    // A price that changes shows at the next look.
    let edit = json!({"price": idr(200)});
    shop.product.send("PATCH", &format!("/api/v1/products/{kopi}"), Some(&admin()), Some(edit)).await;
    shop.product.send("DELETE", &format!("/api/v1/products/{teh}"), Some(&admin()), None).await;
    let cart = shop.as_user(&token, "GET", "/api/v1/cart", None).await;
    assert_eq!(
        (&cart.body["lines"][0]["state"], &cart.body["lines"][0]["name"]),
        (&json!("gone"), &json!("TEH"))
    );
    assert_eq!(cart.body["lines"][1]["total"], json!(idr(1200)));
    assert_eq!(
        (&cart.body["total"], &cart.body["excluded"]),
        (&json!(idr(1200)), &json!([teh.default_variant()]))
    );
    assert_eq!(
        cart.body["changes"],
        json!([
            {"product_id": teh, "variant_id": teh.default_variant(), "kind": "gone", "quantity": 1},
            {"product_id": kopi, "variant_id": kopi.default_variant(), "kind": "price_changed",
                "before": idr(250), "now": idr(200)},
            {"product_id": kopi, "variant_id": kopi.default_variant(), "kind": "too_few_left",
                "quantity": 6, "most": 5},
        ])
    );

    assert_eq!(shop.as_user(&token, "DELETE", &path, None).await.status, 204);
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), [(teh, 1)]);
    assert_eq!(shop.as_user(&token, "DELETE", "/api/v1/cart", None).await.status, 204);
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), []);
    shop.close().await;
}

#[tokio::test]
async fn a_guest_gets_a_token_and_sees_no_other_cart() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let empty = shop.cart.send("GET", "/api/v1/cart", None, None).await;
    assert_eq!((lines(&empty), empty.headers.contains_key("x-cart-token")), (vec![], false));
    assert_eq!(shop.cart.send("DELETE", "/api/v1/cart", None, None).await.status, 204);
    let (one, two) = (shop.guest_with(&[(id, 1)]).await, shop.guest_with(&[(id, 2)]).await);
    assert_ne!(one, two);
    assert_eq!(lines(&shop.as_guest(&one, "GET", "/api/v1/cart", None).await), [(id, 1)]);
    assert_eq!(lines(&shop.as_guest(&two, "GET", "/api/v1/cart", None).await), [(id, 2)]);
    let (_, token) = customer();
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), []);
    shop.close().await;
}

#[tokio::test]
async fn a_cart_and_a_line_have_limits() {
    let shop = Shop::open_with(&[("WARUNG_CART_LINES_MAX", "2")]).await;
    let mut ids = Vec::new();
    for sku in ["A", "B", "C"] {
        ids.push(shop.sell(sku, 100, 5).await);
    }
    let guest = shop.guest_with(&[(ids[0], 999), (ids[1], 1)]).await;
    for (id, slug) in [(ids[2], "/cart-full"), (ids[0], "/line-full")] {
        let body = Some(json!({"product_id": id, "quantity": 1}));
        let answer = shop.as_guest(&guest, "POST", "/api/v1/cart/items", body).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body["type"].as_str().unwrap().ends_with(slug), "{:?}", answer.body);
    }
    let cart = shop.as_guest(&guest, "GET", "/api/v1/cart", None).await;
    assert_eq!(lines(&cart), [(ids[0], 999), (ids[1], 1)]);
    shop.close().await;
}

#[tokio::test]
async fn a_line_holds_no_more_than_one_order_may_have() {
    let mut shop = Shop::open().await;
    let id = shop.sell("A", 100, 50).await;
    shop.limit(id, 3).await;
    let guest = shop.guest_with(&[(id, 2)]).await;
    let body = |quantity| Some(json!({"product_id": id, "quantity": quantity}));
    let path = format!("/api/v1/cart/items/{id}");
    for refused in [
        shop.as_guest(&guest, "POST", "/api/v1/cart/items", body(2)).await,
        shop.as_guest(&guest, "PATCH", &path, Some(json!({"quantity": 4}))).await,
        shop.cart.send("POST", "/api/v1/cart/items", None, body(4)).await,
    ] {
        assert_eq!(refused.status, 422, "{:?}", refused.body);
        assert!(refused.body["type"].as_str().unwrap().ends_with("/line-full"), "{:?}", refused.body);
        assert!(refused.body["detail"].as_str().unwrap().contains("may have 3 "), "{:?}", refused.body);
    }
    assert_eq!(lines(&shop.as_guest(&guest, "POST", "/api/v1/cart/items", body(1)).await), [(id, 3)]);
    // A limit that comes later is told, and the line is left to its owner.
    shop.limit(id, 2).await;
    let told = shop.as_guest(&guest, "GET", "/api/v1/cart", None).await;
    assert_eq!(lines(&told), [(id, 3)]);
    let change = &told.body["changes"][0];
    assert_eq!(
        (&change["kind"], &change["quantity"], &change["most"]),
        (&json!("over_limit"), &json!(3), &json!(2))
    );
    shop.lose_product().await;
    let taken = shop.as_guest(&guest, "PATCH", &path, Some(json!({"quantity": 4}))).await;
    assert_eq!(lines(&taken), [(id, 4)], "on trust");
    shop.close().await;
}

#[tokio::test]
async fn without_product_a_cart_is_readable_and_says_that_prices_are_missing() {
    let mut shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let guest = shop.guest_with(&[(id, 1)]).await;
    shop.lose_product().await;
    let cart = shop.as_guest(&guest, "GET", "/api/v1/cart", None).await;
    assert_eq!(lines(&cart), [(id, 1)]);
    assert_eq!(
        (&cart.body["lines"][0]["state"], &cart.body["ready"]),
        (&json!("price_unavailable"), &json!(false))
    );
    assert_eq!(cart.body["lines"][0]["name"], "A", "it is still called something");
    assert_eq!((cart.body.get("total"), cart.body["lines"][0].get("total")), (None, None));
    let body = Some(json!({"product_id": id, "quantity": 1}));
    assert_eq!(lines(&shop.as_guest(&guest, "POST", "/api/v1/cart/items", body).await), [(id, 2)]);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn items_added_at_the_same_moment_all_count() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 999).await;
    let guest = shop.guest_with(&[(id, 1)]).await;
    // No more than a service takes at once that has not shown yet how quick it is.
    let adding = (0..30).map(|_| {
        let body = Some(json!({"product_id": id, "quantity": 2}));
        shop.as_guest(&guest, "POST", "/api/v1/cart/items", body)
    });
    for answer in futures::future::join_all(adding).await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(lines(&shop.as_guest(&guest, "GET", "/api/v1/cart", None).await), [(id, 61)]);
    shop.close().await;
}

#[tokio::test]
async fn a_shop_says_how_many_items_a_line_and_a_cart_hold() {
    let limits = [("WARUNG_CART_QUANTITY_MAX", "5"), ("WARUNG_CART_ITEMS_MAX", "8")];
    let shop = Shop::open_with(&limits).await;
    let (a, b) = (shop.sell("A", 100, 50).await, shop.sell("B", 100, 50).await);
    let guest = shop.guest_with(&[(a, 5), (b, 2)]).await;
    let add = async |id, quantity| {
        let body = Some(json!({"product_id": id, "quantity": quantity}));
        shop.as_guest(&guest, "POST", "/api/v1/cart/items", body).await
    };
    for (id, quantity, slug) in [(a, 1, "/line-full"), (b, 2, "/cart-too-large")] {
        let answer = add(id, quantity).await;
        assert!(answer.body["type"].as_str().unwrap().ends_with(slug), "{:?}", answer.body);
    }
    assert_eq!(lines(&add(b, 1).await), [(a, 5), (b, 3)]);
    let path = format!("/api/v1/cart/items/{}", b.default_variant());
    for (quantity, slug) in [(6, "/line-full"), (4, "/cart-too-large")] {
        let answer = shop.as_guest(&guest, "PATCH", &path, Some(json!({"quantity": quantity}))).await;
        assert!(answer.body["type"].as_str().unwrap().ends_with(slug), "{:?}", answer.body);
    }
    let fewer = shop.as_guest(&guest, "PATCH", &path, Some(json!({"quantity": 1}))).await;
    assert_eq!(lines(&fewer), [(a, 5), (b, 1)]);
    shop.close().await;
}

#[tokio::test]
async fn a_changed_price_is_told_until_the_buyer_has_seen_it() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 50).await;
    let guest = shop.guest_with(&[(id, 2)]).await;
    let reprice = async |price| {
        let (path, edit) = (format!("/api/v1/products/{id}"), json!({"price": idr(price)}));
        assert_eq!(shop.product.send("PATCH", &path, Some(&admin()), Some(edit)).await.status, 200);
    };
    let saw = async |price: serde_json::Value| {
        let prices = json!([{"variant_id": id.default_variant(), "unit_price": price}]);
        let path = "/api/v1/cart/acknowledge";
        shop.as_guest(&guest, "POST", path, Some(json!({"prices": prices}))).await
    };
    reprice(120).await;
    let told = shop.as_guest(&guest, "GET", "/api/v1/cart", None).await;
    assert_eq!(
        (&told.body["changes"][0]["kind"], &told.body["changes"][0]["now"]),
        (&json!("price_changed"), &json!(idr(120)))
    );
    assert_eq!(saw(json!(idr(120))).await.body["changes"], json!([]));
    // It changed between the look and the click: what was not seen is told.
    reprice(150).await;
    let again = saw(json!(idr(120))).await;
    assert_eq!(
        (&again.body["changes"][0]["before"], &again.body["changes"][0]["now"]),
        (&json!(idr(120)), &json!(idr(150)))
    );
    assert_eq!((&again.body["lines"][0]["name"], lines(&again)), (&json!("A"), vec![(id, 2)]));
    assert_eq!(saw(json!({"amount_minor": 1, "currency": "USD"})).await.status, 400);
    // Whoever has no cart has nothing to acknowledge.
    let body = json!({"prices": [{"variant_id": id.default_variant(), "unit_price": idr(1)}]});
    assert_eq!(lines(&shop.cart.send("POST", "/api/v1/cart/acknowledge", None, Some(body)).await), []);
    shop.close().await;
}

#[tokio::test]
async fn lines_are_called_as_the_reader_calls_them() {
    let shop = Shop::open().await;
    let option = json!({"name": "Warna", "values": ["Merah"],
        "translations": {"en": {"name": "Colour", "values": {"Merah": "Red"}}}});
    let body = json!({"sku": "KAOS", "name": "Kaos", "price": idr(5), "stock": 9, "options": [option],
        "option_values": {"Warna": "Merah"}, "translations": {"en": {"name": "Shirt"}}});
    let made = shop.product.send("POST", "/api/v1/products", Some(&admin()), Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let shirt = made.body["id"].as_str().unwrap().parse().unwrap();
    let guest = shop.guest_with(&[(shirt, 1)]).await;
    let read = async |language: &str| {
        let headers = [("x-cart-token", guest.as_str()), ("accept-language", language)];
        shop.cart.send_with("GET", "/api/v1/cart", None, &headers, None).await
    };
    for (language, name, variant, spoken) in [
        ("en-GB, id;q=0.5", "Shirt", "Red", "en"),
        ("id", "Kaos", "Merah", "id"),
        ("fr", "Kaos", "Merah", "id"),
    ] {
        let cart = read(language).await;
        let line = &cart.body["lines"][0];
        assert_eq!((&line["name"], &line["variant_name"]), (&json!(name), &json!(variant)), "{language}");
        assert_eq!(line["option_values"], json!({"Warna": "Merah"}), "as filters call it");
        assert_eq!(cart.headers["content-language"], spoken, "{language}");
        assert_eq!(cart.headers["vary"], "accept-language");
    }
    let teh = shop.sell("TEH", 5, 5).await;
    let item = Some(json!({"product_id": teh, "quantity": 1}));
    shop.as_guest(&guest, "POST", "/api/v1/cart/items", item).await;
    assert_eq!(read("en").await.headers["content-language"], "en, id");
    shop.close().await;
}

#[tokio::test]
async fn a_line_has_all_that_a_page_of_the_cart_shows() {
    let shop = Shop::open().await;
    let kopi = shop.sell("KOPI", 250, 5).await;
    let body = json!({"slug": "kopi-gayo", "media": [{"url": "/kopi.jpg"}, {"url": "/kopi-2.jpg"}],
        "options": [{"name": "Net", "values": ["1,5 kg"]}], "option_values": {"Net": "1,5 kg"}});
    let edited =
        shop.product.send("PATCH", &format!("/api/v1/products/{kopi}"), Some(&admin()), Some(body)).await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let (_, token) = customer();
    let item = json!({"product_id": kopi, "quantity": 1});
    let cart = shop.as_user(&token, "POST", "/api/v1/cart/items", Some(item)).await;
    let line = &cart.body["lines"][0];
    assert_eq!(
        (&line["slug"], &line["image"], &line["option_values"]),
        (&json!("kopi-gayo"), &json!("/kopi.jpg"), &json!({"Net": "1,5 kg"}))
    );
    shop.close().await;
}
