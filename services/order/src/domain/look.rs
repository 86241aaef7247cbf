//! How something that is bought looks in the shop window: what a page of an order shows without asking for each product.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// As it was at the checkout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Of the product, for links.
    pub slug: Option<String>,
    /// Where a picture of the product is.
    pub image: Option<String>,
    /// The variant's values by option.
    #[serde(default)]
    pub option_values: BTreeMap<String, String>,
}
