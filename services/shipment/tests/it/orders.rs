//! What becomes of orders.

use time::Duration;
use warung_chassis::{events::handler::Effect, testing};
use warung_contracts::event::{ShipmentCreated, ShipmentDelivered, ShipmentDispatched, ShipmentReturned};

use crate::{cancelled, confirmed, only, path, start, start_with};

#[tokio::test]
async fn a_confirmed_order_gets_one_parcel_however_often_it_is_told() {
    let app = start().await;
    let (user, token) = testing::customer();
    let order = confirmed(user);
    let id = app.deliver(&order).await.unwrap();
    assert_eq!(app.deliver_as(id, &order).await.unwrap(), Effect::Duplicate);
    // Even under another id.
    app.deliver(&order).await.unwrap();
    assert_eq!(only::<ShipmentCreated>(&app.published().await).len(), 1);
    let answer = app.send("GET", &path(&order), Some(&token), None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["state"], "created");
    assert_eq!(answer.body["items"][0]["sku"], "KOPI");
    assert!(answer.body["tracking_number"].as_str().unwrap().starts_with("SBX"));
    let (_, other) = testing::customer();
    assert_eq!(app.send("GET", &path(&order), Some(&other), None).await.status, 404);
    assert_eq!(app.send("GET", &path(&order), Some(&testing::admin()), None).await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn the_sandbox_carrier_delivers_step_by_step() {
    let app = start().await;
    let (user, token) = testing::customer();
    let order = confirmed(user);
    app.deliver(&order).await.unwrap();
    app.published().await;
    assert_eq!(app.run_job("carrier").await, 0);
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 1);
    let dispatched = only::<ShipmentDispatched>(&app.published().await);
    assert_eq!(dispatched[0].order_id, order.order_id);
    assert_eq!(app.run_job("carrier").await, 0);
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 1);
    assert_eq!(only::<ShipmentDelivered>(&app.published().await).len(), 1);
    app.clock.advance(Duration::seconds(60));
    assert_eq!(app.run_job("carrier").await, 0);
    let body = app.send("GET", &path(&order), Some(&token), None).await.body;
    let states: Vec<&str> =
        body["events"].as_array().unwrap().iter().map(|e| e["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["created", "dispatched", "delivered"]);
    assert_eq!(body["tracking_number"], dispatched[0].tracking_number);
    let metrics = app.metrics.render();
    assert!(
        metrics.contains(r#"warung_shipments_total{service="shipment",state="delivered"} 1"#),
        "{metrics}"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_moves_a_parcel_once_a_key() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    assert!(
        app.jobs.iter().all(|job| ["refused", "stops"].contains(&job.name())),
        "nothing moves a parcel by itself"
    );
    let (user, customer) = testing::customer();
    let order = confirmed(user);
    app.deliver(&order).await.unwrap();
    app.published().await;
    let admin = testing::admin();
    let (app_, path) = (&app, format!("{}/advance", path(&order)));
    let advance = async |token: &str, key: &str| {
        app_.send_with("POST", &path, Some(token), &[("idempotency-key", key)], None).await
    };
    assert_eq!(advance(&customer, "k1").await.status, 403);
    assert_eq!(advance(&admin, "k1").await.body["state"], "dispatched");
    assert_eq!(advance(&admin, "k1").await.body["state"], "dispatched");
    assert_eq!(only::<ShipmentDispatched>(&app.published().await).len(), 1);
    assert_eq!(advance(&admin, "k2").await.body["state"], "delivered");
    let ended = advance(&admin, "k3").await;
    assert_eq!(ended.status, 409);
    assert_eq!(ended.body["type"], "https://warung.dev/problems/shipment-ended");
    app.stop().await;
}

#[tokio::test]
async fn what_a_cancelled_order_has_not_sent_stays_and_what_it_has_is_called_back() {
    let app = start().await;
    let (user, token) = testing::customer();
    let (early, late) = (confirmed(user), confirmed(user));
    app.deliver(&early).await.unwrap();
    let id = app.deliver(&cancelled(&early)).await.unwrap();
    assert_eq!(app.deliver_as(id, &cancelled(&early)).await.unwrap(), Effect::Duplicate);
    app.deliver(&late).await.unwrap();
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 1);
    app.deliver(&cancelled(&late)).await.unwrap();
    let state = async |order| app.send("GET", &path(order), Some(&token), None).await.body["state"].clone();
    assert_eq!(state(&early).await, "cancelled");
    assert_eq!(state(&late).await, "recalled");
    app.published().await;
    app.clock.advance(Duration::seconds(2));
    assert_eq!(app.run_job("carrier").await, 1);
    assert_eq!(state(&late).await, "returned");
    let returned = only::<ShipmentReturned>(&app.published().await);
    assert_eq!((returned.len(), returned[0].order_id), (1, late.order_id));
    assert_eq!(returned[0].lines.as_ref().unwrap()[0].product_id, late.lines[0].product_id);
    app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_before_its_confirmation_arrives_gets_no_parcel() {
    let app = start().await;
    let (user, token) = testing::customer();
    let order = confirmed(user);
    app.deliver(&cancelled(&order)).await.unwrap();
    app.deliver(&order).await.unwrap();
    assert!(app.published().await.is_empty());
    assert_eq!(app.send("GET", &path(&order), Some(&token), None).await.status, 404);
    app.stop().await;
}
