//! What every service is told.

use std::net::IpAddr;

use warung_contracts::currency::Currency;

use super::{Address, Reader};

/// Connections of one process to PostgreSQL: it needs one, and the server's memory is spent on each.
const CONNECTIONS_MAX: std::ops::RangeInclusive<u32> = 1..=1000;

/// What every service is told.
#[derive(Debug, Clone)]
pub struct Common {
    /// Name of the Shop.
    pub shop: String,
    /// The Shop's one currency.
    pub currency: Currency,
    /// Where customers reach the shop; also the issuer of its tokens.
    pub public_url: String,
    /// Address to listen on.
    pub bind: IpAddr,
    /// Where auth publishes its keys (RFC 7517).
    pub jwks_url: String,
    /// Connections to PostgreSQL at most, 1 to 1000.
    pub connections_max: u32,
}

impl Common {
    /// Reads the common variables. None when one is wrong, which the reader has noted.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let shop = reader.common("WARUNG_SHOP", "warung");
        let currency = reader.common("WARUNG_CURRENCY", "IDR");
        let public_url = reader.common_address("WARUNG_PUBLIC_URL", "http://localhost", &Address::WEB);
        let bind = reader.common("WARUNG_BIND", "0.0.0.0");
        let keys = "http://auth:8081/.well-known/jwks.json";
        let jwks_url = reader.common_address("WARUNG_JWKS_URL", keys, &Address::WEB);
        let connections_max = reader.common_number("WARUNG_DATABASE_CONNECTIONS_MAX", "10", CONNECTIONS_MAX);
        Some(Self {
            shop: shop?,
            currency: currency?,
            public_url: public_url?,
            bind: bind?,
            jwks_url: jwks_url?,
            connections_max: connections_max?,
        })
    }
}
