//! Cancelling against handing over: order and a real shipment, which hear of each other only what a test hands over.

use std::time::Duration;

use serde_json::json;
use warung_chassis::testing::{self, Answer, eventually};
use warung_contracts::{
    event::{OrderCancelled, OrderConfirmed, ShipmentDispatched, ShipmentRecalled},
    grpc::{
        order::{IsCancelledRequest, orders_client::OrdersClient},
        shipment::{StopRequest, stops_client::StopsClient},
    },
    id::{OrderId, ShipmentId},
};

use crate::shop::Shop;

impl Shop {
    /// A paid order whose parcel is packed; forgets the events of it.
    async fn packed(&self) -> OrderId {
        let (id, confirmed) = self.confirmed().await;
        self.peers.shipment.deliver(&confirmed).await.unwrap();
        self.peers.shipment.published().await;
        id
    }

    /// A paid order of which shipment has yet to hear.
    async fn confirmed(&self) -> (OrderId, OrderConfirmed) {
        let id = self.order().await;
        self.app.deliver(&self.paid(id)).await.unwrap();
        (id, self.app.published_only::<OrderConfirmed>().await.remove(0))
    }

    async fn hand_over(&self, id: OrderId, key: &str) -> Answer {
        let path = format!("/api/v1/shipments/{id}/parcels/1/dispatch");
        let body = Some(json!({"carrier": "Pak Budi", "tracking_number": id.to_string()}));
        let headers = [("idempotency-key", key)];
        self.peers.shipment.send_with("POST", &path, Some(&testing::admin()), &headers, body).await
    }

    async fn call_off(&self, id: OrderId, token: &str, key: &str) -> Answer {
        let (path, headers) = (format!("/api/v1/orders/{id}/cancel"), [("idempotency-key", key)]);
        self.app.send_with("POST", &path, Some(token), &headers, None).await
    }

    /// The state of an order's only parcel, as staff see it.
    async fn parcel(&self, id: OrderId) -> String {
        let path = format!("/api/v1/shipments/{id}");
        let shown = self.peers.shipment.send("GET", &path, Some(&testing::admin()), None).await.body;
        shown["parcels"][0]["state"].as_str().unwrap().to_owned()
    }

    /// Whether order says that an order is cancelled.
    async fn ends(&self, id: OrderId) -> bool {
        let mut orders = OrdersClient::new(self.app.peer("shipment").await);
        let asked = IsCancelledRequest { order_id: id.to_string() };
        orders.is_cancelled(asked).await.unwrap().into_inner().cancelled
    }

    /// Waits until somebody waits for a lock of order's database.
    async fn somebody_waits(&self) {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock'";
        eventually("somebody waits for a lock", async || {
            let pool = self.app.db.as_ref().unwrap().pool();
            let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(pool).await.unwrap();
            (waiting > 0).then_some(())
        })
        .await;
    }
}

fn slug(answer: &Answer) -> (u16, &str) {
    let slug = answer.body["type"].as_str().unwrap_or_default();
    (answer.status.as_u16(), slug.trim_start_matches("https://warung.dev/problems/"))
}

#[tokio::test]
async fn what_was_handed_over_is_not_cancelled_although_the_news_of_it_is_late() {
    let shop = Shop::start().await;
    let id = shop.packed().await;
    assert_eq!(shop.hand_over(id, "k").await.status, 200);
    for (token, key) in [(shop.token.clone(), "c1"), (testing::admin(), "c2")] {
        assert_eq!(slug(&shop.call_off(id, &token, key).await), (409, "order-not-cancellable"));
    }
    assert_eq!(shop.state(id).await, "confirmed");
    assert!(shop.app.published().await.is_empty());
    let late = shop.peers.shipment.published().await.into_iter();
    let late = late.filter(|(event_type, _)| event_type == "warung.shipment.dispatched.v1");
    for (_, data) in late {
        shop.app.deliver(&serde_json::from_value::<ShipmentDispatched>(data).unwrap()).await.unwrap();
    }
    assert_eq!(shop.state(id).await, "shipped");
    shop.stop().await;
}

/// The carrier fetched it by itself: staff read in the timeline where the goods are.
#[tokio::test]
async fn a_parcel_of_a_cancelled_order_that_is_not_here_is_told_to_staff() {
    let shop = Shop::start().await;
    let id = shop.packed().await;
    assert_eq!(shop.call_off(id, &shop.token, "c").await.status, 200);
    let recalled = ShipmentRecalled {
        order_id: id,
        shipment_id: ShipmentId(uuid::Uuid::now_v7()),
        number: "KOPI-000042".into(),
        parcel: 1,
        carrier: "Sandbox Express".into(),
        tracking_number: "SBX1".into(),
        items: vec![],
        delivered: None,
    };
    shop.app.deliver(&recalled).await.unwrap();
    shop.app.deliver(&ShipmentRecalled { delivered: Some(true), ..recalled }).await.unwrap();
    let path = format!("/api/v1/admin/orders/{id}/timeline");
    let told = shop.app.send("GET", &path, Some(&testing::admin()), None).await.body;
    let lines = told["items"].as_array().unwrap().iter();
    let lines: Vec<&str> = lines
        .filter(|line| line["kind"] == "return" && line["actor"] == "shipment")
        .map(|line| line["text"].as_str().unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].contains("called back") && lines[1].contains("the customer has the goods"), "{lines:?}");
    shop.stop().await;
}

#[tokio::test]
async fn while_shipment_is_away_a_paid_order_stays_as_it_is() {
    let shop = Shop::start().await;
    let (unpaid, (paid, _)) = (shop.order().await, shop.confirmed().await);
    shop.peers.shipment.db.as_ref().unwrap().pool().close().await;
    let answer = shop.call_off(paid, &shop.token, "c1").await;
    assert_eq!(slug(&answer), (503, "unavailable"));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!((shop.state(paid).await, shop.app.published().await.len()), ("confirmed".into(), 0));
    // What is not paid has no parcels.
    assert_eq!(shop.call_off(unpaid, &shop.token, "c2").await.status, 200);
    shop.stop().await;
}

#[tokio::test]
async fn whoever_may_not_cancel_has_nothing_held() {
    let shop = Shop::start().await;
    let id = shop.packed().await;
    let (_, stranger) = testing::customer();
    assert_eq!(shop.call_off(id, &stranger, "c1").await.status, 404);
    let user = warung_contracts::id::UserId(uuid::Uuid::now_v7());
    let staff = testing::token(user, &[warung_chassis::auth::Role::Staff]);
    assert_eq!(shop.call_off(id, &staff, "c2").await.status, 403);
    assert_eq!(shop.hand_over(id, "k").await.status, 200);
    shop.stop().await;
}

/// Order dies between its question and its transaction; and after that, before its news is out.
#[tokio::test]
async fn a_crash_leaves_no_parcel_held_and_none_to_go() {
    let shop = Shop::start().await;
    let (goes, stays) = (shop.packed().await, shop.packed().await);
    let mut stops = StopsClient::new(shop.peers.shipment.peer("order").await);
    assert!(stops.stop(StopRequest { order_id: goes.to_string() }).await.unwrap().into_inner().held);
    assert_eq!(shop.call_off(stays, &shop.token, "c").await.status, 200);
    for (id, key) in [(goes, "k1"), (stays, "k2")] {
        assert_eq!(slug(&shop.hand_over(id, key).await), (409, "order-being-cancelled"));
    }
    shop.peers.shipment.clock.advance(time::Duration::minutes(1));
    assert_eq!(shop.peers.shipment.run_job("stops").await, 2);
    assert_eq!(shop.hand_over(goes, "k3").await.status, 200);
    assert_eq!(slug(&shop.hand_over(stays, "k4").await), (409, "shipment-ended"));
    assert_eq!(
        (shop.parcel(goes).await, shop.parcel(stays).await),
        ("dispatched".into(), "cancelled".into())
    );
    // The news comes at last.
    shop.peers.shipment.published().await;
    let cancelled = shop.app.published_only::<OrderCancelled>().await;
    shop.peers.shipment.deliver(&cancelled[0]).await.unwrap();
    assert!(shop.peers.shipment.published().await.is_empty());
    shop.stop().await;
}

/// Customer, administrator and the packer's desk at once, the parcel packed before or in that moment.
#[tokio::test]
async fn of_cancelling_and_handing_over_at_once_exactly_one_happens() {
    let shop = Shop::start().await;
    let (mut cancelled, mut shipped) = (0, 0);
    for seed in 0..24_u64 {
        let (id, confirmed) = shop.confirmed().await;
        if seed % 2 == 0 {
            shop.peers.shipment.deliver(&confirmed).await.unwrap();
        }
        let admin = testing::admin();
        let pause = |by: u64| tokio::time::sleep(Duration::from_micros(seed * by % 30_000));
        let (first, second) = (format!("c{seed}"), format!("a{seed}"));
        let customer = async {
            pause(7_331).await;
            shop.call_off(id, &shop.token, &first).await.status.as_u16()
        };
        let admin = async {
            pause(14_519).await;
            shop.call_off(id, &admin, &second).await.status.as_u16()
        };
        let desk = async {
            if seed % 2 == 1 {
                shop.peers.shipment.deliver(&confirmed).await.unwrap();
            }
            pause(2_099).await;
            shop.hand_over(id, &format!("k{seed}")).await.status.as_u16()
        };
        let (customer, admin, desk) = tokio::join!(customer, admin, desk);
        let outcome = (customer, admin, desk, shop.state(id).await, shop.parcel(id).await);
        let told = shop.app.published_only::<OrderCancelled>().await;
        match (customer, admin, desk) {
            (200, 409, 409) | (409, 200, 409) => {
                assert_eq!((&*outcome.3, &*outcome.4), ("cancelled", "created"), "{seed}: {outcome:?}");
                shop.peers.shipment.deliver(&told[0]).await.unwrap();
                assert_eq!(shop.parcel(id).await, "cancelled");
                cancelled += 1;
            }
            (409, 409, 200) => {
                assert_eq!((&*outcome.3, &*outcome.4), ("confirmed", "dispatched"), "{seed}: {outcome:?}");
                assert_eq!(told, []);
                shipped += 1;
            }
            _ => panic!("{seed}: {outcome:?}"),
        }
    }
    assert_eq!(cancelled + shipped, 24);
    shop.stop().await;
}

/// The money is heard of after the look at the order and before its lock: nobody asked shipment.
#[tokio::test]
async fn an_order_that_is_confirmed_in_this_moment_is_not_cancelled_unasked() {
    let shop = Shop::start().await;
    let (id, _) = shop.confirmed().await;
    let pool = shop.app.db.as_ref().unwrap().pool();
    let state = |state: &'static str| {
        sqlx::query("UPDATE orders SET state = $2 WHERE order_id = $1").bind(id.0).bind(state)
    };
    state("awaiting_payment").execute(pool).await.unwrap();
    let mut paying = pool.begin().await.unwrap();
    state("confirmed").execute(&mut *paying).await.unwrap();
    let confirming = async {
        shop.somebody_waits().await;
        paying.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(shop.call_off(id, &shop.token, "c"), confirming);
    assert_eq!(slug(&answer), (503, "unavailable"));
    assert_eq!(shop.state(id).await, "confirmed");
    assert_eq!(shop.call_off(id, &shop.token, "c").await.status, 200);
    shop.stop().await;
}

/// What shipment is told of an order is what comes of who cancels it in this moment.
#[tokio::test]
async fn who_asks_what_became_of_an_order_waits_for_who_cancels_it() {
    let shop = Shop::start().await;
    let (id, _) = shop.confirmed().await;
    assert!(!shop.ends(id).await);
    assert!(!shop.ends(OrderId(uuid::Uuid::now_v7())).await);
    let mut cancelling = shop.app.db.as_ref().unwrap().pool().begin().await.unwrap();
    let cancel = "UPDATE orders SET state = 'cancelled', cancel_reason = 'by_customer' WHERE order_id = $1";
    sqlx::query(cancel).bind(id.0).execute(&mut *cancelling).await.unwrap();
    let ending = async {
        shop.somebody_waits().await;
        cancelling.commit().await.unwrap();
    };
    let (ends, ()) = tokio::join!(shop.ends(id), ending);
    assert!(ends);
    shop.stop().await;
}
