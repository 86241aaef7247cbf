//! Events: twice, late, out of order.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;
use warung_chassis::events::{EventError, handler::Effect};
use warung_contracts::{
    event::{
        CancelReason, NextAction, OrderCancelled, OrderCompleted, OrderConfirmed, PaymentExpired,
        PaymentPending, PaymentRefunded, ReturnedItem, ShipmentDelivered, ShipmentDispatched,
        ShipmentReturned, StockRejected,
    },
    id::{OrderId, ShipmentId},
    money::Money,
};

use crate::shop::{Shop, failed, first_try};

impl Shop {
    pub fn pending(&self, order_id: OrderId) -> PaymentPending {
        PaymentPending {
            order_id,
            payment_id: first_try(order_id),
            user_id: self.user,
            amount: self.total(),
            next_action: NextAction::Redirect { url: "http://localhost/pay".into() },
            expires_at: self.app.clock.now(),
            attempt: Some(1),
            provider: None,
            retry_until: None,
        }
    }

    pub fn dispatched(&self, order_id: OrderId) -> ShipmentDispatched {
        ShipmentDispatched {
            order_id,
            shipment_id: ShipmentId(Uuid::now_v7()),
            user_id: self.user,
            carrier: "sandbox".into(),
            tracking_number: "SBX1".into(),
            tracking_url: None,
            parcel: None,
            parcels: None,
            remaining: None,
        }
    }

    pub fn delivered(&self, order_id: OrderId) -> ShipmentDelivered {
        ShipmentDelivered {
            order_id,
            shipment_id: ShipmentId(Uuid::now_v7()),
            user_id: self.user,
            parcel: None,
            parcels: None,
            remaining: None,
        }
    }

    pub fn refunded(&self, order_id: OrderId, amount: Money) -> PaymentRefunded {
        PaymentRefunded {
            order_id,
            payment_id: first_try(order_id),
            user_id: self.user,
            amount,
            refund_id: None,
            offline: None,
        }
    }
}

#[tokio::test]
async fn an_order_goes_its_whole_way_and_every_event_acts_once() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    // Delivers under one id, twice.
    macro_rules! twice {
        ($event:expr) => {{
            let (event_id, event) = (Uuid::now_v7(), $event);
            assert_eq!(shop.app.deliver_as(event_id, &event).await.unwrap(), Effect::Done);
            assert_eq!(shop.app.deliver_as(event_id, &event).await.unwrap(), Effect::Duplicate);
            event_id
        }};
    }
    let caused = twice!(shop.reserved(id));
    assert_eq!(shop.state(id).await, "awaiting_payment");
    twice!(shop.pending(id));
    let detail = shop.detail(id).await;
    assert_eq!(detail["actions"], json!(["pay", "cancel", "correct_address"]));
    assert_eq!(detail["payment"]["next_action"]["url"], "http://localhost/pay");
    assert_eq!(detail["history"][1]["event_id"], format!("evt_{}", caused.simple()));
    twice!(shop.paid(id));
    let confirmed = shop.app.published_only::<OrderConfirmed>().await;
    assert_eq!(confirmed.len(), 1);
    assert_eq!(confirmed[0].shipping_address.city, "Bandung");
    assert_eq!(confirmed[0].totals.unwrap().total, shop.total());
    assert!(shop.detail(id).await["payment"].get("next_action").is_none());
    twice!(shop.dispatched(id));
    assert_eq!(shop.detail(id).await["tracking"], json!({"carrier": "sandbox", "number": "SBX1"}));
    twice!(shop.delivered(id));
    assert_eq!(shop.app.published_only::<OrderCompleted>().await.len(), 1);
    twice!(shop.refunded(id, Money::new(100, shop.total().currency)));
    let detail = shop.detail(id).await;
    assert_eq!(detail["refunded"]["amount_minor"], 100);
    let states: Vec<&str> =
        detail["history"].as_array().unwrap().iter().map(|h| h["to"].as_str().unwrap()).collect();
    assert_eq!(states, ["placed", "awaiting_payment", "confirmed", "shipped", "completed"]);
    let metrics = shop.app.metrics.render();
    let revenue = format!(
        r#"warung_revenue_minor_total{{service="order",currency="IDR"}} {}"#,
        shop.total().amount_minor
    );
    assert!(metrics.contains(&revenue), "{metrics}");
    shop.stop().await;
}

#[tokio::test]
async fn money_heard_of_before_stock_confirms_and_the_stock_comes_late() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.deliver(&shop.reserved(id)).await.unwrap();
    shop.app.deliver(&shop.pending(id)).await.unwrap();
    assert_eq!(shop.state(id).await, "confirmed");
    assert_eq!(shop.app.published_only::<OrderConfirmed>().await.len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn delivered_before_dispatched_completes_and_keeps_the_tracking_number() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    // The news of the payment is still on the way.
    assert!(matches!(shop.app.deliver(&shop.delivered(id)).await, Err(EventError::NotYet(_))));
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.deliver(&shop.delivered(id)).await.unwrap();
    shop.app.deliver(&shop.dispatched(id)).await.unwrap();
    let detail = shop.detail(id).await;
    assert_eq!(detail["state"], "completed");
    assert_eq!(detail["tracking"]["number"], "SBX1");
    shop.stop().await;
}

#[tokio::test]
async fn a_paid_order_whose_items_went_to_others_ends_and_the_money_goes_back() {
    let shop = Shop::start().await;
    let order_id = shop.order().await;
    shop.app.deliver(&shop.paid(order_id)).await.unwrap();
    assert_eq!(shop.state(order_id).await, "confirmed");
    shop.app.published().await;
    for _ in 0..2 {
        shop.app.deliver(&StockRejected { order_id, shortages: vec![] }).await.unwrap();
    }
    let cancelled = shop.app.published_only::<OrderCancelled>().await;
    let told: Vec<_> = cancelled.iter().map(|event| (event.order_id, event.reason)).collect();
    assert_eq!(told, [(order_id, CancelReason::OutOfStock)]);
    assert_eq!(shop.state(order_id).await, "cancelled");
    shop.app.deliver(&shop.refunded(order_id, shop.total())).await.unwrap();
    assert_eq!(shop.detail(order_id).await["refunded"], shop.detail(order_id).await["total"]);
    shop.stop().await;
}

#[tokio::test]
async fn what_ends_an_order_is_told_to_the_others_once() {
    let shop = Shop::start().await;
    for (why, state, reason) in [
        ("rejected", "rejected", CancelReason::OutOfStock),
        ("failed", "cancelled", CancelReason::PaymentFailed),
        ("expired", "cancelled", CancelReason::PaymentExpired),
    ] {
        let order_id = shop.order().await;
        for _ in 0..2 {
            match why {
                "rejected" => shop.app.deliver(&StockRejected { order_id, shortages: vec![] }).await,
                "failed" => shop.app.deliver(&failed(order_id, "card_declined")).await,
                _ => {
                    let payment_id = first_try(order_id);
                    shop.app.deliver(&PaymentExpired { order_id, payment_id, attempt: Some(1) }).await
                }
            }
            .unwrap();
        }
        let cancelled = shop.app.published_only::<OrderCancelled>().await;
        assert_eq!(cancelled.len(), 1);
        assert_eq!((cancelled[0].order_id, cancelled[0].reason), (order_id, reason));
        assert_eq!(shop.state(order_id).await, state);
        // Late news changes nothing: payment gives the money back when it hears of the end.
        shop.app.deliver(&shop.paid(order_id)).await.unwrap();
        shop.app.deliver(&shop.reserved(order_id)).await.unwrap();
        shop.app.deliver(&shop.delivered(order_id)).await.unwrap();
        assert_eq!(shop.state(order_id).await, state);
        assert!(shop.app.published().await.is_empty());
        shop.app.deliver(&shop.refunded(order_id, shop.total())).await.unwrap();
        assert_eq!(shop.detail(order_id).await["refunded"], shop.detail(order_id).await["total"]);
    }
    shop.stop().await;
}

#[tokio::test]
async fn an_event_that_can_not_be_true_is_dead_lettered() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let mut wrong = shop.paid(id);
    wrong.amount.amount_minor -= 1;
    assert!(matches!(shop.app.deliver(&wrong).await, Err(EventError::Invalid(_))));
    assert_eq!(shop.state(id).await, "placed");
    let unknown = OrderId(Uuid::now_v7());
    assert!(matches!(shop.app.deliver(&shop.reserved(unknown)).await, Err(EventError::NotYet(_))));
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    let twice = Money::new(shop.total().amount_minor + 1, shop.total().currency);
    assert!(matches!(shop.app.deliver(&shop.refunded(id, twice)).await, Err(EventError::Invalid(_))));
    shop.stop().await;
}

impl Shop {
    fn came_back(&self, order_id: OrderId, quantity: u32, remaining: u32) -> ShipmentReturned {
        ShipmentReturned {
            order_id,
            shipment_id: ShipmentId(Uuid::now_v7()),
            user_id: self.user,
            lines: Some(vec![ReturnedItem { product_id: self.product, variant_id: None, quantity }]),
            parcel: None,
            parcels: None,
            remaining: Some(remaining),
        }
    }
}

#[tokio::test]
async fn an_order_that_can_not_be_delivered_ends_and_everything_goes_back() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.deliver(&shop.dispatched(id)).await.unwrap();
    shop.app.published().await;
    shop.app.deliver(&shop.came_back(id, 2, 0)).await.unwrap();
    assert_eq!(shop.state(id).await, "cancelled");
    let told = shop.app.published_only::<OrderCancelled>().await;
    assert_eq!((told[0].reason, told[0].total), (CancelReason::Undeliverable, shop.total()));
    // Payment gives it back, and the order owes nothing more.
    assert_eq!(shop.detail(id).await["refunded"]["amount_minor"], 0);
    shop.app.deliver(&shop.refunded(id, shop.total())).await.unwrap();
    let detail = shop.detail(id).await;
    assert_eq!((&detail["refunded"], &detail["total"]), (&json!(shop.total()), &json!(shop.total())));
    // The parcel of an order that was called off comes back too.
    shop.app.deliver(&shop.came_back(id, 2, 0)).await.unwrap();
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn a_parcel_of_several_that_comes_back_is_a_return_whose_money_goes_back_by_itself() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    let first = ShipmentDelivered { remaining: Some(1), ..shop.delivered(id) };
    shop.app.deliver(&first).await.unwrap();
    assert_eq!(shop.state(id).await, "shipped");
    shop.app.published().await;
    shop.app.deliver(&shop.came_back(id, 1, 0)).await.unwrap();
    assert_eq!(shop.state(id).await, "completed");
    let returns = shop.get(&format!("/api/v1/orders/{id}/returns")).await.body;
    assert_eq!(returns["items"][0]["state"], "refunding");
    assert_eq!(returns["items"][0]["lines"][0]["received"], 1);
    assert_eq!(returns["items"][0]["refund"]["amount"]["amount_minor"], 2_500);
    let types: Vec<String> = shop.app.published().await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(
        types,
        ["warung.order.completed.v1", "warung.order.items_returned.v1", "warung.order.refund_requested.v1"]
    );
    shop.stop().await;
}

#[tokio::test]
async fn a_parcel_that_comes_back_after_the_order_was_completed_is_a_return_beside_the_customers_own() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    // The other parcel has failed, so nothing is still awaited.
    shop.app.deliver(&ShipmentDelivered { remaining: Some(0), ..shop.delivered(id) }).await.unwrap();
    assert_eq!(shop.state(id).await, "completed");
    let body = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "too bitter"});
    let path = format!("/api/v1/orders/{id}/returns");
    let asked = shop.post(&path, "k", Some(body)).await;
    assert_eq!(asked.status, 201, "{}", asked.body);
    shop.app.published().await;
    shop.app.deliver(&shop.came_back(id, 1, 0)).await.unwrap();
    assert_eq!(shop.state(id).await, "completed");
    let types: Vec<String> = shop.app.published().await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(types, ["warung.order.items_returned.v1", "warung.order.refund_requested.v1"]);
    let returns = shop.get(&path).await.body;
    let states: BTreeSet<_> =
        returns["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["refunding", "requested"].into());
    // What is in the customer's return is received with that one.
    shop.app.deliver(&shop.came_back(id, 1, 0)).await.unwrap();
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn when_the_last_of_several_parcels_comes_back_too_the_order_ends_undeliverable() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    shop.app.published().await;
    shop.app.deliver(&shop.came_back(id, 1, 1)).await.unwrap();
    assert_eq!(shop.state(id).await, "shipped");
    assert_eq!(shop.refund_requested().await.amount.amount_minor, 2_500);
    shop.app.deliver(&shop.came_back(id, 1, 0)).await.unwrap();
    assert_eq!(shop.state(id).await, "cancelled");
    // Payment gives back all that it has not given back yet, what shipping cost included.
    assert_eq!(shop.app.published_only::<OrderCancelled>().await[0].reason, CancelReason::Undeliverable);
    shop.stop().await;
}
