//! Webhooks: doubled, reordered, late, lost, forged; each is asked about, and none believed.

use time::Duration;
use warung_psp_sim::{
    Act,
    faults::{Fault, What, When},
};

use super::{Kind, Market, TOTAL, for_each_company};

for_each_company! {
    webhooks_twice_and_in_the_other_order_pay_once
    a_forged_webhook_changes_nothing
    a_webhook_that_lies_is_not_believed
    a_late_webhook_moves_nothing_back
    a_webhook_is_answered_while_the_company_is_slow
}

async fn webhooks_twice_and_in_the_other_order_pay_once<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    let mut webhooks = market.sim.desk.courier.take();
    webhooks.reverse();
    for webhook in webhooks.iter().chain(&webhooks) {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    market.work().await;
    market.carry().await;
    for webhook in &webhooks {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    market.work().await;
    assert_eq!(market.bank.told().await, ["pending", "succeeded"]);
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

async fn a_forged_webhook_changes_nothing<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    for webhook in market.sim.desk.courier.take() {
        assert_eq!(market.deliver(&Market::<C>::forged(&webhook)).await, 401, "{}", webhook.body);
        let bare = warung_psp_sim::courier::Webhook { headers: Vec::new(), ..webhook };
        // Midtrans signs in the body: what has no headers is as good as before.
        assert_eq!(market.deliver(&bare).await, if C::NAME == "midtrans" { 200 } else { 401 });
    }
    if C::NAME != "midtrans" {
        market.work().await;
        assert_eq!(market.state(order).await, "pending");
    }
    market.bank.app.stop().await;
}

async fn a_webhook_that_lies_is_not_believed<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    let told = market.sim.desk.courier.take();
    // Genuine, but of a payment that stands otherwise: another order's webhook names it.
    let other = market.order().await;
    for webhook in &told {
        market.deliver(webhook).await;
    }
    market.work().await;
    market.carry().await;
    assert_eq!(market.state(order).await, "succeeded");
    assert_eq!(market.state(other).await, "pending");
    assert_eq!(market.earned().await, TOTAL);
    market.bank.app.stop().await;
}

async fn a_late_webhook_moves_nothing_back<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    let early = market.sim.desk.courier.waiting();
    market.act(Act::Pay);
    let approved = market.sim.desk.courier.waiting();
    market.carry().await;
    assert_eq!(market.state(order).await, "succeeded");
    market.advance(Duration::days(2));
    for webhook in early.iter().chain(&approved) {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    market.work().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

async fn a_webhook_is_answered_while_the_company_is_slow<C: Kind>() {
    let market = Market::<C>::open().await;
    market.order().await;
    market.act(Act::Pay);
    // PayPal's simulator is asked whether it sent the webhook, which the real one's certificate tells.
    let slow = if C::NAME == "paypal" { "/v2/" } else { "/v" };
    market.sim.faults.add(Fault { times: 9, ..Fault::next(What::Timeout { when: When::Before }, slow) });
    for webhook in market.sim.desk.courier.take() {
        assert_eq!(market.deliver(&webhook).await, 200);
    }
    assert_eq!(market.sim.faults.all()[0].times, 9, "the company was asked before the answer");
    market.bank.app.stop().await;
}
