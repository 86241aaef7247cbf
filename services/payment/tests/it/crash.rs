//! A call whose answer was lost: the process died between the call and its record.

use time::Duration;

use crate::bank::{AMOUNT, Bank};

/// Longer than a claim lasts.
const LEASE: Duration = Duration::seconds(31);

impl Bank {
    /// Takes the calls that are due, as a process does that dies before it records their answers.
    async fn claim_and_die(&self) {
        let pool = self.app.db.as_ref().unwrap().pool();
        let statement = "UPDATE attempts SET turns = turns + 1, tries = tries + 1, due_at = due_at + interval '30 seconds' WHERE state = 'started'";
        assert_eq!(sqlx::query(statement).execute(pool).await.unwrap().rows_affected(), 1);
    }

    /// What the sandbox has in its books when the call reached it.
    async fn reached(&self, status: &'static str) {
        let pool = self.app.db.as_ref().unwrap().pool();
        sqlx::query(
            "INSERT INTO sandbox_payments SELECT payment_id, currency, amount_minor, $1, NULL, false, now() FROM payments",
        )
        .bind(status)
        .execute(pool)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_charge_that_reached_the_provider_is_found_and_not_made_again() {
    let bank = Bank::start().await;
    let reserved = bank.reserved("tok_decline");
    bank.app.deliver(&reserved).await.unwrap();
    bank.claim_and_die().await;
    // The books say succeeded, whatever the token would do now: the books count.
    bank.reached("succeeded").await;
    assert_eq!(bank.app.run_job("calls").await, 0);
    assert_eq!(bank.app.run_job("recovery").await, 0);
    bank.app.clock.advance(LEASE);
    assert_eq!(bank.app.run_job("calls").await, 0);
    assert_eq!(bank.app.run_job("recovery").await, 1);
    assert_eq!(bank.app.run_job("recovery").await, 0);
    assert_eq!(bank.told().await, ["succeeded"]);
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_charge_that_never_reached_the_provider_is_made() {
    let bank = Bank::start().await;
    let reserved = bank.reserved("tok_success");
    bank.app.deliver(&reserved).await.unwrap();
    bank.claim_and_die().await;
    bank.app.clock.advance(LEASE);
    assert_eq!(bank.app.run_job("recovery").await, 1);
    assert_eq!(bank.told().await, ["succeeded"]);
    bank.app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_meanwhile_gets_its_money_back_or_is_never_charged() {
    for reached in [true, false] {
        let bank = Bank::start().await;
        let reserved = bank.reserved("tok_success");
        bank.app.deliver(&reserved).await.unwrap();
        bank.claim_and_die().await;
        if reached {
            bank.reached("succeeded").await;
        }
        bank.app.deliver(&bank.cancelled(reserved.order_id)).await.unwrap();
        bank.app.clock.advance(LEASE);
        assert_eq!(bank.app.run_job("recovery").await, 1);
        bank.calls().await;
        assert_eq!(bank.balance("sales").await, 0);
        assert_eq!(bank.given_back().await, if reached { AMOUNT } else { 0 });
        let state = if reached { "refunded" } else { "cancelled" };
        assert_eq!(bank.state(reserved.order_id).await, state);
        bank.app.stop().await;
    }
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_goes_back_once() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    // The call reached the provider; then the process died.
    let pool = bank.app.db.as_ref().unwrap().pool();
    sqlx::query(
        "INSERT INTO sandbox_refunds SELECT attempt_id, payment_id, amount_minor, now() FROM attempts WHERE kind = 'refund'",
    )
    .execute(pool)
    .await
    .unwrap();
    bank.claim_and_die().await;
    bank.app.clock.advance(LEASE);
    assert_eq!(bank.app.run_job("recovery").await, 1);
    assert_eq!(bank.given_back().await, AMOUNT);
    assert_eq!(bank.told().await, ["succeeded", "refunded"]);
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}
