//! What came into a cart with a guest's: it is ordered once, as part of either.

use warung_contracts::id::VariantId;

use super::line::Line;

/// What came with one state of a guest's cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Variants, and when the lines they are in were added, in microseconds since the epoch.
    lines: Vec<(VariantId, u64)>,
}

impl Merged {
    /// `<variant>=<added at>:<quantity>;` for each line. None when it is no such text, as of what the guest has ordered.
    pub fn parse(text: &str) -> Option<Self> {
        let line = |text: &str| {
            let (variant, rest) = text.split_once('=')?;
            Some((variant.parse().ok()?, rest.split_once(':')?.0.parse().ok()?))
        };
        let lines = text.split_terminator(';').map(line).collect::<Option<_>>()?;
        Some(Self { lines })
    }

    /// Whether some of it is in the cart with these lines.
    pub fn is_in(&self, cart: &[Line]) -> bool {
        cart.iter().any(|line| self.lines.contains(&(line.variant_id, line.added_at)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use warung_contracts::id::ProductId;

    use super::*;
    use crate::domain::line::Seen;

    #[test]
    fn what_was_taken_out_and_put_in_again_did_not_come_with_the_guest() {
        let product_id = ProductId(Uuid::from_u128(1));
        let variant_id = product_id.default_variant();
        let merged = Merged::parse(&format!("{variant_id}=10:2;")).unwrap();
        let cart = |added_at| [Line { product_id, variant_id, quantity: 1, seen: Seen::default(), added_at }];
        assert!(merged.is_in(&cart(10)));
        assert!(!merged.is_in(&cart(11)) && !merged.is_in(&[]));
        assert_eq!(Merged::parse("ordered"), None);
        assert!(!Merged::parse("").unwrap().is_in(&cart(10)), "nothing found a place");
    }
}
