//! Another way to pay while one waits at a company: it is called off there first, and paid once.

use serde_json::{Value, json};
use warung_contracts::id::OrderId;
use warung_psp_sim::Act;

use super::{Kind, Market, TOTAL, for_each_company};

for_each_company! {
    what_waits_is_called_off_and_the_next_one_paid
    what_was_paid_before_it_was_called_off_counts
    an_order_that_ends_meanwhile_opens_nothing
}

impl<C: Kind> Market<C> {
    /// The customer takes another way, at the same company.
    pub async fn change(&self, order: OrderId) -> Value {
        let body = json!({"provider": C::NAME, "method": C::METHOD, "return_url": "http://127.0.0.1/thanks"});
        let answer = self.bank.attempt(order, &format!("{order}-change"), body).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body
    }
}

async fn what_waits_is_called_off_and_the_next_one_paid<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    assert_eq!(market.change(order).await["changing"], true);
    market.work().await;
    market.carry().await;
    let second = market.bank.payment(order).await;
    assert_eq!((&second["attempt"], &second["state"]), (&json!(2), &json!("pending")), "{second}");
    let listed = market.listed();
    // PayPal has no way to call an order off: what nobody captures is never taken.
    assert!(listed.len() == 2 && listed[0].open && (C::NAME == "paypal" || !listed[1].open));
    market.act(Act::Pay);
    market.carry().await;
    assert_eq!(market.state(order).await, "succeeded");
    assert_eq!(market.bank.told().await, ["pending", "pending", "succeeded"]);
    // Where the old one can be agreed to after all, nothing is taken of it.
    if C::NAME == "paypal" {
        market.sim.act(&listed[1].id, &warung_psp_sim::Customer::does(Act::Pay)).unwrap();
        market.carry().await;
    }
    market.compare().await;
    assert_eq!(market.earned().await, TOTAL);
    assert!(market.bank.discrepancies("").await.is_empty());
    market.bank.app.stop().await;
}

async fn what_was_paid_before_it_was_called_off_counts<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.act(Act::Pay);
    // Its webhook is still on the way.
    market.change(order).await;
    market.work().await;
    market.carry().await;
    let payment = market.bank.payment(order).await;
    // An approved PayPal order is not money yet.
    let (attempt, state, earned) =
        if C::NAME == "paypal" { (2, "pending", 0) } else { (1, "succeeded", TOTAL) };
    assert_eq!((&payment["attempt"], &payment["state"]), (&json!(attempt), &json!(state)), "{payment}");
    assert_eq!(market.earned().await, earned);
    market.bank.app.stop().await;
}

async fn an_order_that_ends_meanwhile_opens_nothing<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    market.change(order).await;
    market.cancel(order).await;
    market.work().await;
    market.carry().await;
    let payment = market.bank.payment(order).await;
    assert_eq!((&payment["attempt"], &payment["state"]), (&json!(1), &json!("cancelled")), "{payment}");
    assert_eq!((market.listed().len(), market.earned().await), (1, 0));
    market.bank.app.stop().await;
}
