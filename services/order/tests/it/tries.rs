//! A payment that is tried several times: the order waits for the latest try, and counts the money of the one that paid.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{
    event::{
        CancelReason, NextAction, OrderCancelled, OrderConfirmed, PaymentAuthorized, PaymentExpired,
        PaymentFailed, PaymentPending, PaymentRefunded, PaymentSucceeded,
    },
    id::{OrderId, PaymentId},
};

use crate::shop::{Shop, failed, first_try};

fn second_try() -> PaymentId {
    PaymentId(Uuid::max())
}

impl Shop {
    /// The first try failed, and another can follow.
    fn declined(&self, order: OrderId, until: OffsetDateTime) -> PaymentFailed {
        PaymentFailed { user_id: Some(self.user), retry_until: Some(until), ..failed(order, "card_declined") }
    }

    /// A try waits for its customer.
    fn waiting(&self, order_id: OrderId, attempt: u32, until: OffsetDateTime) -> PaymentPending {
        PaymentPending {
            order_id,
            payment_id: if attempt == 1 { first_try(order_id) } else { second_try() },
            user_id: self.user,
            amount: self.total(),
            next_action: NextAction::Redirect { url: format!("http://localhost/pay/{attempt}") },
            expires_at: until,
            attempt: Some(attempt),
            provider: Some(if attempt == 1 { "sandbox" } else { "midtrans" }.to_owned()),
            retry_until: Some(until),
        }
    }
}

#[tokio::test]
async fn an_order_whose_payment_failed_waits_for_another_try_and_takes_the_later() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let until = shop.app.clock.now() + Duration::minutes(30);
    shop.app.deliver(&shop.waiting(id, 1, until)).await.unwrap();
    assert_eq!(
        shop.detail(id).await["actions"],
        json!(["pay", "change_payment", "cancel", "correct_address"])
    );
    shop.app.deliver(&shop.declined(id, until)).await.unwrap();
    let seen = shop.detail(id).await;
    assert_eq!(
        (&seen["state"], &seen["payment"]["failure"]),
        (&json!("awaiting_payment"), &json!("card_declined"))
    );
    assert!(seen["payment"]["retry_until"].is_string() && seen["payment"].get("next_action").is_none());
    assert_eq!(seen["actions"], json!(["change_payment", "cancel", "correct_address"]));
    assert!(shop.app.published_only::<OrderCancelled>().await.is_empty());
    // The next one; what is told of the first says nothing any more.
    shop.app.deliver(&shop.waiting(id, 2, until)).await.unwrap();
    let late = PaymentExpired { order_id: id, payment_id: first_try(id), attempt: Some(1) };
    shop.app.deliver(&late).await.unwrap();
    shop.app.deliver(&shop.declined(id, until)).await.unwrap();
    shop.app.deliver(&failed(id, "card_declined")).await.unwrap();
    shop.app.deliver(&shop.waiting(id, 1, until)).await.unwrap();
    let seen = shop.detail(id).await;
    assert_eq!(seen["payment"]["next_action"]["url"], "http://localhost/pay/2");
    assert_eq!((&seen["payment"]["provider"], seen["payment"].get("failure")), (&json!("midtrans"), None));
    shop.app.clock.advance(Duration::minutes(30));
    assert_eq!(shop.detail(id).await["actions"], json!(["pay", "cancel", "correct_address"]));
    shop.app.stop().await;
}

#[tokio::test]
async fn what_a_try_was_before_is_not_news_when_it_comes_again() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let until = shop.app.clock.now() + Duration::minutes(30);
    let waiting = shop.waiting(id, 1, until);
    let authorized = PaymentAuthorized {
        order_id: id,
        payment_id: first_try(id),
        user_id: shop.user,
        amount: shop.total(),
        expires_at: until,
        attempt: Some(1),
    };
    shop.app.deliver(&waiting).await.unwrap();
    shop.app.deliver(&authorized).await.unwrap();
    shop.app.deliver(&waiting).await.unwrap();
    let seen = shop.detail(id).await;
    assert!(seen["payment"].get("next_action").is_none(), "the customer has done it: {seen}");
    shop.app.deliver(&shop.declined(id, until)).await.unwrap();
    for _ in 0..2 {
        shop.app.deliver(&authorized).await.unwrap();
        shop.app.deliver(&waiting).await.unwrap();
        let seen = shop.detail(id).await;
        assert_eq!(seen["payment"]["failure"], "card_declined");
        assert_eq!(seen["actions"], json!(["change_payment", "cancel", "correct_address"]));
    }
    shop.app.stop().await;
}

#[tokio::test]
async fn money_of_another_try_is_a_line_of_the_timeline_alone() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let until = shop.app.clock.now() + Duration::minutes(30);
    shop.app.deliver(&shop.declined(id, until)).await.unwrap();
    let late = shop.refunded(id, shop.total());
    shop.app.deliver(&late).await.unwrap();
    // As long as nothing else pays it, that is what came and went back.
    assert_eq!(shop.detail(id).await["refunded"]["amount_minor"], json!(shop.total().amount_minor));
    let paid = PaymentSucceeded { payment_id: second_try(), attempt: Some(2), ..shop.paid(id) };
    shop.app.deliver(&paid).await.unwrap();
    assert_eq!(shop.app.published_only::<OrderConfirmed>().await.len(), 1);
    shop.app.deliver(&late).await.unwrap();
    let seen = shop.detail(id).await;
    assert_eq!((&seen["refunded"]["amount_minor"], &seen["state"]), (&json!(0), &json!("confirmed")));
    assert!(seen["payment"].get("failure").is_none() && seen["payment"].get("retry_until").is_none());
    let path = format!("/api/v1/admin/orders/{id}/timeline");
    let lines = shop.as_admin("GET", &path, None).await["items"].to_string();
    assert_eq!(lines.matches("of another try to pay went back").count(), 1, "{lines}");
    // What goes back of the one that paid counts.
    let back = PaymentRefunded { payment_id: second_try(), ..shop.refunded(id, shop.total()) };
    shop.app.deliver(&back).await.unwrap();
    assert_eq!(shop.detail(id).await["refunded"]["amount_minor"], json!(shop.total().amount_minor));
    shop.app.stop().await;
}

#[tokio::test]
async fn an_order_that_nobody_tries_again_ends_as_not_paid() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let until = shop.app.clock.now() + Duration::minutes(30);
    shop.app.deliver(&shop.declined(id, until)).await.unwrap();
    shop.app.deliver(&failed(id, "card_declined")).await.unwrap();
    let ended = shop.app.published_only::<OrderCancelled>().await;
    assert_eq!(ended.iter().map(|told| told.reason).collect::<Vec<_>>(), [CancelReason::PaymentFailed]);
    let seen = shop.detail(id).await;
    assert_eq!((&seen["payment"]["failure"], &seen["actions"]), (&json!("card_declined"), &json!([])));
    shop.app.stop().await;
}
