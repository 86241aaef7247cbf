//! Which cart it is that somebody looks at: a cart that changes is another one, and each is ordered once.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::line::Line;

/// One state of somebody's cart: `<newest>-<digest>`. Lines that were put in anew make another one, whatever they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// When its youngest line was added, in microseconds since the epoch by Redis's clock.
    newest: u64,
    /// SHA-256 of whose it is and of its lines.
    digest: [u8; 32],
}

impl Revision {
    /// The state these lines of this owner are in; none for a cart without lines, which nobody orders.
    pub fn of(owner: &str, lines: &[Line]) -> Option<Self> {
        let newest = lines.iter().map(|line| line.added_at).max()?;
        let line = |hash: Sha256, line: &Line| {
            hash.chain_update(format!("\n{} {} {}", line.variant_id, line.added_at, line.quantity))
        };
        let digest = lines.iter().fold(Sha256::new_with_prefix(owner), line).finalize().into();
        Some(Self { newest, digest })
    }

    /// When the youngest line of the cart that a revision names was added; none for a text that is no revision.
    pub fn newest(text: &str) -> Option<u64> {
        text.split_once('-')?.0.parse().ok()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.newest, URL_SAFE_NO_PAD.encode(self.digest))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use warung_contracts::id::ProductId;

    use super::*;
    use crate::domain::line::Seen;

    fn line(n: u128, quantity: u32, added_at: u64) -> Line {
        let product_id = ProductId(Uuid::from_u128(n));
        Line {
            product_id,
            variant_id: product_id.default_variant(),
            quantity,
            seen: Seen::default(),
            added_at,
        }
    }

    #[test]
    fn a_cart_that_changed_is_another_one() {
        let cart = [line(1, 2, 10), line(2, 1, 11)];
        let first = Revision::of("user:1", &cart);
        assert_eq!(first, Revision::of("user:1", &cart));
        let seen = Seen { price: Some(5), label: None };
        let price_of_now = cart.clone().map(|line| Line { seen: seen.clone(), ..line });
        assert_eq!(first, Revision::of("user:1", &price_of_now), "a price is no part of it");
        for other in [
            Revision::of("user:2", &cart),
            Revision::of("user:1", &cart[..1]),
            Revision::of("user:1", &[line(1, 3, 10), line(2, 1, 11)]),
            Revision::of("user:1", &[line(1, 2, 10), line(2, 1, 12)]),
        ] {
            assert_ne!(first, other);
        }
        assert_eq!(Revision::of("user:1", &[]), None);
    }

    #[test]
    fn a_revision_tells_when_its_youngest_line_came() {
        let revision = Revision::of("user:1", &[line(1, 1, 12), line(2, 1, 11)]).unwrap().to_string();
        assert_eq!(Revision::newest(&revision), Some(12));
        assert_eq!((Revision::newest(""), Revision::newest("soon-x")), (None, None));
    }
}
