//! The books compared with the provider's: what was missed is mended, the rest is for a person.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{self, eventually};

use crate::bank::{AMOUNT, Bank};

impl Bank {
    /// Something happens in the sandbox's books that nobody tells us.
    async fn secretly(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(self.app.db.as_ref().unwrap().pool()).await.unwrap();
    }

    async fn reconcile(&self) -> u64 {
        self.app.clock.advance(Duration::hours(7));
        self.app.run_job("reconcile").await
    }
}

#[tokio::test]
async fn a_webhook_that_never_came_is_made_up_for() {
    let bank = Bank::start_with(&[("WARUNG_PAYMENT_TTL_SECONDS", "604800")]).await;
    let (paid, open) = (bank.open("tok_webhook").await, bank.open("tok_expire").await);
    bank.told().await;
    bank.secretly("UPDATE sandbox_payments SET status = 'succeeded' WHERE by_redirect").await;
    assert_eq!(bank.reconcile().await, 2);
    assert_eq!(bank.told().await, ["succeeded"]);
    assert_eq!((bank.state(paid).await, bank.state(open).await), ("succeeded".into(), "pending".into()));
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    let rendered = bank.app.metrics.render();
    let series = |kind| {
        format!(r#"warung_payment_reconciled_total{{service="payment",provider="sandbox",kind="{kind}"}} 1"#)
    };
    assert!(rendered.contains(&series("repaired")) && rendered.contains(&series("same")), "{rendered}");
    assert!(bank.discrepancies("").await.is_empty());
    bank.app.stop().await;
}

#[tokio::test]
async fn money_that_came_after_the_end_unheard_goes_back() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.calls().await;
    bank.secretly("UPDATE sandbox_payments SET status = 'succeeded'").await;
    assert_eq!(bank.reconcile().await, 1);
    bank.calls().await;
    assert_eq!(bank.state(order).await, "refunded");
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (AMOUNT, 0));
    bank.app.stop().await;
}

#[tokio::test]
async fn what_no_rule_mends_is_reported_once_and_over_when_it_is_over() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    // Somebody gave money back in the provider's dashboard.
    bank.secretly(
        "INSERT INTO sandbox_refunds SELECT gen_random_uuid(), payment_id, 700, now() FROM sandbox_payments",
    )
    .await;
    for _ in 0..2 {
        assert_eq!(bank.reconcile().await, 1);
    }
    let found = bank.discrepancies("").await;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["kind"], &found[0]["order_id"]), (&json!("refunded_elsewhere"), &json!(order)));
    assert_eq!(found[0]["detail"], "IDR 0.00 went back by the books, IDR 7.00 there");
    let gauge = r#"warung_payment_discrepancies_open{service="payment",provider="sandbox"} 1"#;
    assert!(bank.app.metrics.render().contains(gauge));
    // Nothing was booked that nobody decided.
    assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
    bank.secretly("DELETE FROM sandbox_refunds").await;
    assert_eq!(bank.reconcile().await, 1);
    assert!(bank.discrepancies("").await.is_empty());
    assert_eq!(bank.discrepancies("?all=true").await[0]["note"], "gone by itself");
    assert!(bank.app.metrics.render().contains(&gauge.replace("} 1", "} 0")));
    bank.app.stop().await;
}

#[tokio::test]
async fn what_moves_between_the_question_and_the_comparison_is_no_difference() {
    let bank = Bank::start().await;
    bank.open("tok_success").await;
    bank.app.clock.advance(Duration::hours(7));
    let pool = bank.app.db.as_ref().unwrap().pool();
    // A refund is done, and being booked, while the comparison waits for the payment with an answer of before.
    let mut booking = pool.begin().await.unwrap();
    let booked = "UPDATE payments SET refunded_minor = 700";
    sqlx::query(booked).execute(&mut *booking).await.unwrap();
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' AND query LIKE '%payments%FOR UPDATE%')";
    let book = async {
        eventually("the comparison has its answer", async || {
            let waits: bool = sqlx::query_scalar(waits).fetch_one(pool).await.unwrap();
            waits.then_some(())
        })
        .await;
        let done = "INSERT INTO sandbox_refunds SELECT gen_random_uuid(), payment_id, 700, now() FROM sandbox_payments";
        sqlx::query(done).execute(&mut *booking).await.unwrap();
        booking.commit().await.unwrap();
    };
    let (compared, ()) = tokio::join!(bank.app.run_job("reconcile"), book);
    assert_eq!(compared, 1);
    assert!(bank.discrepancies("?all=true").await.is_empty(), "{:?}", bank.discrepancies("?all=true").await);
    let rendered = bank.app.metrics.render();
    let series = |kind| {
        format!(r#"warung_payment_reconciled_total{{service="payment",provider="sandbox",kind="{kind}"}} 1"#)
    };
    assert!(rendered.contains(&series("moved")) && rendered.contains(&series("same")), "{rendered}");
    bank.app.stop().await;
}

#[tokio::test]
async fn every_kind_of_difference_is_found() {
    for (statement, kind) in [
        ("DELETE FROM sandbox_payments", "unknown_there"),
        ("UPDATE sandbox_payments SET status = 'failed'", "not_captured_there"),
        ("UPDATE sandbox_payments SET taken_minor = 40000", "captured_differs"),
        ("UPDATE sandbox_payments SET currency = 'USD'", "captured_differs"),
    ] {
        let bank = Bank::start().await;
        let order = bank.open("tok_success").await;
        bank.secretly(statement).await;
        assert_eq!(bank.reconcile().await, 1);
        let kinds: Vec<Value> =
            bank.discrepancies("").await.iter().map(|found| found["kind"].clone()).collect();
        assert!(kinds.contains(&json!(kind)), "{statement}: {kinds:?}");
        assert_eq!(bank.state(order).await, "succeeded");
        assert_eq!(bank.balance("receivable:sandbox").await, AMOUNT);
        bank.app.stop().await;
    }
}

#[tokio::test]
async fn a_person_says_what_is_put_right_and_what_is_not_is_found_again() {
    let bank = Bank::start().await;
    bank.open("tok_success").await;
    bank.secretly("UPDATE sandbox_payments SET status = 'failed'").await;
    bank.reconcile().await;
    let id = bank.discrepancies("").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/payments/discrepancies/{id}/resolve");
    let (admin, headers) = (testing::admin(), [("idempotency-key", "k")]);
    let body = Some(json!({"note": "the bank reversed it"}));
    let answer = bank.app.send_with("POST", &path, Some(&admin), &headers, body.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.body["note"]), (200, &json!("the bank reversed it")));
    assert!(bank.discrepancies("").await.is_empty());
    bank.reconcile().await;
    assert_eq!(bank.discrepancies("").await.len(), 1);
    assert_eq!(bank.discrepancies("?all=true&limit=1").await.len(), 1);
    let nobody = format!("/api/v1/payments/discrepancies/{}/resolve", uuid::Uuid::now_v7());
    assert_eq!(bank.app.send_with("POST", &nobody, Some(&admin), &headers, body).await.status, 422);
    let fresh = [("idempotency-key", "k2")];
    let body = Some(json!({"note": "x"}));
    assert_eq!(bank.app.send_with("POST", &nobody, Some(&admin), &fresh, body).await.status, 404);
    bank.app.stop().await;
}

#[tokio::test]
async fn payments_are_compared_a_page_at_a_time_with_a_pause_between() {
    let bank = Bank::start().await;
    for _ in 0..45 {
        bank.app.deliver(&bank.reserved("tok_success")).await.unwrap();
    }
    bank.calls().await;
    bank.app.clock.advance(Duration::minutes(2));
    let mut pages = Vec::new();
    for _ in 0..4 {
        pages.push(bank.app.run_job("reconcile").await);
        assert_eq!(bank.app.run_job("reconcile").await, 0);
        bank.app.clock.advance(Duration::seconds(5));
    }
    assert_eq!(pages, [20, 20, 5, 0]);
    bank.app.clock.advance(Duration::days(8));
    assert_eq!(bank.app.run_job("reconcile").await, 0);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_payment_that_can_not_be_compared_holds_up_no_other() {
    let bank = Bank::start().await;
    let odd = bank.open("tok_success").await;
    for _ in 0..21 {
        bank.open("tok_success").await;
    }
    bank.spoil(odd).await;
    bank.secretly("UPDATE sandbox_payments SET status = 'failed'").await;
    bank.app.clock.advance(Duration::hours(7));
    let running = bank.app.keep_running("reconcile");
    eventually("all others are compared", async || {
        bank.app.clock.advance(Duration::seconds(1));
        (bank.discrepancies("?limit=50").await.len() == 21).then_some(())
    })
    .await;
    drop(running);
    bank.app.stop().await;
}
