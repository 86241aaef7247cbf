//! Quotes: a price that holds for a while, for this destination and these goods alone.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use warung_contracts::{id::QuoteId, money::Money};

use super::goods::{Destination, Goods, folded};

/// What a quote says; also what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    pub id: QuoteId,
    pub service: String,
    pub name: String,
    pub price: Money,
    /// Unix seconds; from then on it is refused.
    pub expires_at: i64,
    pub days_min: u16,
    pub days_max: u16,
    /// What it is for.
    pub facts: Facts,
}

/// The facts a quote is bound to, as SHA-256 in hexadecimal: a token tells nobody where somebody lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub destination: String,
    pub goods: String,
}

/// Why a quote does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody here signed it.
    #[error("quote-invalid")]
    Invalid,
    #[error("quote-expired")]
    Expired,
    #[error("quote-other-address")]
    OtherAddress,
    /// Items or their subtotal.
    #[error("quote-other-goods")]
    OtherGoods,
}

impl Facts {
    /// The facts of a destination and goods.
    pub fn of(destination: &Destination, goods: &Goods) -> Self {
        Self { destination: destination_digest(destination), goods: goods_digest(goods) }
    }
}

impl Quote {
    /// Whether it holds now, for these facts.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn check(&self, facts: &Facts, now: OffsetDateTime) -> Result<(), Refusal> {
        if now.unix_timestamp() >= self.expires_at {
            return Err(Refusal::Expired);
        }
        if facts.destination != self.facts.destination {
            return Err(Refusal::OtherAddress);
        }
        if facts.goods != self.facts.goods {
            return Err(Refusal::OtherGoods);
        }
        Ok(())
    }
}

/// Spelling and spaces do not make another address.
fn destination_digest(destination: &Destination) -> String {
    let Destination { country, province, postal_code, city } = destination;
    let mut hash = Sha256::new();
    for part in [country, province, postal_code, city] {
        let part = folded(part);
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// The order of items makes no other goods.
fn goods_digest(goods: &Goods) -> String {
    let mut items = goods.items.clone();
    items.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(goods.subtotal.amount_minor.to_be_bytes());
    hash.update(goods.subtotal.currency.to_string());
    for item in items {
        let [length, width, height] = item.sides_mm;
        for number in [item.weight_grams, length, width, height, item.quantity] {
            hash.update(number.to_be_bytes());
        }
    }
    hex::encode(hash.finalize())
}
