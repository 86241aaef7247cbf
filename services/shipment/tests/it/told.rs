//! What an order hears of its parcels.

use serde_json::json;
use time::Duration;
use warung_chassis::testing::{self, TestApp};
use warung_contracts::event::{
    OrderConfirmed, ParcelState, ShipmentChanged, ShipmentTrackingCorrected, ShippedItem, ShippedParcel,
};

use crate::{cancelled, only, path, post, start, start_with, weighed};

/// What was told since the last look.
async fn told(app: &TestApp) -> Vec<ShipmentChanged> {
    only(&app.published().await)
}

/// The one thing that was told since the last look: which version, of which parcels.
async fn one(app: &TestApp) -> (i64, Vec<ShippedParcel>) {
    let mut all = told(app).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let ShipmentChanged { version, parcels, .. } = all.remove(0);
    (version, parcels)
}

fn states(parcels: &[ShippedParcel]) -> Vec<ParcelState> {
    parcels.iter().map(|parcel| parcel.state).collect()
}

fn quantities(parcels: &[ShippedParcel]) -> Vec<Vec<ShippedItem>> {
    parcels.iter().map(|parcel| parcel.items.clone()).collect()
}

/// Pieces of the only line.
fn pieces(quantity: u32) -> Vec<ShippedItem> {
    vec![ShippedItem { line: 0, quantity }]
}

fn parcel(order: &OrderConfirmed, number: u32, what: &str) -> String {
    format!("{}/parcels/{number}/{what}", path(order))
}

#[tokio::test]
async fn each_change_of_parcels_is_told_once_with_all_of_them_and_the_next_version() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let (order, staff) = (weighed(testing::customer().0, 3, 12_000), testing::admin());
    let id = app.deliver(&order).await.unwrap();
    app.deliver_as(id, &order).await.unwrap();
    let (version, packed) = one(&app).await;
    assert_eq!((version, states(&packed)), (1, vec![ParcelState::Created; 2]));
    assert_eq!(quantities(&packed), [pieces(2), pieces(1)]);
    let page = format!("https://sandbox.example/track/{}", packed[0].tracking_number.as_ref().unwrap());
    assert_eq!(
        (packed[0].carrier.as_str(), packed[0].tracking_url.as_ref()),
        ("Sandbox Express", Some(&page))
    );

    let split = json!({"items": [{"line": 0, "quantity": 1}]});
    for _ in 0..2 {
        assert_eq!(post(&app, &parcel(&order, 1, "split"), &staff, "s", split.clone()).await.status, 200);
    }
    let (version, parted) = one(&app).await;
    assert_eq!((version, quantities(&parted)), (2, vec![pieces(1), pieces(1), pieces(1)]));

    let handed =
        json!({"carrier": "Pak Budi", "tracking_number": "B-1", "tracking_url": "https://budi.example/B-1"});
    let answer = post(&app, &parcel(&order, 2, "dispatch"), &staff, "d", handed).await;
    assert_eq!(answer.body["parcels"][1]["tracking_url"], "https://budi.example/B-1", "{}", answer.body);
    let (version, left) = one(&app).await;
    assert_eq!(
        (version, states(&left)),
        (3, vec![ParcelState::Created, ParcelState::Dispatched, ParcelState::Created])
    );
    let budi =
        (left[1].carrier.as_str(), left[1].tracking_number.as_deref(), left[1].tracking_url.as_deref());
    assert_eq!(budi, ("Pak Budi", Some("B-1"), Some("https://budi.example/B-1")));

    let bad = json!({"tracking_url": "javascript:alert(1)"});
    assert_eq!(post(&app, &parcel(&order, 1, "dispatch"), &staff, "b", bad).await.status, 400);
    // What moves no parcel is not told.
    let seen = json!({"event": "in_transit"});
    assert_eq!(post(&app, &parcel(&order, 2, "events"), &staff, "e", seen).await.status, 200);
    assert!(told(&app).await.is_empty());

    app.deliver(&cancelled(&order)).await.unwrap();
    let (version, called_off) = one(&app).await;
    assert_eq!(
        (version, states(&called_off)),
        (4, vec![ParcelState::Cancelled, ParcelState::Recalled, ParcelState::Cancelled])
    );
    app.stop().await;
}

#[tokio::test]
async fn a_number_that_a_carrier_gives_later_is_told_when_it_is_there() {
    let app =
        start_with(&[("WARUNG_SANDBOX_CARRIER_BOOKS", "true"), ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")])
            .await;
    app.deliver(&weighed(testing::customer().0, 1, 100)).await.unwrap();
    let (_, packed) = one(&app).await;
    assert_eq!((&packed[0].tracking_number, &packed[0].tracking_url), (&None, &None));
    assert_eq!(app.run_job("bookings").await, 1);
    let (version, booked) = one(&app).await;
    assert_eq!((version, booked[0].state), (2, ParcelState::Created));
    let number = booked[0].tracking_number.clone().unwrap();
    assert!(number.starts_with("SBX") && booked[0].tracking_url.as_ref().unwrap().ends_with(&number));
    app.stop().await;
}

#[tokio::test]
async fn parcels_of_many_orders_that_move_together_are_told_by_order() {
    let app = start().await;
    for _ in 0..3 {
        app.deliver(&weighed(testing::customer().0, 3, 12_000)).await.unwrap();
    }
    app.published().await;
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 6);
    let told = told(&app).await;
    assert_eq!(told.len(), 3);
    for news in told {
        assert_eq!((news.version, states(&news.parcels)), (2, vec![ParcelState::Dispatched; 2]));
    }
    app.stop().await;
}

#[tokio::test]
async fn what_was_mistyped_at_the_counter_is_corrected_until_the_parcel_has_ended() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let (order, staff) = (weighed(testing::customer().0, 3, 12_000), testing::admin());
    app.deliver(&order).await.unwrap();
    let correct = parcel(&order, 1, "correct");
    let right = json!({"tracking_number": "B-2"});
    let early = post(&app, &correct, &staff, "early", right.clone()).await;
    assert_eq!(early.body["type"], "https://warung.dev/problems/parcel-not-dispatched", "{}", early.body);
    let handed =
        json!({"carrier": "Pak Budi", "tracking_number": "B-1", "tracking_url": "https://budi.example/B-1"});
    assert_eq!(post(&app, &parcel(&order, 1, "dispatch"), &staff, "d", handed).await.status, 200);
    told(&app).await;
    for (token, status) in [(None, 401), (Some(testing::customer().1), 403)] {
        let headers = [("idempotency-key", "no")];
        let answer = app.send_with("POST", &correct, token.as_deref(), &headers, Some(right.clone())).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    let bad = post(&app, &correct, &staff, "bad", json!({"tracking_url": "javascript:alert(1)"})).await;
    assert_eq!((bad.status.as_u16(), &bad.body["errors"][0]["field"]), (400, &json!("tracking_url")));

    // The same request twice, and what is right already, are one correction.
    for key in ["c1", "c1", "c2"] {
        let answer = post(&app, &correct, &staff, key, right.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let shown = &answer.body["parcels"][0];
        assert_eq!((&shown["tracking_number"], &shown["tracking_url"]), (&json!("B-2"), &json!(null)));
        let events = shown["events"].as_array().unwrap();
        assert_eq!(events.len(), 3, "{events:?}");
        assert_eq!(events[2]["description"], "Corrected: the parcel is with Pak Budi B-2, not Pak Budi B-1.");
    }
    let (version, parcels) = one(&app).await;
    assert_eq!((version, parcels[0].tracking_number.as_deref()), (3, Some("B-2")));
    let history = app.history(order.order_id).await;
    assert!(history.last().unwrap().author.is_some() && history.last().unwrap().actor == "staff");

    let page = json!({"tracking_url": "https://budi.example/B-2"});
    assert_eq!(post(&app, &correct, &staff, "page", page).await.status, 200);
    let (_, parcels) = one(&app).await;
    assert_eq!(parcels[0].tracking_url.as_deref(), Some("https://budi.example/B-2"));
    // Another parcel's number.
    let own = json!({"carrier": "sandbox", "tracking_number": parcels[1].tracking_number});
    let taken = post(&app, &correct, &staff, "taken", own).await;
    assert_eq!(taken.body["type"], "https://warung.dev/problems/tracking-number-taken", "{}", taken.body);

    let arrived = json!({"event": "delivered"});
    assert_eq!(post(&app, &parcel(&order, 1, "events"), &staff, "a", arrived).await.status, 200);
    let late = post(&app, &correct, &staff, "late", json!({"tracking_number": "B-3"})).await;
    assert_eq!(late.status, 409, "{}", late.body);
    app.stop().await;
}

#[tokio::test]
async fn a_corrected_number_is_told_once_where_the_wrong_one_was() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let (order, staff) = (weighed(testing::customer().0, 3, 12_000), testing::admin());
    app.deliver(&order).await.unwrap();
    let handed = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    assert_eq!(post(&app, &parcel(&order, 1, "dispatch"), &staff, "d", handed).await.status, 200);
    app.published().await;
    let corrected = async |number, key, body| {
        let answer = post(&app, &parcel(&order, number, "correct"), &staff, key, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let told = only::<ShipmentTrackingCorrected>(&app.published().await).into_iter();
        told.map(|event| (event.parcel, event.carrier, event.tracking_number, event.tracking_url))
            .collect::<Vec<_>>()
    };
    let told = |number: &str, page: Option<&str>| {
        vec![(1, "Pak Budi".to_owned(), number.to_owned(), page.map(str::to_owned))]
    };
    // The same request twice, and what is right already, are one correction.
    let right = json!({"tracking_number": "B-2"});
    assert_eq!(corrected(1, "c1", right.clone()).await, told("B-2", None));
    for key in ["c1", "c2"] {
        assert_eq!(corrected(1, key, right.clone()).await, []);
    }
    let page = json!({"tracking_url": "https://budi.example/B-2"});
    assert_eq!(corrected(1, "p1", page.clone()).await, told("B-2", Some("https://budi.example/B-2")));
    assert_eq!(corrected(1, "p2", page).await, []);
    // Of one that its carrier gave up before anybody was told that it left.
    let failed = json!({"event": "failed"});
    assert_eq!(post(&app, &parcel(&order, 2, "events"), &staff, "f", failed).await.status, 200);
    assert_eq!(corrected(2, "n", json!({"carrier": "Pak Budi", "tracking_number": "B-3"})).await, []);
    app.stop().await;
}

#[tokio::test]
async fn who_is_asked_about_a_parcel_follows_its_correction() {
    let app = start().await;
    let (order, staff) = (weighed(testing::customer().0, 1, 100), testing::admin());
    app.deliver(&order).await.unwrap();
    let handed = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    assert_eq!(post(&app, &parcel(&order, 1, "dispatch"), &staff, "d", handed).await.status, 200);
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 0, "nobody knows of Pak Budi");
    let right = json!({"carrier": "sandbox", "tracking_number": "SBX-TYPED"});
    assert_eq!(post(&app, &parcel(&order, 1, "correct"), &staff, "c", right).await.status, 200);
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 1);
    assert_eq!(states(&told(&app).await.pop().unwrap().parcels), [ParcelState::Delivered]);
    app.stop().await;
}
