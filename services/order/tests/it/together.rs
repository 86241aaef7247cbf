//! Events of many orders in one batch: what each order becomes is what it becomes alone.

use serde_json::json;
use warung_chassis::{
    events::{EventError, handler::Effect},
    testing::incoming,
};
use warung_contracts::{
    event::{CancelReason, Event as _, OrderCancelled, OrderCompleted, OrderConfirmed, StockRejected},
    id::OrderId,
    money::Money,
};

use crate::shop::{Shop, with_coupons};

impl Shop {
    /// The states an order went through.
    async fn way(&self, id: OrderId) -> Vec<String> {
        let detail = self.detail(id).await;
        let history = detail["history"].as_array().unwrap().iter();
        history.map(|entry| entry["to"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn orders_of_one_batch_go_their_ways_in_their_order() {
    let shop = Shop::start().await;
    let [quick, slow, short] = [shop.order().await, shop.order().await, shop.order().await];
    let none = StockRejected { order_id: short, shortages: vec![] };
    let batch = [
        incoming(&shop.reserved(quick)),
        incoming(&shop.paid(quick)),
        incoming(&shop.dispatched(quick)),
        incoming(&shop.delivered(quick)),
        incoming(&shop.reserved(slow)),
        incoming(&none),
    ];
    let results = shop.app.deliver_all(&batch).await;
    assert!(results.iter().all(|result| matches!(result, Ok(Effect::Done))), "{results:?}");
    let whole = ["placed", "awaiting_payment", "confirmed", "shipped", "completed"];
    assert_eq!(shop.way(quick).await, whole);
    assert_eq!(shop.way(slow).await, whole[..2]);
    assert_eq!(shop.way(short).await, ["placed", "rejected"]);
    let detail = shop.detail(quick).await;
    assert_eq!(detail["tracking"], json!({"carrier": "sandbox", "number": "SBX1"}));
    let told = shop.app.published().await;
    let of = |id: OrderId| -> Vec<&str> {
        // The sequence is promised for each order; between orders it may be any.
        let about = told.iter().filter(|(_, data)| data["order_id"] == json!(id));
        about.map(|(event, _)| event.as_str()).collect()
    };
    assert_eq!(of(quick), [OrderConfirmed::TYPE, OrderCompleted::TYPE]);
    assert_eq!(of(short), [OrderCancelled::TYPE]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(shop.app.deliver_all(&batch).await.iter().all(|result| matches!(result, Ok(Effect::Duplicate))));
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn an_event_that_does_not_fit_its_order_holds_up_no_other() {
    let shop = Shop::start().await;
    let [good, bad] = [shop.order().await, shop.order().await];
    let mut wrong = shop.paid(bad);
    wrong.amount = Money::new(1, wrong.amount.currency);
    let batch = [incoming(&shop.paid(good)), incoming(&wrong)];
    let results = shop.app.deliver_all(&batch).await;
    assert!(matches!(results.as_slice(), [Ok(Effect::Done), Err(EventError::Invalid(_))]), "{results:?}");
    assert_eq!(shop.state(good).await, "confirmed");
    assert_eq!(shop.state(bad).await, "placed");
    assert_eq!(shop.app.published_only::<OrderConfirmed>().await.len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn coupons_of_all_orders_that_end_together_come_back() {
    let shop = Shop::start().await;
    let twice = json!({"code": "HEMAT-10", "benefit": {"kind": "percent", "ppm": 100_000}, "limit_total": 2});
    shop.coupon(twice).await;
    let mut batch = vec![];
    for key in ["a", "b"] {
        let placed = shop.checkout_with(key, &["HEMAT-10"]).await;
        let order_id = placed.body["id"].as_str().unwrap().parse().unwrap();
        batch.push(incoming(&StockRejected { order_id, shortages: vec![] }));
    }
    shop.fill_anew().await;
    let used_up = shop.post("/api/v1/checkout", "c", Some(with_coupons(&["HEMAT-10"]))).await;
    assert_eq!(used_up.status, 422, "{}", used_up.body);
    shop.app.published().await;
    assert!(shop.app.deliver_all(&batch).await.iter().all(Result::is_ok));
    let cancelled = shop.app.published_only::<OrderCancelled>().await;
    assert!(cancelled.iter().all(|event| event.reason == CancelReason::OutOfStock) && cancelled.len() == 2);
    assert_eq!(shop.checkout_with("d", &["HEMAT-10"]).await.status, 201);
    assert_eq!(shop.checkout_with("e", &["HEMAT-10"]).await.status, 201);
    shop.stop().await;
}
