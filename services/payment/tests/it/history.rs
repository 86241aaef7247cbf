//! What happened to an order's payment, as order is told.

use serde_json::json;
use time::Duration;
use warung_contracts::{
    event::UserDeleted,
    history::{Deed, Told},
    id::{OrderId, UserId},
    money::Money,
};

use crate::bank::{Bank, nobody};

impl Bank {
    /// What order is told, in words.
    async fn history(&self, order: OrderId) -> Vec<String> {
        let entries = self.app.history(order).await;
        assert!(entries.is_sorted_by_key(|entry| entry.at));
        entries.iter().map(|entry| self.words(entry)).collect()
    }

    /// Who (the administrator of these tests is `me`), and what.
    fn words(&self, entry: &Told) -> String {
        let money = |amount: Option<Money>| amount.map(|amount| amount.amount_minor).unwrap_or_default();
        let what = match entry.deed().unwrap_or_else(|| panic!("{entry:?}")) {
            Deed::PaymentCall(call) => {
                assert_eq!(call.method, None);
                let outcome = call.outcome.unwrap_or_default();
                format!("{} {} {}: {} {outcome}", call.call, money(call.amount), call.provider, call.state)
            }
            Deed::PaymentReport(told) => {
                let webhook = told.webhook.unwrap_or_default();
                format!("{} {webhook}: {} to {}, {}", told.by, told.from, told.to, told.outcome)
            }
            Deed::PaymentBooked(booked) => format!("{} {}", booked.movement, booked.amount.amount_minor),
            Deed::PaymentDecision(made) => format!("{} {}: {}", made.deed, money(made.amount), made.reason),
            Deed::PaymentDispute(found) => format!("dispute {} {}", found.state, found.amount.amount_minor),
            Deed::PaymentDifference(found) => format!("{} {}", found.difference, found.resolved),
            other => panic!("{other:?}"),
        };
        let who =
            entry.author.map_or("", |author: UserId| if author == self.user { " me" } else { " other" });
        format!("{}{who} {what}", entry.actor)
    }

    fn later(&self) {
        self.app.clock.advance(Duration::SECOND);
    }
}

#[tokio::test]
async fn an_order_is_told_every_call_and_booking_and_who_decided_what() {
    let bank = Bank::manual().await;
    let order = bank.open("tok_success").await;
    bank.later();
    let part = |minor: i64| json!({"amount": {"amount_minor": minor, "currency": "IDR"}, "reason": "broken"});
    bank.wish(order, "capture", "c", part(4000)).await;
    bank.later();
    bank.calls().await;
    bank.later();
    bank.refund(order, "r", part(1500)).await;
    bank.later();
    bank.calls().await;
    assert_eq!(
        bank.history(order).await,
        [
            "payment open 50000 sandbox: done set aside IDR 500.00",
            "admin me capture 4000: broken",
            "admin me capture 4000 sandbox: done captured IDR 40.00",
            "payment capture 4000",
            "admin me refund 1500: broken",
            "admin me refund 1500 sandbox: done refunded",
        ]
    );
    assert_eq!(bank.history(nobody()).await, Vec::<String>::new());
    bank.app.stop().await;
}

#[tokio::test]
async fn webhooks_and_comparisons_are_told_when_they_changed_something() {
    let bank = Bank::start_with(&[("WARUNG_PAYMENT_TTL_SECONDS", "604800")]).await;
    let (told, unheard) = (bank.open("tok_webhook").await, bank.open("tok_webhook").await);
    bank.later();
    for (event, status) in [("e1", "succeeded"), ("e2", "succeeded"), ("e3", "failed")] {
        bank.webhook(told, event, status).await;
        bank.app.run_job("webhooks").await;
        bank.later();
    }
    let paid = "UPDATE sandbox_payments SET status = 'succeeded'";
    sqlx::raw_sql(paid).execute(bank.app.db.as_ref().unwrap().pool()).await.unwrap();
    bank.app.clock.advance(Duration::hours(7));
    bank.app.run_job("reconcile").await;
    let waits = "payment open 50000 sandbox: done waits: open a page";
    let by = |by: &str| format!("provider {by}: pending to succeeded, captured IDR 500.00");
    let captured = "payment capture 50000";
    assert_eq!(bank.history(told).await, [waits, &by("webhook e1"), captured]);
    assert_eq!(bank.history(unheard).await, [waits, &by("reconciliation "), captured]);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_differs_what_is_refused_and_what_costs_nothing_is_told() {
    let bank = Bank::start().await;
    let (differs, declined) = (bank.open("tok_differs").await, bank.open("tok_decline").await);
    let mut free = bank.reserved("tok_success");
    free.total.amount_minor = 0;
    let mut strange = bank.reserved("tok_success");
    strange.payment.provider = "nobody".into();
    for reserved in [&free, &strange] {
        bank.app.deliver(reserved).await.unwrap();
    }
    let called_off = bank.cancelled(bank.reserved("tok_success").order_id);
    bank.app.deliver(&called_off).await.unwrap();
    bank.later();
    bank.wish(differs, "release", "k", json!({"decision": "accept", "reason": "looked at it"})).await;
    let lines = bank.history(differs).await;
    let [opened, found, decided, booked] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(opened.starts_with("payment open 50000 sandbox: done"), "{opened}");
    let found_and_decided = [found.as_str(), decided, booked];
    let accepted = "admin me accept 0: looked at it";
    assert_eq!(found_and_decided, ["payment amount_differs true", accepted, "payment capture 49999"]);
    let refused = "payment open 50000 sandbox: done failed: card_declined";
    assert_eq!(bank.history(declined).await, [refused]);
    assert_eq!(bank.history(free.order_id).await, ["payment open 0 none: done nothing to pay"]);
    let unavailable = "payment open 50000 nobody: refused provider_unavailable";
    assert_eq!(bank.history(strange.order_id).await, [unavailable]);
    assert_eq!(bank.history(called_off.order_id).await, Vec::<String>::new());
    bank.app.stop().await;
}

#[tokio::test]
async fn once_the_account_is_gone_money_is_told_and_nobody_named() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.webhook(order, "e1", "succeeded").await;
    bank.app.run_job("webhooks").await;
    let before = bank.history(order).await;
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    assert_eq!(bank.history(order).await, before);
    let all = format!("{:?}", bank.app.history(order).await);
    assert!(!all.contains(&bank.user.to_string()) && !all.contains("tok_"), "{all}");
    bank.app.stop().await;
}

#[tokio::test]
async fn what_was_decided_and_reported_is_never_rewritten() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.webhook(order, "e1", "succeeded").await;
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    let refund = json!({"amount": {"amount_minor": 100, "currency": "IDR"}, "reason": "asked for"});
    assert_eq!(bank.refund(order, "k", refund).await.status, 202);
    let pool = bank.app.db.as_ref().unwrap().pool();
    for statement in [
        "UPDATE decisions SET reason = 'as we like'",
        "UPDATE decisions SET amount_minor = 1, reason = 'erased'",
        "DELETE FROM decisions",
        "TRUNCATE decisions",
        "UPDATE reports SET outcome = 'erased'",
        "DELETE FROM reports",
        "TRUNCATE reports",
    ] {
        let refused = sqlx::query(statement).execute(pool).await.expect_err(statement).to_string();
        assert!(refused.contains("only added to"), "{statement}: {refused}");
    }
    bank.app.stop().await;
}
