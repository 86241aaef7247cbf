//! What a network does to stores: between them and the services stands Toxiproxy, which cuts and delays as told.

use std::{net::Ipv4Addr, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use warung_e2e::until;
use warung_testbed::{ports, process::Group, stores::Stores, tools};

use crate::fleet::WITHIN;

/// The stores behind proxies.
pub const STORES: [&str; 3] = ["postgres", "nats", "redis"];

/// A proxy before each store.
pub struct Proxies {
    client: Client,
    api: String,
    /// Where they listen.
    address: Ipv4Addr,
    _server: Group,
}

impl Proxies {
    /// Starts the proxies; blocking parts are short.
    pub async fn before(stores: &Stores) -> Result<Self> {
        let [api] = ports::free()?;
        let mut server = Group::new("proxies")?;
        let mut command = Command::new(tools::find("toxiproxy", "faults")?);
        command.arg(api.to_string());
        server.start("toxiproxy", command, Signal::SIGKILL)?;
        let proxies = Self {
            client: Client::new(),
            api: format!("http://127.0.0.1:{api}"),
            address: ports::own_address(),
            _server: server,
        };
        until("toxiproxy's API", WITHIN, || async {
            Ok(proxies.ask(Method::GET, "/version", None).await.ok().map(|_| ()))
        })
        .await?;
        let urls = [stores.postgres_url(), stores.nats_url(), stores.redis_url()];
        for (name, url) in STORES.iter().zip(urls) {
            let upstream = url::Url::parse(url)?.port().context("a store's URL has a port")?;
            // The same port as the store's, at an address where nobody else listens.
            let listen = format!("{}:{upstream}", proxies.address);
            let proxy =
                json!({ "name": name, "listen": listen, "upstream": format!("127.0.0.1:{upstream}") });
            proxies.ask(Method::POST, "/proxies", Some(&proxy)).await?;
        }
        Ok(proxies)
    }

    /// The URL of a store, by way of its proxy.
    pub fn url(&self, direct: &str) -> Result<String> {
        let mut url = url::Url::parse(direct)?;
        url.set_ip_host(self.address.into()).map_err(|()| anyhow::anyhow!("{direct} takes no host"))?;
        Ok(url.into())
    }

    /// Cuts every connection to a store and refuses new ones, until all is [quiet](Self::quiet).
    pub async fn sever(&self, store: &str) -> Result<()> {
        self.ask(Method::POST, &format!("/proxies/{store}"), Some(&json!({ "enabled": false }))).await
    }

    /// Cuts every connection to a store and refuses new ones for a while.
    pub async fn cut(&self, store: &str, pause: Duration) -> Result<()> {
        self.sever(store).await?;
        tokio::time::sleep(pause).await;
        self.ask(Method::POST, &format!("/proxies/{store}"), Some(&json!({ "enabled": true }))).await
    }

    /// Delays all that a store says for a while.
    pub async fn delay(&self, store: &str, by: Duration, pause: Duration) -> Result<()> {
        let (latency, jitter) = (by.as_millis(), by.as_millis() / 2);
        let toxic = json!({
            "name": "late", "type": "latency", "attributes": { "latency": latency, "jitter": jitter },
        });
        self.ask(Method::POST, &format!("/proxies/{store}/toxics"), Some(&toxic)).await?;
        tokio::time::sleep(pause).await;
        self.ask(Method::DELETE, &format!("/proxies/{store}/toxics/late"), None).await
    }

    /// Ends every fault.
    pub async fn quiet(&self) -> Result<()> {
        self.ask(Method::POST, "/reset", None).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<()> {
        let mut request = self.client.request(method, format!("{}{path}", self.api));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "toxiproxy answers {status} to {path}: {}", answer.text().await?);
        Ok(())
    }
}
