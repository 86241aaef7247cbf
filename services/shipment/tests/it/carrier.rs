//! The carrier's webhooks.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use warung_chassis::{
    signature,
    testing::{self, Answer, TestApp},
};
use warung_contracts::event::{ShipmentDelivered, ShipmentDispatched};

use crate::{SECRET, confirmed, only, path, start_with};

/// Sends what the sandbox carrier says of a parcel.
pub async fn webhook(app: &TestApp, body: &Value) -> Answer {
    send(app, "sandbox", SECRET, app.clock.now(), body).await
}

async fn send(app: &TestApp, carrier: &str, secret: &str, signed_at: OffsetDateTime, body: &Value) -> Answer {
    let body = body.to_string();
    let signature = signature::sign(&secret.into(), body.as_bytes(), signed_at).unwrap();
    let request = Request::post(format!("/api/v1/carriers/{carrier}/webhook"))
        .header(signature::HEADER, signature)
        .body(Body::from(body));
    app.raw(request.unwrap()).await
}

#[tokio::test]
async fn a_signed_webhook_moves_a_parcel_once() {
    let app = start_with(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")]).await;
    let order = confirmed(testing::customer().0);
    app.deliver(&order).await.unwrap();
    app.published().await;
    let shown = async || app.send("GET", &path(&order), Some(&testing::admin()), None).await.body;
    let number = shown().await["tracking_number"].clone();
    let told = |id: &str, event: &str| json!({"event_id": id, "tracking_number": number, "event": event, "location": "Bandung", "at": "2025-12-31T23:00:00Z"});
    let now = app.clock.now();
    for _ in 0..2 {
        let answer = send(&app, "sandbox", SECRET, now, &told("1", "delivered")).await;
        assert_eq!((answer.status.as_u16(), &answer.body["known"]), (200, &json!(1)), "{}", answer.body);
    }
    // The pick-up comes late: it is noted, and changes nothing.
    send(&app, "sandbox", SECRET, now, &told("0", "picked_up")).await;
    let published = app.published().await;
    assert_eq!(only::<ShipmentDelivered>(&published).len(), 1);
    assert_eq!(only::<ShipmentDispatched>(&published), []);
    let body = shown().await;
    assert_eq!((&body["state"], body["events"].as_array().unwrap().len()), (&json!("delivered"), 3));
    assert_eq!(body["events"][1]["at"], "2025-12-31T23:00:00Z");
    app.stop().await;
}

#[tokio::test]
async fn what_the_carrier_did_not_send_is_refused() {
    let app = start_with(&[]).await;
    let order = confirmed(testing::customer().0);
    app.deliver(&order).await.unwrap();
    let body = app.send("GET", &path(&order), Some(&testing::admin()), None).await.body;
    let told = json!({"event_id": "1", "tracking_number": body["tracking_number"], "event": "delivered"});
    let now = app.clock.now();
    let forged = send(&app, "sandbox", "guess", now, &told).await;
    assert_eq!(
        (forged.status.as_u16(), &forged.body["type"]),
        (401, &json!("https://warung.dev/problems/webhook-signature"))
    );
    assert_eq!(send(&app, "sandbox", SECRET, now - Duration::minutes(6), &told).await.status, 401);
    assert_eq!(send(&app, "made-up", SECRET, now, &told).await.status, 404);
    let bare = Request::post("/api/v1/carriers/sandbox/webhook").body(Body::from(told.to_string()));
    assert_eq!(app.raw(bare.unwrap()).await.status, 401);
    for wrong in [
        json!({}),
        json!({"event_id": "1", "tracking_number": "x", "event": "exploded"}),
        json!({"event_id": "1", "tracking_number": "x", "event": "order_cancelled"}),
        json!({"event_id": "", "tracking_number": "x", "event": "delivered"}),
        json!({"event_id": "1", "tracking_number": "x".repeat(201), "event": "delivered"}),
        json!({"event_id": "1", "tracking_number": "x\u{0}", "event": "delivered"}),
    ] {
        assert_eq!(send(&app, "sandbox", SECRET, now, &wrong).await.status, 400, "{wrong}");
    }
    let unknown = json!({"event_id": "1", "tracking_number": "nobody's", "event": "delivered"});
    assert_eq!(send(&app, "sandbox", SECRET, now, &unknown).await.body["known"], 0);
    let after = app.send("GET", &path(&order), Some(&testing::admin()), None).await.body;
    assert_eq!(after, body, "nothing of it changed anything");
    app.stop().await;
}
