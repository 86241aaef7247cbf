//! Orders in several parcels, and what staff do with them.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{self, TestApp};
use warung_contracts::event::{
    OrderConfirmed, ShipmentChanged, ShipmentDelivered, ShipmentDispatched, ShipmentFailed, ShipmentReturned,
};

use crate::{confirmed, only, path, post, start, start_with, weighed};

/// Lets the sandbox carrier take its next step.
async fn step(app: &TestApp) -> u64 {
    app.clock.advance(Duration::seconds(2));
    app.run_job("carrier").await
}

fn parcel(order: &OrderConfirmed, number: u32, what: &str) -> String {
    format!("{}/parcels/{number}/{what}", path(order))
}

async fn shown(app: &TestApp, order: &OrderConfirmed) -> Value {
    app.send("GET", &path(order), Some(&testing::admin()), None).await.body
}

#[tokio::test]
async fn a_heavy_order_goes_in_several_parcels_and_each_event_says_which() {
    let app = start().await;
    let (user, _) = testing::customer();
    let order = weighed(user, 3, 12_000);
    app.deliver(&order).await.unwrap();
    app.published().await;
    let body = shown(&app, &order).await;
    let quantities: Vec<&Value> =
        body["parcels"].as_array().unwrap().iter().map(|parcel| &parcel["items"][0]["quantity"]).collect();
    assert_eq!(quantities, [2, 1]);
    assert_ne!(body["parcels"][0]["tracking_number"], body["parcels"][1]["tracking_number"]);
    assert_eq!(body["items"][0]["quantity"], 3);

    assert_eq!(step(&app).await, 2);
    let dispatched = only::<ShipmentDispatched>(&app.published().await);
    let mut numbers: Vec<_> = dispatched
        .iter()
        .map(|event| (event.parcel.unwrap(), event.parcels.unwrap(), event.remaining.unwrap()))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [(1, 2, 2), (2, 2, 2)]);
    assert_eq!(step(&app).await, 2);
    let delivered = only::<ShipmentDelivered>(&app.published().await);
    let remaining: Vec<_> = delivered.iter().map(|event| event.remaining.unwrap()).collect();
    assert_eq!(remaining, [1, 0], "the order completes with the last");
    assert_eq!(shown(&app, &order).await["state"], "delivered");
    app.stop().await;
}

#[tokio::test]
async fn two_parcels_that_arrive_in_the_same_moment_leave_none() {
    let app = start_with(&[("WARUNG_PARCEL_MAX_GRAMS", "1000")]).await;
    let order = weighed(testing::customer().0, 2, 900);
    app.deliver(&order).await.unwrap();
    app.published().await;
    let staff = testing::admin();
    let (first, second) = (parcel(&order, 1, "events"), parcel(&order, 2, "events"));
    let arrived = || json!({"event": "delivered"});
    let (a, b) =
        tokio::join!(post(&app, &first, &staff, "a", arrived()), post(&app, &second, &staff, "b", arrived()));
    assert_eq!((a.status.as_u16(), b.status.as_u16()), (200, 200), "{} {}", a.body, b.body);
    let delivered = only::<ShipmentDelivered>(&app.published().await);
    let mut remaining: Vec<_> = delivered.iter().map(|event| event.remaining.unwrap()).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, [0, 1]);
    app.stop().await;
}

#[tokio::test]
async fn many_parcels_move_in_batches() {
    let app = start().await;
    let (user, _) = testing::customer();
    for _ in 0..210 {
        app.deliver(&confirmed(user)).await.unwrap();
    }
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 200);
    // Two replicas at once: each parcel is asked about once.
    let (one, other) = tokio::join!(app.run_job("carrier"), app.run_job("carrier"));
    assert_eq!(one + other, 10);
    let dispatched = only::<ShipmentDispatched>(&app.published().await);
    assert_eq!(dispatched.len(), 210);
    app.stop().await;
}

#[tokio::test]
async fn a_parcel_that_makes_questions_fail_holds_up_no_others_for_long() {
    let app = start().await;
    let (user, _) = testing::customer();
    let mut silent = confirmed(user);
    silent.shipping_address.postal_code = "00002".into();
    app.deliver(&silent).await.unwrap();
    for _ in 0..3 {
        app.deliver(&confirmed(user)).await.unwrap();
    }
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 0, "none of the four is known of");
    let mut told = Vec::new();
    // Fewer are asked about after each failure: at the latest after eight it is one at a time.
    for _ in 0..20 {
        app.clock.advance(Duration::minutes(10));
        app.run_job("carrier").await;
        told.extend(only::<ShipmentDispatched>(&app.published().await));
    }
    let orders: std::collections::BTreeSet<_> = told.iter().map(|event| event.order_id).collect();
    assert_eq!((orders.len(), orders.contains(&silent.order_id)), (3, false));
    app.stop().await;
}

#[tokio::test]
async fn a_parcel_that_nobody_takes_fails_and_comes_back() {
    let app = start().await;
    let mut order = confirmed(testing::customer().0);
    order.shipping_address.postal_code = "00000".into();
    app.deliver(&order).await.unwrap();
    assert_eq!((step(&app).await, step(&app).await), (1, 1));
    let failed = only::<ShipmentFailed>(&app.published().await);
    assert_eq!((failed.len(), failed[0].remaining), (1, Some(0)));
    assert!(!failed[0].reason.is_empty());
    assert_eq!(shown(&app, &order).await["state"], "failed");
    assert_eq!(step(&app).await, 1);
    let returned = only::<ShipmentReturned>(&app.published().await);
    assert_eq!(returned[0].lines.as_ref().unwrap()[0].quantity, 1);
    assert_eq!(step(&app).await, 0, "nobody is asked about what has ended");
    let body = shown(&app, &order).await;
    let states: Vec<&Value> =
        body["events"].as_array().unwrap().iter().map(|event| &event["state"]).collect();
    assert_eq!(states, ["created", "dispatched", "failed", "returned"]);
    app.stop().await;
}

#[tokio::test]
async fn staff_hand_a_parcel_to_a_carrier_of_their_own_and_say_what_happens() {
    let app = start().await;
    let (user, customer) = testing::customer();
    let (order, other) = (confirmed(user), confirmed(user));
    app.deliver(&order).await.unwrap();
    app.deliver(&other).await.unwrap();
    app.published().await;
    let staff = testing::admin();
    let handed = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    let dispatch = parcel(&order, 1, "dispatch");
    assert_eq!(post(&app, &dispatch, &customer, "k", handed.clone()).await.status, 403);
    for _ in 0..2 {
        let answer = post(&app, &dispatch, &staff, "k", handed.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["carrier"]),
            (200, &json!("Pak Budi")),
            "{}",
            answer.body
        );
    }
    let dispatched = only::<ShipmentDispatched>(&app.published().await);
    assert_eq!(dispatched.len(), 1);
    assert_eq!((dispatched[0].carrier.as_str(), dispatched[0].tracking_number.as_str()), ("Pak Budi", "B-1"));
    let again = post(&app, &dispatch, &staff, "k2", handed.clone()).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["type"]),
        (409, &json!("https://warung.dev/problems/shipment-ended"))
    );
    let taken = post(&app, &parcel(&other, 1, "dispatch"), &staff, "k3", handed).await;
    assert_eq!(taken.body["type"], "https://warung.dev/problems/tracking-number-taken");
    // Nobody asks the sandbox about it.
    assert_eq!(step(&app).await, 1);

    let events = parcel(&order, 1, "events");
    let seen = json!({"event": "in_transit", "description": "Sorted", "location": "Cirebon"});
    assert_eq!(post(&app, &events, &staff, "e1", seen).await.body["state"], "dispatched");
    assert_eq!(
        post(&app, &events, &staff, "e2", json!({"event": "delivered"})).await.body["state"],
        "delivered"
    );
    let late = post(&app, &events, &staff, "e3", json!({"event": "returned"})).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(post(&app, &events, &staff, "e4", json!({"event": "order_cancelled"})).await.status, 400);
    assert_eq!(
        post(&app, &parcel(&order, 2, "events"), &staff, "e5", json!({"event": "failed"})).await.status,
        404
    );
    let shown = app.send("GET", &path(&order), Some(&customer), None).await.body;
    let sorted = &shown["parcels"][0]["events"][2];
    assert_eq!((&sorted["description"], &sorted["location"]), (&json!("Sorted"), &json!("Cirebon")));
    app.stop().await;
}

#[tokio::test]
async fn staff_split_a_parcel_that_waits() {
    let app = start().await;
    let order = weighed(testing::customer().0, 5, 100);
    app.deliver(&order).await.unwrap();
    let staff = testing::admin();
    let split = async |key: &str, quantity: u32| {
        let body = json!({"items": [{"line": 0, "quantity": quantity}]});
        post(&app, &parcel(&order, 1, "split"), &staff, key, body).await
    };
    assert_eq!(split("k1", 5).await.status, 400, "something has to stay");
    assert_eq!(split("k2", 6).await.body["errors"][0]["field"], "items");
    let body = split("k3", 2).await.body;
    assert_eq!(split("k3", 2).await.body, body, "the same key splits once");
    let content = |number: usize| {
        let parcel = &body["parcels"][number];
        (parcel["items"][0]["quantity"].clone(), parcel["weight_grams"].clone(), parcel["number"].clone())
    };
    assert_eq!(content(0), (json!(3), json!(300), json!(1)));
    assert_eq!(content(1), (json!(2), json!(200), json!(2)));
    step(&app).await;
    assert_eq!(split("k4", 1).await.status, 409, "it has left");
    app.stop().await;
}

#[tokio::test]
async fn a_label_says_what_is_printed_on_a_parcel() {
    let app = start_with(&[("WARUNG_SHOP", "kopi")]).await;
    let (user, customer) = testing::customer();
    let order = weighed(user, 2, 20_000);
    app.deliver(&order).await.unwrap();
    let label = app.send("GET", &parcel(&order, 2, "label"), Some(&testing::admin()), None).await.body;
    assert_eq!(
        (&label["sender"], &label["parcel"], &label["parcels"]),
        (&json!("kopi"), &json!(2), &json!(2))
    );
    assert_eq!((&label["recipient"]["city"], &label["weight_grams"]), (&json!("Bandung"), &json!(20_000)));
    assert_eq!(label["barcode"], label["tracking_number"]);
    assert_eq!(app.send("GET", &parcel(&order, 3, "label"), Some(&testing::admin()), None).await.status, 404);
    assert_eq!(app.send("GET", &parcel(&order, 1, "label"), Some(&customer), None).await.status, 403);
    app.stop().await;
}

#[tokio::test]
async fn staff_see_what_waits() {
    let app = start().await;
    let (user, customer) = testing::customer();
    let orders = [confirmed(user), confirmed(user), confirmed(user)];
    for order in &orders {
        app.clock.advance(Duration::milliseconds(1));
        app.deliver(order).await.unwrap();
    }
    let staff = testing::admin();
    post(&app, &parcel(&orders[1], 1, "dispatch"), &staff, "k", json!({})).await;
    let list = async |query: &str| {
        let path = format!("/api/v1/shipments{query}");
        app.send("GET", &path, Some(&staff), None).await.body
    };
    let ids = |body: &Value| -> Vec<String> {
        let items = body["items"].as_array().unwrap().iter();
        items.map(|item| item["order_id"].as_str().unwrap().to_owned()).collect()
    };
    let waiting = list("?state=created&limit=1").await;
    assert_eq!(ids(&waiting), [orders[2].order_id.to_string()]);
    let rest = list(&format!("?state=created&cursor={}", waiting["next_cursor"].as_str().unwrap())).await;
    assert_eq!(ids(&rest), [orders[0].order_id.to_string()]);
    assert_eq!(ids(&list("").await).len(), 3);
    assert_eq!(list("?state=lost").await["status"], 400);
    assert_eq!(app.send("GET", "/api/v1/shipments", Some(&customer), None).await.status, 403);
    app.stop().await;
}

#[tokio::test]
async fn where_no_carrier_is_switched_on_parcels_wait_for_staff() {
    let app = start_with(&[("WARUNG_CARRIERS", "none")]).await;
    assert!(
        app.jobs.iter().all(|job| ["refused", "stops"].contains(&job.name())),
        "nothing moves a parcel by itself"
    );
    let (user, customer) = testing::customer();
    let order = confirmed(user);
    app.deliver(&order).await.unwrap();
    let [packed] = &only::<ShipmentChanged>(&app.published().await)[..] else { panic!("one") };
    let told = &packed.parcels[0];
    assert_eq!((told.carrier.as_str(), &told.tracking_number, &told.tracking_url), ("", &None, &None));
    let seen = app.send("GET", &path(&order), Some(&customer), None).await.body;
    for field in ["carrier", "tracking_number", "tracking_url"] {
        assert_eq!((seen.get(field), seen["parcels"][0].get(field)), (None, None), "{seen}");
    }
    let staff = testing::admin();
    let label = app.send("GET", &parcel(&order, 1, "label"), Some(&staff), None).await;
    assert_eq!((label.status.as_u16(), label.body.get("barcode")), (200, None), "{}", label.body);

    // Nobody has it: neither can it be on its way.
    for (n, (what, body)) in [
        ("dispatch", json!({})),
        ("dispatch", json!({"carrier": "Pak Budi"})),
        ("dispatch", json!({"tracking_number": "B-1"})),
        ("events", json!({"event": "delivered"})),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = post(&app, &parcel(&order, 1, what), &staff, &format!("r{n}"), body).await;
        assert_eq!(refused.body["type"], "https://warung.dev/problems/parcel-not-booked", "{}", refused.body);
    }
    let advance = post(&app, &format!("{}/advance", path(&order)), &staff, "a", json!({})).await;
    assert_eq!(advance.body["type"], "https://warung.dev/problems/parcel-not-booked", "{}", advance.body);
    assert!(app.published().await.is_empty());

    let handed = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    let answer = post(&app, &parcel(&order, 1, "dispatch"), &staff, "d", handed).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["carrier"]),
        (200, &json!("Pak Budi")),
        "{}",
        answer.body
    );
    assert_eq!(only::<ShipmentDispatched>(&app.published().await).len(), 1);
    let arrived = post(&app, &parcel(&order, 1, "events"), &staff, "e", json!({"event": "delivered"})).await;
    assert_eq!(arrived.body["state"], "delivered", "{}", arrived.body);
    app.stop().await;
}

#[tokio::test]
async fn a_parcel_of_a_carrier_that_is_switched_off_goes_with_whom_staff_name() {
    let app = start_with(&[("WARUNG_CARRIERS", "none")]).await;
    let order = confirmed(testing::customer().0);
    app.deliver(&order).await.unwrap();
    // As the sandbox leaves one to a shop whose payments have become real.
    let sandbox = "UPDATE parcels SET carrier = 'sandbox', tracking_number = 'SBX1', poll_at = state_at";
    sqlx::raw_sql(sandbox).execute(app.db.as_ref().unwrap().pool()).await.unwrap();
    let (staff, dispatch) = (testing::admin(), parcel(&order, 1, "dispatch"));
    for (key, body) in [("k1", json!({})), ("k2", json!({"carrier": "Pak Budi"}))] {
        let refused = post(&app, &dispatch, &staff, key, body).await;
        assert_eq!(refused.body["type"], "https://warung.dev/problems/parcel-not-booked", "{}", refused.body);
    }
    let handed = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    let answer = post(&app, &dispatch, &staff, "k3", handed).await;
    let sent = (answer.status.as_u16(), &answer.body["tracking_number"]);
    assert_eq!(sent, (200, &json!("B-1")), "{}", answer.body);
    app.stop().await;
}
