//! The database holds the ledger's line, whoever writes.

use crate::bank::Bank;

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
