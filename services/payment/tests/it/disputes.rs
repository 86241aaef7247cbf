//! Customers contest what they paid: what is taken and given back, once, whatever is told twice, late or in another order.

use futures::future::join_all;
use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{Answer, eventually};
use warung_contracts::{
    event::{PaymentDisputeClosed, PaymentDisputed},
    id::OrderId,
};

use crate::bank::{AMOUNT, Bank, sign};

impl Bank {
    /// A webhook about a dispute, and all that comes of it.
    pub async fn contest(&self, order: OrderId, event_id: &str, status: &str, amount: Option<i64>) {
        assert_eq!(self.tell_of(order, event_id, status, amount).await.status, 200);
        self.work().await;
    }

    async fn tell_of(&self, order: OrderId, event_id: &str, status: &str, amount: Option<i64>) -> Answer {
        let payment_id = self.payment(order).await["id"].clone();
        let body =
            json!({"event_id": event_id, "payment_id": payment_id, "status": status, "amount_minor": amount});
        let body = body.to_string();
        self.send_webhook(&body, &sign(self.app.clock.now().unix_timestamp(), &body)).await
    }

    async fn work(&self) {
        while self.app.run_job("webhooks").await + self.app.run_job("calls").await > 0 {}
    }

    async fn seen_by_staff(&self, order: OrderId) -> Value {
        self.read(&format!("/api/v1/payments/{order}/details")).await
    }

    /// What banks have, and what the sandbox owes the shop.
    async fn sides(&self) -> (i64, i64) {
        (self.balance("chargebacks:sandbox").await, self.balance("receivable:sandbox").await)
    }

    async fn kinds(&self) -> Vec<String> {
        let word = |found: &Value| found["kind"].as_str().unwrap().to_owned();
        self.discrepancies("").await.iter().map(word).collect()
    }

    async fn bookings(&self) -> i64 {
        let query = "SELECT count(*) FROM ledger_transactions WHERE kind IN ('chargeback', 'reinstatement')";
        sqlx::query_scalar(query).fetch_one(self.app.db.as_ref().unwrap().pool()).await.unwrap()
    }
}

fn some(minor: i64) -> Value {
    json!({"amount": {"amount_minor": minor, "currency": "IDR"}, "reason": "broken"})
}

#[tokio::test]
async fn a_dispute_takes_the_money_and_a_win_gives_it_back() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    assert_eq!(bank.told().await, ["succeeded"]);
    bank.contest(order, "d1", "disputed", None).await;
    let told = bank.only::<PaymentDisputed>().await.remove(0);
    assert_eq!((told.amount.amount_minor, told.taken.amount_minor, told.inquiry), (AMOUNT, AMOUNT, None));
    assert_eq!((told.reason.as_str(), told.order_dispute.as_str()), ("not_received", "open"));
    assert_eq!(bank.sides().await, (AMOUNT, 0));
    assert_eq!(bank.balance("sales").await, -AMOUNT, "the sale was made");
    let refused = bank.refund(order, "r1", some(1)).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body["type"].as_str().unwrap().ends_with("payment-charged-back"), "{}", refused.body);
    assert_eq!(
        refused.body["detail"],
        "The customer's bank took IDR 500.00 back; at most IDR 0.00 can go back."
    );
    let listed = bank.read("/api/v1/payments/disputes").await["items"][0].clone();
    assert_eq!((&listed["state"], &listed["order_id"]), (&json!("opened"), &json!(order)));
    assert!(listed["respond_by"].is_string(), "{listed}");
    let details = bank.seen_by_staff(order).await;
    assert_eq!(details["charged_back"]["amount_minor"], AMOUNT);
    assert_eq!(
        (&details["disputes"][0]["id"], details["payment"]["state"].as_str()),
        (&listed["id"], Some("succeeded"))
    );

    bank.contest(order, "d2", "dispute_won", None).await;
    let told = bank.only::<PaymentDisputeClosed>().await.remove(0);
    assert_eq!(
        (told.outcome.as_str(), told.taken.amount_minor, told.order_dispute.as_str()),
        ("won", 0, "won")
    );
    assert_eq!(bank.sides().await, (0, AMOUNT));
    assert_eq!(bank.read("/api/v1/payments/disputes").await["items"], json!([]));
    let ended = bank.read("/api/v1/payments/disputes?all=true").await["items"][0].clone();
    assert_eq!((&ended["state"], &ended["respond_by"]), (&json!("won"), &Value::Null));
    assert_eq!(bank.refund(order, "r2", some(AMOUNT)).await.status, 202);
    bank.work().await;
    assert_eq!((bank.state(order).await.as_str(), bank.sides().await), ("refunded", (0, 0)));
    assert_eq!(bank.kinds().await, [""; 0]);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_part_is_contested_and_the_rest_can_go_back() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.contest(order, "d1", "disputed", Some(20_000)).await;
    assert_eq!(bank.refund(order, "r1", some(AMOUNT - 20_000 + 1)).await.status, 409);
    assert_eq!(bank.refund(order, "r2", some(AMOUNT - 20_000)).await.status, 202);
    bank.work().await;
    bank.contest(order, "d2", "dispute_lost", None).await;
    assert_eq!(bank.told().await, ["succeeded", "disputed", "refunded", "dispute_closed"]);
    assert_eq!((bank.sides().await, bank.given_back().await), ((20_000, 0), AMOUNT - 20_000));
    assert_eq!(bank.kinds().await, [""; 0]);
    bank.app.stop().await;
}

#[tokio::test]
async fn twenty_copies_of_one_webhook_and_twenty_of_one_dispute_are_booked_once() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    join_all((0..20).map(|_| bank.tell_of(order, "d", "disputed", None))).await;
    join_all((0..20).map(|_| bank.app.run_job("webhooks"))).await;
    assert_eq!(bank.bookings().await, 1);
    let ids: Vec<String> = (0..20).map(|n| format!("d{n}")).collect();
    join_all(ids.iter().map(|id| bank.tell_of(order, id, "disputed", None))).await;
    join_all((0..20).map(|_| bank.app.run_job("webhooks"))).await;
    bank.work().await;
    assert_eq!((bank.bookings().await, bank.sides().await), (1, (AMOUNT, 0)));
    assert_eq!(bank.told().await, ["succeeded", "disputed"]);
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_lost_before_it_was_heard_of_stays_lost_and_another_verdict_is_a_discrepancy() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.contest(order, "d1", "dispute_lost", None).await;
    assert_eq!(bank.told().await, ["succeeded", "disputed", "dispute_closed"]);
    // Its beginning comes late: the company, asked, says so too.
    bank.contest(order, "d2", "disputed", None).await;
    assert_eq!((bank.told().await, bank.kinds().await), (vec![], vec![]));
    bank.contest(order, "d3", "dispute_won", None).await;
    assert_eq!((bank.told().await, bank.kinds().await), (vec![], vec!["dispute_differs".to_owned()]));
    assert_eq!((bank.bookings().await, bank.sides().await), (1, (AMOUNT, 0)));
    assert_eq!(bank.seen_by_staff(order).await["disputes"][0]["state"], "lost");
    bank.app.stop().await;
}

#[tokio::test]
async fn what_went_back_twice_is_seen_until_the_bank_gives_it_back() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.refund(order, "r", some(30_000)).await;
    bank.work().await;
    bank.contest(order, "d1", "disputed", None).await;
    assert_eq!(bank.kinds().await, ["paid_back_twice"]);
    bank.contest(order, "d2", "dispute_won", None).await;
    assert_eq!((bank.kinds().await, bank.sides().await), (vec![], (0, AMOUNT - 30_000)));
    // All of it went back before: the same.
    let order = bank.open("tok_success").await;
    bank.refund(order, "s", some(AMOUNT)).await;
    bank.work().await;
    bank.contest(order, "d3", "disputed", None).await;
    assert_eq!(
        (bank.state(order).await.as_str(), bank.kinds().await),
        ("refunded", vec!["paid_back_twice".to_owned()])
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn a_refund_under_way_is_not_silently_doubled() {
    let bank = Bank::start().await;
    let order = bank.open("tok_refund_slow").await;
    assert_eq!(bank.refund(order, "r", some(AMOUNT)).await.status, 202);
    assert_eq!(bank.app.run_job("calls").await, 1);
    bank.contest(order, "d1", "disputed", None).await;
    assert_eq!(bank.kinds().await, ["paid_back_twice"]);
    // The order asks for the same money: it hears why that can't be.
    assert_eq!(bank.refund(order, "s", some(1)).await.status, 409);
    bank.app.stop().await;
}

#[tokio::test]
async fn after_its_order_ended_only_what_the_bank_left_goes_back_and_the_rest_with_the_win() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.contest(order, "d1", "disputed", Some(20_000)).await;
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.work().await;
    assert_eq!((bank.given_back().await, bank.state(order).await.as_str()), (30_000, "succeeded"));
    bank.contest(order, "d2", "dispute_won", None).await;
    assert_eq!((bank.given_back().await, bank.state(order).await.as_str()), (AMOUNT, "refunded"));
    assert_eq!((bank.sides().await, bank.kinds().await), ((0, 0), vec![]));
    // And one that is opened after the end.
    let order = bank.open("tok_success").await;
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.work().await;
    bank.contest(order, "d3", "disputed", None).await;
    assert_eq!(bank.kinds().await, ["paid_back_twice"]);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_dispute_whose_webhook_was_lost_is_found_and_counted() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.tell_of(order, "d1", "disputed", None).await;
    let pool = bank.app.db.as_ref().unwrap().pool();
    assert_eq!(sqlx::query("DELETE FROM webhooks").execute(pool).await.unwrap().rows_affected(), 1);
    bank.app.clock.advance(Duration::hours(7));
    eventually("the dispute", async || {
        bank.app.run_job("reconcile").await;
        (bank.sides().await == (AMOUNT, 0)).then_some(())
    })
    .await;
    assert_eq!(bank.told().await, ["succeeded", "disputed"]);
    let shown = |gauge: &str, count: u32| {
        let series = format!("{gauge}{{service=\"payment\",provider=\"sandbox\"}} {count}\n");
        let rendered = bank.app.metrics.render();
        assert!(rendered.contains(&series), "{series} {rendered}");
    };
    bank.app.run_job("reconcile").await;
    shown("warung_payment_disputes_open", 1);
    shown("warung_payment_disputes_to_answer", 0);
    // Four days of the seven to answer are over.
    bank.app.clock.advance(Duration::days(4));
    bank.app.run_job("reconcile").await;
    shown("warung_payment_disputes_to_answer", 1);
    bank.app.stop().await;
}
