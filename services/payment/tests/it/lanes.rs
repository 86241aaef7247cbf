//! A provider that never answers holds up its own payments alone.

use sqlx::PgPool;
use tokio::net::TcpListener;
use uuid::Uuid;
use warung_chassis::testing::eventually;
use warung_contracts::{
    event::{PaymentChoice, StockReserved},
    id::OrderId,
};
use warung_psp_sim::xendit;

use crate::bank::Bank;

/// A shop with Xendit beside the sandbox, and a company in Xendit's place that takes every call and never answers.
async fn open() -> (Bank, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bank = Bank::start_with(&[
        ("WARUNG_PAYMENT_PROVIDERS", "sandbox,xendit"),
        ("WARUNG_XENDIT_SECRET_KEY", xendit::SECRET_KEY),
        ("WARUNG_XENDIT_CALLBACK_TOKEN", xendit::CALLBACK_TOKEN),
        ("WARUNG_XENDIT_URL", &url),
    ])
    .await;
    (bank, listener)
}

impl Bank {
    fn pool(&self) -> &PgPool {
        self.app.db.as_ref().unwrap().pool()
    }

    /// An order to be paid through the company that hangs.
    async fn hangs(&self) -> OrderId {
        let payment = PaymentChoice { method: Some("invoice".into()), ..PaymentChoice::of("xendit") };
        let reserved = StockReserved { payment, ..self.reserved("tok_success") };
        self.app.deliver(&reserved).await.unwrap();
        reserved.order_id
    }

    /// Waits until a job has taken the one row that this asks for.
    async fn taken(&self, is_taken: &'static str, id: Uuid) {
        let pool = self.pool();
        eventually("the job takes what is to hang", async || {
            let taken: bool = sqlx::query_scalar(is_taken).bind(id).fetch_one(pool).await.unwrap();
            taken.then_some(())
        })
        .await;
    }

    /// Whether nothing is known yet of what hangs: no time has run out.
    async fn hangs_still(&self, statement: &'static str, id: Uuid) -> bool {
        sqlx::query_scalar(statement).bind(id).fetch_one(self.pool()).await.unwrap()
    }

    async fn paid(&self, order: OrderId) {
        eventually("the sandbox takes the money", async || {
            (self.state(order).await == "succeeded").then_some(())
        })
        .await;
    }
}

/// On a machine that stands still for long the time for the call that hangs may run out meanwhile: then once more.
const ROUNDS: usize = 5;

#[tokio::test]
async fn a_company_that_hangs_stops_no_payment_by_another() {
    const TAKEN: &str = "SELECT turns > 0 FROM attempts JOIN payments USING (payment_id) WHERE order_id = $1";
    const SILENT: &str =
        "SELECT answer IS NULL FROM attempts JOIN payments USING (payment_id) WHERE order_id = $1";
    let (bank, _listener) = open().await;
    let _running = bank.app.keep_running("calls");
    for _ in 0..ROUNDS {
        let hung = bank.hangs().await;
        bank.taken(TAKEN, hung.uuid()).await;
        let reserved = bank.reserved("tok_success");
        bank.app.deliver(&reserved).await.unwrap();
        bank.paid(reserved.order_id).await;
        if bank.hangs_still(SILENT, hung.uuid()).await {
            return;
        }
    }
    panic!("a payment by the sandbox waited for a call to Xendit {ROUNDS} times");
}

#[tokio::test]
async fn webhooks_of_a_company_that_hangs_hold_up_no_others() {
    const TAKEN: &str = "SELECT tries > 0 FROM webhooks WHERE payment_id = $1";
    const SILENT: &str = "SELECT outcome IS NULL FROM webhooks WHERE payment_id = $1";
    let (bank, _listener) = open().await;
    let _running = bank.app.keep_running("webhooks");
    for round in 0..ROUNDS {
        let order = bank.open("tok_webhook").await;
        let id: Uuid = sqlx::query_scalar(
            "INSERT INTO payments (payment_id, order_id, user_id, provider, method, reference, currency, amount_minor, \
             state, captured_minor, refunding_minor, refunded_minor, expires_at, created_at, updated_at, capture) \
             SELECT gen_random_uuid(), gen_random_uuid(), user_id, 'xendit', 'invoice', 'inv' || $1::text, 'IDR', 50000, \
             'pending', 0, 0, 0, expires_at, created_at, updated_at, capture FROM payments LIMIT 1 RETURNING payment_id",
        )
        .bind(i32::try_from(round).unwrap())
        .fetch_one(bank.pool())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO webhooks (provider, event_id, payment_id, body, received_at, due_at) \
             VALUES ('xendit', $1::text, $1, '', $2, $2)",
        )
        .bind(id)
        .bind(bank.app.clock.now())
        .execute(bank.pool())
        .await
        .unwrap();
        bank.taken(TAKEN, id).await;
        assert_eq!(bank.webhook(order, &format!("e{round}"), "succeeded").await.status, 200);
        bank.paid(order).await;
        if bank.hangs_still(SILENT, id).await {
            return;
        }
    }
    panic!("a webhook of the sandbox's waited for Xendit {ROUNDS} times");
}
