//! Parcels of orders that somebody is cancelling: held until order says what became of that.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use time::Duration;
use tonic::{Response, Status};
use warung_chassis::{
    signature,
    testing::{self, Answer, TestApp},
};
use warung_contracts::{
    event::{OrderConfirmed, ShipmentChanged, ShipmentDispatched, ShipmentRecalled},
    grpc::{
        order::{
            IsCancelledRequest, IsCancelledResponse,
            orders_server::{Orders, OrdersServer},
        },
        shipment::{StopRequest, stops_client::StopsClient},
    },
    id::OrderId,
};

use crate::{SECRET, cancelled, confirmed, only, path, post, start_with, weighed};

/// An order service that says of every order whether it is cancelled.
#[derive(Debug, Clone, Default)]
struct Says(Arc<AtomicBool>);

#[tonic::async_trait]
impl Orders for Says {
    async fn is_cancelled(
        &self,
        _: tonic::Request<IsCancelledRequest>,
    ) -> Result<Response<IsCancelledResponse>, Status> {
        Ok(Response::new(IsCancelledResponse { cancelled: self.0.load(Ordering::SeqCst) }))
    }
}

impl Says {
    /// Where it listens, until the test's runtime ends.
    async fn url(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = tonic::service::Routes::new(OrdersServer::new(self.clone())).into_axum_router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

/// A carrier that moves nothing by itself, beside an order service.
async fn start_beside(order: &Says, books: &str) -> TestApp {
    let url = order.url().await;
    start_with(&[
        ("WARUNG_ORDER_URL", &url),
        ("WARUNG_SANDBOX_CARRIER_BOOKS", books),
        ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0"),
    ])
    .await
}

/// Whether all parcels of an order are held, as order asks.
async fn stop(app: &TestApp, order: OrderId) -> bool {
    let mut stops = StopsClient::new(app.peer("order").await);
    stops.stop(StopRequest { order_id: order.to_string() }).await.unwrap().into_inner().held
}

async fn hand_over(app: &TestApp, order: &OrderConfirmed, key: &str) -> Answer {
    let body = json!({"carrier": "Pak Budi", "tracking_number": order.order_id.to_string()});
    post(app, &format!("{}/parcels/1/dispatch", path(order)), &testing::admin(), key, body).await
}

async fn states(app: &TestApp, order: &OrderConfirmed) -> Vec<String> {
    let shown = app.send("GET", &path(order), Some(&testing::admin()), None).await.body;
    let parcels = shown["parcels"].as_array().unwrap().iter();
    parcels.map(|parcel| parcel["state"].as_str().unwrap().to_owned()).collect()
}

fn is_held(answer: &Answer) {
    let slug = "https://warung.dev/problems/order-being-cancelled";
    assert_eq!((answer.status.as_u16(), &answer.body["type"]), (409, &json!(slug)), "{}", answer.body);
}

#[tokio::test]
async fn what_is_held_is_neither_handed_over_nor_booked_until_the_order_is_known_not_to_be_cancelled() {
    let says = Says::default();
    let app = start_beside(&says, "true").await;
    let order = confirmed(testing::customer().0);
    app.deliver(&order).await.unwrap();
    app.published().await;
    // Asked twice, as after an answer that was lost.
    assert!(stop(&app, order.order_id).await && stop(&app, order.order_id).await);
    assert_eq!(app.run_job("bookings").await, 0);
    is_held(&hand_over(&app, &order, "k1").await);
    let (staff, moved) = (testing::admin(), format!("{}/advance", path(&order)));
    is_held(&post(&app, &moved, &staff, "k2", json!({})).await);
    for event in ["picked_up", "delivered"] {
        let path = format!("{}/parcels/1/events", path(&order));
        is_held(&post(&app, &path, &staff, event, json!({ "event": event })).await);
    }
    assert!(app.published().await.is_empty());
    // Not a minute yet: order may be at it.
    app.clock.advance(Duration::seconds(59));
    assert_eq!(app.run_job("stops").await, 0);
    is_held(&hand_over(&app, &order, "k3").await);
    app.clock.advance(Duration::seconds(1));
    assert_eq!(app.run_job("stops").await, 1);
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(hand_over(&app, &order, "k4").await.status, 200);
    assert_eq!(app.run_job("stops").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn who_stops_again_is_given_the_whole_time() {
    let says = Says::default();
    let app = start_beside(&says, "false").await;
    let order = confirmed(testing::customer().0);
    app.deliver(&order).await.unwrap();
    assert!(stop(&app, order.order_id).await);
    app.clock.advance(Duration::seconds(50));
    assert!(stop(&app, order.order_id).await);
    app.clock.advance(Duration::seconds(50));
    assert_eq!(app.run_job("stops").await, 0);
    is_held(&hand_over(&app, &order, "k").await);
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_is_asked_is_not_asked_about_what_is_held() {
    let says = Says::default();
    let app = start_with(&[("WARUNG_ORDER_URL", &says.url().await)]).await;
    let (held, other) = (confirmed(testing::customer().0), confirmed(testing::customer().0));
    app.deliver(&held).await.unwrap();
    app.deliver(&other).await.unwrap();
    assert!(stop(&app, held.order_id).await);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(app.run_job("carrier").await, 1);
    assert_eq!(
        (states(&app, &held).await, states(&app, &other).await),
        (vec!["created".into()], vec!["dispatched".into()])
    );
    assert_eq!(app.run_job("stops").await, 1);
    app.run_job("carrier").await;
    assert_eq!(states(&app, &held).await, ["dispatched"]);
    app.stop().await;
}

#[tokio::test]
async fn an_order_that_is_stopped_before_it_is_packed_is_held_when_it_is() {
    let says = Says::default();
    let app = start_beside(&says, "true").await;
    let order = weighed(testing::customer().0, 2, 20_000);
    assert!(stop(&app, order.order_id).await);
    app.deliver(&order).await.unwrap();
    assert_eq!(states(&app, &order).await, ["created", "created"]);
    assert_eq!(app.run_job("bookings").await, 0);
    is_held(&hand_over(&app, &order, "k1").await);
    // A part of it is held as well.
    let other = weighed(testing::customer().0, 2, 100);
    assert!(stop(&app, other.order_id).await);
    app.deliver(&other).await.unwrap();
    let split = json!({"items": [{"line": 0, "quantity": 1}]});
    let path = format!("{}/parcels/1/split", path(&other));
    assert_eq!(post(&app, &path, &testing::admin(), "s", split).await.status, 200);
    assert_eq!(app.run_job("bookings").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn what_order_says_is_cancelled_stays_here_and_the_late_news_of_it_changes_nothing() {
    let says = Says::default();
    let app = start_beside(&says, "true").await;
    let (order, unknown) = (confirmed(testing::customer().0), confirmed(testing::customer().0));
    app.deliver(&order).await.unwrap();
    assert_eq!(app.run_job("bookings").await, 1);
    assert!(stop(&app, order.order_id).await && stop(&app, unknown.order_id).await);
    app.published().await;
    says.0.store(true, Ordering::SeqCst);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(app.run_job("stops").await, 2);
    assert_eq!(states(&app, &order).await, ["cancelled"]);
    assert_eq!(app.run_job("bookings").await, 1, "the carrier is told that it stays");
    assert_eq!(app.published_only::<ShipmentChanged>().await.len(), 1);
    // Of the other nothing is known: it stays held when it is packed, and is cancelled with the news.
    app.deliver(&unknown).await.unwrap();
    is_held(&hand_over(&app, &unknown, "k1").await);
    app.published().await;
    for order in [&order, &unknown] {
        app.deliver(&cancelled(order)).await.unwrap();
        assert_eq!(states(&app, order).await, ["cancelled"]);
    }
    assert_eq!(app.published_only::<ShipmentChanged>().await.len(), 1);
    // One who asks after the end has nothing held for good.
    assert!(stop(&app, order.order_id).await);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(app.run_job("stops").await, 1);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(app.run_job("stops").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn while_order_is_away_what_is_held_stays_so() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let order = confirmed(testing::customer().0);
    app.deliver(&order).await.unwrap();
    assert!(stop(&app, order.order_id).await);
    app.clock.advance(Duration::minutes(1));
    for key in ["k1", "k2"] {
        assert_eq!(app.run_job("stops").await, 1, "it is asked again and again");
        is_held(&hand_over(&app, &order, key).await);
        app.clock.advance(Duration::minutes(1));
    }
    app.deliver(&cancelled(&order)).await.unwrap();
    assert_eq!((app.run_job("stops").await, states(&app, &order).await), (0, vec!["cancelled".into()]));
    app.stop().await;
}

#[tokio::test]
async fn what_has_left_is_not_stopped() {
    let says = Says::default();
    let app = start_beside(&says, "false").await;
    let order = weighed(testing::customer().0, 2, 20_000);
    app.deliver(&order).await.unwrap();
    assert_eq!(hand_over(&app, &order, "k1").await.status, 200);
    assert!(!stop(&app, order.order_id).await);
    let body = json!({"carrier": "Pak Budi", "tracking_number": "B-2"});
    let second = format!("{}/parcels/2/dispatch", path(&order));
    let answer = post(&app, &second, &testing::admin(), "k2", body).await;
    assert_eq!(answer.status, 200, "what is still here is not held either: {}", answer.body);
    app.stop().await;
}

/// What staff are told of parcels of cancelled orders that are not here: whether each is at the door.
async fn missing(app: &TestApp) -> Vec<bool> {
    let told = only::<ShipmentRecalled>(&app.published().await).into_iter();
    told.map(|event| event.delivered == Some(true)).collect()
}

/// What a carrier says of a parcel before its order is cancelled and after it, and what staff hear of both.
type Way = (&'static [&'static str], &'static [&'static str], [&'static [bool]; 2]);

#[tokio::test]
async fn what_a_carrier_fetches_by_itself_is_called_back_and_staff_hear_where_it_is() {
    let says = Says::default();
    let app = start_beside(&says, "true").await;
    let ways: [Way; 6] = [
        (&["picked_up"], &["delivered", "delivered"], [&[false], &[true]]),
        (&["picked_up"], &["returned"], [&[false], &[]]),
        (&["picked_up", "failed"], &["returned"], [&[false], &[]]),
        (&["picked_up", "failed"], &["delivered"], [&[false], &[true]]),
        (&["delivered"], &["picked_up"], [&[true], &[]]),
        (&["picked_up", "failed", "returned"], &[], [&[], &[]]),
    ];
    for (before, after, [at_first, then]) in ways {
        let order = confirmed(testing::customer().0);
        app.deliver(&order).await.unwrap();
        assert_eq!(app.run_job("bookings").await, 1);
        assert!(stop(&app, order.order_id).await);
        let number = app.send("GET", &path(&order), Some(&testing::admin()), None).await.body;
        let number = number["tracking_number"].as_str().unwrap().to_owned();
        for event in before {
            says_of(&app, &number, event).await;
        }
        assert!(missing(&app).await.is_empty(), "{before:?}");
        app.deliver(&cancelled(&order)).await.unwrap();
        app.deliver(&cancelled(&order)).await.unwrap();
        assert_eq!(missing(&app).await, at_first, "{before:?}");
        for event in after {
            says_of(&app, &number, event).await;
        }
        assert_eq!(missing(&app).await, then, "{before:?} {after:?}");
    }
    app.stop().await;
}

/// What a carrier says of a parcel, under an id of its own.
async fn says_of(app: &TestApp, number: &str, event: &str) {
    let id = uuid::Uuid::now_v7();
    webhook(app, &json!({"event_id": id, "tracking_number": number, "event": event})).await;
}

async fn webhook(app: &TestApp, body: &Value) {
    let body = body.to_string();
    let signature = signature::sign(&SECRET.into(), body.as_bytes(), app.clock.now()).unwrap();
    let request = Request::post("/api/v1/carriers/sandbox/webhook")
        .header(signature::HEADER, signature)
        .body(Body::from(body));
    let answer = app.raw(request.unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.body["known"]), (200, &json!(1)), "{}", answer.body);
}

/// Packed, stopped and handed over in the same moment: what was said to be held never leaves.
#[tokio::test]
async fn whoever_comes_first_what_is_held_has_not_left() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let (mut held, mut left) = (0, 0);
    for seed in 0..60_u32 {
        let order = confirmed(testing::customer().0);
        let packing = async {
            for _ in 0..seed % 3 {
                tokio::task::yield_now().await;
            }
            app.deliver(&order).await.unwrap();
        };
        let stopping = async {
            tokio::time::sleep(std::time::Duration::from_micros(u64::from(seed * 397 % 6_000))).await;
            stop(&app, order.order_id).await
        };
        let handing = async {
            // Until it is packed.
            loop {
                let answer = hand_over(&app, &order, &format!("k{seed}")).await;
                if answer.status != 404 {
                    break answer;
                }
            }
        };
        let ((), is_held, answer) = tokio::join!(packing, stopping, handing);
        let state = states(&app, &order).await;
        match is_held {
            true => assert_eq!((answer.status.as_u16(), state), (409, vec!["created".into()]), "{seed}"),
            false => assert_eq!((answer.status.as_u16(), state), (200, vec!["dispatched".into()]), "{seed}"),
        }
        held += u32::from(is_held);
        left += u32::from(!is_held);
    }
    assert_eq!(only::<ShipmentDispatched>(&app.published().await).len() as u32, left);
    assert_eq!(held + left, 60);
    app.stop().await;
}

/// Otherwise it would be packed and handed over between the look at its parcels and the stop.
#[tokio::test]
async fn who_stops_an_order_waits_for_who_packs_it() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let order = confirmed(testing::customer().0);
    let pool = app.db.as_ref().unwrap().pool();
    let mut packing = pool.begin().await.unwrap();
    let begun = sqlx::query("SELECT owner_of($1, $2)").bind(order.order_id.0).bind(order.user_id.0);
    begun.execute(&mut *packing).await.unwrap();
    let packed = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock'";
        testing::eventually("somebody waits for a lock", async || {
            let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(pool).await.unwrap();
            (waiting > 0).then_some(())
        })
        .await;
        packing.commit().await.unwrap();
    };
    let (held, ()) = tokio::join!(stop(&app, order.order_id), packed);
    assert!(held);
    app.stop().await;
}
