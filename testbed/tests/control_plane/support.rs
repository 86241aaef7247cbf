//! What several tests look at.

use std::net::TcpStream;
use std::time::Duration;

/// How long a killed server may take to be gone.
pub const GONE_WITHIN: Duration = Duration::from_secs(60);

/// Does anything listen on this `host:port`?
pub fn listens(address: &str) -> bool {
    TcpStream::connect(address).is_ok()
}

/// `host:port` of a URL.
pub fn address(url: &str) -> String {
    let rest = url.split_once("://").expect("a scheme").1;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.split('/').next().expect("an address").to_owned()
}
