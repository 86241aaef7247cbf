//! What we send, against Stripe's own description of what it takes.

use super::{company::start, *};

#[tokio::test]
async fn every_request_is_one_that_stripe_describes() {
    let Some((company, stripe)) = start().await else { return };
    let by_token = payment();
    let with_return = Payment { return_url: Some("https://kopi.example.com/back".into()), ..payment() };
    let in_browser = Payment { token: None, ..payment() };
    let by_method = Payment { method: Some("card".into()), ..payment() };
    let manual = Payment { standing: Standing::opening(by_token.amount, Capture::Manual), ..payment() };
    let key = Uuid::now_v7();
    for payment in [&by_token, &with_return, &in_browser, &by_method, &manual] {
        let told = stripe.open(Ask { key, payment }).await.unwrap();
        assert!(told.client_secret.is_some());
    }
    let ask = Ask { key, payment: &manual };
    let some = Money::new(1000, "IDR".parse().unwrap());
    stripe.capture(ask, some).await.unwrap();
    stripe.void(ask).await.unwrap();
    assert!(matches!(stripe.lookup(&manual).await.unwrap(), Lookup::Known(_)));
    stripe.refund(ask, some, "broken").await.unwrap();
    assert!(stripe.refund_status(ask, Some("re_1"), some).await.unwrap().is_some());
    // The sample is of another refund than ours.
    assert_eq!(stripe.refund_status(ask, None, some).await.unwrap(), None);
    assert_eq!(*company.faults.lock().unwrap(), Vec::<String>::new());
    assert_eq!(company.seen.lock().unwrap().len(), 11);
}

#[tokio::test]
async fn what_stripe_can_not_do_is_refused_before_it_is_asked() {
    let Some((_, stripe)) = start().await else { return };
    let code = |payment: Payment| stripe.accepts(&payment).unwrap_err().code;
    assert!(stripe.accepts(&payment()).is_ok());
    let of =
        |minor, currency: &str| Payment { amount: Money::new(minor, currency.parse().unwrap()), ..payment() };
    assert_eq!(code(of(100, "IRR")), "currency_not_supported");
    assert_eq!(code(of(5124, "KWD")), "amount_not_expressible");
    assert_eq!(code(Payment { method: Some("gopay".into()), ..payment() }), "method_not_supported");
    // Without its id nobody can say how it stands.
    assert_eq!(stripe.lookup(&Payment { reference: None, ..payment() }).await.unwrap(), Lookup::Unknown);
}
