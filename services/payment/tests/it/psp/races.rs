//! Twenty at once, at a company whose money our own call takes: PayPal's buyer approves, and the shop captures.

use futures::future::join_all;
use serde_json::json;
use time::Duration;
use warung_chassis::testing::eventually;
use warung_contracts::id::OrderId;
use warung_psp_sim::{Act, paypal::PayPal};

use super::{Market, TOTAL};

const AT_ONCE: usize = 20;

impl Market<PayPal> {
    async fn captures_asked(&self, order: OrderId) -> i64 {
        let query = "SELECT count(*) FROM attempts JOIN payments USING (payment_id) \
                     WHERE attempts.kind = 'capture' AND order_id = $1";
        let pool = self.app().db.as_ref().unwrap().pool();
        sqlx::query_scalar(query).bind(order.uuid()).fetch_one(pool).await.unwrap()
    }

    /// Everything that asks the company, twenty at once.
    async fn everybody_asks(&self) {
        let jobs = ["webhooks", "calls", "reconcile", "recovery"];
        join_all((0..AT_ONCE / jobs.len()).flat_map(|_| jobs).map(|job| self.app().run_job(job))).await;
    }

    /// The same webhooks, twenty times at once while everything asks; who finds the shop busy comes again.
    async fn all_at_once(&self, order: OrderId) {
        let told = self.sim.desk.courier.take();
        let webhooks = join_all((0..AT_ONCE).flat_map(|_| &told).map(|told| self.deliver(told)));
        // The customer comes back, and looks.
        let path = format!("/api/v1/payments/{order}");
        let returns = (0..AT_ONCE).map(|_| self.app().send("GET", &path, Some(&self.bank.token), None));
        let (answers, ..) = tokio::join!(webhooks, join_all(returns), self.everybody_asks());
        assert!(answers.iter().all(|status| [200, 503].contains(status)), "{answers:?}");
        for webhook in &told {
            assert_eq!(self.deliver(webhook).await, 200);
        }
    }
}

#[tokio::test]
async fn a_webhook_the_answer_and_the_comparison_at_once_capture_once() {
    let market = Market::<PayPal>::open().await;
    for round in 1..=5 {
        let order = market.order().await;
        market.act(Act::Pay);
        // Old enough to be compared, and the comparison is due.
        market.advance(Duration::minutes(10));
        market.all_at_once(order).await;
        market.everybody_asks().await;
        // What the capture tells meets what asks about it.
        market.advance(Duration::minutes(10));
        market.all_at_once(order).await;
        market.work().await;
        assert_eq!(market.state(order).await, "succeeded", "round {round}");
        assert_eq!(market.captures_asked(order).await, 1, "round {round}");
        assert_eq!(market.acted("/capture"), round, "taken there once an order");
        assert_eq!(market.earned().await, TOTAL * i64::try_from(round).unwrap());
        assert_eq!(market.bank.told().await, ["pending", "succeeded"], "round {round}");
    }
    assert!(market.bank.discrepancies("?all=true").await.is_empty());
    market.bank.app.stop().await;
}

#[tokio::test]
async fn refunds_at_once_give_back_no_more_than_was_captured() {
    let market = Market::<PayPal>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    market.carry().await;
    // Twenty times a fifth, of which five are all there is.
    let keys: Vec<String> = (0..AT_ONCE).map(|n| format!("k{n}")).collect();
    let fifth = || json!({"amount": market.minor(TOTAL / 5), "reason": "late"});
    let wish = async |key: &String| {
        eventually("the shop is not too busy", async || {
            let status = market.bank.refund(order, key, fifth()).await.status;
            Some(status).filter(|status| *status != 503)
        })
        .await
    };
    let (answers, ()) = tokio::join!(join_all(keys.iter().map(wish)), market.everybody_asks());
    let count = |status: u16| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(202), count(409)), (5, AT_ONCE - 5), "{answers:?}");
    market.everybody_asks().await;
    market.work().await;
    market.carry().await;
    assert_eq!((market.acted("/refund"), market.earned().await), (5, 0));
    assert_eq!(market.state(order).await, "refunded");
    let told = market.bank.told().await;
    assert_eq!(told.iter().filter(|event| *event == "refunded").count(), 5, "{told:?}");
    assert!(market.bank.discrepancies("?all=true").await.is_empty());
    market.bank.app.stop().await;
}
