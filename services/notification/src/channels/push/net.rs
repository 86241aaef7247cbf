//! Where push messages may go: endpoints come from browsers, so from anybody. Nobody shall make us call our own network.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Characters of an endpoint at most.
const ENDPOINT_MAX: usize = 2000;

/// Whether an address is on the public internet (RFC 6890 and its kin).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_broadcast();
            let special = special || ip.is_documentation() || ip.is_unspecified() || ip.is_multicast();
            // This network, shared space, protocol assignments, benchmarks, reserved.
            let more = a == 0 || (a == 100 && b & 0xc0 == 64) || (a == 192 && b == 0 && c == 0);
            !(special || more || (a == 198 && b & 0xfe == 18) || a >= 240)
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            // Global unicast alone, without documentation, 6to4, Teredo and what maps to IPv4.
            let global =
                first & 0xe000 == 0x2000 && first != 0x2002 && !(first == 0x2001 && ip.segments()[1] < 0x200);
            global && !(first == 0x2001 && ip.segments()[1] == 0xdb8)
        }
    }
}

/// An endpoint that may be called: `https`, a name or a public address. `any` allows all, for tests and own push services.
///
/// # Errors
///
/// What is wrong with it.
pub fn endpoint(text: &str, any: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL")?;
    if text.len() > ENDPOINT_MAX || !url.username().is_empty() || url.password().is_some() {
        return Err("is longer than 2000 characters, or names a user");
    }
    if any {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err("must begin with https://");
    }
    let public = match url.host() {
        Some(Host::Domain(name)) => name.contains('.') && !name.ends_with('.') && !is_inner(name),
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
        None => false,
    };
    if public { Ok(url) } else { Err("must be on the public internet") }
}

/// Names that are never public (RFC 6761, RFC 8375, Kubernetes).
fn is_inner(name: &str) -> bool {
    [".localhost", ".local", ".internal", ".svc", ".home.arpa"].iter().any(|end| name.ends_with(end))
}

/// Resolves names to public addresses alone: a name may point anywhere, and somewhere else the next time.
#[derive(Debug, Clone)]
pub struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err("the name has no address on the public internet".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The resolver, shared.
pub fn resolver() -> Arc<PublicOnly> {
    Arc::new(PublicOnly)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_called() {
        for good in
            ["https://fcm.googleapis.com/fcm/send/abc", "https://8.8.8.8/x", "https://[2606:4700::1]:8443/x"]
        {
            assert!(endpoint(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://push.example.net/x",
            "https://localhost/x",
            "https://notification/x",
            "https://notification.kopi.svc/x",
            "https://metadata.google.internal/x",
            "https://127.0.0.1/x",
            "https://127.1/x",
            "https://0x7f000001/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://[fd00::1]/x",
            "https://[fe80::1]/x",
            "https://user:pass@push.example.net/x",
            "ftp://push.example.net/x",
            "nonsense",
        ] {
            assert!(endpoint(bad, false).is_err(), "{bad}");
        }
        assert!(endpoint("http://127.0.0.1:1/x", true).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_has_no_address() {
        let found = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert!(found.is_err());
    }
}
