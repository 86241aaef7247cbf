//! Another amount than the total: what payment says of it is what the order keeps, and all that came can go back.

use serde_json::json;
use warung_chassis::events::EventError;
use warung_contracts::{
    event::{CancelReason, OrderCancelled, PaymentSucceeded},
    id::OrderId,
    money::Money,
};

use crate::shop::{Shop, failed};

impl Shop {
    fn one_more(&self) -> Money {
        Money::new(self.total().amount_minor + 1, self.total().currency)
    }

    fn overpaid(&self, order: OrderId) -> PaymentSucceeded {
        PaymentSucceeded { amount: self.one_more(), overpaid: Some(true), ..self.paid(order) }
    }

    /// How the order stands with its money, as staff find it.
    async fn money(&self, order: OrderId) -> String {
        let found = self.as_admin("GET", "/api/v1/admin/orders", None).await;
        let of = |item: &&serde_json::Value| item["id"] == order.to_string();
        found["items"].as_array().unwrap().iter().find(of).unwrap()["payment_state"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn more_than_was_asked_confirms_an_order_once_payment_says_that_it_was_accepted() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let silent = PaymentSucceeded { amount: shop.one_more(), ..shop.paid(id) };
    let less = PaymentSucceeded { partial: Some(true), ..silent.clone() };
    for wrong in [silent, less, PaymentSucceeded { overpaid: Some(true), ..shop.paid(id) }] {
        assert!(matches!(shop.app.deliver(&wrong).await, Err(EventError::Invalid(_))), "{wrong:?}");
    }
    shop.app.deliver(&shop.overpaid(id)).await.unwrap();
    let detail = shop.detail(id).await;
    assert_eq!((&detail["state"], &detail["paid"]), (&json!("confirmed"), &json!(shop.one_more())));
    assert_eq!(detail["total"], json!(shop.total()));
    assert_eq!(detail["history"][1]["reason"], "IDR 50.01 paid by sandbox, more than the total");
    // All of it goes back when the order is called off, and nothing more.
    shop.post(&format!("/api/v1/orders/{id}/cancel"), "c", None).await;
    shop.app.deliver(&shop.refunded(id, shop.total())).await.unwrap();
    assert_eq!(shop.money(id).await, "partly_refunded");
    let unit = Money::new(1, shop.total().currency);
    shop.app.deliver(&shop.refunded(id, unit)).await.unwrap();
    assert_eq!(shop.detail(id).await["refunded"], json!(shop.one_more()));
    assert_eq!(shop.money(id).await, "refunded");
    assert!(matches!(shop.app.deliver(&shop.refunded(id, unit)).await, Err(EventError::Invalid(_))));
    shop.stop().await;
}

#[tokio::test]
async fn goods_bring_what_they_cost_and_no_share_of_what_was_paid_too_much() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.overpaid(id)).await.unwrap();
    shop.complete(id, shop.total()).await;
    let asked = json!({"lines": [{"line": 0, "quantity": 2}], "reason": "too bitter"});
    let asked = shop.post(&format!("/api/v1/orders/{id}/returns"), "r", Some(asked)).await;
    let path = format!("/api/v1/admin/returns/{}", asked.body["id"].as_str().unwrap());
    for deed in ["approve", "receive", "refund"] {
        shop.as_admin("POST", &format!("{path}/{deed}"), Some(json!({}))).await;
    }
    assert_eq!(shop.refund_requested().await.amount, shop.total());
    shop.stop().await;
}

#[tokio::test]
async fn more_than_was_asked_that_is_sent_back_is_noted_in_full() {
    let shop = Shop::start().await;
    let (returned, late) = (shop.order().await, shop.order().await);
    // An administrator sends it back: the order hears that it is not paid.
    shop.app.deliver(&failed(returned, "amount_differs")).await.unwrap();
    // It comes when the order has ended: payment sends it back by itself.
    shop.post(&format!("/api/v1/orders/{late}/cancel"), "c", None).await;
    let why: Vec<CancelReason> =
        shop.app.published_only::<OrderCancelled>().await.iter().map(|told| told.reason).collect();
    assert_eq!(why, [CancelReason::PaymentFailed, CancelReason::ByCustomer]);
    for id in [returned, late] {
        shop.app.deliver(&shop.refunded(id, shop.one_more())).await.unwrap();
        let detail = shop.detail(id).await;
        assert_eq!((&detail["state"], &detail["refunded"]), (&json!("cancelled"), &json!(shop.one_more())));
        assert_eq!(detail["paid"], detail["refunded"], "what went back had come");
    }
    shop.stop().await;
}
