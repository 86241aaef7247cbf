//! Refunds by an administrator.

use futures::future::join_all;
use serde_json::json;
use warung_chassis::testing;
use warung_contracts::{
    event::{PaymentRefunded, RefundFailed, RefundRequested},
    id::RefundId,
    money::Money,
};

use crate::bank::{AMOUNT, Bank, nobody};

fn part(minor: i64) -> serde_json::Value {
    json!({"amount": {"amount_minor": minor, "currency": "IDR"}, "reason": "broken cup"})
}

#[tokio::test]
async fn a_refund_goes_back_once_a_key() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    let first = bank.refund(order, "k1", part(1000)).await;
    assert_eq!(first.status, 202, "{}", first.body);
    assert_eq!(first.body["refunds"][0]["amount"]["amount_minor"], 1000);
    assert_eq!(bank.refund(order, "k1", part(1000)).await.headers["idempotency-replayed"], "true");
    assert_eq!(bank.refund(order, "k1", part(2000)).await.status, 422);
    bank.calls().await;
    assert_eq!(bank.told().await, ["succeeded", "refunded"]);
    let payment = bank.payment(order).await;
    assert_eq!(payment["refunded"]["amount_minor"], 1000);
    assert_eq!(payment["state"], "succeeded");
    assert!(payment["refunds"][0]["done_at"].is_string());
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT - 1000);
    // The rest, without saying how much.
    assert_eq!(bank.refund(order, "k2", json!({"reason": "all of it"})).await.status, 202);
    bank.calls().await;
    assert_eq!(bank.state(order).await, "refunded");
    assert_eq!(bank.given_back().await, AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn never_more_than_was_captured_goes_back_even_in_a_race() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    let half = AMOUNT / 2 + 1;
    let keys: Vec<String> = (0..6).map(|n| format!("k{n}")).collect();
    let answers = join_all(keys.iter().map(|key| bank.refund(order, key, part(half)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_eq!(refused.body["type"], "https://warung.dev/problems/refund-exceeds-captured");
    let most = Money::new(AMOUNT - half, "IDR".parse().unwrap());
    assert_eq!(refused.body["detail"], format!("At most {most} can go back."));
    bank.calls().await;
    assert_eq!(bank.given_back().await, half);
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT - half);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_refund_that_is_refused_for_good_is_told_and_changes_no_ledger() {
    let bank = Bank::start().await;
    let order = bank.open("tok_refund_refused").await;
    assert_eq!(bank.refund(order, "k", part(1000)).await.status, 202);
    bank.calls().await;
    let told = bank.app.published().await;
    let (event, data) = told.last().unwrap();
    assert_eq!(event, "warung.payment.refund_failed.v1");
    let payment = bank.payment(order).await;
    assert_eq!(
        (&data["reason"], &data["refund_id"]),
        (&json!("refund_not_possible"), &payment["refunds"][0]["id"])
    );
    assert_eq!(data["amount"]["amount_minor"], 1000);
    assert_eq!(
        (&payment["state"], &payment["refunds"][0]["state"]),
        (&json!("succeeded"), &json!("refused"))
    );
    assert_eq!(payment["refunds"][0]["refused"], "refund_not_possible");
    assert_eq!(payment["refunded"]["amount_minor"], 0);
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    // It can be asked for again, all of it.
    assert_eq!(bank.refund(order, "k2", part(AMOUNT)).await.status, 202);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_refund_that_takes_its_time_is_asked_about_until_it_is_done() {
    let bank = Bank::start().await;
    let order = bank.open("tok_refund_slow").await;
    assert_eq!(bank.refund(order, "k", part(1000)).await.status, 202);
    bank.calls().await;
    assert_eq!(bank.payment(order).await["refunds"][0]["state"], "pending");
    assert_eq!(bank.told().await, ["succeeded"]);
    assert_eq!(bank.app.run_job("recovery").await, 0);
    bank.app.clock.advance(time::Duration::seconds(2));
    assert_eq!(bank.app.run_job("recovery").await, 1);
    assert_eq!(bank.payment(order).await["refunds"][0]["state"], "done");
    assert_eq!(bank.told().await, ["refunded"]);
    assert_eq!(bank.given_back().await, 1000);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_can_not_go_back_is_refused_with_its_reason() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    let pending = bank.open("tok_webhook").await;
    for (order, body, status) in [
        (order, part(0), 400),
        (order, part(-5), 400),
        (order, json!({"amount": {"amount_minor": 5, "currency": "USD"}, "reason": "x"}), 400),
        (order, json!({"amount": {"amount_minor": 5, "currency": "IDR"}}), 400),
        (order, json!({"reason": "\u{0}"}), 400),
        (order, part(AMOUNT + 1), 409),
        (pending, part(1), 409),
        (nobody(), part(1), 404),
    ] {
        let answer = bank.refund(order, "k", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    let path = format!("/api/v1/payments/{order}/refund");
    let headers = [("idempotency-key", "k")];
    let (_, customer) = testing::customer();
    let answer = bank.app.send_with("POST", &path, Some(&customer), &headers, Some(part(1))).await;
    assert_eq!(answer.status, 403);
    assert_eq!(bank.given_back().await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn the_order_gets_its_refund_under_its_own_id_once_or_hears_that_it_can_not_be() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    assert_eq!(bank.told().await, ["succeeded"]);
    let wanted = |minor: i64| RefundRequested {
        order_id: order,
        refund_id: RefundId(uuid::Uuid::now_v7()),
        user_id: bank.user,
        amount: Money::new(minor, "IDR".parse().unwrap()),
        reason: "returned: too small".into(),
        replaces: vec![],
        tax: None,
    };
    let first = wanted(1000);
    for _ in 0..2 {
        bank.app.deliver(&first).await.unwrap();
    }
    bank.calls().await;
    let told = bank.only::<PaymentRefunded>().await;
    assert_eq!((told.len(), told[0].refund_id, told[0].amount), (1, Some(first.refund_id), first.amount));
    assert_eq!(bank.given_back().await, 1000);
    let too_much = wanted(AMOUNT);
    bank.app.deliver(&too_much).await.unwrap();
    let told = bank.only::<RefundFailed>().await;
    assert_eq!(
        (told[0].refund_id, told[0].reason.as_str()),
        (Some(too_much.refund_id), "nothing_left_to_refund")
    );
    assert_eq!(bank.given_back().await, 1000);
    bank.app.stop().await;
}
