//! Money that is set aside and taken by hand, in part too, and refunds that fail.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{
    event::{
        CancelReason, OrderCancelled, OrderConfirmed, PaymentAuthorized, PaymentSucceeded, RefundFailed,
        RefundRequested,
    },
    id::{OrderId, PaymentId, RefundId},
    money::Money,
};

use crate::shop::{Shop, first_try};

/// Default of `WARUNG_ORDER_DEADLINE_SECONDS`.
const DEADLINE: Duration = Duration::seconds(2700);
/// As long as a bank keeps money set aside.
const WEEK: Duration = Duration::days(7);

impl Shop {
    fn authorized(&self, order_id: OrderId, expires_at: OffsetDateTime) -> PaymentAuthorized {
        PaymentAuthorized {
            order_id,
            payment_id: first_try(order_id),
            user_id: self.user,
            amount: self.total(),
            expires_at,
            attempt: Some(1),
        }
    }

    /// An order whose money is set aside for a week.
    async fn set_aside(&self) -> OrderId {
        let id = self.order().await;
        self.app.deliver(&self.reserved(id)).await.unwrap();
        let until = self.app.clock.now() + WEEK;
        self.app.deliver(&self.authorized(id, until)).await.unwrap();
        id
    }

    fn refund_failed(&self, order_id: OrderId, refund_id: Option<RefundId>, amount: Money) -> RefundFailed {
        let (payment_id, reason) = (PaymentId(Uuid::now_v7()), "too_old".to_owned());
        RefundFailed { order_id, payment_id, refund_id, amount, reason }
    }
}

#[tokio::test]
async fn an_order_whose_money_is_set_aside_waits_as_long_as_the_bank() {
    let shop = Shop::start().await;
    let id = shop.set_aside().await;
    assert_eq!(shop.state(id).await, "awaiting_payment");
    shop.app.clock.advance(WEEK);
    assert_eq!(shop.app.run_job("deadline").await, 0);
    // Taken in the last moment.
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    assert_eq!(shop.state(id).await, "confirmed");
    assert_eq!(shop.app.published_only::<OrderConfirmed>().await.len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn it_ends_when_nobody_takes_the_money_and_late_money_changes_nothing() {
    let shop = Shop::start().await;
    let id = shop.set_aside().await;
    // An older end does not shorten the wait.
    shop.app.deliver(&shop.authorized(id, shop.app.clock.now())).await.unwrap();
    shop.app.clock.advance(WEEK + DEADLINE - Duration::SECOND);
    assert_eq!(shop.app.run_job("deadline").await, 0);
    shop.app.clock.advance(Duration::SECOND);
    assert_eq!(shop.app.run_job("deadline").await, 1);
    let told = shop.app.published_only::<OrderCancelled>().await;
    assert_eq!((told.len(), told[0].reason), (1, CancelReason::Deadline));
    // Payment hears of the end, and gives back what came after it.
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.deliver(&shop.authorized(id, shop.app.clock.now() + WEEK)).await.unwrap();
    assert_eq!(shop.state(id).await, "cancelled");
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn what_an_administrator_takes_in_part_is_all_that_can_go_back() {
    let shop = Shop::start().await;
    let id = shop.set_aside().await;
    let part = Money::new(3_000, shop.total().currency);
    let taken = PaymentSucceeded { amount: part, partial: Some(true), ..shop.paid(id) };
    shop.app.deliver(&taken).await.unwrap();
    assert_eq!(shop.state(id).await, "confirmed");
    shop.complete(id, shop.total()).await;
    let asked = json!({"lines": [{"line": 0, "quantity": 2}], "reason": "too bitter"});
    let asked = shop.post(&format!("/api/v1/orders/{id}/returns"), "r", Some(asked)).await;
    let path = format!("/api/v1/admin/returns/{}", asked.body["id"].as_str().unwrap());
    for deed in ["approve", "receive", "refund"] {
        shop.as_admin("POST", &format!("{path}/{deed}"), Some(json!({}))).await;
    }
    assert_eq!(shop.refund_requested().await.amount, part);
    shop.stop().await;
}

#[tokio::test]
async fn a_refund_that_fails_is_noted_once_and_can_be_tried_again() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.complete(id, shop.total()).await;
    let asked = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "too bitter"});
    let asked = shop.post(&format!("/api/v1/orders/{id}/returns"), "r", Some(asked)).await;
    let path = format!("/api/v1/admin/returns/{}", asked.body["id"].as_str().unwrap());
    for deed in ["approve", "receive", "refund"] {
        shop.as_admin("POST", &format!("{path}/{deed}"), Some(json!({}))).await;
    }
    let refund = shop.refund_requested().await;
    let failed = shop.refund_failed(id, Some(refund.refund_id), refund.amount);
    for _ in 0..2 {
        shop.app.deliver(&failed).await.unwrap();
    }
    let timeline = shop.as_admin("GET", &format!("/api/v1/admin/orders/{id}/timeline"), None).await;
    assert!(timeline.to_string().contains("could not go back: too_old"), "{timeline}");
    let again = shop.as_admin("POST", &format!("{path}/refund"), Some(json!({}))).await;
    assert_eq!((&again["state"], &again["refund"]["amount"]), (&json!("refunding"), &json!(refund.amount)));
    assert_eq!(shop.app.published_only::<RefundRequested>().await.len(), 1);
    assert_eq!(shop.detail(id).await["refunded"]["amount_minor"], 0);
    // One that payment began by itself, for an order that ended, is a line of the timeline and nothing more.
    shop.app.deliver(&shop.refund_failed(id, None, refund.amount)).await.unwrap();
    assert_eq!(shop.state(id).await, "completed");
    shop.stop().await;
}
