//! Amounts that nobody asked for: held for a person, never accepted silently.

use serde_json::json;
use warung_contracts::event::PaymentSucceeded;

use crate::bank::{AMOUNT, Bank};

fn decide(decision: &str) -> serde_json::Value {
    json!({"decision": decision, "reason": "looked at it"})
}

#[tokio::test]
async fn another_amount_is_held_until_somebody_accepts_it() {
    let bank = Bank::start().await;
    let order = bank.open("tok_differs").await;
    let payment = bank.payment(order).await;
    assert_eq!(
        payment["held"],
        json!({"amount": {"amount_minor": AMOUNT - 1, "currency": "IDR"}, "captured": true})
    );
    assert_eq!(payment["state"], "pending");
    assert_eq!(bank.told().await, ["held"]);
    assert_eq!(bank.balance("sales").await, 0);
    let series =
        r#"warung_payment_discrepancies_total{service="payment",provider="sandbox",kind="amount_differs"} 1"#;
    assert!(bank.app.metrics.render().contains(series), "{}", bank.app.metrics.render());
    assert_eq!(
        bank.wish(order, "void", "v", json!({"reason": "x"})).await.body["type"],
        "https://warung.dev/problems/payment-held"
    );
    // The time does not run out while a person looks.
    bank.app.clock.advance(time::Duration::days(1));
    assert_eq!(bank.app.run_job("expiry").await, 0);
    assert_eq!(bank.wish(order, "release", "k", decide("accept")).await.status, 202);
    let ended = &bank.discrepancies("?all=true").await[0];
    assert_eq!((&ended["resolved_by"], &ended["note"]), (&json!(bank.user), &json!("accept: looked at it")));
    let told = bank.only::<PaymentSucceeded>().await;
    assert_eq!((told[0].amount.amount_minor, told[0].partial), (AMOUNT - 1, Some(true)));
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT - 1);
    let paid = bank.payment(order).await;
    assert_eq!((&paid["state"], paid.get("failure")), (&json!("succeeded"), None), "{paid}");
    let again = bank.wish(order, "release", "k2", decide("accept")).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["type"]),
        (409, &json!("https://warung.dev/problems/payment-not-held"))
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn more_than_was_asked_is_held_too_and_told_as_such_or_goes_back_in_full() {
    let bank = Bank::start().await;
    let (accepted, returned) = (bank.open("tok_overpays").await, bank.open("tok_overpays").await);
    assert_eq!(bank.payment(accepted).await["held"]["amount"]["amount_minor"], AMOUNT + 1);
    assert_eq!(bank.told().await, ["held", "held"]);
    assert_eq!(bank.wish(accepted, "release", "k1", decide("accept")).await.status, 202);
    let told = &bank.only::<PaymentSucceeded>().await[0];
    assert_eq!((told.amount.amount_minor, told.partial, told.overpaid), (AMOUNT + 1, None, Some(true)));
    assert_eq!(
        (bank.balance("receivable:sandbox").await, bank.balance("sales").await),
        (AMOUNT + 1, -AMOUNT - 1)
    );
    assert_eq!(bank.wish(returned, "release", "k2", decide("return")).await.status, 202);
    // What was accepted goes back in full too, when its order is called off.
    bank.app.deliver(&bank.cancelled(accepted)).await.unwrap();
    bank.calls().await;
    for order in [accepted, returned] {
        let payment = bank.payment(order).await;
        assert_eq!(
            (&payment["state"], &payment["refunded"]["amount_minor"]),
            (&json!("refunded"), &json!(AMOUNT + 1))
        );
    }
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (2 * (AMOUNT + 1), 0));
    bank.app.stop().await;
}

#[tokio::test]
async fn another_amount_goes_back_when_somebody_says_so() {
    let bank = Bank::start().await;
    let order = bank.open("tok_differs").await;
    // Of one moment, the order of calls is that of their ids.
    bank.app.clock.advance(time::Duration::seconds(1));
    assert_eq!(bank.wish(order, "release", "k", decide("return")).await.status, 202);
    bank.calls().await;
    let calls = bank.read(&format!("/api/v1/payments/{order}/details")).await["attempts"].clone();
    assert_eq!(
        (&calls[1]["kind"], &calls[1]["author"], &calls[1]["reason"]),
        (&json!("refund"), &json!(bank.user), &json!("looked at it"))
    );
    let payment = bank.payment(order).await;
    assert_eq!((&payment["state"], &payment["failure"]), (&json!("refunded"), &json!("amount_differs")));
    assert_eq!(bank.told().await, ["held", "failed", "hold_ended", "refunded"]);
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (AMOUNT - 1, 0));
    bank.app.stop().await;
}

#[tokio::test]
async fn another_amount_of_a_cancelled_order_goes_back_by_itself() {
    let bank = Bank::start().await;
    let order = bank.open("tok_differs").await;
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.calls().await;
    assert_eq!(bank.state(order).await, "refunded");
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (AMOUNT - 1, 0));
    bank.app.stop().await;
}

#[tokio::test]
async fn another_currency_is_settled_at_the_provider_and_never_booked() {
    let bank = Bank::start().await;
    let order = bank.open("tok_foreign").await;
    assert_eq!(bank.payment(order).await["held"]["amount"]["currency"], "USD");
    for decision in ["accept", "return"] {
        let answer = bank.wish(order, "release", decision, decide(decision)).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["type"]),
            (409, &json!("https://warung.dev/problems/payment-held"))
        );
    }
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    assert_eq!(bank.state(order).await, "pending");
    assert_eq!(bank.wish(order, "release", "k", decide("settled")).await.status, 202);
    assert_eq!(bank.state(order).await, "cancelled");
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}
