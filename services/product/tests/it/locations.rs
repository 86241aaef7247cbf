//! Stock at several places.

use serde_json::json;
use warung_chassis::testing::admin;
use warung_contracts::event::{Event as _, StockLow, StockOut, StockPart, StockReserved};

use crate::shop::{
    adjust, cancelled, check_books, confirmed, levels, location, order_of, post, settle, shirt, start,
    too_late,
};

#[tokio::test]
async fn an_order_is_served_from_one_place_or_from_several() {
    let app = start().await;
    let (product, [m, _]) = shirt(&app, [3, 0]).await;
    let jkt = location(&app, "jkt", 5).await;
    assert_eq!(adjust(&app, product, m, Some(jkt), 4).await.status, 201);
    let whole = order_of(&[(product, m, 4)]);
    app.deliver(&whole).await.unwrap();
    let at = |jkt: (i64, i64), main: (i64, i64)| {
        vec![("jkt".to_owned(), jkt.0, jkt.1), ("main".to_owned(), main.0, main.1)]
    };
    assert_eq!(levels(&app, m).await, at((4, 4), (3, 0)), "one place has it all");
    app.deliver(&cancelled(&whole)).await.unwrap();
    let split = order_of(&[(product, m, 6)]);
    app.deliver(&split).await.unwrap();
    assert_eq!(levels(&app, m).await, at((4, 3), (3, 3)), "by priority, each what it has");
    // What is set aside stays where it is, whatever else happens to the place.
    let close = json!({"active": false});
    let closed = app.send("PATCH", &format!("/api/v1/locations/{jkt}"), Some(&admin()), Some(close)).await;
    assert_eq!(closed.status, 200, "{:?}", closed.body);
    app.deliver(&confirmed(&split)).await.unwrap();
    assert_eq!(levels(&app, m).await, at((1, 0), (0, 0)));
    app.deliver(&order_of(&[(product, m, 1)])).await.unwrap();
    assert_eq!(levels(&app, m).await, at((1, 0), (0, 0)), "a closed place serves nobody");
    app.deliver(&cancelled(&split)).await.unwrap();
    assert_eq!(levels(&app, m).await, at((4, 0), (3, 0)), "what was sold comes back to where it was");
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn it_is_told_which_place_serves_how_many_and_what_has_yet_to_come() {
    let app = start().await;
    let (product, [m, l]) = shirt(&app, [1, 0]).await;
    let sby = location(&app, "sby", 5).await;
    assert_eq!(adjust(&app, product, m, Some(sby), 2).await.status, 201);
    let parts = async |quantity: u32, variant| {
        let placed = order_of(&[(product, variant, quantity)]);
        app.deliver(&placed).await.unwrap();
        let settled = settle(&app).await.into_iter().filter(|(event, _)| event == StockReserved::TYPE);
        let events: Vec<StockReserved> =
            settled.map(|(_, data)| serde_json::from_value(data).unwrap()).collect();
        let [StockReserved { order_id, served_from, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*order_id, placed.order_id);
        let part = |part: &StockPart| {
            assert_eq!(part.variant_id, variant);
            (part.place.code.clone(), part.place.name.clone(), part.quantity, part.backordered)
        };
        let mut parts: Vec<_> = served_from.iter().map(part).collect();
        parts.sort();
        let id = served_from.iter().find(|part| part.place.code == "sby").map(|part| part.place.id);
        assert!(id.is_none_or(|id| id == sby), "{served_from:?}");
        parts
    };
    let part = |code: &str, name: &str, n, owed| (code.to_owned(), name.to_owned(), n, owed);
    assert_eq!(parts(3, m).await, [part("main", "Main", 1, 0), part("sby", "sby", 2, 0)]);

    let path = format!("/api/v1/variants/{l}");
    let allowed = app.send("PATCH", &path, Some(&admin()), Some(json!({"backorder": 5}))).await;
    assert_eq!(allowed.status, 200, "{:?}", allowed.body);
    assert_eq!(parts(2, l).await, [part("main", "Main", 2, 2)]);
    assert_eq!(parts(1, l).await, [part("main", "Main", 1, 1)]);
    // What comes is for those who waited before.
    assert_eq!(adjust(&app, product, l, None, 4).await.status, 201);
    assert_eq!(parts(3, l).await, [part("main", "Main", 3, 2)]);
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn what_expired_is_served_from_wherever_it_is_now() {
    let app = start().await;
    let (product, [m, _]) = shirt(&app, [2, 0]).await;
    let jkt = location(&app, "jkt", 5).await;
    let late = order_of(&[(product, m, 2)]);
    app.deliver(&late).await.unwrap();
    too_late(&app);
    assert_eq!(app.run_job("expire_reservations").await, 1);
    app.deliver(&order_of(&[(product, m, 2)])).await.unwrap();
    assert_eq!(adjust(&app, product, m, Some(jkt), 2).await.status, 201);
    app.deliver(&confirmed(&late)).await.unwrap();
    assert_eq!(levels(&app, m).await, [("jkt".to_owned(), 0, 0), ("main".to_owned(), 2, 2)]);
    app.deliver(&cancelled(&late)).await.unwrap();
    assert_eq!(levels(&app, m).await, [("jkt".to_owned(), 2, 0), ("main".to_owned(), 2, 2)]);
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_transfer_moves_what_is_free_once() {
    let app = start().await;
    let (product, [m, _]) = shirt(&app, [5, 0]).await;
    let jkt = location(&app, "jkt", 5).await;
    app.deliver(&order_of(&[(product, m, 2)])).await.unwrap();
    let locations = app.send("GET", "/api/v1/locations", Some(&admin()), None).await.body;
    let main = locations["items"][0]["id"].clone();
    assert_eq!(locations["items"][0]["by_default"], true);
    let transfer = |key: &'static str, from: serde_json::Value, quantity: u32| {
        let app = &app;
        let body = json!({"variant_id": m, "from": from, "to": jkt, "quantity": quantity, "reason": "shelf"});
        async move {
            app.send_with(
                "POST",
                "/api/v1/stock/transfers",
                Some(&admin()),
                &[("idempotency-key", key)],
                Some(body),
            )
            .await
        }
    };
    let refused = transfer("a", main.clone(), 4).await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("/stock-out-of-range"), "{:?}", refused.body);
    assert_eq!(transfer("b", json!(jkt), 1).await.body["errors"][0]["field"], "to");
    let moved = transfer("c", main.clone(), 3).await;
    assert_eq!(moved.status, 201, "{:?}", moved.body);
    assert_eq!(levels(&app, m).await, [("jkt".to_owned(), 3, 0), ("main".to_owned(), 2, 2)]);
    let shown =
        app.send("GET", &format!("/api/v1/products/{product}/stock"), Some(&admin()), None).await.body;
    assert_eq!(shown["items"].as_array().unwrap().len(), 3, "two places of M, one of L");
    let path = format!("/api/v1/products/{product}/movements?limit=2");
    let movements = app.send("GET", &path, Some(&admin()), None).await.body;
    let kinds: Vec<_> =
        movements["items"].as_array().unwrap().iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["transferred", "transferred"]);
    assert!(movements["next_cursor"].is_string());
    check_books(&app).await;
    let twin = post(&app, "/api/v1/locations", json!({"code": "jkt", "name": "x"})).await;
    assert!(twin.body["type"].as_str().unwrap().ends_with("/code-taken"));
    let default = format!("/api/v1/locations/{}", main.as_str().unwrap());
    let refused = app.send("PATCH", &default, Some(&admin()), Some(json!({"active": false}))).await;
    assert_eq!(refused.body["errors"][0]["field"], "active");
    app.stop().await;
}

#[tokio::test]
async fn low_stock_and_the_last_item_are_told_of_once() {
    let app = start().await;
    let (product, [m, _]) = shirt(&app, [5, 0]).await;
    let threshold = json!({"low_stock_at": 3});
    app.send("PATCH", &format!("/api/v1/variants/{m}"), Some(&admin()), Some(threshold)).await;
    settle(&app).await;
    let mut heard = Vec::new();
    for quantity in [1, 1, 1, 2] {
        app.deliver(&order_of(&[(product, m, quantity)])).await.unwrap();
        let told = settle(&app).await.into_iter().filter(|(kind, _)| !kind.ends_with("stock_reserved.v1"));
        heard.extend(told);
    }
    assert_eq!(heard.len(), 2, "{heard:?}");
    let low: StockLow = serde_json::from_value(heard[0].1.clone()).unwrap();
    assert_eq!((low.variant_id, low.sku.as_str(), low.available), (m, "KAOS-M", 3));
    let out: StockOut = serde_json::from_value(heard[1].1.clone()).unwrap();
    assert_eq!((out.product_id, out.available), (product, 0));
    let list = app.send("GET", "/api/v1/products?in_stock=true", None, None).await.body;
    assert_eq!(list["items"], json!([]), "the read model heard of it");
    app.stop().await;
}

#[tokio::test]
async fn places_and_price_lists_come_in_pages() {
    let app = start().await;
    for n in 0..4_i32 {
        // Two of each priority, and places beside the one that is there.
        let (code, priority) = (format!("toko-{n}"), 50 - n / 2);
        post(&app, "/api/v1/locations", json!({"code": code, "name": code, "priority": priority})).await;
        post(&app, "/api/v1/price-lists", json!({"name": code, "priority": priority})).await;
    }
    for (path, key, falls, count) in
        [("/api/v1/locations", "code", false, 5), ("/api/v1/price-lists", "name", true, 4)]
    {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = app.send("GET", &format!("{path}?limit=1{cursor}"), Some(&admin()), None).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            seen.extend(answer.body["items"].as_array().unwrap().clone());
            let Some(next) = answer.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let mut priorities: Vec<i64> = seen.iter().map(|item| item["priority"].as_i64().unwrap()).collect();
        if falls {
            priorities.reverse();
        }
        assert!(priorities.is_sorted(), "{path}: {seen:?}");
        let names: std::collections::BTreeSet<&str> =
            seen.iter().map(|item| item[key].as_str().unwrap()).collect();
        assert_eq!((seen.len(), names.len()), (count, count), "{path}: {seen:?}");
    }
    app.stop().await;
}
