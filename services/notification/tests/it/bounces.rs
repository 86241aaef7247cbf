//! What came back.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::{
    signature,
    testing::{Answer, TestApp, admin, customer},
};

use crate::{BOUNCE_SECRET, JOB, Smtp, cancelled, outcomes, registered, start};

const LIST: &str = "/api/v1/notifications/suppressions";

async fn tell(app: &TestApp, secret: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let signed = signature::sign(&secret.into(), body.as_bytes(), app.clock.now()).expect("a signature");
    let request = Request::post("/api/v1/notifications/webhooks/bounces").header(signature::HEADER, signed);
    app.raw(request.body(Body::from(body)).expect("a request")).await
}

/// The mail provider tells, in its own words, that a mail did not arrive this time.
pub async fn tell_soft(app: &TestApp, address: &str, detail: &str) {
    let body = json!({"event_id": Uuid::now_v7(), "address": address, "kind": "soft", "detail": detail});
    assert_eq!(tell(app, BOUNCE_SECRET, &body).await.status, 200);
}

#[tokio::test]
async fn an_address_that_takes_no_mail_is_not_written_to_again() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    smtp.refuse(&["550 5.1.1 No such mailbox"]).unwrap();
    app.run_job(JOB).await;
    app.deliver(&cancelled(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let states: Vec<_> = outcomes(&app).await.into_iter().map(|(_, state, reason)| (state, reason)).collect();
    assert_eq!(states, [("failed".into(), None), ("skipped".into(), Some("suppressed".into()))]);
    let list = app.send("GET", LIST, Some(&admin()), None).await.body;
    assert_eq!(
        (&list["items"][0]["address"], &list["items"][0]["reason"]),
        (&json!("siti@example.com"), &json!("bounce"))
    );
    // Also one that nobody here has, for whoever names it.
    let body = json!({"event_id": "1", "address": "Budi@example.com", "kind": "complaint"});
    assert_eq!(tell(&app, BOUNCE_SECRET, &body).await.status, 200);
    let all = app.send("GET", LIST, Some(&admin()), None).await.body;
    let named = all["items"].as_array().expect("items").iter().filter(|item| item.get("address").is_some());
    assert_eq!((all["items"].as_array().map(Vec::len), named.count()), (Some(2), 1));
    let one = app.send("GET", &format!("{LIST}?address=BUDI@example.com"), Some(&admin()), None).await.body;
    assert_eq!(
        (one["items"].as_array().map(Vec::len), &one["items"][0]["reason"]),
        (Some(1), &json!("complaint"))
    );
    assert_eq!(one["items"][0]["address"], "budi@example.com");
    // Mended: it is written to again.
    let path = format!("{LIST}/Siti@example.com");
    assert_eq!(app.send("DELETE", &path, Some(&admin()), None).await.status, 204);
    assert_eq!(app.send("DELETE", &path, Some(&admin()), None).await.status, 404);
    app.deliver(&cancelled(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!(smtp.mails().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_by_policy_says_nothing_of_the_address() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    smtp.refuse(&["550 5.7.1 Blocked"]).unwrap();
    app.run_job(JOB).await;
    assert_eq!(app.send("GET", LIST, Some(&admin()), None).await.body["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_signed_webhook_tells_of_a_bounce_once() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    let soft =
        json!({"event_id": "1", "address": "siti@example.com", "kind": "soft", "detail": "mailbox full"});
    assert_eq!(tell(&app, BOUNCE_SECRET, &soft).await.body["duplicate"], false);
    assert_eq!(tell(&app, BOUNCE_SECRET, &soft).await.body["duplicate"], true);
    assert_eq!(app.send("GET", LIST, Some(&admin()), None).await.body["items"], json!([]));
    let complaint = json!({"event_id": "2", "address": "SITI@example.com", "kind": "complaint"});
    assert_eq!(tell(&app, "guess", &complaint).await.status, 401);
    assert_eq!(tell(&app, BOUNCE_SECRET, &complaint).await.status, 200);
    // Also what was written before.
    app.run_job(JOB).await;
    assert_eq!(outcomes(&app).await[0].2.as_deref(), Some("suppressed"));
    assert_eq!(smtp.mails().unwrap().len(), 0);
    for wrong in [
        json!({}),
        json!({"event_id": "", "address": "a", "kind": "soft"}),
        json!({"event_id": "3", "address": "a", "kind": "lost"}),
    ] {
        assert_eq!(tell(&app, BOUNCE_SECRET, &wrong).await.status, 400, "{wrong}");
    }
    app.stop().await;
}
