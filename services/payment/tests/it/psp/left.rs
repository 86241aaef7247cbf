//! Refused on Midtrans's page, which waits for another method, and then left: whoever ends the payment, it ends.

use serde_json::json;
use time::Duration;
use warung_contracts::id::OrderId;
use warung_psp_sim::{
    Act, Customer,
    faults::{Fault, What, When},
    midtrans::Midtrans,
};

use super::{
    Market, TOTAL,
    faults::{lose, recover},
};

/// Where a page is closed.
const CLOSES: &str = "/snap/v1/transactions/";

impl Market<Midtrans> {
    /// An order whose customer was refused on its page, and the page.
    async fn refused(&self, act: Act) -> (OrderId, String) {
        let order = self.order_by(None).await;
        let page = self.latest();
        let card = Some("credit_card".to_owned());
        self.sim.act(&page, &Customer { method: card, ..Customer::does(Act::Choose) }).unwrap();
        self.sim.act(&page, &Customer::does(act)).unwrap();
        self.carry().await;
        assert_eq!(self.state(order).await, "pending", "another method may follow");
        (order, page)
    }

    /// Whether the customer could still pay there.
    fn takes_money(&self, page: &str) -> bool {
        let qris = Some("qris".to_owned());
        self.sim.act(page, &Customer { method: qris, ..Customer::does(Act::Pay) }).is_ok()
    }

    async fn has_ended(&self, order: OrderId, page: &str, state: &str) {
        assert_eq!(self.state(order).await, state);
        assert!(!self.takes_money(page), "the page is open");
        assert_eq!((self.earned().await, self.bank.discrepancies("").await.len()), (0, 0));
    }
}

#[tokio::test]
async fn its_time_runs_out() {
    for act in [Act::Deny, Act::Fail] {
        let market = Market::<Midtrans>::open().await;
        let (order, page) = market.refused(act).await;
        // Ours is over a little before the page's.
        market.app().clock.advance(Duration::seconds(1800));
        assert_eq!(market.app().run_job("expiry").await, 1);
        market.bank.calls().await;
        market.has_ended(order, &page, "expired").await;
        assert_eq!(market.bank.told().await, ["pending", "expired"]);
        market.bank.app.stop().await;
    }
}

#[tokio::test]
async fn its_order_is_cancelled() {
    let market = Market::<Midtrans>::open().await;
    let (order, page) = market.refused(Act::Deny).await;
    market.cancel(order).await;
    market.bank.calls().await;
    market.has_ended(order, &page, "cancelled").await;
    market.bank.app.stop().await;
}

#[tokio::test]
async fn its_customer_takes_another_way() {
    let market = Market::<Midtrans>::open().await;
    let (order, page) = market.refused(Act::Deny).await;
    market.change(order).await;
    market.work().await;
    assert!(!market.takes_money(&page), "the page is open");
    let second = market.bank.payment(order).await;
    assert_eq!((&second["attempt"], &second["state"]), (&json!(2), &json!("pending")), "{second}");
    market.act(Act::Pay);
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn the_answer_that_the_page_is_closed_is_lost() {
    let market = Market::<Midtrans>::open().await;
    let (order, page) = market.refused(Act::Deny).await;
    lose(&market, What::Reset { when: When::After }, CLOSES).await;
    market.cancel(order).await;
    market.bank.calls().await;
    assert_eq!(market.state(order).await, "pending");
    recover(&market).await;
    market.has_ended(order, &page, "cancelled").await;
    market.bank.app.stop().await;
}

#[tokio::test]
async fn a_page_that_does_not_close_ends_with_its_time() {
    let market = Market::<Midtrans>::open().await;
    let (order, page) = market.refused(Act::Deny).await;
    let no = What::Status { status: 400, when: When::Before };
    let stays = || market.sim.faults.add(Fault { times: 1000, ..Fault::next(no, CLOSES) });
    stays();
    market.cancel(order).await;
    for _ in 0..5 {
        market.bank.calls().await;
        market.advance(Duration::minutes(5));
        market.app().run_job("recovery").await;
        assert_eq!(market.state(order).await, "pending", "it could still be paid");
    }
    market.advance(Duration::minutes(6));
    market.app().run_job("recovery").await;
    market.has_ended(order, &page, "cancelled").await;
    market.bank.app.stop().await;
}

#[tokio::test]
async fn who_picks_another_method_in_that_moment_is_called_off() {
    let market = Market::<Midtrans>::open().await;
    let (order, page) = market.refused(Act::Deny).await;
    let gopay = Some("gopay".to_owned());
    market.sim.act(&page, &Customer { method: gopay, ..Customer::does(Act::Choose) }).unwrap();
    market.cancel(order).await;
    market.bank.calls().await;
    market.has_ended(order, &page, "cancelled").await;
    market.bank.app.stop().await;
}
