//! Addresses and free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context, Result};

/// `N` distinct ports that were free on 127.0.0.1 a moment ago.
///
/// They are held until all are known, so that no two are the same. Another process may still take one before the
/// server binds it; starters therefore try again with new ports.
///
/// # Errors
///
/// The machine has no free port left.
pub fn free<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
        *port = listener.local_addr().context("read the port of a listener")?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Addresses given by this process.
static GIVEN: AtomicU8 = AtomicU8::new(0);

/// A loopback address for one server or one set of them: nobody else listens there, and no connection begins there, so every
/// port of it is free and stays so.
#[must_use]
pub fn own_address() -> Ipv4Addr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 + GIVEN.fetch_add(1, Ordering::Relaxed) % 128, high, low)
}

/// Tries of [`retry`].
const ATTEMPTS: u32 = 3;

/// Runs `start` again, up to three times in all, while it fails: a port that was free may be taken meanwhile.
///
/// # Errors
///
/// That of the last try.
pub(crate) fn retry<T>(start: impl Fn() -> Result<T>) -> Result<T> {
    let mut attempt = 1;
    loop {
        match start() {
            Err(_) if attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_are_distinct_and_nobody_listens_there() {
        let (one, other) = (super::own_address(), super::own_address());
        assert_ne!(one, other);
        assert!(one.is_loopback() && other.is_loopback());
        for address in [one, other] {
            std::net::TcpListener::bind((address, 8080)).expect("a port of one's own address is free");
        }
    }

    #[test]
    fn ports_are_distinct() {
        let mut ports = super::free::<32>().expect("ports").to_vec();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 32);
    }
}
