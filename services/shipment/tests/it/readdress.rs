//! An order's address is corrected.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::{
    events::EventError,
    testing::{self, Answer, TestApp},
};
use warung_contracts::event::{
    OrderAddressCorrected, OrderConfirmed, ShipmentAddressKept, ShipmentChanged, ShipmentDispatched,
    UserDeleted,
};

use crate::{cancelled, carrier::webhook, confirmed, only, path, post, start, start_with, weighed};

/// A carrier that gives numbers itself, and moves nothing by itself.
async fn booking() -> TestApp {
    start_with(&[("WARUNG_SANDBOX_CARRIER_BOOKS", "true"), ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")])
        .await
}

/// The order goes to this number of the street, as order tells of the correction of this version.
fn corrected(order: &OrderConfirmed, version: i64, line1: &str) -> OrderAddressCorrected {
    let mut shipping_address = order.shipping_address.clone();
    line1.clone_into(&mut shipping_address.line1);
    OrderAddressCorrected {
        order_id: order.order_id,
        number: order.number.clone(),
        user_id: order.user_id,
        shipping_address,
        version,
        confirmed: true,
    }
}

fn order() -> OrderConfirmed {
    confirmed(testing::customer().0)
}

async fn shown(app: &TestApp, order: &OrderConfirmed) -> Value {
    app.send("GET", &path(order), Some(&testing::admin()), None).await.body
}

async fn line1(app: &TestApp, order: &OrderConfirmed) -> String {
    shown(app, order).await["shipping_address"]["line1"].as_str().unwrap().to_owned()
}

/// The label of a parcel: where to, how far its booking is, and its number.
async fn label(app: &TestApp, order: &OrderConfirmed, parcel: u32) -> (String, Value, Option<String>) {
    let path = format!("{}/parcels/{parcel}/label", path(order));
    let body = app.send("GET", &path, Some(&testing::admin()), None).await.body;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (
        text(&body["recipient"]["line1"]).unwrap(),
        body["booking"]["state"].clone(),
        text(&body["tracking_number"]),
    )
}

async fn dispatch(app: &TestApp, order: &OrderConfirmed, key: &str, body: Value) -> Answer {
    post(app, &format!("{}/parcels/1/dispatch", path(order)), &testing::admin(), key, body).await
}

async fn kept(app: &TestApp) -> Vec<(i64, String)> {
    let told = only::<ShipmentAddressKept>(&app.published().await);
    told.into_iter().map(|event| (event.version, event.shipping_address.line1)).collect()
}

#[tokio::test]
async fn parcels_that_wait_go_to_the_newest_address() {
    let app = start().await;
    let order = order();
    app.deliver(&order).await.unwrap();
    let number = label(&app, &order, 1).await.2;
    app.deliver(&corrected(&order, 3, "Jl. Kopi 111")).await.unwrap();
    // Late, and replayed.
    for version in [2, 3] {
        app.deliver(&corrected(&order, version, "Jl. Kopi 11")).await.unwrap();
    }
    assert_eq!(label(&app, &order, 1).await, ("Jl. Kopi 111".into(), Value::Null, number));
    assert!(kept(&app).await.is_empty());
    let shown = shown(&app, &order).await;
    let events: Vec<&str> = shown["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["description"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["The parcel is packed and waits for its carrier.", "The address was corrected."]);
    assert_eq!(
        app.exported(order.user_id).await["shipments"][0]["shipping_address"]["line1"],
        "Jl. Kopi 111"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_correction_waits_for_the_parcels_of_an_order_that_was_confirmed() {
    let app = start().await;
    let order = order();
    let early = app.deliver(&corrected(&order, 2, "Jl. Kopi 11")).await;
    assert!(matches!(early, Err(EventError::NotYet(_))), "{early:?}");
    app.deliver(&order).await.unwrap();
    app.deliver(&corrected(&order, 2, "Jl. Kopi 11")).await.unwrap();
    assert_eq!(line1(&app, &order).await, "Jl. Kopi 11");

    // Not confirmed then: the confirmation has the address.
    let mut later = self::order();
    let unpaid = OrderAddressCorrected { confirmed: false, ..corrected(&later, 2, "Jl. Kopi 2") };
    app.deliver(&unpaid).await.unwrap();
    (later.shipping_address.line1, later.address_version) = ("Jl. Kopi 3".into(), Some(3));
    app.deliver(&later).await.unwrap();
    app.deliver(&unpaid).await.unwrap();
    assert_eq!(line1(&app, &later).await, "Jl. Kopi 3");

    // Cancelled before anything was packed: nothing goes anywhere.
    let never = self::order();
    app.deliver(&cancelled(&never)).await.unwrap();
    app.deliver(&corrected(&never, 2, "Jl. Kopi 11")).await.unwrap();
    app.published().await;
    let late = self::order();
    app.deliver(&late).await.unwrap();
    app.deliver(&cancelled(&late)).await.unwrap();
    app.deliver(&corrected(&late, 2, "Jl. Kopi 11")).await.unwrap();
    assert_eq!((line1(&app, &late).await.as_str(), kept(&app).await), ("Jl. Kopi 1", vec![]));
    app.stop().await;
}

#[tokio::test]
async fn what_has_left_goes_where_it_goes_and_that_is_told() {
    let app = start().await;
    let order = order();
    app.deliver(&order).await.unwrap();
    assert_eq!(dispatch(&app, &order, "k", json!({})).await.status, 200);
    app.published().await;
    app.deliver(&corrected(&order, 3, "Jl. Kopi 11")).await.unwrap();
    assert_eq!(kept(&app).await, [(3, "Jl. Kopi 1".into())]);
    // An older one has been answered with it.
    app.deliver(&corrected(&order, 2, "Jl. Kopi 2")).await.unwrap();
    assert!(kept(&app).await.is_empty());
    assert_eq!(line1(&app, &order).await, "Jl. Kopi 1");
    app.stop().await;
}

#[tokio::test]
async fn of_somebody_who_is_erased_no_address_comes_back() {
    let app = start().await;
    let user_id = testing::customer().0;
    let (delivered, under_way) = (confirmed(user_id), confirmed(user_id));
    let go = async || {
        for _ in 0..2 {
            app.clock.advance(Duration::seconds(2));
            app.run_job("carrier").await;
        }
    };
    app.deliver(&delivered).await.unwrap();
    go().await;
    app.deliver(&under_way).await.unwrap();
    app.deliver(&UserDeleted { user_id }).await.unwrap();
    app.published().await;
    for order in [&delivered, &under_way] {
        app.deliver(&corrected(order, 2, "Jl. Kopi 11")).await.unwrap();
    }
    assert!(kept(&app).await.is_empty());
    assert_eq!(line1(&app, &delivered).await, "");
    assert_eq!(line1(&app, &under_way).await, "Jl. Kopi 11", "the parcel still needs it");
    go().await;
    assert_eq!(line1(&app, &under_way).await, "");
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_took_a_parcel_lets_go_first_and_is_asked_anew() {
    let app = booking().await;
    let order = order();
    app.deliver(&order).await.unwrap();
    app.run_job("bookings").await;
    let first = label(&app, &order, 1).await.2.unwrap();
    app.deliver(&corrected(&order, 2, "Jl. Kopi 11")).await.unwrap();
    assert_eq!(label(&app, &order, 1).await, ("Jl. Kopi 1".into(), json!("unwanted"), Some(first.clone())));
    // Nobody hands it over with a label that is good no more.
    for (deed, body) in [("parcels/1/dispatch", Some(json!({}))), ("advance", None)] {
        let (to, headers) = (format!("{}/{deed}", path(&order)), [("idempotency-key", deed)]);
        let refused = app.send_with("POST", &to, Some(&testing::admin()), &headers, body).await;
        assert_eq!(
            refused.body["type"], "https://warung.dev/problems/parcel-being-rebooked",
            "{}",
            refused.body
        );
    }
    app.published().await;
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(label(&app, &order, 1).await, ("Jl. Kopi 11".into(), json!("wanted"), None));
    let told = only::<ShipmentChanged>(&app.published().await);
    assert_eq!(told.last().unwrap().parcels[0].tracking_number, None);
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(app.run_job("bookings").await, 0);
    let (to, state, second) = label(&app, &order, 1).await;
    assert_eq!((to.as_str(), state), ("Jl. Kopi 11", json!("booked")));
    assert_ne!(second.as_ref(), Some(&first), "the carrier made another booking");
    assert_eq!(dispatch(&app, &order, "k3", json!({})).await.status, 200);
    let sent = only::<ShipmentDispatched>(&app.published().await);
    assert_eq!(Some(&sent[0].tracking_number), second.as_ref());
    app.stop().await;
}

#[tokio::test]
async fn what_is_asked_when_the_correction_comes_is_called_off_and_asked_anew() {
    let app = booking().await;
    let order = order();
    app.deliver(&order).await.unwrap();
    // As the job leaves it while it calls.
    let begun = "UPDATE bookings SET tries = 1";
    sqlx::raw_sql(begun).execute(app.db.as_ref().unwrap().pool()).await.unwrap();
    app.deliver(&corrected(&order, 2, "Jl. Kopi 11")).await.unwrap();
    assert_eq!(label(&app, &order, 1).await.1, "wanted");
    for state in ["unwanted", "wanted", "booked"] {
        assert_eq!(app.run_job("bookings").await, 1);
        assert_eq!(label(&app, &order, 1).await.1, state);
    }
    assert_eq!(label(&app, &order, 1).await.0, "Jl. Kopi 11");

    // Nobody was asked: the first question has the new address.
    let fresh = self::order();
    app.deliver(&fresh).await.unwrap();
    app.deliver(&corrected(&fresh, 2, "Jl. Kopi 11")).await.unwrap();
    assert_eq!(label(&app, &fresh, 1).await, ("Jl. Kopi 11".into(), json!("wanted"), None));
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(label(&app, &fresh, 1).await.1, "booked");

    // What the carrier did not take there, it may take here.
    let mut refused = self::order();
    refused.shipping_address.postal_code = "00001".into();
    app.deliver(&refused).await.unwrap();
    app.run_job("bookings").await;
    assert_eq!(label(&app, &refused, 1).await.1, "refused");
    let mut right = corrected(&refused, 2, "Jl. Kopi 11");
    right.shipping_address.postal_code = "40111".into();
    app.deliver(&right).await.unwrap();
    app.run_job("bookings").await;
    assert_eq!(label(&app, &refused, 1).await.1, "booked");
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_does_not_let_go_has_the_parcel() {
    let app = booking().await;
    let mut order = order();
    order.shipping_address.postal_code = "00004".into();
    app.deliver(&order).await.unwrap();
    app.run_job("bookings").await;
    let number = label(&app, &order, 1).await.2;
    app.deliver(&corrected(&order, 2, "Jl. Kopi 11")).await.unwrap();
    app.published().await;
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(kept(&app).await, [(2, "Jl. Kopi 1".into())]);
    assert_eq!(label(&app, &order, 1).await, ("Jl. Kopi 1".into(), json!("booked"), number));
    assert_eq!(app.run_job("bookings").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_parcel_that_is_fetched_while_it_is_called_off_is_not_lost_nor_doubled() {
    let app = booking().await;
    let order = weighed(testing::customer().0, 2, 20_000);
    app.deliver(&order).await.unwrap();
    app.run_job("bookings").await;
    let (first, second) = (label(&app, &order, 1).await.2.unwrap(), label(&app, &order, 2).await.2.unwrap());
    app.deliver(&corrected(&order, 2, "Jl. Kopi 11")).await.unwrap();
    app.published().await;
    let scan = json!({"event_id": "e1", "tracking_number": first, "event": "picked_up"});
    assert_eq!(webhook(&app, &scan).await.status, 200);
    let told = app.published().await;
    let kept = only::<ShipmentAddressKept>(&told);
    assert_eq!((kept.len(), kept[0].shipping_address.line1.as_str()), (1, "Jl. Kopi 1"));
    assert_eq!(only::<ShipmentDispatched>(&told)[0].tracking_number, first);
    // The other one is booked again, to where the first one goes.
    while app.run_job("bookings").await > 0 {}
    assert_eq!(label(&app, &order, 1).await.2, Some(first));
    let (to, state, again) = label(&app, &order, 2).await;
    assert_eq!((to.as_str(), state), ("Jl. Kopi 1", json!("booked")));
    assert!(again.is_some_and(|again| again != second));
    assert!(self::kept(&app).await.is_empty(), "once");

    // Called off while it waits: nothing goes anywhere.
    let ends = self::order();
    app.deliver(&ends).await.unwrap();
    app.run_job("bookings").await;
    app.deliver(&corrected(&ends, 2, "Jl. Kopi 11")).await.unwrap();
    app.deliver(&cancelled(&ends)).await.unwrap();
    app.run_job("bookings").await;
    assert_eq!(label(&app, &ends, 1).await.1, "released");
    assert_eq!(app.run_job("bookings").await, 0);
    assert!(self::kept(&app).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn a_correction_and_a_parcel_that_is_handed_over_at_once_have_one_outcome() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    for _ in 0..8 {
        let order = order();
        app.deliver(&order).await.unwrap();
        app.published().await;
        let news = corrected(&order, 2, "Jl. Kopi 11");
        let (sent, heard) = tokio::join!(dispatch(&app, &order, "k", json!({})), app.deliver(&news));
        heard.unwrap();
        assert_eq!(sent.status, 200, "{}", sent.body);
        let (goes, told) = (line1(&app, &order).await, kept(&app).await);
        match told.as_slice() {
            [] => assert_eq!(goes, "Jl. Kopi 11"),
            [(2, kept)] => assert_eq!((goes.as_str(), kept.as_str()), ("Jl. Kopi 1", "Jl. Kopi 1")),
            more => panic!("{more:?}"),
        }
    }
    app.stop().await;
}
