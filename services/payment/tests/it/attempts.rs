//! A second try: the customer takes another way to pay, after a refusal or while the first one waits.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{self, Answer};
use warung_contracts::{
    event::{PaymentExpired, PaymentFailed, PaymentPending, PaymentSucceeded, RefundRequested, UserDeleted},
    id::{OrderId, RefundId},
    money::Money,
};

use crate::bank::{AMOUNT, Bank};

/// How long a customer has.
const TTL: Duration = Duration::seconds(1800);

pub fn by(token: &str) -> Value {
    json!({"provider": "sandbox", "token": token})
}

impl Bank {
    /// The customer takes another way.
    pub async fn attempt(&self, order: OrderId, key: &str, body: Value) -> Answer {
        let path = format!("/api/v1/payments/{order}/attempts");
        self.app.send_with("POST", &path, Some(&self.token), &[("idempotency-key", key)], Some(body)).await
    }

    /// Its problem.
    async fn no_attempt(&self, order: OrderId, key: &str, body: Value) -> (u16, String) {
        let answer = self.attempt(order, key, body).await;
        let kind = answer.body["type"].as_str().unwrap_or_default();
        (answer.status.as_u16(), kind.trim_start_matches("https://warung.dev/problems/").to_owned())
    }

    /// All that staff see.
    async fn details(&self, order: OrderId) -> Value {
        self.read(&format!("/api/v1/payments/{order}/details")).await
    }
}

#[tokio::test]
async fn who_was_declined_pays_in_another_way() {
    let bank = Bank::start().await;
    let order = bank.open("tok_decline").await;
    let until = bank.app.clock.now() + TTL;
    let failed = bank.only::<PaymentFailed>().await;
    assert_eq!((failed[0].attempt, failed[0].retry_until), (Some(1), Some(until)));
    let first = bank.payment(order).await;
    assert_eq!((&first["state"], &first["attempt"]), (&json!("failed"), &json!(1)));
    bank.app.clock.advance(Duration::MINUTE);
    let answer = bank.attempt(order, "a", by("tok_webhook")).await;
    assert_eq!((answer.status.as_u16(), &answer.body["attempt"]), (202, &json!(2)), "{}", answer.body);
    bank.calls().await;
    let pending = bank.only::<PaymentPending>().await;
    assert_eq!((pending[0].attempt, pending[0].expires_at), (Some(2), until), "no more time than before");
    bank.webhook(order, "paid", "succeeded").await;
    bank.app.run_job("webhooks").await;
    assert_eq!(
        (bank.state(order).await.as_str(), bank.told().await),
        ("succeeded", vec!["succeeded".to_owned()])
    );
    assert_eq!(bank.balance("sales").await, -AMOUNT);
    let seen = bank.details(order).await;
    assert_eq!(
        (&seen["payment"]["attempt"], &seen["earlier"][0]["payment"]["id"]),
        (&json!(2), &first["id"])
    );
    // The same request is answered as it was.
    let again = bank.attempt(order, "a", by("tok_webhook")).await;
    assert_eq!(again.body["id"], answer.body["id"]);
    assert_eq!(bank.no_attempt(order, "b", by("tok_success")).await, (409, "payment-already-made".into()));
    bank.app.stop().await;
}

#[tokio::test]
async fn another_way_is_opened_once_the_first_is_called_off() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let answer = bank.attempt(order, "a", by("tok_success")).await;
    assert_eq!(
        (&answer.body["changing"], &answer.body["attempt"]),
        (&json!(true), &json!(1)),
        "{}",
        answer.body
    );
    assert_eq!(bank.no_attempt(order, "b", by("tok_success")).await, (409, "payment-call-under-way".into()));
    bank.calls().await;
    let seen = bank.details(order).await;
    let states = [&seen["earlier"][0]["payment"]["state"], &seen["payment"]["state"]];
    assert_eq!(states, [&json!("cancelled"), &json!("succeeded")]);
    assert_eq!(bank.told().await, ["pending", "succeeded"]);
    // Late money of the first goes back; that of the second stays, and is what an administrator gives back.
    let late = seen["earlier"][0]["payment"]["id"].clone();
    let body = json!({"event_id": "late", "payment_id": late, "status": "succeeded"}).to_string();
    let signature = crate::bank::sign(bank.app.clock.now().unix_timestamp(), &body);
    assert_eq!(bank.send_webhook(&body, &signature).await.status, 200);
    bank.app.run_job("webhooks").await;
    bank.calls().await;
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (AMOUNT, -AMOUNT));
    assert_eq!(bank.state(order).await, "succeeded");
    assert_eq!(bank.refund(order, "r", json!({"reason": "late"})).await.status, 202);
    bank.calls().await;
    assert_eq!((bank.state(order).await.as_str(), bank.balance("sales").await), ("refunded", 0));
    assert_eq!(bank.app.history(order).await.iter().filter(|told| told.kind == "payment_booked").count(), 2);
    bank.app.stop().await;
}

#[tokio::test]
async fn late_money_of_an_earlier_try_pays_the_order_that_still_waits() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let first = bank.payment(order).await["id"].clone();
    assert_eq!(bank.attempt(order, "a", by("tok_webhook")).await.status, 202);
    bank.calls().await;
    bank.calls().await;
    assert_eq!(bank.told().await, ["pending", "pending"]);
    let second = bank.payment(order).await["id"].clone();
    assert_ne!(first, second);
    let hear = async |event: &str, id: &serde_json::Value| {
        let body = json!({"event_id": event, "payment_id": id, "status": "succeeded"}).to_string();
        let signature = crate::bank::sign(bank.app.clock.now().unix_timestamp(), &body);
        assert_eq!(bank.send_webhook(&body, &signature).await.status, 200);
        bank.app.run_job("webhooks").await;
    };
    // The transfer of the first arrives, long after it was called off, and nobody has paid the second.
    hear("late", &first).await;
    let told = bank.only::<PaymentSucceeded>().await;
    assert_eq!(
        (told.len(), told[0].attempt, told[0].payment_id.to_string()),
        (1, Some(1), first.as_str().unwrap().to_owned())
    );
    let paid = bank.payment(order).await;
    assert_eq!((&paid["id"], &paid["state"], paid.get("failure")), (&first, &json!("succeeded"), None));
    // The second is called off; should it be paid all the same, that goes back.
    bank.calls().await;
    assert_eq!(bank.details(order).await["payment"]["state"], "cancelled");
    hear("too late", &second).await;
    bank.calls().await;
    assert_eq!((bank.given_back().await, bank.balance("sales").await), (AMOUNT, -AMOUNT));
    assert_eq!(bank.no_attempt(order, "b", by("tok_success")).await.0, 409);
    // What the order gives back is of the one that paid.
    bank.told().await;
    let wanted = RefundRequested {
        order_id: order,
        refund_id: RefundId(uuid::Uuid::now_v7()),
        user_id: bank.user,
        amount: Money::new(1000, "IDR".parse().unwrap()),
        reason: "returned: too small".into(),
        replaces: vec![],
        tax: None,
    };
    bank.app.deliver(&wanted).await.unwrap();
    bank.calls().await;
    assert_eq!(bank.told().await, ["refunded"]);
    assert_eq!(bank.balance("sales").await, 1000 - AMOUNT);
    bank.app.stop().await;
}

#[tokio::test]
async fn late_money_pays_an_order_once_whichever_try_is_heard_first() {
    let bank = Bank::start().await;
    for round in 0..10 {
        let order = bank.open("tok_webhook").await;
        let first = bank.payment(order).await["id"].clone();
        bank.attempt(order, &format!("{round}"), by("tok_webhook")).await;
        bank.calls().await;
        bank.calls().await;
        let second = bank.payment(order).await["id"].clone();
        for (n, id) in [first, second].iter().enumerate() {
            let event = format!("{round}-{n}");
            let body = json!({"event_id": event, "payment_id": id, "status": "succeeded"}).to_string();
            let signature = crate::bank::sign(bank.app.clock.now().unix_timestamp(), &body);
            assert_eq!(bank.send_webhook(&body, &signature).await.status, 200);
        }
        // Both at once.
        bank.app.run_job("webhooks").await;
        bank.calls().await;
        let told = bank.told().await;
        assert_eq!(told.iter().filter(|event| *event == "succeeded").count(), 1, "{told:?}");
        assert_eq!(bank.balance("sales").await, -AMOUNT * (round + 1));
        assert_eq!(bank.state(order).await, "succeeded");
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn money_that_comes_in_that_moment_counts_and_nothing_else_opens() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.webhook(order, "paid", "succeeded").await;
    assert_eq!(bank.attempt(order, "a", by("tok_success")).await.status, 202);
    bank.calls().await;
    let payment = bank.payment(order).await;
    assert_eq!((&payment["state"], &payment["attempt"]), (&json!("succeeded"), &json!(1)));
    bank.app.run_job("webhooks").await;
    assert_eq!(bank.told().await, ["pending", "succeeded"]);
    assert_eq!((bank.balance("receivable:sandbox").await, bank.given_back().await), (AMOUNT, 0));
    bank.app.stop().await;
}

#[tokio::test]
async fn who_tried_as_often_as_can_be_has_failed() {
    let bank = Bank::start_with(&[("WARUNG_PAYMENT_ATTEMPTS_MAX", "2")]).await;
    let order = bank.open("tok_decline").await;
    bank.attempt(order, "a", by("tok_decline")).await;
    bank.calls().await;
    let failed = bank.only::<PaymentFailed>().await;
    assert!(failed[0].retry_until.is_some() && failed[1].retry_until.is_none(), "{failed:?}");
    assert_eq!(
        bank.no_attempt(order, "b", by("tok_success")).await,
        (409, "payment-attempts-used-up".into())
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn nobody_tries_again_and_the_order_is_told() {
    let bank = Bank::start().await;
    let order = bank.open("tok_decline").await;
    bank.app.clock.advance(TTL - Duration::SECOND);
    assert_eq!(bank.app.run_job("expiry").await, 0);
    bank.app.clock.advance(Duration::SECOND);
    assert_eq!(bank.no_attempt(order, "b", by("tok_success")).await, (409, "payment-time-over".into()));
    assert_eq!(bank.app.run_job("expiry").await, 1);
    assert_eq!(bank.app.run_job("expiry").await, 0);
    let failed = bank.only::<PaymentFailed>().await;
    assert_eq!((failed[1].retry_until, failed[1].reason.as_str()), (None, "card_declined"));
    assert_eq!(bank.no_attempt(order, "c", by("tok_success")).await, (409, "payment-ended".into()));
    bank.app.stop().await;
}

#[tokio::test]
async fn time_that_runs_out_while_the_first_is_called_off_ends_the_order() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    bank.attempt(order, "a", by("tok_success")).await;
    bank.app.clock.advance(TTL);
    bank.calls().await;
    assert_eq!(
        (bank.told().await.as_slice(), bank.payment(order).await["attempt"].clone()),
        (&["pending".to_owned(), "expired".to_owned()][..], json!(1))
    );
    bank.app.stop().await;
}

#[tokio::test]
async fn an_order_that_has_ended_or_waits_for_the_shop_takes_no_other_way() {
    let bank = Bank::start().await;
    let (declined, pending) = (bank.open("tok_decline").await, bank.open("tok_webhook").await);
    for order in [declined, pending] {
        bank.app.deliver(&bank.cancelled(order)).await.unwrap();
        bank.calls().await;
        assert_eq!(bank.no_attempt(order, "a", by("tok_success")).await, (409, "payment-ended".into()));
    }
    let called_off = bank.open("tok_webhook").await;
    bank.wish(called_off, "void", "v", json!({"reason": "a trick"})).await;
    assert_eq!(bank.no_attempt(called_off, "a", by("tok_success")).await, (409, "payment-ended".into()));
    bank.calls().await;
    assert_eq!(bank.told().await, ["failed", "pending", "pending", "failed"]);
    let held = bank.open("tok_differs").await;
    assert_eq!(bank.no_attempt(held, "a", by("tok_success")).await, (409, "payment-held".into()));
    let opening = bank.reserved("tok_success");
    bank.app.deliver(&opening).await.unwrap();
    let refused = bank.no_attempt(opening.order_id, "a", by("tok_success")).await;
    assert_eq!(refused, (409, "payment-call-under-way".into()));
    bank.app.stop().await;
}

#[tokio::test]
async fn what_can_not_pay_is_refused_as_at_checkout() {
    let bank = Bank::start_with(&[
        ("WARUNG_PAYMENT_PROVIDERS", "sandbox,midtrans"),
        ("WARUNG_MIDTRANS_SERVER_KEY", "key"),
        ("WARUNG_MIDTRANS_METHODS", "qris"),
    ])
    .await;
    let mut uneven = bank.reserved("tok_decline");
    uneven.total.amount_minor += 50;
    bank.app.deliver(&uneven).await.unwrap();
    bank.calls().await;
    let order = uneven.order_id;
    for (body, field) in [
        (json!({"provider": "paypal"}), "provider"),
        (json!({"provider": "midtrans", "method": "gopay"}), "method"),
        (by("tok_nonsense"), "token"),
        (json!({"provider": "sandbox", "return_url": "javascript:1"}), "return_url"),
    ] {
        let answer = bank.attempt(order, "a", body).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (400, &json!(field)));
    }
    let midtrans = json!({"provider": "midtrans", "method": "qris"});
    assert_eq!(bank.no_attempt(order, "a", midtrans).await, (422, "total-not-payable".into()));
    // Nobody else's, and nothing of them was tried.
    let path = format!("/api/v1/payments/{order}/attempts");
    let key = [("idempotency-key", "k")];
    for (token, status) in [(Some(testing::customer().1), 404), (Some(testing::admin()), 404), (None, 404)] {
        let answer = bank.app.send_with("POST", &path, token.as_deref(), &key, Some(by("tok_success"))).await;
        assert_eq!(answer.status, status);
    }
    assert_eq!(bank.payment(order).await["attempt"], 1);
    bank.app.stop().await;
}

#[tokio::test]
async fn an_account_that_is_gone_tries_nothing_again() {
    let bank = Bank::start().await;
    let (declined, changing) = (bank.open("tok_decline").await, bank.open("tok_webhook").await);
    bank.attempt(changing, "a", by("tok_success")).await;
    bank.told().await;
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    assert_eq!(bank.app.run_job("expiry").await, 1);
    let failed = bank.only::<PaymentFailed>().await;
    assert_eq!((failed[0].order_id, failed[0].retry_until), (declined, None));
    bank.calls().await;
    assert_eq!(bank.only::<PaymentExpired>().await[0].order_id, changing);
    let pool = bank.app.db.as_ref().unwrap().pool();
    let kept: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM payments WHERE next_choice IS NOT NULL OR token IS NOT NULL",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(kept, 0);
    bank.app.stop().await;
}
