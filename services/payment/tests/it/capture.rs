//! Money that is set aside first and taken later: all of it, a part, not at all, and twenty times at once.

use futures::future::join_all;
use serde_json::{Value, json};
use time::Duration;
use warung_contracts::event::{Event as _, PaymentAuthorized, PaymentFailed, PaymentSucceeded};

use crate::bank::{AMOUNT, Bank, nobody};

fn part(minor: i64) -> serde_json::Value {
    json!({"amount": {"amount_minor": minor, "currency": "IDR"}})
}

#[tokio::test]
async fn an_administrator_takes_what_is_set_aside() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    let told = bank.only::<PaymentAuthorized>().await;
    assert_eq!(told[0].amount.amount_minor, AMOUNT);
    assert_eq!(told[0].expires_at, bank.app.clock.now() + Duration::days(7));
    assert_eq!(bank.state(order).await, "authorized");
    assert_eq!(bank.balance("sales").await, 0);
    let answer = bank.wish(order, "capture", "k", json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    bank.calls().await;
    let told = bank.only::<PaymentSucceeded>().await;
    assert_eq!((told[0].amount.amount_minor, told[0].partial), (AMOUNT, None));
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn another_amount_that_is_set_aside_and_accepted_waits_as_long_as_any() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_overpays").await;
    let until = bank.app.clock.now() + Duration::days(7);
    assert_eq!(bank.payment(order).await["held"]["captured"], false);
    assert_eq!(bank.told().await, ["held"]);
    bank.app.clock.advance(Duration::hours(1));
    let accept = json!({"decision": "accept", "reason": "looked at it"});
    assert_eq!(bank.wish(order, "release", "k", accept).await.status, 202);
    // The order and the stock wait as long as this says.
    let told = bank.only::<PaymentAuthorized>().await;
    assert_eq!((told[0].amount.amount_minor, told[0].expires_at), (AMOUNT + 1, until));
    bank.app.clock.advance(Duration::days(6));
    assert_eq!(bank.app.run_job("expiry").await, 0);
    assert_eq!(bank.wish(order, "capture", "c", json!({})).await.status, 202);
    bank.calls().await;
    let told = bank.only::<PaymentSucceeded>().await;
    assert_eq!((told[0].amount.amount_minor, told[0].overpaid), (AMOUNT + 1, Some(true)));
    bank.app.stop().await;
}

#[tokio::test]
async fn of_twenty_captures_at_once_exactly_one_takes_effect() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    let keys: Vec<String> = (0..20).map(|n| format!("k{n}")).collect();
    let wishes = keys
        .iter()
        .enumerate()
        .map(|(n, key)| bank.wish(order, "capture", key, part(1000 + i64::try_from(n).unwrap())));
    let answers = join_all(wishes).await;
    let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert_eq!(taken.len(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(refused.status, 409);
        assert_eq!(refused.body["type"], "https://warung.dev/problems/payment-call-under-way");
    }
    tokio::join!(bank.calls(), bank.calls());
    let told = bank.app.published().await;
    let succeeded: Vec<_> = told.iter().filter(|(event, _)| event == "warung.payment.succeeded.v1").collect();
    assert_eq!(succeeded.len(), 1);
    let captured = bank.payment(order).await["captured"]["amount_minor"].as_i64().unwrap();
    assert_eq!(succeeded[0].1["amount"]["amount_minor"], captured);
    assert_eq!(succeeded[0].1["partial"], true);
    assert_eq!(bank.balance("receivable:sandbox").await, captured);
    // And never a second time.
    let late = bank.wish(order, "capture", "late", part(1)).await;
    assert_eq!(
        (late.status.as_u16(), &late.body["type"]),
        (409, &json!("https://warung.dev/problems/nothing-authorized"))
    );
    // What was not taken can't be given back either.
    let more = bank
        .refund(
            order,
            "more",
            json!({"amount": {"amount_minor": captured + 1, "currency": "IDR"}, "reason": "x"}),
        )
        .await;
    assert_eq!(
        (more.status.as_u16(), &more.body["type"]),
        (409, &json!("https://warung.dev/problems/refund-exceeds-captured"))
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_not_set_aside_can_not_be_taken() {
    let bank = Bank::manual().await;
    let (aside, pending) = (bank.open("tok_success").await, bank.open("tok_webhook").await);
    for (order, body, status, problem) in [
        (aside, part(AMOUNT + 1), 409, "capture-exceeds-authorized"),
        (aside, part(0), 400, "invalid-request"),
        (aside, json!({"amount": {"amount_minor": 5, "currency": "USD"}}), 400, "invalid-request"),
        (pending, part(1), 409, "nothing-authorized"),
        (nobody(), part(1), 404, "not-found"),
    ] {
        let answer = bank.wish(order, "capture", "k", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert_eq!(answer.body["type"], format!("https://warung.dev/problems/{problem}"));
    }
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_payment_can_be_called_off_until_it_is_taken() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    let reason = json!({"reason": "sold twice"});
    assert_eq!(bank.wish(order, "void", "k", reason.clone()).await.status, 202);
    let again = bank.wish(order, "void", "k2", reason.clone()).await;
    assert_eq!(again.body["type"], "https://warung.dev/problems/payment-call-under-way");
    bank.calls().await;
    assert_eq!(bank.state(order).await, "cancelled");
    assert_eq!(bank.told().await, ["authorized", "failed"]);
    let taken = bank.open("tok_success").await;
    bank.wish(taken, "capture", "k3", json!({})).await;
    bank.calls().await;
    let late = bank.wish(taken, "void", "k4", reason).await;
    assert_eq!(
        (late.status.as_u16(), &late.body["type"]),
        (409, &json!("https://warung.dev/problems/payment-not-open"))
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_set_aside_is_taken_at_once_where_nobody_does_it_by_hand() {
    let bank = Bank::start().await;
    for token in ["tok_authorize", "tok_approve"] {
        let order = bank.open(token).await;
        bank.calls().await;
        assert_eq!(bank.told().await, ["succeeded"], "{token}");
        assert_eq!(bank.state(order).await, "succeeded");
    }
    assert_eq!(bank.balance("receivable:sandbox").await, 2 * AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_approved_is_set_aside_before_it_is_taken_by_hand() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_approve").await;
    assert_eq!(bank.state(order).await, "approved");
    bank.calls().await;
    assert_eq!(
        (bank.state(order).await.as_str(), bank.told().await),
        ("authorized", vec!["authorized".to_owned()])
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn a_capture_that_is_refused_fails_the_payment_or_waits_for_a_person() {
    let bank = Bank::start().await;
    let order = bank.open("tok_capture_refused").await;
    bank.calls().await;
    let payment = bank.payment(order).await;
    assert_eq!(
        (&payment["state"], &payment["failure"]),
        (&json!("cancelled"), &json!("authorization_expired"))
    );
    assert_eq!(bank.told().await, ["failed"]);
    bank.app.stop().await;
    let bank = Bank::manual().await;
    let order = bank.open("tok_capture_refused").await;
    bank.wish(order, "capture", "k", json!({})).await;
    bank.calls().await;
    // Nothing is there to be taken any more: the customer may pay in another way, as long as there is time.
    let payment = bank.payment(order).await;
    assert_eq!(
        (&payment["state"], &payment["failure"]),
        (&json!("cancelled"), &json!("authorization_expired"))
    );
    let told = bank.app.published().await;
    let (event, failed) = told.last().unwrap();
    assert_eq!((event.as_str(), &failed["reason"]), (PaymentFailed::TYPE, &json!("authorization_expired")));
    assert!(failed["retry_until"].is_string(), "{failed}");
    assert_eq!(bank.discrepancies("").await, Vec::<Value>::new());
    bank.app.stop().await;
}

#[tokio::test]
async fn a_capture_that_is_refused_for_now_waits_for_staff() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_capture_declined").await;
    for key in ["k1", "k2"] {
        assert_eq!(bank.wish(order, "capture", key, json!({})).await.status, 202);
        bank.calls().await;
        let payment = bank.payment(order).await;
        assert_eq!((&payment["state"], payment.get("failure")), (&json!("authorized"), None), "{payment}");
        let open = bank.discrepancies("").await;
        assert_eq!((open.len(), &open[0]["kind"]), (1, &json!("capture_refused")));
        assert!(open[0]["detail"].as_str().unwrap().contains("insufficient_funds"), "{open:?}");
    }
    assert_eq!(bank.told().await, ["authorized"]);
    assert_eq!(bank.wish(order, "void", "v", json!({"reason": "no money"})).await.status, 202);
    bank.calls().await;
    assert_eq!(
        (bank.state(order).await.as_str(), bank.told().await),
        ("cancelled", vec!["failed".to_owned()])
    );
    assert_eq!(bank.discrepancies("").await, Vec::<Value>::new());
    bank.app.stop().await;
}

#[tokio::test]
async fn what_nobody_takes_is_set_free_in_time() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    bank.app.clock.advance(Duration::days(7));
    assert_eq!(bank.app.run_job("expiry").await, 1);
    bank.calls().await;
    assert_eq!(bank.state(order).await, "expired");
    assert_eq!(bank.told().await, ["authorized", "expired"]);
    bank.app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_while_it_is_taken_gets_its_money_back() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    bank.wish(order, "capture", "k", part(2000)).await;
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.calls().await;
    assert_eq!(bank.state(order).await, "refunded");
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (2000, 0));
    assert_eq!(bank.told().await, ["authorized", "refunded"]);
    bank.app.stop().await;
}
