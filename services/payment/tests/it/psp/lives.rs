//! From the opening to the end: paid, refused, run out, called off, given back.

use serde_json::json;
use time::Duration;
use warung_psp_sim::Act;

use super::{Kind, Market, TOTAL, for_each_company};

for_each_company! {
    what_a_customer_pays_is_told_once
    what_is_refused_is_told
    what_nobody_pays_runs_out
    an_order_that_is_cancelled_is_called_off
    money_that_comes_after_the_end_goes_back
    what_is_paid_in_the_last_moment_counts
    money_goes_back_in_parts_and_never_too_much
    another_amount_is_held
}

async fn what_a_customer_pays_is_told_once<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    assert_eq!(market.state(order).await, "pending");
    let action = market.bank.payment(order).await["next_action"].clone();
    assert_eq!(action["type"], "redirect", "{action}");
    assert!(action["url"].as_str().unwrap().starts_with(&market.sim.desk.url), "{action}");
    market.act(Act::Pay);
    market.carry().await;
    assert_eq!(market.state(order).await, "succeeded");
    assert_eq!(market.bank.told().await, ["pending", "succeeded"]);
    assert_eq!(market.earned().await, TOTAL);
    market.bank.app.stop().await;
}

async fn what_is_refused_is_told<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    // PayPal's customers are refused only when their approved order is captured.
    market.act(if C::NAME == "paypal" { Act::Fail } else { Act::Deny });
    market.carry().await;
    let payment = market.bank.payment(order).await;
    // What is refused when it is to be captured is called off.
    let wanted = if C::NAME == "paypal" { "cancelled" } else { "failed" };
    assert_eq!(payment["state"], wanted, "{payment}");
    assert!(!payment["failure"].as_str().unwrap().is_empty());
    assert_eq!(market.bank.told().await.last().unwrap(), "failed");
    assert_eq!(market.earned().await, 0);
    market.bank.app.stop().await;
}

async fn what_nobody_pays_runs_out<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.advance(Duration::seconds(1800));
    assert_eq!(market.app().run_job("expiry").await, 1);
    market.bank.calls().await;
    market.carry().await;
    assert_eq!(market.state(order).await, "expired");
    assert_eq!(market.bank.told().await, ["pending", "expired"]);
    market.bank.app.stop().await;
}

async fn an_order_that_is_cancelled_is_called_off<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.cancel(order).await;
    market.bank.calls().await;
    market.carry().await;
    assert_eq!(market.state(order).await, "cancelled");
    assert_eq!(market.earned().await, 0);
    // PayPal has no way to call an order off: what nobody captures is never taken.
    assert!(C::NAME == "paypal" || !market.listed()[0].open);
    market.bank.app.stop().await;
}

async fn money_that_comes_after_the_end_goes_back<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    // It was under way while the order was cancelled.
    market.cancel(order).await;
    market.bank.calls().await;
    market.carry().await;
    market.advance(Duration::seconds(10));
    market.app().run_job("recovery").await;
    market.carry().await;
    assert_eq!(market.earned().await, 0);
    let state = market.state(order).await;
    assert!(state == "refunded" || state == "cancelled", "{state}");
    market.bank.app.stop().await;
}

async fn what_is_paid_in_the_last_moment_counts<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    // The webhook is lost; the time runs out, and the company is asked.
    market.sim.desk.courier.take();
    market.app().clock.advance(Duration::seconds(1800));
    assert_eq!(market.app().run_job("expiry").await, 1);
    market.work().await;
    market.carry().await;
    let state = market.state(order).await;
    // An approved PayPal order is not money yet: nothing is lost when it runs out.
    let wanted = if C::NAME == "paypal" { "expired" } else { "succeeded" };
    assert_eq!(state, wanted);
    market.bank.app.stop().await;
}

async fn money_goes_back_in_parts_and_never_too_much<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    market.carry().await;
    for (key, part) in [("k1", 2_000_000), ("k2", 1_000_000)] {
        let body = json!({"amount": market.minor(part), "reason": "late"});
        assert_eq!(market.bank.refund(order, key, body).await.status, 202);
        market.bank.calls().await;
        // Wallets take a while; the company is asked until it is done.
        market.advance(Duration::minutes(10));
        market.app().run_job("recovery").await;
        market.carry().await;
    }
    let too_much = json!({"amount": market.minor(2_000_100), "reason": "more"});
    let refused = market.bank.refund(order, "k3", too_much).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["type"]),
        (409, &json!("https://warung.dev/problems/refund-exceeds-captured"))
    );
    assert_eq!(market.earned().await, TOTAL - 3_000_000);
    let rest = json!({"reason": "all of it"});
    assert_eq!(market.bank.refund(order, "k4", rest).await.status, 202);
    market.bank.calls().await;
    market.advance(Duration::minutes(10));
    market.app().run_job("recovery").await;
    market.carry().await;
    assert_eq!(market.state(order).await, "refunded");
    assert_eq!(market.earned().await, 0);
    let told = market.bank.told().await;
    assert_eq!(told.iter().filter(|event| *event == "refunded").count(), 3, "{told:?}");
    market.bank.app.stop().await;
}

async fn another_amount_is_held<C: Kind>() {
    let market = Market::<C>::open().await;
    for (paid, minor) in [("49999", TOTAL - 100), ("50001", TOTAL + 100)] {
        let order = market.order().await;
        market.pay(paid);
        market.carry().await;
        let payment = market.bank.payment(order).await;
        assert_eq!(payment["held"], json!({"amount": market.minor(minor), "captured": true}), "{payment}");
        assert!(!market.bank.told().await.contains(&"succeeded".to_owned()));
        assert_eq!(market.earned().await, 0);
    }
    market.bank.app.stop().await;
}
