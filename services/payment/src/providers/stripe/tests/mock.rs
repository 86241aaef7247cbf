//! Against Stripe's own stripe-mock, which knows every parameter of the API and no state: each request is one it takes.

use std::process::{Child, Command, Stdio};

use warung_chassis::testing::eventually;
use warung_testbed::{outside, ports};

use super::*;

/// stripe-mock, gone when dropped.
struct Mock {
    process: Child,
    stripe: Stripe,
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn start() -> Option<Mock> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let program = outside::program("stripe-mock", "clients")?;
    let address = ports::own_address();
    let (http, https) = (format!("{address}:8080"), format!("{address}:8443"));
    let process = Command::new(program)
        .args(["-http-addr", &http, "-https-addr", &https])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let client = Client::new(&format!("http://{http}")).unwrap();
    let mock = Mock { process, stripe: Stripe::new(client, "sk_test_123".into(), "whsec_1") };
    eventually("stripe-mock", async || tokio::net::TcpStream::connect(&http).await.ok()).await;
    Some(mock)
}

#[tokio::test]
async fn stripe_mock_takes_every_request() {
    let Some(mock) = start().await else { return };
    let stripe = &mock.stripe;
    let by_token = Payment { return_url: Some("https://kopi.example.com/back".into()), ..payment() };
    let by_method = Payment { token: None, method: Some("paynow".into()), ..payment() };
    let manual = Payment { standing: Standing::opening(by_token.amount, Capture::Manual), ..payment() };
    let some = Money::new(1000, "IDR".parse().unwrap());
    for payment in [&by_token, &by_method, &manual] {
        let ask = Ask { key: Uuid::now_v7(), payment };
        let told = stripe.open(ask).await.unwrap();
        assert!(told.reference.unwrap().starts_with("pi_"));
        assert!(told.client_secret.is_some());
    }
    let ask = Ask { key: Uuid::now_v7(), payment: &manual };
    stripe.capture(ask, some).await.unwrap();
    stripe.void(ask).await.unwrap();
    // Expanded as asked: the charge is the whole object.
    assert!(matches!(stripe.lookup(&manual).await.unwrap(), Lookup::Known(_)));
    assert_eq!(stripe.refund(ask, some, "broken").await.unwrap().status, RefundStatus::Done);
    assert!(stripe.refund_status(ask, Some("re_1"), some).await.unwrap().is_some());
    stripe.refund_status(ask, None, some).await.unwrap();
    // And it refuses who has no key.
    let nobody = Stripe { key: "".into(), ..Stripe::new(stripe.client.clone(), "".into(), "") };
    assert!(matches!(nobody.lookup(&manual).await, Err(Trouble::Permanent(_))));
}
