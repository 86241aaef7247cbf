//! Every error of the crate → what callers are told: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};
use warung_contracts::currency::Currency;

use crate::commands::{add_category, add_product, adjust_stock, edit_product, follow_order};

impl From<add_category::Error> for Problem {
    fn from(error: add_category::Error) -> Self {
        use add_category::Error as E;
        match error {
            E::NoParent(id) => Self::field("parent_id", format!("there is no category {id}")),
            E::TooDeep => Self::field("parent_id", "the tree has at most 5 levels; choose a higher category"),
            E::SlugTaken(slug) => Self::typed(
                Kind::Conflict,
                "slug-taken",
                format!("Another category has the slug {slug}. Choose another."),
            ),
            E::Store(error) => error.into(),
        }
    }
}

impl From<add_product::Error> for Problem {
    fn from(error: add_product::Error) -> Self {
        use add_product::Error as E;
        match error {
            E::SkuTaken(sku) => Self::typed(
                Kind::Conflict,
                "sku-taken",
                format!("Another product has the SKU {sku}. Edit that one, or choose another SKU."),
            ),
            E::NoCategory(id) => Self::field("category_id", format!("there is no category {id}")),
            E::Stock(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

impl From<adjust_stock::Error> for Problem {
    fn from(error: adjust_stock::Error) -> Self {
        use adjust_stock::Error as E;
        match error {
            E::NoProduct(_) => Self::not_found("product"),
            E::OutOfRange { available, delta } => Self::typed(
                Kind::Conflict,
                "stock-out-of-range",
                format!(
                    "Only {available} items are neither sold nor reserved, so {delta} can't be booked. Take away at most {available}."
                ),
            ),
            E::Store(error) => error.into(),
        }
    }
}

impl From<edit_product::Error> for Problem {
    fn from(error: edit_product::Error) -> Self {
        use edit_product::Error as E;
        match error {
            E::NoProduct(_) => Self::not_found("product"),
            E::NoCategory(id) => Self::field("category_id", format!("there is no category {id}")),
            E::Changed { .. } => Self::new(
                Kind::PreconditionFailed,
                "It was changed since you read it. Read it again, then repeat your change.",
            ),
            E::Store(error) => error.into(),
        }
    }
}

impl From<follow_order::Error> for EventError {
    fn from(error: follow_order::Error) -> Self {
        use follow_order::Error as E;
        match error {
            E::NotPlacedYet(_) => Self::NotYet(error.to_string()),
            E::Empty(_) | E::Contradiction(_) | E::WouldOversell { .. } => Self::Invalid(error.to_string()),
            E::Store(error) => error.into(),
        }
    }
}

/// A price in a currency that is not the shop's.
pub fn wrong_currency(currency: Currency) -> Problem {
    Problem::field("price.currency", format!("this shop sells in {currency} alone"))
}
