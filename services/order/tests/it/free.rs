//! Orders that cost nothing.

use serde_json::{Value, json};
use warung_contracts::{
    event::{ItemsReturned, OrderConfirmed, OrderPlaced, PaymentSucceeded, RefundRequested},
    id::OrderId,
    money::Money,
};

use crate::shop::{Shop, with_coupons};

impl Shop {
    /// A shop that sends for a price, and coupons that take all of it off.
    async fn generous() -> Self {
        let shop = Self::start().await;
        shop.peers.ship_for("regular", 9_000).await;
        shop.coupon(
            json!({"code": "ALL", "benefit": {"kind": "percent", "ppm": 1_000_000}, "combines": true}),
        )
        .await;
        shop.coupon(json!({"code": "SENT", "benefit": {"kind": "free_shipping"}, "combines": true})).await;
        shop
    }

    async fn order_free(&self) -> (OrderId, Value) {
        let mut body = with_coupons(&["ALL", "SENT"]);
        body.as_object_mut().unwrap().remove("payment");
        let answer = self.post("/api/v1/checkout", "free", Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        (answer.body["id"].as_str().unwrap().parse().unwrap(), answer.body)
    }
}

#[tokio::test]
async fn an_order_that_costs_nothing_needs_no_way_to_pay() {
    let shop = Shop::generous().await;
    let (id, body) = shop.order_free().await;
    assert_eq!(body["totals"]["total"]["amount_minor"], 0);
    assert_eq!(body["lines"][0]["total"]["amount_minor"], 0);
    let placed = shop.app.published_only::<OrderPlaced>().await;
    assert_eq!((placed[0].total.amount_minor, placed[0].payment.provider.as_str()), (0, "none"));
    let nothing = Money::new(0, placed[0].total.currency);
    let settled = PaymentSucceeded { amount: nothing, provider: "none".into(), ..shop.paid(id) };
    shop.app.deliver(&settled).await.unwrap();
    assert_eq!(shop.state(id).await, "confirmed");
    assert_eq!(shop.app.published_only::<OrderConfirmed>().await[0].total, nothing);
    shop.stop().await;
}

#[tokio::test]
async fn what_costs_something_is_not_ordered_without_a_way_to_pay() {
    let shop = Shop::generous().await;
    let mut body = with_coupons(&["ALL"]);
    body.as_object_mut().unwrap().remove("payment");
    let refused = shop.post("/api/v1/checkout", "k", Some(body)).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("payment")));
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn goods_that_were_free_come_back_without_money() {
    let shop = Shop::generous().await;
    let (id, body) = shop.order_free().await;
    shop.complete(id, serde_json::from_value(body["total"].clone()).unwrap()).await;
    let asked = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "too bitter"});
    let asked = shop.post(&format!("/api/v1/orders/{id}/returns"), "r", Some(asked)).await;
    let path = format!("/api/v1/admin/returns/{}", asked.body["id"].as_str().unwrap());
    for deed in ["approve", "receive"] {
        shop.as_admin("POST", &format!("{path}/{deed}"), Some(json!({}))).await;
    }
    assert_eq!(shop.told::<ItemsReturned>().await.len(), 1);
    let done = shop.as_admin("POST", &format!("{path}/refund"), Some(json!({}))).await;
    assert_eq!((&done["state"], done.get("refund")), (&json!("refunded"), None), "{done}");
    assert!(shop.app.published_only::<RefundRequested>().await.is_empty());
    shop.stop().await;
}
