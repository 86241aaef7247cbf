//! What staff look at.

use serde_json::{Value, json};
use warung_chassis::testing;
use warung_contracts::{
    event::{PaymentDecided, PaymentHeld},
    id::OrderId,
    money::Money,
};

use crate::bank::{AMOUNT, Bank, nobody};

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
    let balances: Vec<_> = ledger["accounts"].as_array().unwrap().iter().map(|row| &row["account"]).collect();
    assert_eq!(balances, [&json!("receivable:sandbox"), &json!("sales")]);
    assert_eq!(ledger["accounts"][0]["balance"], json!({"amount_minor": 2500, "currency": "IDR"}));
    let path = format!("/api/v1/payments/{}/details", nobody());
    assert_eq!(bank.app.send("GET", &path, Some(&testing::admin()), None).await.status, 404);
    bank.app.stop().await;
}

/// What administrators decided about a payment: deed, amount in minor units, reason; each with its author.
async fn decisions(bank: &Bank, order: OrderId) -> Vec<(String, Option<i64>, String)> {
    let detail = bank.read(&format!("/api/v1/payments/{order}/details")).await;
    let read = |made: &Value| {
        assert_eq!(made["author"], json!(bank.user));
        let word = |name: &str| made[name].as_str().unwrap().to_owned();
        (word("deed"), made["amount"]["amount_minor"].as_i64(), word("reason"))
    };
    detail["decisions"].as_array().unwrap().iter().map(read).collect()
}

#[tokio::test]
async fn who_decided_what_and_why_is_kept_and_told() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    let idr = |minor: i64| json!({"amount_minor": minor, "currency": "IDR"});
    bank.wish(order, "capture", "c", json!({"amount": idr(4000), "reason": "the rest is sold out"})).await;
    bank.calls().await;
    bank.app.published().await;
    bank.refund(order, "r", json!({"amount": idr(1500), "reason": "broken"})).await;
    let told = bank.app.published_only::<PaymentDecided>().await;
    assert_eq!(
        (told[0].author, told[0].deed.as_str(), told[0].reason.as_str()),
        (bank.user, "refund", "broken")
    );
    assert_eq!(told[0].amount, Some(Money::new(1500, "IDR".parse().unwrap())));
    // What is refused is no decision.
    assert_eq!(bank.refund(order, "r2", json!({"amount": idr(9000), "reason": "more"})).await.status, 409);
    let kept = [
        ("capture".to_owned(), Some(4000), "the rest is sold out".to_owned()),
        ("refund".to_owned(), Some(1500), "broken".to_owned()),
    ];
    assert_eq!(decisions(&bank, order).await, kept);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_called_off_before_the_provider_heard_of_it_keeps_its_author() {
    let bank = Bank::start().await;
    let reserved = bank.reserved("tok_success");
    bank.app.deliver(&reserved).await.unwrap();
    let order = reserved.order_id;
    assert_eq!(bank.wish(order, "void", "v", json!({"reason": "a test order"})).await.status, 202);
    bank.calls().await;
    assert_eq!((bank.state(order).await.as_str(), bank.balance("sales").await), ("cancelled", 0));
    assert_eq!(decisions(&bank, order).await, [("void".to_owned(), None, "a test order".to_owned())]);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_decision_about_a_held_amount_keeps_its_reason_whatever_became_of_the_discrepancy() {
    let bank = Bank::start().await;
    let order = bank.open("tok_differs").await;
    let held = bank.app.published_only::<PaymentHeld>().await;
    assert_eq!((held[0].asked.amount_minor, held[0].reported.amount_minor), (AMOUNT, AMOUNT - 1));
    let id = bank.discrepancies("").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/payments/discrepancies/{id}/resolve");
    let (admin, headers) = (testing::admin(), [("idempotency-key", "k")]);
    let note = Some(json!({"note": "I look at it"}));
    assert_eq!(bank.app.send_with("POST", &path, Some(&admin), &headers, note).await.status, 200);
    let body = json!({"decision": "accept", "reason": "a rounding of the bank"});
    assert_eq!(bank.wish(order, "release", "a", body).await.status, 202);
    assert_eq!(
        decisions(&bank, order).await,
        [("accept".to_owned(), None, "a rounding of the bank".to_owned())]
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn every_call_says_why_it_is_made() {
    let bank = Bank::start().await;
    let reason = async |order: OrderId, kind: &str| {
        let detail = bank.read(&format!("/api/v1/payments/{order}/details")).await;
        let calls = detail["attempts"].as_array().unwrap();
        calls.iter().find(|call| call["kind"] == kind).unwrap()["reason"].clone()
    };
    let agreed = bank.open("tok_approve").await;
    bank.calls().await;
    assert_eq!(reason(agreed, "capture").await, "the customer agreed");
    // Called off, and paid all the same.
    let cancelled = bank.open("tok_webhook").await;
    bank.app.deliver(&bank.cancelled(cancelled)).await.unwrap();
    bank.calls().await;
    assert_eq!(reason(cancelled, "void").await, "the order was cancelled");
    assert_eq!(bank.webhook(cancelled, "late", "succeeded").await.status, 200);
    bank.app.run_job("webhooks").await;
    bank.calls().await;
    assert_eq!(reason(cancelled, "refund").await, "it was paid after its order had ended");
    bank.app.stop().await;
}
