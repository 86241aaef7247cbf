//! Providers that a shop no longer offers, and one that it knows no more.

use serde_json::json;
use sqlx::PgPool;
use warung_contracts::id::OrderId;

use crate::bank::{AMOUNT, Bank};

/// A shop that offers Midtrans, and sees to the end what was opened at the sandbox.
async fn open() -> Bank {
    Bank::start_with(&[
        ("WARUNG_PAYMENT_PROVIDERS", "midtrans"),
        ("WARUNG_PAYMENT_PROVIDERS_KEPT", "sandbox"),
        ("WARUNG_MIDTRANS_SERVER_KEY", "SB-Mid-server-x"),
        // Takes no calls.
        ("WARUNG_MIDTRANS_URL", "http://127.0.0.1:9"),
        ("WARUNG_MIDTRANS_SNAP_URL", "http://127.0.0.1:9"),
    ])
    .await
}

impl Bank {
    /// A payment of this provider that was opened before, and waits for its customer.
    async fn opened_before(&self, provider: &str) -> OrderId {
        let pool: &PgPool = self.app.db.as_ref().unwrap().pool();
        let order = OrderId(uuid::Uuid::now_v7());
        sqlx::query(
            "WITH opened AS (INSERT INTO payments (payment_id, order_id, user_id, provider, currency, amount_minor, state, \
               captured_minor, refunding_minor, refunded_minor, expires_at, created_at, updated_at, capture, reference) \
               VALUES (gen_random_uuid(), $1, $2, $3, 'IDR', $4, 'pending', 0, 0, 0, $5 + interval '1 day', $5, $5, \
               'automatic', 'theirs') RETURNING *) \
             INSERT INTO sandbox_payments (payment_id, currency, amount_minor, status, by_redirect, updated_at) \
             SELECT payment_id, currency, amount_minor, 'pending', true, $5 FROM opened",
        )
        .bind(order.uuid())
        .bind(self.user.uuid())
        .bind(provider)
        .bind(AMOUNT)
        .bind(self.app.clock.now())
        .execute(pool)
        .await
        .unwrap();
        order
    }
}

#[tokio::test]
async fn a_provider_that_is_no_longer_offered_opens_nothing_and_ends_what_it_began() {
    let bank = open().await;
    let order = bank.opened_before("sandbox").await;
    // Who ordered before it was taken out of the checkout can't pay by it, and is told.
    let late = bank.reserved("tok_success");
    bank.app.deliver(&late).await.unwrap();
    assert_eq!(bank.payment(late.order_id).await["failure"], "provider_unavailable");
    assert_eq!(bank.told().await, ["failed"]);
    let body = json!({"provider": "sandbox"});
    let path = format!("/api/v1/payments/{}/attempts", late.order_id);
    let again =
        bank.app.send_with("POST", &path, Some(&bank.token), &[("idempotency-key", "a")], Some(body)).await;
    assert_eq!(again.status, 400, "{}", again.body);
    // What was opened before is heard of, and goes back when it must.
    assert_eq!(bank.webhook(order, "e", "succeeded").await.status, 200);
    bank.app.run_job("webhooks").await;
    assert_eq!(bank.told().await, ["succeeded"]);
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.calls().await;
    assert_eq!((bank.state(order).await.as_str(), bank.given_back().await), ("refunded", AMOUNT));
    assert!(bank.discrepancies("").await.is_empty());
    bank.app.stop().await;
}

#[tokio::test]
async fn open_payments_of_a_provider_that_is_known_no_more_are_told() {
    let bank = Bank::start().await;
    bank.opened_before("stripe").await;
    bank.app.clock.advance(time::Duration::minutes(10));
    bank.app.run_job("reconcile").await;
    let found = bank.discrepancies("").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("provider_unknown")));
    let detail = found[0]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("IDR 500.00 is pending by the books") && detail.contains("offered: false"),
        "{detail}"
    );
    let gauge = r#"warung_payment_discrepancies_open{service="payment",provider="stripe"} 1"#;
    bank.app.clock.advance(time::Duration::minutes(10));
    bank.app.run_job("reconcile").await;
    assert!(bank.app.metrics.render().contains(gauge), "{}", bank.app.metrics.render());
    bank.app.stop().await;
}
