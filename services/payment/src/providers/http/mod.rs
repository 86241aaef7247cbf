//! The HTTP client that adapters share: encrypted but on loopback, bounded in time and size, patient where a provider
//! says so, and silent about credentials.
//!
//! It answers with what came, or with [`NoAnswer`] where it can't be known whether the call acted: no connection, a
//! time-out, 408, 425, 429 and every 5xx. A call is repeated here only when that is harmless: a GET, or one with an
//! idempotency key.

mod call;
mod patience;
mod reply;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use reqwest::{Method, Url};
use warung_chassis::outbound;

use self::patience::Patience;
pub use self::{call::Call, reply::Reply};

/// Time to reach a provider.
const CONNECT: Duration = Duration::from_secs(3);
/// Time for one exchange; well within the deadline of a call (`jobs::calls`).
const EXCHANGE: Duration = Duration::from_secs(10);
/// Bytes of an answer at most. A payment with all its refunds is some 50 kB at the wordiest provider.
const ANSWER_MAX: usize = 1 << 20;

/// A client of one provider.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base: Url,
    patience: Patience,
}

impl Client {
    /// A client of the provider at this URL.
    ///
    /// # Errors
    ///
    /// When it is no URL, or neither encrypted nor on this machine.
    pub fn new(base_url: &str) -> Result<Self, String> {
        let base = Url::parse(base_url).map_err(|error| format!("{base_url:?} is no URL: {error}"))?;
        let local = match base.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match base.scheme() {
            "https" => {}
            "http" if local => {}
            _ => return Err(format!("{base_url:?} is not encrypted; write https://")),
        }
        let http = outbound::client()
            .connect_timeout(CONNECT)
            .timeout(EXCHANGE)
            .https_only(!local)
            .build()
            .map_err(|error| format!("no HTTP client can be made: {}", error.without_url()))?;
        Ok(Self(Arc::new(Inner { http, base, patience: Patience::default() })))
    }

    /// Asks.
    pub fn get(&self, path: &str) -> Call<'_> {
        Call::new(self, Method::GET, self.url(path), path)
    }

    /// Tells. Give it a key, or it is made once.
    pub fn post(&self, path: &str) -> Call<'_> {
        Call::new(self, Method::POST, self.url(path), path)
    }

    /// Tells at a path with a secret in the place of `{}`, which traces show without it.
    pub fn post_hidden(&self, path: &'static str, secret: &str) -> Call<'_> {
        Call::new(self, Method::POST, self.url(&path.replace("{}", secret)), path)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.0.base.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}{path}", self.0.base.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }
}
