//! Where a request comes from: the client's address, as far as it can be believed.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use warung_contracts::id::UserId;

use crate::{
    State,
    commands::Actor,
    domain::{device, network::Network},
};

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    address: Option<IpAddr>,
    /// What the device calls itself.
    pub device: Option<String>,
}

impl Origin {
    /// The network. Whoever has no address shares one.
    pub fn network(&self) -> Network {
        Network::of(self.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }

    /// Whoever sent it, not known yet.
    pub fn stranger(&self) -> Actor {
        Actor { user_id: None, source: self.address.map(|address| address.to_canonical().to_string()) }
    }

    /// Whoever sent it, known by a token.
    pub fn actor(&self, user_id: UserId) -> Actor {
        self.stranger().known(user_id)
    }
}

impl FromRequestParts<State> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let address = forwarded(&parts.headers, state.config.trusted_hops).or(peer);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self { address, device: agent.and_then(device::of_user_agent) })
    }
}

/// The address that the outermost trusted proxy saw: each appends whom it was called by, so that all before the last
/// `hops` is what the client says of itself. None when fewer proxies were passed than are trusted.
fn forwarded(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").into_iter();
    let texts: Vec<&str> =
        values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).collect();
    let seen = texts.len().checked_sub(hops).filter(|_| hops > 0)?;
    texts.get(seen)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(values: &[&'static str], hops: usize) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        forwarded(&headers, hops).map(|address| address.to_string())
    }

    #[test]
    fn only_what_trusted_proxies_added_counts() {
        // The client made up the first; the one proxy appended the last.
        assert_eq!(seen(&["203.0.113.9, 198.51.100.7"], 1).as_deref(), Some("198.51.100.7"));
        assert_eq!(seen(&["203.0.113.9", "198.51.100.7"], 1).as_deref(), Some("198.51.100.7"));
        assert_eq!(seen(&["203.0.113.9, 198.51.100.7, 10.0.0.1"], 2).as_deref(), Some("198.51.100.7"));
        assert_eq!(seen(&["2001:db8::1"], 1).as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn without_trusted_proxies_the_header_is_anybodys_word() {
        assert_eq!(seen(&["203.0.113.9"], 0), None);
        assert_eq!(seen(&["203.0.113.9"], 2), None);
        assert_eq!(seen(&["nonsense"], 1), None);
        assert_eq!(seen(&[], 1), None);
    }
}
