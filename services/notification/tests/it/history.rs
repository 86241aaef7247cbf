//! The messages of an order, as order is told.

use axum::{body::Body, http::Request};
use serde_json::json;
use time::Duration;
use uuid::Uuid;
use warung_chassis::{
    signature,
    testing::{TestApp, customer},
};
use warung_contracts::{
    event::{OrderCancelled, RefundFailed, ShipmentDelivered, UserDeleted},
    history::{Deed, Message},
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

use crate::{BOUNCE_SECRET, JOB, Smtp, cancelled, delivered, registered, start, start_with};

const EMAIL: &str = "siti@example.com";

/// The messages of an order, oldest first.
async fn messages(app: &TestApp, order: OrderId) -> Vec<Message> {
    let entries = app.history(order).await;
    assert!(entries.is_sorted_by_key(|entry| entry.at));
    assert!(entries.iter().all(|entry| entry.actor == "notification" && entry.author.is_none()));
    let message = |deed| match deed {
        Some(Deed::Message(message)) => message,
        other => panic!("{other:?}"),
    };
    entries.iter().map(|entry| message(entry.deed())).collect()
}

/// (event, state, attempts, reason) of an order's emails.
async fn told(app: &TestApp, order: OrderId) -> Vec<(String, String, u32, Option<String>)> {
    let emails = messages(app, order).await.into_iter().filter(|message| message.channel == "email");
    emails.map(|m| (m.event, m.state, m.attempts, m.reason)).collect()
}

fn line(
    event: &str,
    state: &str,
    attempts: u32,
    reason: Option<&str>,
) -> (String, String, u32, Option<String>) {
    let event = format!("warung.{event}.v1");
    (event, state.to_owned(), attempts, reason.map(str::to_owned))
}

/// Somebody who has been welcomed, and two events of one order of theirs.
async fn customer_of(app: &TestApp) -> (UserId, ShipmentDelivered, OrderCancelled) {
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    let delivered = delivered(user);
    let cancelled = OrderCancelled { order_id: delivered.order_id, ..cancelled(user) };
    (user, delivered, cancelled)
}

async fn next(app: &TestApp, event: &impl warung_contracts::event::Event) {
    app.clock.advance(Duration::SECOND);
    app.deliver(event).await.expect("the event is handled");
}

/// The mail provider says that mail to an address came back.
async fn bounce(app: &TestApp, kind: &str) {
    app.clock.advance(Duration::SECOND);
    let detail = "no such person as Siti@example.com";
    let body =
        json!({"event_id": kind, "address": "SITI@example.com", "kind": kind, "detail": detail}).to_string();
    let signed =
        signature::sign(&BOUNCE_SECRET.into(), body.as_bytes(), app.clock.now()).expect("a signature");
    let request = Request::post("/api/v1/notifications/webhooks/bounces").header(signature::HEADER, signed);
    let answer = app.raw(request.body(Body::from(body)).expect("a request")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_message_says_what_became_of_it_and_to_whom_it_went_masked() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (_, first, second) = customer_of(&app).await;
    let order = first.order_id;
    next(&app, &first).await;
    assert_eq!(told(&app, order).await, [line("shipment.delivered", "pending", 0, None)]);
    smtp.refuse(&["451 Try later"]).unwrap();
    app.run_job(JOB).await;
    let waiting = &messages(&app, order).await[0];
    assert_eq!((waiting.state.as_str(), waiting.attempts), ("pending", 1));
    assert!(waiting.reason.as_ref().is_some_and(|reason| reason.contains("451")), "{waiting:?}");
    app.clock.advance(Duration::minutes(1));
    app.run_job(JOB).await;
    next(&app, &second).await;
    smtp.refuse(&["554 5.7.1 <siti@example.com> is not welcome"]).unwrap();
    app.run_job(JOB).await;
    let all = messages(&app, order).await;
    let [sent, failed] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((sent.state.as_str(), sent.attempts, &sent.reason), ("sent", 2, &None));
    assert_eq!((failed.state.as_str(), failed.reader.as_str()), ("failed", "customer"));
    assert!(failed.reason.as_ref().is_some_and(|reason| reason.contains("<s***@example.com>")), "{failed:?}");
    assert!(all.iter().all(|message| message.to.as_deref() == Some("s***@example.com")), "{all:?}");
    assert_eq!(messages(&app, OrderId(Uuid::now_v7())).await, []);
    app.stop().await;
}

#[tokio::test]
async fn mail_that_came_back_counts_for_the_last_one_that_was_sent_there() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, first, second) = customer_of(&app).await;
    let order = first.order_id;
    next(&app, &first).await;
    app.run_job(JOB).await;
    next(&app, &second).await;
    app.run_job(JOB).await;
    bounce(&app, "soft").await;
    let back = Some("no such person as s***@example.com");
    let sent = line("shipment.delivered", "sent", 1, None);
    assert_eq!(told(&app, order).await, [sent.clone(), line("order.cancelled", "bounced", 1, back)]);
    // And at once, in the mail server's own words; after it nothing is sent there.
    let (third, fourth) = (cancelled(user), cancelled(user));
    smtp.refuse(&["550 5.1.1 No such mailbox"]).unwrap();
    next(&app, &third).await;
    app.run_job(JOB).await;
    next(&app, &fourth).await;
    app.run_job(JOB).await;
    let refused = &messages(&app, third.order_id).await[0];
    assert_eq!((refused.state.as_str(), refused.attempts), ("bounced", 1));
    assert!(refused.reason.as_ref().is_some_and(|reason| reason.contains("5.1.1")), "{refused:?}");
    assert_eq!(
        told(&app, fourth.order_id).await,
        [line("order.cancelled", "skipped", 1, Some("suppressed"))]
    );
    app.stop().await;
}

#[tokio::test]
async fn what_staff_are_told_of_an_order_is_of_the_order_too() {
    let app = start_with(&[("WARUNG_STAFF_EMAIL", "kasir@kopi.example")]).await;
    let order_id = OrderId(Uuid::now_v7());
    let amount = Money::new(100, "IDR".parse().expect("a currency"));
    let (payment_id, reason) = (PaymentId(Uuid::now_v7()), "closed".to_owned());
    let failed = RefundFailed { order_id, payment_id, amount, reason, refund_id: None };
    app.deliver(&failed).await.expect("the event is handled");
    app.run_job(JOB).await;
    let all = messages(&app, order_id).await;
    let [message] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((message.reader.as_str(), message.to.as_deref()), ("staff", Some("k***@kopi.example")));
    assert_eq!((message.state.as_str(), message.reason.as_deref()), ("skipped", Some("no_provider")));
    app.stop().await;
}

#[tokio::test]
async fn once_the_account_is_gone_nobody_is_named() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user_id, first, second) = customer_of(&app).await;
    let order = first.order_id;
    next(&app, &first).await;
    app.run_job(JOB).await;
    bounce(&app, "soft").await;
    next(&app, &second).await;
    smtp.refuse(&["550 5.1.1 <siti@example.com> is unknown"]).unwrap();
    app.run_job(JOB).await;
    assert_eq!(messages(&app, order).await.iter().filter(|m| m.state == "bounced").count(), 2);
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    let all = messages(&app, order).await;
    assert_eq!(all.len(), 2, "what was told stays: {all:?}");
    assert!(all.iter().all(|message| message.to.is_none() && message.reason.is_none()), "{all:?}");
    assert!(!format!("{all:?}").contains(EMAIL) && !format!("{all:?}").contains("***"), "{all:?}");
    app.stop().await;
}
