//! Events: twice, late, out of order; and the time that runs out.

use serde_json::json;
use time::Duration;
use warung_chassis::{events::handler::Effect, testing};
use warung_contracts::event::{
    CancelReason, OrderCancelled, PaymentFailed, PaymentPending, PaymentSucceeded,
};

use crate::bank::{AMOUNT, Bank};

#[tokio::test]
async fn a_payment_that_succeeds_at_once_is_captured_once_and_told() {
    let bank = Bank::start().await;
    let reserved = bank.reserved("tok_success");
    let id = bank.app.deliver(&reserved).await.unwrap();
    assert_eq!(bank.app.deliver_as(id, &reserved).await.unwrap(), Effect::Duplicate);
    // Even under another id.
    bank.app.deliver(&reserved).await.unwrap();
    assert_eq!(bank.state(reserved.order_id).await, "opening");
    assert_eq!(bank.app.run_job("calls").await, 1);
    assert_eq!(bank.app.run_job("calls").await, 0);
    let told = bank.only::<PaymentSucceeded>().await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].order_id, told[0].amount), (reserved.order_id, reserved.total));
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    assert_eq!(bank.balance("sales").await, -AMOUNT);
    let metrics = bank.app.metrics.render();
    let series = r#"warung_payments_total{service="payment",provider="sandbox",outcome="succeeded"} 1"#;
    assert!(metrics.contains(series), "{metrics}");
    bank.app.stop().await;
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason() {
    let bank = Bank::start().await;
    let mut thirteen = bank.reserved("tok_success");
    thirteen.total.amount_minor = 10_013;
    let mut elsewhere = bank.reserved("tok_success");
    elsewhere.payment.provider = "stripe".into();
    for (reserved, reason) in [
        (bank.reserved("tok_decline"), "card_declined"),
        (bank.reserved("tok_made_up"), "unknown_token"),
        (thirteen, "card_declined"),
        (elsewhere, "provider_unavailable"),
    ] {
        bank.app.deliver(&reserved).await.unwrap();
        bank.calls().await;
        let told = bank.only::<PaymentFailed>().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].reason, reason);
        assert_eq!(bank.payment(reserved.order_id).await["failure"], reason);
    }
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_cancelled_order_is_called_off_at_the_provider() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let pending = bank.only::<PaymentPending>().await;
    assert_eq!(pending.len(), 1);
    let url = format!("http://localhost/sandbox/pay/{}", pending[0].payment_id);
    assert_eq!(bank.payment(order).await["next_action"]["url"], url);
    let id = bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    assert_eq!(bank.app.deliver_as(id, &bank.cancelled(order)).await.unwrap(), Effect::Duplicate);
    assert_eq!(bank.state(order).await, "pending");
    assert_eq!(bank.app.run_job("calls").await, 1);
    assert_eq!(bank.state(order).await, "cancelled");
    assert!(bank.told().await.is_empty());
    bank.app.stop().await;
}

#[tokio::test]
async fn what_was_paid_goes_back_in_full_when_the_order_is_cancelled() {
    let bank = Bank::start().await;
    let mut given_back = 0;
    for reason in [CancelReason::ByCustomer, CancelReason::ByAdmin, CancelReason::Undeliverable] {
        let order = bank.open("tok_success").await;
        assert_eq!(
            (bank.balance("receivable:sandbox").await, bank.balance("sales").await),
            (AMOUNT, -AMOUNT)
        );
        let part = json!({"amount": {"amount_minor": 1000, "currency": "IDR"}, "reason": "late"});
        assert_eq!(bank.refund(order, &order.to_string(), part).await.status, 202);
        for _ in 0..2 {
            let cancelled = OrderCancelled { reason, ..bank.cancelled(order) };
            bank.app.deliver(&cancelled).await.unwrap();
        }
        bank.calls().await;
        assert_eq!(bank.told().await, ["succeeded", "refunded", "refunded"]);
        let payment = bank.payment(order).await;
        let whole = json!({"amount_minor": AMOUNT, "currency": "IDR"});
        assert_eq!((&payment["state"], &payment["refunded"]), (&json!("refunded"), &whole));
        // By the books, and by the provider's.
        given_back += AMOUNT;
        assert_eq!((bank.balance("receivable:sandbox").await, bank.balance("sales").await), (0, 0));
        assert_eq!(bank.given_back().await, given_back);
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_before_its_stock_is_heard_of_is_never_charged() {
    let bank = Bank::start().await;
    let reserved = bank.reserved("tok_success");
    bank.app.deliver(&bank.cancelled(reserved.order_id)).await.unwrap();
    bank.app.deliver(&reserved).await.unwrap();
    assert_eq!(bank.app.run_job("calls").await, 0);
    assert!(bank.told().await.is_empty());
    assert_eq!(bank.state(reserved.order_id).await, "cancelled");
    bank.app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_in_the_moment_its_stock_is_heard_of_keeps_no_money() {
    let bank = Bank::start().await;
    for _ in 0..20 {
        let reserved = bank.reserved("tok_success");
        let cancelled = bank.cancelled(reserved.order_id);
        let (a, b) = tokio::join!(bank.app.deliver(&reserved), bank.app.deliver(&cancelled));
        a.and(b).unwrap();
        bank.calls().await;
        assert_eq!(bank.state(reserved.order_id).await, "cancelled");
    }
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_before_the_provider_is_asked_is_never_charged() {
    let bank = Bank::start().await;
    let reserved = bank.reserved("tok_success");
    bank.app.deliver(&reserved).await.unwrap();
    bank.app.deliver(&bank.cancelled(reserved.order_id)).await.unwrap();
    bank.calls().await;
    assert_eq!(bank.state(reserved.order_id).await, "cancelled");
    assert!(bank.told().await.is_empty());
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_payment_nobody_makes_expires_and_money_after_that_goes_back() {
    let bank = Bank::start().await;
    let (never, late) = (bank.open("tok_expire").await, bank.open("tok_webhook").await);
    assert_eq!(bank.told().await, ["pending", "pending"]);
    assert_eq!(bank.app.run_job("expiry").await, 0);
    bank.app.clock.advance(Duration::seconds(1800));
    assert_eq!(bank.app.run_job("expiry").await, 2);
    assert_eq!(bank.app.run_job("expiry").await, 0);
    bank.calls().await;
    assert_eq!(bank.told().await, ["expired", "expired"]);
    assert_eq!(bank.state(never).await, "expired");
    // A bank transfer arrives after the end.
    assert_eq!(bank.webhook(late, "e1", "succeeded").await.status, 200);
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    bank.calls().await;
    assert_eq!(bank.told().await, ["refunded"]);
    assert_eq!(bank.state(late).await, "refunded");
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_paid_in_the_last_moment_counts() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.app.clock.advance(Duration::seconds(1800));
    // The customer paid; its webhook is stored but not worked on yet.
    bank.webhook(order, "e1", "succeeded").await;
    assert_eq!(bank.app.run_job("expiry").await, 1);
    bank.calls().await;
    assert_eq!(bank.state(order).await, "succeeded");
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.told().await, ["pending", "succeeded"]);
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn payments_that_can_not_be_ended_hold_up_no_other_however_many_they_are() {
    let bank = Bank::start().await;
    let (odd, other) = (bank.open("tok_expire").await, bank.open("tok_expire").await);
    bank.spoil(odd).await;
    let more = "INSERT INTO payments SELECT (jsonb_populate_record(p, jsonb_build_object('payment_id', gen_random_uuid(), \
                'order_id', gen_random_uuid(), 'reference', 'odd ' || n))).* \
                FROM payments p, generate_series(1, 60) AS n WHERE order_id = $1";
    let pool = bank.app.db.as_ref().unwrap().pool();
    assert_eq!(sqlx::query(more).bind(odd.0).execute(pool).await.unwrap().rows_affected(), 60);
    bank.app.clock.advance(Duration::seconds(1800));
    let running = ["expiry", "calls"].map(|job| bank.app.keep_running(job));
    testing::eventually("the other ends", async || (bank.state(other).await == "expired").then_some(()))
        .await;
    drop(running);
    bank.app.stop().await;
}
