//! Every error of the crate → what callers are told: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};
use warung_contracts::id::VariantId;

use crate::store::{Error, Limits};

/// Whether Redis was away, rather than refusing what it was told.
fn is_away(error: &redis::RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_connection_refusal()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match &error {
            Error::Redis(redis) if is_away(redis) => Self::unavailable(error),
            Error::Redis(_) | Error::Answer(_) => Self::internal(error),
        }
    }
}

impl From<Error> for EventError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Redis(redis) if is_away(redis) => Self::Unavailable(error.into()),
            Error::Redis(_) | Error::Answer(_) => Self::Failed(error.into()),
        }
    }
}

/// A line that the cart does not have.
pub fn no_line() -> Problem {
    Problem::not_found("line in the cart")
}

/// A product that is not for sale.
pub fn not_for_sale(id: VariantId) -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "not-for-sale",
        format!("{id} is not for sale. Choose a product from /api/v1/products."),
    )
}

/// A cart that has as many lines as it may have.
pub fn too_many_lines(max: u64) -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "cart-full",
        format!("A cart holds {max} different products. Check out, or take something out first."),
    )
}

/// A line that would have too many items.
pub fn too_many_items(Limits { quantity_max, .. }: Limits) -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "line-full",
        format!("A line holds {quantity_max} items. Set its quantity to at most that."),
    )
}

/// A line that would have more than one order may have of its product.
pub fn over_limit(most: u32) -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "line-full",
        format!("One order may have {most} of this product. Set the quantity of its line to at most that."),
    )
}

/// A cart that would have too many items.
pub fn too_many_in_cart(Limits { items_max, .. }: Limits) -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "cart-too-large",
        format!("A cart holds {items_max} items. Check out, or take something out first."),
    )
}
