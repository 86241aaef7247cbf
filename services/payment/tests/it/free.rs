//! Orders that cost nothing: settled without a provider, and nothing is booked.

use serde_json::json;
use warung_contracts::{
    event::{PaymentSucceeded, StockReserved},
    money::Money,
};

use crate::bank::{AMOUNT, Bank};

impl Bank {
    fn free(&self, token: &str) -> StockReserved {
        let reserved = self.reserved(token);
        StockReserved { total: Money::new(0, reserved.total.currency), ..reserved }
    }

    async fn booked(&self) -> i64 {
        let pool = self.app.db.as_ref().unwrap().pool();
        sqlx::query_scalar("SELECT count(*) FROM ledger_entries").fetch_one(pool).await.unwrap()
    }
}

#[tokio::test]
async fn nothing_to_pay_is_settled_at_once_and_asks_nobody() {
    for bank in [Bank::start().await, Bank::manual().await] {
        // Whatever way to pay came with it.
        let reserved = bank.free("tok_decline");
        for _ in 0..2 {
            bank.app.deliver(&reserved).await.unwrap();
        }
        assert_eq!(bank.app.run_job("calls").await, 0);
        let told = bank.only::<PaymentSucceeded>().await;
        assert_eq!(told.len(), 1);
        let (amount, provider) = (told[0].amount.amount_minor, told[0].provider.as_str());
        assert_eq!((amount, provider, told[0].partial), (0, "none", None));
        assert_eq!(bank.state(reserved.order_id).await, "succeeded");
        assert_eq!(bank.booked().await, 0);
        bank.app.stop().await;
    }
}

#[tokio::test]
async fn of_nothing_nothing_goes_back() {
    let bank = Bank::start().await;
    let reserved = bank.free("tok_success");
    bank.app.deliver(&reserved).await.unwrap();
    bank.told().await;
    let body = json!({"amount": {"amount_minor": 1, "currency": "IDR"}, "reason": "x"});
    let refund = bank.refund(reserved.order_id, "k", body).await;
    assert_eq!(refund.body["type"], "https://warung.dev/problems/refund-exceeds-captured", "{}", refund.body);
    let mut cancelled = bank.cancelled(reserved.order_id);
    cancelled.total.amount_minor = 0;
    bank.app.deliver(&cancelled).await.unwrap();
    assert_eq!(bank.app.run_job("calls").await, 0);
    assert!(bank.told().await.is_empty());
    assert_eq!(bank.booked().await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_free_order_that_was_cancelled_first_is_not_settled_late() {
    let bank = Bank::start().await;
    let reserved = bank.free("tok_success");
    let mut cancelled = bank.cancelled(reserved.order_id);
    cancelled.total.amount_minor = 0;
    bank.app.deliver(&cancelled).await.unwrap();
    bank.app.deliver(&reserved).await.unwrap();
    assert!(bank.told().await.is_empty());
    assert_eq!(bank.state(reserved.order_id).await, "cancelled");
    // One that costs something goes its own way beside it.
    bank.open("tok_success").await;
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    bank.app.stop().await;
}
