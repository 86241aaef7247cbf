//! The webhook, the answer of the call, the comparison and the clock at once: money is taken once, and a late payment of
//! an order that has ended goes back.

use futures::future::join_all;
use serde_json::json;

use crate::bank::{AMOUNT, Bank};

#[tokio::test]
async fn a_webhook_the_answer_and_the_comparison_at_once_capture_once() {
    let bank = Bank::start().await;
    let mut total = 0;
    for round in 0..10 {
        let order = bank.open("tok_webhook").await;
        // The customer pays: five webhooks, some twice, while everything that asks the provider runs.
        bank.app.clock.advance(time::Duration::seconds(61));
        let names: Vec<String> = (0..5).map(|n| format!("e{round}-{}", n % 3)).collect();
        let webhooks = join_all(names.iter().map(|name| bank.webhook(order, name, "succeeded")));
        let (answers, ..) = tokio::join!(
            webhooks,
            bank.app.run_job("webhooks"),
            bank.app.run_job("reconcile"),
            bank.app.run_job("webhooks"),
            bank.app.run_job("recovery"),
        );
        assert!(answers.iter().all(|answer| answer.status == 200));
        tokio::join!(bank.app.run_job("webhooks"), bank.app.run_job("webhooks"));
        assert_eq!(bank.state(order).await, "succeeded");
        total += AMOUNT;
        assert_eq!(bank.balance("receivable:sandbox").await, total);
        assert_eq!(bank.told().await, ["pending", "succeeded"], "round {round}");
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn the_customers_return_and_the_webhook_take_what_is_set_aside_once() {
    let bank = Bank::start().await;
    for _ in 0..10 {
        // Set aside at once, so that the shop takes it: the webhook tells the same again while the capture is under way.
        let reserved = bank.reserved("tok_authorize");
        bank.app.deliver(&reserved).await.unwrap();
        assert_eq!(bank.app.run_job("calls").await, 1);
        bank.webhook(reserved.order_id, &reserved.order_id.to_string(), "succeeded").await;
        tokio::join!(bank.calls(), bank.app.run_job("webhooks"), bank.calls());
        assert_eq!(bank.told().await, ["succeeded"]);
    }
    let captures: i64 = sqlx::query_scalar("SELECT count(*) FROM attempts WHERE kind = 'capture'")
        .fetch_one(bank.app.db.as_ref().unwrap().pool())
        .await
        .unwrap();
    assert_eq!((captures, bank.balance("receivable:sandbox").await), (10, 10 * AMOUNT));
    bank.app.stop().await;
}

#[tokio::test]
async fn webhooks_in_any_order_late_and_twice_end_the_same() {
    for order_of_words in [["failed", "succeeded"], ["succeeded", "failed"]] {
        let bank = Bank::start().await;
        let order = bank.open("tok_webhook").await;
        for (n, status) in order_of_words.iter().enumerate() {
            for _ in 0..2 {
                bank.webhook(order, &format!("e{n}"), status).await;
            }
        }
        // Worked on only now: what the provider says today counts, not what a message once said.
        assert_eq!(bank.app.run_job("webhooks").await, 2);
        assert_eq!(bank.state(order).await, order_of_words[0]);
        bank.app.stop().await;
    }
}

#[tokio::test]
async fn a_payment_of_an_expired_order_goes_back_whoever_hears_of_it_first() {
    for by_webhook in [true, false] {
        let bank = Bank::start().await;
        let order = bank.open("tok_webhook").await;
        bank.app.clock.advance(time::Duration::seconds(1800));
        assert_eq!(bank.app.run_job("expiry").await, 1);
        bank.calls().await;
        bank.app.deliver(&bank.cancelled(order)).await.unwrap();
        assert_eq!(bank.state(order).await, "expired");
        bank.webhook(order, "late", "succeeded").await;
        bank.app.clock.advance(time::Duration::hours(7));
        if by_webhook {
            tokio::join!(bank.app.run_job("webhooks"), bank.app.run_job("reconcile"));
        } else {
            bank.app.run_job("reconcile").await;
        }
        bank.app.run_job("webhooks").await;
        bank.calls().await;
        assert_eq!(bank.state(order).await, "refunded");
        assert_eq!((bank.given_back().await, bank.balance("sales").await), (AMOUNT, 0));
        assert_eq!(bank.told().await, ["pending", "expired", "refunded"]);
        bank.app.stop().await;
    }
}

#[tokio::test]
async fn a_webhook_is_answered_before_the_provider_is_asked() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let answer = bank.webhook(order, "e1", "succeeded").await;
    assert_eq!(answer.body, json!({"duplicate": false}));
    // Stored, and nothing more.
    assert_eq!(bank.state(order).await, "pending");
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.state(order).await, "succeeded");
    bank.app.stop().await;
}
