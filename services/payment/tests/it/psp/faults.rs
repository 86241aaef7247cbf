//! What goes wrong between the shop and a company, and what may not come of it: two charges, or none.

use serde_json::json;
use time::Duration;
use warung_psp_sim::{
    Act, Customer,
    faults::{Fault, What, When},
    paypal::PayPal,
};

use super::{Kind, Market, TOTAL, for_each_company};

for_each_company! {
    a_lost_answer_leaves_one_payment_that_can_be_paid
    a_request_that_never_arrived_is_made_again
    a_company_that_is_away_is_waited_for
    a_refund_whose_answer_was_lost_goes_back_once
    a_refund_that_was_never_sent_goes_back_however_late
    a_refund_that_never_arrived_goes_back_when_its_key_is_long_forgotten
}

#[tokio::test]
async fn an_opening_whose_answer_is_lost_for_good_ends() {
    let market = Market::<PayPal>::open().await;
    lose(&market, What::Reset { when: When::After }, PayPal::OPENS).await;
    let order = market.order().await;
    assert_eq!(market.state(order).await, "opening");
    // PayPal was away until it had forgotten the key, and it finds no order without its own id.
    market.advance(Duration::hours(7));
    recover(&market).await;
    assert_eq!(market.state(order).await, "expired");
    // Nobody saw how to pay it: there is nothing to look for.
    assert!(market.bank.discrepancies("").await.is_empty());
    market.bank.app.stop().await;
}

/// Every kind of loss, in a number that no repetition outlasts.
pub fn losses(when: When) -> [What; 3] {
    [What::Status { status: 502, when }, What::Reset { when }, What::Status { status: 500, when }]
}

pub async fn lose<C: Kind>(market: &Market<C>, what: What, path: &str) {
    market.sim.faults.clear();
    market.sim.faults.add(Fault { times: 3, method: "POST".to_owned(), ..Fault::next(what, path) });
}

/// Lets the claims of lost calls run out, and makes them again.
pub async fn recover<C: Kind>(market: &Market<C>) {
    market.sim.faults.clear();
    for _ in 0..3 {
        market.advance(Duration::seconds(40));
        market.app().run_job("recovery").await;
        market.work().await;
    }
}

async fn a_lost_answer_leaves_one_payment_that_can_be_paid<C: Kind>() {
    for what in losses(When::After) {
        let market = Market::<C>::open().await;
        lose(&market, what, C::OPENS).await;
        let order = market.order().await;
        assert_eq!(market.state(order).await, "opening", "{what:?}");
        recover(&market).await;
        let payment = market.bank.payment(order).await;
        assert_eq!(payment["state"], "pending", "{what:?}: {payment}");
        let url = payment["next_action"]["url"]
            .as_str()
            .unwrap_or_else(|| panic!("{what:?}: {payment}"))
            .to_owned();
        // The one whose page the customer has is paid; what else was opened, nobody knows how to pay.
        let shown = market.listed().into_iter().find(|listed| url.contains(&listed.id)).unwrap();
        market.sim.act(&shown.id, &Customer::does(Act::Pay)).unwrap();
        market.carry().await;
        assert_eq!(market.state(order).await, "succeeded", "{what:?}");
        assert_eq!(market.earned().await, TOTAL);
        let ended = market.listed().iter().filter(|listed| !listed.open).count();
        assert_eq!(ended, 1, "{what:?}: {:?}", market.listed());
        market.bank.app.stop().await;
    }
}

async fn a_request_that_never_arrived_is_made_again<C: Kind>() {
    for what in losses(When::Before) {
        let market = Market::<C>::open().await;
        lose(&market, what, C::OPENS).await;
        let order = market.order().await;
        recover(&market).await;
        assert_eq!(market.state(order).await, "pending", "{what:?}");
        assert_eq!(market.listed().len(), 1, "{what:?}");
        market.bank.app.stop().await;
    }
}

async fn a_company_that_is_away_is_waited_for<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    // The webhook arrives, and the question after it finds nobody.
    let what = What::Status { status: 503, when: When::Before };
    market.sim.faults.add(Fault { times: 50, ..Fault::next(what, "/v") });
    let webhooks = market.sim.desk.courier.take();
    for webhook in &webhooks {
        // PayPal's simulator is asked whether it sent it; a webhook that can't be checked now comes again.
        let wanted = if C::NAME == "paypal" { 503 } else { 200 };
        assert_eq!(market.deliver(webhook).await, wanted);
    }
    market.app().run_job("webhooks").await;
    assert_eq!(market.state(order).await, "pending");
    market.sim.faults.clear();
    for webhook in &webhooks {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    recover(&market).await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

async fn a_refund_whose_answer_was_lost_goes_back_once<C: Kind>() {
    for what in losses(When::After) {
        let market = Market::<C>::open().await;
        let order = market.order().await;
        market.act(Act::Pay);
        market.carry().await;
        lose(&market, what, "refund").await;
        let body = json!({"amount": market.minor(1_000_000), "reason": "late"});
        assert_eq!(market.bank.refund(order, "k", body).await.status, 202);
        market.bank.calls().await;
        recover(&market).await;
        market.advance(Duration::minutes(10));
        recover(&market).await;
        market.carry().await;
        assert_eq!(market.earned().await, TOTAL - 1_000_000, "{what:?}");
        let told = market.bank.told().await;
        assert_eq!(told.iter().filter(|event| *event == "refunded").count(), 1, "{what:?}: {told:?}");
        // And the company gave back just that: the rest still can be, and no more.
        let rest = json!({"amount": market.minor(TOTAL - 1_000_000), "reason": "rest"});
        assert_eq!(market.bank.refund(order, "k2", rest).await.status, 202);
        market.bank.calls().await;
        market.advance(Duration::minutes(10));
        recover(&market).await;
        market.carry().await;
        assert_eq!(market.state(order).await, "refunded", "{what:?}");
        market.bank.app.stop().await;
    }
}

async fn a_refund_that_never_arrived_goes_back_when_its_key_is_long_forgotten<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    for _ in 0..2 {
        market.carry().await;
    }
    let away = What::Reset { when: When::Before };
    market.sim.faults.add(Fault { times: 50, ..Fault::next(away, "/") });
    assert_eq!(market.bank.refund(order, "k", json!({"reason": "late"})).await.status, 202);
    market.bank.calls().await;
    for _ in 0..10 {
        market.advance(Duration::minutes(10));
        market.app().run_job("recovery").await;
    }
    let kinds = async |query: &str| {
        let found = market.bank.discrepancies(query).await;
        found.iter().map(|found| found["kind"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("").await, ["call_unanswered"]);
    // The company was away for longer than it remembers a key.
    market.advance(Duration::days(60));
    recover(&market).await;
    market.advance(Duration::minutes(10));
    recover(&market).await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    // What was told of it is over, and stays to be read.
    assert_eq!(kinds("").await, [""; 0]);
    assert_eq!(kinds("?all=true").await, ["call_unanswered"]);
    market.bank.app.stop().await;
}

async fn a_refund_that_was_never_sent_goes_back_however_late<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    // What paying tells, and what taking the money tells then: no company repeats news for so long.
    for _ in 0..2 {
        market.carry().await;
    }
    assert_eq!(market.bank.refund(order, "k", json!({"reason": "late"})).await.status, 202);
    // The service was away for longer than any company remembers a key.
    market.advance(Duration::days(60));
    market.bank.calls().await;
    market.advance(Duration::minutes(10));
    recover(&market).await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    market.bank.app.stop().await;
}
