//! HTTPS to companies outside of the cluster.

use reqwest::{Certificate, ClientBuilder};

/// A client that trusts Mozilla's root certificates as they are compiled in: the image is empty but for the program, so
/// there are none to read. It follows no redirect and no proxy of the environment: where a call goes is the operator's
/// decision.
pub fn client() -> ClientBuilder {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    reqwest::Client::builder()
        .tls_certs_only(roots.filter_map(|root| Certificate::from_der(root).ok()))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("warung/", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_root_is_one_that_the_client_takes() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        assert!(roots.len() > 100 && roots.iter().all(|root| reqwest::Certificate::from_der(root).is_ok()));
        super::client().build().unwrap();
    }
}
