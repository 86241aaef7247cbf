//! Xendit's requests have no keys: one whose answer was lost may have been made, and a card's may have been taken. Nothing
//! that was charged is lost, and nothing is kept twice.

use serde_json::json;
use time::Duration;
use warung_contracts::id::OrderId;
use warung_psp_sim::{
    Act, Customer,
    faults::{What, When},
    journal::{Exchange, Payload},
    xendit::{FRICTIONLESS, Xendit},
};

use super::{
    Market, TOTAL,
    faults::{lose, recover},
};

const LOST: What = What::Reset { when: When::After };

impl Market<Xendit> {
    /// An order whose opening was made, and whose answer was lost.
    async fn unanswered(token: Option<&str>) -> (Self, OrderId) {
        let market = Self::open().await;
        lose(&market, LOST, "/v3/payment_requests").await;
        let mut reserved = market.reserved(Some("card"));
        reserved.payment.token = token.map(str::to_owned);
        market.app().deliver(&reserved).await.unwrap();
        market.bank.calls().await;
        assert_eq!(market.state(reserved.order_id).await, "opening");
        (market, reserved.order_id)
    }

    /// The same when a second request was made, oldest first.
    async fn twins() -> (Self, OrderId, [String; 2]) {
        let (market, order) = Self::unanswered(None).await;
        recover(&market).await;
        assert_eq!(market.state(order).await, "pending");
        let [second, first] = <[_; 2]>::try_from(market.listed()).unwrap().map(|listed| listed.id);
        (market, order, [first, second])
    }

    /// The customer pays one of them, and the shop hears it.
    async fn pay_at(&self, id: &str) {
        self.sim.act(id, &Customer::does(Act::Pay)).unwrap();
        self.carry().await;
    }

    /// The requests of which the company gave something back, once nothing is under way any more.
    async fn given_back(&self) -> Vec<String> {
        self.advance(Duration::minutes(10));
        recover(self).await;
        self.carry().await;
        let of = |said: Exchange| match (said.path.as_str(), said.request) {
            ("/refunds", Payload::Json(body)) => body["payment_request_id"].as_str().map(str::to_owned),
            _ => None,
        };
        self.sim.journal.all().into_iter().filter_map(of).collect()
    }
}

#[tokio::test]
async fn a_card_that_was_charged_although_the_answer_was_lost_pays_its_order() {
    let (market, order) = Market::unanswered(Some(FRICTIONLESS)).await;
    // However often it is tried: no other request takes the card again.
    recover(&market).await;
    assert_eq!((market.state(order).await.as_str(), market.listed().len()), ("opening", 1));
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    recover(&market).await;
    assert_eq!((market.listed().len(), market.bank.told().await), (1, vec!["succeeded".to_owned()]));
    assert_eq!(market.bank.discrepancies("").await, Vec::<serde_json::Value>::new());
    market.bank.app.stop().await;
}

#[tokio::test]
async fn a_card_of_which_nobody_tells_is_left_to_a_person_and_given_back_when_it_shows() {
    let (market, order) = Market::unanswered(Some(FRICTIONLESS)).await;
    let late = market.sim.desk.courier.take();
    market.advance(Duration::minutes(31));
    recover(&market).await;
    assert_eq!(market.state(order).await, "expired");
    let open = market.bank.discrepancies("").await;
    assert!(open.iter().any(|found| found["kind"] == "request_unknown"), "{open:?}");
    for webhook in &late {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    market.work().await;
    assert_eq!(market.given_back().await.len(), 1);
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    let open = market.bank.discrepancies("").await;
    assert!(!open.iter().any(|found| found["kind"] == "request_unknown"), "{open:?}");
    market.bank.app.stop().await;
}

#[tokio::test]
async fn the_request_that_is_paid_counts_and_the_other_is_called_off() {
    let (market, order, [first, _]) = Market::twins().await;
    market.pay_at(&first).await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    assert!(market.listed().iter().all(|listed| !listed.open), "{:?}", market.listed());
    assert_eq!(market.given_back().await, Vec::<String>::new());
    // A refund goes to the one that was paid.
    market.bank.refund(order, "k", json!({"reason": "late"})).await;
    market.bank.calls().await;
    assert_eq!(market.given_back().await, [first]);
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn of_two_requests_that_are_paid_the_later_is_given_back() {
    for early in [0, 1] {
        let (market, order, twins) = Market::twins().await;
        let (kept, other) = (&twins[early], &twins[1 - early]);
        // Both before the shop hears of either.
        market.sim.act(kept, &Customer::does(Act::Pay)).unwrap();
        market.sim.act(other, &Customer::does(Act::Pay)).unwrap();
        let webhooks = market.sim.desk.courier.take();
        for webhook in webhooks.iter().chain(&webhooks) {
            assert_eq!(market.deliver(webhook).await, 200);
            market.app().run_job("webhooks").await;
        }
        let found = &market.bank.discrepancies("").await[0];
        assert_eq!(found["kind"], "charged_twice");
        assert!(found["detail"].as_str().unwrap().contains(other.as_str()), "{found}");
        market.work().await;
        assert_eq!(market.given_back().await, std::slice::from_ref(other));
        assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
        assert_eq!(market.bank.discrepancies("").await, Vec::<serde_json::Value>::new());
        market.bank.app.stop().await;
    }
}
