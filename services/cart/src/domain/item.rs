//! What an address names: a product, which means its default variant, or a variant.

use std::str::FromStr;

use serde::Deserialize;
use warung_contracts::id::{BadId, ProductId, VariantId};

/// An item of a cart, by the id in its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Item(pub VariantId);

impl FromStr for Item {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let product = || text.parse::<ProductId>().map(ProductId::default_variant);
        text.parse().or_else(|_| product()).map(Self)
    }
}

impl TryFrom<String> for Item {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_product_means_its_default_variant() {
        let (product, variant) = (ProductId(Uuid::from_u128(7)), VariantId(Uuid::from_u128(8)));
        assert_eq!(product.to_string().parse(), Ok(Item(product.default_variant())));
        assert_eq!(variant.to_string().parse(), Ok(Item(variant)));
        assert!("ord_00000000000000000000000000000007".parse::<Item>().is_err());
    }
}
