//! The certificates that PayPal signs with: where they may come from, whose they must be.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime, pem::PemObject as _};
use time::OffsetDateTime;
use url::Url;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, aws_lc_rs::RSA_PKCS1_2048_8192_SHA256};

use super::fetches::Fetches;
use crate::providers::{NoAnswer, WebhookError, http::Client};

/// Hosts of PayPal's that hold certificates, live and sandbox.
const HOSTS: [&str; 4] =
    ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];
/// Where on these hosts the certificates are.
const FOLDER: &str = "/v1/notifications/certs/";

/// Whose names the certificates carry, live and in PayPal's sandbox.
const NAMES: [&str; 2] =
    ["messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com"];
/// Certificates kept; PayPal has a handful.
const KEPT_MAX: usize = 16;

/// A certificate and what leads from it to a root, as fetched.
type Chain = Vec<CertificateDer<'static>>;

/// Certificates by where they came from.
#[derive(Debug)]
pub struct Certificates {
    /// The server we speak to.
    own: Option<url::Origin>,
    roots: Vec<TrustAnchor<'static>>,
    kept: Mutex<BTreeMap<String, Chain>>,
    fetches: Fetches<Chain>,
}

/// Where a webhook says its certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// At PayPal.
    PayPal,
    /// At the server we speak to, which is not PayPal's.
    OwnServer,
    /// Elsewhere: never fetched.
    Stranger,
}

impl Certificates {
    /// None yet; the roots are those that browsers trust.
    pub fn new(base_url: &str) -> Self {
        Self::trusting(base_url, webpki_roots::TLS_SERVER_ROOTS.to_vec())
    }

    /// None yet, with these roots.
    pub fn trusting(base_url: &str, roots: Vec<TrustAnchor<'static>>) -> Self {
        let own = Url::parse(base_url).ok().map(|url| url.origin());
        Self { own, roots, kept: Mutex::default(), fetches: Fetches::default() }
    }

    /// Where a certificate is said to be.
    pub fn source(&self, text: &str) -> Source {
        let Ok(url) = Url::parse(text) else { return Source::Stranger };
        let theirs = url.host_str().is_some_and(|host| HOSTS.contains(&host));
        let plain = url.username().is_empty() && url.password().is_none();
        match () {
            () if theirs && plain && is_certificate(&url) => Source::PayPal,
            () if !theirs && plain && self.own.as_ref() == Some(&url.origin()) => Source::OwnServer,
            () => Source::Stranger,
        }
    }

    /// Checks a signature by the certificate there.
    ///
    /// # Errors
    ///
    /// When the certificate can't be fetched, is not PayPal's, or did not sign this.
    pub async fn check(
        &self,
        url: &str,
        message: &[u8],
        signature: &[u8],
        now: OffsetDateTime,
    ) -> Result<(), WebhookError> {
        let known = self.lock().get(url).cloned();
        let (chain, fresh) = match known {
            Some(chain) => (chain, false),
            None => (self.fetches.get(url, || fetch(url.to_owned())).await?, true),
        };
        verify(&chain, &self.roots, message, signature, now)?;
        // Only what has proved good is kept, so that nobody fills the room with rubbish.
        if fresh {
            self.keep(url, chain);
        }
        Ok(())
    }

    /// Remembers a chain.
    pub fn keep(&self, url: &str, chain: Chain) {
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(url.to_owned(), chain);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Chain>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an address on a host of theirs can be that of a certificate, so that nobody makes us ask for anything else.
fn is_certificate(url: &Url) -> bool {
    let name = url.path().strip_prefix(FOLDER).unwrap_or_default();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name && url.scheme() == "https" && url.port().is_none() && url.query().is_none()
}

async fn fetch(url: String) -> Result<Chain, NoAnswer> {
    let parsed = Url::parse(&url).map_err(|_| NoAnswer::new("the certificate has no address"))?;
    let client = Client::new(&parsed.origin().ascii_serialization()).map_err(NoAnswer::new)?;
    let reply = client.get(parsed.path()).send().await?;
    if !reply.is_success() {
        return Err(NoAnswer::new(format!("the certificate is not there ({})", reply.status)));
    }
    read(&reply.body).map_err(NoAnswer::new)
}

/// The chain in a PEM file.
pub fn read(pem: &[u8]) -> Result<Chain, &'static str> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Chain, _>>()
        .map_err(|_| "the certificate can't be read")
}

/// Whether PayPal's certificate, good now and by these roots, signed the message.
pub fn verify(
    chain: &[CertificateDer<'static>],
    roots: &[TrustAnchor<'static>],
    message: &[u8],
    signature: &[u8],
    now: OffsetDateTime,
) -> Result<(), WebhookError> {
    let (leaf, between) = chain.split_first().ok_or(WebhookError::Forged)?;
    let leaf = EndEntityCert::try_from(leaf).map_err(|_| WebhookError::Forged)?;
    let since_epoch = std::time::Duration::from_secs(u64::try_from(now.unix_timestamp()).unwrap_or(0));
    let now = UnixTime::since_unix_epoch(since_epoch);
    leaf.verify_for_usage(ALL_VERIFICATION_ALGS, roots, between, now, KeyUsage::server_auth(), None, None)
        .map_err(|_| WebhookError::Forged)?;
    let named = |name: &str| {
        ServerName::try_from(name).is_ok_and(|name| leaf.verify_is_valid_for_subject_name(&name).is_ok())
    };
    if !NAMES.iter().any(|name| named(name)) {
        return Err(WebhookError::Forged);
    }
    leaf.verify_signature(RSA_PKCS1_2048_8192_SHA256, message, signature).map_err(|_| WebhookError::Forged)
}
