//! Each method: what the customer is told to do, and that it pays the order.

use serde_json::json;
use warung_psp_sim::{
    Act, Customer,
    faults::{What, When},
    midtrans::Midtrans,
    xendit::Xendit,
};

use super::{
    Kind, Market, TOTAL,
    faults::{lose, recover},
};

async fn pays<C: Kind>(method: Option<&str>, action: &str) {
    let market = Market::<C>::open().await;
    let order = market.order_by(method).await;
    let told = market.bank.payment(order).await["next_action"].clone();
    assert_eq!(told["type"], action, "{method:?}: {told}");
    market.act(Act::Pay);
    market.carry().await;
    assert_eq!(
        (market.state(order).await.as_str(), market.earned().await),
        ("succeeded", TOTAL),
        "{method:?}"
    );
    market.bank.app.stop().await;
}

/// Methods of Midtrans, and what the customer is told to do.
const OF_MIDTRANS: [(Option<&str>, &str); 8] = [
    (None, "redirect"),
    (Some("snap"), "redirect"),
    (Some("card"), "redirect"),
    (Some("gopay"), "redirect"),
    (Some("shopeepay"), "redirect"),
    (Some("qris"), "show_qr"),
    (Some("bank_transfer"), "transfer"),
    (Some("bank_transfer_permata"), "transfer"),
];
/// The same of Xendit.
const OF_XENDIT: [(Option<&str>, &str); 8] = [
    (None, "redirect"),
    (Some("invoice"), "redirect"),
    (Some("card"), "redirect"),
    (Some("gopay"), "redirect"),
    (Some("shopeepay"), "redirect"),
    (Some("qris"), "show_qr"),
    (Some("bank_transfer"), "transfer"),
    (Some("bank_transfer_bni"), "transfer"),
];

#[tokio::test]
async fn every_method_of_midtrans_pays() {
    for (method, action) in OF_MIDTRANS {
        pays::<Midtrans>(method, action).await;
    }
}

#[tokio::test]
async fn every_method_of_xendit_pays() {
    for (method, action) in OF_XENDIT {
        pays::<Xendit>(method, action).await;
    }
}

/// Neither less nor more than was asked is taken for it, also when the company is asked again later.
async fn holds_another_amount<C: Kind>(methods: &[(Option<&str>, &str)]) {
    let market = Market::<C>::open().await;
    for (method, _) in methods {
        for (paid, minor) in [("49999", TOTAL - 100), ("50001", TOTAL + 100)] {
            let order = market.order_by(*method).await;
            market.pay(paid);
            market.carry().await;
            market.compare().await;
            let held = market.bank.payment(order).await["held"].clone();
            assert_eq!(held, json!({"amount": market.minor(minor), "captured": true}), "{method:?}");
        }
    }
    assert_eq!(market.earned().await, 0);
    assert_eq!(market.bank.discrepancies("").await.len(), 2 * methods.len());
    market.bank.app.stop().await;
}

#[tokio::test]
async fn another_amount_is_held_by_every_method() {
    holds_another_amount::<Midtrans>(&OF_MIDTRANS).await;
    holds_another_amount::<Xendit>(&OF_XENDIT).await;
}

#[tokio::test]
async fn an_invoice_that_was_booked_before_its_callback_told_another_amount_is_a_discrepancy() {
    let market = Market::<Xendit>::open().await;
    let order = market.order_by(None).await;
    market.pay("49999");
    let late = market.sim.desk.courier.take();
    // Asked before the callback is heard, the company says what the invoice is of.
    market.compare().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    for webhook in &late {
        assert_eq!(market.deliver(webhook).await, 200);
    }
    market.work().await;
    // It does not go away when the company is asked once more.
    market.advance(time::Duration::hours(7));
    market.compare().await;
    let found = market.bank.discrepancies("").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("captured_differs")));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn who_is_refused_on_midtrans_page_may_pick_another_method() {
    let market = Market::<Midtrans>::open().await;
    let order = market.order_by(None).await;
    let page = market.latest();
    market
        .sim
        .act(&page, &Customer { method: Some("gopay".to_owned()), ..Customer::does(Act::Choose) })
        .unwrap();
    market.sim.act(&page, &Customer::does(Act::Deny)).unwrap();
    market.carry().await;
    assert_eq!(market.state(order).await, "pending");
    assert_eq!(market.bank.payment(order).await["next_action"]["type"], "redirect");
    market.sim.act(&page, &Customer { method: Some("qris".to_owned()), ..Customer::does(Act::Pay) }).unwrap();
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

/// A refund that the company never makes is told, and the money stays where it is.
async fn keeps_the_money<C: Kind>(method: &str) {
    let market = Market::<C>::open().await;
    let order = market.order_by(Some(method)).await;
    market.act(Act::Pay);
    market.carry().await;
    assert_eq!(market.bank.refund(order, "k", json!({"reason": "late"})).await.status, 202);
    market.bank.calls().await;
    assert_eq!(market.bank.told().await.last().unwrap(), "refund_failed");
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn a_bank_transfer_does_not_go_back() {
    keeps_the_money::<Midtrans>("bank_transfer").await;
    keeps_the_money::<Xendit>("bank_transfer").await;
    keeps_the_money::<Xendit>("qris").await;
}

#[tokio::test]
async fn an_invoice_by_wallet_goes_back() {
    let market = Market::<Xendit>::open().await;
    let order = market.order_by(None).await;
    market.act_with(Customer { method: Some("OVO".to_owned()), ..Customer::does(Act::Pay) });
    market.carry().await;
    assert_eq!(market.bank.refund(order, "k", json!({"reason": "late"})).await.status, 202);
    market.bank.calls().await;
    market.advance(time::Duration::minutes(10));
    market.app().run_job("recovery").await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    market.bank.app.stop().await;
}

#[tokio::test]
async fn what_a_company_can_not_express_is_refused_before_it_is_asked() {
    let market = Market::<Midtrans>::open().await;
    for (minor, currency, method, failure) in [
        (TOTAL + 1, "IDR", None, "amount_not_expressible"),
        (TOTAL, "USD", None, "currency_not_supported"),
        (TOTAL, "IDR", Some("barter"), "method_not_supported"),
    ] {
        let mut reserved = market.reserved(method);
        reserved.total = warung_contracts::money::Money::new(minor, currency.parse().unwrap());
        market.app().deliver(&reserved).await.unwrap();
        market.bank.calls().await;
        let payment = market.bank.payment(reserved.order_id).await;
        assert_eq!((&payment["state"], &payment["failure"]), (&json!("failed"), &json!(failure)));
    }
    assert!(market.sim.journal.all().is_empty());
    market.bank.app.stop().await;
}

/// All of a card's money that is not settled goes back by calling it off: at Midtrans nothing was ever paid then.
#[tokio::test]
async fn a_card_that_goes_back_before_it_is_settled_is_no_difference() {
    let market = Market::<Midtrans>::open().await;
    let mut reserved = market.reserved(Some("card"));
    reserved.payment.token = Some("481111-1114-whole".to_owned());
    market.app().deliver(&reserved).await.unwrap();
    market.bank.calls().await;
    market.act(Act::Pay);
    market.carry().await;
    let order = reserved.order_id;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("succeeded", TOTAL));
    assert_eq!(market.bank.refund(order, "k", json!({"reason": "late"})).await.status, 202);
    // The company tells of it before we have noted its answer, and after that.
    lose(&market, What::Reset { when: When::After }, "/cancel").await;
    market.bank.calls().await;
    market.carry().await;
    recover(&market).await;
    market.carry().await;
    assert_eq!((market.state(order).await.as_str(), market.earned().await), ("refunded", 0));
    assert_eq!(market.listed()[0].status, "cancel");
    market.advance(time::Duration::hours(7));
    market.compare().await;
    assert_eq!(market.bank.discrepancies("?all=true").await, Vec::<serde_json::Value>::new());
    market.bank.app.stop().await;
}
