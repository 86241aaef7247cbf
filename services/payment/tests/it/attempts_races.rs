//! Another way to pay, at the same moment as everything else that may happen to a payment: one try at most is kept.

use futures::future::join_all;
use time::Duration;
use warung_contracts::id::OrderId;

use crate::{
    attempts::by,
    bank::{AMOUNT, Bank},
};

impl Bank {
    /// How many tries there are of an order, and how many of them are open.
    async fn tries(&self, order: OrderId) -> (i64, i64) {
        sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE state IN ('opening', 'pending', 'approved', 'authorized')) \
             FROM payments WHERE order_id = $1",
        )
        .bind(order.uuid())
        .fetch_one(self.app.db.as_ref().unwrap().pool())
        .await
        .unwrap()
    }

    /// Until the provider and the books have nothing more to say.
    async fn settle(&self) {
        for _ in 0..3 {
            self.calls().await;
            while self.app.run_job("webhooks").await > 0 {}
        }
    }
}

#[tokio::test]
async fn of_twenty_at_once_one_opens() {
    let bank = Bank::start().await;
    for (first, states) in [("tok_decline", (2, 1)), ("tok_webhook", (1, 1))] {
        let order = bank.open(first).await;
        let keys: Vec<String> = (0..20).map(|n| format!("{order}-{n}")).collect();
        let answers = join_all(keys.iter().map(|key| bank.attempt(order, key, by("tok_success")))).await;
        let taken = answers.iter().filter(|answer| answer.status == 202).count();
        assert!(answers.iter().all(|answer| [202, 409].contains(&answer.status.as_u16())));
        assert_eq!((taken, bank.tries(order).await), (1, states), "{first}");
        bank.settle().await;
        assert_eq!((bank.tries(order).await, bank.state(order).await.as_str()), ((2, 0), "succeeded"));
    }
    assert_eq!(bank.balance("sales").await, -2 * AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn another_way_and_the_money_at_once_take_it_once() {
    let bank = Bank::start().await;
    for round in 0..20 {
        let order = bank.open("tok_webhook").await;
        bank.webhook(order, &format!("e{round}"), "succeeded").await;
        let key = order.to_string();
        let (answer, ..) = tokio::join!(
            bank.attempt(order, &key, by("tok_success")),
            bank.app.run_job("webhooks"),
            bank.app.run_job("calls"),
        );
        bank.settle().await;
        assert_eq!(bank.state(order).await, "succeeded", "after {}", answer.body);
        let told = bank.told().await;
        assert_eq!(told.iter().filter(|event| *event == "succeeded").count(), 1, "{told:?}");
        assert_eq!(bank.balance("sales").await, -AMOUNT * (round + 1));
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn another_way_and_the_end_of_the_order_at_once_keep_no_money() {
    let bank = Bank::start().await;
    for round in 0..30 {
        let order = bank.open(if round % 2 == 0 { "tok_decline" } else { "tok_webhook" }).await;
        let (key, cancelled) = (order.to_string(), bank.cancelled(order));
        let (_, done, _) = tokio::join!(
            bank.attempt(order, &key, by("tok_success")),
            bank.app.deliver(&cancelled),
            bank.app.run_job("calls"),
        );
        done.unwrap();
        bank.settle().await;
        assert_eq!(bank.tries(order).await.1, 0, "round {round}");
        assert_eq!(bank.balance("sales").await, 0, "round {round}");
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn another_way_and_the_clock_at_once_end_the_order_once() {
    let bank = Bank::start().await;
    for round in 0..20 {
        let order = bank.open(if round % 2 == 0 { "tok_decline" } else { "tok_webhook" }).await;
        bank.told().await;
        bank.app.clock.advance(Duration::seconds(1799));
        let key = order.to_string();
        let (answer, ..) = tokio::join!(
            bank.attempt(order, &key, by("tok_expire")),
            async { bank.app.clock.advance(Duration::SECOND) },
            bank.app.run_job("expiry"),
        );
        for _ in 0..3 {
            bank.settle().await;
            bank.app.run_job("expiry").await;
        }
        let told = bank.told().await;
        let verdicts = told.iter().filter(|event| *event == "expired" || *event == "failed").count();
        assert_eq!(verdicts, 1, "{told:?} after {}", answer.body);
        assert_eq!(bank.tries(order).await.1, 0);
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn a_process_that_dies_while_the_first_is_called_off_loses_no_wish() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.attempt(order, "a", by("tok_success")).await;
    // Taken, as by a process that dies before it hears the answer.
    let statement = "UPDATE attempts SET turns = turns + 1, tries = tries + 1, due_at = due_at + interval '30 seconds' WHERE state = 'started'";
    let pool = bank.app.db.as_ref().unwrap().pool();
    assert_eq!(sqlx::query(statement).execute(pool).await.unwrap().rows_affected(), 1);
    bank.calls().await;
    assert_eq!(bank.tries(order).await, (1, 1));
    bank.app.clock.advance(Duration::seconds(31));
    assert_eq!(bank.app.run_job("recovery").await, 1);
    // The next one is opened in the same commit, and asked for by the next turn.
    assert_eq!(bank.tries(order).await, (2, 1));
    bank.settle().await;
    assert_eq!(bank.told().await, ["pending", "succeeded"]);
    bank.app.stop().await;
}
