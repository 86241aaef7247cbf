//! Goods that come back, and the money for them.

mod told;

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;
use warung_chassis::{
    auth::Role,
    testing::{self, Answer},
};
use warung_contracts::{
    event::{ItemsReturned, PaymentRefunded, RefundFailed, RefundRequested, ReturnRequested},
    id::{OrderId, PaymentId, RefundId, UserId},
    money::Money,
};

use crate::shop::{Shop, first_try};

impl Shop {
    /// An order of three at 11 % tax and 10 % off, at the customer's door.
    async fn delivered_three(&self) -> OrderId {
        self.tax("standard", 110_000).await;
        self.coupon(json!({"code": "TEN", "benefit": {"kind": "percent", "ppm": 100_000}})).await;
        self.peers.fill(&self.token, &[(self.product, 3)]).await;
        let answer = self.checkout_with(&Uuid::now_v7().to_string(), &["TEN"]).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let id: OrderId = answer.body["id"].as_str().unwrap().parse().unwrap();
        let total: Money = serde_json::from_value(answer.body["total"].clone()).unwrap();
        assert_eq!(total.amount_minor, 6_750);
        self.complete(id, total).await;
        id
    }

    async fn send_back(&self, order: OrderId, quantity: u32) -> Answer {
        let body = json!({"lines": [{"line": 0, "quantity": quantity}], "reason": "too bitter"});
        self.post(&format!("/api/v1/orders/{order}/returns"), &Uuid::now_v7().to_string(), Some(body)).await
    }

    async fn staff(&self, of: &str, deed: &str, body: Value) -> Answer {
        let key = Uuid::now_v7().to_string();
        let headers = [("idempotency-key", key.as_str())];
        let path = format!("/api/v1/admin/returns/{of}/{deed}");
        self.app.send_with("POST", &path, Some(&testing::admin()), &headers, Some(body)).await
    }

    /// A return whose goods arrived.
    async fn received(&self, order: OrderId, quantity: u32) -> String {
        let asked = self.send_back(order, quantity).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
        let id = asked.body["id"].as_str().unwrap().to_owned();
        for deed in ["approve", "receive"] {
            let done = self.staff(&id, deed, json!({})).await;
            assert_eq!(done.status, 200, "{}", done.body);
        }
        self.told::<ItemsReturned>().await;
        id
    }

    /// The state of an order's return, and what goes back for its line, in minor units.
    async fn returned(&self, order: OrderId) -> (String, i64) {
        let returns = self.get(&format!("/api/v1/orders/{order}/returns")).await.body;
        let first = &returns["items"][0];
        let minor = first["lines"][0]["refund"]["amount_minor"].as_i64().unwrap_or(0);
        (first["state"].as_str().unwrap().to_owned(), minor)
    }

    fn refunded_as(&self, order_id: OrderId, refund_id: RefundId, amount: Money) -> PaymentRefunded {
        let (payment_id, user_id) = (first_try(order_id), self.user);
        PaymentRefunded { order_id, payment_id, user_id, amount, refund_id: Some(refund_id), offline: None }
    }
}

#[tokio::test]
async fn staff_open_a_return_for_a_customer_who_calls() {
    let shop = Shop::start().await;
    let (order, early) = (shop.delivered_three().await, shop.order().await);
    let (staff, key) = (UserId(Uuid::now_v7()), Uuid::now_v7().to_string());
    let token = testing::token(staff, &[Role::Staff]);
    let ask = async |token: &str, key: &str, order: OrderId, quantity: u32| {
        let body = json!({"lines": [{"line": 0, "quantity": quantity}], "reason": "too bitter"});
        let path = format!("/api/v1/admin/orders/{order}/returns");
        shop.app.send_with("POST", &path, Some(token), &[("idempotency-key", key)], Some(body)).await
    };
    assert_eq!(ask(&shop.token, "c", order, 2).await.status, 403);
    let asked = ask(&token, &key, order, 2).await;
    assert_eq!((asked.status.as_u16(), &asked.body["state"]), (201, &json!("requested")), "{}", asked.body);
    assert_eq!(asked.body["actions"], json!(["approve", "refuse"]));
    assert_eq!(ask(&token, &key, order, 2).await.body["id"], asked.body["id"], "the same request again");
    // The customer is told as if they had asked, sees it and can take it back.
    let [told] = &shop.told::<ReturnRequested>().await[..] else { panic!("one") };
    assert_eq!((told.order_id, told.user_id, told.reason.as_str()), (order, shop.user, "too bitter"));
    let seen = shop.get(&format!("/api/v1/orders/{order}/returns")).await.body;
    assert_eq!(seen["items"][0]["actions"], json!(["withdraw"]), "{seen}");
    let timeline = shop.as_admin("GET", &format!("/api/v1/admin/orders/{order}/timeline"), None).await;
    let entries = timeline["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["kind"] == "return").unwrap();
    let said = (&entry["actor"], &entry["author"], &entry["text"]);
    assert_eq!(
        said,
        (&json!("staff"), &json!(staff), &json!("asked to return, for the customer: too bitter"))
    );
    // By the rules that customers have.
    for (order, quantity, slug) in [(order, 2, "return-too-large"), (early, 1, "order-not-returnable")] {
        let refused = ask(&token, &Uuid::now_v7().to_string(), order, quantity).await;
        assert_eq!(refused.body["type"], format!("https://warung.dev/problems/{slug}"), "{}", refused.body);
    }
    assert_eq!(ask(&token, "k3", OrderId(Uuid::now_v7()), 1).await.status, 404);
    shop.stop().await;
}

#[tokio::test]
async fn a_return_goes_its_whole_way() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    assert_eq!(shop.detail(order).await["actions"], json!(["request_return"]));
    let asked = shop.send_back(order, 2).await;
    assert_eq!((asked.status.as_u16(), &asked.body["state"]), (201, &json!("requested")), "{}", asked.body);
    assert_eq!(asked.body["actions"], json!(["withdraw"]));
    let id = asked.body["id"].as_str().unwrap();
    assert_eq!(shop.staff(id, "receive", json!({})).await.status, 409);
    let approved = shop.staff(id, "approve", json!({"answer": "Send it to Bandung"})).await;
    assert_eq!(approved.body["actions"], json!(["refuse", "receive"]), "{}", approved.body);
    let lines = json!([{"line": 0, "quantity": 2, "restock": true}]);
    let received = shop.staff(id, "receive", json!({"lines": lines})).await;
    assert_eq!(received.body["state"], "received", "{}", received.body);
    let returned = shop.told::<ItemsReturned>().await;
    assert_eq!((returned[0].lines[0].quantity, returned[0].lines[0].restock), (2, true));

    let refund = shop.staff(id, "refund", json!({})).await;
    assert_eq!(refund.body["state"], "refunding", "{}", refund.body);
    let asked = shop.told::<RefundRequested>().await;
    assert_eq!((asked.len(), asked[0].amount.amount_minor), (1, 4_500));
    // Two thirds of the line, and so of its tax: 11 % in 67.50.
    assert_eq!(asked[0].tax.map(|tax| tax.amount_minor), Some(446));
    let told = shop.refunded_as(order, asked[0].refund_id, asked[0].amount);
    for _ in 0..2 {
        shop.app.deliver_as(Uuid::from_u128(7), &told).await.unwrap();
    }
    let returns = shop.get(&format!("/api/v1/orders/{order}/returns")).await.body;
    assert_eq!(returns["items"][0]["state"], "refunded");
    assert_eq!(returns["items"][0]["answer"], "Send it to Bandung");
    let detail = shop.detail(order).await;
    assert_eq!(
        (&detail["refunded"]["amount_minor"], &detail["lines"][0]["returned"]),
        (&json!(4_500), &json!(2))
    );
    assert_eq!(shop.staff(id, "refund", json!({})).await.status, 409);
    shop.stop().await;
}

#[tokio::test]
async fn several_returns_never_give_back_more_than_was_paid() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let first = shop.received(order, 1).await;
    let too_much = shop.staff(&first, "refund", json!({"amount_minor": 2_251})).await;
    assert_eq!(too_much.status, 422, "{}", too_much.body);
    assert_eq!(too_much.body["type"], "https://warung.dev/problems/refund-too-large");
    assert_eq!(shop.staff(&first, "refund", json!({"amount_minor": 1_000})).await.status, 200);
    assert_eq!(shop.told::<RefundRequested>().await[0].amount.amount_minor, 1_000);
    let more = shop.send_back(order, 3).await;
    assert_eq!(
        (more.status.as_u16(), &more.body["type"]),
        (422, &json!("https://warung.dev/problems/return-too-large"))
    );
    assert_eq!(more.body["errors"][0]["detail"], "must be at most 2");
    let second = shop.received(order, 2).await;
    assert_eq!(shop.staff(&second, "refund", json!({})).await.status, 200);
    assert_eq!(shop.told::<RefundRequested>().await[0].amount.amount_minor, 4_500);
    let nothing_left = shop.send_back(order, 1).await;
    assert_eq!(nothing_left.body["type"], "https://warung.dev/problems/return-too-large");
    assert_eq!(nothing_left.body["errors"][0]["detail"], "must be at most 0: all of it is in returns");
    assert_eq!(shop.detail(order).await["actions"], json!([]));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_returns_at_once_no_item_is_in_two() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let answers = futures::future::join_all((0..10).map(|_| shop.send_back(order, 1))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 3);
    assert_eq!(shop.detail(order).await["lines"][0]["returned"], 3);
    shop.stop().await;
}

#[tokio::test]
async fn what_is_refused_or_did_not_come_can_be_sent_back_again() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let asked = shop.send_back(order, 3).await.body;
    let id = asked["id"].as_str().unwrap();
    let refused = shop.staff(id, "refuse", json!({"answer": "opened"})).await;
    assert_eq!((&refused.body["state"], &refused.body["actions"]), (&json!("refused"), &json!([])));
    let asked = shop.send_back(order, 3).await.body;
    let id = asked["id"].as_str().unwrap();
    shop.staff(id, "approve", json!({})).await;
    let lines = json!([{"line": 0, "quantity": 1, "restock": false}]);
    let received = shop.staff(id, "receive", json!({"lines": lines})).await;
    assert_eq!(received.body["lines"][0]["received"], 1, "{}", received.body);
    assert!(!shop.told::<ItemsReturned>().await[0].lines[0].restock);
    assert_eq!(shop.detail(order).await["lines"][0]["returned"], 1);
    assert_eq!(shop.staff(id, "refund", json!({})).await.body["refund"]["amount"]["amount_minor"], 2_250);
    shop.stop().await;
}

#[tokio::test]
async fn returns_are_taken_of_complete_orders_for_a_time() {
    let shop = Shop::start().await;
    let placed = shop.order().await;
    let early = shop.send_back(placed, 1).await;
    assert_eq!(early.body["type"], "https://warung.dev/problems/order-not-returnable", "{}", early.body);
    let order = shop.delivered_three().await;
    let (_, other) = testing::customer();
    let path = format!("/api/v1/orders/{order}/returns");
    let body = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "mine"});
    let headers = [("idempotency-key", "k")];
    let stranger = shop.app.send_with("POST", &path, Some(&other), &headers, Some(body)).await;
    assert_eq!(stranger.status, 404);
    shop.app.clock.advance(Duration::days(14));
    assert_eq!(shop.detail(order).await["actions"], json!([]));
    assert_eq!(shop.send_back(order, 1).await.status, 409);
    shop.stop().await;
}

#[tokio::test]
async fn what_payment_could_not_give_back_ends_its_return_when_it_went_back_another_way() {
    let shop = Shop::start().await;
    let order = shop.delivered_three().await;
    let id = shop.received(order, 2).await;
    let mut asked = Vec::new();
    for _ in 0..2 {
        assert_eq!(shop.staff(&id, "refund", json!({})).await.body["state"], "refunding");
        asked.push(shop.told::<RefundRequested>().await.remove(0));
        let RefundRequested { order_id, amount, refund_id, .. } = *asked.last().unwrap();
        let (payment_id, reason) = (PaymentId(Uuid::now_v7()), "bank_transfer".to_owned());
        let failed = RefundFailed { order_id, payment_id, refund_id: Some(refund_id), amount, reason };
        shop.app.deliver(&failed).await.unwrap();
        assert_eq!(shop.returned(order).await, ("received".to_owned(), 4_500));
    }
    assert_eq!((&asked[0].replaces, &asked[1].replaces), (&vec![], &vec![asked[0].refund_id]));
    // While a third try is on its way, staff pay by hand, and book it for the second.
    assert_eq!(shop.staff(&id, "refund", json!({"amount_minor": 900})).await.status, 200);
    let third = shop.told::<RefundRequested>().await.remove(0);
    let paid = shop.refunded_as(order, asked[1].refund_id, asked[1].amount);
    let paid = PaymentRefunded { offline: Some(true), ..paid };
    for _ in 0..2 {
        shop.app.deliver_as(Uuid::from_u128(9), &paid).await.unwrap();
    }
    let reason = "already_refunded".to_owned();
    let (payment_id, amount) = (paid.payment_id, third.amount);
    let failed =
        RefundFailed { order_id: order, payment_id, refund_id: Some(third.refund_id), amount, reason };
    shop.app.deliver(&failed).await.unwrap();
    assert_eq!(shop.returned(order).await, ("refunded".to_owned(), 4_500));
    assert_eq!(shop.detail(order).await["refunded"]["amount_minor"], 4_500);
    // The item that is left brings what was paid for it.
    let left = shop.received(order, 1).await;
    assert_eq!(shop.staff(&left, "refund", json!({})).await.body["refund"]["amount"]["amount_minor"], 2_250);
    shop.stop().await;
}
