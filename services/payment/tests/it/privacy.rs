//! What is personal: exported to whom it belongs, erased when they are gone.

use warung_chassis::testing;
use warung_contracts::event::UserDeleted;

use crate::bank::{AMOUNT, Bank};

async fn count(bank: &Bank, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(bank.app.db.as_ref().unwrap().pool()).await.unwrap()
}

#[tokio::test]
async fn who_is_gone_leaves_the_ledger_and_nothing_personal() {
    let bank = Bank::start().await;
    let (open, paid) = (bank.open("tok_webhook").await, bank.open("tok_success").await);
    bank.webhook(open, "e1", "failed").await;
    let personal = "SELECT count(*) FROM payments WHERE token IS NOT NULL OR client_secret IS NOT NULL OR return_url IS NOT NULL";
    let bodies = "SELECT count(*) FROM webhooks WHERE body <> ''";
    // Of what is paid the token is gone already.
    assert_eq!((count(&bank, personal).await, count(&bank, bodies).await), (1, 1));
    let exported = bank.app.exported(bank.user).await;
    assert_eq!(exported["payments"].as_array().map(Vec::len), Some(2), "{exported}");
    assert_eq!(bank.app.exported(testing::customer().0).await, serde_json::json!({}));
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
async fn what_an_administrator_did_is_not_answered_again_once_their_account_is_gone() {
    let bank = Bank::start().await;
    let paid = bank.open("tok_success").await;
    let refund = serde_json::json!({"reason": "asked for"});
    assert_eq!(bank.refund(paid, "k", refund).await.status, 202);
    assert_eq!(bank.app.answers_kept(bank.user).await, 1);
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    assert_eq!(bank.app.answers_kept(bank.user).await, 0);
    bank.app.stop().await;
}
