//! Changes of stock: what each kind does, and all lines of an order or none.

use std::collections::BTreeMap;

use warung_contracts::id::ProductId;

use super::stock::Stock;

/// Why stock moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody counted, delivered or wrote off.
    Adjusted,
    /// Set aside for an order.
    Reserved,
    /// What was set aside is sold.
    Committed,
    /// Sold without having been set aside: its reservation had expired.
    Taken,
    /// What was set aside is free again.
    Released,
    /// The same, because time ran out.
    Expired,
    /// What was sold came back: the order was cancelled after it was paid.
    Returned,
}

impl Kind {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adjusted => "adjusted",
            Self::Reserved => "reserved",
            Self::Committed => "committed",
            Self::Taken => "taken",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Returned => "returned",
        }
    }

    /// What `quantity` items of this kind do to (on_hand, reserved).
    fn deltas(self, quantity: i64) -> (i64, i64) {
        match self {
            Self::Adjusted | Self::Returned => (quantity, 0),
            Self::Reserved => (0, quantity),
            Self::Committed => (-quantity, -quantity),
            Self::Taken => (-quantity, 0),
            Self::Released | Self::Expired => (0, -quantity),
        }
    }
}

/// One product's stock moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub product_id: ProductId,
    pub kind: Kind,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    /// The stock afterwards.
    pub after: Stock,
}

/// A line that can't be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    pub product_id: ProductId,
    pub wanted: i64,
    pub left: i64,
}

/// Quantities by product, each once, in the order in which rows are locked.
pub type Lines = BTreeMap<ProductId, i64>;

/// Moves every line, or says which can't be; a product that is not in `stocks` has nothing left.
///
/// # Errors
///
/// Every line that is short.
pub fn move_all(
    kind: Kind,
    lines: &Lines,
    stocks: &BTreeMap<ProductId, Stock>,
) -> Result<Vec<Movement>, Vec<Shortage>> {
    let mut movements = Vec::with_capacity(lines.len());
    let mut shortages = Vec::new();
    for (&product_id, &wanted) in lines {
        let (on_hand_delta, reserved_delta) = kind.deltas(wanted);
        let stock = stocks.get(&product_id).copied();
        match stock.map(|stock| stock.moved(on_hand_delta, reserved_delta)) {
            Some(Ok(after)) => {
                movements.push(Movement { product_id, kind, on_hand_delta, reserved_delta, after });
            }
            Some(Err(short)) => shortages.push(Shortage { product_id, wanted, left: short.left }),
            None => shortages.push(Shortage { product_id, wanted, left: 0 }),
        }
    }
    if shortages.is_empty() { Ok(movements) } else { Err(shortages) }
}
