//! PayPal looks at a payment before it takes the money, or sets it aside: the shop asks until that ends, whatever it is told.

use serde_json::json;
use time::Duration;
use warung_contracts::id::OrderId;
use warung_psp_sim::{
    Act,
    faults::{What, When},
    paypal::PayPal,
};

use super::{
    Market, TOTAL,
    faults::{lose, recover},
};

impl Market<PayPal> {
    /// An order whose buyer approved it, and which PayPal looks at.
    async fn looked_at(&self) -> OrderId {
        let order = self.order().await;
        self.act(Act::Challenge);
        self.carry().await;
        assert_eq!((self.state(order).await.as_str(), self.earned().await), ("approved", 0));
        assert_eq!(self.kinds().await, ["in_review"]);
        order
    }

    async fn kinds(&self) -> Vec<String> {
        let found = self.bank.discrepancies("").await;
        found.iter().map(|found| found["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Every webhook is lost, and the shop is left to itself for a while.
    async fn in_silence(&self) {
        self.sim.desk.courier.take();
        self.advance(Duration::minutes(5));
        self.app().run_job("recovery").await;
        self.work().await;
        self.sim.desk.courier.take();
    }

    /// How often PayPal was asked to do this.
    fn asked(&self, what: &str) -> usize {
        let said = self.sim.journal.all();
        said.iter().filter(|said| said.method == "POST" && said.path.ends_with(what)).count()
    }
}

#[tokio::test]
async fn what_passes_is_taken_without_a_word() {
    let market = Market::<PayPal>::open().await;
    let order = market.looked_at().await;
    // However long it takes; and it is never asked for twice.
    for _ in 0..12 {
        market.in_silence().await;
    }
    market.advance(Duration::hours(7));
    market.in_silence().await;
    assert_eq!((market.state(order).await.as_str(), market.asked("/capture")), ("approved", 1));
    assert_eq!(market.kinds().await, ["in_review"], "nothing else is wrong");
    market.act(Act::Settle);
    market.in_silence().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    assert_eq!((market.asked("/capture"), market.kinds().await.len()), (1, 0));
    assert_eq!(market.bank.told().await, ["pending", "succeeded"]);
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_passes_is_taken_when_it_is_told() {
    let market = Market::<PayPal>::open().await;
    let order = market.looked_at().await;
    market.act(Act::Settle);
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    recover(&market).await;
    assert_eq!((market.asked("/capture"), market.kinds().await.len()), (1, 0));
    assert_eq!(market.bank.told().await, ["pending", "succeeded"]);
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_does_not_pass_has_failed() {
    let market = Market::<PayPal>::open().await;
    let order = market.looked_at().await;
    market.act(Act::Deny);
    market.in_silence().await;
    let payment = market.bank.payment(order).await;
    assert_eq!((&payment["state"], &payment["failure"]), (&json!("failed"), &json!("capture_declined")));
    assert_eq!((market.earned().await, market.kinds().await.len()), (0, 0));
    // The customer may take another way.
    market.change(order).await;
    market.bank.calls().await;
    market.act(Act::Pay);
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_passes_after_its_order_was_cancelled_goes_back() {
    let market = Market::<PayPal>::open().await;
    let order = market.looked_at().await;
    market.cancel(order).await;
    for _ in 0..3 {
        market.in_silence().await;
    }
    assert_eq!(market.state(order).await, "approved", "it may still be taken");
    market.act(Act::Settle);
    for _ in 0..3 {
        market.in_silence().await;
    }
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    assert_eq!((market.asked("/refund"), market.kinds().await.len()), (1, 0));
    assert_eq!(market.bank.told().await, ["pending", "refunded"]);
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_does_not_pass_after_its_order_was_cancelled_is_over() {
    let market = Market::<PayPal>::open().await;
    let order = market.looked_at().await;
    market.cancel(order).await;
    market.act(Act::Deny);
    market.in_silence().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("cancelled", 0));
    assert_eq!(market.bank.told().await, ["pending"]);
    market.bank.app.stop().await;
}

#[tokio::test]
async fn the_answer_that_it_is_looked_at_is_lost() {
    let market = Market::<PayPal>::open().await;
    let order = market.order().await;
    market.act(Act::Challenge);
    lose(&market, What::Reset { when: When::After }, "/capture").await;
    market.carry().await;
    // For longer than PayPal remembers the key.
    for _ in 0..2 {
        recover(&market).await;
        market.advance(Duration::hours(7));
    }
    assert_eq!(
        (market.state(order).await.as_str(), market.kinds().await),
        ("approved", vec!["in_review".into()])
    );
    market.act(Act::Settle);
    market.in_silence().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_is_to_be_set_aside_is_looked_at() {
    for passes in [true, false] {
        let market = Market::<PayPal>::manual().await;
        let order = market.looked_at().await;
        market.in_silence().await;
        assert_eq!((market.state(order).await.as_str(), market.asked("/authorize")), ("approved", 1));
        market.act(if passes { Act::Settle } else { Act::Deny });
        market.in_silence().await;
        assert_eq!(market.state(order).await, if passes { "authorized" } else { "failed" });
        assert_eq!((market.earned().await, market.kinds().await.len()), (0, 0));
        market.bank.app.stop().await;
    }
}

/// Versions of before left nothing to ask with: the call was over.
#[tokio::test]
async fn what_no_call_asks_about_is_found_by_the_comparison() {
    for cancelled in [true, false] {
        let market = Market::<PayPal>::open().await;
        let order = market.looked_at().await;
        let pool = market.app().db.as_ref().unwrap().pool();
        sqlx::query("UPDATE attempts SET state = 'done', done_at = created_at").execute(pool).await.unwrap();
        if cancelled {
            market.cancel(order).await;
        }
        market.compare().await;
        assert_eq!(market.state(order).await, "approved");
        market.act(Act::Settle);
        market.sim.desk.courier.take();
        market.compare().await;
        market.work().await;
        let (state, earned) = if cancelled { ("refunded", 0) } else { ("succeeded", TOTAL) };
        assert_eq!((market.state(order).await.as_str(), market.earned().await), (state, earned));
        assert_eq!(market.kinds().await.len(), 0);
        market.bank.app.stop().await;
    }
}
