//! Disputes as each company tells them. Xendit's description has none.

use serde_json::Value;
use warung_contracts::id::OrderId;
use warung_psp_sim::{Act, Amount, Customer, midtrans::Midtrans, paypal::PayPal};

use super::{Kind, Market, TOTAL};

impl<C: Kind> Market<C> {
    async fn disputes(&self, order: OrderId) -> Value {
        self.bank.read(&format!("/api/v1/payments/{order}/details")).await["disputes"].clone()
    }

    async fn bank_has(&self) -> i64 {
        self.bank.balance(&format!("chargebacks:{}", C::NAME)).await
    }

    async fn paid(&self) -> OrderId {
        let order = self.order().await;
        self.act(Act::Pay);
        self.carry().await;
        assert_eq!(self.state(order).await, "succeeded");
        self.bank.told().await;
        order
    }
}

#[tokio::test]
async fn paypal_asks_then_takes_then_decides() {
    let market = Market::<PayPal>::open().await;
    let order = market.paid().await;
    for (act, told, state, taken, asked) in [
        (Act::Dispute, vec!["disputed"], "inquiry", 0, true),
        (Act::Dispute, vec!["disputed"], "opened", TOTAL, true),
        (Act::Win, vec!["dispute_closed"], "won", 0, false),
    ] {
        market.act(act);
        let webhooks = market.sim.desk.courier.waiting();
        market.carry().await;
        // Sent again, it says nothing new.
        for webhook in &webhooks {
            assert_eq!(market.deliver(webhook).await, 200);
        }
        market.work().await;
        assert_eq!(market.bank.told().await, told, "{state}");
        let dispute = market.disputes(order).await[0].clone();
        assert_eq!(dispute["state"], state);
        assert_eq!(dispute["respond_by"].is_string(), asked, "{dispute}");
        assert_eq!((market.bank_has().await, market.earned().await), (taken, TOTAL), "{state}");
    }
    market.compare().await;
    assert!(market.bank.discrepancies("").await.is_empty());
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_paypal_says_in_another_order_comes_to_the_same() {
    let market = Market::<PayPal>::open().await;
    let order = market.paid().await;
    for act in [Act::Dispute, Act::Dispute, Act::Lose] {
        market.act(act);
    }
    for webhook in market.sim.desk.courier.take().iter().rev() {
        assert_eq!(market.deliver(webhook).await, 200);
        market.work().await;
    }
    assert_eq!(market.bank.told().await, ["disputed", "dispute_closed"]);
    assert_eq!(
        (market.bank_has().await, market.disputes(order).await[0]["state"].as_str()),
        (TOTAL, Some("lost"))
    );
    market.bank.app.stop().await;
}

#[tokio::test]
async fn a_dispute_of_which_paypal_told_in_vain_is_found_by_its_list() {
    let market = Market::<PayPal>::open().await;
    market.paid().await;
    // Older than what is compared payment by payment.
    market.advance(time::Duration::days(30));
    market.act(Act::Dispute);
    market.act(Act::Dispute);
    market.sim.desk.courier.take();
    market.compare().await;
    assert_eq!((market.bank.told().await, market.bank_has().await), (vec!["disputed".to_owned()], TOTAL));
    // And its end too, which no webhook tells either.
    market.act(Act::Lose);
    market.sim.desk.courier.take();
    market.advance(time::Duration::hours(1));
    market.compare().await;
    assert_eq!(market.bank.told().await, ["dispute_closed"]);
    market.bank.app.stop().await;
}

#[tokio::test]
async fn midtrans_tells_of_a_chargeback_once_it_is_lost() {
    let market = Market::<Midtrans>::open().await;
    let order = market.paid().await;
    market.act(Act::Chargeback);
    let webhooks = market.sim.desk.courier.waiting();
    market.carry().await;
    for webhook in webhooks.iter().chain(&webhooks) {
        market.deliver(webhook).await;
    }
    market.work().await;
    assert_eq!(market.bank.told().await, ["disputed", "dispute_closed"]);
    assert_eq!((market.bank_has().await, market.earned().await), (TOTAL, TOTAL), "the sale was made");
    assert_eq!(
        (market.state(order).await.as_str(), market.bank.discrepancies("").await.len()),
        ("succeeded", 0)
    );
    market.bank.app.stop().await;
}

#[tokio::test]
async fn how_much_of_a_part_midtrans_does_not_say_and_a_person_looks() {
    let market = Market::<Midtrans>::open().await;
    let order = market.paid().await;
    let amount = Some("10000".parse::<Amount>().unwrap());
    market.act_with(Customer { amount, ..Customer::does(Act::Chargeback) });
    market.carry().await;
    assert_eq!(market.bank.told().await, ["disputed"]);
    assert_eq!(market.bank.discrepancies("").await[0]["kind"], "charged_back_in_part");
    assert_eq!(
        (market.bank_has().await, market.disputes(order).await[0]["state"].as_str()),
        (0, Some("opened"))
    );
    // Then all of it.
    market.act(Act::Chargeback);
    market.carry().await;
    assert_eq!(
        (market.bank.told().await, market.bank_has().await),
        (vec!["dispute_closed".to_owned()], TOTAL)
    );
    market.bank.app.stop().await;
}

#[tokio::test]
async fn a_chargeback_whose_notification_was_lost_is_found_by_the_status() {
    let market = Market::<Midtrans>::open().await;
    market.paid().await;
    market.act(Act::Chargeback);
    assert_eq!(market.sim.desk.courier.take().len(), 1);
    market.advance(time::Duration::hours(7));
    market.compare().await;
    assert_eq!(market.bank.told().await, ["disputed", "dispute_closed"]);
    assert_eq!(market.bank_has().await, TOTAL);
    market.bank.app.stop().await;
}
