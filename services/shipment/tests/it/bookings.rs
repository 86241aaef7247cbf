//! A carrier that gives tracking numbers itself, when parcels are booked.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{self, TestApp, eventually};
use warung_contracts::event::{OrderConfirmed, ShipmentDispatched};

use crate::{cancelled, confirmed, only, path, post, start_with};

/// Left to staff and webhooks, so that nothing moves by itself.
async fn start() -> TestApp {
    start_with(&[("WARUNG_SANDBOX_CARRIER_BOOKS", "true"), ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")])
        .await
}

fn to(postal_code: &str) -> OrderConfirmed {
    let mut order = confirmed(testing::customer().0);
    order.shipping_address.postal_code = postal_code.to_owned();
    order
}

async fn label(app: &TestApp, order: &OrderConfirmed) -> Value {
    let path = format!("{}/parcels/1/label", path(order));
    let answer = app.send("GET", &path, Some(&testing::admin()), None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn dispatch(app: &TestApp, order: &OrderConfirmed, key: &str, body: Value) -> testing::Answer {
    post(app, &format!("{}/parcels/1/dispatch", path(order)), &testing::admin(), key, body).await
}

#[tokio::test]
async fn a_parcel_gets_its_number_when_the_carrier_takes_it() {
    let app = start().await;
    let order = to("40111");
    app.deliver(&order).await.unwrap();
    assert_eq!(label(&app, &order).await["booking"], json!({"state": "wanted"}));
    let early = dispatch(&app, &order, "k1", json!({})).await;
    assert_eq!(early.body["type"], "https://warung.dev/problems/parcel-not-booked", "{}", early.body);
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(app.run_job("bookings").await, 0);
    let booked = label(&app, &order).await;
    assert_eq!(booked["booking"], json!({"state": "booked"}));
    assert!(booked["tracking_number"].as_str().unwrap().starts_with("SBX"), "{booked}");
    app.published().await;
    assert_eq!(dispatch(&app, &order, "k2", json!({})).await.status, 200);
    let told = only::<ShipmentDispatched>(&app.published().await);
    assert_eq!(told[0].tracking_number, booked["tracking_number"]);
    app.stop().await;
}

#[tokio::test]
async fn a_call_that_a_crash_left_is_made_again_and_books_once() {
    let app = start().await;
    let order = to("40111");
    app.deliver(&order).await.unwrap();
    // As the job leaves it when the process dies while it calls.
    let lost = "UPDATE bookings SET tries = 1, due_at = due_at + interval '30 seconds'";
    sqlx::raw_sql(lost).execute(app.db.as_ref().unwrap().pool()).await.unwrap();
    assert_eq!(app.run_job("bookings").await, 0);
    app.clock.advance(Duration::seconds(30));
    assert_eq!(app.run_job("bookings").await, 1);
    let shown = app.send("GET", &path(&order), Some(&testing::admin()), None).await.body;
    let events: Vec<&str> = shown["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["description"].as_str().unwrap())
        .collect();
    assert_eq!(events.len(), 2, "{events:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_does_not_answer_is_asked_again_later_and_later() {
    let app = start().await;
    let order = to("00002");
    app.deliver(&order).await.unwrap();
    for delay in [2, 4, 8] {
        assert_eq!(app.run_job("bookings").await, 1);
        // From half of the delay to all of it, by chance.
        let half = Duration::milliseconds(delay * 500);
        app.clock.advance(half - Duration::MILLISECOND);
        assert_eq!(app.run_job("bookings").await, 0);
        app.clock.advance(half + Duration::MILLISECOND);
    }
    assert_eq!(label(&app, &order).await["booking"], json!({"state": "wanted"}));
    app.stop().await;
}

#[tokio::test]
async fn what_the_carrier_refuses_goes_with_another() {
    let app = start().await;
    let order = to("00001");
    app.deliver(&order).await.unwrap();
    assert_eq!(app.run_job("bookings").await, 1);
    let refused = json!({"state": "refused", "reason": "the address is not served"});
    assert_eq!(label(&app, &order).await["booking"], refused);
    assert_eq!(dispatch(&app, &order, "k1", json!({})).await.status, 409);
    let waiting = async || {
        app.run_job("refused").await;
        app.metrics
            .render()
            .lines()
            .find(|line| line.starts_with("warung_bookings_refused{"))
            .map(str::to_owned)
    };
    assert_eq!(waiting().await.unwrap(), r#"warung_bookings_refused{service="shipment"} 1"#);
    let other = json!({"carrier": "Pak Budi", "tracking_number": "B-1"});
    assert_eq!(dispatch(&app, &order, "k2", other).await.status, 200);
    assert_eq!(label(&app, &order).await["booking"]["state"], "released");
    assert_eq!(waiting().await.unwrap(), r#"warung_bookings_refused{service="shipment"} 0"#);
    assert_eq!(app.run_job("bookings").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_parcel_that_stays_is_called_off_where_the_carrier_may_know_it() {
    let app = start().await;
    let (early, late, crossing) = (to("40111"), to("40111"), to("40111"));
    // Before anybody was asked.
    app.deliver(&early).await.unwrap();
    app.deliver(&cancelled(&early)).await.unwrap();
    assert_eq!(label(&app, &early).await["booking"]["state"], "released");
    assert_eq!(app.run_job("bookings").await, 0);
    // After it was taken.
    app.deliver(&late).await.unwrap();
    app.run_job("bookings").await;
    app.deliver(&cancelled(&late)).await.unwrap();
    assert_eq!(label(&app, &late).await["booking"]["state"], "unwanted");
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(label(&app, &late).await["booking"]["state"], "released");
    // While the carrier was being asked: what it answers is called off.
    app.deliver(&crossing).await.unwrap();
    let begun = "UPDATE bookings SET tries = 1 WHERE state = 'wanted'";
    sqlx::raw_sql(begun).execute(app.db.as_ref().unwrap().pool()).await.unwrap();
    app.deliver(&cancelled(&crossing)).await.unwrap();
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(label(&app, &crossing).await["booking"]["state"], "unwanted");
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(label(&app, &crossing).await["booking"]["state"], "released");
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_hangs_holds_up_no_other_parcel_and_is_asked_again() {
    let app = start().await;
    let (hanging, other) = (to("00003"), to("40111"));
    app.deliver(&hanging).await.unwrap();
    app.deliver(&other).await.unwrap();
    let booked = eventually("the other parcel is booked while the call hangs", async || {
        (label(&app, &other).await["booking"]["state"] == "booked").then_some(())
    });
    let (called, ()) = tokio::join!(app.run_job("bookings"), booked);
    assert_eq!(called, 2, "the call that hangs ends");
    assert_eq!(label(&app, &hanging).await["booking"], json!({"state": "wanted"}));
    let counted = r#"warung_carrier_troubles_total{service="shipment",carrier="sandbox",kind="no_answer"} 1"#;
    let metrics = app.metrics.render();
    assert!(metrics.contains(counted), "{metrics}");
    // By the backoff, and not when the claim runs out.
    app.clock.advance(Duration::seconds(2));
    let due = "SELECT count(*) FROM bookings WHERE due_at <= $1";
    let due: i64 = sqlx::query_scalar(due)
        .bind(app.clock.now())
        .fetch_one(app.db.as_ref().unwrap().pool())
        .await
        .unwrap();
    assert_eq!(due, 1);
    app.stop().await;
}
