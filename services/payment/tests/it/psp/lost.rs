//! Answers of captures, of calls that set aside and of calls that call off are lost, or the calls are: each acts once.

use serde_json::json;
use time::Duration;
use warung_contracts::id::OrderId;
use warung_psp_sim::{
    Act,
    faults::{Fault, What, When},
    journal::Payload,
    midtrans::Midtrans,
    paypal::PayPal,
    xendit::Xendit,
};

use super::{
    Kind, Market, TOTAL,
    faults::{lose, losses, recover},
    for_each_company,
    manual::authorized,
};

for_each_company! {
    a_capture_whose_answer_was_lost_takes_once
    a_capture_that_never_arrived_is_made
    a_call_off_whose_answer_was_lost_frees_what_was_set_aside
    a_call_off_that_never_arrived_is_made
    what_waits_is_called_off_although_the_answer_was_lost
}

/// What is taken in these tests, in minor units.
const PART: i64 = 3_000_000;

impl<C: Kind> Market<C> {
    /// How often the company acted on a call whose path ends so: a repeat has the answer of the first.
    pub fn acted(&self, end: &str) -> usize {
        let mut answers = Vec::new();
        for said in self.sim.journal.all() {
            let acts = said.method == "POST" && said.path.ends_with(end) && (200..300).contains(&said.status);
            let refused = matches!(&said.answer, Payload::Json(body) if body["status_code"] == "412");
            if acts && !refused && !answers.contains(&said.answer) {
                answers.push(said.answer);
            }
        }
        answers.len()
    }

    /// Nothing differs between the books and the company's.
    async fn agrees(&self) {
        self.advance(Duration::hours(7));
        self.compare().await;
        assert_eq!(self.bank.discrepancies("").await, Vec::<serde_json::Value>::new());
    }

    async fn capture(&self, order: OrderId) {
        let body = json!({"amount": self.minor(PART)});
        assert_eq!(self.bank.wish(order, "capture", "k", body).await.status, 202);
        self.bank.calls().await;
    }
}

/// The end of the path by which what is set aside is freed.
fn frees<C: Kind>() -> &'static str {
    if C::NAME == "paypal" { "/void" } else { "/cancel" }
}

/// Xendit promises no keys for captures: that the first one acted is found by asking, or it would be refused as one too many.
async fn a_capture_whose_answer_was_lost_takes_once<C: Kind>() {
    for what in losses(When::After) {
        let market = Market::<C>::manual().await;
        let order = authorized(&market).await;
        lose(&market, what, "/capture").await;
        market.capture(order).await;
        assert_eq!(
            (market.state(order).await.as_str(), market.earned().await),
            ("authorized", 0),
            "{what:?}"
        );
        // Nobody tells: the company is asked.
        market.sim.desk.courier.take();
        recover(&market).await;
        let payment = market.bank.payment(order).await;
        assert_eq!((&payment["state"], &payment["failure"]), (&json!("succeeded"), &json!(null)), "{what:?}");
        assert_eq!((market.earned().await, market.acted("/capture")), (PART, 1), "{what:?}");
        market.carry().await;
        market.agrees().await;
        assert_eq!(market.bank.told().await.last().unwrap(), "succeeded");
        market.bank.app.stop().await;
    }
}

async fn a_capture_that_never_arrived_is_made<C: Kind>() {
    for what in losses(When::Before) {
        let market = Market::<C>::manual().await;
        let order = authorized(&market).await;
        lose(&market, what, "/capture").await;
        market.capture(order).await;
        assert_eq!(
            (market.state(order).await.as_str(), market.acted("/capture")),
            ("authorized", 0),
            "{what:?}"
        );
        recover(&market).await;
        assert_eq!(
            (market.state(order).await.as_str(), market.acted("/capture")),
            ("succeeded", 1),
            "{what:?}"
        );
        market.carry().await;
        assert_eq!(market.earned().await, PART);
        market.agrees().await;
        market.bank.app.stop().await;
    }
}

async fn a_call_off_whose_answer_was_lost_frees_what_was_set_aside<C: Kind>() {
    is_freed::<C>(When::After).await;
}

async fn a_call_off_that_never_arrived_is_made<C: Kind>() {
    is_freed::<C>(When::Before).await;
}

async fn is_freed<C: Kind>(when: When) {
    for what in losses(when) {
        let market = Market::<C>::manual().await;
        let order = authorized(&market).await;
        lose(&market, what, frees::<C>()).await;
        assert_eq!(market.bank.wish(order, "void", "k", json!({"reason": "sold twice"})).await.status, 202);
        market.bank.calls().await;
        assert_eq!(market.state(order).await, "authorized", "{what:?}");
        market.sim.desk.courier.take();
        recover(&market).await;
        assert_eq!((market.state(order).await.as_str(), market.earned().await), ("cancelled", 0), "{what:?}");
        // Freed there, too: nothing can be taken any more.
        market.carry().await;
        market.agrees().await;
        assert_eq!(market.bank.told().await.iter().filter(|told| *told == "failed").count(), 1);
        market.bank.app.stop().await;
    }
}

async fn what_waits_is_called_off_although_the_answer_was_lost<C: Kind>() {
    for what in losses(When::After) {
        let market = Market::<C>::open().await;
        let order = market.order().await;
        lose(&market, what, frees::<C>()).await;
        market.cancel(order).await;
        market.bank.calls().await;
        recover(&market).await;
        market.carry().await;
        assert_eq!((market.state(order).await.as_str(), market.earned().await), ("cancelled", 0), "{what:?}");
        // PayPal has no way to call an order off: what nobody captures is never taken.
        assert!(C::NAME == "paypal" || !market.listed()[0].open, "{what:?}");
        market.bank.app.stop().await;
    }
}

#[tokio::test]
async fn what_the_buyer_approved_is_taken_once_although_the_answer_was_lost() {
    for what in losses(When::After) {
        let market = Market::<PayPal>::open().await;
        let order = market.order().await;
        market.act(Act::Pay);
        lose(&market, what, "/capture").await;
        market.carry().await;
        assert_eq!((market.state(order).await.as_str(), market.earned().await), ("approved", 0), "{what:?}");
        market.sim.desk.courier.take();
        recover(&market).await;
        assert_eq!(
            (market.state(order).await.as_str(), market.earned().await),
            ("succeeded", TOTAL),
            "{what:?}"
        );
        assert_eq!((market.acted("/capture"), market.bank.told().await.len()), (1, 2), "{what:?}");
        market.agrees().await;
        market.bank.app.stop().await;
    }
}

#[tokio::test]
async fn what_the_buyer_approved_is_set_aside_once_although_the_call_or_its_answer_was_lost() {
    for what in losses(When::After).into_iter().chain(losses(When::Before)) {
        let market = Market::<PayPal>::manual().await;
        let order = market.order().await;
        market.act(Act::Pay);
        lose(&market, what, "/authorize").await;
        market.carry().await;
        assert_eq!(market.state(order).await, "approved", "{what:?}");
        market.sim.desk.courier.take();
        recover(&market).await;
        assert_eq!(
            (market.state(order).await.as_str(), market.acted("/authorize")),
            ("authorized", 1),
            "{what:?}"
        );
        market.capture(order).await;
        market.carry().await;
        assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", PART));
        market.agrees().await;
        market.bank.app.stop().await;
    }
}

/// Who was declined, of which the answer was lost, has PayPal's page again, and agrees to another card there.
#[tokio::test]
async fn who_was_declined_unheard_may_agree_again() {
    for (capture, path, state) in
        [("automatic", "/capture", "succeeded"), ("manual", "/authorize", "authorized")]
    {
        let market = Market::<PayPal>::open_with(&[("WARUNG_PAYMENT_CAPTURE", capture)]).await;
        let order = market.order().await;
        market.act(Act::Fail);
        lose(&market, What::Reset { when: When::After }, path).await;
        market.carry().await;
        recover(&market).await;
        assert_eq!(market.state(order).await, "approved", "{capture}");
        market.act(Act::Pay);
        market.sim.desk.courier.take();
        market.advance(Duration::minutes(5));
        recover(&market).await;
        assert_eq!((market.state(order).await.as_str(), market.acted(path)), (state, 1), "{capture}");
        market.agrees().await;
        market.bank.app.stop().await;
    }
}

/// Calling off brings no answer for long, the customer pays meanwhile, and the webhook is lost: the comparison hears of it.
async fn is_paid_meanwhile<C: Kind>() {
    let market = Market::<C>::open().await;
    let order = market.order().await;
    let broken = What::Status { status: 500, when: When::Before };
    market.sim.faults.add(Fault { times: 1000, ..Fault::next(broken, frees::<C>()) });
    market.app().clock.advance(Duration::minutes(30));
    assert_eq!(market.app().run_job("expiry").await, 1);
    market.bank.calls().await;
    market.act(Act::Pay);
    market.sim.desk.courier.take();
    market.compare().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    recover(&market).await;
    assert_eq!(market.bank.told().await, ["pending", "succeeded"]);
    market.agrees().await;
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_is_paid_while_it_can_not_be_called_off_counts() {
    is_paid_meanwhile::<Midtrans>().await;
    is_paid_meanwhile::<Xendit>().await;
}
