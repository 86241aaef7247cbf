//! What a shop window says of stock.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether something can be bought, the better the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// No.
    Out,
    /// It is not there, and promised all the same: it is sent later.
    Backorder,
    /// A few are left: as many as the seller calls low, or fewer.
    Low,
    InStock,
}

/// What can be said of this many items: `free` are there and nobody's, `available` can be promised; at `low_at` or fewer
/// stock is low, at 0 never.
pub fn availability(free: i64, available: i64, low_at: i64) -> Availability {
    match (free, available) {
        (_, ..=0) => Availability::Out,
        (..=0, _) => Availability::Backorder,
        (free, _) if free <= low_at => Availability::Low,
        _ => Availability::InStock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_is_not_called_there() {
        assert_eq!(availability(0, 0, 3), Availability::Out);
        assert_eq!(availability(0, 5, 3), Availability::Backorder);
        assert_eq!(
            [3, 4].map(|free| availability(free, free, 3)),
            [Availability::Low, Availability::InStock]
        );
        assert_eq!(availability(1, 1, 0), Availability::InStock, "nobody said what is low");
        // What one place owes is not there at another.
        assert_eq!(availability(2, 0, 0), Availability::Out);
    }
}
