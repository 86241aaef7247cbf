//! Webhooks: signed, once, never backwards, never believed.

use serde_json::json;
use warung_contracts::id::PaymentId;

use crate::bank::{AMOUNT, Bank, sign};

#[tokio::test]
async fn a_webhook_pays_once_however_often_it_is_sent() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    assert_eq!(bank.webhook(order, "e1", "succeeded").await.body, json!({"duplicate": false}));
    assert_eq!(bank.webhook(order, "e1", "succeeded").await.body, json!({"duplicate": true}));
    assert_eq!(bank.webhook(order, "e2", "succeeded").await.status, 200);
    assert_eq!(bank.app.run_job("webhooks").await, 2);
    assert_eq!(bank.told().await, ["pending", "succeeded"]);
    // A success is never taken back.
    bank.webhook(order, "e3", "failed").await;
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.state(order).await, "succeeded");
    assert!(bank.told().await.is_empty());
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_webhook_can_say_that_the_customer_was_refused() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.webhook(order, "e1", "failed").await;
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.told().await, ["pending", "failed"]);
    bank.webhook(order, "e2", "succeeded").await;
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.state(order).await, "failed");
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_not_signed_by_the_provider_changes_nothing() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let id = bank.payment(order).await["id"].clone();
    let body = json!({"event_id": "e1", "payment_id": id, "status": "succeeded"}).to_string();
    let now = bank.app.clock.now().unix_timestamp();
    let good = sign(now, &body);
    for (sent, signature, status) in [
        (body.clone(), String::new(), 401),
        (body.clone(), "t=1,v1=zz".to_owned(), 401),
        (body.replace("e1", "e2"), good.clone(), 401),
        (body.clone(), good.replace(&format!("t={now}"), &format!("t={}", now + 1)), 401),
        (body.clone(), sign(now - 301, &body), 401),
        ("{}".to_owned(), sign(now, "{}"), 400),
        (body.replace("e1", "\\u0000"), sign(now, &body.replace("e1", "\\u0000")), 400),
    ] {
        let answer = bank.send_webhook(&sent, &signature).await;
        assert_eq!(answer.status, status, "{signature}: {}", answer.body);
    }
    assert_eq!(bank.app.run_job("webhooks").await, 0);
    let unknown = bank.app.send("POST", "/api/v1/webhooks/stripe", None, Some(json!({}))).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(bank.state(order).await, "pending");
    bank.app.stop().await;
}

#[tokio::test]
async fn the_provider_is_asked_and_the_webhook_not_believed() {
    let bank = Bank::start().await;
    // Signed, but of a payment that is not paid by redirect: the provider's books say pending.
    let order = bank.open("tok_expire").await;
    bank.webhook(order, "e1", "succeeded").await;
    // And of one that nobody knows.
    let nobody = PaymentId(uuid::Uuid::now_v7());
    let body = json!({"event_id": "e2", "payment_id": nobody, "status": "succeeded"}).to_string();
    let signature = sign(bank.app.clock.now().unix_timestamp(), &body);
    assert_eq!(bank.send_webhook(&body, &signature).await.status, 200);
    assert_eq!(bank.app.run_job("webhooks").await, 2);
    assert_eq!(bank.state(order).await, "pending");
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_a_webhook_said_is_forgotten_after_its_time_and_that_it_came_is_not() {
    let bank = Bank::start_with(&[("WARUNG_PAYMENT_WEBHOOK_DAYS", "30")]).await;
    let order = bank.open("tok_webhook").await;
    bank.webhook(order, "e1", "succeeded").await;
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    bank.app.clock.advance(time::Duration::days(30));
    // One that was not worked on yet is kept, however old it is.
    bank.webhook(order, "e2", "succeeded").await;
    let kept = async || -> Vec<String> {
        sqlx::query_scalar("SELECT event_id FROM webhooks WHERE body <> ''::bytea ORDER BY event_id")
            .fetch_all(bank.app.db.as_ref().unwrap().pool())
            .await
            .unwrap()
    };
    assert_eq!(bank.app.run_job("housekeeping").await, 0);
    bank.app.clock.advance(time::Duration::SECOND);
    assert_eq!(bank.app.run_job("housekeeping").await, 1);
    assert_eq!(kept().await, ["e2"]);
    assert_eq!(bank.app.run_job("housekeeping").await, 0);
    assert_eq!(bank.webhook(order, "e1", "succeeded").await.body, json!({"duplicate": true}));
    bank.app.stop().await;
}
