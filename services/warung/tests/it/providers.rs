//! An order paid by each company, from the checkout to the confirmation: every service a process of its own, the real
//! adapters, the companies' webhooks on their own way. The companies are simulators (tests/psp-sim) and localstripe.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_contracts::manifest;
use warung_e2e::{Admin, Shop, Shopper, until};
use warung_psp_sim::{
    Company, Options, Sim,
    midtrans::{self, Midtrans},
    paypal::{self, PayPal},
    start,
    xendit::{self, Xendit},
};
use warung_testbed::ports;

use crate::fleet::{Fleet, WITHIN};

const STRIPE_KEY: &str = "sk_test_local";
const LOCALSTRIPE: &str = "import sys; from aiohttp import web; from localstripe.server import app; \
     web.run_app(app, host=sys.argv[1], port=8420, print=None)";

type Settings = Vec<(&'static str, String)>;

/// Starts a company that sends its webhooks to the shop.
async fn company<C: Company>(address: Ipv4Addr) -> Result<Sim<C>> {
    let port = manifest::get("payment").port;
    let webhook_url = Some(format!("http://{address}:{port}/api/v1/webhooks/{}", C::NAME));
    Ok(start::<C>(Options { seed: 7, webhook_url, ..Options::default() }).await?)
}

/// A shop, somebody who buys there, and something to buy.
struct Market {
    /// Its services end with it.
    _fleet: Fleet,
    siti: Shopper,
    product: String,
    client: reqwest::Client,
}

impl Market {
    async fn open(address: Ipv4Addr, currency: &str, settings: &Settings) -> Result<Self> {
        let mut all = vec![
            ("WARUNG_CURRENCY", currency),
            ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0"),
            ("WARUNG_LOG", "warn"),
        ];
        all.extend(settings.iter().map(|(name, value)| (*name, value.as_str())));
        let fleet = Fleet::start_at(address, &all).await?;
        let shop: Shop = fleet.shop()?;
        let password = fleet.variable("WARUNG_ADMIN_PASSWORD");
        let admin = Admin::log_in(&shop, "admin@warung.local", password).await?;
        let product = admin.product("Kopi Gayo", 2_500_000, currency, 10).await?;
        let siti = Shopper::register(&shop, "Siti").await?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { _fleet: fleet, siti, product, client })
    }

    /// Checks out, paying so; the order's id.
    async fn order(&self, payment: Value) -> Result<String> {
        self.siti.add(&self.product, 1).await?;
        let order = self.siti.check_out_by(&uuid::Uuid::now_v7().to_string(), &payment).await?.ok()?;
        Ok(order["id"].as_str().context("an order has an id")?.to_owned())
    }

    /// The payment of an order, once it is in this state.
    async fn payment(&self, order: &str, state: &str) -> Result<Value> {
        let path = format!("/api/v1/payments/{order}");
        until(&format!("a payment that is {state}"), WITHIN, || async {
            let payment = self.siti.send(Method::GET, &path, None).await?.ok()?;
            Ok((payment["state"] == state).then_some(payment))
        })
        .await
    }

    /// Buys by a company at whose address the customer does what there is to do; its webhook does the rest.
    async fn pays_at(&self, url: &str, provider: &str, method: Option<&str>) -> Result<()> {
        let mut payment = json!({"provider": provider, "return_url": "https://kopi.example/thanks"});
        if let Some(method) = method {
            payment["method"] = method.into();
        }
        let order = self.order(payment).await?;
        let pending = self.payment(&order, "pending").await?;
        let id = pending["id"].as_str().context("a payment has an id")?;
        let paid = self.client.post(format!("{url}/_sim/payments/{id}/pay")).send().await?;
        ensure!(paid.status().is_success(), "{provider}: {}", paid.text().await?);
        self.is_confirmed(&order, provider).await
    }

    /// Waits for the order's confirmation; then all of it was captured by that company.
    async fn is_confirmed(&self, order: &str, provider: &str) -> Result<()> {
        let confirmed =
            self.siti.wait_for(order, &["confirmed"], WITHIN).await.context(provider.to_owned())?;
        let payment = self.payment(order, "succeeded").await?;
        ensure!(payment["captured"] == confirmed["total"], "{provider}: {payment}");
        ensure!(payment["provider"] == provider, "{payment}");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_in_rupiah_is_paid_by_midtrans_xendit_and_stripe() -> Result<()> {
    let address = ports::own_address();
    let (midtrans, xendit) = (company::<Midtrans>(address).await?, company::<Xendit>(address).await?);
    let stripe = Localstripe::start().await?;
    let mut settings = vec![
        ("WARUNG_PAYMENT_PROVIDERS", "midtrans,xendit".to_owned()),
        ("WARUNG_MIDTRANS_URL", midtrans.desk.url.clone()),
        ("WARUNG_MIDTRANS_SNAP_URL", midtrans.desk.url.clone()),
        ("WARUNG_MIDTRANS_SERVER_KEY", midtrans::SERVER_KEY.to_owned()),
        ("WARUNG_XENDIT_URL", xendit.desk.url.clone()),
        ("WARUNG_XENDIT_SECRET_KEY", xendit::SECRET_KEY.to_owned()),
        ("WARUNG_XENDIT_CALLBACK_TOKEN", xendit::CALLBACK_TOKEN.to_owned()),
    ];
    if let Some(stripe) = &stripe {
        settings[0].1.push_str(",stripe");
        settings.push(("WARUNG_STRIPE_URL", stripe.url.clone()));
        settings.push(("WARUNG_STRIPE_SECRET_KEY", STRIPE_KEY.to_owned()));
        settings.push(("WARUNG_STRIPE_WEBHOOK_SECRET", "whsec_localstripe".to_owned()));
    }
    let market = Market::open(address, "IDR", &settings).await?;
    for method in ["gopay", "qris", "bank_transfer"] {
        market.pays_at(&midtrans.desk.url, "midtrans", Some(method)).await?;
    }
    for method in ["card", "gopay"] {
        market.pays_at(&xendit.desk.url, "xendit", Some(method)).await?;
    }
    if stripe.is_some() {
        let card = json!({"provider": "stripe", "method": "card", "token": "pm_card_visa"});
        let order = market.order(card).await?;
        market.is_confirmed(&order, "stripe").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_in_dollars_is_paid_by_paypal() -> Result<()> {
    let address = ports::own_address();
    let company = company::<PayPal>(address).await?;
    let settings = vec![
        ("WARUNG_PAYMENT_PROVIDERS", "paypal".to_owned()),
        ("WARUNG_PAYPAL_URL", company.desk.url.clone()),
        ("WARUNG_PAYPAL_CLIENT_ID", paypal::CLIENT_ID.to_owned()),
        ("WARUNG_PAYPAL_CLIENT_SECRET", paypal::CLIENT_SECRET.to_owned()),
        ("WARUNG_PAYPAL_WEBHOOK_ID", paypal::WEBHOOK_ID.to_owned()),
    ];
    let market = Market::open(address, "USD", &settings).await?;
    market.pays_at(&company.desk.url, "paypal", None).await
}

/// A Stripe with state that nobody here wrote; the process is gone when dropped.
struct Localstripe {
    process: Child,
    url: String,
}

impl Localstripe {
    /// Starts it; none, said aloud, where it is not installed.
    async fn start() -> Result<Option<Self>> {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/warung");
        let cache = std::env::var_os("WARUNG_CACHE").map_or_else(home, PathBuf::from);
        let python = cache.join("venv/bin/python");
        let there = Command::new(&python).args(["-c", "import localstripe"]).stderr(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: localstripe is not there; run testbed/tools/install clients");
            return Ok(None);
        }
        let address = ports::own_address();
        let mut command = Command::new(python);
        command.args(["-c", LOCALSTRIPE, &address.to_string()]).current_dir(std::env::temp_dir());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = Self { process, url: format!("http://{address}:8420") };
        until("localstripe", WITHIN, || async {
            Ok(tokio::net::TcpStream::connect((address, 8420)).await.ok().map(drop))
        })
        .await?;
        Ok(Some(server))
    }
}

impl Drop for Localstripe {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
