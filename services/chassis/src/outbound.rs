//! HTTP to others: companies outside of the cluster, and auth's keys.

use std::sync::{Arc, LazyLock};

use reqwest::ClientBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

/// One for all clients of the process. The roots are Mozilla's, compiled in and ready to be used: the image has none to
/// read, and a client that parses them keeps a copy of its own.
static TLS: LazyLock<ClientConfig> = LazyLock::new(|| {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
});

/// A client that trusts the roots above, and follows no redirect and no proxy of the environment: where a call goes is
/// the operator's decision.
pub fn client() -> ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(TLS.clone())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("warung/", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_roots_and_the_client_takes_them() {
        assert!(webpki_roots::TLS_SERVER_ROOTS.len() > 100);
        super::client().build().unwrap();
    }
}
