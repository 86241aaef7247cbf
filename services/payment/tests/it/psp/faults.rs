//! What goes wrong between the shop and a company, and what may not come of it: two charges, or none.

use serde_json::json;
use time::Duration;
use warung_psp_sim::{
    Act, Customer,
    faults::{Fault, What, When},
};

use super::{Kind, Market, TOTAL, for_each_company};

for_each_company! {
    a_lost_answer_leaves_one_payment_that_can_be_paid
    a_request_that_never_arrived_is_made_again
    a_company_that_is_away_is_waited_for
    a_refund_whose_answer_was_lost_goes_back_once
    a_refund_that_was_never_sent_goes_back_however_late
}

/// Every kind of loss, in a number that no repetition outlasts.
fn losses(when: When) -> [What; 3] {
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
