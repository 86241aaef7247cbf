//! What is personal: exported to whom it belongs, erased when they are gone.

use serde_json::json;
use warung_chassis::testing;
use warung_contracts::{event::UserDeleted, id::PaymentId};

use crate::bank::{AMOUNT, Bank, sign};

async fn count(bank: &Bank, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(bank.app.db.as_ref().unwrap().pool()).await.unwrap()
}

#[tokio::test]
async fn who_is_gone_leaves_the_ledger_and_nothing_personal() {
    let bank = Bank::start().await;
    let (open, paid) = (bank.open("tok_webhook").await, bank.open("tok_success").await);
    bank.webhook(open, "e1", "failed").await;
    // What a payment is opened with is kept until that is answered.
    let secret = "UPDATE payments SET client_secret = 'theirs' WHERE state = 'pending'";
    sqlx::query(secret).execute(bank.app.db.as_ref().unwrap().pool()).await.unwrap();
    let personal = "SELECT count(*) FROM payments WHERE token IS NOT NULL OR client_secret IS NOT NULL OR return_url IS NOT NULL";
    let bodies = "SELECT count(*) FROM webhooks WHERE body <> ''";
    assert_eq!((count(&bank, personal).await, count(&bank, bodies).await), (1, 1));
    let exported = bank.app.exported(bank.user).await;
    assert_eq!(exported["payments"].as_array().map(Vec::len), Some(2), "{exported}");
    assert_eq!(bank.app.exported(testing::customer().0).await, json!({}));
    for _ in 0..2 {
        bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    }
    assert_eq!((count(&bank, personal).await, count(&bank, bodies).await), (0, 0));
    // What was begun still ends, and money still goes back.
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.state(open).await, "failed");
    bank.app.deliver(&bank.cancelled(paid)).await.unwrap();
    bank.calls().await;
    assert_eq!((bank.state(paid).await.as_str(), bank.given_back().await), ("refunded", AMOUNT));
    bank.app.stop().await;
}

#[tokio::test]
async fn what_comes_after_a_person_is_gone_is_not_kept_either() {
    let bank = Bank::start().await;
    let (known, gone) = (bank.open("tok_webhook").await, bank.open("tok_webhook").await);
    let unheard = bank.open("tok_webhook").await;
    let forget = "DELETE FROM sandbox_payments WHERE payment_id = (SELECT payment_id FROM payments WHERE order_id = $1)";
    let pool = bank.app.db.as_ref().unwrap().pool();
    sqlx::query(forget).bind(unheard.uuid()).execute(pool).await.unwrap();
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    sqlx::query("UPDATE payments SET user_id = gen_random_uuid() WHERE order_id = $1")
        .bind(known.uuid())
        .execute(pool)
        .await
        .unwrap();
    let body = |id: &str, event: &str| {
        json!({"event_id": event, "payment_id": id, "status": "succeeded"}).to_string()
    };
    let mut ids = Vec::new();
    for order in [known, gone, unheard] {
        let query =
            sqlx::query_scalar("SELECT payment_id FROM payments WHERE order_id = $1").bind(order.uuid());
        let id: uuid::Uuid = query.fetch_one(pool).await.unwrap();
        ids.push(PaymentId(id).to_string());
    }
    let nobodys = PaymentId(uuid::Uuid::now_v7()).to_string();
    for (event, id) in ["known", "gone", "unheard", "nobodys"].iter().zip(ids.iter().chain([&nobodys])) {
        let body = body(id, event);
        let signature = sign(bank.app.clock.now().unix_timestamp(), &body);
        assert_eq!(bank.send_webhook(&body, &signature).await.status, 200);
    }
    assert_eq!(bank.app.run_job("webhooks").await, 4);
    let kept = "SELECT event_id FROM webhooks WHERE body <> '' AND done_at IS NOT NULL ORDER BY 1";
    let kept: Vec<String> = sqlx::query_scalar(kept).fetch_all(pool).await.unwrap();
    assert_eq!(kept, ["known", "nobodys"]);
    // What it told is heard all the same.
    let paid = "SELECT count(*) FROM payments WHERE state = 'succeeded'";
    assert_eq!(count(&bank, paid).await, 2);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_webhook_that_meets_an_erasure_is_not_kept() {
    for _ in 0..8 {
        let bank = Bank::start().await;
        let order = bank.open("tok_webhook").await;
        bank.webhook(order, "e1", "succeeded").await;
        let gone = UserDeleted { user_id: bank.user };
        let (_, erased) = tokio::join!(bank.app.run_job("webhooks"), bank.app.deliver(&gone));
        erased.unwrap();
        bank.app.run_job("webhooks").await;
        assert_eq!(count(&bank, "SELECT count(*) FROM webhooks WHERE body <> ''").await, 0);
        bank.app.stop().await;
    }
}

#[tokio::test]
async fn what_a_payment_is_opened_with_goes_with_the_answer() {
    let bank = Bank::start().await;
    let mut reserved = bank.reserved("tok_webhook");
    reserved.payment.return_url = Some("https://kopi.example.com/sari".into());
    bank.app.deliver(&reserved).await.unwrap();
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    let kept = "SELECT count(*) FROM payments WHERE token IS NOT NULL AND return_url IS NOT NULL";
    assert_eq!(count(&bank, kept).await, 1, "each try says the same");
    bank.calls().await;
    let personal = "SELECT count(*) FROM payments WHERE token IS NOT NULL OR return_url IS NOT NULL";
    assert_eq!(count(&bank, "SELECT count(*) FROM payments WHERE state = 'pending'").await, 1);
    assert_eq!(count(&bank, personal).await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_an_administrator_did_is_not_answered_again_once_their_account_is_gone() {
    let bank = Bank::start().await;
    let paid = bank.open("tok_success").await;
    let refund = json!({"reason": "asked for"});
    assert_eq!(bank.refund(paid, "k", refund).await.status, 202);
    assert_eq!(bank.app.answers_kept(bank.user).await, 1);
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    assert_eq!(bank.app.answers_kept(bank.user).await, 0);
    bank.app.stop().await;
}

/// Everything that staff wrote about payments.
const WORDS: &str = "SELECT string_agg(words, ' ') FROM (SELECT reason AS words FROM decisions \
    UNION ALL SELECT reason FROM attempts WHERE author IS NOT NULL \
    UNION ALL SELECT reference FROM attempts WHERE kind = 'offline' \
    UNION ALL SELECT note FROM discrepancies WHERE resolved_by IS NOT NULL) said";

async fn words(bank: &Bank) -> String {
    let pool = bank.app.db.as_ref().unwrap().pool();
    sqlx::query_scalar::<_, Option<String>>(WORDS).fetch_one(pool).await.unwrap().unwrap_or_default()
}

#[tokio::test]
async fn what_staff_wrote_goes_with_the_customer_and_what_they_decided_stays() {
    let bank = Bank::start().await;
    let (owed, under_way) = (bank.open("tok_refund_refused").await, bank.open("tok_success").await);
    let because =
        |reason: &str| json!({"amount": {"amount_minor": 100, "currency": "IDR"}, "reason": reason});
    bank.refund(owed, "refused", because("Sari's cup broke")).await;
    bank.calls().await;
    let id = bank.payment(owed).await["refunds"][0]["id"].clone();
    let offline = json!({"refund_id": id, "reason": "Sari came by", "offline": {"reference": "till, Sari"}});
    assert_eq!(bank.refund(owed, "offline", offline).await.status, 202);
    assert_eq!(bank.refund(under_way, "k", because("Sari waits")).await.status, 202);
    assert_eq!(words(&bank).await.matches("Sari").count(), 8, "{}", words(&bank).await);

    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    let reason = "SELECT count(*) FROM attempts WHERE reason = 'Sari waits' AND state = 'started'";
    assert_eq!(count(&bank, reason).await, 1, "the provider gets the same with each try");
    bank.calls().await;
    // Also what staff write from then on.
    assert_eq!(bank.refund(under_way, "late", because("Sari called")).await.status, 202);
    bank.calls().await;
    let said = words(&bank).await;
    assert!(!said.contains("Sari") && said.contains("erased"), "{said}");

    let detail = bank.read(&format!("/api/v1/payments/{owed}/details")).await;
    let made = &detail["decisions"][1];
    assert_eq!((&made["deed"], &made["reason"]), (&json!("offline"), &json!("erased")));
    assert_eq!((&made["author"], &made["amount"]["amount_minor"]), (&json!(bank.user), &json!(100)));
    assert_eq!(bank.given_back().await, 200);
    bank.app.stop().await;
}

#[tokio::test]
async fn words_that_meet_an_erasure_are_not_kept_either() {
    let bank = Bank::start().await;
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(bank.open("tok_success").await);
    }
    let keys: Vec<String> = orders.iter().map(ToString::to_string).collect();
    let because = || json!({"reason": "Sari asked"});
    let refunds = orders.iter().zip(&keys).map(|(order, key)| bank.refund(*order, key, because()));
    let gone = UserDeleted { user_id: bank.user };
    let (answers, erased) = futures::join!(futures::future::join_all(refunds), bank.app.deliver(&gone));
    erased.unwrap();
    assert!(answers.iter().all(|answer| answer.status == 202));
    bank.calls().await;
    assert!(!words(&bank).await.contains("Sari"), "{}", words(&bank).await);
    bank.app.stop().await;
}
