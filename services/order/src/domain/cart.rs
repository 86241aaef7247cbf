//! Which cart is ordered.

use warung_contracts::id::OrderId;

/// A state of somebody's cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartState {
    /// Whose it is: `usr_…`, or `guest:` and the SHA-256 of the cart's token.
    pub cart: String,
    /// The last order of it, which cart has heard of. The next one comes after it, and after no other.
    pub last: Option<OrderId>,
    /// As cart names it; none of a cart without lines.
    pub revision: Option<String>,
    /// Those of guests' carts that live on in it: ordered with it, or before by the guest.
    pub merged: Vec<String>,
}
