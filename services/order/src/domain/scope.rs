//! Which goods a coupon is for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_contracts::id::{CategoryId, ProductId};

use super::{pick::Pick, totals::Goods};

/// Goods that are one of these, whichever way: it names one way at least.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// All variants of these products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// What is in these categories, or in one below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub category_ids: Vec<CategoryId>,
    /// As products and variants have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub skus: Vec<String>,
}

impl Scope {
    /// How many ids and SKUs it names.
    pub fn size(&self) -> usize {
        self.product_ids.len() + self.category_ids.len() + self.skus.len()
    }

    /// Those of these goods that it is for.
    pub fn goods(&self, picks: &[Pick]) -> Goods {
        let places = picks.iter().enumerate().filter(|(_, pick)| self.holds(pick)).map(|(place, _)| place);
        Goods::Some(places.collect())
    }

    /// Whether some of these goods are what it is for.
    pub fn holds_any(&self, picks: &[Pick]) -> bool {
        picks.iter().any(|pick| self.holds(pick))
    }

    fn holds(&self, Pick { offer, .. }: &Pick) -> bool {
        self.product_ids.contains(&offer.product_id)
            || offer.category_ids.iter().any(|id| self.category_ids.contains(id))
            || self.skus.contains(&offer.sku)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::pick::tests::{id, offer};

    #[test]
    fn goods_are_found_by_product_category_or_sku() {
        let [shelf, corner] = [1, 2].map(|n| CategoryId(Uuid::from_u128(n)));
        let pick = |n: u128, category_ids: &[CategoryId]| Pick {
            quantity: 1,
            offer: crate::domain::Offer {
                category_ids: category_ids.to_vec(),
                sku: format!("SKU-{n}"),
                ..offer(n, 100, "IDR", 9)
            },
        };
        let picks = [pick(1, &[shelf, corner]), pick(2, &[shelf]), pick(3, &[])];
        let products = Scope { product_ids: vec![id(3)], ..Scope::default() };
        let below = Scope { category_ids: vec![shelf], ..Scope::default() };
        let either = Scope { category_ids: vec![corner], skus: vec!["SKU-3".into()], ..Scope::default() };
        for (scope, places) in [(products, vec![2]), (below, vec![0, 1]), (either, vec![0, 2])] {
            assert_eq!(scope.goods(&picks), Goods::Some(places));
            assert!(scope.holds_any(&picks));
        }
        let none = Scope { skus: vec!["sku-3".into()], ..Scope::default() };
        assert!(!none.holds_any(&picks), "SKUs are told by case");
    }
}
