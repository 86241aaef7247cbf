//! Real adapters through the whole service, against stateful simulators of the companies.
//!
//! The simulators are proved elsewhere, against the companies' own descriptions and clients (tests/psp-sim). Their webhooks
//! wait at the courier here, so that each test says what arrives, how often and in which order.

mod changes;
mod disputes;
mod faults;
mod left;
mod lives;
mod lost;
mod manual;
mod methods;
mod races;
mod review;
mod twice;
mod webhooks;

use std::str::FromStr as _;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{self, TestApp};
use warung_contracts::{
    event::{CancelReason, OrderCancelled, PaymentChoice, StockReserved},
    id::OrderId,
    money::Money,
};
use warung_psp_sim::{
    Act, Amount, Company, Customer, Listed, Options, Sim,
    courier::{Policy, Webhook},
    midtrans::{self, Midtrans},
    paypal::{self, PayPal},
    start,
    xendit::{self, Xendit},
};

use crate::bank::Bank;

/// A company as the shop uses it.
pub trait Kind: Company {
    const CURRENCY: &'static str;
    /// How to pay, where a test does not care.
    const METHOD: Option<&'static str>;
    /// The part of the path by which a payment is opened.
    const OPENS: &'static str;

    fn credentials() -> Vec<(&'static str, &'static str)>;

    fn urls() -> Vec<&'static str>;
}

impl Kind for Midtrans {
    const CURRENCY: &'static str = "IDR";
    const METHOD: Option<&'static str> = Some("gopay");
    const OPENS: &'static str = "/v2/charge";

    fn credentials() -> Vec<(&'static str, &'static str)> {
        vec![("WARUNG_MIDTRANS_SERVER_KEY", midtrans::SERVER_KEY)]
    }

    fn urls() -> Vec<&'static str> {
        vec!["WARUNG_MIDTRANS_URL", "WARUNG_MIDTRANS_SNAP_URL"]
    }
}

impl Kind for Xendit {
    const CURRENCY: &'static str = "IDR";
    const METHOD: Option<&'static str> = Some("card");
    const OPENS: &'static str = "/v3/payment_requests";

    fn credentials() -> Vec<(&'static str, &'static str)> {
        vec![
            ("WARUNG_XENDIT_SECRET_KEY", xendit::SECRET_KEY),
            ("WARUNG_XENDIT_CALLBACK_TOKEN", xendit::CALLBACK_TOKEN),
        ]
    }

    fn urls() -> Vec<&'static str> {
        vec!["WARUNG_XENDIT_URL"]
    }
}

impl Kind for PayPal {
    const CURRENCY: &'static str = "USD";
    const METHOD: Option<&'static str> = None;
    const OPENS: &'static str = "/v2/checkout/orders";

    fn credentials() -> Vec<(&'static str, &'static str)> {
        vec![
            ("WARUNG_PAYPAL_CLIENT_ID", paypal::CLIENT_ID),
            ("WARUNG_PAYPAL_CLIENT_SECRET", paypal::CLIENT_SECRET),
            ("WARUNG_PAYPAL_WEBHOOK_ID", paypal::WEBHOOK_ID),
        ]
    }

    fn urls() -> Vec<&'static str> {
        vec!["WARUNG_PAYPAL_URL"]
    }
}

/// What every order costs, in minor units: 50,000.00 of the currency.
pub const TOTAL: i64 = 5_000_000;

/// A shop and its company.
pub struct Market<C: Kind> {
    pub bank: Bank,
    pub sim: Sim<C>,
}

impl<C: Kind> Market<C> {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// A shop in which an administrator takes the money.
    pub async fn manual() -> Self {
        Self::open_with(&[("WARUNG_PAYMENT_CAPTURE", "manual")]).await
    }

    pub async fn open_with(more: &[(&str, &str)]) -> Self {
        let policy = Policy { hold: true, ..Policy::default() };
        let stopped_at = Some(testing::epoch());
        let sim = start::<C>(Options { seed: 7, policy, stopped_at, ..Options::default() }).await.unwrap();
        let mut variables = vec![("WARUNG_PAYMENT_PROVIDERS", C::NAME)];
        variables.extend(C::credentials());
        variables.extend(C::urls().into_iter().map(|name| (name, sim.desk.url.as_str())));
        variables.extend(more);
        let app = TestApp::start(warung_payment::service(), &variables).await;
        let (user, token) = testing::customer();
        Self { bank: Bank { app, user, token }, sim }
    }

    pub fn app(&self) -> &TestApp {
        &self.bank.app
    }

    /// An order whose stock is set aside.
    pub fn reserved(&self, method: Option<&str>) -> StockReserved {
        StockReserved {
            order_id: OrderId(Uuid::now_v7()),
            number: None,
            user_id: self.bank.user,
            total: Money::new(TOTAL, C::CURRENCY.parse().unwrap()),
            payment: PaymentChoice {
                method: method.map(str::to_owned),
                return_url: Some("http://127.0.0.1/thanks".to_owned()),
                ..PaymentChoice::of(C::NAME)
            },
            order_token_hash: None,
            totals: None,
            served_from: vec![],
        }
    }

    /// Opens a payment, and lets the company answer.
    pub async fn order(&self) -> OrderId {
        self.order_by(C::METHOD).await
    }

    pub async fn order_by(&self, method: Option<&str>) -> OrderId {
        let reserved = self.reserved(method);
        self.app().deliver(&reserved).await.unwrap();
        self.bank.calls().await;
        reserved.order_id
    }

    pub async fn cancel(&self, order_id: OrderId) {
        let cancelled = OrderCancelled {
            order_id,
            number: "KOPI-000001".into(),
            user_id: self.bank.user,
            total: Money::new(TOTAL, C::CURRENCY.parse().unwrap()),
            reason: CancelReason::ByCustomer,
            cart_token_hash: None,
        };
        self.app().deliver(&cancelled).await.unwrap();
    }

    /// The company's id of the latest payment.
    pub fn latest(&self) -> String {
        self.listed().remove(0).id
    }

    pub fn listed(&self) -> Vec<Listed> {
        self.sim.books().payments()
    }

    /// The customer does something with the latest payment.
    pub fn act(&self, act: Act) {
        self.act_with(Customer::does(act));
    }

    pub fn act_with(&self, customer: Customer) {
        let id = self.latest();
        self.sim.act(&id, &customer).unwrap_or_else(|error| panic!("{:?} of {id}: {error}", customer.act));
    }

    /// Pays another amount, in major units.
    pub fn pay(&self, amount: &str) {
        let amount = Some(Amount::from_str(amount).unwrap());
        self.act_with(Customer { amount, ..Customer::does(Act::Pay) });
    }

    /// Carries the webhooks that wait, and lets the service work on them until nothing is left.
    pub async fn carry(&self) {
        for webhook in self.sim.desk.courier.take() {
            assert_eq!(self.deliver(&webhook).await, 200, "{}", webhook.body);
        }
        self.work().await;
    }

    /// Lets the service compare its payments with the company.
    pub async fn compare(&self) {
        self.advance(time::Duration::minutes(10));
        while self.app().run_job("reconcile").await > 0 {
            self.advance(time::Duration::seconds(6));
        }
    }

    /// Works off webhooks and calls.
    pub async fn work(&self) {
        loop {
            let done = self.app().run_job("webhooks").await + self.app().run_job("calls").await;
            if done == 0 {
                return;
            }
        }
    }

    /// Delivers a webhook; the answer's status.
    pub async fn deliver(&self, webhook: &Webhook) -> u16 {
        let mut request = Request::post(format!("/api/v1/webhooks/{}", C::NAME));
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        self.app().raw(request.body(Body::from(webhook.body.clone())).unwrap()).await.status.as_u16()
    }

    pub async fn state(&self, order: OrderId) -> String {
        self.bank.state(order).await
    }

    /// What went to the shop's account, in minor units.
    pub async fn earned(&self) -> i64 {
        -self.bank.balance("sales").await
    }

    pub fn minor(&self, amount_minor: i64) -> Value {
        json!({"amount_minor": amount_minor, "currency": C::CURRENCY})
    }

    /// Lets the time run at both.
    pub fn advance(&self, by: time::Duration) {
        self.app().clock.advance(by);
        self.sim.desk.clock.advance(by);
    }

    /// A webhook that says something else than what was signed.
    pub fn forged(webhook: &Webhook) -> Webhook {
        let body = webhook.body.replace("50000.00", "50001.00");
        let headers = webhook.headers.iter().map(|(name, value)| match name.as_str() {
            "x-callback-token" => (name.clone(), format!("{value}x")),
            _ => (name.clone(), value.clone()),
        });
        Webhook { body, headers: headers.collect(), ..webhook.clone() }
    }
}

/// The same test for each company.
macro_rules! for_each_company {
    ($($name:ident)+) => {
        mod midtrans {
            $(#[tokio::test]
            async fn $name() { super::$name::<warung_psp_sim::midtrans::Midtrans>().await; })+
        }
        mod xendit {
            $(#[tokio::test]
            async fn $name() { super::$name::<warung_psp_sim::xendit::Xendit>().await; })+
        }
        mod paypal {
            $(#[tokio::test]
            async fn $name() { super::$name::<warung_psp_sim::paypal::PayPal>().await; })+
        }
    };
}
pub(crate) use for_each_company;
