//! Money that is set aside first: taken in part, let go, lapsed.

use serde_json::json;
use warung_contracts::id::OrderId;
use warung_psp_sim::{Act, Customer};

use super::{Kind, Market, TOTAL};

pub async fn authorized<C: Kind>(market: &Market<C>) -> OrderId {
    // At Midtrans only cards are set aside: on the page.
    let order = market.order_by(if C::NAME == "paypal" { None } else { Some("card") }).await;
    if C::NAME == "midtrans" {
        let customer = Customer { method: Some("credit_card".to_owned()), ..Customer::does(Act::Pay) };
        market.act_with(customer);
    } else {
        market.act(Act::Pay);
    }
    market.carry().await;
    assert_eq!(market.state(order).await, "authorized");
    assert_eq!(market.earned().await, 0);
    order
}

async fn a_part_is_taken_and_the_rest_is_freed<C: Kind>() {
    let market = Market::<C>::manual().await;
    let order = authorized(&market).await;
    let body = json!({"amount": market.minor(3_000_000)});
    assert_eq!(market.bank.wish(order, "capture", "k", body).await.status, 202);
    market.bank.calls().await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", 3_000_000));
    let more = json!({"amount": market.minor(TOTAL)});
    assert_eq!(market.bank.wish(order, "capture", "k2", more).await.status, 409);
    market.bank.app.stop().await;
}

/// The companies of rupiah take whole ones alone: half a one is refused before anything is asked.
async fn what_can_not_be_written_is_refused_and_the_rest_can_be_taken<C: Kind>() {
    let market = Market::<C>::manual().await;
    let order = authorized(&market).await;
    let calls = market.sim.journal.all().len();
    let half = json!({"amount": market.minor(2_000_050)});
    let refused = market.bank.wish(order, "capture", "half", half).await;
    let whole_only = C::CURRENCY == "IDR";
    assert_eq!(refused.status, if whole_only { 400 } else { 202 }, "{}", refused.body);
    if whole_only {
        market.bank.calls().await;
        assert_eq!(market.sim.journal.all().len(), calls, "nobody was asked");
        let payment = market.bank.payment(order).await;
        assert_eq!((&payment["state"], &payment["failure"]), (&json!("authorized"), &json!(null)));
        let whole = json!({"amount": market.minor(2_000_100)});
        assert_eq!(market.bank.wish(order, "capture", "whole", whole).await.status, 202);
    }
    market.bank.calls().await;
    market.carry().await;
    let taken = if whole_only { 2_000_100 } else { 2_000_050 };
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", taken));
    market.bank.app.stop().await;
}

async fn what_is_set_aside_is_let_go<C: Kind>() {
    let market = Market::<C>::manual().await;
    let order = authorized(&market).await;
    assert_eq!(market.bank.wish(order, "void", "k", json!({"reason": "sold twice"})).await.status, 202);
    market.bank.calls().await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("cancelled", 0));
    market.bank.app.stop().await;
}

async fn a_lapsed_authorisation_is_not_taken<C: Kind>() {
    let market = Market::<C>::manual().await;
    let order = authorized(&market).await;
    market.act(Act::Expire);
    let told = market.sim.desk.courier.take();
    // Who does not know it yet asks for the money, and is refused: for good where the company says why.
    let (refused, ended) =
        if C::NAME == "paypal" { ("cancelled", "cancelled") } else { ("authorized", "expired") };
    assert_eq!(market.bank.wish(order, "capture", "k", json!({})).await.status, 202);
    market.bank.calls().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), (refused, 0));
    let noted = market.bank.discrepancies("").await.iter().any(|found| found["kind"] == "capture_refused");
    assert_eq!(noted, refused == "authorized");
    // Then the company tells.
    for webhook in &told {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    market.work().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), (ended, 0));
    let left = market.bank.discrepancies("").await;
    assert!(left.iter().all(|found| found["kind"] != "capture_refused"), "{left:?}");
    market.bank.app.stop().await;
}

super::for_each_company! {
    a_part_is_taken_and_the_rest_is_freed
    what_can_not_be_written_is_refused_and_the_rest_can_be_taken
    what_is_set_aside_is_let_go
    a_lapsed_authorisation_is_not_taken
}
