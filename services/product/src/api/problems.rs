//! Every error of the crate → what callers are told: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};

use crate::commands::{self, follow_order};

impl From<commands::Error> for Problem {
    fn from(error: commands::Error) -> Self {
        use commands::Error as E;
        match error {
            E::Invalid(faults) => {
                let problem = Self::new(Kind::Invalid, "Fields are not valid; see errors");
                faults.into_iter().fold(problem, |problem, fault| problem.with_field(fault.field, fault.text))
            }
            E::NoProduct(_) => Self::not_found("product"),
            E::NoVariant(_) => Self::not_found("variant"),
            E::NoPriceList(_) => Self::not_found("price list"),
            E::UnknownCategory(_) => Self::not_found("category"),
            E::CategorySlugTaken(slug) => Self::typed(
                Kind::Conflict,
                "slug-taken",
                format!("Another category has the slug {slug}. Choose another."),
            ),
            E::CategoryInUse { categories, products } => Self::typed(
                Kind::Conflict,
                "category-in-use",
                format!(
                    "It holds {} and {}. Move them elsewhere, then delete it.",
                    counted(categories, "category", "categories"),
                    counted(products, "product", "products")
                ),
            ),
            E::NoLocation(id) => Self::field("location_id", format!("there is no location {id}")),
            E::SkuTaken(sku) => Self::typed(
                Kind::Conflict,
                "sku-taken",
                format!("Another variant has the SKU {sku}. Edit that one, or choose another SKU."),
            ),
            E::SlugTaken(slug) => Self::typed(
                Kind::Conflict,
                "slug-taken",
                format!("Another product has, or had, the slug {slug}. Choose another."),
            ),
            E::CodeTaken(code) => Self::typed(
                Kind::Conflict,
                "code-taken",
                format!("Another location has the code {code}. Choose another."),
            ),
            E::Changed { .. } => Self::stale(),
            E::OutOfRange { available, delta } => Self::typed(
                Kind::Conflict,
                "stock-out-of-range",
                format!(
                    "Only {available} items are neither sold nor reserved, so {delta} can't be booked. Take away at most {available}."
                ),
            ),
            E::BackorderInUse(items) => Self::typed(
                Kind::Conflict,
                "backorder-in-use",
                format!(
                    "More items are promised already than a backorder of {items} allows. Restock first, or allow more."
                ),
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
            E::Empty(_) | E::Contradiction(_) => Self::Invalid(error.to_string()),
            E::Store(error) => error.into(),
        }
    }
}

/// So many of them, in words.
fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
