//! A guest's order becomes an account's, and its payment with it.

use sha2::{Digest as _, Sha256};
use warung_chassis::testing;
use warung_contracts::{
    event::{OrderClaimed, StockReserved, UserDeleted},
    id::OrderId,
};

use crate::bank::Bank;

const TOKEN: &str = "the order's token";

/// A guest's order, and its claim by the bank's customer.
fn guests(bank: &Bank) -> (StockReserved, OrderClaimed) {
    let (guest_id, _) = testing::customer();
    let order_token_hash = Some(hex::encode(Sha256::digest(TOKEN)));
    let reserved = StockReserved { user_id: guest_id, order_token_hash, ..bank.reserved("tok_webhook") };
    let (order_id, number) = (reserved.order_id, "KOPI-000001".into());
    (reserved, OrderClaimed { order_id, number, user_id: bank.user, guest_id })
}

/// Statuses that the account, and whoever shows the order's token, are answered.
async fn seen(bank: &Bank, order: OrderId) -> (u16, u16) {
    let path = format!("/api/v1/payments/{order}");
    let account = bank.app.send("GET", &path, Some(&bank.token), None).await.status;
    let token = bank.app.send_with("GET", &path, None, &[("order-token", TOKEN)], None).await.status;
    (account.as_u16(), token.as_u16())
}

#[tokio::test]
async fn a_payment_is_the_accounts_whenever_the_claim_is_heard() {
    let bank = Bank::start().await;
    let ((first, claimed), (late, claimed_first)) = (guests(&bank), guests(&bank));
    bank.app.deliver(&first).await.unwrap();
    assert_eq!(seen(&bank, first.order_id).await, (404, 200));
    bank.app.deliver(&claimed).await.unwrap();
    bank.app.deliver(&claimed_first).await.unwrap();
    bank.app.deliver(&late).await.unwrap();
    for order in [first.order_id, late.order_id] {
        assert_eq!(seen(&bank, order).await, (200, 404));
    }
    let exported = bank.app.exported(bank.user).await;
    assert_eq!(exported["payments"].as_array().map(Vec::len), Some(2), "{exported}");
    bank.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_claim_that_meets_the_payment_is_not_lost() {
    let bank = Bank::start().await;
    for _ in 0..20 {
        let (reserved, claimed) = guests(&bank);
        let (opened, handed_over) = tokio::join!(bank.app.deliver(&reserved), bank.app.deliver(&claimed));
        opened.unwrap();
        handed_over.unwrap();
        assert_eq!(seen(&bank, reserved.order_id).await, (200, 404));
    }
    bank.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_personal_is_left_of_an_account_that_is_deleted_as_it_claims() {
    let bank = Bank::start().await;
    for _ in 0..10 {
        let (reserved, claimed) = guests(&bank);
        let (user_id, _) = testing::customer();
        let claimed = OrderClaimed { user_id, ..claimed };
        let deleted = UserDeleted { user_id };
        let (one, two, three) =
            tokio::join!(bank.app.deliver(&reserved), bank.app.deliver(&claimed), bank.app.deliver(&deleted));
        one.and(two).and(three).unwrap();
    }
    // What a payment is opened with goes with the answer.
    bank.calls().await;
    let personal = "SELECT count(*) FROM payments WHERE token IS NOT NULL OR return_url IS NOT NULL";
    let pool = bank.app.db.as_ref().unwrap().pool();
    let left: i64 = sqlx::query_scalar(personal).fetch_one(pool).await.unwrap();
    assert_eq!(left, 0);
    bank.app.stop().await;
}
