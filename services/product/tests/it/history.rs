//! Who did what to a product.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;
use warung_chassis::testing::{TestApp, token};
use warung_contracts::{
    id::{ProductId, UserId},
    permission::Role,
};

use crate::shop::{idr, order, shirt, start};

/// Somebody of the shop.
fn person(role: Role) -> (String, String) {
    let user = UserId(Uuid::now_v7());
    (user.to_string(), token(user, &[role]))
}

async fn history(app: &TestApp, id: ProductId, token: &str) -> Vec<Value> {
    let (mut all, path) = (Vec::new(), format!("/api/v1/admin/products/{id}/history?limit=2"));
    let mut next = path.clone();
    loop {
        let answer = app.send("GET", &next, Some(token), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        all.extend(answer.body["items"].as_array().unwrap().iter().cloned());
        let Some(cursor) = answer.body["next_cursor"].as_str() else { return all };
        next = format!("{path}&cursor={cursor}");
    }
}

#[tokio::test]
async fn each_edit_price_and_movement_says_who_did_it_and_when() {
    let app = start().await;
    let (product, [_, l]) = shirt(&app, [3, 1]).await;
    let (sari, staff) = person(Role::Staff);
    let path = format!("/api/v1/products/{product}");
    let send = async |method, path: &str, body| {
        app.clock.advance(Duration::SECOND);
        let answer =
            app.send_with(method, path, Some(&staff), &[("idempotency-key", path)], Some(body)).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
        answer.body
    };
    send("PATCH", &path, json!({"name": "Kaos Biru", "backorder": 2})).await;
    send("PATCH", &format!("/api/v1/variants/{l}"), json!({"price": idr(150)})).await;
    send("PATCH", &path, json!({"name": "Kaos Biru"})).await;
    let list = send("POST", "/api/v1/price-lists", json!({"name": "Sale"})).await;
    let prices = format!("/api/v1/price-lists/{}/prices", list["id"].as_str().unwrap());
    send("PATCH", &prices, json!({"items": [{"variant_id": l, "price": idr(90)}]})).await;
    send("POST", &format!("{path}/stock"), json!({"delta": 4, "reason": "delivery"})).await;
    app.clock.advance(Duration::SECOND);
    app.deliver(&order(&[(product, 1)])).await.unwrap();

    let mut told = history(&app, product, &staff).await.into_iter();
    let mut next = |kind: &str| {
        let entry = told.next().unwrap();
        assert_eq!(entry["kind"], kind, "{entry}");
        entry
    };
    let reserved = next("moved");
    assert_eq!((&reserved["movement"], &reserved["actor"]), (&json!("reserved"), &Value::Null));
    assert!(reserved["order_id"].is_string());
    let adjusted = next("moved");
    assert_eq!((&adjusted["reason"], &adjusted["actor"]), (&json!("delivery"), &json!(sari)));
    let sale = next("priced");
    assert_eq!(
        (&sale["price"], &sale["actor"], &sale["price_list_id"]),
        (&json!(idr(90)), &json!(sari), &list["id"])
    );
    // What changed nothing is not told of.
    let dearer = next("priced");
    assert_eq!((&dearer["price"], &dearer["actor"]), (&json!(idr(150)), &json!(sari)));
    let edited = next("edited");
    let changes = json!([{"field": "variants.KAOS-L.price_minor", "from": 120, "to": 150}]);
    assert_eq!(
        (&edited["changes"], &edited["actor"], &edited["at"]),
        (&changes, &json!(sari), &dearer["at"])
    );
    let edited = next("edited");
    let changes = json!([{"field": "name", "from": "Kaos Merah", "to": "Kaos Biru"},
        {"field": "variants.KAOS-M.backorder", "from": 0, "to": 2}]);
    assert_eq!(edited["changes"], changes);
    let kinds: Vec<Value> = told.map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["moved", "moved", "priced", "priced", "added"], "each once, across pages");
    app.stop().await;
}

#[tokio::test]
async fn nobody_rewrites_history() {
    let app = start().await;
    shirt(&app, [1, 1]).await;
    let pool = app.db.as_ref().unwrap().pool();
    for forbidden in
        ["UPDATE product_edits SET actor = 'me'", "DELETE FROM product_edits", "TRUNCATE product_edits"]
    {
        assert!(sqlx::query(forbidden).execute(pool).await.is_err(), "{forbidden} was not refused");
    }
    app.stop().await;
}
