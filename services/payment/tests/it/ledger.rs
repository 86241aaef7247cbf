//! What is booked where, what an auditor reads, and that the database holds the ledger's line, whoever writes.

use serde_json::{Value, json};
use warung_contracts::{
    event::{RefundRequested, StockReserved, Totals},
    id::{OrderId, RefundId},
    money::Money,
};

use crate::bank::{AMOUNT, Bank};

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

impl Bank {
    /// An order that is paid: goods for 400.00, shipping for 50.00, and 50.00 tax on both.
    async fn paid_with_tax(&self) -> OrderId {
        let totals = Totals {
            subtotal: idr(42_000),
            discount: idr(2000),
            shipping: idr(5000),
            shipping_discount: None,
            shipping_tax: idr(500),
            tax: idr(5000),
            prices_include_tax: false,
            total: idr(AMOUNT),
        };
        let reserved = StockReserved { totals: Some(totals), ..self.reserved("tok_success") };
        self.app.deliver(&reserved).await.unwrap();
        self.calls().await;
        reserved.order_id
    }

    /// What the accounts of revenue hold, in minor units: goods, shipping, tax.
    async fn revenue(&self) -> [i64; 3] {
        [self.balance("sales").await, self.balance("shipping").await, self.balance("tax").await]
    }
}

#[tokio::test]
async fn goods_shipping_and_tax_are_booked_apart_and_go_back_in_proportion() {
    let bank = Bank::start().await;
    let order = bank.paid_with_tax().await;
    assert_eq!(bank.revenue().await, [-40_000, -5000, -5000]);
    let part = json!({"amount": idr(12_345), "reason": "a part"});
    assert_eq!(bank.refund(order, "part", part).await.status, 202);
    bank.calls().await;
    // Four fifths, a tenth and a tenth; of the two halves of a minor unit one goes to each side.
    assert_eq!(bank.revenue().await, [-30_124, -3765, -3766]);
    let outside = json!({"amount": idr(1), "reason": "x", "offline": {"reference": "till 7"}});
    assert_eq!(bank.refund(order, "outside", outside).await.status, 202);
    assert_eq!(bank.refund(order, "rest", json!({"reason": "the rest"})).await.status, 202);
    bank.calls().await;
    assert_eq!(bank.revenue().await, [0, 0, 0]);
    assert_eq!((bank.balance("offline").await, bank.balance("receivable:sandbox").await), (-1, 1));
    bank.app.stop().await;
}

#[tokio::test]
async fn goods_that_come_back_take_their_own_tax_also_when_it_is_tried_again() {
    let bank = Bank::start().await;
    let order = bank.paid_with_tax().await;
    let wanted = |minor: i64, tax: Option<i64>| RefundRequested {
        order_id: order,
        refund_id: RefundId(uuid::Uuid::now_v7()),
        user_id: bank.user,
        amount: idr(minor),
        reason: "goods came back".into(),
        replaces: vec![],
        tax: tax.map(idr),
    };
    // A line without tax, then one with more of it than its share of the whole.
    for (minor, tax, left) in
        [(10_000, Some(0), [-30_000, -5000, -5000]), (5000, Some(2500), [-27_500, -5000, -2500])]
    {
        bank.app.deliver(&wanted(minor, tax)).await.unwrap();
        bank.calls().await;
        assert_eq!(bank.revenue().await, left);
    }
    // More than is left of the tax, and what nobody knows of, is shared.
    for tax in [Some(3000), None] {
        let before = bank.revenue().await;
        bank.app.deliver(&wanted(3500, tax)).await.unwrap();
        bank.calls().await;
        let after = bank.revenue().await;
        let moved: Vec<i64> = before.iter().zip(after).map(|(before, after)| after - before).collect();
        assert!(moved.iter().all(|part| *part > 0) && moved.iter().sum::<i64>() == 3500, "{moved:?}");
    }
    assert_eq!(bank.refund(order, "rest", json!({"reason": "the rest"})).await.status, 202);
    bank.calls().await;
    assert_eq!(bank.revenue().await, [0, 0, 0]);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_part_that_is_captured_is_booked_in_proportion() {
    let bank = Bank::manual().await;
    let order = bank.paid_with_tax().await;
    let part = json!({"amount": idr(101)});
    assert_eq!(bank.wish(order, "capture", "k", part).await.status, 202);
    bank.calls().await;
    assert_eq!(bank.revenue().await, [-81, -10, -10]);
    bank.app.stop().await;
}

#[tokio::test]
async fn an_auditor_reads_the_trial_balance_of_a_period_and_of_an_account() {
    let bank = Bank::start().await;
    let order = bank.paid_with_tax().await;
    bank.app.clock.advance(time::Duration::days(1));
    let part = json!({"amount": idr(10_000), "reason": "a part"});
    assert_eq!(bank.refund(order, "part", part).await.status, 202);
    bank.calls().await;
    let rows = async |query: &str| bank.read(&format!("/api/v1/ledger{query}")).await["accounts"].clone();
    let row = |account: &str, opening: i64, debits: i64, credits: i64| {
        let balance = idr(opening + debits - credits);
        let (opening, debits, credits) = (idr(opening), idr(debits), idr(credits));
        json!({"account": account, "opening": opening, "debits": debits, "credits": credits, "balance": balance})
    };
    let second_day = json!([
        row("receivable:sandbox", AMOUNT, 0, 10_000),
        row("sales", -40_000, 8000, 0),
        row("shipping", -5000, 1000, 0),
        row("tax", -5000, 1000, 0),
    ]);
    assert_eq!(rows("?from=2026-01-02T00:00:00Z").await, second_day);
    assert_eq!(rows("?to=2026-01-02T00:00:00Z&account=tax").await, json!([row("tax", 0, 0, 5000)]));
    assert_eq!(rows("?account=tax").await, json!([row("tax", 0, 1000, 5000)]));
    // Debits are credits, over all of it.
    let sum = |all: &Value, what: &str| -> i64 {
        all.as_array().unwrap().iter().map(|row| row[what]["amount_minor"].as_i64().unwrap()).sum()
    };
    let all = rows("").await;
    assert_eq!((sum(&all, "debits"), sum(&all, "balance")), (sum(&all, "credits"), 0));
    let admin = warung_chassis::testing::admin();
    let wrong = bank.app.send("GET", "/api/v1/ledger?from=yesterday", Some(&admin), None).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    assert_eq!(bank.app.send("GET", "/api/v1/ledger", Some(&bank.token), None).await.status, 403);
    bank.app.stop().await;
}

async fn refused(bank: &Bank, statement: &'static str) -> String {
    let pool = bank.app.db.as_ref().unwrap().pool();
    sqlx::raw_sql(statement).execute(pool).await.unwrap_err().to_string()
}

#[tokio::test]
async fn no_row_of_the_ledger_is_ever_changed_or_gone() {
    let bank = Bank::start().await;
    bank.open("tok_success").await;
    for statement in [
        "UPDATE ledger_entries SET amount_minor = amount_minor + 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries, ledger_transactions",
        "UPDATE ledger_transactions SET kind = 'refund'",
        "DELETE FROM ledger_transactions",
    ] {
        let error = refused(&bank, statement).await;
        assert!(error.contains("append only"), "{statement}: {error}");
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn a_transaction_that_does_not_sum_to_zero_can_not_be_committed() {
    let bank = Bank::start().await;
    bank.open("tok_webhook").await;
    let lopsided = "BEGIN;
        INSERT INTO ledger_transactions SELECT payment_id, payment_id, 'capture', NULL, now() FROM payments;
        INSERT INTO ledger_entries SELECT payment_id, 0, 'sales', -5, 'IDR' FROM payments;
        INSERT INTO ledger_entries SELECT payment_id, 1, 'receivable:sandbox', 4, 'IDR' FROM payments;
        COMMIT;";
    assert!(refused(&bank, lopsided).await.contains("does not sum to zero"));
    let mixed = "BEGIN;
        INSERT INTO ledger_transactions SELECT payment_id, payment_id, 'capture', NULL, now() FROM payments;
        INSERT INTO ledger_entries SELECT payment_id, 0, 'sales', -5, 'IDR' FROM payments;
        INSERT INTO ledger_entries SELECT payment_id, 1, 'receivable:sandbox', 5, 'USD' FROM payments;
        COMMIT;";
    assert!(refused(&bank, mixed).await.contains("does not sum to zero"));
    let empty =
        "INSERT INTO ledger_transactions SELECT payment_id, payment_id, 'capture', NULL, now() FROM payments";
    assert!(refused(&bank, empty).await.contains("does not sum to zero"));
    assert_eq!(bank.balance("sales").await, 0);
    bank.app.stop().await;
}
