//! What staff look at.

use serde_json::{Value, json};
use warung_chassis::testing;

use crate::bank::{Bank, nobody};

#[tokio::test]
async fn payments_are_listed_newest_first_by_page_and_filter() {
    let bank = Bank::start().await;
    let mut orders = Vec::new();
    for token in ["tok_success", "tok_decline", "tok_webhook", "tok_differs"] {
        bank.app.clock.advance(time::Duration::seconds(1));
        orders.push(bank.open(token).await);
    }
    let of = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|payment| payment["order_id"].clone()).collect()
    };
    let newest_first: Vec<Value> = orders.iter().rev().map(|order| json!(order)).collect();
    let first = bank.read("/api/v1/payments?limit=3").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = bank.read(&format!("/api/v1/payments?limit=3&cursor={cursor}")).await;
    assert_eq!([of(&first), of(&second)].concat(), newest_first);
    for (query, order) in [
        ("state=succeeded", orders[0]),
        ("state=failed&provider=sandbox", orders[1]),
        ("held=true", orders[3]),
        ("to=2026-01-01T00:00:02Z", orders[0]),
        ("from=2026-01-01T00:00:04Z", orders[3]),
    ] {
        assert_eq!(of(&bank.read(&format!("/api/v1/payments?{query}")).await), [json!(order)], "{query}");
    }
    assert!(of(&bank.read("/api/v1/payments?provider=stripe").await).is_empty());
    for query in ["state=flying", "limit=0", "from=yesterday", "cursor=x"] {
        let path = format!("/api/v1/payments?{query}");
        assert_eq!(bank.app.send("GET", &path, Some(&testing::admin()), None).await.status, 400, "{query}");
    }
    assert_eq!(bank.app.send("GET", "/api/v1/payments", Some(&bank.token), None).await.status, 403);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_payment_shows_every_call_and_every_booking() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    // Of one moment, the order is that of the ids.
    bank.app.clock.advance(time::Duration::seconds(1));
    bank.wish(order, "capture", "c", json!({"amount": {"amount_minor": 4000, "currency": "IDR"}})).await;
    bank.calls().await;
    bank.app.clock.advance(time::Duration::seconds(1));
    bank.refund(order, "r", json!({"amount": {"amount_minor": 1500, "currency": "IDR"}, "reason": "broken"}))
        .await;
    bank.calls().await;
    let detail = bank.read(&format!("/api/v1/payments/{order}/details")).await;
    let column = |list: &str, name: &str| -> Vec<Value> {
        detail[list].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    assert_eq!(column("attempts", "kind"), ["open", "capture", "refund"]);
    assert_eq!(column("attempts", "state"), ["done", "done", "done"]);
    // The opening was nobody's wish.
    assert_eq!(column("attempts", "author"), [json!(null), json!(bank.user), json!(bank.user)]);
    assert_eq!(column("attempts", "answer"), ["set aside IDR 500.00", "captured IDR 40.00", "refunded"]);
    assert_eq!(column("ledger", "kind"), ["capture", "capture", "refund", "refund"]);
    let minor: i64 = detail["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["amount"]["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(minor, 0);
    let ledger = bank.read("/api/v1/ledger").await;
    let idr = |minor: i64| json!({"amount_minor": minor, "currency": "IDR"});
    let accounts = json!([
        {"account": "receivable:sandbox", "balance": idr(2500)},
        {"account": "sales", "balance": idr(-2500)},
    ]);
    assert_eq!(ledger["accounts"], accounts);
    let path = format!("/api/v1/payments/{}/details", nobody());
    assert_eq!(bank.app.send("GET", &path, Some(&testing::admin()), None).await.status, 404);
    bank.app.stop().await;
}
