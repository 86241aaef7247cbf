//! What is told of returns, what they show before money moves, and how customers take them back.

use serde_json::json;
use uuid::Uuid;
use warung_chassis::testing::{self, Answer};
use warung_contracts::{
    event::{
        RefundFailed, RefundRequested, ReturnApproved, ReturnReceived, ReturnRefused, ReturnRequested,
        ReturnWithdrawn,
    },
    id::{OrderId, PaymentId},
};

use crate::shop::Shop;

impl Shop {
    async fn withdraw(&self, order: OrderId, of: &str) -> Answer {
        let path = format!("/api/v1/orders/{order}/returns/{of}/withdraw");
        self.post(&path, &Uuid::now_v7().to_string(), None).await
    }

    /// A return of so many items that somebody asked for.
    async fn wished(&self, order: OrderId, quantity: u32) -> String {
        let asked = self.send_back(order, quantity).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
        asked.body["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_wish_is_taken_back_while_nothing_has_arrived() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let first = shop.wished(order, 3).await;
    let done = shop.withdraw(order, &first).await;
    assert_eq!((done.status.as_u16(), &done.body["state"]), (200, &json!("withdrawn")), "{}", done.body);
    assert_eq!(done.body["actions"], json!([]));
    assert_eq!(shop.detail(order).await["lines"][0]["returned"], 0);

    let second = shop.wished(order, 2).await;
    shop.staff(&second, "approve", json!({})).await;
    assert_eq!(shop.withdraw(order, &second).await.body["state"], "withdrawn");
    let told = shop.told::<ReturnWithdrawn>().await;
    assert_eq!(told.iter().map(|told| told.items[0].quantity).collect::<Vec<_>>(), [3, 2]);

    let arrived = shop.received(order, 1).await;
    let late = shop.withdraw(order, &arrived).await;
    let problem = json!("https://warung.dev/problems/return-not-possible");
    assert_eq!((late.status.as_u16(), &late.body["type"]), (409, &problem), "{}", late.body);
    shop.stop().await;
}

#[tokio::test]
async fn nobody_takes_back_what_others_wish() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let of = shop.wished(order, 1).await;
    let path = format!("/api/v1/orders/{order}/returns/{of}/withdraw");
    for token in [testing::customer().1, testing::admin()] {
        let headers = [("idempotency-key", "k")];
        let answer = shop.app.send_with("POST", &path, Some(&token), &headers, None).await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
    // Nor by an order that it is not of.
    assert_eq!(shop.withdraw(OrderId(Uuid::now_v7()), &of).await.status, 404);
    assert_eq!(shop.returned(order).await.0, "requested");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_taking_back_and_receiving_at_once_one_happens() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    for _ in 0..5 {
        let of = shop.wished(order, 1).await;
        shop.staff(&of, "approve", json!({})).await;
        let (kept, came) = tokio::join!(shop.withdraw(order, &of), shop.staff(&of, "receive", json!({})));
        let mut both = [kept.status.as_u16(), came.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 409], "{} {}", kept.body, came.body);
        if came.status == 200 {
            break;
        }
    }
    shop.stop().await;
}

#[tokio::test]
async fn every_step_is_told_with_what_goes_back() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let of = shop.wished(order, 2).await;
    let asked = shop.told::<ReturnRequested>().await.remove(0);
    assert_eq!((asked.reason.as_str(), asked.items[0].quantity), ("too bitter", 2));
    assert_eq!(shop.returned(order).await, ("requested".to_owned(), 4_500));

    shop.staff(&of, "approve", json!({"answer": "Send it to Bandung"})).await;
    let approved = shop.told::<ReturnApproved>().await.remove(0);
    assert_eq!(
        (approved.answer.as_deref(), approved.refund.amount_minor),
        (Some("Send it to Bandung"), 4_500)
    );
    let one = json!({"lines": [{"line": 0, "quantity": 1, "restock": true}]});
    shop.staff(&of, "receive", one).await;
    let received = shop.told::<ReturnReceived>().await.remove(0);
    assert_eq!((received.items[0].quantity, received.refund.amount_minor), (1, 2_250));
    assert_eq!(shop.returned(order).await, ("received".to_owned(), 2_250));

    let other = shop.wished(order, 2).await;
    shop.staff(&other, "refuse", json!({"answer": "opened"})).await;
    let refused = shop.told::<ReturnRefused>().await.remove(0);
    assert_eq!((refused.answer.as_deref(), refused.return_id.to_string()), (Some("opened"), other));
    shop.stop().await;
}

#[tokio::test]
async fn a_refund_that_was_refused_says_why_until_it_is_asked_for_again() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let of = shop.received(order, 1).await;
    let reason = || async {
        shop.get(&format!("/api/v1/orders/{order}/returns")).await.body["items"][0]["refund_refused"].clone()
    };
    shop.staff(&of, "refund", json!({})).await;
    let RefundRequested { amount, refund_id, .. } = shop.told().await.remove(0);
    let failed = RefundFailed {
        order_id: order,
        payment_id: PaymentId(Uuid::now_v7()),
        refund_id: Some(refund_id),
        amount,
        reason: "bank_transfer".into(),
    };
    shop.app.deliver(&failed).await.unwrap();
    assert_eq!(reason().await, "bank_transfer");
    assert_eq!(shop.staff(&of, "refund", json!({})).await.body["state"], "refunding");
    assert_eq!(reason().await, json!(null));
    shop.stop().await;
}
