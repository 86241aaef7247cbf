//! Money that a provider refuses to give back is owed until it went back another way.

use futures::future::join_all;
use serde_json::{Value, json};
use warung_chassis::testing;
use warung_contracts::{
    event::{PaymentRefunded, RefundFailed, RefundRequested},
    id::{OrderId, RefundId},
    money::Money,
};

use crate::bank::{AMOUNT, Bank};

const PART: i64 = 1000;

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

/// The shop has paid it back itself.
fn paid_back(refund: &str) -> Value {
    json!({"refund_id": refund, "reason": "by bank transfer", "offline": {"reference": "BCA 0042"}})
}

impl Bank {
    /// An order whose refund of [`PART`] was refused; the refund's id.
    async fn refused(&self) -> (OrderId, String) {
        let order = self.open("tok_refund_refused").await;
        let body = json!({"amount": idr(PART), "reason": "broken cup"});
        assert_eq!(self.refund(order, "first", body).await.status, 202);
        self.calls().await;
        let id = self.payment(order).await["refunds"][0]["id"].as_str().unwrap().to_owned();
        self.told().await;
        self.tick();
        (order, id)
    }

    /// Of one moment, the order of refunds is that of their ids.
    fn tick(&self) {
        self.app.clock.advance(time::Duration::seconds(1));
    }

    /// What the shop owes, and has paid back itself, in minor units.
    async fn owes(&self, order: OrderId) -> (i64, i64) {
        let detail = self.read(&format!("/api/v1/payments/{order}/details")).await;
        let minor = |name: &str| detail[name]["amount_minor"].as_i64().unwrap();
        (minor("owed"), minor("offline"))
    }

    fn wanted(&self, order_id: OrderId, replaces: &[RefundId]) -> RefundRequested {
        RefundRequested {
            order_id,
            refund_id: RefundId(uuid::Uuid::now_v7()),
            user_id: self.user,
            amount: idr(PART),
            reason: "goods came back".into(),
            replaces: replaces.to_vec(),
            tax: None,
        }
    }
}

#[tokio::test]
async fn a_refused_refund_is_owed_until_the_shop_has_paid_it_back_itself() {
    let bank = Bank::start().await;
    let (order, id) = bank.refused().await;
    assert_eq!(bank.owes(order).await, (PART, 0));
    let found = bank.discrepancies("").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("refund_refused")));
    assert_eq!(found[0]["detail"], "IDR 10.00 should go back, and sandbox refuses");
    // Other money that goes back leaves it owed.
    let other = json!({"amount": idr(700), "reason": "late", "offline": {"reference": "till 7"}});
    assert_eq!(bank.refund(order, "other", other).await.status, 202);
    assert_eq!(bank.owes(order).await, (PART, 700));
    bank.told().await;
    bank.tick();

    let answer = bank.refund(order, "k", paid_back(&id)).await;
    assert_eq!((answer.status.as_u16(), &answer.body["refunded"]), (202, &json!(idr(PART + 700))));
    let refunds = &answer.body["refunds"];
    assert_eq!((&refunds[2]["state"], &refunds[2]["offline"]), (&json!("done"), &json!(true)));
    assert_eq!((&refunds[0]["state"], &refunds[0]["answered_by"]), (&json!("refused"), &refunds[2]["id"]));
    let told = bank.only::<PaymentRefunded>().await;
    assert_eq!(told[0].refund_id, Some(id.parse().unwrap()), "the order knows it by the id that was refused");
    assert_eq!((told[0].amount, told[0].offline), (idr(PART), Some(true)));
    assert_eq!(bank.owes(order).await, (0, PART + 700));
    assert!(bank.discrepancies("").await.is_empty());
    let ended = &bank.discrepancies("?all=true").await[0];
    assert_eq!((&ended["note"], &ended["resolved_by"]), (&json!("by bank transfer"), &json!(bank.user)));
    // Who and why, for the books: the provider gave nothing back.
    let detail = bank.read(&format!("/api/v1/payments/{order}/details")).await;
    let last = detail["attempts"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["author"]), (&json!("offline"), &json!(bank.user)));
    assert_eq!(last["reference"], "BCA 0042");
    assert_eq!((bank.balance("receivable:sandbox").await, bank.given_back().await), (AMOUNT, 0));
    assert_eq!(bank.balance("offline").await, -(PART + 700));
    // A comparison with the provider does not miss there what never went through it.
    bank.app.clock.advance(time::Duration::hours(7));
    bank.app.run_job("reconcile").await;
    assert!(bank.discrepancies("").await.is_empty());
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_owed_is_paid_back_once() {
    let bank = Bank::start().await;
    let (order, id) = bank.refused().await;
    let keys: Vec<String> = (0..6).map(|n| format!("k{n}")).collect();
    let answers = join_all(keys.iter().map(|key| bank.refund(order, key, paid_back(&id)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_eq!(refused.body["type"], "https://warung.dev/problems/refund-not-owed");
    let (won, _) = keys.iter().zip(&answers).find(|(_, answer)| answer.status == 202).unwrap();
    assert_eq!(bank.refund(order, won, paid_back(&id)).await.headers["idempotency-replayed"], "true");
    assert_eq!(bank.balance("offline").await, -PART);
    bank.app.stop().await;
}

#[tokio::test]
async fn no_more_is_paid_back_than_was_captured() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    let pending = bank.open("tok_webhook").await;
    let offline = |body: Value| {
        let mut body = body;
        body["reason"] = json!("x");
        body["offline"] = json!({"reference": "till 7"});
        body
    };
    let unknown = RefundId(uuid::Uuid::now_v7()).to_string();
    for (order, body, status) in [
        (order, offline(json!({"amount": idr(AMOUNT + 1)})), 409),
        (order, offline(json!({"amount": {"amount_minor": 5, "currency": "USD"}})), 400),
        (order, offline(json!({"refund_id": unknown})), 409),
        (order, json!({"reason": "x", "offline": {}}), 400),
        (order, json!({"reason": "x", "offline": {"reference": ""}}), 400),
        (pending, offline(json!({"amount": idr(1)})), 409),
    ] {
        let answer = bank.refund(order, "k", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    assert_eq!(bank.balance("offline").await, 0);
    assert_eq!(bank.refund(order, "all", offline(json!({}))).await.status, 202);
    assert_eq!(bank.state(order).await, "refunded");
    assert_eq!(bank.balance("offline").await, -AMOUNT);
    assert_eq!(bank.refund(order, "more", offline(json!({"amount": idr(1)}))).await.status, 409);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_second_try_takes_the_place_of_the_first_and_what_was_paid_is_not_tried_again() {
    let bank = Bank::start().await;
    let order = bank.open("tok_refund_refused").await;
    bank.told().await;
    let first = bank.wanted(order, &[]);
    let second = bank.wanted(order, &[first.refund_id]);
    for event in [&first, &second] {
        bank.app.deliver(event).await.unwrap();
        bank.calls().await;
    }
    assert_eq!(bank.owes(order).await, (PART, 0), "it is owed once, however often it was refused");
    // An administrator asks the provider too; what comes of it is told by the order's own id.
    let again = json!({"refund_id": second.refund_id, "reason": "try again"});
    assert_eq!(bank.refund(order, "again", again).await.status, 202);
    bank.calls().await;
    let failed = bank.only::<RefundFailed>().await;
    assert_eq!(failed.last().unwrap().refund_id, Some(second.refund_id));
    assert_eq!(bank.owes(order).await, (PART, 0));
    let answer = bank.refund(order, "k", paid_back(&second.refund_id.to_string())).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    bank.told().await;
    // The order asks a third time, unaware of it: nothing goes back twice.
    let third = bank.wanted(order, &[first.refund_id, second.refund_id]);
    bank.app.deliver(&third).await.unwrap();
    let failed = bank.only::<RefundFailed>().await;
    assert_eq!((failed[0].refund_id, failed[0].reason.as_str()), (Some(third.refund_id), "already_refunded"));
    assert_eq!((bank.owes(order).await, bank.balance("offline").await), ((0, PART), -PART));
    bank.app.stop().await;
}

#[tokio::test]
async fn what_is_put_aside_by_hand_without_paying_is_found_again() {
    let bank = Bank::start().await;
    bank.refused().await;
    let id = bank.discrepancies("").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/payments/discrepancies/{id}/resolve");
    let note = Some(json!({"note": "later"}));
    let headers = [("idempotency-key", "k")];
    let answer = bank.app.send_with("POST", &path, Some(&testing::admin()), &headers, note).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(bank.discrepancies("").await.is_empty());
    bank.app.clock.advance(time::Duration::hours(7));
    bank.app.run_job("reconcile").await;
    assert_eq!(bank.discrepancies("").await[0]["kind"], "refund_refused");
    bank.app.stop().await;
}
